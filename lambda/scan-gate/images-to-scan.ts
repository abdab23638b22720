import { isIndex, parseManifest } from '../../src/core/images/manifest';
import { isAttestation } from '../../src/core/images/platform';
import { readManifest } from '../shared/images/manifest';
import { describeImage, restored } from '../shared/images/tags';
import { Explained } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

export interface ScannedImage {
  readonly digest: string;
  /** The images to be scanned: of an index, those that it refers to. */
  readonly images: readonly string[];
}

/** Scanners look into images, not into indexes, nor into what is attached to them. */
export async function imagesToScan(task: EcrTask, repositoryName: string, tagOrDigest: string): Promise<ScannedImage> {
  const found = await describeImage(task, repositoryName, tagOrDigest);
  // says whether it is the repository that is missing
  if (!found?.imageDigest) await readManifest(task, { repositoryName }, tagOrDigest);
  if (!found?.imageDigest) throw new Explained(`Repository '${repositoryName}' has no image ${tagOrDigest} — push it, or correct the name, and deploy again`);
  if (found.imageStatus !== undefined && found.imageStatus !== 'ACTIVE') throw archived(repositoryName, tagOrDigest, found.imageStatus);
  const digest = found.imageDigest;
  const images = isIndex(found.imageManifestMediaType ?? '') ? [...await imagesOf(task, repositoryName, digest)] : [digest];
  if (images.length === 0) {
    throw new Explained(`Repository '${repositoryName}': the index ${digest} has no image that could be scanned, so that there is nothing to judge`
      + ' — push it with its images, and deploy again');
  }
  return { digest, images };
}

export function archived(repositoryName: string, image: string, status: string): Explained {
  return new Explained(`Repository '${repositoryName}': the image ${image} is ${status.toLowerCase()} and cannot be scanned`
    + ` — ${restored(status)}, and deploy again`);
}

async function imagesOf(task: EcrTask, repositoryName: string, digest: string, into = new Set<string>()): Promise<Set<string>> {
  const fetched = await readManifest(task, { repositoryName }, digest);
  if (!fetched) throw new Explained(`Repository '${repositoryName}': the index ${digest} cannot be read — see that it is not archived, and deploy again`);
  for (const child of parseManifest(fetched.text, fetched.mediaType).children) {
    if (isAttestation(child)) continue;
    if (isIndex(child.mediaType)) await imagesOf(task, repositoryName, child.digest, into);
    else into.add(child.digest);
  }
  return into;
}
