import { Audit, NO_AUDIT } from './audit';
import type { TargetRepository } from './target-repository';
import type { Task } from '../protocol/job';

/** Deletes a repository with everything in it, after the audit, if there is one, has recorded its images. */
export async function deleteWithImages(task: Task, target: TargetRepository, audit: Audit): Promise<void> {
  if (audit !== NO_AUDIT) for await (const page of target.images()) await audit.record(target.arn, page);
  task.progress(`deleting ${target.subject} with its images`);
  await target.remove();
}
