import { DescribeImagesCommand, ImageDetail } from '@aws-sdk/client-ecr';
import { AT, CommandLine, RunOptions } from './command-line';
import { NEWEST_TEN, POLICY } from './policies';
import { LocalEcr } from '../local-ecr/local-ecr';
import { clientOf } from '../local-ecr/test-client';

// Ten attempts take several seconds.
jest.setTimeout(60_000);

const ARN = 'arn:aws:ecr:us-east-1:000000000000:repository/app';
const repositoryName = 'app';
let ecr: LocalEcr;
let line: CommandLine;

beforeEach(async () => {
  ecr = await LocalEcr.start();
  line = new CommandLine();
  line.write('policy.json', NEWEST_TEN);
});
afterEach(async () => {
  line.remove();
  await ecr.stop();
});

const credentials = (accessKeyId = 'test') => ({
  AWS_ENDPOINT_URL_ECR: ecr.endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: 'test',
});
const simulate = (args: readonly string[] = [], env: Record<string, string> = {}) =>
  line.run(['simulate', '--repository', repositoryName, '--at', AT, ...args], {
    env: { ...credentials(), AWS_REGION: 'us-east-1', ...env },
  });
const operations = () => ecr.calls.map(({ operation }) => operation);

test('simulate reads every page, including archived images, with the same result as for the output of the AWS CLI', async () => {
  ecr.seed({ repositoryName, images: 2500, kind: 'multiArch', archived: 90 });
  const { status, stdout, stderr } = await simulate(['--policy', 'policy.json', '--json']);
  expect(status).toBe(0);
  expect(stderr).toBe(`read 2500 images of 'app'\nnote: simulated for ${AT}\n`);
  expect(operations()).toEqual(['DescribeImages', 'DescribeImages', 'DescribeImages']);
  expect(ecr.calls[0].input).toEqual({ repositoryName, maxResults: 1000, filter: { tagStatus: 'ANY', imageStatus: 'ANY' } });

  const client = clientOf(ecr);
  const imageDetails = new Array<ImageDetail>();
  for (let nextToken: string | undefined, page = 0; page === 0 || nextToken !== undefined; page += 1) {
    const answer = await client.send(new DescribeImagesCommand({
      repositoryName, maxResults: 900, nextToken, filter: { tagStatus: 'ANY', imageStatus: 'ANY' },
    }));
    imageDetails.push(...answer.imageDetails!);
    ({ nextToken } = answer);
  }
  client.destroy();
  line.write('images.json', { imageDetails });
  const recorded = await line.run(['simulate', '--images', 'images.json', '--policy', 'policy.json', '--at', AT, '--json']);
  expect(stdout).toBe(recorded.stdout);
  const actions = (JSON.parse(stdout) as Array<{ action: string }>).map(({ action }) => action);
  expect(actions).toHaveLength(2500);
  // The policy keeps ten of the images that are not archived, and all archived images.
  expect(actions.filter(action => action === 'KEEP')).toHaveLength(100);
});

test('simulate without --policy reads the attached policy, with exactly the two documented permissions', async () => {
  ecr.seed({ repositoryName, images: 12, kind: 'flat', lifecyclePolicyText: JSON.stringify(POLICY) });
  const allowed = (...Action: string[]) => ecr.principal('reader', { policy: [{ Effect: 'Allow', Action, Resource: ARN }] });
  const reader = () => simulate([], { AWS_ACCESS_KEY_ID: 'reader' });
  allowed('ecr:DescribeImages', 'ecr:GetLifecyclePolicy');
  const { status, stdout } = await reader();
  expect(status).toBe(0);
  expect(stdout).toContain(`app under its lifecycle policy, as of ${AT}\n12 images: `);
  expect(stdout).toContain('\nrule 1 (One production image): would expire 0 of 0 images that it applies to\n');
  expect(operations()).toEqual(['GetLifecyclePolicy', 'DescribeImages']);
  expect(ecr.granted('reader').map(({ action }) => action).sort()).toEqual(['ecr:DescribeImages', 'ecr:GetLifecyclePolicy']);

  for (const [given, missing] of [['ecr:DescribeImages', 'ecr:GetLifecyclePolicy'], ['ecr:GetLifecyclePolicy', 'ecr:DescribeImages']]) {
    allowed(given);
    const refused = await reader();
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(
      new RegExp(`(^|\\n)error: access denied to ${missing} on repository 'app': User: .* is not authorized to perform: ${missing} .*\n$`),
    );
  }
});

