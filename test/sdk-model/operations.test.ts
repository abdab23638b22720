import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cloudFormation from '@aws-sdk/client-cloudformation';
import * as ecr from '@aws-sdk/client-ecr';
import * as ecrPublic from '@aws-sdk/client-ecr-public';
import * as ecs from '@aws-sdk/client-ecs';
import * as events from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as organizations from '@aws-sdk/client-organizations';
import * as taggingApi from '@aws-sdk/client-resource-groups-tagging-api';
import * as s3 from '@aws-sdk/client-s3';
import * as secrets from '@aws-sdk/client-secrets-manager';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { checkedOperations } from './check-reply';
import { CLIENTS } from './packages';
import { LocalCloudFormation } from '../local-cloudformation/local-cloudformation';
import { LocalEcr } from '../local-ecr/local-ecr';
import type { LocalService } from '../local-ecr/local-service';
import { LocalEcrPublic } from '../local-ecr-public/local-ecr-public';
import { LocalEcs } from '../local-ecs/local-ecs';
import { LocalEventBridge } from '../local-eventbridge/local-eventbridge';
import { LocalLambda } from '../local-lambda/local-lambda';
import { LocalOrganizations } from '../local-organizations/local-organizations';
import { LocalS3 } from '../local-s3/local-s3';
import { LocalSecrets } from '../local-secrets/local-secrets';
import { LocalSsm } from '../local-ssm/local-ssm';
import { LocalSts } from '../local-sts/local-sts';
import { LocalTagging } from '../local-tagging/local-tagging';

const IMAGE = `000000000000.dkr.ecr.us-east-1.amazonaws.com/app@sha256:${'a'.repeat(64)}`;
const STACK = 'arn:aws:cloudformation:us-east-1:000000000000:stack/App/11111111-1111-1111-1111-111111111111';
const ROLE = 'arn:aws:iam::000000000000:role/reader';
const repositoryName = 'app';
const LIFECYCLE = JSON.stringify({
  rules: [{
    rulePriority: 1,
    selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
    action: { type: 'expire' },
  }],
});

/** Sends a command by name, and returns its output. */
type Send = (operation: string, input?: object) => Promise<Record<string, never>>;

/** A fake with a call of each of its operations, in an order in which all succeed. */
interface Fake {
  readonly folder: string;
  readonly signingName: string;
  readonly sdk: object;
  /** Name of the class of its client. */
  readonly client: string;
  start(): Promise<LocalService>;
  calls(send: Send): Promise<void>;
}

const policyOf = (service: string) => JSON.stringify({
  Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: `${service}:DescribeImages` }],
});

