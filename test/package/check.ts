import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundledPackages, licenceProblems, METAFILE, NOTICES, SBOM } from '../../projenrc/notices';
import { CDK_NEWEST, CONSTRUCTS_FLOOR } from '../../projenrc/versions';
import { ownTemporaryFolder } from '../temporary-folder';

ownTemporaryFolder('package-check');

/** Packs what `npm publish` would publish, checks every file in it, and uses the package as after a new installation. */
const ALLOWED = /^(lib\/.*\.(js|d\.ts)|bin\/cdk-ecr-keeper\.js|assets\/lambda\/[a-z-]+\/index\.js|\.jsii|API\.md|README\.md|LICENSE|THIRD-PARTY-NOTICES|package\.json)$/;

/** https://docs.npmjs.com/generating-provenance-statements */
const REPOSITORY = 'https://github.com/cdk-ecr-keeper/cdk-ecr-keeper.git';

/** Nearly twice the current size. A package that grows beyond that contains something by mistake. */
const MAX_PACKED = 4_000_000;

const APP = `
const { App, Stack } = require('aws-cdk-lib');
const { Repository, Teardown } = require('cdk-ecr-keeper');
const stack = new Stack(new App(), 'Consumer');
new Repository(stack, 'App', { repositoryName: 'a--b', teardown: Teardown.deleteWithImages({ maxImages: 3 }) });
stack.node.root.synth();
const loaded = Object.keys(require.cache).filter(file => /cdk-ecr-keeper.lib.(registry|fleet|image-copy|core.events)/.test(file));
const library = require('cdk-ecr-keeper');
const missing = Object.keys({ ...library, ...library.registry, ...library.fleet })
  .filter(name => !(library[name] ?? library.registry[name] ?? library.fleet[name]));
process.stdout.write(JSON.stringify({ loaded, missing }));
`;

const MODULE = `
import { fleet, registry, Repository, TagRemovalPolicy } from 'cdk-ecr-keeper';
process.stdout.write([fleet.ImageShield, registry.RegistryScanning, Repository].map(({ name }) => name).join() + TagRemovalPolicy.RETAIN);
`;

const project = resolve(__dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'package-'));
const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, {
    cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CDK_OUTDIR: join(scratch, 'cdk.out') },
  });

let failed = 0;
let passed = 0;
function check(what: string, good: boolean, detail = ''): void {
  if (good) passed++;
  else failed++;
  process.stdout.write(`${good ? 'ok     ' : 'NOT OK '} ${what}${detail && `: ${detail}`}\n`);
}

try {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', scratch], project)) as
    Array<{ filename: string; size: number; unpackedSize: number; files: Array<{ path: string; size: number }> }>;
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const strays = packed.files.map(file => file.path).filter(path => !ALLOWED.test(path));
  check('the tarball contains only lib, assets, bin, .jsii, and documents', strays.length === 0, strays.join(', '));
  process.stdout.write(`${packed.files.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked; the largest:\n`);
  const largest = [...packed.files].sort((a, b) => b.size - a.size).slice(0, 10);
  for (const { path, size } of largest) process.stdout.write(`${String(size).padStart(10)} ${path}\n`);
  check(`the tarball has at most ${MAX_PACKED} bytes`, packed.size <= MAX_PACKED, `${packed.size}`);
  const [, options = ''] = /npm publish \S+ (.*)/.exec(readFileSync(join(project, '.github', 'workflows', 'release.yml'), 'utf8')) ?? [];
  // no provenance is created, because that needs the identity of the workflow
  const published = run('npm', [
    'publish', join(scratch, packed.filename), ...options.split(' '), '--dry-run', '--loglevel=error',
  ], scratch);
  check(`npm would publish the tarball with ${options}`, published === `+ cdk-ecr-keeper@${manifest.version}\n`, published);
  // npm refuses the provenance of a package that names another repository than the one of the workflow
  check('the package names the repository of the workflow', manifest.repository?.url === REPOSITORY, manifest.repository?.url);
  const handlers = readdirSync(join(project, 'lambda'))
    .filter(name => name !== 'shared' && statSync(join(project, 'lambda', name)).isDirectory());
  for (const handler of handlers) {
    check(`the tarball contains the bundle of ${handler}`, packed.files.some(file => file.path === `assets/lambda/${handler}/index.js`));
  }
  const { dependencies, bundledDependencies, peerDependencies } = manifest;
  check('the package has no dependencies except peer dependencies', Object.keys({ ...dependencies, ...bundledDependencies }).length === 0);
  check('peers', JSON.stringify(Object.keys(peerDependencies).sort()) === '["aws-cdk-lib","constructs"]');

  const bundled = bundledPackages(JSON.parse(readFileSync(join(project, METAFILE), 'utf8')));
  const problems = licenceProblems(bundled);
  check('the licenses of all bundled packages allow that', problems.length === 0, problems.join('; '));
  const noticed = readFileSync(join(project, NOTICES), 'utf8');
  const missed = bundled.filter(({ name, version }) => !noticed.includes(`\n${name} ${version} (`)).map(({ name }) => name);
  check(`the tarball names the ${bundled.length} bundled packages`,
    missed.length === 0 && bundled.length > 0 && packed.files.some(file => file.path === NOTICES), missed.join(', '));
  run('npx', ['--no-install', 'projen', 'sbom'], project);
  const sbom = JSON.parse(readFileSync(join(project, SBOM), 'utf8')) as {
    components: Array<{ group?: string; name: string; version: string }>;
  };
  const listed = new Set(sbom.components.map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`));
  const expected = new Set(bundled.map(({ name, version }) => `${name}@${version}`));
  const differing = [...listed, ...expected].filter(one => !listed.has(one) || !expected.has(one));
  check('the SBOM has exactly the bundled packages', differing.length === 0, differing.join(', '));

  const consumer = join(scratch, 'consumer');
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true }');
  writeFileSync(join(consumer, 'app.js'), APP);
  run('npm', [
    'install', '--no-audit', '--no-fund', join(scratch, packed.filename), `aws-cdk-lib@${CDK_NEWEST}`, `constructs@${CONSTRUCTS_FLOOR}`,
  ], consumer);
  const exported = run(process.execPath, ['app.js'], consumer);
  check('an app loads the modules of its constructs only, and every name can be used', exported === '{"loaded":[],"missing":[]}', exported);
  writeFileSync(join(consumer, 'app.mjs'), MODULE);
  const imported = run(process.execPath, ['app.mjs'], consumer);
  check('an ES module can import each name', imported === 'ImageShield,RegistryScanning,RepositoryRETAIN', imported);
  const template = JSON.parse(readFileSync(join(scratch, 'cdk.out', 'Consumer.template.json'), 'utf8'));
  const types = Object.values<{ Type: string }>(template.Resources).map(resource => resource.Type);
  const help = run('npx', ['--no-install', 'cdk-ecr-keeper', '--help'], consumer);
  check('the installed tarball has its command', /simulate/.test(help) && /lint/.test(help));
  check(
    'an app with the tarball can be synthesized',
    types.includes('Custom::EcrTeardown') && types.includes('AWS::ECR::Repository'), types.join(', '),
  );
} catch (error) {
  check('the tarball can be packed, installed, and synthesized', false, (error as Error).message);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
