import type { Stack } from 'aws-cdk-lib';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { Repository, Teardown } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, crowd, send, startForEachTest, status } from '../handler-scene';

startForEachTest({ handler: teardownHandler, resourceType: 'Custom::EcrTeardown' });

const build = (scope: Stack) => { new Repository(scope, 'App', { repositoryName: 'team/app', teardown: Teardown.deleteWithImages() }); };
const reads = () => account.cloudFormation.calls.map(({ operation }) => operation);

/** Deletes a stack after these statuses, with the given number of events of the deletion. A crowd fills more than a page. */
async function deleted(statuses: readonly string[], { events = 0, isCrowded = false } = {}) {
  const stack = DeployedStack.of('Test', build);
  account.ecr.seed({ ...stack.nativeRepositories()[0], images: 3, kind: 'flat' });
  status(stack, statuses[0]);
  if (isCrowded) crowd(stack);
  status(stack, ...statuses.slice(1));
  if (isCrowded) crowd(stack);
  status(stack, 'DELETE_IN_PROGRESS');
  for (let nth = 0; nth < events; nth++) account.cloudFormation.stack(stack.stackId).resourceEvent(`R${nth}`, 'AWS::X', 'DELETE_COMPLETE');
  account.cloudFormation.clearCalls();
  return send(stack, 'Delete');
}

const FINISHED = [
  ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'],
  ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'],
  ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE'],
  ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS', 'DELETE_FAILED'],
];
const UNFINISHED = [
  ['CREATE_IN_PROGRESS'],
  ['CREATE_IN_PROGRESS', 'CREATE_FAILED'],
  ['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_FAILED'],
  ['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'DELETE_IN_PROGRESS', 'DELETE_FAILED'],
];

const named = (all: readonly string[][]) => all.map((statuses): [string, string[]] => [statuses.join(', '), statuses]);

describe.each<[string, () => void]>([
  ['returns the last operations', () => undefined],
  ['returns no operations', () => { account.cloudFormation.tellsOperations = false; }],
  ['returns only the last operation', () => account.readings.set('last-operations-newest-first', 'other')],
  ['returns the oldest event of an operation first', () => account.readings.set('operation-events-newest-first', 'other')],
])('if CloudFormation %s', (_how, prepare) => {
  beforeEach(prepare);

  test.each(named(FINISHED))('deletes after %s', async (_names, statuses) => {
    expect(await deleted(statuses)).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/app').exists).toBe(false);
  });

  test.each(named(UNFINISHED))('refuses after %s, because the creation never finished', async (_names, statuses) => {
    expect(await deleted(statuses)).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('this stack never finished') });
    expect(account.ecr.images('team/app')).toBe(3);
  });

  test('decides by the events of the stack if a page of the operation shows no end', async () => {
    expect(await deleted(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'], { isCrowded: true })).toMatchObject({ Status: 'SUCCESS' });
    expect(reads()).toContain('DescribeStackEvents');
  });
});

test.each(['assumed', 'other'] as const)('finds the end of the creation in pages of events, while other resources are being deleted'
  + ' (event-pages-stable: %s)', async reading => {
  account.readings.set('event-pages-stable', reading);
  account.cloudFormation.tellsOperations = false;
  account.cloudFormation.onCall = ({ operation, input }) => {
    if (operation !== 'DescribeStackEvents') return;
    account.cloudFormation.stack(String(input.StackName)).resourceEvent('Late', 'AWS::X', 'DELETE_COMPLETE');
  };
  expect(await deleted(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'], { events: 9 })).toMatchObject({ Status: 'SUCCESS' });
  expect(reads().filter(operation => operation === 'DescribeStackEvents').length).toBeGreaterThan(2);
});

test.each([
  ['assumed', { Status: 'SUCCESS' }, 0],
  ['other', { Status: 'FAILED', Reason: expect.stringContaining('do not show whether its creation ever finished') }, 3],
] as const)('a stack that did not change for 91 days is deleted, or refused with a command if its events are gone (events-reach-back: %s)',
  async (reading, expected, images) => {
    account.readings.set('events-reach-back', reading);
    const stack = DeployedStack.of('Test', build);
    account.ecr.seed({ ...stack.nativeRepositories()[0], images: 3, kind: 'flat' });
    status(stack, 'CREATE_IN_PROGRESS', 'CREATE_COMPLETE');
    account.cloudFormation.stack(stack.stackId).passDays(91);
    status(stack, 'DELETE_IN_PROGRESS');
    expect(await send(stack, 'Delete')).toMatchObject(expected);
    expect(account.ecr.repository('team/app').exists ? account.ecr.images('team/app') : 0).toBe(images);
  });

test('reads the same however many resources of the stack were deleted before', async () => {
  expect(await deleted(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'], { events: 400 })).toMatchObject({ Status: 'SUCCESS' });
  expect(reads()).toEqual(['DescribeStacks', 'DescribeStackResource', 'DescribeEvents']);
});

test.each([
  'accessDenied', 'serverError', 'reset',
] as const)('reads the events of the stack if the events of an operation fail with %s', async kind => {
  account.cloudFormation.faults.add({ operation: 'DescribeEvents', kind, times: 99 });
  expect(await deleted(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'])).toMatchObject({ Status: 'SUCCESS' });
  expect(reads()).toContain('DescribeStackEvents');
});
