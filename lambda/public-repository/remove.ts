import { PublicJob } from './public-job';
import { missingTag, Refusal, tooManyImages } from '../../src/core/teardown/guards';
import { PUBLIC_REGION, PUBLIC_REPOSITORY_HANDLER } from '../../src/core/wire/public-repository';
import type { StackState } from '../shared/stack';
import { auditOf } from '../shared/teardown/audit';
import { deleteWithImages } from '../shared/teardown/delete';
import { Going, unfinishedCreation } from '../shared/teardown/going';
import { heed } from '../shared/teardown/refusal';

/** What a removal is decided by. */
export interface Occasion {
  readonly tags: ReadonlyMap<string, string>;
  readonly markIsMissing: boolean;
  /** Where it is being deleted. */
  readonly stack?: StackState;
}

export async function deleteAtTheEnd(job: PublicJob, going: Going): Promise<void> {
  const { target, properties: { audit } } = job;
  await refuseUnlessLifted(job, 'deleted', going);
  await deleteWithImages(job, target, auditOf(job, audit, job.clients));
  job.log(`public repository '${target.name}' was deleted with its images`);
}

/**
 * Asks all that speaks against the removal, just before it.
 *
 * @throws Explained with the command that lifts the refusal
 */
export async function refuseUnlessLifted(job: PublicJob, done: 'deleted' | 'emptied', { tags, markIsMissing, stack }: Occasion): Promise<void> {
  const { target } = job;
  const nothingToLose = async () => (await target.count(0)).images === 0;
  const refusals = [
    ...stack ? await unfinishedCreation(job, stack, nothingToLose) : [],
    ...await askGuards(job, tags),
  ];
  heed(job, stack, tags, {
    subject: target.subject,
    arn: target.arn,
    taggedArn: target.arn,
    done,
    service: 'ecr-public',
    region: PUBLIC_REGION,
    refusals,
    missingMark: markIsMissing ? PUBLIC_REPOSITORY_HANDLER : undefined,
    logicalIds: [],
  });
}

/** ECR Public knows no pull times, and nothing tells what runs from it. */
async function askGuards({ target, properties }: PublicJob, tags: ReadonlyMap<string, string>): Promise<Refusal[]> {
  const { maxImages, requireTag } = properties.guards;
  const { images, isMore } = maxImages === undefined ? { images: 0, isMore: false } : await target.count(maxImages);
  return [...missingTag(requireTag, tags), ...tooManyImages(maxImages, images, { isMore })];
}
