import {
  BatchDeleteImageCommand, BatchGetImageCommand, DeleteLifecyclePolicyCommand, DeleteRepositoryCommand, DeleteRepositoryPolicyCommand,
  DescribeImagesCommand, DescribeRegistryCommand, DescribeRepositoriesCommand, ECRClient, GetLifecyclePolicyCommand,
  GetLifecyclePolicyPreviewCommand, GetRepositoryPolicyCommand, ListImageReferrersCommand, ListImagesCommand, ListTagsForResourceCommand,
  PutImageCommand, PutImageTagMutabilityCommand, PutLifecyclePolicyCommand, SetRepositoryPolicyCommand, StartLifecyclePolicyPreviewCommand,
  TagResourceCommand, UntagResourceCommand, UpdateImageStorageClassCommand,
} from '@aws-sdk/client-ecr';
import type { IamStatement } from './iam';
import type { LocalEcr } from './local-ecr';
import { digestOf, OCI_MANIFEST } from './manifest';
import type { PrincipalProps } from './principal';
import { clientOf, errorOf, startForEachTest } from './test-client';

const HOME = '000000000000';
const OTHER = '222222222222';
const repository = { registryId: HOME, repositoryName: 'app' };
const resourceArn = `arn:aws:ecr:us-east-1:${HOME}:repository/app`;
const rootOf = (account: string) => `arn:aws:iam::${account}:root`;
const roleOf = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
const sessionOf = (account: string, role: string, session = 's') => `arn:aws:sts::${account}:assumed-role/${role}/${session}`;

type Statement = Partial<Record<'Effect' | 'Principal' | 'NotPrincipal' | 'Action' | 'Condition', unknown>>;

let ecr: LocalEcr;
let client: ECRClient;
startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.repositoryPolicies = 'enforced';
}, { accessKeyId: 'caller' });

const allows = (...statements: Statement[]) => ecr.seed({
  ...repository,
  images: ecr.images('app') || 1,
  policyText: JSON.stringify({
    Version: '2012-10-17', Statement: statements.map(statement => ({ Effect: 'Allow', Action: 'ecr:BatchGetImage', ...statement })),
  }),
});
const identity = (...statements: Partial<IamStatement>[]): IamStatement[] =>
  statements.map(statement => ({ Effect: 'Allow', Action: 'ecr:BatchGetImage', Resource: resourceArn, ...statement }));
const pull = (props?: PrincipalProps) => {
  if (props) ecr.principal('caller', props);
  return client.send(new BatchGetImageCommand({ ...repository, imageIds: [{ imageTag: 'v1' }] }));
};
/** 'ok' or why not. */
const outcome = async (props?: PrincipalProps) => {
  try {
    return (await pull(props)).images?.length === 1 ? 'ok' : 'no image';
  } catch (error) {
    const { name, message } = error as Error;
    return name === 'AccessDeniedException' ? message.replace(/.* on resource: \S+ /, '') : `${name}: ${message}`;
  }
};
const NOT_BY_RESOURCE = 'because no resource-based policy allows the ecr:BatchGetImage action';
const NOT_BY_IDENTITY = 'because no identity-based policy allows the ecr:BatchGetImage action';
const DENIED_BY_RESOURCE = 'with an explicit deny in a resource-based policy';
const DENIED_BY_IDENTITY = 'with an explicit deny in an identity-based policy';

test('by default, policies are stored, but not enforced', async () => {
  ecr.repositoryPolicies = 'kept';
  allows({ Effect: 'Deny', Principal: '*', Action: 'ecr:*' });
  expect(await outcome({ account: OTHER })).toBe('ok');
});

