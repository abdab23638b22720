import { isIndex, parseManifest } from '../../src/core/images/manifest';
import { isAttestation } from '../../src/core/images/platform';
import { readManifest } from '../shared/images/manifest';
import { describeImage, restoreAdvice } from '../shared/images/tags';
import { UserError } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

export interface ImagesToScan {
  /** Digest of the image or the index. */
  readonly digest: string;
  /** Digests of the images to scan: those of an index, or the image itself. */
  readonly images: readonly string[];
}

/** Scanners do not support indexes or artifacts that are attached to images. */
export async function imagesToScan(task: EcrTask, repositoryName: string, tagOrDigest: string): Promise<ImagesToScan> {
  const detail = await describeImage(task, repositoryName, tagOrDigest);
  // throws if the repository does not exist either
  if (!detail?.imageDigest) await readManifest(task, { repositoryName }, tagOrDigest);
  if (!detail?.imageDigest) {
    throw new UserError(`Repository '${repositoryName}' has no image ${tagOrDigest}. Push it, or correct the tag or digest,`
      + ' and deploy again.');
  }
  const { imageDigest: digest, imageStatus = 'ACTIVE' } = detail;
  if (imageStatus !== 'ACTIVE') throw archivedError(repositoryName, tagOrDigest, imageStatus);
  const images = isIndex(detail.imageManifestMediaType ?? '') ? [...await imagesOf(task, repositoryName, digest)] : [digest];
  if (images.length === 0) {
    throw new UserError(`Repository '${repositoryName}': the index ${digest} has no image that can be scanned.`
      + ' Push the index with its images, and deploy again.');
  }
  return { digest, images };
}

export function archivedError(repositoryName: string, image: string, status: string): UserError {
  return new UserError(`Repository '${repositoryName}': the image ${image} is ${status.toLowerCase()} and cannot be scanned.`
    + ` ${restoreAdvice(status)}, and deploy again.`);
}

async function imagesOf(task: EcrTask, repositoryName: string, digest: string, into = new Set<string>()): Promise<Set<string>> {
  const fetched = await readManifest(task, { repositoryName }, digest);
  if (!fetched) {
    throw new UserError(`Repository '${repositoryName}': the index ${digest} cannot be read.`
      + ' Check that it is not archived, and deploy again.');
  }
  for (const child of parseManifest(fetched.text, fetched.mediaType).children) {
    if (isAttestation(child)) continue;
    if (isIndex(child.mediaType)) await imagesOf(task, repositoryName, child.digest, into);
    else into.add(child.digest);
  }
  return into;
}
