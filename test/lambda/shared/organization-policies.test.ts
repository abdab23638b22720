import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { imageCopyHandler } from '../../../lambda/image-copy/handler';
import { imageTagsHandler } from '../../../lambda/image-tags/handler';
import { lifecycleGuardHandler } from '../../../lambda/lifecycle-guard/handler';
import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import { prefixLifecycleHandler } from '../../../lambda/prefix-lifecycle/handler';
import { prefixTeardownHandler } from '../../../lambda/prefix-teardown/handler';
import { publicRepositoryHandler } from '../../../lambda/public-repository/handler';
import { pullThroughCacheHandler } from '../../../lambda/pull-through-cache/handler';
import { registryPermissionsHandler } from '../../../lambda/registry-permissions/handler';
import { registryReplicationHandler } from '../../../lambda/registry-replication/handler';
import { registryScanningHandler } from '../../../lambda/registry-scanning/handler';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { scanGateHandler } from '../../../lambda/scan-gate/handler';
import { explain } from '../../../lambda/shared/protocol/errors';
import { teardownHandler } from '../../../lambda/teardown/handler';
import {
  ExistingRepository, ImageCopy, ImageSource, ImageTags, LifecycleGuard, LifecyclePolicy, LifecycleRule, PrefixTeardown, PublicRepository,
  registry, Repository, RepositoryImage, RepositoryLifecycle, RepositoryPrincipal, RepositoryTeardown, ScanGate, Teardown,
} from '../../../src';
import type { Limit } from '../../local-ecr/authorisation';
import { AwsError } from '../../local-ecr/aws-error';
import { DeployedStack } from '../deployed-stack';
import { account, startForEachTest } from '../handler-scene';
import { Answer, Handle } from '../local-account';

// each row has its own handler
startForEachTest({ handler: teardownHandler, resourceType: 'Custom::EcrTeardown' });

interface Kind {
  readonly type: string;
  readonly handle: Handle;
  readonly request: 'Create' | 'Update' | 'Delete';
  /** The call that the policy of the organization denies. */
  readonly action: string;
  readonly subject: string;
  readonly build: (stack: Stack) => void;
}

const requireTag = { key: 'stage', value: 'test' };
const lifecycle = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(5)]);
const shared = (stack: Stack) => ExistingRepository.fromRepositoryName(stack, 'Import', 'team/app');
const image = (stack: Stack) => RepositoryImage.fromRepository(shared(stack), 'v1');

