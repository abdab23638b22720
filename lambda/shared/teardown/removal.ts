import { RemovalFailure } from './target-repository';
import { readBack } from '../aws/read-back';
import { UserError, ifRepositoryMissing } from '../protocol/errors';
import type { Task } from '../protocol/job';

interface ImageFailure {
  readonly imageId?: { readonly imageDigest?: string };
  readonly failureCode?: string;
  readonly failureReason?: string;
}

/** Returns images in the form that calls of ECR and ECR Public take. */
export function imageIdsOf(digests: readonly string[]): { imageDigest: string }[] {
  return digests.map(imageDigest => ({ imageDigest }));
}

/** ECR returns status 200 and lists the images that it did not delete, including those that do not exist. */
export function removalFailures(failures: readonly ImageFailure[] = []): RemovalFailure[] {
  return failures.map(({ imageId, failureCode = 'unknown', failureReason = '' }) => ({
    digest: imageId?.imageDigest ?? '', code: failureCode, reason: failureReason,
  }));
}

/**
 * Confirms that a repository is gone.
 *
 * @param read returns when the repository was created; must throw RepositoryNotFoundException if there is no repository
 * @param cause thrown if the repository remains
 */
export async function confirmGone(
  task: Task, subject: string, patience: number, read: () => Promise<Date | undefined>, cause?: Error,
): Promise<void> {
  let createdAt: Date | undefined;
  const isGone = () => read().then(at => {
    createdAt = at;
    return false;
  }, ifRepositoryMissing(true));
  if (await readBack(task, patience, `${subject} to be gone`, isGone)) return;
  throw cause ?? new UserError(
    `${subject} still exists ${patience / 1_000} seconds after its deletion. If it was created since then`
    + ` (${createdAt?.toISOString()}), stop the push, pull-through cache rule, or replication that creates it. Then try again.`,
  );
}
