import { emptyingOf } from './emptying';
import { reachReplicas } from './replicas';
import type { TeardownJob } from './teardown-job';
import { TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import { connectTo } from '../shared/aws/ecr-clients';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/repository/located-repository';
import { claimMark, RepositoryMark } from '../shared/repository/mark';
import { repositoryName } from '../shared/repository/repository';
import type { TeardownClients } from '../shared/teardown/clients';
import { emptyGuarded, isTriggered } from '../shared/teardown/empty-guarded';
import { PrivateTarget } from '../shared/teardown/private-target';

export function markOf({ properties: { repositoryArn, owned } }: TeardownJob): RepositoryMark {
  return { repositoryArn, handler: TEARDOWN_HANDLER, what: 'teardown', native: owned };
}

/**
 * Create: confirms that the repository carries the mark of this resource; on a repository that the stack does not own, sets it.
 *
 * @returns the job in the repository's own Region and account
 */
export async function claim(job: TeardownJob, clients: TeardownClients): Promise<TeardownJob> {
  requireOwnEnvironment(job, 'teardown', ', or one whose ARN is known when the app is synthesised');
  const jobAtLocation = await connectTo(job, clients, job.properties, job.request.StackId);
  await reachReplicas(jobAtLocation, clients);
  await claimMark(jobAtLocation, markOf(job));
  return jobAtLocation;
}

/** Update: as Create. The target of a resource never changes, unless the stack itself replaced the repository. */
export async function reclaim(job: TeardownJob, clients: TeardownClients, old: TeardownProperties | undefined): Promise<void> {
  const { properties: { owned, repositoryArn } } = job;
  await unlessRollingBack(job, async () => {
    if (!owned) {
      refuseAnotherTarget(job, old?.repositoryArn, 'teardown');
    } else if (old && old.repositoryArn !== repositoryArn) {
      job.log(`repository '${repositoryName(old.repositoryArn)}' was replaced by '${repositoryName(repositoryArn)}';`
        + ' the old one and its images are kept, outside the stack');
    }
    await emptyOnTrigger(await claim(job, clients), clients, old);
  });
}

/** A repository that took the place of another one is not emptied: the changed trigger was meant for the other. */
async function emptyOnTrigger(job: TeardownJob, clients: TeardownClients, old: TeardownProperties | undefined): Promise<void> {
  const { properties: { repositoryArn } } = job;
  if (old?.repositoryArn !== repositoryArn || !await isTriggered(job, old)) return;
  const target = new PrivateTarget(job, repositoryArn);
  const tags = await target.tags();
  const occasion = tags && { tags, markIsMissing: false };
  if (occasion) await emptyGuarded(job, occasion, emptyingOf(job, clients, target, occasion));
}
