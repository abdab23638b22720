import { ImageNode, ImageTree, readTree, TreePlan } from './image-tree';
import { copyLayers, LayerDestination, LayerSizes } from './layers';
import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import type { ChangedTag } from '../shared/images/memo';
import { putImage, PutableImage, putTags } from '../shared/images/tags';
import { isNamed } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

export interface CopyPlan extends TreePlan {
  readonly tags: readonly string[];
}

export interface Copied extends LayerSizes {
  readonly digest: string;
  /** Tags that did not point to the image before. */
  readonly changed: readonly ChangedTag[];
}

/**
 * Copies an image with everything that it refers to. All layers come first, then the manifests from the innermost on, then what is attached, then the
 * tags: whoever pulls by tag finds the whole image or none.
 */
export async function copyImage(task: EcrTask, source: ImageSource, to: LayerDestination, plan: CopyPlan): Promise<Copied> {
  const tree = await readTree(task, source, plan);
  const blobs = blobsOf(tree);
  let { bytesSent, bytesSkipped } = await copyLayers(task, source, to, blobs);
  for (let again = 0; !await putAll(task, to.repositoryName, tree, again === MOST_CLEANED_UP); again++) {
    const more = await copyLayers(task, source, to, blobs);
    bytesSent += more.bytesSent;
    bytesSkipped = Math.min(bytesSkipped, more.bytesSkipped);
  }
  const changed = await putTags(task, to.repositoryName, putable(tree.root), plan.tags);
  return { digest: tree.root.digest, bytesSent, bytesSkipped, changed };
}

/** ECR removes layers that no image refers to at times of its own, be they sent a moment ago. */
const MOST_CLEANED_UP = 3;

/** @returns whether all of it is there; layers may have been cleaned up meanwhile, which is thrown the last time */
async function putAll(task: EcrTask, repositoryName: string, tree: ImageTree, isLast: boolean): Promise<boolean> {
  try {
    await putManifests(task, repositoryName, tree);
    return true;
  } catch (error) {
    if (!isNamed(error, 'LayersNotFoundException') || isLast) throw error;
    task.log(`ECR cleaned layers up before their image was put, they are sent again: ${(error as Error).message}`);
    return false;
  }
}

async function putManifests(task: EcrTask, repositoryName: string, tree: ImageTree): Promise<void> {
  for (const node of [...tree.parts, tree.root]) await put(task, repositoryName, node);
  for (const node of tree.attached) await put(task, repositoryName, node);
  for (const [tag, node] of tree.attachedTags) await putTags(task, repositoryName, putable(node), [tag]);
}

/** The largest first, so that none of them is left to the end alone. */
function blobsOf({ root, parts, attached }: ImageTree): Descriptor[] {
  const blobs = new Map([root, ...parts, ...attached].flatMap(({ manifest }) => manifest.blobs).map(blob => [blob.digest, blob]));
  return [...blobs.values()].sort((a, b) => b.size - a.size);
}

async function put(task: EcrTask, repositoryName: string, node: ImageNode): Promise<void> {
  task.progress(`putting the manifest ${node.digest} into repository '${repositoryName}'`);
  await putImage(task, repositoryName, putable(node));
}

function putable({ digest, text, manifest: { mediaType } }: ImageNode): PutableImage {
  return { digest, mediaType, manifest: text };
}
