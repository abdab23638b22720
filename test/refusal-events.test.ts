import { CfnElement, Stack } from 'aws-cdk-lib';
import { DeployedStack } from './lambda/deployed-stack';
import { Answer, Handle, LocalAccount, RequestType } from './lambda/local-account';
import { matchesPattern } from './local-eventbridge/event-pattern';
import { lifecycleGuardHandler } from '../lambda/lifecycle-guard/handler';
import { lifecyclePolicyHandler } from '../lambda/lifecycle-policy/handler';
import { prefixLifecycleHandler } from '../lambda/prefix-lifecycle/handler';
import { prefixTeardownHandler } from '../lambda/prefix-teardown/handler';
import { publicRepositoryHandler } from '../lambda/public-repository/handler';
import { teardownHandler } from '../lambda/teardown/handler';
import {
  fleet, LifecycleGuard, LifecyclePolicy, LifecycleRule, PrefixTeardown, PublicRepository, PublicTeardown, registry, Repository,
  RepositoryLifecycle, Teardown,
} from '../src';
import { REFUSING_RESOURCE_TYPES } from '../src/core/events/refusal';

const NAME = 'team/app';
const MAX = { maxImages: 5 };
const requireTag = { key: 'stage', value: 'test' };
const lifecycle = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(2)]);
const lifecycleGuard = LifecycleGuard.refuse(MAX);

let account: LocalAccount;
beforeEach(async () => {
  account = await LocalAccount.start('in-process');
  for (const name of [NAME, 'cache/alpine']) account.ecr.seed({ repositoryName: name, images: 9, kind: 'flat', tags: { stage: 'test' } });
});
afterEach(() => account.stop());

/** How a construct is refused: the last request, before which others succeed. */
interface Refusal {
  readonly type: string;
  readonly handler: Handle;
  readonly build: (scope: Stack) => { onRefused: Repository['onRefused'] };
  readonly request: RequestType;
  readonly status: string;
  readonly reason: string;
}

const refusals: Refusal[] = [
  {
    type: 'Custom::EcrTeardown',
    handler: teardownHandler,
    request: 'Delete',
    status: 'DELETE_IN_PROGRESS',
    reason: 'was not deleted: ',
    build: scope => new Repository(scope, 'App', { repositoryName: NAME, teardown: Teardown.deleteWithImages(MAX) }),
  },
  {
    type: 'Custom::EcrTeardown',
    handler: teardownHandler,
    request: 'Delete',
    status: 'DELETE_IN_PROGRESS',
    reason: 'was not emptied: ',
    build: scope => new Repository(scope, 'App', { repositoryName: NAME, teardown: Teardown.empty(MAX) }),
  },
  {
    type: 'Custom::EcrPrefixTeardown',
    handler: prefixTeardownHandler,
    request: 'Delete',
    status: 'DELETE_IN_PROGRESS',
    reason: 'were not deleted: ',
    build: scope => new PrefixTeardown(scope, 'App', { prefix: 'cache/', requireTag, ...MAX }),
  },
  {
    type: 'Custom::EcrPublicRepository',
    handler: publicRepositoryHandler,
    request: 'Delete',
    status: 'DELETE_IN_PROGRESS',
    reason: 'was not deleted: ',
    build: scope => new PublicRepository(scope, 'App', { repositoryName: NAME, teardown: PublicTeardown.deleteWithImages(MAX) }),
  },
  {
    type: 'Custom::EcrLifecycleGuard',
    handler: lifecycleGuardHandler,
    request: 'Update',
    status: 'UPDATE_IN_PROGRESS',
    reason: 'the lifecycle policy was refused by its guard, ',
    build: scope => new Repository(scope, 'App', { repositoryName: NAME, lifecycle, lifecycleGuard }),
  },
  {
    type: 'Custom::EcrLifecyclePolicy',
    handler: lifecyclePolicyHandler,
    request: 'Create',
    status: 'CREATE_IN_PROGRESS',
    reason: 'the lifecycle policy was refused by its guard, ',
    build: scope => new RepositoryLifecycle(scope, 'App', {
      repository: Repository.fromRepositoryName(scope, 'Import', NAME), lifecycle, lifecycleGuard,
    }),
  },
  {
    type: 'Custom::EcrPrefixLifecycle',
    handler: prefixLifecycleHandler,
    request: 'Create',
    status: 'CREATE_IN_PROGRESS',
    reason: 'the lifecycle policy was refused by its guard for ',
    build: scope => new registry.PrefixLifecycle(scope, 'App', { prefix: 'cache/', lifecycle, guard: lifecycleGuard }),
  },
];

