import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalEcr } from '../local-ecr/local-ecr';
import { Principals } from '../local-ecr/principals';
import { LocalEcrPublic } from '../local-ecr-public/local-ecr-public';
import { LocalSsm } from '../local-ssm/local-ssm';
import { LocalSts } from '../local-sts/local-sts';

const PROJECT = join(__dirname, '..', '..');
const JOURNALS = join(PROJECT, '.cache', 'probes');
const ACCOUNT = '000000000000';
const CONFIRMED = ['--aws', '--region', 'us-east-1', '--account', ACCOUNT];

let ecr: LocalEcr;
let ecrPublic: LocalEcrPublic;
let ssm: LocalSsm;
let sts: LocalSts;
let directory: string;

beforeEach(async () => {
  const principals = new Principals();
  ecr = await LocalEcr.start({ principals });
  ecrPublic = await LocalEcrPublic.start({ principals });
  ssm = await LocalSsm.start({ principals });
  sts = await LocalSts.start({ principals });
  ecr.layers = 'modelled';
  directory = mkdtempSync(join(tmpdir(), 'ecr-keeper-probes-'));
});

afterEach(async () => {
  await Promise.all([ecr.stop(), ecrPublic.stop(), ssm.stop(), sts.stop()]);
  rmSync(directory, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command against the fakes, as if they were AWS. */
function probe(args: readonly string[], onStart: (kill: (signal: NodeJS.Signals) => void) => void = () => undefined): Promise<Ended> {
  const output = ['--output', join(directory, 'observations.json')];
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'main.ts'), ...args, ...args.includes('--aws') ? output : []], {
    cwd: PROJECT,
    env: {
      PATH: process.env.PATH,
      TMPDIR: directory,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_ECR: ecr.endpoint,
      AWS_ENDPOINT_URL_ECR_PUBLIC: ecrPublic.endpoint,
      AWS_ENDPOINT_URL_SSM: ssm.endpoint,
      AWS_ENDPOINT_URL_STS: sts.endpoint,
    },
  });
  onStart(signal => child.kill(signal));
  return new Promise(resolve => {
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', chunk => { stdout += String(chunk); });
    child.stderr.on('data', chunk => { stderr += String(chunk); });
    child.on('close', code => resolve({ code, stdout, stderr }));
  });
}

/** Names of the journals of runs that did not remove everything. */
function journals(): string[] {
  return existsSync(JOURNALS) ? readdirSync(JOURNALS) : [];
}

function observations(): Array<{ id: string; answer: string }> {
  return JSON.parse(readFileSync(join(directory, 'observations.json'), 'utf8')) as Array<{ id: string; answer: string }>;
}

/** Sends a signal when the first repository exists. */
function whenRepositoryExists(signal: NodeJS.Signals) {
  return (kill: (signal: NodeJS.Signals) => void): void => {
    ecr.onCall = ({ operation }) => {
      if (operation !== 'CreateRepository') return;
      ecr.onCall = undefined;
      kill(signal);
    };
  };
}

test('without a Region or a confirmation, nothing is created', async () => {
  expect(await probe(['--aws', '--account', ACCOUNT])).toMatchObject({ code: 1, stderr: expect.stringContaining('the Region is missing') });
  const other = await probe(['--aws', '--region', 'us-east-1', '--account', '111111111111']);
  expect(other).toMatchObject({ code: 1, stderr: expect.stringMatching(/not confirmed\. .* --account 000000000000/) });
  expect(other.stderr).toMatch(/^\d+ probes in account 000000000000, Region us-east-1: at most \d+ minutes and \$\d+\.\d\d/);
  expect(await probe([...CONFIRMED, '--only', 'nonsense'])).toMatchObject({ code: 1, stderr: expect.stringContaining('unknown probes') });
  expect(ecr.calls).toEqual([]);
});

test('the answers are written, and everything is removed', async () => {
  const { code, stdout } = await probe([...CONFIRMED, '--only', 'ids-with-filter']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('probes: 1 passed, 0 failed')]);
  expect(observations()).toMatchObject([{ id: 'ids-with-filter', answer: 'accepted' }]);
  expect(ecr.names()).toEqual([]);
  expect(journals()).toEqual([]);
  const created = ecr.calls.filter(({ operation }) => operation === 'CreateRepository');
  expect(created.map(({ repositoryName }) => repositoryName)).toEqual([expect.stringMatching(/^ecr-keeper-probe-[0-9a-f]{8}\/1-repository$/)]);
});

