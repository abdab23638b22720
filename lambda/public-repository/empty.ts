import { PublicJob } from './public-job';
import { Occasion, refuseUnlessLifted } from './remove';
import { releaseMark, removeTags } from './tags';
import { NO_EXCEPTIONS } from '../../src/core/images/kept-images';
import { PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import { TEARDOWN_CODE_TAG } from '../../src/core/wire/teardown';
import { isRollingBackNow, readStack } from '../shared/stack';
import { auditOf } from '../shared/teardown/audit';
import { empty } from '../shared/teardown/empty';
import type { Going } from '../shared/teardown/going';

/** The repository stays, its images go with the stack. */
export async function emptyAtTheEnd(job: PublicJob, going: Going): Promise<void> {
  const { target } = job;
  // a retry after the last call of one that was cut off finds the mark gone and nothing to do
  if (going.markIsMissing && (await target.count(0)).images === 0) return job.log(`public repository '${target.name}' is empty already`);
  await emptyGuarded(job, going);
  await releaseMark(job, going.stack.status);
  job.log(`public repository '${target.name}' stays`);
}

/** A token that is set for the first time has not changed; rolled back, it changes too. */
export async function emptyOnToken(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<void> {
  const { properties: { emptyToken }, target } = job;
  if (emptyToken === undefined || old?.emptyToken === undefined || emptyToken === old.emptyToken) return;
  if (isRollingBackNow((await readStack(job)).status)) return job.log('the token goes back to what it was, nothing is removed');
  const tags = await target.tags();
  if (tags) await emptyGuarded(job, { tags, markIsMissing: false });
}

/** What lifted a refusal is taken off again. */
async function emptyGuarded(job: PublicJob, occasion: Occasion): Promise<void> {
  const { target, properties: { audit } } = job;
  await refuseUnlessLifted(job, 'emptied', occasion);
  await empty(job, target, NO_EXCEPTIONS, auditOf(job, audit, job.clients));
  if (occasion.tags.has(TEARDOWN_CODE_TAG)) await removeTags(job, [TEARDOWN_CODE_TAG]);
}
