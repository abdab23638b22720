import type { LiveImage, Partition, Problem } from './partition';
import { readState, renderState } from './state-lines';
import { stateKey } from '../../src/core/shield/keys';
import { describeExistingImages } from '../shared/images/listing';
import { readManifest } from '../shared/images/manifest';
import { putImage, taggedImage } from '../shared/images/tags';
import { isNamed, UserError } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';
import type { ShieldObjects } from '../shared/shield/objects';

/** The partition in Amazon ECR, with its state in Amazon S3. */
export function ecrPartition(task: EcrTask, objects: ShieldObjects, partition: string): Partition {
  const key = stateKey(partition);
  return {
    readState: async () => {
      const object = await objects.readLines(key);
      if (object === undefined) return { isDamaged: false };
      const state = await readState(object.lines);
      return { state, isDamaged: state === undefined, version: object.etag };
    },
    writeState: (state, version) => objects.writeIf(key, renderState(state), version),
    describe: (repositoryName, digests) => describe(task, repositoryName, digests),
    putTag: (repositoryName, digest, tag) => putTag(task, repositoryName, digest, tag),
    image: (repositoryName, digest) => taggedImage(task, repositoryName, digest),
  };
}

async function describe(task: EcrTask, repositoryName: string, digests: readonly string[]): Promise<Map<string, LiveImage>> {
  const live = new Map<string, LiveImage>();
  for await (const page of describeExistingImages(task, repositoryName, digests)) {
    for (const { imageDigest = '', imageTags = [], imageStatus = 'ACTIVE' } of page) {
      live.set(imageDigest, { tags: imageTags, isActive: imageStatus === 'ACTIVE' });
    }
  }
  return live;
}

async function putTag(task: EcrTask, repositoryName: string, digest: string, tag: string): Promise<Problem | undefined> {
  try {
    const image = await readManifest(task, { repositoryName }, digest);
    if (!image) {
      return { kind: 'image-missing', message: `the image ${digest} of repository '${repositoryName}' was deleted before it was tagged.` };
    }
    await putImage(task, repositoryName, { ...image, manifest: image.text }, tag);
    return undefined;
  } catch (error) {
    const kind = kindOf(error);
    if (kind === undefined) throw error;
    return { kind, message: (error as Error).message };
  }
}

/** The kind of a problem of one image, which does not end the work on the others. */
function kindOf(error: unknown): Problem['kind'] | undefined {
  const cause = error instanceof UserError ? error.cause : error;
  if (isNamed(cause, 'LimitExceededException')) return 'tag-limit-reached';
  if (isNamed(cause, 'ImageTagAlreadyExistsException')) return 'tag-moved';
  if (error instanceof UserError || isNamed(error, 'KmsException', 'LayersNotFoundException', 'ReferencedImagesNotFoundException')) {
    return 'image-unreadable';
  }
  return undefined;
}
