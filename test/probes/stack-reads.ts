import {
  DescribeEventsCommand, DescribeStackEventsCommand, DescribeStackResourcesCommand, DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { deployed } from './deleted-stacks';
import type { Probe, ProbeWorld } from './probe';
import { custom, ProbeStack } from './probe-stack';

const FAKE = 'local-cloudformation/local-cloudformation.ts';
const REASON_LENGTH = 3_000;

/** Returns how many resources CloudFormation finds by the physical ID of one. */
async function found({ clients: { cloudFormation } }: ProbeWorld, PhysicalResourceId: string): Promise<number> {
  return cloudFormation.send(new DescribeStackResourcesCommand({ PhysicalResourceId }))
    .then(({ StackResources = [] }) => StackResources.length, (error: Error) => {
      if (error.name === 'ValidationError') return 0;
      throw error;
    });
}

async function lastOperations({ clients: { cloudFormation } }: ProbeWorld, { id: StackName }: ProbeStack) {
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  return Stacks[0]?.LastOperations ?? [];
}

/** What CloudFormation says about a stack. */
export const STACK_READS = [
  {
    id: 'status-change-has-reason',
    fact: 'The event that EventBridge gets for a custom resource that failed contains the reason of its response',
    assumed: 'the reason',
    other: 'no reason',
    fake: FAKE,
    rests: ['src/core/events/refusal.ts'],
    otherwise: 'docs/guides/events-and-metrics.md',
    obstacle: 'needs a rule and a queue for its events, which a probe that is interrupted would leave behind',
    async ask(world) {
      const stack = await world.stack();
      await stack.deploy({ Custom: custom({ fails: 'Create', reasonLength: REASON_LENGTH }) });
      const events = JSON.stringify(world.fakes.cloudFormation.statusChanges(stack.id));
      return events.includes('Message returned: x') ? 'the reason' : 'no reason';
    },
  },
  {
    id: 'event-holds-whole-reason',
    fact: 'The event of a custom resource that failed contains the whole reason of its response, here 3,000 characters',
    assumed: 'whole',
    other: 'cut',
    fake: FAKE,
    rests: ['lambda/shared/teardown/refusal.ts', 'lambda/shared/teardown/override-code.ts', 'lambda/shared/protocol/stack.ts'],
    otherwise: 'test/lambda/teardown/stack-readings.test.ts',
    minutes: 4,
    async ask(world) {
      const stack = await world.stack();
      await stack.deploy({ Custom: custom({ fails: 'Create', reasonLength: REASON_LENGTH }) });
      const failed = (await stack.events()).find(({ LogicalResourceId, ResourceStatus }) =>
        LogicalResourceId === 'Custom' && ResourceStatus === 'CREATE_FAILED');
      const reason = failed?.ResourceStatusReason ?? '';
      return reason.includes(`${'x'.repeat(REASON_LENGTH - 3)}end`) ? 'whole' : reason.includes('xxx') ? 'cut' : 'missing';
    },
  },
  {
    id: 'last-operations-newest-first',
    fact: 'DescribeStacks returns the operation before the last one, too, after the last one',
    assumed: 'UPDATE_STACK, CREATE_STACK',
    other: 'UPDATE_STACK',
    fake: FAKE,
    rests: ['lambda/shared/protocol/stack.ts'],
    otherwise: 'test/lambda/teardown/history.test.ts',
    minutes: 3,
    async ask(world) {
      const stack = await world.stack();
      const Repository = stack.repository();
      await deployed(stack, { Repository });
      await deployed(stack, { Repository, Custom: custom() });
      return (await lastOperations(world, stack)).map(({ OperationType }) => OperationType).join(', ');
    },
  },
  {
    id: 'operation-events-newest-first',
    fact: 'DescribeEvents returns the newest event of an operation first',
    assumed: 'CREATE_COMPLETE',
    other: 'CREATE_IN_PROGRESS',
    fake: FAKE,
    rests: ['lambda/shared/protocol/stack.ts'],
    otherwise: 'test/lambda/teardown/history.test.ts',
    minutes: 2,
    async ask(world) {
      const stack = await world.stack();
      await deployed(stack, { Repository: stack.repository() });
      const [{ OperationId } = { OperationId: undefined }] = await lastOperations(world, stack);
      if (OperationId === undefined) return 'no operation';
      const { OperationEvents = [] } = await world.clients.cloudFormation.send(new DescribeEventsCommand({
        StackName: stack.id, OperationId,
      }));
      return OperationEvents.find(({ PhysicalResourceId }) => PhysicalResourceId === stack.id)?.ResourceStatus ?? 'no event';
    },
  },
  {
    id: 'physical-id-one-resource',
    fact: 'DescribeStackResources by the physical ID of a repository returns only the repository, not its whole stack',
    assumed: 'one resource',
    other: 'several resources',
    fake: FAKE,
    rests: ['lambda/shared/repository/owning-stack.ts', 'cli/adopt/owner.ts'],
    otherwise: 'test/cli/adopt-owner.test.ts',
    minutes: 3,
    async ask(world) {
      const stack = await world.stack();
      const repository = stack.repository();
      await deployed(stack, { Repository: repository, Custom: custom() });
      return ['none', 'one resource'][await found(world, repository.Properties.RepositoryName)] ?? 'several resources';
    },
  },
  {
    id: 'physical-id-any-type',
    fact: 'DescribeStackResources by physical ID finds a function by its name',
    assumed: 'found',
    other: 'not found',
    fake: FAKE,
    rests: ['lambda/shared/repository/owning-stack.ts'],
    otherwise: 'test/lambda/prefix-teardown/readings.test.ts',
    minutes: 3,
    async ask(world) {
      const stack = await world.stack();
      await deployed(stack, { Custom: custom() });
      return await found(world, stack.functionName) > 0 ? 'found' : 'not found';
    },
  },
  {
    id: 'physical-id-removed-resource',
    fact: 'DescribeStackResources by physical ID finds a repository that an update removed from its stack and kept',
    assumed: 'found',
    other: 'not found',
    fake: FAKE,
    rests: ['lambda/shared/repository/owning-stack.ts', 'cli/adopt/owner.ts'],
    otherwise: 'test/lambda/prefix-teardown/readings.test.ts',
    minutes: 3,
    async ask(world) {
      const stack = await world.stack();
      const repository = stack.repository({}, 'Retain');
      await deployed(stack, { Repository: repository, Custom: custom() });
      await deployed(stack, { Custom: custom() });
      return await found(world, repository.Properties.RepositoryName) > 0 ? 'found' : 'not found';
    },
  },
  {
    id: 'physical-id-deleted-stack',
    fact: 'DescribeStackResources by physical ID finds a repository that a deleted stack kept',
    assumed: 'found',
    other: 'not found',
    fake: FAKE,
    rests: ['lambda/shared/repository/owning-stack.ts', 'cli/adopt/owner.ts'],
    otherwise: 'test/lambda/prefix-teardown/readings.test.ts',
    minutes: 2,
    async ask(world) {
      const stack = await world.stack();
      const repository = stack.repository({}, 'Retain');
      await deployed(stack, { Repository: repository });
      await stack.delete();
      return await found(world, repository.Properties.RepositoryName) > 0 ? 'found' : 'not found';
    },
  },
  {
    id: 'events-reach-back',
    fact: 'The events of a stack reach back to its creation, however old it is',
    assumed: 'to the creation',
    other: 'not to the creation',
    fake: FAKE,
    rests: ['lambda/shared/protocol/stack.ts', 'lambda/shared/teardown/unfinished-creation.ts'],
    otherwise: 'test/lambda/teardown/history.test.ts',
    obstacle: 'needs a stack that is older than 90 days',
    async ask({ account, region, clients: { cloudFormation }, fakes }) {
      const StackName = `arn:aws:cloudformation:${region}:${account}:stack/probe/00000000-0000-0000-0000-000000000000`;
      const stack = fakes.cloudFormation.stack(StackName).status('CREATE_IN_PROGRESS').status('CREATE_COMPLETE');
      stack.passDays(91).status('UPDATE_IN_PROGRESS');
      const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
      return StackEvents.some(({ ResourceStatus }) => ResourceStatus === 'CREATE_IN_PROGRESS') ? 'to the creation' : 'not to the creation';
    },
  },
  {
    id: 'event-pages-stable',
    fact: 'Events that occur between two pages of the events of a stack do not shift the pages',
    assumed: 'each event once',
    other: 'an event twice',
    fake: FAKE,
    rests: ['lambda/shared/protocol/stack.ts'],
    otherwise: 'test/lambda/teardown/history.test.ts',
    obstacle: 'needs a stack with more than 100 events, and an event between two calls',
    async ask({ account, region, clients: { cloudFormation }, fakes }) {
      const StackName = `arn:aws:cloudformation:${region}:${account}:stack/probe/00000000-0000-0000-0000-000000000000`;
      const stack = fakes.cloudFormation.stack(StackName).status('CREATE_IN_PROGRESS');
      const happen = (logicalId: string) => stack.resourceEvent(logicalId, 'AWS::ECR::Repository', 'CREATE_COMPLETE');
      for (let nth = 0; nth < 6; nth++) happen(`R${nth}`);
      const first = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
      happen('New');
      const second = await cloudFormation.send(new DescribeStackEventsCommand({ StackName, NextToken: first.NextToken }));
      const seen = [first, second].flatMap(({ StackEvents = [] }) => StackEvents.map(({ EventId }) => EventId));
      return new Set(seen).size === seen.length ? 'each event once' : 'an event twice';
    },
  },
] as const satisfies readonly Probe[];
