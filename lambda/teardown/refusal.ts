import { createHash } from 'node:crypto';
import type { Refusal } from './guards';
import { markKey, markValue } from '../../src/core/mark';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { TEARDOWN_CODE_TAG, TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import { Explained } from '../shared/errors';
import type { CustomResourceRequest, Job } from '../shared/job';
import { repositoryName } from '../shared/repository';
import { StackState, stackName } from '../shared/stack';

/** Stands for exactly this question: another stack, repository, guard or limit has another code. */
export function refusalCode(request: CustomResourceRequest, repositoryArn: string, refusals: readonly Refusal[]): string {
  const question = [request.StackId, repositoryArn, ...refusals.map(refusal => refusal.limit).sort()];
  return createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 12);
}

/** What a person reads in the events of a stack that is DELETE_FAILED, where no deployment can change anything any more. */
export function refused(job: Job<TeardownProperties>, stack: StackState, refusals: readonly Refusal[], markIsMissing: boolean): Explained {
  const { properties: { repositoryArn }, request } = job;
  const mark = `Key=${markKey(TEARDOWN_HANDLER)},Value=${markValue(request.StackId, request.LogicalResourceId)} `;
  const code = `Key=${TEARDOWN_CODE_TAG},Value=${refusalCode(request, repositoryArn, refusals)}`;
  const reasons = [
    ...(markIsMissing ? [`its tag ${markKey(TEARDOWN_HANDLER)}, which named this stack, was removed`] : []),
    ...refusals.map(refusal => refusal.because),
  ];
  return new Explained([
    `Repository '${repositoryName(repositoryArn)}' was not deleted: ${reasons.join('; and ')}. To delete it all the same, run this and delete the stack again:`,
    `aws ecr tag-resource --region ${parseRepositoryArn(repositoryArn)?.region} --resource-arn ${repositoryArn} --tags ${markIsMissing ? mark : ''}${code}`,
    ...wayToKeep(job, stack),
  ].join('\n'));
}

/** Deleting the stack without these resources; CloudFormation accepts it only for a stack in DELETE_FAILED. */
function wayToKeep({ properties, request }: Job<TeardownProperties>, { parentId }: StackState): string[] {
  const region = request.StackId.split(':')[3];
  if (parentId) {
    return [`To keep it, delete the parent stack ${stackName(parentId)} with --retain-resources and the logical id that the nested stack`
      + ` ${stackName(request.StackId)} has there`];
  }
  const ids = [request.LogicalResourceId, ...(properties.repositoryLogicalId ? [properties.repositoryLogicalId] : [])];
  return [
    'To keep it and delete the rest of the stack, run this instead:',
    `aws cloudformation delete-stack --region ${region} --stack-name ${stackName(request.StackId)} --retain-resources ${ids.join(' ')}`,
  ];
}
