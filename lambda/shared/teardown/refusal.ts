import { codeTag, findOpenRefusals, overrideCode, Override, removeCode, VALID_DAYS } from './override-code';
import type { Teardown } from './teardown';
import { refusedTeardown } from '../../../src/core/events/refusal-text';
import { pluralize } from '../../../src/core/format';
import { markKey, markValue } from '../../../src/core/mark';
import { PUBLIC_REGION } from '../../../src/core/public-repository/region';
import { isOfRequiredTag, Refusal } from '../../../src/core/teardown/guards';
import { TEARDOWN_CODE_TAG } from '../../../src/core/wire/teardown';
import { explain, toSentence, UserError } from '../protocol/errors';
import type { CustomResourceRequest, Job } from '../protocol/job';
import { readStack, regionOf, StackState, stackName } from '../protocol/stack';
import type { TaggedRepository } from '../repository/mark';

/** A response to CloudFormation holds at most 4 KB. */
const REASONS_SHOWN = 3;
/**
 * Characters within which the command ends, because a code is valid only if an event of CloudFormation shows it. AWS does not document how
 * much of a reason an event holds, and adds about 80 characters before it.
 */
const COMMAND_WITHIN = 880;
/** Characters of the reasons before the command, however long the command is. */
const LEAST_REASON = 100;

/** The live mark of a repository. */
export interface LiveMark {
  /** The handler whose mark it is. */
  readonly handler: string;
  /** Value of the mark; undefined if somebody removed it. */
  readonly live: string | undefined;
}

export interface RefusalContext {
  /** Name in the message: a repository, or all repositories under a prefix. */
  readonly subject: string;
  /** Whether the subject is several repositories. */
  readonly isPlural?: boolean;
  /** The repository or prefix that the code is for. */
  readonly arn: string;
  /** The repository whose tag lifts the refusal. */
  readonly bearer: Pick<TaggedRepository, 'arn' | 'untag'>;
  readonly outcome: 'deleted' | 'emptied';
  readonly refusals: readonly Refusal[];
  /** The mark, if it does not name this resource. */
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
    // without the tag, IAM does not let the function delete a repository that the stack does not own, whatever the code
    refusals: refusals.map(refusal => ({ ...refusal, isFinal: creator === 'others' && isOfRequiredTag(refusal) })),
    wrongMark,
    manualCommand,
  };
}

/**
 * Returns if there is no refusal, or if a person set the codes that lift all refusals, which is logged.
 *
 * @throws UserError with the refusals that no code lifts
 */
export async function throwIfRefused(
  job: Job<unknown>, stack: StackState | undefined, override: Override, context: RefusalContext,
): Promise<void> {
  const { subject, isPlural, arn, outcome, refusals, wrongMark } = context;
  const openRefusals = findOpenRefusals(job.request, arn, refusals, override);
  if (wrongMark || openRefusals.length > 0) return refuse(job, stack, override, context, openRefusals);
  if (refusals.length === 0) return;
  const reasons = refusals.map(({ because }) => because).join('; and ');
  job.log(`${subject} ${isPlural ? 'are' : 'is'} ${outcome} although ${reasons}: the tag ${TEARDOWN_CODE_TAG} lifts the refusal`);
}

/**
 * Fails with the refusals. A code that was set before them is removed, because the next attempt would find that it matches them.
 *
 * @param stack undefined if the stack is not being deleted: then the next deployment checks again
 * @param openRefusals the refusals to explain; the command lifts all
 */
export async function refuse(
  job: Job<unknown>, stack: StackState | undefined, override: Override, context: RefusalContext, openRefusals: readonly Refusal[],
): Promise<never> {
  // without the mark, IAM denies the removal; the command sets a new code together with the mark
  const isRemoved = override.isUnanswered && !context.wrongMark && await removeCode(job, context.bearer);
  throw refusalError(job, stack, context, openRefusals, isRemoved);
}

