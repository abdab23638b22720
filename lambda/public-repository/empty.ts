import { PublicJob } from './public-job';
import { checkGuards, refusalContext } from './remove';
import { releaseMark } from './tags';
import { NO_EXCEPTIONS } from '../../src/core/images/kept-images';
import { PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import { auditOf } from '../shared/teardown/audit';
import { emptyGuarded, Emptying, isTriggered, Occasion } from '../shared/teardown/empty-guarded';
import { readOverride } from '../shared/teardown/override-code';
import type { StackDeletion } from '../shared/teardown/stack-deletion';

/** The repository stays; its images are removed with the stack. */
export async function emptyOnStackDeletion(job: PublicJob, deletion: StackDeletion): Promise<void> {
  await emptyGuarded(job, deletion, emptyingOf(job, deletion));
  await releaseMark(job, deletion.stack.status);
  job.log(`public repository '${job.target.name}' stays`);
}

/** @returns whether the update asked to empty it */
export async function emptyOnTrigger(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<boolean> {
  if (!await isTriggered(job, old)) return false;
  const tags = await job.target.tags();
  const occasion = tags && { tags, override: await readOverride(job, tags), markIsMissing: false };
  if (occasion) await emptyGuarded(job, occasion, emptyingOf(job, occasion));
  return true;
}

function emptyingOf(job: PublicJob, { tags, markIsMissing }: Occasion): Emptying {
  const { target, clients, properties: { audit } } = job;
  return {
    target,
    exceptions: NO_EXCEPTIONS,
    audit: () => auditOf(job, audit, clients),
    checkGuards: () => checkGuards(job, tags),
    refusalContext: refusals => refusalContext(job, 'emptied', refusals, markIsMissing),
  };
}
