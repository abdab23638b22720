import { DeleteLifecyclePolicyCommand, PutLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { LIFECYCLE_POLICY_HANDLER, LifecyclePolicyProperties } from '../../src/core/wire/lifecycle-policy';
import { ECR_PATIENCE, readBack } from '../shared/aws/read-back';
import { sendToEcr } from '../shared/aws/send-command';
import { readLifecycleText } from '../shared/lifecycle/text';
import { UserError, isNamed } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import type { RepositoryMark } from '../shared/repository/mark';
import { repositoryName } from '../shared/repository/repository';

export type LifecycleJob = Job<LifecyclePolicyProperties>;

export function markOf({ properties: { repositoryArn } }: LifecycleJob): RepositoryMark {
  return { repositoryArn, handler: LIFECYCLE_POLICY_HANDLER, what: 'lifecycle policy' };
}

/** Returns the live text; undefined if the repository has no lifecycle policy. */
export function readText(job: LifecycleJob): Promise<string | undefined> {
  return readLifecycleText(job, repositoryName(job.properties.repositoryArn));
}

/** Writes the text and confirms that it is live. */
export async function writeText(job: LifecycleJob, lifecyclePolicyText: string): Promise<void> {
  const name = repositoryName(job.properties.repositoryArn);
  job.progress(`writing the lifecycle policy of repository '${name}'`);
  const input = { repositoryName: name, lifecyclePolicyText };
  try {
    await sendToEcr(job, PutLifecyclePolicyCommand, input);
  } catch (error) {
    if (!isNamed(error, 'InvalidParameterException')) throw error;
    throw new UserError(`Repository '${name}': ECR rejected the lifecycle policy. Correct it and deploy again.\n`
      + `${(error as Error).message}`, { cause: error });
  }
  await confirm(job, live => live !== undefined && sameLifecycle(live, lifecyclePolicyText),
    'does not have the lifecycle policy', 'was written');
}

export async function deleteText(job: LifecycleJob): Promise<void> {
  const name = repositoryName(job.properties.repositoryArn);
  job.progress(`removing the lifecycle policy of repository '${name}'`);
  try {
    await sendToEcr(job, DeleteLifecyclePolicyCommand, { repositoryName: name }, async () => await readText(job) === undefined);
  } catch (error) {
    if (!isNamed(error, 'LifecyclePolicyNotFoundException', 'RepositoryNotFoundException')) throw error;
  }
  await confirm(job, live => live === undefined, 'still has a lifecycle policy', 'was removed');
}

async function confirm(
  job: LifecycleJob, isExpected: (live: string | undefined) => boolean, failure: string, change: string,
): Promise<void> {
  const name = repositoryName(job.properties.repositoryArn);
  const what = `ECR to show that the lifecycle policy of repository '${name}' ${change}`;
  if (await readBack(job, ECR_PATIENCE, what, async () => isExpected(await readText(job)))) return;
  throw new UserError(`Repository '${name}' ${failure} ${ECR_PATIENCE / 1_000} seconds after it ${change}. Try again.`
    + ' If the error persists, find out whether something else changes the policy.');
}