/** The text in the events of a stack in DELETE_FAILED, which no deployment can change anymore. */
function refusalError(
  { request, log }: Job<unknown>, stack: StackState | undefined, context: RefusalContext, openRefusals: readonly Refusal[],
  isCodeRemoved: boolean,
): UserError {
  const { subject, isPlural, arn, bearer, outcome, refusals, wrongMark, manualCommand } = context;
  const [, , service, region] = bearer.arn.split(':');
  const mark = !wrongMark ? ''
    : `Key=${markKey(wrongMark.handler)},Value=${markValue(request.StackId, request.LogicalResourceId)} `;
  const code = codeTag(overrideCode(request, arn, refusals));
  const reasons = [
    ...!wrongMark ? [] : [`its tag ${markKey(wrongMark.handler)}${wrongMark.live === undefined ? ', which named this stack, was removed'
      : ` is ${wrongMark.live}, which does not name this resource, although this stack owns the repository`}`],
    ...openRefusals.map(({ because }) => because),
  ];
  const more = reasons.length - REASONS_SHOWN;
  const verb = outcome === 'deleted' ? 'delete' : 'empty';
  const them = isPlural ? 'them' : 'it';
  const isFinal = openRefusals.some(refusal => refusal.isFinal);
  const hasCommand = mark !== '' || refusals.some(refusal => !refusal.isFinal);
  const allReasons = reasons.slice(0, REASONS_SHOWN).join('; and ')
    + (more > 0 ? `; and ${pluralize(more, 'more reason')} in the function's log` : '');
  const begin = `${subject} ${refusedTeardown(isPlural === true, outcome)}`;
  const end = ` ${isCodeRemoved ? `The tag ${TEARDOWN_CODE_TAG} matched no refusal of the last ${VALID_DAYS} days and was removed. ` : ''}`
    + (isFinal ? 'An override code does not replace the required tag. Ask the owner of the repository to set it,'
      : `To ${verb} ${them} anyway,`)
    + `${hasCommand ? ' run this command,' : ''} then ${stack ? 'delete the stack' : 'deploy'} again${hasCommand ? ':' : '.'}`;
  const command = `aws ${service} tag-resource --region ${region || PUBLIC_REGION} --resource-arn ${bearer.arn} --tags ${mark}${code}`;
  const space = Math.max(LEAST_REASON, COMMAND_WITHIN - begin.length - end.length - command.length);
  const isCut = hasCommand && allReasons.length > space;
  if (more > 0 || isCut) for (const reason of reasons) log(`${begin}${reason}`);
  return new UserError([
    `${begin}${toSentence(isCut ? `${allReasons.slice(0, space)}… (all reasons below)` : allReasons)}${end}`,
    ...hasCommand ? [command] : [],
    ...!stack || manualCommand === undefined || isFinal ? [] : [
      `If the function no longer exists then, ${verb} the repository with this command, then run the last command:`,
      manualCommand,
    ],
    ...stack ? commandToKeep(request, stack, them) : [],
    ...isCut ? [`All reasons: ${toSentence(allReasons)}`] : [],
  ].join('\n'));
}

/**
 * Returns the command that deletes the stack without this resource, the only one to name: CloudFormation itself retains the repository. It
 * accepts the option only for a stack in DELETE_FAILED.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
 */
function commandToKeep(request: CustomResourceRequest, { parentId, status }: StackState, them: string): string[] {
  if (parentId) {
    return [`To keep ${them}, delete the parent stack ${stackName(parentId)} with --retain-resources and the logical id of the nested stack`
      + ` ${stackName(request.StackId)} in it.`];
  }
  return [
    status === 'ROLLBACK_IN_PROGRESS' ? `To keep ${them}, delete the stack, which fails here again, then run this command:`
      : `To keep ${them} and delete the rest of the stack, run this command instead:`,
    `aws cloudformation delete-stack --region ${regionOf(request.StackId)} --stack-name ${stackName(request.StackId)}`
      + ` --retain-resources ${request.LogicalResourceId}`,
  ];
}

/** Adds the way out of DELETE_FAILED to the failure of a Delete, because no deployment can repair that state. */
export async function withWayOut(job: Job<unknown>, subject: string, work: () => Promise<void>, them = 'it'): Promise<void> {
  try {
    await work();
  } catch (error) {
    const reason = explain(error, subject);
    if (job.signal.aborted || reason.includes('--retain-resources')) throw error;
    const stack = await readStack(job).catch(() => undefined);
    if (stack?.status !== 'DELETE_IN_PROGRESS') throw error;
    throw new UserError([reason, ...commandToKeep(job.request, stack, them)].join('\n'), { cause: error });
  }
}