/** A stack with the construct, its rule, and the rule for all refusals. */
function stackOf({ build }: Refusal, name = 'Test'): DeployedStack {
  return DeployedStack.of(name, scope => {
    build(scope).onRefused('Refused');
    new fleet.RefusalRule(scope, 'All');
  });
}

async function send(stack: DeployedStack, { type, handler, request, status }: Refusal): Promise<Answer> {
  const [id] = stack.logicalIds(type);
  const told = account.cloudFormation.stack(stack.stackId);
  const natives = stack.logicalIds('AWS::ECR::Repository');
  for (const { repositoryName, tags } of stack.nativeRepositories()) account.ecr.retag(repositoryName, tags);
  for (const native of natives) told.resource(native, { physicalId: NAME, type: 'AWS::ECR::Repository' });
  if (type === 'Custom::EcrPublicRepository') {
    told.status('CREATE_IN_PROGRESS');
    await account.request(handler, stack, 'Create', id);
    account.ecrPublic.seed({ repositoryName: NAME, images: 9, kind: 'flat' });
  }
  if (request !== 'Create') told.status('CREATE_COMPLETE');
  told.status(status);
  return account.request(handler, stack, request, id, {
    ResourceType: type, OldResourceProperties: request === 'Update' ? stack.customResourceProperties(id) : undefined,
  });
}

/** Returns how many events of the stack each rule gets: the rule of the construct, and the rule for all refusals. */
function received(rules: DeployedStack, stackId = rules.stackId): number[] {
  const events = account.cloudFormation.statusChanges(stackId) as Array<Record<string, unknown>>;
  return rules.eventPatterns().map(pattern => events.filter(event => matchesPattern(pattern, event)).length);
}

const cases = refusals.map(refusal => [`${refusal.type}: ${refusal.reason}`, refusal] as const);

test.each(cases)('each refusal is one event for the rule of its construct and for the rule of all: %s', async (_what, refusal) => {
  const stack = stackOf(refusal);
  const answer = await send(stack, refusal);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(refusal.reason) });
  expect(received(stack)).toEqual([1, 1]);
});

test.each(cases)('a failure that is no refusal is no event: %s', async (_what, refusal) => {
  const stack = stackOf(refusal);
  account.replaceStack(stack);
  account.ecr.principal('ROLE', { policy: [] });
  expect(await send(stack, refusal)).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/denied|not authorized/) });
  expect(account.cloudFormation.statusChanges(stack.stackId)).not.toEqual([]);
  expect(received(stack)).toEqual([0, 0]);
});

test.each(cases)('a success is no event: %s', async (_what, refusal) => {
  const stack = stackOf(refusal);
  account.cloudFormation.stack(stack.stackId).resourceEvent(stack.logicalIds(refusal.type)[0], refusal.type, 'DELETE_COMPLETE');
  expect(received(stack)).toEqual([0, 0]);
});

test('a refusal in another stack is an event only for the rule of all', async () => {
  const [refusal] = refusals;
  const own = stackOf(refusal);
  const other = stackOf(refusal, 'Other');
  await send(other, refusal);
  expect(received(own, other.stackId)).toEqual([0, 1]);
});

test('a resource of another type that fails with the same text is no event for the rule of all', () => {
  const stack = stackOf(refusals[0]);
  account.cloudFormation.stack(stack.stackId).status('DELETE_IN_PROGRESS')
    .resourceEvent('Theirs', 'Custom::Theirs', 'DELETE_FAILED', 'Repository \'x\' was not deleted: no reason');
  expect(received(stack)).toEqual([0, 0]);
});

test('a rule names the final logical id of a resource that is renamed after it was created', () => {
  const [pattern] = DeployedStack.of('Test', scope => {
    const repository = refusals[0].build(scope);
    repository.onRefused('Refused');
    for (const each of scope.node.findAll()) {
      if (each instanceof CfnElement && each.node.path.includes('Teardown/Default')) each.overrideLogicalId('Renamed');
    }
  }).eventPatterns();
  expect(JSON.stringify(pattern)).toContain('"logical-resource-id":["Renamed"]');
});

test('each type of resource that can refuse has a refusal here', () => {
  expect([...new Set(refusals.map(({ type }) => type))].sort()).toEqual([...REFUSING_RESOURCE_TYPES].sort());
});
