import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Job {
  permissions?: Record<string, string>;
  environment?: string;
  steps: Array<{ id?: string; uses?: string; run?: string; env?: Record<string, string> }>;
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
