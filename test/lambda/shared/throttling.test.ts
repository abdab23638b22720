import type { Stack } from 'aws-cdk-lib';
import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { teardownHandler } from '../../../lambda/teardown/handler';
import {
  ExistingRepository, LifecyclePolicy, LifecycleRule, Repository, RepositoryLifecycle, RepositoryPrincipal, Teardown,
} from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { Handle, LocalAccount } from '../local-account';
import { THROTTLINGS } from '../throttlings';

let local: LocalAccount;
beforeEach(async () => { local = await LocalAccount.start('in-process'); });
afterEach(() => local.stop());

interface Kind {
  readonly type: string;
  readonly handle: Handle;
  readonly build: (stack: Stack) => void;
}

const sharedBy = (stack: Stack) => ExistingRepository.fromRepositoryName(stack, 'Import', 'team/app');
const TEARDOWN: Kind = {
  type: 'Custom::EcrTeardown',
  handle: teardownHandler,
  build: stack => { new Repository(stack, 'App', { repositoryName: 'team/app', teardown: Teardown.deleteWithImages() }); },
};
const LIFECYCLE: Kind = {
  type: 'Custom::EcrLifecyclePolicy',
  handle: lifecyclePolicyHandler,
  build: stack => {
    new RepositoryLifecycle(stack, 'Lifecycle', {
      repository: sharedBy(stack), lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(5)]),
    });
  },
};
const POLICY: Kind = {
  type: 'Custom::EcrRepositoryPolicy',
  handle: repositoryPolicyHandler,
  build: stack => { sharedBy(stack).grantPull(RepositoryPrincipal.accounts('222222222222')); },
};

/** Sends the request while the given number of calls of the operation is throttled. */
async function sendThrottled(
  { type, handle, build }: Kind, request: 'Create' | 'Delete', operation: string, times: number, remaining = 900_000,
) {
  const stack = DeployedStack.of('Test', build);
  const [logicalId] = stack.logicalIds(type);
  const [native] = stack.nativeRepositories();
  local.ecr.seed({ repositoryName: 'team/app', tags: native?.tags ?? {}, images: 1, kind: 'flat' });
  const story = local.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS');
  if (request === 'Delete') story.status('CREATE_COMPLETE').status('DELETE_IN_PROGRESS');
  for (const service of [local.ecr, local.cloudFormation]) service.faults.add({ operation, kind: 'throttle', times });
  return local.request(handle, stack, request, logicalId, { remaining });
}

test.each<[string, Kind, 'Create' | 'Delete', string]>([
  ...['DescribeStacks', 'DescribeEvents', 'ListTagsForResource', 'DeleteRepository', 'DescribeRepositories']
    .map((operation): [string, Kind, 'Delete', string] => ['a teardown', TEARDOWN, 'Delete', operation]),
  ...['GetLifecyclePolicy', 'TagResource', 'PutLifecyclePolicy']
    .map((operation): [string, Kind, 'Create', string] => ['a lifecycle policy', LIFECYCLE, 'Create', operation]),
  ...['GetRepositoryPolicy', 'SetRepositoryPolicy']
    .map((operation): [string, Kind, 'Create', string] => ['a repository policy', POLICY, 'Create', operation]),
])('%s waits out throttling for minutes: %s %s %s', async (_what, kind, request, operation) => {
  // a write of a policy is sent once between two pauses of up to 30 seconds: 40 of them can take longer than the function runs
  expect(await sendThrottled(kind, request, operation, 25)).toMatchObject({ Status: 'SUCCESS' });
});

describe.each(THROTTLINGS)('throttling as $name', ({ throttling }) => {
  test.each<[string, Kind, 'Create' | 'Delete', string]>([
    ['a teardown', TEARDOWN, 'Delete', 'DeleteRepository'],
    ['a teardown', TEARDOWN, 'Delete', 'DescribeStacks'],
    ['a repository policy', POLICY, 'Create', 'SetRepositoryPolicy'],
  ])('%s waits it out: %s %s %s', async (_what, kind, request, operation) => {
    for (const service of [local.ecr, local.cloudFormation]) service.throttling = throttling;
    expect(await sendThrottled(kind, request, operation, 10)).toMatchObject({ Status: 'SUCCESS' });
    expect([...local.ecr.calls, ...local.cloudFormation.calls].filter(({ fault }) => fault === 'throttle')).toHaveLength(10);
  });

  test('is named in the reason if it is permanent', async () => {
    local.ecr.throttling = throttling;
    const answer = await sendThrottled(TEARDOWN, 'Delete', 'DeleteRepository', Infinity, 60_000);
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('AWS throttled every attempt') });
  });
});

test('a teardown waits out throttling with the name in the user guide of ECR', async () => {
  local.readings.set('throttling-code', 'other');
  expect(await sendThrottled(TEARDOWN, 'Delete', 'DeleteRepository', 10)).toMatchObject({ Status: 'SUCCESS' });
  expect(local.ecr.calls.filter(({ outcome }) => outcome === 'ThrottleException')).toHaveLength(10);
});

test('permanent throttling fails the request before the function times out', async () => {
  const before = Date.now();
  const answer = await sendThrottled(TEARDOWN, 'Delete', 'DeleteRepository', Infinity, 120_000);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('AWS throttled every attempt') });
  expect(Date.now() - before).toBeLessThan(60_000);
  expect(local.ecr.images('team/app')).toBe(1);
});

test('a repository policy that was read after throttling is written without another read', async () => {
  expect(await sendThrottled(POLICY, 'Create', 'GetRepositoryPolicy', 10)).toMatchObject({ Status: 'SUCCESS' });
  const order = local.ecr.calls.filter(({ outcome }) => outcome !== 'ThrottlingException');
  expect(order.map(({ operation }) => operation).slice(0, 2)).toEqual(['GetRepositoryPolicy', 'SetRepositoryPolicy']);
});
