import { BatchGetImageCommand, CreateRepositoryCreationTemplateCommand, ECRClient } from '@aws-sdk/client-ecr';
import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { arnOf, beginCreation, connectHub, PREFIX, startHub, TYPE } from './cache-scene';
import { pullThroughCacheHandler } from '../../../lambda/pull-through-cache/handler';
import { LifecyclePolicy, LifecycleRule, registry } from '../../../src';
import { clientOf, errorOf } from '../../local-ecr/test-client';
import { LocalRegistry } from '../../local-registry/local-registry';
import { DeployedStack } from '../deployed-stack';
import { account, send, startForEachTest, success } from '../handler-scene';

const TEMPLATE_TYPE = 'AWS::ECR::RepositoryCreationTemplate';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/11111111-1111-1111-1111-111111111111';
const LIFECYCLE = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(20)]);
const repositoryName = `${PREFIX}/library/nginx`;

let hub: LocalRegistry;
let imageUri: string;

beforeAll(async () => {
  hub = await startHub();
  hub.addIndex({ name: 'library/nginx', tag: '1.29', platforms: ['linux/amd64'] });
});
afterAll(() => hub.stop());
startForEachTest({ handler: pullThroughCacheHandler, resourceType: TYPE });

function build(stack: Stack): void {
  const cache = new registry.PullThroughCache(stack, 'Cache', {
    upstream: registry.Upstream.dockerHub(secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', arnOf('first'))),
    prefix: PREFIX,
    repositories: { lifecycle: LIFECYCLE, tags: { 'cached-by': 'hub' }, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY) },
  });
  cache.grantPull(new iam.Role(stack, 'Puller', { assumedBy: new iam.AccountRootPrincipal() }));
  imageUri = cache.imageUri('nginx', '1.29');
}

/** Deploys the stack: its template as CloudFormation does, and its rule by the handler. */
async function deployCache(): Promise<DeployedStack> {
  connectHub(account, hub);
  const stack = DeployedStack.of('Test', build);
  const { Prefix, AppliedFor, ResourceTags, LifecyclePolicy: lifecyclePolicy, EncryptionConfiguration, CustomRoleArn } =
    stack.customResourceProperties(stack.logicalIds(TEMPLATE_TYPE)[0]) as Record<string, any>;
  const client = clientOf(account.ecr);
  await client.send(new CreateRepositoryCreationTemplateCommand({
    prefix: Prefix,
    appliedFor: AppliedFor,
    resourceTags: ResourceTags,
    lifecyclePolicy,
    encryptionConfiguration: { encryptionType: EncryptionConfiguration.EncryptionType, kmsKey: EncryptionConfiguration.KmsKey },
    customRoleArn: CustomRoleArn,
  }));
  client.destroy();
  account.ecr.principal('TEMPLATE', {
    arn: `arn:aws:sts::000000000000:assumed-role/${CustomRoleArn.split('/')[1]}/ecr`, policy: stack.policy('CacheTemplateRole'),
  });
  beginCreation(account, stack);
  await success(send(stack, 'Create'));
  return stack;
}

/** Sends a call as a role with these statements. */
async function as(stack: DeployedStack, policies: string, name = repositoryName) {
  account.ecr.principal('PULLER', { policy: stack.policy(policies) });
  const client: ECRClient = clientOf(account.ecr, 'PULLER');
  try {
    const imageIds = [{ imageTag: '1.29' }];
    return await client.send(new BatchGetImageCommand({ repositoryName: name, imageIds, acceptedMediaTypes: [OCI_INDEX] }));
  } finally {
    client.destroy();
  }
}

test('the first pull with grantPull creates the repository with the settings of the template, and imports the image', async () => {
  const stack = await deployCache();
  expect(await as(stack, 'Puller')).toMatchObject({ images: [{ imageId: { imageTag: '1.29' } }] });
  const { tags, lifecyclePolicyText, encryption } = account.ecr.repository(repositoryName);
  expect({ tags, lifecyclePolicyText, encryption }).toEqual({
    tags: { 'cached-by': 'hub' }, lifecyclePolicyText: LIFECYCLE.toJson(), encryption: { encryptionType: 'KMS', kmsKey: KEY },
  });
  expect(imageUri).toMatch(new RegExp(`/${repositoryName}:1.29$`));
});

test('a role without grantPull, and a repository outside of the prefix, are denied', async () => {
  const stack = await deployCache();
  expect(await errorOf(as(stack, 'CdkEcrKeeperPullThroughCache'))).toMatchObject({ name: 'AccessDeniedException' });
  expect(await errorOf(as(stack, 'Puller', 'docker-hubs/library/nginx'))).toMatchObject({ name: 'AccessDeniedException' });
});
