import {
  DescribeEventsCommand, DescribeStackEventsCommand, DescribeStackResourceCommand, DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import type { OperationEntry, OperationEvent, Stack, StackEvent, StackResourceDetail } from '@aws-sdk/client-cloudformation';
import { UserError, isAccessDenied, isNamed } from './errors';
import type { Job } from './job';
import { sendCommand } from '../aws/send-command';

export interface StackState {
  readonly status: string;
  readonly rootId?: string;
  readonly parentId?: string;
  readonly operations?: readonly OperationEntry[];
}

/** Returns the current state of the stack of the request. */
export async function readStack(job: Job<unknown>, stackId = job.request.StackId): Promise<StackState> {
  const client = job.cloudFormation();
  job.progress(`reading the status of stack ${stackName(stackId)}`);
  const answer = await sendCommand(job, client, DescribeStacksCommand, { StackName: stackId });
  const stack: Stack | undefined = answer?.Stacks?.[0];
  if (!stack?.StackStatus) throw new Error(`CloudFormation returned no status of stack ${stackName(stackId)}`);
  return { status: stack.StackStatus, rootId: stack.RootId, parentId: stack.ParentId, operations: stack.LastOperations };
}

/**
 * Returns the current physical id of another resource of the same stack.
 *
 * @returns undefined if the resource does not exist yet, or no longer exists
 */
export async function physicalIdOf(job: Job<unknown>, logicalId: string): Promise<string | undefined> {
  const resource = await describeResource(job, logicalId);
  const isGone = resource?.ResourceStatus?.startsWith('DELETE_') === true && resource.ResourceStatus !== 'DELETE_FAILED';
  return isGone || !resource?.PhysicalResourceId ? undefined : resource.PhysicalResourceId;
}

/** Returns the current state of another resource of the same stack; undefined if CloudFormation does not know it. */
export async function describeResource(job: Job<unknown>, logicalId: string): Promise<StackResourceDetail | undefined> {
  const { request: { StackId } } = job;
  const client = job.cloudFormation();
  job.progress(`looking for ${logicalId} in stack ${stackName(StackId)}`);
  try {
    const input = { StackName: StackId, LogicalResourceId: logicalId };
    const answer = await sendCommand(job, client, DescribeStackResourceCommand, input);
    return answer?.StackResourceDetail;
  } catch (error) {
    // "Resource X does not exist for stack Y": the error for a missing stack has the same name
    if (isNamed(error, 'ValidationError') && /^Resource /.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** What happens to the whole stack in the operation that sends a Delete request. */
export type StackEnd = 'deleted' | 'creation-undone' | 'stays';

/**
 * Returns what happens to the whole stack. A Delete request alone does not show that: CloudFormation also sends it when a resource leaves
 * the template, moves, or is rolled back. A nested stack is deleted permanently only with its root. If it is deleted while its root rolls
 * back, the operation that is rolled back created it.
 */
export async function readStackEnd(job: Job<unknown>, own: StackState): Promise<StackEnd> {
  if (own.status === 'ROLLBACK_IN_PROGRESS') return 'creation-undone';
  if (own.status !== 'DELETE_IN_PROGRESS') return 'stays';
  if (own.rootId === undefined || own.rootId === job.request.StackId) return 'deleted';
  try {
    const { status } = await readStack(job, own.rootId);
    if (status === 'DELETE_IN_PROGRESS') return 'deleted';
    return isRollingBackNow(status) ? 'creation-undone' : 'stays';
  } catch (error) {
    throw new UserError(
      `The root stack '${stackName(own.rootId)}' cannot be read${isAccessDenied(error) ? ' (access denied)' : ''}, so it is unknown whether`
      + ' it is being deleted. Nothing was deleted. Allow the function\'s role to call cloudformation:DescribeStacks and'
      + ` cloudformation:DescribeStackEvents on it, then try again.\n${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** Whether the whole stack is being deleted permanently. */
export async function isStackDeletion(job: Job<unknown>, own: StackState): Promise<boolean> {
  return await readStackEnd(job, own) === 'deleted';
}

/** A status that a stack can have only after its creation finished, whatever happens later. */
const STABLE = /^(CREATE|(UPDATE|IMPORT)(_ROLLBACK)?)_COMPLETE$/;

/**
 * Returns a status of the stack before its deletion that shows whether its creation ever finished: any status that proves it, or else the
 * last one. Nothing else distinguishes the deletion after a failed first deployment from any other deletion.
 *
 * The events of the stack are read back through the deletion, which has more events the larger the stack is. Of an earlier operation, one
 * page is read, and it counts only if it proves that the creation finished.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events-by-operation.html
 *
 * @returns undefined if CloudFormation's events do not reach back to it
 */
export async function statusBeforeDeletion(
  job: Job<unknown>, stackId: string, { operations = [] }: Pick<StackState, 'operations'>,
): Promise<string | undefined> {
  const client = job.cloudFormation();
  job.progress(`reading events of stack ${stackName(stackId)}`);
  for (const { OperationId } of operations.filter(({ OperationType }) => OperationType !== 'DELETE_STACK')) {
    const input = { StackName: stackId, OperationId };
    const page = await sendCommand({ ...job, patience: 0 }, client, DescribeEventsCommand, input).catch(() => undefined);
    const proof = page?.OperationEvents?.find(({ PhysicalResourceId, ResourceStatus }) =>
      PhysicalResourceId === stackId && STABLE.test(ResourceStatus!));
    if (proof) return proof.ResourceStatus;
  }
  for await (const events of readEvents(job, stackId)) {
    const event = events.find(candidate => candidate.PhysicalResourceId === stackId && !candidate.ResourceStatus?.startsWith('DELETE_'));
    if (event) return event.ResourceStatus;
  }
  return undefined;
}

/** Returns the events of a stack page by page, the newest first. */
async function* readEvents(job: Job<unknown>, stackId: string): AsyncGenerator<readonly StackEvent[]> {
  const client = job.cloudFormation();
  let NextToken: string | undefined;
  do {
    const input = { StackName: stackId, NextToken };
    const page = await sendCommand(job, client, DescribeStackEventsCommand, input);
    yield page?.StackEvents ?? [];
    NextToken = page?.NextToken;
  } while (NextToken);
}

/**
 * Returns the reasons of this resource's failures since that time, the newest first, some of them twice.
 *
 * A stack has few failure events, however large it is. All events are read back to that time only if those do not suffice or cannot be
 * read.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
 */
export async function* readFailures(job: Job<unknown>, since: number): AsyncGenerator<string> {
  const { request: { StackId: StackName, LogicalResourceId: logicalId } } = job;
  const client = job.cloudFormation();
  const reasonsOf = (events: ReadonlyArray<OperationEvent | StackEvent> = []) => events.flatMap(event =>
    event.LogicalResourceId === logicalId && event.ResourceStatus?.endsWith('_FAILED') && event.Timestamp! >= new Date(since)
      ? event.ResourceStatusReason ?? [] : []);
  job.progress(`reading why ${logicalId} failed before`);
  const failedOnly = { StackName, Filters: { FailedEvents: true } };
  const failed = await sendCommand({ ...job, patience: 0 }, client, DescribeEventsCommand, failedOnly).catch(() => undefined);
  yield* reasonsOf(failed?.OperationEvents);
  for await (const events of readEvents(job, StackName)) {
    yield* reasonsOf(events);
    if (events.some(({ Timestamp }) => Timestamp! < new Date(since))) return;
  }
}

/** Returns when CloudFormation last began to create the resource of the request; undefined if its events do not reach back to it. */
export async function beginOfCreation(job: Job<unknown>): Promise<Date | undefined> {
  const { StackId, LogicalResourceId } = job.request;
  job.progress(`reading when the creation of ${LogicalResourceId} began`);
  for await (const events of readEvents(job, StackId)) {
    const begin = events.find(event => event.LogicalResourceId === LogicalResourceId && event.ResourceStatus === 'CREATE_IN_PROGRESS');
    if (begin) return begin.Timestamp;
  }
  return undefined;
}

export function hasFinishedCreation(status: string | undefined): boolean {
  return status !== undefined && !/^(CREATE_IN_PROGRESS|CREATE_FAILED|REVIEW_IN_PROGRESS|ROLLBACK_.*)$/.test(status);
}

/** Whether the stack rolls back. A refusal would then leave it in UPDATE_ROLLBACK_FAILED. */
export function isRollingBack(status: string): boolean {
  return status.includes('ROLLBACK_');
}

/** Whether the operation of the current request is a rollback. If the rollback has ended, the status is stale: the next operation runs. */
export function isRollingBackNow(status: string): boolean {
  return isRollingBack(status) && !status.endsWith('ROLLBACK_COMPLETE');
}

export function regionOf(stackId: string): string {
  return stackId.split(':')[3] ?? '';
}

export function stackName(stackId: string): string {
  return stackId.split('/')[1] ?? stackId;
}
