import { emptyingOf } from './emptying';
import { reachReplicas } from './replicas';
import type { TeardownJob } from './teardown-job';
import { TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import { connectTo } from '../shared/aws/ecr-clients';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/repository/located-repository';
import { claimMark, RepositoryMark, untagRepository } from '../shared/repository/mark';
import { repositoryName } from '../shared/repository/repository';
import type { TeardownClients } from '../shared/teardown/clients';
import { emptyGuarded, isTriggered } from '../shared/teardown/empty-guarded';
import { readOverride, removeIdleCode } from '../shared/teardown/override-code';
import { PrivateTarget } from '../shared/teardown/private-target';

export function markOf({ properties: { repositoryArn, owned } }: TeardownJob): RepositoryMark {
  return { repositoryArn, handler: TEARDOWN_HANDLER, what: 'teardown', native: owned };
}

type Tags = ReadonlyMap<string, string>;

/**
 * Create: confirms that the repository carries the mark of this resource; on a repository that the stack does not own, sets it.
 */
export async function claim(job: TeardownJob, clients: TeardownClients): Promise<void> {
  const claimed = await claimAtLocation(job, clients);
  await removeCodeIfIdle(claimed.job, claimed.tags);
}

/** @returns the job in the repository's own Region and account, and the tags that the repository has */
async function claimAtLocation(job: TeardownJob, clients: TeardownClients): Promise<{ job: TeardownJob; tags: Tags }> {
  requireOwnEnvironment(job, 'teardown', ', or one whose ARN is known when the app is synthesised');
  const jobAtLocation = await connectTo(job, clients, job.properties, job.request.StackId);
  await reachReplicas(jobAtLocation, clients);
  return { job: jobAtLocation, tags: await claimMark(jobAtLocation, markOf(job)) };
}

function removeCodeIfIdle(job: TeardownJob, tags: Tags): Promise<void> {
  return removeIdleCode(job, tags, keys => untagRepository(job, job.properties.repositoryArn, keys));
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
    const claimed = await claimAtLocation(job, clients);
    await emptyOnTrigger(claimed.job, clients, old, claimed.tags);
  });
}

/** A repository that took the place of another one is not emptied: the changed trigger was meant for the other. */
async function emptyOnTrigger(
  job: TeardownJob, clients: TeardownClients, old: TeardownProperties | undefined, tags: Tags,
): Promise<void> {
  const { properties: { repositoryArn } } = job;
  if (old?.repositoryArn !== repositoryArn || !await isTriggered(job, old)) return removeCodeIfIdle(job, tags);
  const occasion = { tags, override: await readOverride(job, tags), markIsMissing: false };
  await emptyGuarded(job, occasion, emptyingOf(job, clients, new PrivateTarget(job, repositoryArn), occasion));
}
