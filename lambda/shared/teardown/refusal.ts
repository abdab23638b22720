import { createHash } from 'node:crypto';
import { markKey, markValue } from '../../../src/core/mark';
import type { Refusal } from '../../../src/core/teardown/guards';
import { TEARDOWN_CODE_TAG } from '../../../src/core/wire/teardown';
import { Explained } from '../errors';
import type { CustomResourceRequest, Job } from '../job';
import { StackState, stackName } from '../stack';

/** Stands for exactly this question: another stack, repository, guard or limit has another code. */
export function refusalCode(request: CustomResourceRequest, arn: string, refusals: readonly Refusal[]): string {
  const question = [request.StackId, arn, ...[...new Set(refusals.map(refusal => refusal.limit))].sort()];
  return createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 12);
}

export interface Refused {
  /** How the message names what was not touched: a repository, or all those under a prefix. */
  readonly subject: string;
  /** What the code is about. */
  readonly arn: string;
  /** The repository whose tag lifts the refusal; the same, but for a prefix. */
  readonly taggedArn: string;
  /** What was not done: deleted, emptied. */
  readonly done: string;
  /** The AWS CLI's name of the service, and the Region of the repository. */
  readonly service: 'ecr' | 'ecr-public';
  readonly region: string;
  readonly refusals: readonly Refusal[];
  /** The handler whose mark is missing, if it is. */
  readonly missingMark?: string;
  /** What else the stack would have to let go for the repository to stay. */
  readonly logicalIds: readonly string[];
}

/**
 * Goes on when nothing refuses, or when the code of just these refusals was set by hand, and says so in the log.
 *
 * @throws Explained when it is refused
 */
export function heed(job: Job<unknown>, stack: StackState | undefined, tags: ReadonlyMap<string, string>, refusal: Refused): void {
  const { subject, arn, done, refusals, missingMark } = refusal;
  const isLifted = refusals.length > 0 && tags.get(TEARDOWN_CODE_TAG) === refusalCode(job.request, arn, refusals);
  if (missingMark !== undefined || (refusals.length > 0 && !isLifted)) throw refused(job, stack, refusal);
  if (isLifted) job.log(`${subject} is ${done} although ${refusals.map(({ because }) => because).join('; and ')}: its tag ${TEARDOWN_CODE_TAG} lifts that`);
}

/**
 * What a person reads in the events of a stack that is DELETE_FAILED, where no deployment can change anything any more.
 *
 * @param stack undefined when it is not being deleted: then the next deployment asks again
 */
export function refused({ request }: Job<unknown>, stack: StackState | undefined, refusal: Refused): Explained {
  const { subject, arn, taggedArn, done, service, region, refusals, missingMark, logicalIds } = refusal;
  const mark = missingMark === undefined ? '' : `Key=${markKey(missingMark)},Value=${markValue(request.StackId, request.LogicalResourceId)} `;
  const code = `Key=${TEARDOWN_CODE_TAG},Value=${refusalCode(request, arn, refusals)}`;
  const reasons = [
    ...missingMark === undefined ? [] : [`its tag ${markKey(missingMark)}, which named this stack, was removed`],
    ...refusals.map(({ because }) => because),
  ];
  return new Explained([
    `${subject} was not ${done}: ${reasons.join('; and ')}. To ${done === 'deleted' ? 'delete' : 'empty'} it all the same, run this and ${stack ? 'delete the stack' : 'deploy'} again:`,
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
