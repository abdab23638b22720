import { PublicJob } from './public-job';
import { removeTags } from './tags';
import { NO_EXCEPTIONS } from '../../src/core/images/kept-images';
import type { Refusal } from '../../src/core/teardown/guards';
import { PUBLIC_REPOSITORY_HANDLER } from '../../src/core/wire/public-repository';
import { auditOf } from '../shared/teardown/audit';
import { deleteWithImages } from '../shared/teardown/delete';
import { RefusalContext, throwIfRefused } from '../shared/teardown/refusal';
import { checkRepositoryGuards } from '../shared/teardown/repository-guards';
import { checkCreation, StackDeletion } from '../shared/teardown/stack-deletion';

export async function deleteOnStackDeletion(job: PublicJob, { tags, override, markIsMissing, stack }: StackDeletion): Promise<void> {
  const { target, properties: { audit } } = job;
  const isEmpty = async () => (await target.count(0)).images === 0;
  const refusals = [...await checkCreation(job, stack, isEmpty), ...await checkGuards(job, tags)];
  await throwIfRefused(job, stack, override, refusalContext(job, 'deleted', refusals, markIsMissing));
  await deleteWithImages(job, target, auditOf(job, audit, job.clients));
  job.log(`public repository '${target.name}' was deleted with its images`);
}

/** Nothing tells what runs from a public repository. */
export async function checkGuards({ target, properties: { guards } }: PublicJob, tags: ReadonlyMap<string, string>): Promise<Refusal[]> {
  return (await checkRepositoryGuards(target, tags, { guards, exceptions: NO_EXCEPTIONS })).refusals;
}

export function refusalContext(
  job: PublicJob, outcome: RefusalContext['outcome'], refusals: readonly Refusal[], markIsMissing: boolean,
): RefusalContext {
  const { target: { subject, arn } } = job;
  return {
    subject,
    arn,
    outcome,
    refusals,
    missingMark: markIsMissing ? PUBLIC_REPOSITORY_HANDLER : undefined,
    logicalIds: [],
    untag: keys => removeTags(job, keys),
  };
}
