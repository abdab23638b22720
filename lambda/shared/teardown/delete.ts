import { Audit, NO_AUDIT } from './audit';
import type { TargetRepository } from './target-repository';
import type { Task } from '../protocol/job';

/** Removes a repository with all that is in it, after it was written down where that is asked for. */
export async function deleteWithImages(task: Task, target: TargetRepository, audit: Audit): Promise<void> {
  if (audit !== NO_AUDIT) for await (const page of target.images()) await audit.record(target.arn, page);
  task.progress(`deleting ${target.subject} with its images`);
  await target.remove();
}
