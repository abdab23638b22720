import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devDependencies } from '../package.json';
import { EXCEPTIONS, Finding, judge, PASSED_BY_DEFAULT } from './scanner-exceptions';
import { Assembly, CdkApp, DEFAULT_REPOSITORY, examples } from './synthesis/synthesise';

interface Runs {
  readonly floor: Assembly;
  readonly again: Assembly;
  readonly newest: Assembly;
  readonly checked: Assembly;
}

const apps = [...examples(), DEFAULT_REPOSITORY].map(app => [app.name, app] as const);
const runs = new Map<string, Runs>();
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ecr-keeper-examples-'));
  const all = apps.map(([, app]) => app);
  const place = (name: string) => (app: CdkApp) => join(directory, app.name.replace(/\W+/g, '-'), name);
  const [floor, again, newest, checked] = await Promise.all([
    Assembly.ofEach(all, place('floor'), { preload: ['a-day'] }),
    Assembly.ofEach(all, place('somewhere/else'), { cwd: directory, preload: ['another-day'] }),
    Assembly.ofEach(all, place('newest'), { preload: ['newest-cdk'] }),
    Assembly.ofEach(all, place('checked'), { preload: ['nag'] }),
  ]);
  all.forEach(({ name }, at) => runs.set(name, { floor: floor[at], again: again[at], newest: newest[at], checked: checked[at] }));
}, 300_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.each(apps.filter(([, app]) => app !== DEFAULT_REPOSITORY))('the source of example %s', (_name, { file }) => {
  const source = readFileSync(file, 'utf8');

  test('has at most 40 lines', () => {
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });

  test('imports the package by its name, and nothing of this repository by path', () => {
    const imports = [...source.matchAll(/\bfrom '([^']+)'|\b(?:import|require)\(?\s*'([^']+)'/g)].map(([, from, other]) => from ?? other);
    expect(imports).toContain('cdk-ecr-keeper');
    expect(imports.filter(name => name.startsWith('.') || name.startsWith('cdk-ecr-keeper/'))).toEqual([]);
  });
});

describe.each(apps)('synthesised: %s', name => {
  test('is the same, byte for byte, on another day, in another time zone and another directory', async () => {
    const { floor, again } = runs.get(name)!;
    expect(floor.files()).toEqual(expect.arrayContaining(['manifest.json', 'tree.json', expect.stringMatching(/\.assets\.json$/)]));
    expect(again.files()).toEqual(floor.files());
    // templates say best what changed
    for (const file of [...floor.templates(), ...floor.files()]) expect(again.read(file)).toBe(floor.read(file));
  });

  test('gives the same templates on the newest aws-cdk-lib and constructs', async () => {
    const { floor, newest } = runs.get(name)!;
    for (const library of ['aws-cdk-lib', 'constructs'] as const) {
      expect([versionOf(library, floor), versionOf(library, newest)])
        .toEqual([devDependencies[library], devDependencies[`${library}-newest`].split('@').pop()]);
    }
    expect(newest.templates()).toEqual(floor.templates());
    for (const file of floor.templates()) expect(versionFree(newest.read(file))).toBe(versionFree(floor.read(file)));
  });

  test('passes the validation that the newest aws-cdk-lib runs by itself', async () => {
    const { newest } = runs.get(name)!;
    expect(JSON.parse(newest.read('validation-report.json')).pluginReports).toEqual([]);
  });
});

/** The version of a library that did the work, by its own account: the app is of aws-cdk-lib, the construct for the tree of constructs. */
function versionOf(library: 'aws-cdk-lib' | 'constructs', assembly: Assembly): string {
  const { tree } = JSON.parse(assembly.read('tree.json'));
  return (library === 'aws-cdk-lib' ? tree : tree.children.Tree).constructInfo.version;
}

/**
 * Only two things may differ. AWS::CDK::Metadata lists the constructs with the version of their library, packed.
 * https://docs.aws.amazon.com/cdk/v2/guide/usage-data.html. The function that aws-cdk-lib adds to empty a bucket has the code and the runtime
 * of its version.
 */
function versionFree(template: string): string {
  const parsed = JSON.parse(template);
  const { Type, Properties } = parsed.Resources.CDKMetadata;
  expect([Type, Properties]).toEqual(['AWS::CDK::Metadata', { Analytics: expect.stringMatching(/^v2:deflate64:/) }]);
  Properties.Analytics = 'v2:deflate64:...';
  const emptiesBuckets = parsed.Resources.CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F;
  if (emptiesBuckets) {
    emptiesBuckets.Properties.Code.S3Key = '...';
    emptiesBuckets.Properties.Runtime = 'nodejs...';
    emptiesBuckets.Metadata['aws:asset:path'] = 'asset...';
  }
  return JSON.stringify(parsed, undefined, 1);
}

describe('cdk-nag', () => {
  async function judged() {
    const findings: Finding[] = [];
    for (const [app, running] of runs) {
      const { checked } = running;
      findings.push(...checked.nag().failed.map(verdict => ({ scanner: 'cdk-nag' as const, app, ...verdict })));
    }
    return judge(findings, ['cdk-nag'], DEFAULT_REPOSITORY.name);
  }

  test('finds only the documented exceptions', async () => {
    expect((await judged()).unexcused).toEqual([]);
  });

  test('still finds every documented exception', async () => {
    expect((await judged()).obsolete).toEqual([]);
  });

  test('the default repository was checked and passes AwsSolutions', async () => {
    const { checked } = runs.get(DEFAULT_REPOSITORY.name)!;
    const { failed, passed } = checked.nag();
    expect(failed).toEqual([]);
    expect(passed.map(({ id }) => id)).toEqual(PASSED_BY_DEFAULT.filter(({ scanner }) => scanner === 'cdk-nag').map(({ id }) => id));
  });
});

describe('docs/reference/scanners.md', () => {
  const lines = readFileSync(join(__dirname, '..', 'docs', 'reference', 'scanners.md'), 'utf8').split('\n');
  const rows = (heading: string) => {
    const section = lines.slice(lines.indexOf(heading) + 1);
    const end = section.findIndex(line => line.startsWith('## '));
    return section.slice(0, end < 0 ? undefined : end).filter(line => line.startsWith('|')).slice(2);
  };

  test('names the scanners at the versions that run', () => {
    const requirements = readFileSync(join(__dirname, 'scanners', 'requirements.txt'), 'utf8');
    const pinned = (name: string) => new RegExp(`^${name}==(.+)$`, 'm').exec(requirements)![1];
    expect(rows('# Scanners').map(row => row.split('|').slice(1, 3).map(cell => cell.trim()))).toEqual([
      ['cdk-nag, AwsSolutions', devDependencies['cdk-nag']],
      ['cfn-lint', pinned('cfn-lint')],
      ['checkov', pinned('checkov')],
    ]);
  });

  test('says what the default repository passes', () => {
    expect(rows('## What the default repository passes'))
      .toEqual(PASSED_BY_DEFAULT.map(({ scanner, id, what }) => `| \`${id}\` | ${scanner} | ${what} |`));
  });

  test('argues every exception, in the same words', () => {
    expect(rows('## Exceptions'))
      .toEqual(EXCEPTIONS.map(({ id, scanner, appears, reason }) => `| \`${id}\` | ${scanner} | ${appears} | ${reason} |`));
  });
});