describe('another account', () => {
  const toOther = { Principal: { AWS: OTHER } };
  const denyOther = { ...toOther, Effect: 'Deny' };
  const elsewhere = identity({ Resource: resourceArn.replace('app', 'other') });

  test.each<[string, Statement[], IamStatement[] | undefined, string]>([
    ['allowed by the repository, no identity policy', [toOther], undefined, 'ok'],
    ['allowed by both', [toOther], identity({}), 'ok'],
    ['allowed by the repository only', [toOther], elsewhere, NOT_BY_IDENTITY],
    ['allowed by the repository to the role, not by its identity policy', [{ Principal: { AWS: roleOf(OTHER, 'local') } }], elsewhere,
      NOT_BY_IDENTITY],
    ['allowed by the identity policy only', [{ Principal: { AWS: '333333333333' } }], identity({}), NOT_BY_RESOURCE],
    ['allowed by neither', [{ Principal: { AWS: '333333333333' } }], elsewhere, NOT_BY_RESOURCE],
    ['another action', [{ ...toOther, Action: ['ecr:PutImage', 'ecr:Describe*'] }], identity({}), NOT_BY_RESOURCE],
    ['an action in another case, with wildcards', [{ ...toOther, Action: 'ecr:batchget*' }], identity({}), 'ok'],
    ['denied by the repository', [toOther, denyOther], identity({}), DENIED_BY_RESOURCE],
    ['denied by the identity policy', [toOther], identity({}, { Effect: 'Deny' }), DENIED_BY_IDENTITY],
    ['denied by both', [toOther, denyOther], identity({ Effect: 'Deny' }), DENIED_BY_IDENTITY],
  ])('%s', async (_what, statements, policy, expected) => {
    allows(...statements);
    expect(await outcome({ account: OTHER, policy })).toBe(expected);
  });

  test('has no access to a repository without a policy', async () => {
    ecr.seed({ ...repository, images: 1 });
    ecr.principal('caller', { account: OTHER });
    expect(await errorOf(client.send(new DeleteRepositoryCommand({ ...repository, force: true })))).toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::${OTHER}:assumed-role/local/caller is not authorized to perform: ecr:DeleteRepository on resource:`
        + ` ${resourceArn} because no resource-based policy allows the ecr:DeleteRepository action`,
      $metadata: expect.objectContaining({ httpStatusCode: 400 }),
    });
    expect(ecr.repository('app').exists).toBe(true);
  });

  test('has no access to a missing repository, or to all repositories', async () => {
    expect(await outcome({ account: OTHER })).toBe(NOT_BY_RESOURCE);
    allows({ ...toOther, Action: 'ecr:*' });
    await client.send(new DescribeRepositoriesCommand({ registryId: HOME, repositoryNames: ['app'] }));
    await expect(client.send(new DescribeRepositoriesCommand({ registryId: HOME })))
      .rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('needs the permission of each repository in the call', async () => {
    const read = (...repositoryNames: string[]) => client.send(new DescribeRepositoriesCommand({ registryId: HOME, repositoryNames }));
    ecr.principal('caller', { account: OTHER });
    allows({ ...toOther, Action: 'ecr:DescribeRepositories' });
    ecr.seed({ repositoryName: 'closed' });
    expect((await read('app')).repositories).toHaveLength(1);
    await expect(read('app', 'closed'))
      .rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('repository/closed ') });
  });

  test('gets no access from the policy of a repository in another Region', async () => {
    allows(toOther);
    ecr.seed({ ...repository, region: 'eu-west-1', images: 1 });
    ecr.principal('caller', { account: OTHER });
    const west = clientOf(ecr, 'caller', { region: 'eu-west-1' });
    const call = west.send(new BatchGetImageCommand({ ...repository, imageIds: [{ imageTag: 'v1' }] }));
    await expect(call).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('ecr:eu-west-1:') });
    west.destroy();
  });

  test('has all permissions in its own registry', async () => {
    ecr.seed({ repositoryName: 'app', account: OTHER, images: 1 });
    ecr.principal('caller', { account: OTHER });
    await client.send(new ListImagesCommand({ repositoryName: 'app' }));
    await client.send(new DescribeRegistryCommand({}));
  });

  test('is reported as using the permissions of its own policy', async () => {
    allows(toOther);
    await pull({ account: OTHER, policy: identity({}) });
    expect(ecr.granted('caller')).toEqual([{ statementIndex: 0, action: 'ecr:BatchGetImage', resource: resourceArn }]);
  });
});

describe('the same account', () => {
  const nothing = identity({ Action: 'ecr:ListImages' });
  const role = { Principal: { AWS: roleOf(HOME, 'local') } };

  test.each<[string, Statement[], IamStatement[] | undefined, string]>([
    ['no identity policy', [{ Principal: { AWS: OTHER } }], undefined, 'ok'],
    ['allowed by the identity policy only', [{ Principal: { AWS: OTHER } }], identity({}), 'ok'],
    ['allowed by the repository only, to the role', [role], nothing, 'ok'],
    ['allowed by the repository only, to the session', [{ Principal: { AWS: sessionOf(HOME, 'local', 'caller') } }], nothing, 'ok'],
    ['allowed by the repository only, to everybody', [{ Principal: '*' }], nothing, 'ok'],
    ['allowed by neither', [{ Principal: { AWS: OTHER } }], nothing, NOT_BY_IDENTITY],
    ['allowed by the repository to the account, which delegates it', [{ Principal: { AWS: rootOf(HOME) } }], nothing, NOT_BY_IDENTITY],
    ['delegated to the account, and allowed by the identity policy', [{ Principal: { AWS: rootOf(HOME) } }], identity({}), 'ok'],
    ['denied by the repository, no identity policy', [{ ...role, Effect: 'Deny' }], undefined, DENIED_BY_RESOURCE],
    ['denied by the repository to its account', [{ Principal: { AWS: HOME }, Effect: 'Deny' }], identity({}), DENIED_BY_RESOURCE],
    ['denied by the repository to everybody, and allowed to the role', [role, { Principal: '*', Effect: 'Deny' }], nothing,
      DENIED_BY_RESOURCE],
    ['denied by the repository to somebody else', [{ Principal: { AWS: roleOf(HOME, 'other') }, Effect: 'Deny' }], identity({}), 'ok'],
    ['denied by the identity policy, allowed by the repository', [role], identity({ Effect: 'Deny' }), DENIED_BY_IDENTITY],
  ])('%s', async (_what, statements, policy, expected) => {
    allows(...statements);
    expect(await outcome({ policy })).toBe(expected);
  });

  test('is not reported as using a permission that the repository grants', async () => {
    allows(role);
    await pull({ policy: nothing });
    expect(ecr.granted('caller')).toEqual([]);
  });

  test('contains an undefined caller as a user', async () => {
    allows({ Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${HOME}:user/caller` } });
    expect(await outcome()).toBe(DENIED_BY_RESOURCE);
  });
});

