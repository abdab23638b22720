import { ImageNode, ImageTree, readTree, TreePlan } from './image-tree';
import { copyLayers, LayerDestination, LayerSizes } from './layers';
import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import type { TagChange } from '../shared/images/memo';
import { describeImage, putImage, PutableImage, putTags } from '../shared/images/tags';
import { isNamed } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

export interface CopyPlan extends TreePlan {
  readonly tags: readonly string[];
  /** Called before the first change, if a tag points to another image. */
  begin(digest: string, changes: readonly TagChange[]): void;
}

export interface CopyResult extends LayerSizes {
  readonly digest: string;
  /** Tags that did not point to the image before. */
  readonly tagChanges: readonly TagChange[];
  /** Whether the repository did not have the image before. */
  readonly isImageNew: boolean;
}

/**
 * Copies an image with everything that it refers to. The order is: all layers, the manifests from the innermost to the outermost, attached
 * artifacts, and tags. An incomplete image can therefore never be pulled by tag.
 */
export async function copyImage(task: EcrTask, source: ImageSource, to: LayerDestination, plan: CopyPlan): Promise<CopyResult> {
  const tree = await readTree(task, source, plan);
  const { digest } = tree.root;
  const isImageNew = await describeImage(task, to.repositoryName, digest) === undefined;
  const blobs = blobsOf(tree);
  let { bytesSent, bytesSkipped } = await copyLayers(task, source, to, blobs);
  for (let retries = 0; !await tryPutManifests(task, to.repositoryName, tree, retries === MOST_RETRIES); retries++) {
    const more = await copyLayers(task, source, to, blobs);
    bytesSent += more.bytesSent;
    bytesSkipped = Math.min(bytesSkipped, more.bytesSkipped);
  }
  const tagChanges = await putTags(task, to.repositoryName, toPutableImage(tree.root), plan.tags, changes => plan.begin(digest, changes));
  return { digest, bytesSent, bytesSkipped, tagChanges, isImageNew };
}

/** ECR may remove layers that no image refers to at any time, even if they were just sent. */
const MOST_RETRIES = 3;

/** @returns whether all manifests were put; false if ECR removed layers in the meantime. The last attempt throws in that case */
async function tryPutManifests(task: EcrTask, repositoryName: string, tree: ImageTree, isLast: boolean): Promise<boolean> {
  try {
    await putManifests(task, repositoryName, tree);
    return true;
  } catch (error) {
    if (!isNamed(error, 'LayersNotFoundException') || isLast) throw error;
    task.log(`ECR removed layers before their image was put, and they are sent again: ${(error as Error).message}`);
    return false;
  }
}

async function putManifests(task: EcrTask, repositoryName: string, tree: ImageTree): Promise<void> {
  for (const node of [...tree.parts, tree.root]) await putManifest(task, repositoryName, node);
  for (const node of tree.attached) await putManifest(task, repositoryName, node);
  for (const [tag, node] of tree.attachedTags) await putTags(task, repositoryName, toPutableImage(node), [tag]);
}

/** Returns the largest blob first, so that it is not the only one that is still being sent at the end. */
function blobsOf({ root, parts, attached }: ImageTree): Descriptor[] {
  const blobs = new Map([root, ...parts, ...attached].flatMap(({ manifest }) => manifest.blobs).map(blob => [blob.digest, blob]));
  return [...blobs.values()].sort((a, b) => b.size - a.size);
}

async function putManifest(task: EcrTask, repositoryName: string, node: ImageNode): Promise<void> {
  task.progress(`putting the manifest ${node.digest} into repository '${repositoryName}'`);
  await putImage(task, repositoryName, toPutableImage(node));
}

function toPutableImage({ digest, text, manifest: { mediaType } }: ImageNode): PutableImage {
  return { digest, mediaType, manifest: text };
}
