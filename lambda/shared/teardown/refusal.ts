import { createHash } from 'node:crypto';
import { markKey, markValue } from '../../../src/core/mark';
import { counted } from '../../../src/core/shown';
import type { Refusal } from '../../../src/core/teardown/guards';
import { TEARDOWN_CODE_TAG } from '../../../src/core/wire/teardown';
import { explain, Explained } from '../protocol/errors';
import type { CustomResourceRequest, Job } from '../protocol/job';
import { readStack, StackState, stackName } from '../protocol/stack';

const CODE_LENGTH = 12;
/** The value of a tag has at most 256 characters. */
const CODES_IN_A_TAG = 19;
/** An answer to CloudFormation has at most 4 KB, and the command in it must not be cut off. */
const REASONS_SHOWN = 3;

/**
 * Answers exactly these refusals: each has a code of its own, so that what was answered stays so when another refusal has ceased meanwhile; another
 * stack, repository, guard or limit has another.
 */
export function refusalCode(request: CustomResourceRequest, arn: string, refusals: readonly Refusal[]): string {
  const hash = (question: unknown) => createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, CODE_LENGTH);
  const distinct = (all: readonly string[]) => [...new Set(all)].sort();
  const each = distinct(refusals.map(({ limit }) => limit));
  const limits = each.length > CODES_IN_A_TAG ? distinct(refusals.map(({ limit, general = limit }) => general)) : each;
  // none where only the mark is missing
  return limits.length === 0 || limits.length > CODES_IN_A_TAG ? hash([request.StackId, arn, ...limits]) : limits.map(limit => hash([request.StackId, arn, limit])).join('.');
}

export interface Refused {
  /** How the message names what was not touched: a repository, or all those under a prefix. */
  readonly subject: string;
  /** What the code is about. */
  readonly arn: string;
  /** The repository whose tag lifts the refusal; the same, but for a prefix. */
  readonly taggedArn: string;
  readonly done: 'deleted' | 'emptied';
  /** The AWS CLI's name of the service, and the Region of the repository. */
  readonly service: 'ecr' | 'ecr-public';
  readonly region: string;
  readonly refusals: readonly Refusal[];
  /** The handler whose mark is missing, if it is. */
  readonly missingMark?: string;
  /** What else the stack would have to let go for the repository to stay. */
  readonly logicalIds: readonly string[];
}

/** The refusals that no code on the repository answers. */
export function unanswered(request: CustomResourceRequest, arn: string, refusals: readonly Refusal[], tags: ReadonlyMap<string, string>): Refusal[] {
  const given = tags.get(TEARDOWN_CODE_TAG);
  if (given === undefined || given === refusalCode(request, arn, refusals)) return given === undefined ? [...refusals] : [];
  const codes = given.split('.');
  const isAnswered = (limit: string) => codes.includes(refusalCode(request, arn, [{ limit, because: '' }]));
  return refusals.filter(({ limit, general = limit }) => !isAnswered(limit) && !isAnswered(general));
}

/**
 * Goes on when nothing refuses, or when the codes of all that refuse were set by hand, and says so in the log.
 *
 * @throws Explained when it is refused
 */
export function throwIfRefused(job: Job<unknown>, stack: StackState | undefined, tags: ReadonlyMap<string, string>, refusal: Refused): void {
  const { subject, arn, done, refusals, missingMark } = refusal;
  const open = unanswered(job.request, arn, refusals, tags);
  if (missingMark !== undefined || open.length > 0) throw refused(job, stack, refusal, open);
  if (refusals.length === 0) return;
  job.log(`${subject} is ${done} although ${refusals.map(({ because }) => because).join('; and ')}: its tag ${TEARDOWN_CODE_TAG} lifts that`);
}

/**
 * What a person reads in the events of a stack that is DELETE_FAILED, where no deployment can change anything any more.
 *
 * @param stack undefined when it is not being deleted: then the next deployment asks again
 * @param open those of the refusals that were not answered yet; the command answers all
 */
export function refused({ request, log }: Job<unknown>, stack: StackState | undefined, refusal: Refused, open = refusal.refusals): Explained {
  const { subject, arn, taggedArn, done, service, region, refusals, missingMark, logicalIds } = refusal;
  const mark = missingMark === undefined ? '' : `Key=${markKey(missingMark)},Value=${markValue(request.StackId, request.LogicalResourceId)} `;
  const code = `Key=${TEARDOWN_CODE_TAG},Value=${refusalCode(request, arn, refusals)}`;
  const reasons = [
    ...missingMark === undefined ? [] : [`its tag ${markKey(missingMark)}, which named this stack, was removed`],
    ...open.map(({ because }) => because),
  ];
  const more = reasons.length - REASONS_SHOWN;
  if (more > 0) for (const reason of reasons) log(`${subject} was not ${done}: ${reason}`);
  return new Explained([
    `${subject} was not ${done}: ${reasons.slice(0, REASONS_SHOWN).join('; and ')}${more > 0 ? `; and ${counted(more, 'more reason')}, in the log of the function` : ''}.`
    + ` To ${done === 'deleted' ? 'delete' : 'empty'} it all the same, run this and ${stack ? 'delete the stack' : 'deploy'} again:`,
    `aws ${service} tag-resource --region ${region} --resource-arn ${taggedArn} --tags ${mark}${code}`,
    ...stack ? wayToKeep(request, stack, logicalIds) : [],
  ].join('\n'));
}

/** Deleting the stack without these resources; CloudFormation accepts it only for a stack in DELETE_FAILED. */
function wayToKeep(request: CustomResourceRequest, { parentId }: StackState, logicalIds: readonly string[]): string[] {
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

/** A Delete that fails tells the way out of DELETE_FAILED too, which no deployment is. */
export async function tellingWayOut(job: Job<unknown>, subject: string, logicalIds: readonly string[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const reason = explain(error, subject);
    if (job.signal.aborted || reason.includes('--retain-resources')) throw error;
    const stack = await readStack(job).catch(() => undefined);
    if (stack?.status !== 'DELETE_IN_PROGRESS') throw error;
    throw new Explained([reason, ...wayToKeep(job.request, stack, logicalIds)].join('\n'), { cause: error });
  }
}
