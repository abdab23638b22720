import { RemovalFailure } from './target-repository';
import { UserError, isRepositoryMissing } from '../protocol/errors';
import type { Task } from '../protocol/job';

const READ_BACKS = 5;

interface ImageFailure {
  readonly imageId?: { readonly imageDigest?: string };
  readonly failureCode?: string;
  readonly failureReason?: string;
}

/** Images as calls of ECR and ECR Public name them. */
export function imageIdsOf(digests: readonly string[]): { imageDigest: string }[] {
  return digests.map(imageDigest => ({ imageDigest }));
}

/** ECR answers 200 and lists the images that it did not delete. One that does not exist need not be deleted. */
export function removalFailures(failures: readonly ImageFailure[] = []): RemovalFailure[] {
  return failures.filter(({ failureCode }) => failureCode !== 'ImageNotFound')
    .map(({ imageId, failureCode = 'unknown', failureReason = '' }) => ({
      digest: imageId?.imageDigest ?? '', code: failureCode, reason: failureReason,
    }));
}

/**
 * Reads back that a repository is gone, which may take a moment to show.
 *
 * @param read must throw RepositoryNotFoundException when it is
 * @param isExpected whether to read again, and fail, while it is still there
 */
export async function confirmGone(task: Task, subject: string, read: () => Promise<void>, isExpected: boolean): Promise<boolean> {
  task.progress(`seeing that ${subject} is gone`);
  for (let reading = 1; reading <= READ_BACKS; reading++) {
    try {
      await read();
    } catch (error) {
      if (!isRepositoryMissing(error)) throw error;
      return true;
    }
    if (!isExpected) return false;
    if (reading < READ_BACKS) await task.clock.sleep(1_000);
  }
  throw new UserError(
    `${subject} exists although it was just deleted: a push, a pull-through cache rule or replication made it again`
    + ' — stop that, then try again',
  );
}
