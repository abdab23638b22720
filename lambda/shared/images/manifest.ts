import { hash } from 'node:crypto';
import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import type { ImageIdentifier } from '@aws-sdk/client-ecr';
import { MANIFEST_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { sendToEcr } from '../aws/send-command';
import { UserError } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

/** A manifest as it was read, byte by byte. Its digest is of these bytes. */
export interface FetchedManifest {
  /** Computed over what was read. */
  readonly digest: string;
  readonly mediaType: string;
  readonly text: string;
}

export interface RegistryRepository {
  /** @default - the caller's account */
  readonly registryId?: string;
  readonly repositoryName: string;
}

/**
 * The manifest of an image of ECR; undefined when there is none, or it is archived. ECR may record this as a pull of the image.
 *
 * @throws UserError when there is one that cannot be read
 */
export async function readManifest(
  task: EcrTask, repository: RegistryRepository, tagOrDigest: string,
): Promise<FetchedManifest | undefined> {
  const input = { ...repository, imageIds: [imageIdOf(tagOrDigest)], acceptedMediaTypes: MANIFEST_MEDIA_TYPES };
  const answer = await sendToEcr(task, BatchGetImageCommand, input);
  const [failure] = answer?.failures ?? [];
  if (failure?.failureCode === 'ImageNotFound') return undefined;
  if (failure) {
    throw new UserError(`Repository '${repository.repositoryName}': the image ${tagOrDigest} cannot be read`
      + ` (${failure.failureCode}: ${failure.failureReason}) — mend that, then try again`);
  }
  const [{ imageManifest: text = '', imageManifestMediaType: mediaType = '' } = {}] = answer?.images ?? [];
  return { digest: sha256(text), mediaType, text };
}

/** An image as calls of ECR name it. */
export function imageIdOf(tagOrDigest: string): ImageIdentifier {
  return tagOrDigest.startsWith('sha256:') ? { imageDigest: tagOrDigest } : { imageTag: tagOrDigest };
}

export function sha256(data: string | Uint8Array): string {
  return `sha256:${hash('sha256', data)}`;
}
