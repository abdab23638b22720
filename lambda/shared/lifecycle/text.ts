import { DeleteLifecyclePolicyCommand, GetLifecyclePolicyCommand, PutLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import { ECR_PATIENCE, readBack } from '../aws/read-back';
import { sendToEcr } from '../aws/send-command';
import { UserError, isNamed } from '../protocol/errors';
import type { Job } from '../protocol/job';

/** Returns the live text; undefined if the repository has no lifecycle policy. */
export async function readLifecycleText(job: Job<unknown>, repositoryName: string): Promise<string | undefined> {
  job.progress(`reading the lifecycle policy of repository '${repositoryName}'`);
  try {
    const answer = await sendToEcr(job, GetLifecyclePolicyCommand, { repositoryName });
    return answer?.lifecyclePolicyText;
  } catch (error) {
    if (isNamed(error, 'LifecyclePolicyNotFoundException', 'RepositoryNotFoundException')) return undefined;
    throw error;
  }
}

/** A preview takes some time. Throws if the live text is no longer the one that the preview was compared with. */
export async function refuseIfChanged(job: Job<unknown>, repositoryName: string, before: string | undefined): Promise<void> {
  const now = await readLifecycleText(job, repositoryName);
  if (before === now || (before !== undefined && now !== undefined && sameLifecycle(before, now))) return;
  throw new UserError(`Repository '${repositoryName}': its lifecycle policy was changed while the new one was being checked.`
    + ' The new policy was not written. Find out who changed the old one, then deploy again.');
}

/** Writes the text and confirms that it is live. */
export async function writeLifecycleText(job: Job<unknown>, repositoryName: string, lifecyclePolicyText: string): Promise<void> {
  job.progress(`writing the lifecycle policy of repository '${repositoryName}'`);
  try {
    const input = { repositoryName, lifecyclePolicyText };
    await sendToEcr(job, PutLifecyclePolicyCommand, input);
  } catch (error) {
    if (!isNamed(error, 'InvalidParameterException')) throw error;
    throw new UserError(`Repository '${repositoryName}': ECR rejected the lifecycle policy. Correct it and deploy again.\n`
      + `${(error as Error).message}`, { cause: error });
  }
  await confirm(job, repositoryName, live => live !== undefined && sameLifecycle(live, lifecyclePolicyText),
    'does not have the lifecycle policy', 'was written');
}

export async function deleteLifecycleText(job: Job<unknown>, repositoryName: string): Promise<void> {
  job.progress(`removing the lifecycle policy of repository '${repositoryName}'`);
  const isGone = async () => await readLifecycleText(job, repositoryName) === undefined;
  try {
    await sendToEcr(job, DeleteLifecyclePolicyCommand, { repositoryName }, isGone);
  } catch (error) {
    if (!isNamed(error, 'LifecyclePolicyNotFoundException', 'RepositoryNotFoundException')) throw error;
  }
  await confirm(job, repositoryName, live => live === undefined, 'still has a lifecycle policy', 'was removed');
}

async function confirm(
  job: Job<unknown>, repositoryName: string, isExpected: (live: string | undefined) => boolean, failure: string, change: string,
): Promise<void> {
  const what = `ECR to show that the lifecycle policy of repository '${repositoryName}' ${change}`;
  if (await readBack(job, ECR_PATIENCE, what, async () => isExpected(await readLifecycleText(job, repositoryName)))) return;
  throw new UserError(`Repository '${repositoryName}' ${failure} ${ECR_PATIENCE / 1_000} seconds after it ${change}. Try again.`
    + ' If the error persists, find out whether something else changes the policy.');
}
