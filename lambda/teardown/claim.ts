import { emptyGuarded } from './empty-guarded';
import { reachReplicas } from './replicas';
import type { TeardownJob } from './teardown-job';
import { TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import { claimMark, Marked } from '../shared/mark';
import { inPlace } from '../shared/place';
import { repositoryName } from '../shared/repository';
import { isRollingBackNow, readStack } from '../shared/stack';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/target';
import type { TeardownClients } from '../shared/teardown/clients';
import { PrivateTarget } from '../shared/teardown/private-target';

export function markOf({ properties: { repositoryArn, owned } }: TeardownJob): Marked {
  return { repositoryArn, handler: TEARDOWN_HANDLER, what: 'teardown', native: owned };
}

/** Create: sees that the repository carries the mark of this resource; on one that the stack does not own, sets it. */
export async function claim(job: TeardownJob, clients: TeardownClients): Promise<void> {
  requireOwnEnvironment(job, 'teardown', ', or one whose ARN is known when the app is synthesised');
  const there = await inPlace(job, clients, job.properties, job.request.StackId);
  await reachReplicas(there, clients);
  await claimMark(there, markOf(job));
}

/** Update: as Create, but the target of a resource never changes, unless the stack itself replaced the repository. */
export async function reclaim(job: TeardownJob, clients: TeardownClients, old: TeardownProperties | undefined): Promise<void> {
  const { properties: { owned, repositoryArn } } = job;
  await unlessRollingBack(job, async () => {
    if (!owned) {refuseAnotherTarget(job, old?.repositoryArn, 'teardown');} else if (old && old.repositoryArn !== repositoryArn) {
      job.log(`repository '${repositoryName(old.repositoryArn)}' was replaced by '${repositoryName(repositoryArn)}';`
        + ' the old one and its images are kept, outside the stack');
    }
    await claim(job, clients);
    await emptyOnToken(job, clients, old);
  });
}

/** A token that is set for the first time has not changed. */
async function emptyOnToken(given: TeardownJob, clients: TeardownClients, old: TeardownProperties | undefined): Promise<void> {
  const { properties: { emptyToken, repositoryArn } } = given;
  if (emptyToken === undefined || old?.emptyToken === undefined || emptyToken === old.emptyToken || old.repositoryArn !== repositoryArn) return;
  // rolled back, the token changes too
  if (isRollingBackNow((await readStack(given)).status)) return given.log('the token goes back to what it was, nothing is removed');
  const job = await inPlace(given, clients, given.properties, given.request.StackId);
  const target = new PrivateTarget(job, repositoryArn);
  const tags = await target.tags();
  if (tags) await emptyGuarded(job, clients, target, { tags, markIsMissing: false });
}
