import { createHash } from 'node:crypto';
import { pluralize } from '../../../src/core/format';
import { markKey, markValue } from '../../../src/core/mark';
import { PUBLIC_REGION } from '../../../src/core/public-repository/region';
import type { Refusal } from '../../../src/core/teardown/guards';
import { TEARDOWN_CODE_TAG } from '../../../src/core/wire/teardown';
import { explain, UserError } from '../protocol/errors';
import type { CustomResourceRequest, Job } from '../protocol/job';
import { readStack, StackState, stackName } from '../protocol/stack';

const CODE_LENGTH = 12;
/** The value of a tag has at most 256 characters. */
const CODES_IN_A_TAG = 19;
/** An answer to CloudFormation has at most 4 KB, and the command in it must not be cut off. */
const REASONS_SHOWN = 3;

/**
 * The override code, which lifts exactly these refusals. Each refusal has a code of its own, so that it stays lifted when another one has
 * ceased meanwhile. Another stack, repository, guard or limit has another code.
 */
export function refusalCode(request: CustomResourceRequest, arn: string, refusals: readonly Refusal[]): string {
  const hash = (subject: unknown) => createHash('sha256').update(JSON.stringify(subject)).digest('hex').slice(0, CODE_LENGTH);
  const distinct = (all: readonly string[]) => [...new Set(all)].sort();
  const liftable = refusals.filter(({ isFinal }) => !isFinal);
  const each = distinct(liftable.map(({ limit }) => limit));
  const limits = each.length > CODES_IN_A_TAG ? distinct(liftable.map(({ limit, general = limit }) => general)) : each;
  // no limit where only the mark is missing
  return limits.length === 0 || limits.length > CODES_IN_A_TAG ? hash([request.StackId, arn, ...limits])
    : limits.map(limit => hash([request.StackId, arn, limit])).join('.');
}

export interface RefusalContext {
  /** How the message names what was not changed: a repository, or all repositories under a prefix. */
  readonly subject: string;
  /** What the code is for. */
  readonly arn: string;
  /** The repository whose tag lifts the refusal. @default - that of `arn` */
  readonly taggedArn?: string;
  readonly outcome: 'deleted' | 'emptied';
  readonly refusals: readonly Refusal[];
  /** The handler whose mark is missing, if it is. */
  readonly missingMark?: string;
  /** What else the stack would have to retain for the repository to stay. */
  readonly logicalIds: readonly string[];
}

/** The refusals that no code on the repository lifts. */
export function findOpenRefusals(
  request: CustomResourceRequest, arn: string, refusals: readonly Refusal[], tags: ReadonlyMap<string, string>,
): Refusal[] {
  const code = tags.get(TEARDOWN_CODE_TAG);
  const codes = code?.split('.') ?? [];
  const isLifted = (limit: string) => codes.includes(refusalCode(request, arn, [{ limit, because: '' }]));
  const isAllLifted = code === refusalCode(request, arn, refusals);
  return refusals.filter(({ limit, general = limit, isFinal }) => isFinal || !(isAllLifted || isLifted(limit) || isLifted(general)));
}

/**
 * Returns when nothing refuses, or when a person set the codes of all refusals, which is logged.
 *
 * @throws UserError when it is refused
 */
export function throwIfRefused(
  job: Job<unknown>, stack: StackState | undefined, tags: ReadonlyMap<string, string>, context: RefusalContext,
): void {
  const { subject, arn, outcome, refusals, missingMark } = context;
  const openRefusals = findOpenRefusals(job.request, arn, refusals, tags);
  if (missingMark !== undefined || openRefusals.length > 0) throw refusalError(job, stack, context, openRefusals);
  if (refusals.length === 0) return;
  const reasons = refusals.map(({ because }) => because).join('; and ');
  job.log(`${subject} is ${outcome} although ${reasons}: its tag ${TEARDOWN_CODE_TAG} lifts that`);
}

/**
 * What a person reads in the events of a stack that is DELETE_FAILED, where no deployment can change anything any more.
 *
 * @param stack undefined when it is not being deleted: then the next deployment checks again
 * @param openRefusals the refusals to explain; the command lifts all
 */
export function refusalError(
  { request, log }: Job<unknown>, stack: StackState | undefined, context: RefusalContext, openRefusals = context.refusals,
): UserError {
  const { subject, arn, taggedArn = arn, outcome, refusals, missingMark, logicalIds } = context;
  const [, , service, region] = taggedArn.split(':');
  const mark = missingMark === undefined ? ''
    : `Key=${markKey(missingMark)},Value=${markValue(request.StackId, request.LogicalResourceId)} `;
  const code = `Key=${TEARDOWN_CODE_TAG},Value=${refusalCode(request, arn, refusals)}`;
  const reasons = [
    ...missingMark === undefined ? [] : [`its tag ${markKey(missingMark)}, which named this stack, was removed`],
    ...openRefusals.map(({ because }) => because),
  ];
  const more = reasons.length - REASONS_SHOWN;
  if (more > 0) for (const reason of reasons) log(`${subject} was not ${outcome}: ${reason}`);
  const shownReasons = reasons.slice(0, REASONS_SHOWN).join('; and ');
  const hasCommand = mark !== '' || refusals.some(({ isFinal }) => !isFinal);
  return new UserError([
    `${subject} was not ${outcome}:`
    + ` ${shownReasons}${more > 0 ? `; and ${pluralize(more, 'more reason')}, in the log of the function` : ''}. `
    + (openRefusals.some(({ isFinal }) => isFinal) ? 'No code lifts the required tag: have its owner set it,'
      : `To ${outcome === 'deleted' ? 'delete' : 'empty'} it all the same,`)
    + `${hasCommand ? ' run this and' : ' then'} ${stack ? 'delete the stack' : 'deploy'} again${hasCommand ? ':' : ''}`,
    ...hasCommand
      ? [`aws ${service} tag-resource --region ${region || PUBLIC_REGION} --resource-arn ${taggedArn} --tags ${mark}${code}`] : [],
    ...stack ? commandToKeep(request, stack, logicalIds) : [],
  ].join('\n'));
}

/** Deleting the stack without these resources; CloudFormation accepts it only for a stack in DELETE_FAILED. */
function commandToKeep(request: CustomResourceRequest, { parentId }: StackState, logicalIds: readonly string[]): string[] {
  if (parentId) {
    return [`To keep it, delete the parent stack ${stackName(parentId)} with --retain-resources and the logical id that the nested stack`
      + ` ${stackName(request.StackId)} has there`];
  }
  return [
    'To keep it and delete the rest of the stack, run this instead:',
    `aws cloudformation delete-stack --region ${request.StackId.split(':')[3]} --stack-name ${stackName(request.StackId)}`
      + ` --retain-resources ${[request.LogicalResourceId, ...logicalIds].join(' ')}`,
  ];
}

/** Adds the way out of DELETE_FAILED to the failure of a Delete, since no deployment can mend it. */
export async function withWayOut(
  job: Job<unknown>, subject: string, logicalIds: readonly string[], work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const reason = explain(error, subject);
    if (job.signal.aborted || reason.includes('--retain-resources')) throw error;
    const stack = await readStack(job).catch(() => undefined);
    if (stack?.status !== 'DELETE_IN_PROGRESS') throw error;
    throw new UserError([reason, ...commandToKeep(job.request, stack, logicalIds)].join('\n'), { cause: error });
  }
}
