import { GetLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import { sendToEcr } from '../aws/send-command';
import { UserError, isNamed } from '../protocol/errors';
import type { Job } from '../protocol/job';

/** The live text; undefined if there is none. */
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

/** A preview takes a while; the live text must still be the one that it was compared with. */
export async function refuseIfChanged(job: Job<unknown>, repositoryName: string, before: string | undefined): Promise<void> {
  const now = await readLifecycleText(job, repositoryName);
  if (before === now || (before !== undefined && now !== undefined && sameLifecycle(before, now))) return;
  throw new UserError(`Repository '${repositoryName}': somebody changed its lifecycle policy while the new one was checked;`
    + ' nothing was changed — find out who did it, then deploy again');
}
