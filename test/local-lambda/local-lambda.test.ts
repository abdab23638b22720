import {
  CreateAliasCommand, GetFunctionCommand, LambdaClient, LambdaClientConfig, ListFunctionsCommand, paginateListFunctions,
} from '@aws-sdk/client-lambda';
import { LocalLambda } from './local-lambda';
import { errorOf } from '../local-ecr/test-client';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function';
const REPOSITORY = '000000000000.dkr.ecr.us-east-1.amazonaws.com/team/app';
const [A, B] = ['a', 'b'].map(digit => `sha256:${digit.repeat(64)}`);
let lambda: LocalLambda;
let client: LambdaClient;

const clientOf = (accessKeyId = 'test', config: LambdaClientConfig = {}) => new LambdaClient({
  endpoint: lambda.endpoint, region: 'us-east-1', maxAttempts: 1, credentials: { accessKeyId, secretAccessKey: 'test' }, ...config,
});

beforeEach(async () => {
  lambda = await LocalLambda.start();
  client = clientOf();
});

afterEach(async () => {
  client.destroy();
  await lambda.stop();
});

const get = (FunctionName: string, Qualifier?: string, from = client) => from.send(new GetFunctionCommand({ FunctionName, Qualifier }));

describe('GetFunction', () => {
  beforeEach(() => {
    lambda.function('app', {
      imageUri: `${REPOSITORY}:latest`, imageDigest: B, versions: [{ imageUri: `${REPOSITORY}@${A}` }], aliases: { live: '1' },
    });
  });

  test('returns the image as specified, and the resolved image', async () => {
    const { Code, Configuration } = await get('app');
    expect(Code).toEqual({ RepositoryType: 'ECR', ImageUri: `${REPOSITORY}:latest`, ResolvedImageUri: `${REPOSITORY}@${B}` });
    expect(Configuration).toMatchObject({
      FunctionArn: `${ARN}:app`, Version: '$LATEST', PackageType: 'Image', CodeSha256: 'b'.repeat(64), State: 'Active',
    });
  });

  test.each([
    ['app', '1', '1'],
    ['app', 'live', '1'],
    ['app:live', undefined, '1'],
    [`${ARN}:app:1`, undefined, '1'],
    ['000000000000:function:app', '1', '1'],
    ['app', '$LATEST', '$LATEST'],
  ])('resolves %s with the qualifier %s to version %s', async (name, qualifier, Version) => {
    const { Code, Configuration } = await get(name, qualifier);
    expect(Configuration).toMatchObject({ FunctionName: 'app', Version, FunctionArn: `${ARN}:app:${qualifier ?? name.split(':').pop()}` });
    expect(Code!.ResolvedImageUri).toBe(`${REPOSITORY}@${Version === '1' ? A : B}`);
  });

  test('fails for an unknown function, version, or alias', async () => {
    for (const [name, qualifier, arn] of [['none', undefined, 'none'], ['app', '2', 'app:2'], ['app', 'beta', 'app:beta']] as const) {
      expect(await errorOf(get(name, qualifier))).toMatchObject({
        name: 'ResourceNotFoundException', message: `Function not found: ${ARN}:${arn}`, Type: 'User', $metadata: { httpStatusCode: 404 },
      });
    }
    lambda.deleteFunction(`${ARN}:app`);
    await expect(get('app')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('fails for two different qualifiers', async () => {
    expect(await errorOf(get('app:1', 'live'))).toMatchObject({ name: 'InvalidParameterValueException' });
  });

  test('returns no image for a function with a .zip file', async () => {
    lambda.function('zip');
    const { Code, Configuration } = await get('zip');
    expect(Code).toEqual({ RepositoryType: 'S3', Location: expect.any(String) });
    expect(Configuration).toMatchObject({ PackageType: 'Zip' });
  });

  test('refuses a seed without a digest or with an invalid alias', () => {
    expect(() => lambda.function('x', { imageUri: `${REPOSITORY}:v1` })).toThrow('no digest');
    expect(() => lambda.function('x', { aliases: { live: '1' } })).toThrow('does not have');
  });
});

describe('ListFunctions', () => {
  test('returns digests but no images, and published versions only with ALL', async () => {
    lambda.function('app', { imageUri: `${REPOSITORY}:latest`, imageDigest: B, versions: [{ imageUri: `${REPOSITORY}@${A}` }] });
    const { Functions: latest } = await client.send(new ListFunctionsCommand({}));
    expect(latest).toMatchObject([{ FunctionArn: `${ARN}:app`, Version: '$LATEST', PackageType: 'Image', CodeSha256: 'b'.repeat(64) }]);
    expect(JSON.stringify(latest)).not.toContain(REPOSITORY);
    const { Functions: all } = await client.send(new ListFunctionsCommand({ FunctionVersion: 'ALL' }));
    expect(all).toMatchObject([
      { FunctionArn: `${ARN}:app:$LATEST`, CodeSha256: 'b'.repeat(64) },
      { FunctionArn: `${ARN}:app:1`, CodeSha256: 'a'.repeat(64) },
    ]);
  });

  test('returns at most 50 rows per page', async () => {
    for (let count = 0; count < 51; count++) lambda.function(`f-${count}`);
    for (const MaxItems of [undefined, 50, 10_000]) {
      const page = await client.send(new ListFunctionsCommand({ MaxItems }));
      expect(page).toMatchObject({ Functions: { length: 50 }, NextMarker: expect.any(String) });
    }
    const lengths = [];
    for await (const { Functions } of paginateListFunctions({ client, pageSize: 30 }, {})) lengths.push(Functions!.length);
    expect(lengths).toEqual([30, 21]);
    for (const MaxItems of [0, 10_001]) {
      await expect(client.send(new ListFunctionsCommand({ MaxItems }))).rejects.toMatchObject({ name: 'ValidationException' });
    }
  });

  test('accepts a marker only for its own list', async () => {
    for (const name of ['a', 'b']) lambda.function(name);
    const { NextMarker: Marker } = await client.send(new ListFunctionsCommand({ MaxItems: 1 }));
    await expect(client.send(new ListFunctionsCommand({ Marker, FunctionVersion: 'ALL' })))
      .rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });

  test('returns only functions of the account and Region', async () => {
    const arn = lambda.function('app', {}, { account: '111122223333', region: 'eu-west-1' });
    lambda.principal('stranger', { account: '111122223333' });
    const names = async (from: LambdaClient) => (await from.send(new ListFunctionsCommand({}))).Functions!.map(each => each.FunctionArn);
    expect(await names(clientOf('stranger', { region: 'eu-west-1' }))).toEqual([arn]);
    expect(await names(clientOf('stranger'))).toEqual([]);
    expect(await names(clientOf('test', { region: 'eu-west-1' }))).toEqual([]);
    expect(await errorOf(get(arn, undefined, clientOf('stranger')))).toMatchObject({
      name: 'ResourceNotFoundException', message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    });
    expect(await errorOf(get(arn))).toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
  });
});

describe('control', () => {
  test.each([
    ['throttle', 'TooManyRequestsException', 429],
    ['serverError', 'ServiceException', 500],
    ['accessDenied', 'AccessDeniedException', 403],
  ] as const)('the fault %s results in %s', async (kind, name, httpStatusCode) => {
    lambda.faults.add({ kind, operation: 'ListFunctions' });
    expect(await errorOf(client.send(new ListFunctionsCommand({})))).toMatchObject({ name, $metadata: { httpStatusCode } });
  });

  test('the SDK retries throttling; the log has the parameters of path and query', async () => {
    lambda.function('app', { versions: [{}] });
    lambda.faults.add({ kind: 'throttle' });
    await get('app', '1', clientOf('test', { maxAttempts: 2 }));
    expect(lambda.calls).toMatchObject([
      { operation: 'GetFunction', input: { FunctionName: 'app', Qualifier: '1' }, outcome: 'ThrottlingException' },
      { operation: 'GetFunction', outcome: 'ok' },
    ]);
  });

  test('calls are authorized on the function with its qualifier', async () => {
    lambda.function('app', { versions: [{}] });
    lambda.principal('role', { policy: [{ Effect: 'Allow', Action: 'lambda:GetFunction', Resource: `${ARN}:app` }] });
    const role = clientOf('role');
    await get('app', undefined, role);
    for (const call of [get('app', '1', role), get('other', undefined, role), role.send(new ListFunctionsCommand({}))]) {
      await expect(call).rejects.toMatchObject({
        name: 'AccessDeniedException', message: expect.stringContaining('not authorized to perform: lambda:'),
      });
    }
    expect(lambda.granted('role')).toMatchObject([{ action: 'lambda:GetFunction' }]);
  });

  test('unsupported input fails', async () => {
    expect(await errorOf(client.send(new CreateAliasCommand({ FunctionName: 'app', Name: 'x', FunctionVersion: '1' }))))
      .toMatchObject({ name: 'UnknownOperationException', $metadata: { httpStatusCode: 404 } });
    await expect(client.send(new ListFunctionsCommand({ MasterRegion: 'ALL', FunctionVersion: 'ALL' })))
      .rejects.toMatchObject({ name: 'LocalServiceDefect' });
  });
});