const FAKES: readonly Fake[] = [
  {
    folder: 'local-ecr',
    signingName: 'ecr',
    sdk: ecr,
    client: 'ECRClient',
    start: () => LocalEcr.start(),
    async calls(send) {
      const { repository } = await send('CreateRepository', { repositoryName });
      const { repositoryArn: resourceArn } = repository as { repositoryArn: string };
      const layer = Buffer.from('layer');
      const digestOf = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      const { uploadId } = await send('InitiateLayerUpload', { repositoryName });
      await send('UploadLayerPart', { repositoryName, uploadId, partFirstByte: 0, partLastByte: layer.length - 1, layerPartBlob: layer });
      await send('CompleteLayerUpload', { repositoryName, uploadId, layerDigests: [digestOf(layer)] });
      await send('BatchCheckLayerAvailability', { repositoryName, layerDigests: [digestOf(layer), digestOf('none')] });
      const part = { mediaType: 'application/vnd.oci.image.layer.v1.tar', size: layer.length, digest: digestOf(layer) };
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const imageManifest = JSON.stringify({
        schemaVersion: 2, mediaType, config: { ...part, mediaType: 'application/vnd.oci.image.config.v1+json' }, layers: [part],
      });
      const image = { imageDigest: digestOf(imageManifest) };
      await send('PutImage', { repositoryName, imageManifest, imageTag: '1' });
      await send('GetDownloadUrlForLayer', { repositoryName, layerDigest: digestOf(layer) });
      await send('BatchGetImage', { repositoryName, imageIds: [image, { imageTag: '2' }], acceptedMediaTypes: [mediaType] });
      for (const list of ['ListImages', 'DescribeImages']) await send(list, { repositoryName });
      await send('ListImageReferrers', { repositoryName, subjectId: image });
      await send('StartImageScan', { repositoryName, imageId: image });
      for (const _poll of [1, 2, 3]) await send('DescribeImageScanFindings', { repositoryName, imageId: image });
      const repositoryFilters = [{ filter: 'team/*', filterType: 'WILDCARD' }];
      await send('PutRegistryScanningConfiguration', { scanType: 'BASIC', rules: [{ scanFrequency: 'SCAN_ON_PUSH', repositoryFilters }] });
      await send('GetRegistryScanningConfiguration');
      await send('BatchGetRepositoryScanningConfiguration', { repositoryNames: [repositoryName, 'none'] });
      await send('PutImageTagMutability', { repositoryName, imageTagMutability: 'IMMUTABLE' });
      await send('PutLifecyclePolicy', { repositoryName, lifecyclePolicyText: LIFECYCLE });
      await send('GetLifecyclePolicy', { repositoryName });
      await send('StartLifecyclePolicyPreview', { repositoryName });
      for (const _poll of [1, 2, 3]) await send('GetLifecyclePolicyPreview', { repositoryName });
      await send('DeleteLifecyclePolicy', { repositoryName });
      await send('SetRepositoryPolicy', { repositoryName, policyText: policyOf('ecr') });
      for (const verb of ['Get', 'Delete']) await send(`${verb}RepositoryPolicy`, { repositoryName });
      const registryStatement = {
        Sid: 'a',
        Effect: 'Allow',
        Principal: { AWS: '111122223333' },
        Action: 'ecr:ReplicateImage',
        Resource: 'arn:aws:ecr:us-east-1:000000000000:repository/*',
      };
      await send('PutRegistryPolicy', { policyText: JSON.stringify({ Version: '2012-10-17', Statement: [registryStatement] }) });
      for (const verb of ['Get', 'Delete']) await send(`${verb}RegistryPolicy`);
      await send('TagResource', { resourceArn, tags: [{ Key: 'team', Value: 'a' }] });
      await send('ListTagsForResource', { resourceArn });
      await send('UntagResource', { resourceArn, tagKeys: ['team'] });
      await send('DescribeRepositories');
      await send('PutReplicationConfiguration', {
        replicationConfiguration: { rules: [{ destinations: [{ region: 'eu-west-1', registryId: '000000000000' }] }] },
      });
      await send('DescribeRegistry');
      const destination = { region: 'eu-west-1', registryId: '000000000000' };
      const { replicationBackfillId } = await send('StartReplicationBackfill', { destination });
      for (const _poll of [1, 2, 3, 4, 5]) await send('DescribeReplicationBackfillResults', { replicationBackfillId });
      const stopped = await send('StartReplicationBackfill', { destination });
      await send('StopReplicationBackfill', { replicationBackfillId: stopped.replicationBackfillId });
      await send('ListReplicationBackfills');
      const rule = { ecrRepositoryPrefix: 'quay' };
      await send('CreatePullThroughCacheRule', { ...rule, upstreamRegistryUrl: 'quay.io', upstreamRegistry: 'quay' });
      await send('UpdatePullThroughCacheRule', { ...rule, customRoleArn: ROLE });
      await send('DescribePullThroughCacheRules');
      for (const verb of ['Validate', 'Delete']) await send(`${verb}PullThroughCacheRule`, rule);
      const template = { prefix: 'team', appliedFor: ['CREATE_ON_PUSH', 'REPLICATION', 'PULL_THROUGH_CACHE'] };
      await send('CreateRepositoryCreationTemplate', { ...template, description: 'a', lifecyclePolicy: LIFECYCLE });
      await send('UpdateRepositoryCreationTemplate', {
        prefix: 'team',
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'v*' }],
        resourceTags: [{ Key: 'team', Value: 'a' }],
        encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'arn:aws:kms:us-east-1:000000000000:key/a' },
        repositoryPolicy: policyOf('ecr'),
        customRoleArn: ROLE,
      });
      await send('DescribeRepositoryCreationTemplates');
      await send('DeleteRepositoryCreationTemplate', { prefix: 'team' });
      await send('PutAccountSetting', { name: 'BLOB_MOUNTING', value: 'ENABLED' });
      await send('GetAccountSetting', { name: 'BLOB_MOUNTING' });
      await send('GetAuthorizationToken');
      await send('UpdateImageStorageClass', { repositoryName, imageId: image, targetStorageClass: 'ARCHIVE' });
      await send('DescribeImages', { repositoryName, filter: { imageStatus: 'ANY' } });
      await send('BatchDeleteImage', { repositoryName, imageIds: [image, { imageTag: 'none' }] });
      await send('DeleteRepository', { repositoryName });
    },
  },
  {
    folder: 'local-ecr-public',
    signingName: 'ecr-public',
    sdk: ecrPublic,
    client: 'ECRPUBLICClient',
    start: async () => {
      const service = await LocalEcrPublic.start();
      service.seed({ repositoryName: 'full', images: 2 });
      service.verify();
      return service;
    },
    async calls(send) {
      const { repository } = await send('CreateRepository', { repositoryName, catalogData: { description: 'a' } });
      const { repositoryArn: resourceArn } = repository as { repositoryArn: string };
      await send('PutRepositoryCatalogData', { repositoryName, catalogData: { architectures: ['ARM'], operatingSystems: ['Linux'] } });
      await send('GetRepositoryCatalogData', { repositoryName });
      await send('PutRegistryCatalogData', { displayName: 'Team' });
      for (const operation of ['GetRegistryCatalogData', 'DescribeRegistries', 'DescribeRepositories', 'GetAuthorizationToken']) {
        await send(operation);
      }
      const { imageDetails } = await send('DescribeImages', { repositoryName: 'full' });
      const [{ imageDigest }] = imageDetails as readonly { imageDigest: string }[];
      await send('DescribeImageTags', { repositoryName: 'full' });
      await send('BatchDeleteImage', { repositoryName: 'full', imageIds: [{ imageDigest }, { imageTag: 'none' }] });
      await send('SetRepositoryPolicy', { repositoryName, policyText: policyOf('ecr-public') });
      for (const verb of ['Get', 'Delete']) await send(`${verb}RepositoryPolicy`, { repositoryName });
      await send('TagResource', { resourceArn, tags: [{ Key: 'team', Value: 'a' }] });
      await send('ListTagsForResource', { resourceArn });
      await send('UntagResource', { resourceArn, tagKeys: ['team'] });
      await send('DeleteRepository', { repositoryName });
    },
  },
  {
    folder: 'local-cloudformation',
    signingName: 'cloudformation',
    sdk: cloudFormation,
    client: 'CloudFormationClient',
    start: async () => {
      const service = await LocalCloudFormation.start();
      const stack = service.stack(STACK, { rootId: STACK, parentId: STACK });
      stack.resource('Image', { type: 'AWS::ECR::Repository', physicalId: 'app' });
      for (const status of ['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS']) stack.status(status);
      stack.resourceEvent('Image', 'AWS::ECR::Repository', 'CREATE_FAILED', 'a reason');
      return service;
    },
    async calls(send) {
      await send('DescribeStacks', { StackName: STACK });
      await send('DescribeStackEvents', { StackName: STACK });
      await send('DescribeEvents', { StackName: STACK });
      await send('DescribeStackResource', { StackName: STACK, LogicalResourceId: 'Image' });
      await send('DescribeStackResources', { PhysicalResourceId: 'app' });
      await send('ListStackResources', { StackName: STACK });
      await send('ListStacks');
    },
  },
  {
    folder: 'local-ecs',
    signingName: 'ecs',
    sdk: ecs,
    client: 'ECSClient',
    start: async () => {
      const service = await LocalEcs.start();
      const definition = service.taskDefinition('app', { containers: [IMAGE] });
      const cluster = service.cluster();
      cluster.task({ taskDefinition: definition });
      const revision = { taskDefinition: definition, containerImages: [{ image: IMAGE }] };
      cluster.service('web', { taskDefinition: definition, revisions: [revision] });
      return service;
    },
    async calls(send) {
      await send('ListClusters');
      const { taskArns } = await send('ListTasks');
      await send('DescribeTasks', { tasks: [...taskArns, 'none'] });
      const { serviceArns } = await send('ListServices');
      const { services } = await send('DescribeServices', { services: [...serviceArns, 'none'] });
      await send('DescribeServiceRevisions', { serviceRevisionArns: [revisionOf(services[0])] });
      const { taskDefinitionArns } = await send('ListTaskDefinitions');
      await send('DescribeTaskDefinition', { taskDefinition: taskDefinitionArns[0] });
    },
  },
  {
    folder: 'local-lambda',
    signingName: 'lambda',
    sdk: lambda,
    client: 'LambdaClient',
    start: async () => {
      const service = await LocalLambda.start();
      service.function('app', { imageUri: IMAGE });
      service.function('zip');
      return service;
    },
    async calls(send) {
      await send('ListFunctions', { FunctionVersion: 'ALL' });
      for (const FunctionName of ['app', 'zip']) await send('GetFunction', { FunctionName });
    },
  },
  {
    folder: 'local-sts',
    signingName: 'sts',
    sdk: sts,
    client: 'STSClient',
    start: async () => {
      const service = await LocalSts.start();
      service.role(ROLE, { trust: { principals: ['000000000000'] } });
      return service;
    },
    async calls(send) {
      await send('GetCallerIdentity');
      await send('AssumeRole', { RoleArn: ROLE, RoleSessionName: 'test' });
    },
  },
  {
    folder: 'local-s3',
    signingName: 's3',
    sdk: s3,
    client: 'S3Client',
    start: async () => {
      const service = await LocalS3.start();
      service.bucket('state');
      return service;
    },
    async calls(send) {
      const Bucket = 'state';
      await send('PutObject', { Bucket, Key: 'a/b.json', Body: '{}', ContentType: 'application/json' });
      await send('PutObject', { Bucket, Key: 'c.json', Body: '{}' });
      await send('GetObject', { Bucket, Key: 'c.json' });
      await send('ListObjectsV2', { Bucket, Delimiter: '/' });
      await send('ListObjectsV2', { Bucket, MaxKeys: 1 });
      await send('DeleteObject', { Bucket, Key: 'c.json' });
    },
  },
  {
    folder: 'local-secrets',
    signingName: 'secretsmanager',
    sdk: secrets,
    client: 'SecretsManagerClient',
    start: async () => {
      const service = await LocalSecrets.start();
      service.secret('text', 'value');
      service.secret('bytes', Buffer.from('value'));
      return service;
    },
    calls: async send => {
      for (const SecretId of ['text', 'bytes']) await send('GetSecretValue', { SecretId });
    },
  },
  {
    folder: 'local-eventbridge',
    signingName: 'events',
    sdk: events,
    client: 'EventBridgeClient',
    start: () => LocalEventBridge.start(),
    calls: async send => {
      await send('PutEvents', { Entries: [{ Source: 'a', DetailType: 'b', Detail: '{}' }, { Source: 'a', DetailType: 'b', Detail: '' }] });
    },
  },
  {
    folder: 'local-organizations',
    signingName: 'organizations',
    sdk: organizations,
    client: 'OrganizationsClient',
    start: async () => {
      const service = await LocalOrganizations.start();
      service.administrators = ['000000000000'];
      service.accounts = [{ id: '000000000000' }, { id: '111122223333', state: 'SUSPENDED' }];
      return service;
    },
    calls: async send => { await send('ListAccounts'); },
  },
  {
    folder: 'local-tagging',
    signingName: 'tagging',
    sdk: taggingApi,
    client: 'ResourceGroupsTaggingAPIClient',
    start: async () => {
      const registry = await LocalEcr.start();
      registry.seed({ repositoryName: 'app', tags: { team: 'one' } });
      return LocalTagging.start(registry);
    },
    calls: async send => { await send('GetResources', { ResourceTypeFilters: ['ecr:repository'] }); },
  },
  {
    folder: 'local-ssm',
    signingName: 'ssm',
    sdk: ssm,
    client: 'SSMClient',
    start: () => LocalSsm.start(),
    calls: async send => {
      for (const Name of ['/a/b', '/a/c']) await send('PutParameter', { Name, Value: '{}', Type: 'String' });
      await send('GetParameter', { Name: '/a/b' });
      await send('GetParametersByPath', { Path: '/a', MaxResults: 1 });
      await send('DeleteParameter', { Name: '/a/b' });
    },
  },
];

