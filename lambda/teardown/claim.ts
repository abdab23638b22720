import { TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import type { Job } from '../shared/job';
import { claimMark, Marked } from '../shared/mark';
import { repositoryName } from '../shared/repository';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/target';

type TeardownJob = Job<TeardownProperties>;

export function markOf({ properties: { repositoryArn, owned } }: TeardownJob): Marked {
  return { repositoryArn, handler: TEARDOWN_HANDLER, what: 'teardown', native: owned };
}

/** Create: sees that the repository carries the mark of this resource; on one that the stack does not own, sets it. */
export async function claim(job: TeardownJob): Promise<void> {
  requireOwnEnvironment(job, 'teardown');
  await claimMark(job, markOf(job));
}

/** Update: as Create, but the target of a resource never changes, unless the stack itself replaced the repository. */
export async function reclaim(job: TeardownJob, old: TeardownProperties | undefined): Promise<void> {
  const { properties: { owned, repositoryArn } } = job;
  await unlessRollingBack(job, async () => {
    if (!owned) {refuseAnotherTarget(job, old?.repositoryArn, 'teardown');} else if (old && old.repositoryArn !== repositoryArn) {
      job.log(`repository '${repositoryName(old.repositoryArn)}' was replaced by '${repositoryName(repositoryArn)}';`
        + ' the old one and its images are kept, outside the stack');
    }
    await claim(job);
  });
}
