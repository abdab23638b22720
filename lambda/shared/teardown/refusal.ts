import { codeTag, findOpenRefusals, overrideCode, Override, removeCode, VALID_DAYS } from './override-code';
import type { Teardown } from './teardown';
import { pluralize } from '../../../src/core/format';
import { markKey, markValue } from '../../../src/core/mark';
import { PUBLIC_REGION } from '../../../src/core/public-repository/region';
import { isOfRequiredTag, Refusal } from '../../../src/core/teardown/guards';
import { TEARDOWN_CODE_TAG } from '../../../src/core/wire/teardown';
import { explain, UserError } from '../protocol/errors';
import type { CustomResourceRequest, Job } from '../protocol/job';
import { readStack, StackState, stackName } from '../protocol/stack';
import type { TaggedRepository } from '../repository/mark';

/** An answer to CloudFormation has at most 4 KB, and the command in it must not be cut off. */
const REASONS_SHOWN = 3;

/** The live mark of a repository. */
export interface LiveMark {
  /** The handler whose mark it is. */
  readonly handler: string;
  /** Its value; undefined if it was removed. */
  readonly live: string | undefined;
}

export interface RefusalContext {
  /** How the message names what was not changed: a repository, or all repositories under a prefix. */
  readonly subject: string;
  /** What the code is for. */
  readonly arn: string;
  /** The repository whose tag lifts the refusal. */
  readonly bearer: Pick<TaggedRepository, 'arn' | 'untag'>;
  readonly outcome: 'deleted' | 'emptied';
  readonly refusals: readonly Refusal[];
  /** The mark, where it does not name this resource. */
  readonly wrongMark?: LiveMark;
  /** The command that does the same without the function. */
  readonly manualCommand?: string;
}

export function refusalContext(
  { target, creator, manualCommand }: Teardown, outcome: RefusalContext['outcome'], refusals: readonly Refusal[], wrongMark?: LiveMark,
): RefusalContext {
  return {
    subject: target.subject,
    arn: target.arn,
    bearer: target,
    outcome,
    // IAM does not let the function delete a repository of somebody else without the tag, whatever code there is
    refusals: refusals.map(refusal => ({ ...refusal, isFinal: creator === 'others' && isOfRequiredTag(refusal) })),
    wrongMark,
    manualCommand,
  };
}

/**
 * Returns when nothing refuses, or when a person set the codes of all refusals, which is logged.
 *
 * @throws UserError when it is refused
 */
export async function throwIfRefused(
  job: Job<unknown>, stack: StackState | undefined, override: Override, context: RefusalContext,
): Promise<void> {
  const { subject, arn, outcome, refusals, wrongMark } = context;
  const openRefusals = findOpenRefusals(job.request, arn, refusals, override);
  if (wrongMark || openRefusals.length > 0) return refuse(job, stack, override, context, openRefusals);
  if (refusals.length === 0) return;
  const reasons = refusals.map(({ because }) => because).join('; and ');
  job.log(`${subject} is ${outcome} although ${reasons}: its tag ${TEARDOWN_CODE_TAG} lifts that`);
}

/**
 * Fails with the refusals. A code that was there before them is removed, since the next try would find that it answers them.
 *
 * @param stack undefined when it is not being deleted: then the next deployment checks again
 * @param openRefusals the refusals to explain; the command lifts all
 */
export async function refuse(
  job: Job<unknown>, stack: StackState | undefined, override: Override, context: RefusalContext, openRefusals: readonly Refusal[],
): Promise<never> {
  // without the mark, IAM denies it; the command sets another code together with the mark
  const isRemoved = override.isUnanswered && !context.wrongMark && await removeCode(job, context.bearer);
  throw refusalError(job, stack, context, openRefusals, isRemoved);
}

