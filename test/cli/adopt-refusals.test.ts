import { App, Stack } from 'aws-cdk-lib';
import { adoptAccountForEachTest, LEAST_PRIVILEGE } from './adopt-account';
import { Repository } from '../../src';
import { grantsOf } from '../local-ecr/iam';

// Ten attempts take several seconds.
jest.setTimeout(120_000);

const account = adoptAccountForEachTest();
const UUID = '11111111-2222-3333-4444-555555555555';
const refusal = async (args: readonly string[] = [], env: Record<string, string> = {}) => {
  const { status, stdout, stderr } = await account().adopt(args, { env });
  expect([status, stdout]).toEqual([1, '']);
  return stderr;
};
const declareIn = (region: string, accountId = '000000000000') => account().synth((app: App) => new Repository(
  new Stack(app, 'Shop', { env: { account: accountId, region } }), 'App', { repositoryName: 'team/app' },
));

describe('adopt fails if the stack cannot import the repository', () => {
  test('because it does not exist', async () => {
    account().declare();
    expect(await refusal()).toBe('error: repository \'team/app\' does not exist in us-east-1, account 000000000000. You do not need to'
      + ' adopt it, because npx cdk deploy Shop creates it\n');
  });

  test('because it is in the Region of the environment variables', async () => {
    declareIn('eu-west-1');
    account().seed();
    expect(await refusal([], { AWS_REGION: 'us-east-1' })).toBe('error: repository \'team/app\' does not exist in eu-west-1, account'
      + ' 000000000000, but it exists in us-east-1. A stack imports only from its own Region. Deploy stack \'Shop\' to us-east-1, or'
      + ' rename its repository\n');
  });

  test('because --region is not the Region of the stack', async () => {
    declareIn('eu-west-1');
    account().seed();
    expect(await refusal(['--region', 'us-east-1'])).toBe('error: stack \'Shop\' is deployed to eu-west-1 and cannot import from'
      + ' us-east-1. Omit --region, or choose another stack with --stack\n');
  });

  test('because the credentials belong to another account, with or without the repository', async () => {
    declareIn('us-east-1', '111111111111');
    expect(await refusal()).toBe('error: repository \'team/app\' does not exist in us-east-1, account 000000000000 (the account of the'
      + ' credentials), but stack \'Shop\' is deployed to account 111111111111. Check your AWS profile\n');
    account().seed();
    expect(await refusal()).toBe('error: repository \'team/app\' in us-east-1 is in the account of the credentials, 000000000000, but stack'
      + ' \'Shop\' is deployed to account 111111111111. Check your AWS profile, or run npx cdk synth if the app has changed\n');
  });
});

describe('calls to AWS:', () => {
  beforeEach(() => {
    account().declare();
    account().seed({ tags: { 'cdk-ecr-keeper:teardown-by': `${UUID}:Id` } });
    account().cloudFormation.stack(`arn:aws:cloudformation:us-east-1:000000000000:stack/Old/${UUID}`).status('DELETE_COMPLETE');
  });

  test('adopt needs every permission of the documented policy, and no other', async () => {
    expect((await account().adopt()).status).toBe(0);
    const granted = [...account().ecr.granted('reader')].map(({ action }) => action).sort();
    const actions = grantsOf(LEAST_PRIVILEGE).map(({ action }) => action);
    expect(granted).toEqual(actions.sort());
    for (const action of actions) {
      account().ecr.principal('reader', {
        policy: LEAST_PRIVILEGE.map(statement => ({ ...statement, Action: [statement.Action].flat().filter(each => each !== action) }))
          .filter(({ Action }) => Action.length > 0),
      });
      expect(await refusal()).toMatch(new RegExp(`^error: access denied to ${action} on repository 'team/app': `));
    }
  });

  test('a failed call to CloudFormation makes adopt fail, because the owner is unknown', async () => {
    account().cloudFormation.faults.add({ kind: 'accessDenied', operation: 'DescribeStackResources' });
    expect(await refusal()).toMatch(/^error: access denied to cloudformation:DescribeStackResources .*\. It is unknown whether a stack owns the repository\n$/);
  });

  test('adopt retries after throttling', async () => {
    account().ecr.faults.add({ kind: 'throttle', operation: 'GetRepositoryPolicy' });
    account().cloudFormation.faults.add({ kind: 'throttle', operation: 'ListStacks' });
    expect((await account().adopt()).status).toBe(0);
  });

  test('a service that cannot be reached causes an error that names the call', async () => {
    const closed = 'http://127.0.0.1:9';
    expect(await refusal([], { AWS_ENDPOINT_URL_ECR: closed })).toMatch(/^error: repository 'team\/app': ecr:DescribeRepositories failed: /);
  });

  test('missing credentials cause an error', async () => {
    expect(await refusal([], { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' })).toMatch(/^error: no AWS credentials: /);
  });
});

const invalid = (option: string, argument: string, why: string) => `option '${option}' argument '${argument}' is invalid. ${why}`;

test.each([
  ['adopt', 'missing required argument \'repository\''],
  ['adopt Team/App', 'command-argument value \'Team/App\' is invalid for argument \'repository\'. It must be a repository name such as'
    + ' team/app, without a registry or a tag.'],
  ['adopt a/b c/d', 'too many arguments for \'adopt\'. Expected 1 argument but got 2.'],
  ['adopt team/app --region here', invalid('--region <region>', 'here', 'It must be a Region such as eu-west-1.')],
  ['adopt team/app --app x --template y', 'option \'--template <file>\' cannot be used with option \'--app <folder>\''],
  ['adopt team/app --logical AppF1', 'unknown option \'--logical\' (Did you mean --logical-id?)'],
])('%s is invalid usage', async (args, message) => {
  expect(await account().line.run(args.split(' '))).toEqual({ status: 2, stdout: '', stderr: `error: ${message}\n` });
});

test('adopt --help describes every option, the permissions, and the exit codes', async () => {
  const { status, stdout, stderr } = await account().line.run(['adopt', '--help']);
  expect([status, stderr]).toEqual([0, '']);
  const actions = grantsOf(LEAST_PRIVILEGE).map(({ action }) => action);
  for (const text of ['--app', '--stack', '--template', '--logical-id', '--region', '--json', 'Examples:', ...actions, 'Exit codes: 0']) {
    expect(stdout).toContain(text);
  }
});
