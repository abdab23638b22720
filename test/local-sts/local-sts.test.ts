import { GetFunctionCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  AssumeRoleCommand, AssumeRoleCommandInput, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient,
} from '@aws-sdk/client-sts';
import { LocalSts, RoleProps } from './local-sts';
import { errorOf } from '../local-ecr/test-client';
import { LocalLambda } from '../local-lambda/local-lambda';

const ROLE = 'arn:aws:iam::111122223333:role/readers/images';
const CALLER = 'arn:aws:sts::000000000000:assumed-role/keeper/fn';
let sts: LocalSts;
let lambda: LocalLambda;

const clientOf = (accessKeyId = 'keeper', maxAttempts = 1) => new STSClient({
  endpoint: sts.endpoint, region: 'us-east-1', maxAttempts, credentials: { accessKeyId, secretAccessKey: 'test' },
});

beforeEach(async () => {
  sts = await LocalSts.start();
  lambda = await LocalLambda.start({ principals: sts.principals });
  sts.principal('keeper', { arn: CALLER });
});

afterEach(() => Promise.all([sts.stop(), lambda.stop()]));

const assume = (input: Partial<AssumeRoleCommandInput> = {}, from = clientOf()) =>
  from.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'keeper', ...input }));

const role = (props: Partial<RoleProps> = {}) => sts.role(ROLE, { trust: { principals: [CALLER] }, ...props });

describe('the credentials', () => {
  test('have the account and the policy of the role', async () => {
    lambda.function('there', {}, { account: '111122223333' });
    lambda.function('here');
    role({ policy: [{ Effect: 'Allow', Action: 'lambda:ListFunctions', Resource: '*' }] });
    const { Credentials, AssumedRoleUser } = await assume();
    expect(AssumedRoleUser!.Arn).toBe('arn:aws:sts::111122223333:assumed-role/images/keeper');
    const client = new LambdaClient({
      endpoint: lambda.endpoint,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: {
        accessKeyId: Credentials!.AccessKeyId!, secretAccessKey: Credentials!.SecretAccessKey!, sessionToken: Credentials!.SessionToken!,
      },
    });
    expect((await client.send(new ListFunctionsCommand({}))).Functions).toMatchObject([{ FunctionName: 'there' }]);
    expect(await errorOf(client.send(new GetFunctionCommand({ FunctionName: 'there' })))).toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining(AssumedRoleUser!.Arn!),
    });
    expect(lambda.granted(Credentials!.AccessKeyId!)).toMatchObject([{ action: 'lambda:ListFunctions' }]);
    expect(sts.sessions).toEqual([{ accessKeyId: Credentials!.AccessKeyId, roleArn: ROLE, sessionName: 'keeper', caller: 'keeper' }]);
  });

  test('are new in each call and valid for an hour by default', async () => {
    await sts.stop();
    sts = await LocalSts.start({ now: () => new Date('2026-01-01T00:00:00Z') });
    sts.role(ROLE, { trust: { principals: ['000000000000'] } });
    const [first, second] = [await assume(), await assume({ DurationSeconds: 900 })];
    expect(first.Credentials!.AccessKeyId).toMatch(/^ASIA[0-9A-F]{16}$/);
    expect(second.Credentials!.AccessKeyId).not.toBe(first.Credentials!.AccessKeyId);
    expect(first.Credentials!.Expiration).toEqual(new Date('2026-01-01T01:00:00Z'));
    expect(second.Credentials!.Expiration).toEqual(new Date('2026-01-01T00:15:00Z'));
  });
});