const APP = 'Repository \'team/app\'';
const KINDS: Readonly<Record<string, Kind>> = {
  'teardown': {
    type: 'Custom::EcrTeardown',
    handle: teardownHandler,
    request: 'Create',
    action: 'ecr:TagResource',
    subject: APP,
    build: stack => {
      new RepositoryTeardown(stack, 'Teardown', { repository: shared(stack), teardown: Teardown.deleteWithImages({ requireTag }) });
    },
  },
  'repository-policy': {
    type: 'Custom::EcrRepositoryPolicy',
    handle: repositoryPolicyHandler,
    request: 'Create',
    action: 'ecr:SetRepositoryPolicy',
    subject: APP,
    build: stack => { shared(stack).grantPull(RepositoryPrincipal.accounts('222222222222')); },
  },
  'registry-permissions': {
    type: 'Custom::EcrRegistryPermissions',
    handle: registryPermissionsHandler,
    request: 'Create',
    action: 'ecr:PutRegistryPolicy',
    subject: 'Registry \'000000000000\'',
    build: stack => {
      new registry.RegistryPermissions(stack, 'Registry', { statements: [registry.RegistryStatement.replicationFrom(['222222222222'])] });
    },
  },
  'registry-replication': {
    type: 'Custom::EcrRegistryReplication',
    handle: registryReplicationHandler,
    request: 'Create',
    action: 'ecr:PutReplicationConfiguration',
    subject: 'Registry \'000000000000\'',
    build: stack => {
      new registry.RegistryReplication(stack, 'Registry', { rules: [{ destinations: [{ region: 'eu-central-1' }] }] });
    },
  },
  'registry-scanning': {
    type: 'Custom::EcrRegistryScanning',
    handle: registryScanningHandler,
    request: 'Create',
    action: 'ecr:PutRegistryScanningConfiguration',
    subject: 'Registry \'000000000000\'',
    build: stack => { new registry.RegistryScanning(stack, 'Registry', { rules: [registry.ScanRule.onPush('*')] }); },
  },
  'pull-through-cache': {
    type: 'Custom::EcrPullThroughCache',
    handle: pullThroughCacheHandler,
    request: 'Create',
    action: 'ecr:CreatePullThroughCacheRule',
    subject: 'Cache \'quay\'',
    build: stack => { new registry.PullThroughCache(stack, 'Cache', { upstream: registry.Upstream.quay(), prefix: 'quay' }); },
  },
  'lifecycle-policy': {
    type: 'Custom::EcrLifecyclePolicy',
    handle: lifecyclePolicyHandler,
    request: 'Create',
    action: 'ecr:TagResource',
    subject: APP,
    build: stack => { new RepositoryLifecycle(stack, 'Lifecycle', { repository: shared(stack), lifecycle }); },
  },
  'lifecycle-guard': {
    type: 'Custom::EcrLifecycleGuard',
    handle: lifecycleGuardHandler,
    request: 'Update',
    action: 'ecr:DescribeRepositories',
    subject: APP,
    build: stack => {
      new Repository(stack, 'App', { repositoryName: 'team/app', lifecycle, lifecycleGuard: LifecycleGuard.refuse({ maxImages: 1 }) });
    },
  },
  'image-copy': {
    type: 'Custom::EcrImageCopy',
    handle: imageCopyHandler,
    request: 'Create',
    action: 'ecr:BatchGetImage',
    subject: 'Repository \'to\': this function cannot read repository \'team/app\' of account 000000000000',
    build: stack => {
      new ImageCopy(stack, 'Copy', {
        source: ImageSource.fromEcrRepository(shared(stack), 'v1'), repository: Repository.fromRepositoryName(stack, 'To', 'to'),
      });
    },
  },
  'image-tags': {
    type: 'Custom::EcrImageTags',
    handle: imageTagsHandler,
    request: 'Create',
    action: 'ecr:PutImage',
    subject: APP,
    build: stack => { new ImageTags(stack, 'Tags', { image: image(stack), tags: ['prod'] }); },
  },
  'scan-gate': {
    type: 'Custom::EcrScanGate',
    handle: scanGateHandler,
    request: 'Create',
    action: 'ecr:DescribeImages',
    subject: APP,
    build: stack => { new ScanGate(stack, 'Gate', { image: image(stack), limits: { critical: 0 } }); },
  },
  'public-repository': {
    type: 'Custom::EcrPublicRepository',
    handle: publicRepositoryHandler,
    request: 'Create',
    action: 'ecr-public:CreateRepository',
    subject: 'Public repository \'team/app\'',
    build: stack => { new PublicRepository(stack, 'Gallery', { repositoryName: 'team/app' }); },
  },
  'prefix-lifecycle': {
    type: 'Custom::EcrPrefixLifecycle',
    handle: prefixLifecycleHandler,
    request: 'Create',
    action: 'ecr:TagResource',
    subject: 'Repositories under \'team/\': 1 of 1 could not be changed: Repository \'team/app\'',
    build: stack => { new registry.PrefixLifecycle(stack, 'PrefixLifecycle', { prefix: 'team/', lifecycle }); },
  },
  'prefix-teardown': {
    type: 'Custom::EcrPrefixTeardown',
    handle: prefixTeardownHandler,
    request: 'Delete',
    action: 'ecr:DescribeRepositories',
    subject: 'Repositories under \'team/\' were not all deleted: us-east-1',
    build: stack => { new PrefixTeardown(stack, 'Prefix', { prefix: 'team/', requireTag }); },
  },
};
const kinds = Object.entries(KINDS);

function deny(kind: Limit['kind'], action: string, hasStatement = true): void {
  const [Action, ...rest] = hasStatement ? ['*'] : ['logs:*', 'cloudformation:*'];
  account.ecr.principals.limit({
    kind,
    policy: [
      { Effect: 'Allow', Action: [Action, ...rest], Resource: '*' },
      ...hasStatement ? [{ Effect: 'Deny' as const, Action: action, Resource: '*' }] : [],
    ],
  });
}

async function reasonOf({ type, handle, request, build }: Kind): Promise<string> {
  const stack = DeployedStack.of('Test', build);
  const [logicalId] = stack.logicalIds(type);
  account.ecr.layers = 'modelled';
  account.ecr.seed({ repositoryName: 'to' });
  account.ecr.seed({ repositoryName: 'team/app', tags: stack.nativeRepositories()[0]?.tags ?? { stage: 'test' } });
  account.ecr.addRealImage({ repositoryName: 'team/app', seed: 1, tags: ['v1'] });
  const story = account.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS');
  if (request !== 'Create') story.status('CREATE_COMPLETE').status(request === 'Delete' ? 'DELETE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS');
  for (const native of stack.logicalIds('AWS::ECR::Repository')) {
    story.resource(native, { type: 'AWS::ECR::Repository', physicalId: 'team/app' });
  }
  const answer: Answer = await account.request(handle, stack, request, logicalId);
  expect(answer).toMatchObject({ Status: 'FAILED' });
  return answer!.Reason;
}

