import { GetLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
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