describe('principals', () => {
  const service = { service: 'lambda.amazonaws.com' };
  const session = { account: OTHER, arn: sessionOf(OTHER, 'ci') };
  const withPath = { ...session, roleArn: roleOf(OTHER, 'team/ci') };
  const user = { account: OTHER, arn: `arn:aws:iam::${OTHER}:user/ci` };

  test.each<[boolean, unknown, string, PrincipalProps]>([
    [true, '*', 'another account', session],
    [true, '*', 'a service', service],
    [true, { AWS: '*' }, 'another account', session],
    [true, { AWS: '*' }, 'a service', service],
    [true, { AWS: OTHER }, 'a session', session],
    [true, { AWS: OTHER }, 'a user', user],
    [true, { AWS: rootOf(OTHER) }, 'a session', session],
    [true, { AWS: ['333333333333', rootOf(OTHER)] }, 'a session', session],
    [false, { AWS: '333333333333' }, 'another account', session],
    [false, { AWS: OTHER }, 'a service', service],
    [false, { AWS: HOME }, 'a service', service],
    [true, { AWS: roleOf(OTHER, 'ci') }, 'a session of the role', session],
    [false, { AWS: roleOf(OTHER, 'ci') }, 'a session of another role', { ...session, arn: sessionOf(OTHER, 'ci2') }],
    [false, { AWS: roleOf(OTHER, 'CI') }, 'a role in another case', session],
    [false, { AWS: roleOf(OTHER, 'ci') }, 'a role with a path', withPath],
    [true, { AWS: roleOf(OTHER, 'team/ci') }, 'a role with that path', withPath],
    [false, { AWS: roleOf(OTHER, 'team/ci') }, 'a role without it', session],
    [false, { AWS: roleOf(OTHER, 'ci') }, 'a user of that name', user],
    [false, { AWS: roleOf('333333333333', 'ci') }, 'a role of that name elsewhere', session],
    [true, { AWS: sessionOf(OTHER, 'ci') }, 'the session', session],
    [false, { AWS: sessionOf(OTHER, 'ci', 'other') }, 'another session of the role', session],
    [true, { AWS: user.arn }, 'the user', user],
    [true, { Service: 'lambda.amazonaws.com' }, 'the service', service],
    [true, { Service: ['ecs.amazonaws.com', 'lambda.amazonaws.com'] }, 'the service among others', service],
    [false, { Service: 'ecs.amazonaws.com' }, 'another service', service],
    [false, { Service: 'lambda.amazonaws.com' }, 'an account', session],
    [true, { AWS: '333333333333', Service: 'lambda.amazonaws.com' }, 'the service, beside an account', service],
    [true, { AWS: OTHER, Service: 'lambda.amazonaws.com' }, 'the account, beside a service', session],
  ])('match: %s for %j and %s', async (may, Principal, _who, props) => {
    allows({ Principal });
    expect(await outcome(props)).toBe(may ? 'ok' : NOT_BY_RESOURCE);
    allows({ Principal, Effect: 'Deny' }, { Principal: '*' });
    expect(await outcome(props)).toBe(may ? DENIED_BY_RESOURCE : 'ok');
  });

  test('do not match a role that was deleted and created again', async () => {
    allows({ Principal: { AWS: roleOf(OTHER, 'ci') } });
    expect(await outcome(session)).toBe('ok');
    ecr.deletePrincipal(roleOf(OTHER, 'ci'));
    ecr.principalExists(roleOf(OTHER, 'ci'), true);
    expect(await outcome(session)).toBe(NOT_BY_RESOURCE);
    allows({ Principal: { AWS: roleOf(OTHER, 'ci') } });
    expect(await outcome(session)).toBe('ok');
  });

  test('are named in the message if a service is denied', async () => {
    allows({ Principal: { AWS: OTHER } });
    ecr.principal('caller', service);
    expect((await errorOf(pull())).message).toMatch(/^User: lambda\.amazonaws\.com is not authorized to perform: ecr:BatchGetImage /);
  });

  test.each<[string, PrincipalProps, RegExp]>([
    ['a service with a policy', { ...service, policy: [] }, /is a service/],
    ['a service with an account', { ...service, account: OTHER }, /is a service/],
    ['a session of another role', { ...session, roleArn: roleOf(OTHER, 'team/other') }, /is no session of/],
    ['a session of a role elsewhere', { ...session, roleArn: roleOf(HOME, 'ci') }, /is no session of/],
    ['a user with a role', { ...user, roleArn: roleOf(OTHER, 'ci') }, /is no session of/],
    ['a key that follows from the caller', { context: { 'AWS:principalArn': 'x' } }, /follows from the caller/],
    ['a list without values', { context: { 'aws:PrincipalOrgPaths': [] } }, /has no value/],
  ])('cannot be %s', (_what, props, message) => {
    expect(() => ecr.principal('caller', props)).toThrow(message);
  });
});

