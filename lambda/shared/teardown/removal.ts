import { RemovalFailure } from './target-repository';
import { readBack } from '../aws/read-back';
import { UserError, ifRepositoryMissing } from '../protocol/errors';
import type { Task } from '../protocol/job';

interface ImageFailure {
  readonly imageId?: { readonly imageDigest?: string };
  readonly failureCode?: string;
  readonly failureReason?: string;
}

/** Images as calls of ECR and ECR Public name them. */
export function imageIdsOf(digests: readonly string[]): { imageDigest: string }[] {
  return digests.map(imageDigest => ({ imageDigest }));
}

/** ECR answers 200 and lists the images that it did not delete, those that do not exist among them. */
export function removalFailures(failures: readonly ImageFailure[] = []): RemovalFailure[] {
  return failures.map(({ imageId, failureCode = 'unknown', failureReason = '' }) => ({
    digest: imageId?.imageDigest ?? '', code: failureCode, reason: failureReason,
  }));
}

/**
 * Reads back that a repository is gone.
 *
 * @param read returns when the repository was created; must throw RepositoryNotFoundException when there is none
 * @param cause thrown if it does not go
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
    `${subject} still exists ${patience / 1_000} seconds after its deletion — if it was created since then`
    + ` (${createdAt?.toISOString()}), stop the push, pull-through cache rule or replication that does so; then try again`,
  );
}
