import { PublicJob } from './public-job';
import { askGuards, refusalOf } from './remove';
import { releaseMark, removeTags } from './tags';
import { NO_EXCEPTIONS } from '../../src/core/images/kept-images';
import { PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import { auditOf } from '../shared/teardown/audit';
import { emptyGuarded, Emptying, isAskedByToken, Occasion } from '../shared/teardown/empty-guarded';
import type { StackDeletion } from '../shared/teardown/stack-deletion';

/** The repository stays, its images go with the stack. */
export async function emptyAtTheEnd(job: PublicJob, going: StackDeletion): Promise<void> {
  await emptyGuarded(job, going, emptyingOf(job, going));
  await releaseMark(job, going.stack.status);
  job.log(`public repository '${job.target.name}' stays`);
}

export async function emptyOnToken(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<void> {
  if (!await isAskedByToken(job, old)) return;
  const tags = await job.target.tags();
  const occasion = tags && { tags, markIsMissing: false };
  if (occasion) await emptyGuarded(job, occasion, emptyingOf(job, occasion));
}

function emptyingOf(job: PublicJob, { tags, markIsMissing }: Occasion): Emptying {
  const { target, clients, properties: { audit } } = job;
  return {
    target,
    exceptions: NO_EXCEPTIONS,
    audit: () => auditOf(job, audit, clients),
    ask: () => askGuards(job, tags),
    refusal: refusals => refusalOf(job, 'emptied', refusals, markIsMissing),
    untag: keys => removeTags(job, keys),
  };
}
