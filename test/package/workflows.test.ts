import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PUBLIB } from '../../projenrc/versions';

interface Job {
  permissions?: Record<string, string>;
  environment?: string;
  if?: string;
  steps: Array<{ id?: string; uses?: string; run?: string; env?: Record<string, string>; with?: Record<string, unknown> }>;
}
interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const FOLDER = '.github/workflows';
const files = readdirSync(FOLDER);
const load = (name: string) => parse(readFileSync(join(FOLDER, `${name}.yml`), 'utf8')) as Workflow;

/** The jobs with write permissions. All other jobs can only read. */
const WRITERS: Record<string, readonly string[]> = {
  github: ['contents'], npm: ['id-token'], pypi: ['id-token'], site: ['pages', 'id-token'],
};

function problems(text: string): string[] {
  const found: string[] = [];
  for (const [, reference] of text.matchAll(/uses: (.*)/g)) {
    if (!/^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(reference)) found.push(`not pinned: ${reference}`);
  }
  const workflow = parse(text) as Workflow;
  for (const trigger of ['pull_request_target', 'workflow_run', 'issue_comment']) {
    if (trigger in workflow.on) found.push(`runs code of others with permissions: ${trigger}`);
  }
  if (JSON.stringify(workflow.permissions) !== '{}') found.push('the workflow itself has permissions');
  for (const [name, job] of Object.entries(workflow.jobs)) {
    if (!job.permissions) found.push(`${name} has no permissions block`);
    if (!('timeout-minutes' in job)) found.push(`${name} has no timeout`);
    for (const [scope, level] of Object.entries(job.permissions ?? {})) {
      const allowed = !('pull_request' in workflow.on) && WRITERS[name]?.includes(scope) === true;
      if (level !== 'read' && !allowed) found.push(`${name} has ${scope}: ${level}`);
    }
    if (/\$\{\{\s*secrets\./.test(JSON.stringify(job)) && !job.environment) found.push(`${name} reads secrets outside an environment`);
    for (const { run } of job.steps) {
      if (run && /\$\{\{/.test(run)) found.push(`${name} puts an expression into a script`);
      if (run && spawnSync('bash', ['-n'], { input: run }).status !== 0) found.push(`${name} has a script that bash cannot parse`);
    }
  }
  return found;
}

describe('workflows', () => {
  test('are the three documented ones', () => {
    expect(files.sort()).toEqual(['build.yml', 'release.yml', 'title.yml']);
  });

  test.each(files)('%s has pinned actions and only the permissions that it needs', file => {
    expect(problems(readFileSync(join(FOLDER, file), 'utf8'))).toEqual([]);
  });

  test.each([
    ['a tag instead of a commit', /(uses: actions\/checkout)@\S+ .*/, '$1@v7', 'not pinned: actions/checkout@v7'],
    ['a short commit id', /(checkout@.{7})\S+/, '$1', 'not pinned: actions/checkout@3d3c42e # v7.0.1'],
    ['a commit without a version', / # v[\d.]+/, '', 'not pinned: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1'],
    ['permissions of the workflow', /^permissions: .*$/m, 'permissions:\n  contents: read', 'the workflow itself has permissions'],
    ['a job without permissions', / {4}permissions:\n {6}contents: read\n/, '', 'gate has no permissions block'],
    ['a job without a timeout', / {4}timeout-minutes: .*\n/, '', 'gate has no timeout'],
    ['a site that may write to the repository', /pages: write/, 'contents: write', 'site has contents: write'],
    ['a gate with an identity', /contents: read/, 'id-token: write', 'gate has id-token: write'],
    ['pull_request_target', /push:/, 'pull_request_target:', 'runs code of others with permissions: pull_request_target'],
    ['secrets without environment', /environment: go/, 'name: go', 'go reads secrets outside an environment'],
    ['an expression in a script', /\$tag:/, '${{ github.ref }}', 'build puts an expression into a script'],
  ])('have a check that finds %s', (_, pattern, replacement, problem) => {
    expect(problems(readFileSync(join(FOLDER, 'release.yml'), 'utf8').replace(pattern, replacement))).toContain(problem);
  });
});

describe('scripts of the workflows', () => {
  const bash = (script: string, env: Record<string, string>) =>
    spawnSync('bash', ['-e', '-c', script], { encoding: 'utf8', env: { PATH: process.env.PATH!, ...env } });

  test.each([
    ['fix: a refusal names its guard', 0],
    ['feat(teardown)!: deleteWithImages takes maxImages', 0],
    ['Images: a construct', 1],
    ['fix a refusal', 1],
    ['$(exit 0)', 1],
  ])('the title %p ends with %i', (title, status) => {
    expect(bash(load('title').jobs.title.steps[0].run!, { TITLE: title }).status).toBe(status);
  });

  test.each([
    ['go', { GO_DEPLOY_KEY: 'k' }, 'true'],
    ['go', { GO_DEPLOY_KEY: '' }, 'false'],
    ['maven', { MAVEN_USERNAME: 'u', MAVEN_PASSWORD: 'p', MAVEN_GPG_PRIVATE_KEY: 'k', MAVEN_GPG_PRIVATE_KEY_PASSPHRASE: 'w' }, 'true'],
    ['maven', { MAVEN_USERNAME: 'u', MAVEN_PASSWORD: 'p', MAVEN_GPG_PRIVATE_KEY: '', MAVEN_GPG_PRIVATE_KEY_PASSPHRASE: '' }, 'false'],
  ])('%s with %j publishes: %s', (name, env, there) => {
    const folder = mkdtempSync(join(tmpdir(), 'workflow-'));
    try {
      const output = join(folder, 'output');
      const { status, stdout } = bash(load('release').jobs[name].steps[0].run!, { ...env, GITHUB_OUTPUT: output });
      expect([status, readFileSync(output, 'utf8')]).toEqual([0, `there=${there}\n`]);
      expect(stdout.includes('::notice::')).toBe(there === 'false');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a version that runs again publishes nothing that is out already', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'release-'));
    for (const name of ['bin', 'dist/js', 'out']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'dist/version.txt'), '0.2.0\n');
    writeFileSync(join(folder, 'dist/releasetag.txt'), 'v0.2.0\n');
    for (const file of ['dist/changelog.md', 'dist/sbom.cdx.json', 'dist/js/cdk-ecr-keeper@0.2.0.jsii.tgz']) {
      writeFileSync(join(folder, file), '');
    }
    // Each program logs its call. What was published exists from then on, and `view` of anything else fails.
    program('npm', [
      '[ "$1" = view ] && { [ -e "out/npm-$2" ] && echo 0.2.0 || exit 1; }',
      '[ "$1" = publish ] && touch out/npm-cdk-ecr-keeper@0.2.0; true',
    ].join('\n'));
    program('gh', '[ "$2" = view ] && { [ -e "out/gh-$3" ] || exit 1; }; [ "$2" = create ] && touch "out/gh-$3"; true');
    program('npx', 'true');
    program('ssh-agent', 'true');
    program('ssh-add', 'cat >/dev/null');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function program(name: string, script: string): void {
    writeFileSync(join(folder, 'bin', name), `#!/usr/bin/env bash\necho "${name} $*" >>out/calls\n${script}\n`, { mode: 0o755 });
  }

  /** Runs the scripts of a job as GitHub does: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax */
  function runJob(name: string): string[] {
    rmSync(join(folder, 'out/calls'), { force: true });
    const env = {
      ...process.env,
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      TAG: 'v0.2.0',
      GITHUB_SHA: 'abc',
      GITHUB_OUTPUT: join(folder, 'out/output'),
      GO_DEPLOY_KEY: 'key',
      MAVEN_USERNAME: 'u',
      MAVEN_PASSWORD: 'p',
      MAVEN_GPG_PRIVATE_KEY: 'k',
      MAVEN_GPG_PRIVATE_KEY_PASSPHRASE: 'w',
    };
    for (const { run } of load('release').jobs[name].steps) {
      if (run === undefined) continue;
      const { status, stderr } = spawnSync('bash', ['-e', '-c', run], { cwd: folder, env, encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
    }
    return existsSync(join(folder, 'out/calls')) ? readFileSync(join(folder, 'out/calls'), 'utf8').trim().split('\n') : [];
  }

  test('npm publishes the tarball with its provenance once', () => {
    expect(runJob('npm')).toEqual([
      'npm view cdk-ecr-keeper@0.2.0 version',
      'npm publish ./dist/js/cdk-ecr-keeper@0.2.0.jsii.tgz --access public --provenance --ignore-scripts',
    ]);
    expect(runJob('npm')).toEqual(['npm view cdk-ecr-keeper@0.2.0 version']);
  });

  test('the release of GitHub is created once, with its files', () => {
    expect(runJob('github')).toEqual([
      'gh release view v0.2.0',
      'gh release create v0.2.0 --title v0.2.0 --notes-file dist/changelog.md --target abc dist/js/cdk-ecr-keeper@0.2.0.jsii.tgz'
        + ' dist/sbom.cdx.json',
    ]);
    expect(runJob('github')).toEqual(['gh release view v0.2.0']);
  });

  test.each(['maven', 'go'])('%s is left to a fixed version of publib, which skips a version that exists', name => {
    expect(runJob(name).filter(call => call.startsWith('npx'))).toEqual([
      `npx --yes --package publib@${PUBLIB} publib-${name === 'go' ? 'golang' : name}`,
    ]);
  });

  test('PyPI skips files that exist', () => {
    const { with: options } = load('release').jobs.pypi.steps.find(({ uses }) => uses?.startsWith('pypa/gh-action-pypi-publish@'))!;
    expect(options).toMatchObject({ 'packages-dir': 'dist/python', 'skip-existing': true });
  });

  test('no job publishes a version that has a tag', () => {
    const { run } = load('release').jobs.build.steps.find(({ id }) => id === 'version')!;
    const outputOf = (isTagged: boolean) => {
      program('git', isTagged ? 'true' : 'exit 1');
      rmSync(join(folder, 'out/output'), { force: true });
      spawnSync('bash', ['-eo', 'pipefail', '-c', run!], {
        cwd: folder, env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, GITHUB_OUTPUT: join(folder, 'out/output') },
      });
      return readFileSync(join(folder, 'out/output'), 'utf8');
    };
    expect([outputOf(false), outputOf(true)]).toEqual(['tag=v0.2.0\nrelease=true\n', 'tag=v0.2.0\nrelease=false\n']);
    const { jobs } = load('release');
    const publishing = ['github', 'npm', 'pypi', 'maven', 'go', 'site'];
    expect(publishing.map(name => jobs[name].if)).toEqual(publishing.map(() => 'needs.build.outputs.release == \'true\''));
  });
});