/** Number of calls that were denied, most of one operation. */
function denials(): number {
  const counts = new Map<string, number>();
  for (const { operation, outcome } of [...account.ecr.calls, ...account.ecrPublic.calls]) {
    if (outcome === 'AccessDeniedException') counts.set(operation, (counts.get(operation) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

test('every handler of a custom resource has a row', () => {
  const folders = readdirSync(join(__dirname, '../../../src/core/wire'));
  expect(Object.keys(KINDS).filter(handler => !folders.includes(`${handler}.ts`))).toEqual([]);
  const types = folders.flatMap(file => Object.values(jest.requireActual<object>(`../../../src/core/wire/${file}`)))
    .filter(value => typeof value === 'string' && value.startsWith('Custom::'));
  expect(kinds.map(([, { type }]) => type).sort()).toEqual(types.sort());
});

describe.each(kinds)('%s', (_, kind) => {
  const tags = /TagResource|CreateRepository/.test(kind.action) ? ' with tag keys that begin with \'cdk-ecr-keeper:\'' : '';

  test('fails at the first call that a service control policy denies, and says so in the first line', async () => {
    deny('service control policy', kind.action);
    const reason = await reasonOf(kind);
    expect(reason).toContain(`${kind.subject}: a service control policy of the organization denies ${kind.action}${tags} to the calling`
      + ' role. Have the administrators of the organization allow it, then try again.');
    expect(reason.indexOf(kind.subject)).toBe(0);
    expect(reason).toMatch(/[\n ]User: .* with an explicit deny in a service control policy/);
    expect(denials()).toBe(1);
  });
});

describe('a denied call', () => {
  const kind = KINDS['repository-policy'];

  test.each<[Limit['kind'], boolean, string]>([
    ['resource control policy', true, 'a resource control policy of the organization denies'],
    ['permissions boundary', true, 'a permissions boundary denies'],
    ['VPC endpoint policy', true, 'a VPC endpoint policy denies'],
    ['session policy', true, 'a session policy denies'],
    ['service control policy', false, 'a service control policy of the organization denies'],
  ])('is not repeated if a %s denies it (with a statement: %s)', async (limit, hasStatement, words) => {
    deny(limit, kind.action, hasStatement);
    expect(await reasonOf(kind)).toContain(`${kind.subject}: ${words} ecr:`);
    expect(denials()).toBe(1);
  });

  test.each<Limit['kind']>([
    'permissions boundary', 'VPC endpoint policy',
  ])('is repeated if no statement of a %s allows it', async limit => {
    deny(limit, kind.action, false);
    expect(await reasonOf(kind)).toContain(`${kind.subject}: a ${limit} denies ecr:`);
    expect(denials()).toBeGreaterThan(10);
  });

  test('is explained in the same way if the message has the ARN of the policy after its kind', () => {
    const error = Object.assign(new Error('User: u is not authorized to perform: ecr:PutImage on resource: r with an explicit deny in a'
      + ' service control policy: arn:aws:organizations::111111111111:policy/o-1/p-1'), { name: 'AccessDeniedException' });
    expect(explain(error, APP)).toMatch(/^Repository 'team\/app': a service control policy of the organization denies ecr:PutImage .*\nUser/);
  });
});

test.each([
  ['AccessDeniedException', 'cdk-ecr-keeper:teardown-by'], ['InvalidTagParameterException', 'cost-center'],
])('a tag that a tag policy does not allow is named in the first line, whatever the error is called: %s', async (name, key) => {
  const message = `The tag policy does not allow the specified value for the following tag key: '${key}'.`;
  const service = account.ecr as unknown as { refuse(call: { readonly operation: string }): void };
  const refuse = service.refuse.bind(service);
  jest.spyOn(service, 'refuse').mockImplementation((...call) => {
    if (call[0].operation === 'TagResource') throw new AwsError(name, message);
    refuse(...call);
  });
  const [first] = (await reasonOf(KINDS.teardown)).split('\n');
  expect(first).toBe(`${APP}: a tag policy of the organization does not allow the tag '${key}'. Have the administrators of the organization`
    + ' remove the key from the policy, or allow all its values, then try again.');
});