function revisionOf(service: object): string {
  return (service as { readonly currentServiceRevisions: readonly { readonly arn: string }[] }).currentServiceRevisions[0].arn;
}

/** Returns the operations in the README of a fake. test/documents.test.ts compares that list with the code. */
function documentedOperations(folder: string): string[] {
  const [, table] = /## Operations\n([^#]+)/.exec(readFileSync(join(__dirname, '..', folder, 'README.md'), 'utf8'))!;
  return [...table.matchAll(/^\| `[\w-]+\.ts` \| (.+) \|$/gm)].flatMap(([, operations]) => operations.split(', '));
}

test('the calls below include every service that a fake imitates', () => {
  expect(FAKES.map(({ signingName }) => signingName).sort()).toEqual(Object.keys(CLIENTS).sort());
});

test.each(FAKES)('every operation of $folder returns what the model of the SDK has', async fake => {
  const { folder, signingName, sdk, client, start, calls } = fake;
  const service = await start();
  const constructors = sdk as Record<string, new (input: object) => never>;
  const sender = new constructors[client]({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    forcePathStyle: true,
    endpoint: service.endpoint,
    requestHandler: service.inProcess(),
  }) as { send(command: object): Promise<Record<string, never>>; destroy(): void };
  await calls((operation, input = {}) => sender.send(new constructors[`${operation}Command`](input)));
  sender.destroy();
  await service.stop();
  const checked = [...checkedOperations].filter(name => name.startsWith(`${signingName}:`)).map(name => name.split(':')[1]);
  expect(checked.sort()).toEqual(documentedOperations(folder).sort());
});
