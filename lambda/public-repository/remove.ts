import { PublicJob } from './public-job';
import { PUBLIC_REGION } from '../../src/core/public-repository/region';
import { missingTag, Refusal, tooManyImages } from '../../src/core/teardown/guards';
import { PUBLIC_REPOSITORY_HANDLER } from '../../src/core/wire/public-repository';
import { auditOf } from '../shared/teardown/audit';
import { deleteWithImages } from '../shared/teardown/delete';
import { throwIfRefused, Refused } from '../shared/teardown/refusal';
import { StackDeletion, unfinishedCreation } from '../shared/teardown/stack-deletion';

export async function deleteAtTheEnd(job: PublicJob, going: StackDeletion): Promise<void> {
  const { target, properties: { audit } } = job;
  const { tags, markIsMissing, stack } = going;
  const nothingToLose = async () => (await target.count(0)).images === 0;
  const refusals = [...await unfinishedCreation(job, stack, nothingToLose), ...await askGuards(job, tags)];
  throwIfRefused(job, stack, tags, refusalOf(job, 'deleted', refusals, markIsMissing));
  await deleteWithImages(job, target, auditOf(job, audit, job.clients));
  job.log(`public repository '${target.name}' was deleted with its images`);
}

/** ECR Public knows no pull times, and nothing tells what runs from it. */
export async function askGuards({ target, properties }: PublicJob, tags: ReadonlyMap<string, string>): Promise<Refusal[]> {
  const { maxImages, requireTag } = properties.guards;
  const { images, isMore } = maxImages === undefined ? { images: 0, isMore: false } : await target.count(maxImages);
  return [...missingTag(requireTag, tags), ...tooManyImages(maxImages, images, { isMore })];
}

export function refusalOf({ target: { subject, arn } }: PublicJob, done: Refused['done'], refusals: readonly Refusal[], markIsMissing: boolean): Refused {
  return {
    subject,
    arn,
    taggedArn: arn,
    done,
    service: 'ecr-public',
    region: PUBLIC_REGION,
    refusals,
    missingMark: markIsMissing ? PUBLIC_REPOSITORY_HANDLER : undefined,
    logicalIds: [],
  };
}
