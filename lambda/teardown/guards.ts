import { ListImagesCommand } from '@aws-sdk/client-ecr';
import { TeardownProperties } from '../../src/core/wire/teardown';
import { isNamed } from '../shared/errors';
import type { Job } from '../shared/job';
import { untilAllowed } from '../shared/permission';
import { repositoryName } from '../shared/repository';
import { finishedCreation, StackState, statusBeforeDeletion } from '../shared/stack';

/** One guard that says no. `limit` goes into the code that lifts it: another limit is another question. */
export interface Refusal {
  readonly limit: string;
  readonly because: string;
}

/** Asks every guard, just before the deed, and reports all that refuse at once. */
export async function askGuards(job: Job<TeardownProperties>, stack: StackState, tags: ReadonlyMap<string, string>): Promise<Refusal[]> {
  return [
    ...await unfinishedCreation(job, stack),
    ...missingTag(job.properties, tags),
    ...await tooManyImages(job),
  ];
}

/** A first deployment that failed, deleted by `--on-failure DELETE` or by hand: the images may be older than the stack. */
async function unfinishedCreation(job: Job<TeardownProperties>, stack: StackState): Promise<Refusal[]> {
  // of an empty repository that the stack itself made nothing can be lost
  const isEmpty = async () => job.properties.owned && (await countImages(job, 0)).images === 0;
  const stackIds = new Set([job.request.StackId, stack.rootId ?? job.request.StackId]);
  for (const stackId of stackIds) {
    const status = await statusBeforeDeletion(job, stackId);
    if (!finishedCreation(status) && !await isEmpty()) {
      return [{
        limit: 'unfinishedCreation',
        because: status === undefined
          ? 'the events of this stack do not say whether its creation ever finished'
          : `this stack never finished its creation (it was ${status} before the deletion), so the images may not be its own`,
      }];
    }
  }
  return [];
}

function missingTag({ requireTag }: TeardownProperties, tags: ReadonlyMap<string, string>): Refusal[] {
  if (requireTag === undefined || tags.get(requireTag.key) === requireTag.value) return [];
  const { key, value } = requireTag;
  const live = tags.get(key);
  return [{
    limit: `requireTag=${JSON.stringify([key, value])}`,
    because: `it must carry the tag ${key}=${value}, but ${live === undefined ? `has no tag ${key}` : `carries ${key}=${live}`}`,
  }];
}

async function tooManyImages(job: Job<TeardownProperties>): Promise<Refusal[]> {
  const { maxImages } = job.properties;
  if (maxImages === undefined) return [];
  const { images, more } = await countImages(job, maxImages);
  if (images <= maxImages) return [];
  const noun = images === 1 ? 'image' : 'images';
  return [{
    limit: `maxImages=${maxImages}`,
    because: `it holds ${more ? 'at least ' : ''}${images} ${noun}, more than its maxImages of ${maxImages}`,
  }];
}

/** Counts digests, not rows: ListImages has a row for every tag. Stops as soon as the limit is passed. */
async function countImages(job: Job<TeardownProperties>, limit: number): Promise<{ images: number; more: boolean }> {
  const name = repositoryName(job.properties.repositoryArn);
  const digests = new Set<string>();
  let nextToken: string | undefined;
  try {
    do {
      job.progress(`counting the images of repository '${name}' (${digests.size} so far, nothing deleted)`);
      const input = { repositoryName: name, maxResults: 1_000, nextToken, filter: { tagStatus: 'ANY', imageStatus: 'ANY' } } as const;
      const page = await untilAllowed(job, () => job.ecr.send(new ListImagesCommand(input), { abortSignal: job.signal }));
      for (const { imageDigest } of page?.imageIds ?? []) if (imageDigest) digests.add(imageDigest);
      nextToken = page?.nextToken;
    } while (nextToken && digests.size <= limit);
  } catch (error) {
    if (!isNamed(error, 'RepositoryNotFoundException')) throw error;
    return { images: 0, more: false };
  }
  return { images: digests.size, more: nextToken !== undefined };
}
