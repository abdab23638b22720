import { emptyingOf } from './emptying';
import { reachReplicas } from './replicas';
import type { TeardownJob } from './teardown-job';
import { TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import { atLocation } from '../shared/aws/location';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/repository/located-repository';
import { claimMark, Marked } from '../shared/repository/mark';
import { repositoryName } from '../shared/repository/repository';
import type { TeardownClients } from '../shared/teardown/clients';
import { emptyGuarded, isAskedByToken } from '../shared/teardown/empty-guarded';
import { PrivateTarget } from '../shared/teardown/private-target';

export function markOf({ properties: { repositoryArn, owned } }: TeardownJob): Marked {
  return { repositoryArn, handler: TEARDOWN_HANDLER, what: 'teardown', native: owned };
}

/** Create: sees that the repository carries the mark of this resource; on one that the stack does not own, sets it. */
export async function claim(job: TeardownJob, clients: TeardownClients): Promise<void> {
  requireOwnEnvironment(job, 'teardown', ', or one whose ARN is known when the app is synthesised');
  const there = await atLocation(job, clients, job.properties, job.request.StackId);
  await reachReplicas(there, clients);
  await claimMark(there, markOf(job));
}

/** Update: as Create, but the target of a resource never changes, unless the stack itself replaced the repository. */
export async function reclaim(job: TeardownJob, clients: TeardownClients, old: TeardownProperties | undefined): Promise<void> {
  const { properties: { owned, repositoryArn } } = job;
  await unlessRollingBack(job, async () => {
    if (!owned) {
      refuseAnotherTarget(job, old?.repositoryArn, 'teardown');
    } else if (old && old.repositoryArn !== repositoryArn) {
      job.log(`repository '${repositoryName(old.repositoryArn)}' was replaced by '${repositoryName(repositoryArn)}';`
        + ' the old one and its images are kept, outside the stack');
    }
    await claim(job, clients);
    await emptyOnToken(job, clients, old);
  });
}

/** Another repository than before is not the one that was meant. */
async function emptyOnToken(given: TeardownJob, clients: TeardownClients, old: TeardownProperties | undefined): Promise<void> {
  const { properties: { repositoryArn } } = given;
  if (old?.repositoryArn !== repositoryArn || !await isAskedByToken(given, old)) return;
  const job = await atLocation(given, clients, given.properties, given.request.StackId);
  const target = new PrivateTarget(job, repositoryArn);
  const tags = await target.tags();
  const occasion = tags && { tags, markIsMissing: false };
  if (occasion) await emptyGuarded(job, occasion, emptyingOf(job, clients, target, occasion));
}
