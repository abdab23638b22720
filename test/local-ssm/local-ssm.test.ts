import {
  DeleteParameterCommand, GetParameterCommand, GetParametersByPathCommand, GetParametersByPathCommandInput, PutParameterCommand,
  PutParameterCommandInput, SSMClient,
} from '@aws-sdk/client-ssm';
import { LocalSsm } from './local-ssm';
import { errorOf } from '../local-ecr/test-client';

const CLAIMS = '/keeper/registry/replication';
const ARN = `arn:aws:ssm:us-east-1:000000000000:parameter${CLAIMS}`;

let ssm: LocalSsm;
beforeEach(async () => { ssm = await LocalSsm.start({ now: () => new Date(Date.UTC(2026, 0, 1)) }); });
afterEach(() => ssm.stop());

interface Caller {
  readonly accessKeyId?: string;
  readonly region?: string;
}

function clientOf({ accessKeyId = 'test', region = 'us-east-1' }: Caller = {}): SSMClient {
  return new SSMClient({
    region, endpoint: ssm.endpoint, requestHandler: ssm.inProcess(), credentials: { accessKeyId, secretAccessKey: 'test' }, maxAttempts: 1,
  });
}

const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}, caller?: Caller) =>
  clientOf(caller).send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
const get = (Name: string, caller?: Caller) => clientOf(caller).send(new GetParameterCommand({ Name }));
const remove = (Name: string, caller?: Caller) => clientOf(caller).send(new DeleteParameterCommand({ Name }));
const list = (Path: string, more: Partial<GetParametersByPathCommandInput> = {}, caller?: Caller) =>
  clientOf(caller).send(new GetParametersByPathCommand({ Path, ...more }));

async function namesBelow(path: string, more: Partial<GetParametersByPathCommandInput> = {}): Promise<string[]> {
  const { Parameters = [] } = await list(path, more);
  return Parameters.map(({ Name = '' }) => Name).sort();
}

test('a parameter can be written, read, replaced, and deleted', async () => {
  expect(await put(`${CLAIMS}/a`, 'one')).toMatchObject({ Version: 1, Tier: 'Standard' });
  expect((await get(`${CLAIMS}/a`)).Parameter).toEqual({
    Name: `${CLAIMS}/a`,
    Type: 'String',
    Value: 'one',
    Version: 1,
    LastModifiedDate: new Date(Date.UTC(2026, 0, 1)),
    ARN: `${ARN}/a`,
    DataType: 'text',
  });
  expect(await put(`${CLAIMS}/a`, 'two', { Overwrite: true, Type: undefined })).toMatchObject({ Version: 2 });
  expect(ssm.values()).toEqual({ [`${CLAIMS}/a`]: 'two' });
  await remove(`${CLAIMS}/a`);
  for (const call of [get(`${CLAIMS}/a`), remove(`${CLAIMS}/a`)]) {
    expect(await errorOf(call)).toMatchObject({ name: 'ParameterNotFound' });
  }
});

test('a parameter is only replaced with Overwrite, and a new one needs a type', async () => {
  await put('/a', 'one');
  expect(await errorOf(put('a', 'two'))).toMatchObject({ name: 'ParameterAlreadyExists' });
  expect(await errorOf(put('/b', 'one', { Type: undefined }))).toMatchObject({ name: 'ValidationException' });
  expect(ssm.values()).toEqual({ '/a': 'one' });
});

test.each([
  ['a colon', '/a:b', 'ValidationException'],
  ['a hierarchy without a slash at its beginning', 'a/b', 'ValidationException'],
  ['an empty level', '/a//b', 'ValidationException'],
  ['a space', '/a b', 'ValidationException'],
  ['the prefix ssm', '/SSM/a', 'ValidationException'],
  ['the prefix aws', '/aws/a', 'AccessDeniedException'],
  ['16 levels', `${'/a'.repeat(16)}`, 'HierarchyLevelLimitExceededException'],
  ['too many characters', `/${'a'.repeat(1011)}`, 'ValidationException'],
])('PutParameter refuses a name with %s', async (_what, name, error) => {
  expect(await errorOf(put(name, 'value'))).toMatchObject({ name: error });
  expect(ssm.values()).toEqual({});
});