describe('conditions', () => {
  const ROLE = 'aws:PrincipalArn';
  const PATHS = 'aws:PrincipalOrgPaths';
  const SOURCE = 'aws:SourceArn';
  const account = OTHER;
  const session = { account, arn: sessionOf(OTHER, 'ci') };
  const member = { account, context: { 'aws:PrincipalOrgID': 'o-1', [PATHS]: ['o-1/r-1/ou-a/', 'o-1/r-1/ou-b/ou-c/'] } };
  const lambda = (region: string, of: string, name = 'f') =>
    ({
      service: 'lambda.amazonaws.com', context: { [SOURCE]: `arn:aws:lambda:${region}:${of}:function:${name}`, 'aws:SourceAccount': of },
    });

  test.each<[boolean, unknown, string, PrincipalProps]>([
    [true, { StringEquals: { 'aws:PrincipalOrgID': ['o-2', 'o-1'] } }, 'of one of them', member],
    [true, { StringEquals: { 'aws:principalorgid': 'o-1' } }, 'the key in another case', member],
    [false, { StringEquals: { 'aws:PrincipalOrgID': 'o-2' } }, 'of another', member],
    [false, { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }, 'of none', { account }],
    [true, { StringNotEquals: { 'aws:PrincipalOrgID': 'o-2' } }, 'of another', member],
    [false, { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } }, 'of it', member],
    [true, { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } }, 'of none', { account }],
    [true, { 'ForAnyValue:StringLike': { [PATHS]: 'o-1/r-1/ou-b/*' } }, 'in a unit below it', member],
    [true, { 'ForAnyValue:StringLike': { [PATHS]: 'o-1/r-1/ou-a/*' } }, 'in the unit itself', member],
    [false, { 'ForAnyValue:StringLike': { [PATHS]: ['o-1/r-1/ou-c/*', 'o-2/*'] } }, 'in none of them', member],
    [false, { 'ForAnyValue:StringLike': { [PATHS]: '*' } }, 'in no organization', { account }],
    [true, { 'ForAnyValue:StringEquals': { [PATHS]: 'o-1/r-1/ou-a/' } }, 'in the unit itself', member],
    [false, { 'ForAnyValue:StringEquals': { [PATHS]: 'o-1/r-1/ou-b/' } }, 'in a unit below it', member],
    [false, { StringLike: { [PATHS]: 'o-1/*' } }, 'several values without a set operator', member],
    [true, { StringEquals: { 'aws:PrincipalTag/team': 'a' } }, 'so tagged', { account, context: { 'aws:PrincipalTag/Team': 'a' } }],
    [false, { StringEquals: { 'aws:PrincipalTag/team': 'a' } }, 'tagged otherwise', { account, context: { 'aws:PrincipalTag/team': 'A' } }],
    [true, { ArnLike: { [ROLE]: roleOf(OTHER, 'c*') } }, 'a session, by its role', session],
    [true, { ArnEquals: { [ROLE]: roleOf(OTHER, 'c?') } }, 'a session, by its role', session],
    [false, { ArnLike: { [ROLE]: sessionOf(OTHER, 'ci') } }, 'a session, by itself', session],
    [true, { ArnLike: { [ROLE]: roleOf(OTHER, 'team/*') } }, 'a role further down', { ...session, roleArn: roleOf(OTHER, 'team/a/ci') }],
    [false, { ArnLike: { [ROLE]: roleOf(OTHER, 'team/*') } }, 'a role without path', session],
    [false, { ArnLike: { [ROLE]: 'arn:aws:*:role/ci' } }, 'a wildcard for several parts', session],
    [true, { ArnLike: { [ROLE]: 'arn:aws:iam::*:role/ci' } }, 'a wildcard for one part', session],
    [true, { StringLike: { [ROLE]: 'arn:aws:*:role/ci' } }, 'a wildcard for several parts', session],
    [false, { ArnLike: { [ROLE]: roleOf(OTHER, '*') } }, 'a user', { account, arn: `arn:aws:iam::${OTHER}:user/ci` }],
    [true, { StringEquals: { 'aws:PrincipalAccount': OTHER } }, 'of the account', session],
    [false, { StringEquals: { 'aws:PrincipalAccount': OTHER } }, 'of another account', { account: '333333333333' }],
    [true, { StringEquals: { 'aws:FederatedProvider': 'idp' } }, 'federated', { ...session, context: { 'aws:FederatedProvider': 'idp' } }],
    [false, { StringEquals: { 'aws:FederatedProvider': 'idp' } }, 'not federated', session],
    [true, { Null: { 'aws:FederatedProvider': 'true' } }, 'not federated', session],
    [false, { Null: { 'aws:FederatedProvider': 'false' } }, 'not federated', session],
    [true, { ArnLike: { [SOURCE]: `arn:aws:lambda:*:${OTHER}:function:*` } }, 'for a function', lambda('us-east-1', OTHER)],
    [true, { ArnLike: { [SOURCE]: `arn:aws:lambda:*:${OTHER}:function:f*` } }, 'for a version of it', lambda('us-east-1', OTHER, 'f:7')],
    [false, { ArnLike: { [SOURCE]: `arn:aws:lambda:*:${OTHER}:function:*` } }, 'for one of another account', lambda('us-east-1', HOME)],
    [false, { ArnLike: { [SOURCE]: `arn:aws:lambda:us-*:${OTHER}:function:*` } }, 'for one of another Region', lambda('eu-west-1', OTHER)],
    [false, { ArnLike: { [SOURCE]: `arn:aws:lambda:*:${OTHER}:function:*` } }, 'for nobody', { service: 'lambda.amazonaws.com' }],
    [true, { StringEquals: { 'aws:SourceAccount': OTHER } }, 'for the account', lambda('us-east-1', OTHER)],
    [true, { Bool: { 'aws:PrincipalIsAWSService': 'true' } }, 'a service', lambda('us-east-1', OTHER)],
    [false, { Bool: { 'aws:PrincipalIsAWSService': 'true' } }, 'an account', session],
    [true, { Bool: { 'aws:PrincipalIsAWSService': false } }, 'an account', session],
    [true, { StringEquals: { 'aws:PrincipalServiceName': 'lambda.amazonaws.com' } }, 'a service', lambda('us-east-1', OTHER)],
    [true, { Null: { 'aws:PrincipalArn': 'true', 'aws:PrincipalAccount': 'true' } }, 'a service', lambda('us-east-1', OTHER)],
    [true, { StringEquals: { 'aws:ResourceTag/stage': 'test' } }, 'of the repository', session],
    [false, { StringEquals: { 'aws:PrincipalOrgID': 'o-1' }, ArnLike: { [ROLE]: roleOf(OTHER, 'ci') } }, 'only one of two', member],
  ])('are met: %s for %j, %s', async (holds, Condition, _who, props) => {
    allows({ Principal: '*', Condition });
    ecr.retag('app', { stage: 'test' });
    expect(await outcome(props)).toBe(holds ? 'ok' : NOT_BY_RESOURCE);
    allows({ Principal: '*', Condition, Effect: 'Deny' }, { Principal: '*' });
    expect(await outcome(props)).toBe(holds ? DENIED_BY_RESOURCE : 'ok');
  });

  test('in identity policies use the same keys', async () => {
    allows({ Principal: { AWS: OTHER } });
    const policy = identity({ Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1', 'aws:PrincipalAccount': OTHER } } });
    expect(await outcome({ ...member, policy })).toBe('ok');
    expect(await outcome({ account, policy })).toBe(NOT_BY_IDENTITY);
  });
});

