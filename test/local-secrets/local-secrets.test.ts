import { GetSecretValueCommand, GetSecretValueCommandInput, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { LocalSecrets } from './local-secrets';
import { errorOf } from '../local-ecr/test-client';

const NAME = 'registries/hub';
const ARN = `arn:aws:secretsmanager:us-east-1:000000000000:secret:${NAME}-AbCdEf`;
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/1111';

let secrets: LocalSecrets;
beforeEach(async () => { secrets = await LocalSecrets.start({ now: () => new Date(Date.UTC(2026, 0, 1)) }); });
afterEach(() => secrets.stop());

type More = Partial<GetSecretValueCommandInput> & { readonly region?: string };
const get = async (SecretId: string, accessKeyId = 'test', { region = 'us-east-1', ...more }: More = {}) => {
  const credentials = { accessKeyId, secretAccessKey: 'test' };
  const client = new SecretsManagerClient({ region, endpoint: secrets.endpoint, credentials, maxAttempts: 1 });
  try {
    return await client.send(new GetSecretValueCommand({ SecretId, ...more }));
  } finally {
    client.destroy();
  }
};

test.each([
  ['its name', NAME], ['its ARN', ARN], ['its ARN without the six characters', ARN.slice(0, -7)],
])('GetSecretValue returns a secret by %s', async (_what, id) => {
  expect(secrets.secret(NAME, '{"username":"me"}')).toBe(ARN);
  expect(await get(id)).toMatchObject({
    ARN,
    Name: NAME,
    SecretString: '{"username":"me"}',
    VersionStages: ['AWSCURRENT'],
    VersionId: expect.any(String),
    CreatedDate: new Date(Date.UTC(2026, 0, 1)),
  });
});

test('GetSecretValue returns a binary secret', async () => {
  secrets.secret(NAME, Uint8Array.of(0, 255, 1));
  const { SecretBinary, SecretString } = await get(NAME);
  expect([SecretBinary, SecretString]).toEqual([Uint8Array.of(0, 255, 1), undefined]);
});

test('a new value creates a new version', async () => {
  secrets.secret(NAME, 'one');
  const { VersionId } = await get(NAME);
  expect(await get(NAME, 'test', { VersionId, VersionStage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'one' });
  secrets.secret(NAME, 'two');
  expect(await get(ARN)).toMatchObject({ ARN, SecretString: 'two' });
  for (const more of [{ VersionId }, { VersionStage: 'AWSPREVIOUS' }]) {
    expect(await errorOf(get(NAME, 'test', more))).toMatchObject({ name: 'ResourceNotFoundException' });
  }
});

test.each([
  ['of another name', 'other', {}],
  ['by its name with the six characters', `${NAME}-AbCdEf`, {}],
  ['by an ARN with other characters', `${ARN.slice(0, -6)}GhIjKl`, {}],
  ['of another Region', NAME, { region: 'eu-west-1' }],
  ['by an ARN of another Region', ARN, { region: 'eu-west-1' }],
])('GetSecretValue returns no secret %s', async (_what, id, more) => {
  secrets.secret(NAME, 'value');
  expect(await errorOf(get(id, 'test', more))).toMatchObject({
    name: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret.",
  });
});

test('GetSecretValue supports a name that looks like the end of an ARN', async () => {
  const arn = secrets.secret('hub-dockerx', 'one');
  const trap = secrets.secret('hub-secret', 'two');
  const answers = [await get(arn.slice(0, -7)), await get('hub-secret'), await get(trap)];
  expect(answers.map(({ SecretString }) => SecretString)).toEqual(['one', 'two', 'two']);
  expect(await errorOf(get(trap.slice(0, -7)))).toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a secret can be marked for deletion, restored, and deleted', async () => {
  secrets.secret(NAME, 'value');
  secrets.markForDeletion(NAME);
  expect(await errorOf(get(NAME)))
    .toMatchObject({ name: 'InvalidRequestException', message: expect.stringContaining('marked for deletion') });
  secrets.restore(NAME);
  await get(NAME);
  secrets.vanish(NAME);
  expect(await errorOf(get(NAME))).toMatchObject({ name: 'ResourceNotFoundException' });
  expect(() => secrets.restore(NAME)).toThrow('no secret');
});

test('GetSecretValue returns no secret of another Region or account', async () => {
  const arn = secrets.secret(NAME, 'there', { account: '111111111111', region: 'eu-west-1' });
  expect(arn).toBe(`arn:aws:secretsmanager:eu-west-1:111111111111:secret:${NAME}-AbCdEf`);
  secrets.principal('there', { account: '111111111111' });
  expect(await get(NAME, 'there', { region: 'eu-west-1' })).toMatchObject({ ARN: arn });
  expect(await errorOf(get(arn, 'test', { region: 'eu-west-1' }))).toMatchObject({ name: 'AccessDeniedException' });
});

test('GetSecretValue requires an id', async () => {
  expect(await errorOf(get(''))).toMatchObject({ name: 'InvalidParameterException' });
});

test('GetSecretValue is authorized on the complete ARN for every form of the id', async () => {
  const allow = (Resource: string) => ({ policy: [{ Effect: 'Allow' as const, Action: 'secretsmanager:GetSecretValue', Resource }] });
  secrets.secret(NAME, 'value');
  secrets.principal('exact', allow(ARN));
  secrets.principal('pattern', allow(`${ARN.slice(0, -7)}-??????`));
  secrets.principal('short', allow(ARN.slice(0, -7)));
  for (const id of [NAME, ARN, ARN.slice(0, -7)]) {
    for (const caller of ['exact', 'pattern']) await get(id, caller);
    expect(await errorOf(get(id, 'short'))).toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining(ARN) });
  }
  expect(await errorOf(get('other', 'exact'))).toMatchObject({ name: 'AccessDeniedException' });
});

test('GetSecretValue is authorized on an ARN of another Region with the Region of the call', async () => {
  secrets.secret(NAME, 'value');
  secrets.principal('reader', { policy: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: ARN }] });
  expect(await errorOf(get(ARN, 'reader', { region: 'eu-west-1' })))
    .toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining(ARN.replace('us-east-1', 'eu-west-1')) });
});

test('GetSecretValue needs kms:Decrypt for a customer managed key', async () => {
  const read = { Effect: 'Allow' as const, Action: 'secretsmanager:GetSecretValue', Resource: ARN };
  const decrypt = {
    Effect: 'Allow' as const,
    Action: 'kms:Decrypt',
    Resource: KEY,
    Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } },
  };
  secrets.secret(NAME, 'value', { kmsKey: KEY });
  secrets.principal('reader', { policy: [read] });
  secrets.principal('decrypter', { policy: [read, decrypt] });
  expect(await errorOf(get(NAME, 'reader'))).toMatchObject({ name: 'AccessDeniedException', message: 'Access to KMS is not allowed' });
  expect(await get(NAME, 'decrypter')).toMatchObject({ SecretString: 'value' });
  secrets.faults.add({ kind: 'kms' });
  expect(await errorOf(get(NAME, 'decrypter'))).toMatchObject({ name: 'DecryptionFailure' });
});
