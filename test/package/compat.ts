import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ownTemporaryFolder } from '../temporary-folder';

ownTemporaryFolder('compat');

/**
 * Compares the API with that of the last release. Breaking changes fail unless .compatignore lists them. The comparison is first tested
 * with an artificial breaking change. jsii-diff returns "does not exist" even if the registry cannot be reached, which is a failure here.
 */
const project = resolve(__dirname, '..', '..');
const { name } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { name: string };

const diff = (before: string) =>
  spawnSync(
    join('node_modules', '.bin', 'jsii-diff'), [before, '-k', '--ignore-file', '.compatignore'], { cwd: project, encoding: 'utf8' },
  );

let failed = 0;
let passed = 0;
function check(what: string, good: boolean, detail: string): void {
  if (good) passed++;
  else failed++;
  process.stdout.write(`${good ? 'ok     ' : 'NOT OK '} ${what}${good || !detail ? '' : `:\n${detail}`}\n`);
}

/** Returns an assembly with one additional method, so that this assembly appears to have removed it. */
function planted(): string {
  const folder = join(project, '.cache', 'compat'); // inside the project, so that its dependencies are found
  const assembly = JSON.parse(readFileSync(join(project, '.jsii'), 'utf8'));
  assembly.types[`${name}.Repository`].methods
    .push({ name: 'plantedMethod', docs: { stability: 'stable' }, locationInModule: { filename: 'x', line: 1 } });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.jsii'), JSON.stringify(assembly));
  writeFileSync(join(folder, 'package.json'), readFileSync(join(project, 'package.json')));
  return folder;
}

/** Returns the types and members whose breaking changes jsii-diff would accept, because they are not stable like all others. */
function unstable(): string[] {
  const names = new Array<string>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { docs, name: own = '', ...others } = value as { docs?: { stability?: string }; name?: string };
    const here = [path, own].filter(Boolean).join('.');
    if (docs?.stability !== undefined && docs.stability !== 'stable') names.push(here);
    // an implicit constructor has no docstring that could say that it is stable, and becomes explicit with its first parameter
    for (const [key, other] of Object.entries(others)) {
      if (key !== 'initializer' || 'parameters' in (other as object)) visit(other, here);
    }
  };
  visit(JSON.parse(readFileSync(join(project, '.jsii'), 'utf8')).types, '');
  return names;
}

const experimental = unstable();
check('every type and member is stable, so that its breaking changes are errors', experimental.length === 0, experimental.join('\n'));
const folder = planted();
const plant = diff(folder);
check('a removed method is found', plant.status === 1 && /plantedMethod/.test(plant.stderr), plant.stderr);
rmSync(folder, { recursive: true, force: true });

const view = spawnSync('npm', ['view', name, 'version', '--json'], { cwd: project, encoding: 'utf8' });
if (view.status !== 0 && /E404/.test(view.stdout + view.stderr)) {
  process.stdout.write(`There is no release of ${name} yet, so that there is nothing to compare with.\n`);
} else if (view.status !== 0) {
  check(`the last release of ${name} can be read`, false, view.stderr);
} else {
  const version = JSON.parse(view.stdout) as string;
  const { status, stdout, stderr } = diff(`npm:${name}@${version}`);
  check(`the API is compatible with that of ${version}`, status === 0, stdout + stderr);
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