test('public repositories are created in their only Region, and removed', async () => {
  const region = ['--aws', '--region', 'eu-west-1', '--account', ACCOUNT];
  const { code, stdout } = await probe([...region, '--only', 'public-catalog-write-replaces']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('probes: 1 passed, 0 failed')]);
  const changes = ecrPublic.calls.filter(({ operation }) => /^(Create|Delete)/.test(operation));
  const name = expect.stringMatching(/^ecr-keeper-probe-[0-9a-f]{8}\/1-repository$/) as string;
  expect(changes.map(({ operation, region: at, repositoryName }) => [operation, at, repositoryName]))
    .toEqual([['CreateRepository', 'us-east-1', name], ['DeleteRepository', 'us-east-1', name]]);
  expect(journals()).toEqual([]);
});

test('parameters are removed, also if the probe has removed them', async () => {
  const { code, stdout } = await probe([...CONFIRMED, '--only', 'parameter-read-after-write']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('probes: 1 passed, 0 failed')]);
  expect(ssm.calls.map(({ operation, outcome }) => [operation, outcome])).toEqual([
    ['PutParameter', 'ok'], ['GetParametersByPath', 'ok'], ['DeleteParameter', 'ok'], ['GetParametersByPath', 'ok'],
    ['DeleteParameter', 'ParameterNotFound'],
  ]);
  expect([ssm.values(), journals()]).toEqual([{}, []]);
});

test('a difference exits with 1, and names the assumption, the code that rests on it, and the fake', async () => {
  ecr.readings.set('ids-with-filter', 'other');
  const { code, stdout } = await probe([...CONFIRMED, '--only', 'ids-with-filter']);
  expect(code).toBe(1);
  expect(stdout).toContain('ids-with-filter: assumed \'accepted\', but the answer is \'InvalidParameterException\'.');
  expect(stdout).toContain('lambda/shared/images/listing.ts');
  expect(stdout).toContain('Fake: test/local-ecr/operations/listing.ts');
});

test('a question that is denied is not asked, and the others are', async () => {
  ecr.faults.add({ kind: 'accessDenied', operation: 'CreateRepository' });
  const { code, stdout } = await probe([...CONFIRMED, '--only', 'ids-with-filter', 'retag-keeps-push-time']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/1 asked, 1 not asked, 0 different/);
  expect(observations().map(({ id }) => id)).toEqual(['retag-keeps-push-time']);
});

test('a question with an obstacle is asked only of the fakes, and the report has the obstacle', async () => {
  const args = ['--only', 'enhanced-index-unscanned'];
  const { code, stdout, stderr } = await probe([...CONFIRMED, ...args]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^0 probes in account 000000000000, Region us-east-1: at most 0 minutes/)]);
  expect(stdout).toMatch(/\nenhanced-index-unscanned: not asked: it needs Amazon Inspector, .*\nprobes: 0 asked, 1 not asked, 0 different\n/);
  expect(ecr.calls).toEqual([]);
  expect(observations()).toEqual([]);
  expect((await probe(args)).stdout).toContain('probes: 1 asked, 0 not asked, 0 different');
});

test('Ctrl-C removes what was created', async () => {
  const { code, stderr } = await probe([...CONFIRMED, '--only', 'ids-with-filter'], whenRepositoryExists('SIGINT'));
  expect(code).toBe(130);
  expect(stderr).toContain('interrupted; removing what the probes created');
  expect(ecr.names()).toEqual([]);
  expect(journals()).toEqual([]);
});

test('the next run removes what a killed run left', async () => {
  await probe([...CONFIRMED, '--only', 'ids-with-filter'], whenRepositoryExists('SIGKILL'));
  expect(ecr.names()).toHaveLength(1);
  expect(journals()).toHaveLength(1);
  const { code, stderr } = await probe([...CONFIRMED, '--only', 'retag-keeps-push-time']);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/removing what an interrupted run left: repository ecr-keeper-probe-/)]);
  expect(ecr.names()).toEqual([]);
  expect(journals()).toEqual([]);
});
