import { catalogDiffers, settleCatalog } from './catalog';
import { policyDiffers, settlePolicy } from './policy';
import { MARK, PublicJob, teardownOf } from './public-job';
import { attributesOf, findOrCreate } from './repository';
import { missingTags, settleTags } from './tags';
import { markOwner, markValue } from '../../src/core/mark';
import { parsePublicRepositoryArn, publicRepositoryName } from '../../src/core/public-repository/arn';
import { PUBLIC_PARTITION, PUBLIC_REGION } from '../../src/core/public-repository/region';
import { PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import { UserError } from '../shared/protocol/errors';
import { ALREADY_PRESENT } from '../shared/protocol/physical-id';
import type { Attributes } from '../shared/protocol/response';
import { unlessRollingBack } from '../shared/repository/located-repository';
import { emptyIfTriggered } from '../shared/teardown/empty-unless-refused';

type TagMap = ReadonlyMap<string, string>;

/** Create: creates the repository, or takes over one that this stack created, and applies the settings of the template. */
export async function create(job: PublicJob): Promise<Attributes> {
  refuseOtherPartition(job);
  const liveTags = await findOrCreate(job);
  if (liveTags) await takeOver(job, liveTags);
  await settle(job, undefined);
  await emptyIfTriggered(job, teardownOf(job), undefined, liveTags);
  return attributesOf(job);
}

/** Nothing is called, so that the Create that failed has nothing to undo. */
function refuseOtherPartition({ target, properties: { repositoryArn } }: PublicJob): void {
  const partition = parsePublicRepositoryArn(repositoryArn)?.partition;
  if (partition === PUBLIC_PARTITION) return;
  throw new UserError(`${target.subject} cannot be created: Amazon ECR Public is only in the partition '${PUBLIC_PARTITION}', but the stack`
    + ` is in '${partition}'. Declare it in a stack of an account in '${PUBLIC_PARTITION}'.`);
}

/**
 * Update: does the same as Create. A repository that somebody deleted is created again, empty. A repository without this resource's mark is
 * refused, because somebody else may have created it.
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

/** The tags come first, because IAM allows the other calls only if the mark is among them. */
async function settle(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<void> {
  await settleTags(job, old);
  await settleCatalog(job, old);
  await settlePolicy(job, old);
  job.log(`public repository '${job.target.name}' has the settings of the template`);
}

function ownerOf({ request }: PublicJob, tags: TagMap) {
  return markOwner(tags.get(MARK), request.StackId, request.LogicalResourceId);
}

/**
 * A repository that exists at Create belongs to this resource, to one of this stack whose construct id changed, or to somebody else.
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
    throw new UserError(`${job.target.subject} belongs to ${predecessor} in this stack, but its construct id and its`
      + ` ${differences.join(', ')} changed in one deployment. A rollback could not restore the previous settings, so nothing was changed.`
      + ' Deploy the new construct id first, then the other changes.');
  }
  job.begin(predecessor);
  job.log(`public repository '${job.target.name}' belonged to ${predecessor} and now belongs to this resource`);
}

function refuseAnotherName({ properties: { repositoryArn }, target }: PublicJob, old: PublicRepositoryProperties | undefined): void {
  if (old === undefined || old.repositoryArn === repositoryArn) return;
  throw new UserError(`${target.subject} cannot replace '${publicRepositoryName(old.repositoryArn)}' in the same construct, because its`
    + ' images would be left behind. Nothing was changed. Give the construct a different id, so that the old repository is kept and the new'
    + ' one is created.');
}

function ownershipError({ request, target, properties: { repositoryArn } }: PublicJob, tags: TagMap): UserError {
  const live = tags.get(MARK);
  return new UserError(
    `${target.subject} already exists and does not belong to this stack`
    + ` (${live === undefined ? `it has no tag ${MARK}` : `its tag ${MARK} is ${live}`}). Nothing was changed.`
    + ' Import it with PublicRepository.fromRepositoryName, or choose another name. If this stack should own it from now on, including its'
    + ' policy and catalog data, run this command, then deploy again (deploy a new stack without this repository first, so that the stack'
    + ` remains):\naws ecr-public tag-resource --region ${PUBLIC_REGION} --resource-arn ${repositoryArn} --tags`
    + ` Key=${MARK},Value=${markValue(request.StackId, request.LogicalResourceId)}`);
}