test.each<[string, Statement, string]>([
  ['NotPrincipal', { Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: HOME } }, 'NotPrincipal is not evaluated here'],
  ['an operator that is unknown here', { Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
    'IpAddress is not evaluated here'],
  ['a policy variable', { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalTag/a': '${aws:username}' } } },
    'is not evaluated here'],
])('%s causes an error for every call', async (_what, statement, message) => {
  allows({ Principal: { AWS: OTHER } }, { Action: 'ecr:PutImage', ...statement });
  for (const account of [HOME, OTHER]) expect(await outcome({ account })).toMatch(new RegExp(`^LocalServiceDefect: [^]*${message}`));
});

describe('every operation on a repository is checked against its policy', () => {
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: { size: 1 }, layers: [] });
  const lifecyclePolicyText = JSON.stringify({
    rules: [{
      rulePriority: 1, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 9 }, action: { type: 'expire' },
    }],
  });
  const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:*' }] });
  const imageIds = [{ imageTag: 'v1' }];
  const COMMANDS: Record<string, () => Promise<unknown>> = {
    BatchDeleteImage: () => client.send(new BatchDeleteImageCommand({ ...repository, imageIds })),
    BatchGetImage: () => client.send(new BatchGetImageCommand({ ...repository, imageIds })),
    DeleteLifecyclePolicy: () => client.send(new DeleteLifecyclePolicyCommand(repository)),
    DeleteRepository: () => client.send(new DeleteRepositoryCommand({ ...repository, force: true })),
    DeleteRepositoryPolicy: () => client.send(new DeleteRepositoryPolicyCommand(repository)),
    DescribeImages: () => client.send(new DescribeImagesCommand(repository)),
    DescribeRepositories: () => client.send(new DescribeRepositoriesCommand({ registryId: HOME, repositoryNames: ['app'] })),
    GetLifecyclePolicy: () => client.send(new GetLifecyclePolicyCommand(repository)),
    GetLifecyclePolicyPreview: () => client.send(new GetLifecyclePolicyPreviewCommand(repository)),
    GetRepositoryPolicy: () => client.send(new GetRepositoryPolicyCommand(repository)),
    ListImages: () => client.send(new ListImagesCommand(repository)),
    ListTagsForResource: () => client.send(new ListTagsForResourceCommand({ resourceArn })),
    PutImage: () => client.send(new PutImageCommand({ ...repository, imageManifest: manifest })),
    PutImageTagMutability: () => client.send(new PutImageTagMutabilityCommand({ ...repository, imageTagMutability: 'IMMUTABLE' })),
    PutLifecyclePolicy: () => client.send(new PutLifecyclePolicyCommand({ ...repository, lifecyclePolicyText })),
    SetRepositoryPolicy: () => client.send(new SetRepositoryPolicyCommand({ ...repository, policyText })),
    StartLifecyclePolicyPreview: () => client.send(new StartLifecyclePolicyPreviewCommand({ ...repository, lifecyclePolicyText })),
    TagResource: () => client.send(new TagResourceCommand({ resourceArn, tags: [{ Key: 'a', Value: 'b' }] })),
    UntagResource: () => client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] })),
    UpdateImageStorageClass: () => client.send(new UpdateImageStorageClassCommand({
      ...repository, imageId: { imageDigest: ecr.repository('app').images[0].digest }, targetStorageClass: 'ARCHIVE',
    })),
  };

  beforeEach(async () => {
    ecr.seed({ ...repository, lifecyclePolicyText });
    await client.send(new StartLifecyclePolicyPreviewCommand({ ...repository, lifecyclePolicyText }));
    ecr.endPreview('app', 'COMPLETE');
  });

  test.each(Object.keys(COMMANDS))('%s', async operation => {
    allows({ Principal: { AWS: OTHER }, Action: Object.keys(COMMANDS).filter(other => other !== operation).map(other => `ecr:${other}`) });
    ecr.principal('caller', { account: OTHER });
    expect(await errorOf(COMMANDS[operation]())).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(new RegExp(`ecr:${operation} on resource: ${resourceArn} because no resource-based policy`)),
    });
    allows({ Principal: { AWS: OTHER }, Action: `ecr:${operation}` });
    await COMMANDS[operation]();
  });

  test('listing referrers is checked as ecr:BatchGetImage', async () => {
    const find = () => client.send(new ListImageReferrersCommand({ ...repository, subjectId: { imageDigest: digestOf('x') } }));
    ecr.principal('caller', { account: OTHER });
    allows({ Principal: { AWS: OTHER }, Action: 'ecr:ListImageReferrers' });
    await expect(find()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    allows({ Principal: { AWS: OTHER } });
    expect((await find()).referrers).toEqual([]);
  });
});