test('PutParameter supports names with 15 levels, and removes spaces around a name', async () => {
  await put('/a'.repeat(15), 'value');
  await put(' b ', 'value');
  expect(Object.keys(ssm.values())).toEqual(['/a'.repeat(15), 'b']);
});

test.each([
  ['is empty', '', 'length greater than or equal to 1'],
  ['has more than 4,096 bytes', 'ä'.repeat(2049), 'maximum parameter value of 4096 characters'],
  ['names another parameter', '{{ssm:a}}', 'nest another parameter'],
])('PutParameter refuses a value that %s', async (_what, value, message) => {
  expect(await errorOf(put('/a', value))).toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
});

test('PutParameter supports a value of 4,096 bytes', async () => {
  await put('/a', 'ä'.repeat(2048));
  expect(ssm.values()['/a']).toHaveLength(2048);
});

test('GetParametersByPath lists a level, or everything below the path, but not the path itself', async () => {
  for (const name of ['/a', '/a/b', '/a/c/d', '/ab', 'e']) ssm.put(name, 'value');
  expect(await namesBelow('/a')).toEqual(['/a/b']);
  expect(await namesBelow('/a/', { Recursive: true })).toEqual(['/a/b', '/a/c/d']);
  expect(await namesBelow('/')).toEqual(['/a', '/ab', 'e']);
  expect(await namesBelow('/missing')).toEqual([]);
});

test.each([['without a slash', 'a'], ['with a colon', '/a:b'], ['with an empty level', '/a//b']])(
  'GetParametersByPath refuses a path %s', async (_what, path) => {
    expect(await errorOf(list(path))).toMatchObject({ name: 'ValidationException' });
  });

test('GetParametersByPath returns at most 10 parameters in a page, and a token continues', async () => {
  const names = Array.from({ length: 23 }, (_, nth) => `/a/${nth}`);
  for (const name of names) ssm.put(name, 'value');
  ssm.emptyPages = 1;
  const sizes = new Array<number>();
  const listed = new Array<string>();
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const { Parameters = [], NextToken } = await list('/a', { NextToken: token });
    sizes.push(Parameters.length);
    listed.push(...Parameters.map(({ Name = '' }) => Name));
    token = NextToken;
  }
  expect(sizes).toEqual([0, 10, 10, 3]);
  expect(listed.sort()).toEqual([...names].sort());
  ssm.emptyPages = 0;
  expect(await namesBelow('/a', { MaxResults: 1 })).toHaveLength(1);
});

test.each([0, 11])('GetParametersByPath refuses pages of %d parameters', async MaxResults => {
  expect(await errorOf(list('/a', { MaxResults }))).toMatchObject({ name: 'ValidationException' });
});

test('a token is valid only for its path', async () => {
  for (const name of ['/a/b', '/a/c', '/b/c']) ssm.put(name, 'value');
  const { NextToken } = await list('/a', { MaxResults: 1 });
  expect(await errorOf(list('/b', { NextToken }))).toMatchObject({ name: 'InvalidNextToken' });
  expect(await errorOf(list('/a', { NextToken: 'x' }))).toMatchObject({ name: 'InvalidNextToken' });
});

test('accounts and Regions do not share parameters', async () => {
  ssm.principal('other', { account: '111111111111' });
  await put('/a', 'here');
  await put('/a', 'in another Region', {}, { region: 'eu-west-1' });
  await put('/a', 'in another account', {}, { accessKeyId: 'other' });
  expect([ssm.values(), ssm.values({ region: 'eu-west-1' }), ssm.values({ account: '111111111111' })])
    .toEqual([{ '/a': 'here' }, { '/a': 'in another Region' }, { '/a': 'in another account' }]);
  expect((await get('/a', { region: 'eu-west-1' })).Parameter?.Value).toBe('in another Region');
  expect((await get('/a', { accessKeyId: 'other' })).Parameter?.ARN).toBe('arn:aws:ssm:us-east-1:111111111111:parameter/a');
});

