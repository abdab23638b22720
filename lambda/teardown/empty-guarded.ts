import { refusalOf } from './refusal-of';
import type { TeardownJob } from './teardown-job';
import { TEARDOWN_CODE_TAG } from '../../src/core/wire/teardown';
import { removeTags } from '../shared/mark';
import type { StackState } from '../shared/stack';
import { auditOf } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { doomedImages, empty } from '../shared/teardown/empty';
import { unfinishedCreation } from '../shared/teardown/going';
import { askGuards } from '../shared/teardown/guards';
import type { PrivateTarget } from '../shared/teardown/private-target';
import { heed } from '../shared/teardown/refusal';

export interface Occasion {
  readonly tags: ReadonlyMap<string, string>;
  readonly markIsMissing: boolean;
  /** Where it is being deleted. */
  readonly stack?: StackState;
}

/** Empties a repository that stays, unless a guard refuses. What lifted a refusal is taken off again. */
export async function emptyGuarded(job: TeardownJob, clients: TeardownClients, target: PrivateTarget, occasion: Occasion): Promise<void> {
  const { properties: { repositoryArn, guards, exceptions, audit } } = job;
  const { tags, markIsMissing, stack } = occasion;
  const nothingToLose = async () => (await doomedImages(target, exceptions)).length === 0;
  const refusals = [
    ...stack ? await unfinishedCreation(job, stack, nothingToLose) : [],
    ...await askGuards(job, clients, target, tags, { guards, exceptions }),
  ];
  // a retry of one that was cut off at its end finds what lifted a refusal gone, the mark perhaps too, and nothing left to do
  if ((markIsMissing || refusals.length > 0) && await nothingToLose()) {
    job.log(`repository '${target.name}' is empty already`);
  } else {
    heed(job, stack, tags, refusalOf(job, target, 'emptied', refusals, markIsMissing));
    await empty(job, target, exceptions, auditOf(job, audit, clients));
  }
  if (tags.has(TEARDOWN_CODE_TAG)) await removeTags(job, repositoryArn, [TEARDOWN_CODE_TAG]);
}
