import { DescribeStackResourcesCommand, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import type { Probe, ProbeWorld } from './probe';

const FAKE = 'local-cloudformation/local-cloudformation.ts';

/** Returns clients of a role with a permission on all stacks, but not on `*`. */
function onStacks(world: ProbeWorld, action: string) {
  const Resource = `arn:aws:cloudformation:${world.region}:${world.account}:stack/*`;
  return world.role([{ Effect: 'Allow', Action: `cloudformation:${action}`, Resource }]);
}

/** Returns whether IAM allows a call, which can fail for another reason. */
function isAllowed(call: Promise<unknown>): Promise<string> {
  return call.then(() => 'allowed', (error: Error) => error.name.startsWith('AccessDenied') ? 'denied' : 'allowed');
}

/** What AWS CloudFormation answers without a stack. */
export const CLOUDFORMATION = [
  {
    id: 'physical-id-message',
    fact: 'The error for a physical ID that no stack has is "Stack for X does not exist"',
    assumed: 'ValidationError: Stack for X does not exist',
    other: 'ValidationError: Stack of resource \'X\' does not exist',
    fake: FAKE,
    rests: ['lambda/shared/repository/owning-stack.ts', 'cli/adopt/stacks.ts'],
    otherwise: 'test/lambda/prefix-teardown/readings.test.ts',
    async ask(world) {
      const PhysicalResourceId = world.name('missing');
      return world.clients.cloudFormation.send(new DescribeStackResourcesCommand({ PhysicalResourceId }))
        .then(() => 'found', ({ name, message }: Error) => `${name}: ${message.replaceAll(PhysicalResourceId, 'X')}`);
    },
  },
  {
    id: 'physical-id-iam',
    fact: 'DescribeStackResources by physical ID needs a permission on *, not on stacks',
    assumed: 'denied',
    other: 'allowed',
    fake: FAKE,
    rests: ['src/private/teardown/teardown-permissions.ts', 'cli/adopt/help.ts'],
    otherwise: 'test/lambda/prefix-teardown/readings.test.ts',
    async ask(world) {
      const { cloudFormation } = await onStacks(world, 'DescribeStackResources');
      return isAllowed(cloudFormation.send(new DescribeStackResourcesCommand({ PhysicalResourceId: world.name('missing') })));
    },
  },
  {
    id: 'list-stacks-iam',
    fact: 'ListStacks needs a permission on *, not on stacks',
    assumed: 'denied',
    other: 'allowed',
    fake: FAKE,
    rests: ['cli/adopt/help.ts'],
    otherwise: 'docs/guides/adoption.md',
    async ask(world) {
      const { cloudFormation } = await onStacks(world, 'ListStacks');
      return isAllowed(cloudFormation.send(new ListStacksCommand({})));
    },
  },
] as const satisfies readonly Probe[];
