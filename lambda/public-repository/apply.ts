import { catalogDiffers, settleCatalog } from './catalog';
import { policyDiffers, settlePolicy } from './policy';
import { MARK, PublicJob, teardownOf } from './public-job';
import { attributesOf, findOrCreate } from './repository';
import { missingTags, settleTags } from './tags';
import { markOwner, markValue } from '../../src/core/mark';
import { publicRepositoryName } from '../../src/core/public-repository/arn';
import { PUBLIC_REGION } from '../../src/core/public-repository/region';
import { PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import { UserError } from '../shared/protocol/errors';
import { ALREADY_PRESENT } from '../shared/protocol/physical-id';
import type { Attributes } from '../shared/protocol/response';
import { unlessRollingBack } from '../shared/repository/located-repository';
import { emptyIfTriggered } from '../shared/teardown/empty-unless-refused';

type TagMap = ReadonlyMap<string, string>;

/** Create: makes the repository, or continues with one that this stack made, and settles it as the template says. */
export async function create(job: PublicJob): Promise<Attributes> {
  const liveTags = await findOrCreate(job);
  if (liveTags) await takeOver(job, liveTags);
  await settle(job, undefined);
  await emptyIfTriggered(job, teardownOf(job), undefined, liveTags);
  return attributesOf(job);
}

/**
 * Update: as Create. A repository that somebody deleted is made again, empty. One without this resource's mark may have been made by
 * somebody else.
 */
export async function change(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<Attributes> {
  await unlessRollingBack(job, async () => {
    refuseAnotherName(job, old);
    const liveTags = await findOrCreate(job);
    if (liveTags && ownerOf(job, liveTags) !== 'own') throw ownershipError(job, liveTags);
    await settle(job, old);
    await emptyIfTriggered(job, teardownOf(job), old, liveTags);
  });
  return attributesOf(job);
}

/** The tags come first, since IAM allows the rest by the mark among them. */
async function settle(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<void> {
  await settleTags(job, old);
  await settleCatalog(job, old);
  await settlePolicy(job, old);
  job.log(`public repository '${job.target.name}' is as the template says`);
}

function ownerOf({ request }: PublicJob, tags: TagMap) {
  return markOwner(tags.get(MARK), request.StackId, request.LogicalResourceId);
}

/**
 * A repository that exists at Create belongs to this very resource, to one of this stack whose construct id changed, or to somebody else.
 */
async function takeOver(job: PublicJob, tags: TagMap): Promise<void> {
  const owner = ownerOf(job, tags);
  if (owner === 'own') return job.begin(ALREADY_PRESENT);
  if (owner !== 'same-stack') throw ownershipError(job, tags);
  const differences = [
    ...missingTags(job, tags).some(([key]) => key !== MARK) ? ['tags'] : [],
    ...await catalogDiffers(job) ? ['catalog data'] : [],
    ...await policyDiffers(job) ? ['policy'] : [],
  ];
  const [, predecessor] = tags.get(MARK)!.split(':');
  if (differences.length > 0) {
    throw new UserError(`${job.target.subject} is ${predecessor}'s in this stack: its construct id and its ${differences.join(', ')}`
      + ' changed in one deployment, and if that were rolled back, nobody would know what was there before — change the construct id alone,'
      + ' then the rest; nothing was changed');
  }
  job.begin(predecessor);
  job.log(`public repository '${job.target.name}' was ${predecessor}'s and is this resource's now`);
}

function refuseAnotherName({ properties: { repositoryArn }, target }: PublicJob, old: PublicRepositoryProperties | undefined): void {
  if (old === undefined || old.repositoryArn === repositoryArn) return;
  throw new UserError(`${target.subject} cannot take the place of '${publicRepositoryName(old.repositoryArn)}' in the same construct, whose`
    + ' images would stay behind — give the construct another id, then the old repository is kept and the new one made;'
    + ' nothing was changed');
}

function ownershipError({ request, target, properties: { repositoryArn } }: PublicJob, tags: TagMap): UserError {
  const live = tags.get(MARK);
  return new UserError(
    `${target.subject} exists already and is not this stack's`
    + ` (${live === undefined ? `it has no tag ${MARK}` : `its tag ${MARK} is ${live}`}), nothing was changed`
    + ' — import it with PublicRepository.fromRepositoryName, or choose another name; or, if this stack is to own it from now on,'
    + ' policy and catalog data included, run this and deploy again (in a stack that is new, deploy it without this repository first,'
    + ` so that the stack stays):\naws ecr-public tag-resource --region ${PUBLIC_REGION} --resource-arn ${repositoryArn} --tags`
    + ` Key=${MARK},Value=${markValue(request.StackId, request.LogicalResourceId)}`);
}
