import {
  BatchDeleteImageCommand, CreateRepositoryCommand, DeleteRepositoryCommand, DescribeRegistriesCommand,
  DescribeRepositoriesCommand, ECRPUBLICClient, GetAuthorizationTokenCommand, ListTagsForResourceCommand,
  TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-ecr-public';
import type { LocalEcrPublic } from './local-ecr-public';
import { startForEachTest } from './test-client';
import type { IamStatement } from '../local-ecr/iam';

const repositoryName = 'app';
const resourceArn = `arn:aws:ecr-public::000000000000:repository/${repositoryName}`;
let ecr: LocalEcrPublic;
let client: ECRPUBLICClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName });
});

const may = (...policy: IamStatement[]) => ecr.principal('test', { policy });
const allow = (Action: string | string[], Resource = resourceArn, Condition?: IamStatement['Condition']): IamStatement =>
  ({ Effect: 'Allow', Action, Resource, ...Condition ? { Condition } : {} });
const denied = (action: string, resource: string) => ({
  name: 'AccessDeniedException',
  message: expect.stringContaining(`is not authorized to perform: ${action} on resource: ${resource} because`),
});

describe('IAM', () => {
  test('checks ecr-public actions on the ARN of the repository', async () => {
    may(allow('ecr:*', '*'));
    await expect(client.send(new DeleteRepositoryCommand({ repositoryName })))
      .rejects.toMatchObject(denied('ecr-public:DeleteRepository', resourceArn));
    may(allow('ecr-public:DeleteRepository'));
    await client.send(new DeleteRepositoryCommand({ repositoryName }));
    expect(ecr.granted('test')).toMatchObject([{ action: 'ecr-public:DeleteRepository', resource: resourceArn }]);
  });

  test('evaluates the current tags with both condition keys', async () => {
    const call = () => client.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }));
    for (const key of ['aws:ResourceTag/mine', 'ecr-public:ResourceTag/mine']) {
      may(allow('ecr-public:BatchDeleteImage', '*', { StringEquals: { [key]: 'yes' } }));
      ecr.retag(repositoryName, { mine: undefined });
      await expect(call()).rejects.toMatchObject({ name: 'AccessDeniedException' });
      ecr.retag(repositoryName, { mine: 'yes' });
      await expect(call()).resolves.toMatchObject({ failures: [{ failureCode: 'ImageNotFound' }] });
    }
  });

  test('requires TagResource for a creation with tags, and evaluates their values', async () => {
    const create = (Value: string) => client.send(new CreateRepositoryCommand({ repositoryName: 'new', tags: [{ Key: 'env', Value }] }));
    const arn = resourceArn.replace('app', 'new');
    may(allow('ecr-public:CreateRepository', '*'));
    await expect(create('dev')).rejects.toMatchObject(denied('ecr-public:TagResource', arn));
    may(allow(['ecr-public:CreateRepository', 'ecr-public:TagResource'], '*', { StringEquals: { 'aws:RequestTag/env': 'dev' } }));
    await expect(create('prod')).rejects.toMatchObject(denied('ecr-public:CreateRepository', arn));
    await create('dev');
  });

  test('evaluates the current tags and the tags of the request for tagging', async () => {
    ecr.retag(repositoryName, { mine: 'yes' });
    may(allow(['ecr-public:TagResource', 'ecr-public:UntagResource'], resourceArn, {
      'StringEquals': { 'aws:ResourceTag/mine': 'yes' }, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['env'] },
    }));
    const tag = (Key: string) => client.send(new TagResourceCommand({ resourceArn, tags: [{ Key, Value: 'dev' }] }));
    await tag('env');
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['env'] }));
    await expect(tag('mine')).rejects.toMatchObject(denied('ecr-public:TagResource', resourceArn));
    await expect(client.send(new ListTagsForResourceCommand({ resourceArn })))
      .rejects.toMatchObject(denied('ecr-public:ListTagsForResource', resourceArn));
  });

  test('checks separate resources for registries, all repositories, and tokens', async () => {
    may(allow('ecr-public:*'), allow('ecr-public:GetAuthorizationToken', '*'));
    await expect(client.send(new DescribeRegistriesCommand({}))).rejects
      .toMatchObject(denied('ecr-public:DescribeRegistries', 'arn:aws:ecr-public::000000000000:registry/000000000000'));
    await expect(client.send(new DescribeRepositoriesCommand({}))).rejects
      .toMatchObject({
        name: 'AccessDeniedException', message: expect.stringContaining('arn:aws:ecr-public::000000000000:repository/* because'),
      });
    await expect(client.send(new GetAuthorizationTokenCommand({}))).rejects
      .toMatchObject({
        name: 'AccessDeniedException', message: expect.stringContaining('sts:GetServiceBearerToken on resource: * because'),
      });
    may(allow(['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'], '*'));
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    expect(Buffer.from(authorizationData!.authorizationToken!, 'base64').toString()).toMatch(/^AWS:.+/);
    expect(authorizationData!.expiresAt!.getTime() - Date.now()).toBeGreaterThan(11.9 * 3_600_000);
  });
});

describe('tags', () => {
  const tag = (tags: { Key: string; Value: string }[], arn = resourceArn) =>
    client.send(new TagResourceCommand({ resourceArn: arn, tags }));
  const untag = (...tagKeys: string[]) => client.send(new UntagResourceCommand({ resourceArn, tagKeys }));

  test('are merged, listed, and removed', async () => {
    await tag([{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }]);
    await tag([{ Key: 'a', Value: '3' }]);
    await untag('b', 'b', 'absent');
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([{ Key: 'a', Value: '3' }]);
  });

  test('are limited to 50, without reserved keys', async () => {
    await expect(tag(Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: '' }))))
      .rejects.toMatchObject({ name: 'TooManyTagsException' });
    await expect(tag([{ Key: 'aws:x', Value: '' }])).rejects.toMatchObject({ name: 'InvalidTagParameterException' });
    await expect(untag('aws:x')).rejects.toMatchObject({ name: 'InvalidTagParameterException' });
  });

  test.each([
    'arn:aws:ecr-public:us-east-1:000000000000:repository/app', 'arn:aws:ecr:us-east-1:000000000000:repository/app',
    'arn:aws:ecr-public::000000000000:registry/000000000000',
  ])('are not supported for %s', async arn => {
    await expect(tag([], arn)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

test('calls are logged, and faults apply as in the other fakes', async () => {
  ecr.faults.add({ kind: 'throttle' }, { kind: 'kms' });
  const call = () => client.send(new ListTagsForResourceCommand({ resourceArn }));
  await expect(call()).rejects.toMatchObject({ name: 'ThrottlingException' });
  await expect(call()).rejects.toMatchObject({ name: 'LocalServiceDefect' });
  await call();
  expect(ecr.calls.map(({ operation, repositoryName: name, outcome }) => [operation, name, outcome])).toEqual(
    ['ThrottlingException', 'LocalServiceDefect', 'ok'].map(outcome => ['ListTagsForResource', repositoryName, outcome]));
  expect(ecr.faults.pending).toEqual([]);
});
