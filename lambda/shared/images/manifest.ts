import { hash } from 'node:crypto';
import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import type { ImageIdentifier } from '@aws-sdk/client-ecr';
import { MANIFEST_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { sendToEcr } from '../aws/send-command';
import { UserError } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

/** A manifest exactly as it was read. */
export interface FetchedManifest {
  /** Computed from the bytes that were read. */
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
 * Returns the manifest of an image in ECR; undefined if the image does not exist or is archived. ECR may record this as a pull.
 *
 * @throws UserError if the image exists but cannot be read
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
      + ` (${failure.failureCode}: ${failure.failureReason}). Fix the cause, then try again.`);
  }
  const [{ imageManifest: text = '', imageManifestMediaType: mediaType = '' } = {}] = answer?.images ?? [];
  return { digest: sha256(text), mediaType, text };
}

/** Returns the identifier of an image for calls of ECR. */
export function imageIdOf(tagOrDigest: string): ImageIdentifier {
  return tagOrDigest.startsWith('sha256:') ? { imageDigest: tagOrDigest } : { imageTag: tagOrDigest };
}

export function sha256(data: string | Uint8Array): string {
  return `sha256:${hash('sha256', data)}`;
}
