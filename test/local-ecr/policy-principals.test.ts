import { ECRClient, GetRepositoryPolicyCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { LocalEcr } from './local-ecr';
import { clientOf, errorOf } from './test-client';

const repositoryName = 'app';
const CALLER = 'arn:aws:sts::000000000000:assumed-role/deployer/session';
const ROLE = 'arn:aws:iam::111122223333:role/ci/pusher';
const OTHER = 'arn:aws:iam::111122223333:user/other';
const REFUSED = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'";
const LOCKED_OUT = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'";
let now: Date;
let ecr: LocalEcr;
let client: ECRClient;

beforeEach(async () => {
  now = new Date('2026-06-01T12:00:00Z');
  ecr = await LocalEcr.start({ now: () => now });
  ecr.principal('deployer', { arn: CALLER });
  client = clientOf(ecr, 'deployer');
  ecr.seed({ repositoryName });
});

afterEach(async () => {
  client.destroy();
  await ecr.stop();
});

async function set(statement: object, force?: boolean): Promise<string> {
  const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ecr:PutImage', ...statement }] });
  return (await client.send(new SetRepositoryPolicyCommand({ repositoryName, policyText, force }))).policyText!;
}

const name = (...AWS: string[]) => set({ Principal: { AWS } });
const outcome = (call: Promise<unknown>) => call.then(() => 'ok', (error: Error) => error.message);
const shown = async () => {
  const { policyText } = await client.send(new GetRepositoryPolicyCommand({ repositoryName }));
  return (JSON.parse(policyText!) as { Statement: [{ Principal: { AWS: unknown } }] }).Statement[0].Principal.AWS;
};

describe('a principal that does not exist', () => {
  test('is invalid until it exists', async () => {
    ecr.principalExists(ROLE, false);
    expect(await errorOf(name(OTHER, ROLE))).toMatchObject({ name: 'InvalidParameterException', message: REFUSED });
    expect(ecr.repository(repositoryName).policyText).toBeUndefined();
    await name(OTHER);
    ecr.principalExists(ROLE, true);
    await name(ROLE);
  });

  test('can cause the general message of older reports', async () => {
    ecr.principalExists(ROLE, false, 'Invalid repository policy provided');
    expect(await outcome(name(ROLE))).toBe(LOCKED_OUT);
  });

  test('exists after n attempts that name it, also if several principals are new', async () => {
    ecr.principalExists(ROLE, { afterAttempts: 2 });
    ecr.principalExists(OTHER, { afterAttempts: 1 });
    await name('arn:aws:iam::111122223333:root');
    expect([await outcome(name(ROLE, OTHER)), await outcome(name(ROLE, OTHER)), await outcome(name(ROLE, OTHER))])
      .toEqual([REFUSED, REFUSED, 'ok']);
  });

  test('exists from a given time', async () => {
    ecr.principalExists(ROLE, { from: new Date(now.getTime() + 5000) });
    now = new Date(now.getTime() + 4999);
    expect(await outcome(name(ROLE))).toBe(REFUSED);
    now = new Date(now.getTime() + 1);
    await name(ROLE);
  });

  test('can be an account, by its id or its root ARN, or a service', async () => {
    ecr.principalExists('444455556666', false);
    ecr.principalExists('edge.amazonaws.com', false);
    expect(await outcome(name('444455556666'))).toBe(REFUSED);
    expect(await outcome(name('arn:aws:iam::444455556666:root'))).toBe(REFUSED);
    expect(await outcome(set({ Principal: { Service: 'edge.amazonaws.com' } }))).toBe(REFUSED);
    expect(await outcome(set({ Effect: 'Deny', NotPrincipal: { AWS: '444455556666' } }))).toBe(REFUSED);
  });
});

describe('a principal that was deleted', () => {
  test('is returned as its unique id, and its ARN is invalid', async () => {
    await name(ROLE, OTHER);
    expect(await shown()).toEqual([ROLE, OTHER]);
    const id = ecr.deletePrincipal(ROLE);
    expect(id).toMatch(/^AROA[A-Z0-9]{17}$/);
    expect(await shown()).toEqual([id, OTHER]);
    expect(ecr.deletePrincipal(OTHER)).toMatch(/^AIDA/);
    expect(ecr.repository(repositoryName).policyText).not.toContain('arn:');
    expect(await outcome(name(ROLE))).toBe(REFUSED);
  });

  test('is still returned as its unique id after another principal of the same name is created', async () => {
    await name(ROLE);
    const id = ecr.deletePrincipal(ROLE);
    ecr.principalExists(ROLE, true);
    expect(await shown()).toBe(id);
    await name(ROLE);
    expect(await shown()).toBe(ROLE);
    expect(ecr.deletePrincipal(ROLE)).not.toBe(id);
  });

  test('has a unique id that is invalid or valid, by option', async () => {
    const id = ecr.deletePrincipal(ROLE);
    expect(await outcome(name(id))).toBe(REFUSED);
    expect(await outcome(name('AROAXXXXXXXXXXXXXXXXX'))).toBe(REFUSED);
    ecr.readings.set('dead-principal-id', 'other');
    await name(id);
    expect(await shown()).toBe(id);
    ecr.readings.set('dead-principal-id', 'assumed');
    expect(await outcome(name(id))).toBe(REFUSED);
  });

  test('can be a role or a user', () => {
    expect(() => ecr.deletePrincipal('arn:aws:iam::111122223333:root')).toThrow('no role or user');
  });
});

describe('a lock-out', () => {
  const DENY = { Effect: 'Deny', Action: 'ecr:SetRepositoryPolicy' };
  const ROOT = 'arn:aws:iam::000000000000:root';
  const DEPLOYER = 'arn:aws:iam::000000000000:role/path/deployer';
  const unless = (Condition: object) => ({ ...DENY, Principal: '*', Condition });

  test.each<[string, object]>([
    ['of everybody', { ...DENY, Principal: '*' }],
    ['by a wildcard', { ...DENY, Action: ['ecr:PutImage', 'ecr:set*'], Principal: { AWS: '*' } }],
    ['of the account', { ...DENY, Principal: { AWS: '000000000000' } }],
    ['of the role', { ...DENY, Principal: { AWS: [OTHER, DEPLOYER] } }],
    ['of the session', { ...DENY, Principal: { AWS: CALLER } }],
    ['of all but somebody else', { ...DENY, NotPrincipal: { AWS: OTHER } }],
    ['of all but the role, its session and account not being named', { ...DENY, NotPrincipal: { AWS: DEPLOYER } }],
    ['of all but another role', unless({ ArnNotLike: { 'aws:PrincipalArn': ROLE } })],
    ['of all but the session, where the key is the role', unless({ StringNotEquals: { 'aws:PrincipalArn': CALLER } })],
    ['under a condition on a key that is not known here', unless({ StringEquals: { 'aws:SourceVpce': 'vpce-1' } })],
    ['under a condition whose operator is not judged here',
      unless({ StringNotEqualsIgnoreCase: { 'aws:PrincipalAccount': '000000000000' } })],
    ['under a condition with a variable', unless({ StringEquals: { 'aws:PrincipalAccount': '${aws:ResourceAccount}' } })],
  ])('by %s requires force', async (_name, statement) => {
    expect(await outcome(set(statement))).toBe(LOCKED_OUT);
    expect(ecr.repository(repositoryName).policyText).toBeUndefined();
    await set(statement, true);
    expect(ecr.repository(repositoryName).policyText).toContain('Deny');
  });

  test.each<[string, object]>([
    ['an Allow', { ...DENY, Effect: 'Allow', Principal: '*' }],
    ['a Deny of something else', { ...DENY, Action: 'ecr:SetRepositoryPolic', Principal: '*' }],
    ['a Deny of others', { ...DENY, Principal: { AWS: [OTHER, '111122223333', 'arn:aws:iam::000000000000:role/deploye'] } }],
    ['a Deny of a service', { ...DENY, Principal: { Service: 'lambda.amazonaws.com' } }],
    ['a Deny of all but the caller in every form', { ...DENY, NotPrincipal: { AWS: [ROOT, DEPLOYER, CALLER] } }],
    ['a Deny of all but the role', unless({ ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::000000000000:role/deploy*' } })],
    ['a Deny outside the account',
      unless({ StringNotEquals: { 'AWS:PrincipalAccount': ['000000000000'] }, NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })],
  ])('is not caused by %s', async (_name, statement) => {
    await set(statement);
  });

  test('is evaluated for the caller', async () => {
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...DENY, Principal: { AWS: DEPLOYER } }] });
    await clientOf(ecr, 'someone').send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
  });

  test('is the only error that force prevents', async () => {
    ecr.principalExists(ROLE, false);
    expect(await outcome(set({ Principal: { AWS: ROLE } }, true))).toBe(REFUSED);
    expect(await outcome(set({ Principal: '*', Resource: '*' }, true))).toBe(LOCKED_OUT);
  });
});