test('simulate retries after throttling and temporary failures', async () => {
  ecr.seed({ repositoryName, images: 1500, kind: 'flat' });
  ecr.faults.add({ kind: 'throttle', operation: 'DescribeImages' }, { kind: 'serverError', operation: 'DescribeImages' });
  expect((await simulate(['--policy', 'policy.json'])).stdout).toContain('\n1500 images: 1490 expire, 0 archive, 10 keep\n');
  expect(ecr.faults.pending).toEqual([]);
});

test('--region and --registry-id locate the repository, and the Region of the AWS CLI is the default', async () => {
  const place = { region: 'eu-west-1', account: '111122223333' };
  ecr.seed({ repositoryName, images: 3, kind: 'flat', ...place });
  const { stdout } = await simulate(['--policy', 'policy.json', '--region', place.region, '--registry-id', place.account]);
  expect(stdout).toContain('\n3 images: ');
  ecr.seed({ repositoryName, images: 4, kind: 'flat', region: 'eu-west-1' });
  const ofDefault = await simulate(['--policy', 'policy.json'], { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-1' });
  expect(ofDefault.stdout).toContain('\n4 images: ');
});

describe('simulate fails with a useful message for', () => {
  test('a repository that does not exist', async () => {
    expect(await simulate(['--policy', 'policy.json'])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'error: repository \'app\' not found in us-east-1. Check --region, --registry-id, and your AWS profile\n',
    });
    expect((await simulate(['--registry-id', '111122223333'])).stderr).toContain('not found in us-east-1, registry 111122223333. ');
  });

  test('a repository without a lifecycle policy', async () => {
    ecr.seed({ repositoryName });
    expect(await simulate())
      .toEqual({ status: 1, stdout: '', stderr: 'error: repository \'app\' has no lifecycle policy. Specify one with --policy\n' });
  });

  test.each<[string, RunOptions['env']]>([
    ['missing', {}], ['empty', { AWS_REGION: '' }],
  ])('a Region that is %s', async (_name, region) => {
    expect(await line.run(['simulate', '--repository', repositoryName], { env: { ...credentials(), ...region } })).toEqual({
      status: 1, stdout: '', stderr: 'error: no Region. Specify one with --region, AWS_REGION, or your AWS profile\n',
    });
  });

  test('missing credentials', async () => {
    const { status, stdout, stderr } = await simulate([], { AWS_ACCESS_KEY_ID: '' });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: no AWS credentials: .*\. Set AWS_PROFILE, or run aws configure or aws sso login\n$/);
    expect((await simulate([], { AWS_PROFILE: 'absent' })).stderr).toMatch(/^error: no AWS credentials for profile 'absent': .*aws configure list-profiles/);
  });

  test('an invalid policy, before it reads images', async () => {
    ecr.seed({ repositoryName, images: 5, kind: 'flat' });
    line.write('policy.json', { rules: [] });
    expect(await simulate(['--policy', 'policy.json']))
      .toEqual({ status: 1, stdout: '', stderr: 'error: policy.json: \'rules\' must have 1 to 50 rules, got: none\n' });
    expect(operations()).toEqual([]);
  });

  test('a service that does not respond', async () => {
    const { status, stderr } = await simulate(['--policy', 'policy.json'], { AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:1' });
    expect([status, stderr]).toEqual([
      1, 'error: repository \'app\': ecr:DescribeImages failed: connect ECONNREFUSED 127.0.0.1:1. Check your network\n',
    ]);
  });
});

describe('simulate uses the credentials of', () => {
  beforeEach(() => ecr.seed({ repositoryName, images: 2, kind: 'flat' }));
  const bare = (profile: string) => line.run(['simulate', '--repository', repositoryName, '--policy', 'policy.json', '--at', AT], {
    env: { AWS_ENDPOINT_URL_ECR: ecr.endpoint, AWS_PROFILE: profile, AWS_CONFIG_FILE: 'config' },
  });

  test('a profile, with its Region', async () => {
    line.write('config', '[profile kept]\naws_access_key_id = kept\naws_secret_access_key = test\nregion = us-east-1\n');
    expect((await bare('kept')).stdout).toContain('\n2 images: ');
    expect(ecr.calls[0].accessKeyId).toBe('kept');
  });

  test('SSO, and explains how to sign in if they are missing', async () => {
    line.write('config', '[profile sso]\nregion = us-east-1\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\n'
      + '[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n');
    expect((await bare('sso')).stderr).toMatch(/^error: no AWS credentials for profile 'sso': .*aws sso login --profile sso signs in\n$/);
  });
});