describe('IAM', () => {
  const caller = (Action: string, Resource: string, Condition?: Record<string, Record<string, string>>): Caller => {
    ssm.principal('ROLE', { policy: [{ Effect: 'Allow', Action, Resource, ...Condition ? { Condition } : {} }] });
    return { accessKeyId: 'ROLE' };
  };

  test.each([
    ['GetParametersByPath', (role: Caller) => list(CLAIMS, {}, role), ARN],
    ['GetParametersByPath', (role: Caller) => list(`${CLAIMS}/`, {}, role), `${ARN}/`],
    ['GetParameter', (role: Caller) => get(`${CLAIMS}/a`, role), `${ARN}/a`],
    ['PutParameter', (role: Caller) => put(`${CLAIMS}/a`, 'new', { Overwrite: true }, role), `${ARN}/a`],
    ['DeleteParameter', (role: Caller) => remove(`${CLAIMS}/a`, role), `${ARN}/a`],
  ])('authorizes %s on the ARN of the request', async (operation, call, arn) => {
    ssm.put(`${CLAIMS}/a`, 'value');
    expect(await errorOf(call(caller(`ssm:${operation}`, `${ARN}/b`))))
      .toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining(`ssm:${operation} on resource: ${arn} `) });
    await call(caller(`ssm:${operation}`, arn));
  });

  test('knows whether PutParameter overwrites, and whether GetParametersByPath is recursive', async () => {
    const creator = caller('ssm:PutParameter', `${ARN}/*`, { StringEquals: { 'ssm:Overwrite': 'false' } });
    await put(`${CLAIMS}/a`, 'value', {}, creator);
    expect(await errorOf(put(`${CLAIMS}/a`, 'value', { Overwrite: true }, creator))).toMatchObject({ name: 'AccessDeniedException' });
    const lister = caller('ssm:GetParametersByPath', ARN, { StringEquals: { 'ssm:Recursive': 'false' } });
    await list(CLAIMS, {}, lister);
    expect(await errorOf(list(CLAIMS, { Recursive: true }, lister))).toMatchObject({ name: 'AccessDeniedException' });
  });

  test('denies a parameter that does not exist', async () => {
    expect(await errorOf(get('/a', caller('ssm:GetParameter', ARN)))).toMatchObject({ name: 'AccessDeniedException' });
  });
});

test.each([['assumed', ['one'], []], ['other', [], ['one']]] as const)(
  'the first read after a write shows it, or what was there before it (parameter-read-after-write: %s)', async (reading, put_, deleted) => {
    const read = async () => ((await list('/a')).Parameters ?? []).map(({ Value }) => Value);
    ssm.readings.set('parameter-read-after-write', reading);
    await put('/a/b', 'one');
    expect([await read(), await read()]).toEqual([put_, ['one']]);
    await remove('/a/b');
    expect([await read(), await read()]).toEqual([deleted, []]);
  });

test('a concurrent update is refused as a test demands', async () => {
  ssm.throttling = { code: 'TooManyUpdates' };
  ssm.faults.add({ kind: 'throttle', operation: 'PutParameter' });
  expect(await errorOf(put('/a', 'value'))).toMatchObject({ name: 'TooManyUpdates' });
});

test('a member that is not modelled is a defect', async () => {
  const tags = { Tags: [{ Key: 'a', Value: 'b' }] };
  for (const more of [tags, { Tier: 'Advanced' as const }, { Type: 'SecureString' as const }]) {
    expect(await errorOf(put('/a', 'value', more))).toMatchObject({ name: 'LocalServiceDefect' });
  }
});