/** What a person reads in the events of a stack that is DELETE_FAILED, where no deployment can change anything any more. */
function refusalError(
  { request, log }: Job<unknown>, stack: StackState | undefined, context: RefusalContext, openRefusals: readonly Refusal[],
  isCodeRemoved: boolean,
): UserError {
  const { subject, arn, bearer, outcome, refusals, wrongMark, manualCommand } = context;
  const [, , service, region] = bearer.arn.split(':');
  const mark = !wrongMark ? ''
    : `Key=${markKey(wrongMark.handler)},Value=${markValue(request.StackId, request.LogicalResourceId)} `;
  const code = codeTag(overrideCode(request, arn, refusals));
  const reasons = [
    ...!wrongMark ? [] : [wrongMark.live === undefined ? `its tag ${markKey(wrongMark.handler)}, which named this stack, was removed`
      : `its tag ${markKey(wrongMark.handler)} is ${wrongMark.live} and does not name this resource, although this stack owns it`],
    ...openRefusals.map(({ because }) => because),
  ];
  const more = reasons.length - REASONS_SHOWN;
  if (more > 0) for (const reason of reasons) log(`${subject} was not ${outcome}: ${reason}`);
  const shownReasons = reasons.slice(0, REASONS_SHOWN).join('; and ');
  const hasCommand = mark !== '' || refusals.some(({ isFinal }) => !isFinal);
  return new UserError([
    `${subject} was not ${outcome}:`
    + ` ${shownReasons}${more > 0 ? `; and ${pluralize(more, 'more reason')}, in the log of the function` : ''}. `
    + (isCodeRemoved ? `Its tag ${TEARDOWN_CODE_TAG} answered no refusal of the last ${VALID_DAYS} days and was removed. ` : '')
    + (openRefusals.some(({ isFinal }) => isFinal) ? 'No code lifts the required tag: have its owner set it,'
      : `To ${outcome === 'deleted' ? 'delete' : 'empty'} it all the same,`)
    + `${hasCommand ? ' run this and' : ' then'} ${stack ? 'delete the stack' : 'deploy'} again${hasCommand ? ':' : ''}`,
    ...hasCommand
      ? [`aws ${service} tag-resource --region ${region || PUBLIC_REGION} --resource-arn ${bearer.arn} --tags ${mark}${code}`] : [],
    ...!stack || manualCommand === undefined || openRefusals.some(({ isFinal }) => isFinal) ? [] : [
      `If the function is gone by then, run this to ${outcome === 'deleted' ? 'delete' : 'empty'} it, and then the last line:`,
      manualCommand,
    ],
    ...stack ? commandToKeep(request, stack) : [],
  ].join('\n'));
}

/**
 * Deleting the stack without this resource, which is the only one to retain: CloudFormation itself retains the repository. It accepts the
 * option only for a stack in DELETE_FAILED.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
 */
function commandToKeep(request: CustomResourceRequest, { parentId, status }: StackState): string[] {
  if (parentId) {
    return [`To keep it, delete the parent stack ${stackName(parentId)} with --retain-resources and the logical id that the nested stack`
      + ` ${stackName(request.StackId)} has there`];
  }
  return [
    status === 'ROLLBACK_IN_PROGRESS' ? 'To keep it, delete the stack, which fails here again, and then run this:'
      : 'To keep it and delete the rest of the stack, run this instead:',
    `aws cloudformation delete-stack --region ${request.StackId.split(':')[3]} --stack-name ${stackName(request.StackId)}`
      + ` --retain-resources ${request.LogicalResourceId}`,
  ];
}

/** Adds the way out of DELETE_FAILED to the failure of a Delete, since no deployment can mend it. */
export async function withWayOut(job: Job<unknown>, subject: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const reason = explain(error, subject);
    if (job.signal.aborted || reason.includes('--retain-resources')) throw error;
    const stack = await readStack(job).catch(() => undefined);
    if (stack?.status !== 'DELETE_IN_PROGRESS') throw error;
    throw new UserError([reason, ...commandToKeep(job.request, stack)].join('\n'), { cause: error });
  }
}