describe('a role can be assumed', () => {
  test.each([
    CALLER, 'arn:aws:iam::000000000000:role/keeper', 'arn:aws:iam::000000000000:role/some/path/keeper', 'arn:aws:iam::000000000000:root',
    '000000000000',
  ])('by a session that is trusted as %s', async principal => {
    role({ trust: { principals: ['999999999999', principal] } });
    expect((await assume()).Credentials).toBeDefined();
  });

  test.each([
    'arn:aws:sts::000000000000:assumed-role/keeper/other',
    'arn:aws:iam::000000000000:role/other',
    'arn:aws:iam::000000000000:user/keeper',
    'arn:aws:iam::111122223333:role/keeper',
    'arn:aws:iam::111122223333:root',
  ])('by no session if only %s is trusted', async principal => {
    role({ trust: { principals: [principal] } });
    expect(await errorOf(assume())).toMatchObject({
      name: 'AccessDenied',
      message: `User: ${CALLER} is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`,
      $metadata: { httpStatusCode: 403 },
    });
    expect(sts.sessions).toEqual([]);
  });

  test('only if it exists, and a deleted role causes the same error', async () => {
    await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' });
    role();
    sts.deleteRole(ROLE);
    await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('only with the required external id, or with any if none is required', async () => {
    role({ trust: { principals: [CALLER], externalId: 'secret/1' } });
    for (const ExternalId of [undefined, 'secret/2']) await expect(assume({ ExternalId })).rejects.toMatchObject({ name: 'AccessDenied' });
    await assume({ ExternalId: 'secret/1' });
    role();
    await assume({ ExternalId: 'whatever' });
  });

  test('only with sts:AssumeRole on the role if the caller has a policy', async () => {
    role({ trust: { principals: ['000000000000'] } });
    const allow = (Resource: string) =>
      sts.principal('keeper', { arn: CALLER, policy: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource }] });
    allow(`${ROLE}-other`);
    await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' });
    allow(ROLE);
    await assume();
    expect(sts.granted('keeper')).toMatchObject([{ action: 'sts:AssumeRole', resource: ROLE }]);
  });
});

describe('the request', () => {
  test.each<[Partial<AssumeRoleCommandInput>, string]>([
    [{ RoleSessionName: 'x' }, "at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2"],
    [{ RoleSessionName: 'x'.repeat(65) }, 'length less than or equal to 64'],
    [{ RoleSessionName: 'a/b' }, 'regular expression'],
    [{ RoleSessionName: undefined }, "Value null at 'roleSessionName'"],
    [{ ExternalId: 'x' }, "at 'externalId'"],
    [{ ExternalId: 'not this' }, 'regular expression'],
    [{ RoleArn: 'arn:aws:iam::1:role/x' }, 'arn:aws:iam::1:role/x is invalid'],
    [{ DurationSeconds: 899 }, 'greater than or equal to 900'],
    [{ DurationSeconds: 3601 }, 'role chaining'],
    [{ DurationSeconds: 43_201 }, 'less than or equal to 43200'],
  ])('with %j is invalid', async (input, message) => {
    role({ maxSessionDuration: 43_200 });
    expect(await errorOf(assume(input)))
      .toMatchObject({ name: 'ValidationError', message: expect.stringContaining(message), $metadata: { httpStatusCode: 400 } });
  });

  test('of a user can have the maximum duration of the role', async () => {
    const user = (DurationSeconds: number) => assume({ DurationSeconds }, clientOf('someone'));
    role({ trust: { principals: ['000000000000'] } });
    expect((await errorOf(user(3601))).message).toContain('MaxSessionDuration');
    role({ trust: { principals: ['000000000000'] }, maxSessionDuration: 7200 });
    await user(7200);
  });

  test('with unsupported input causes an error and is never ignored', async () => {
    role();
    await expect(assume({ Policy: '{}' })).rejects.toMatchObject({ name: 'LocalServiceDefect' });
    await expect(clientOf().send(new GetSessionTokenCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' });
    role({ trust: { principals: ['*'] } });
    await expect(assume()).rejects.toMatchObject({ name: 'LocalServiceDefect' });
  });
});

test('GetCallerIdentity returns the caller, whatever its policy', async () => {
  sts.principal('keeper', { arn: CALLER, policy: [] });
  expect(await clientOf().send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: CALLER, Account: '000000000000' });
});

test('faults and the log work as in the other fakes, and a session can be killed by its key', async () => {
  role();
  sts.faults.add({ kind: 'throttle' });
  await assume({}, clientOf('keeper', 2));
  expect(sts.calls.map(call => call.outcome)).toEqual(['ThrottlingException', 'ok']);
  sts.principals.kill(sts.sessions[0].accessKeyId);
  expect((await errorOf(assume({}, clientOf(sts.sessions[0].accessKeyId)))).message).toContain('socket hang up');
});
