import {
  BatchDeleteImageCommand, CreateRepositoryCommand, DeleteRepositoryCommand, DescribeRepositoriesCommand, ECRClient,
  ListImageReferrersCommand, ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-ecr';
import { grantsOf, IamStatement } from './iam';
import type { LocalEcr } from './local-ecr';
import { digestOf } from './manifest';
import { errorOf, startForEachTest } from './test-client';

const ANY = 'arn:aws:ecr:us-east-1:000000000000:repository/*';
const repositoryName = 'app';
const resourceArn = ANY.replace('*', repositoryName);
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
}, { accessKeyId: 'role' });

const allow = (...policy: Omit<IamStatement, 'Effect'>[]) =>
  ecr.principal('role', { policy: policy.map(statement => ({ Effect: 'Allow', ...statement })) });
const remove = () => client.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
const markedBy = (uuid: string) => ({ StringLike: { 'aws:ResourceTag/cdk-ecr-keeper:teardown-by': `${uuid}:*` } });

test('a caller without a policy has all permissions', async () => {
  ecr.seed({ repositoryName });
  await remove();
});

test('a call that the policy does not allow fails with the message of AWS and has no effect', async () => {
  ecr.seed({ repositoryName });
  allow({ Action: 'ecr:ListTagsForResource', Resource: ANY });
  expect(await errorOf(remove())).toMatchObject({
    name: 'AccessDeniedException',
    message: 'User: arn:aws:sts::000000000000:assumed-role/local/role is not authorized to perform: ecr:DeleteRepository on resource:'
      + ` ${resourceArn} because no identity-based policy allows the ecr:DeleteRepository action`,
    $metadata: expect.objectContaining({ httpStatusCode: 400, requestId: expect.any(String) }),
  });
  expect(ecr.repository(repositoryName).exists).toBe(true);
});

test('the message names an explicit deny', async () => {
  ecr.seed({ repositoryName });
  ecr.principal('role', {
    policy: [{ Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action: 'ecr:DeleteRepository', Resource: '*' }],
  });
  await expect(remove()).rejects.toMatchObject({ message: expect.stringContaining('with an explicit deny in an identity-based policy') });
});

describe('an Allow with a tag condition', () => {
  beforeEach(() => allow({ Action: 'ecr:*', Resource: ANY, Condition: markedBy('1234') }));

  test('evaluates the current tags of the repository', async () => {
    ecr.seed({ repositoryName, tags: { 'cdk-ecr-keeper:teardown-by': '5678:Teardown' } });
    await expect(remove()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    ecr.retag(repositoryName, { 'cdk-ecr-keeper:teardown-by': '1234:Teardown' });
    await remove();
    expect(ecr.repository(repositoryName).exists).toBe(false);
  });

  test('does not match a missing repository, so the error is AccessDenied', async () => {
    await expect(remove()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    allow({ Action: 'ecr:*', Resource: ANY });
    await expect(remove()).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
  });

  test('no longer matches after the tag is removed', async () => {
    ecr.seed({ repositoryName, tags: { 'cdk-ecr-keeper:teardown-by': '1234:Teardown' } });
    const untag = () => client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['cdk-ecr-keeper:teardown-by'] }));
    await untag();
    await expect(untag()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('can use ecr:ResourceTag too', async () => {
    ecr.seed({ repositoryName, tags: { owner: 'me' } });
    allow({ Action: 'ecr:*', Resource: ANY, Condition: { StringEquals: { 'ecr:ResourceTag/owner': 'me' } } });
    await remove();
  });
});

test('a tagging call is authorized by the tags of the request', async () => {
  ecr.seed({ repositoryName });
  allow({ Action: 'ecr:TagResource', Resource: ANY, Condition: { 'ForAllValues:StringLike': { 'aws:TagKeys': 'cdk-ecr-keeper:*' } } });
  const tag = (...keys: string[]) => client.send(new TagResourceCommand({ resourceArn, tags: keys.map(Key => ({ Key, Value: 'x' })) }));
  await tag('cdk-ecr-keeper:a', 'cdk-ecr-keeper:b');
  await expect(tag('cdk-ecr-keeper:a', 'owner')).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('a creation with tags also needs ecr:TagResource', async () => {
  const create = (name: string, tags?: { Key: string; Value: string }[]) =>
    client.send(new CreateRepositoryCommand({ repositoryName: name, tags }));
  const tags = [{ Key: 'owner', Value: 'me' }];
  allow({ Action: 'ecr:CreateRepository', Resource: ANY });
  await create('plain');
  await expect(create('tagged', tags))
    .rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('ecr:TagResource') });
  allow({
    Action: ['ecr:CreateRepository', 'ecr:TagResource'], Resource: ANY, Condition: { StringEquals: { 'aws:RequestTag/owner': 'me' } },
  });
  await create('tagged', tags);
  expect(ecr.repository('tagged').tags).toEqual({ owner: 'me' });
});

test('describing all repositories is authorized on repository/*', async () => {
  ecr.seed({ repositoryName });
  allow({ Action: 'ecr:DescribeRepositories', Resource: resourceArn });
  await client.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
  await expect(client.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  allow({ Action: 'ecr:DescribeRepositories', Resource: ANY });
  await client.send(new DescribeRepositoriesCommand({}));
});

test('listing referrers is authorized as ecr:BatchGetImage', async () => {
  ecr.seed({ repositoryName });
  const find = () => client.send(new ListImageReferrersCommand({ repositoryName, subjectId: { imageDigest: digestOf('x') } }));
  allow({ Action: 'ecr:ListImageReferrers', Resource: ANY });
  await expect(find()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  allow({ Action: 'ecr:BatchGetImage', Resource: ANY });
  expect((await find()).referrers).toEqual([]);
});

test('a name that cannot be part of an ARN is an invalid parameter, regardless of the policy', async () => {
  allow({ Action: 'ecr:ListTagsForResource', Resource: ANY });
  await expect(client.send(new DeleteRepositoryCommand({ repositoryName: 'No!' })))
    .rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('unused permissions of a policy are listed', async () => {
  ecr.seed({ repositoryName, images: 1 });
  const policy: IamStatement[] = [
    { Effect: 'Allow', Action: ['ecr:ListTagsForResource', 'ecr:DeleteRepository', 'ecr:PutImage'], Resource: ANY },
    { Effect: 'Allow', Action: 'ecr:Batch*', Resource: ['arn:aws:ecr:*:*:repository/other', resourceArn] },
  ];
  ecr.principal('role', { policy });
  await client.send(new ListTagsForResourceCommand({ resourceArn }));
  await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }));
  await errorOf(client.send(new TagResourceCommand({ resourceArn, tags: [] })));
  await remove();
  const used = ecr.granted('role');
  expect(used).toEqual([
    { statementIndex: 0, action: 'ecr:ListTagsForResource', resource: ANY },
    { statementIndex: 0, action: 'ecr:DeleteRepository', resource: ANY },
    { statementIndex: 1, action: 'ecr:Batch*', resource: resourceArn },
  ]);
  const key = (grant: { statementIndex: number; action: string; resource: string }) =>
    `${grant.statementIndex} ${grant.action} ${grant.resource}`;
  expect(grantsOf(policy).map(key).filter(grant => !used.map(key).includes(grant))).toEqual([
    `0 ecr:PutImage ${ANY}`, '1 ecr:Batch* arn:aws:ecr:*:*:repository/other',
  ]);
});
