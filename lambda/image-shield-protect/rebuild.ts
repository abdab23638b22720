import { DescribeImagesCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { changeState, Partition } from './partition';
import { UNKNOWN_SOURCE } from '../../src/core/shield/found-use';
import { partitionOf } from '../../src/core/shield/keys';
import { isSelected, Selection } from '../../src/core/shield/selection';
import { NEW_STATE, PartitionState, ProtectedImage } from '../../src/core/shield/state';
import { generationOf, isKeepTag } from '../../src/core/shield/tags';
import { sendToEcr } from '../shared/aws/send-command';
import { ifRepositoryMissing } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

const PAGE = 1_000;

/** Where to look for keep tags. */
export interface RebuildScope {
  readonly partition: string;
  readonly selection: Selection;
  readonly tagPrefix: string;
  /** Time of the run, from which the images count as unused. */
  readonly seenAt: string;
}

/** Images that have a keep tag, by repository and digest. */
type TaggedImages = Map<string, Map<string, ProtectedImage>>;

/** Returns the selected repositories of a partition in the order of their names. */
async function repositoriesOf(task: EcrTask, { partition, selection }: RebuildScope): Promise<string[]> {
  const [registryId, region] = partition.split('/');
  const names = new Array<string>();
  let nextToken: string | undefined;
  do {
    task.progress(`listing repositories (${names.length} so far)`);
    const page = await sendToEcr(task, DescribeRepositoriesCommand, { registryId, nextToken, maxResults: PAGE });
    for (const { repositoryName = '' } of page?.repositories ?? []) {
      const isOwn = isSelected(selection, repositoryName) && partitionOf(registryId, region, repositoryName) === partition;
      if (isOwn) names.push(repositoryName);
    }
    nextToken = page?.nextToken;
  } while (nextToken);
  return names.sort();
}

/** Returns the images of a repository that have keep tags, as images that were in use until now. */
async function taggedImagesOf(
  task: EcrTask, repositoryName: string, { tagPrefix, seenAt }: RebuildScope,
): Promise<Map<string, ProtectedImage>> {
  const images = new Map<string, ProtectedImage>();
  let nextToken: string | undefined;
  do {
    task.progress(`looking for keep tags in repository '${repositoryName}'`);
    const input = { repositoryName, nextToken, maxResults: PAGE, filter: { tagStatus: 'TAGGED', imageStatus: 'ANY' } as const };
    const page = await sendToEcr(task, DescribeImagesCommand, input).catch(ifRepositoryMissing(undefined));
    for (const { imageDigest = '', imageTags = [] } of page?.imageDetails ?? []) {
      const keepTags = imageTags.filter(tag => isKeepTag(tagPrefix, imageDigest, tag));
      const generations = keepTags.map(tag => generationOf(tagPrefix, imageDigest, tag));
      if (generations.length === 0) continue;
      images.set(imageDigest, {
        generation: Math.max(...generations),
        phase: 'kept',
        changed: seenAt,
        since: seenAt,
        lastUsed: seenAt,
        seenIn: [UNKNOWN_SOURCE],
        usedBy: 'unknown: the keep tag is older than the state',
      });
    }
    nextToken = page?.nextToken;
  } while (nextToken);
  return images;
}

/** Returns the state with images that it did not know, and with the latest generation of the others. */
function withTagged(state: PartitionState, tagged: TaggedImages, complete: PartitionState['complete']): PartitionState {
  const images: Record<string, Record<string, ProtectedImage>> = Object.create(null);
  for (const [repositoryName, ofRepository] of Object.entries(state.images)) images[repositoryName] = { ...ofRepository };
  for (const [repositoryName, ofRepository] of tagged) {
    for (const [digest, image] of ofRepository) {
      images[repositoryName] ??= {};
      const known = images[repositoryName][digest] ?? image;
      images[repositoryName][digest] = { ...known, generation: Math.max(known.generation, image.generation) };
    }
  }
  return { ...state, complete, images };
}

/** After so many images, the state is written, so that the work continues from there. */
const IMAGES_PER_WRITE = 1_000;

/**
 * Adds the images that have keep tags to an incomplete state: a new one, a damaged one, or one that was begun before.
 *
 * @returns whether the state is complete now
 */
export async function rebuild(task: EcrTask, partition: Partition, scope: RebuildScope, isTimeUp: () => boolean): Promise<boolean> {
  const from = (await partition.readState()).state?.complete ?? false;
  const names = (await repositoriesOf(task, scope)).filter(name => typeof from === 'boolean' || name > from);
  let tagged: TaggedImages = new Map();
  let count = 0;
  const save = async (complete: PartitionState['complete']) => {
    await changeState(partition, NEW_STATE, async state => withTagged(state, tagged, complete));
    tagged = new Map();
    count = 0;
  };
  for (const name of names) {
    const images = await taggedImagesOf(task, name, scope);
    tagged.set(name, images);
    count += images.size;
    if (isTimeUp() || count >= IMAGES_PER_WRITE) await save(name);
    if (isTimeUp()) return false;
  }
  await save(true);
  return true;
}
