import { Destinations } from './destinations';
import { formatAddress, reasonOf } from './reason';
import type { Row } from './row';
import type { Run } from './run';
import { guardsIn, SurveyedRepository } from './survey';
import { Interrupted } from '../session/interruption';
import { CountedTarget } from './targets/counted-target';
import { SharedListing } from './targets/shared-listing';
import { UserError } from '../../lambda/shared/protocol/errors';
import type { Audit } from '../../lambda/shared/teardown/audit';
import { deleteWithImages } from '../../lambda/shared/teardown/delete';
import { empty } from '../../lambda/shared/teardown/empty';
import { checkGuards } from '../../lambda/shared/teardown/guards';
import type { TargetRepository } from '../../lambda/shared/teardown/target-repository';
import { pluralize } from '../../src/core/format';
import { stackInTags } from '../../src/core/mark';

export interface RemovalOptions {
  readonly audit: Audit;
  /** Whether to remove at most the number of images that the user has confirmed. */
  readonly isLimitedToShown: boolean;
}

interface Requested {
  /** The repositories that the command removes. */
  readonly requested: readonly Row[];
}

/**
 * Removes one repository after another. Checks the guards of each again before its removal. A refusal or an interruption stops the run, but
 * a failure does not.
 */
export async function carryOut(run: Run, repositories: readonly SurveyedRepository[], options: RemovalOptions): Promise<Row[]> {
  const rows = new Array<Row>();
  let isOver = false;
  const requested = repositories.map(each => each.row).filter(({ outcome }) => outcome === 'WOULD');
  for (const repository of repositories) {
    const { row, target } = repository;
    if (isOver || row.outcome !== 'WOULD' || !target) {
      rows.push(row);
      continue;
    }
    const result = await remove(run, repository, target, { ...options, requested });
    rows.push(result);
    isOver = result.outcome === 'REFUSED' || run.interruption.signal.aborted;
  }
  return rows;
}

async function remove(
  run: Run, { row, findOwner }: SurveyedRepository, repository: TargetRepository, options: RemovalOptions & Requested,
): Promise<Row> {
  const { order: { exceptions, action }, task } = run;
  const target = new CountedTarget(repository, run.interruption);
  try {
    const tags = await target.tags();
    if (!tags) return { ...row, outcome: 'ABSENT', images: 0, bytes: 0, kept: 0, newestPush: undefined };
    const owner = findOwner && (stackInTags(tags) ?? await findOwner());
    const listing = new SharedListing(target);
    const guarded = action === 'EMPTY' ? listing : target;
    const refusals = [...owner === undefined ? [] : [owner], ...await findRefusals(run, row, guarded, tags, options)];
    if (refusals.length > 0) return { ...row, outcome: 'REFUSED', refusals };
    if (action === 'DELETE') {
      await deleteWithImages(task, target, options.audit);
      run.complain('note', `deleted ${formatAddress(row)} with ${pluralize(row.images, 'image')}`);
      return { ...row, outcome: 'DONE' };
    }
    listing.isRemoving = true;
    const { keptImages } = await empty(task, listing, exceptions, options.audit);
    return { ...row, outcome: 'DONE', images: target.removedImages, bytes: target.removedBytes, kept: keptImages };
  } catch (error) {
    const { removedImages: images, removedBytes: bytes } = target;
    // A UserError already contains the number.
    const loss = images === 0 || error instanceof UserError ? ''
      : `. ${pluralize(images, 'image')} ${images === 1 ? 'was' : 'were'} removed`;
    const outcome = error instanceof Interrupted ? 'INTERRUPTED' : 'FAILED';
    return { ...row, outcome, images, bytes, error: `${reasonOf(error, row)}${loss}` };
  }
}

/**
 * Checks the guards again, because minutes can pass between the survey and the removal: the command removes other repositories or waits for
 * the confirmation. The images are read once for the guards and the removal.
 */
async function findRefusals(
  run: Run, row: Row, target: TargetRepository, tags: ReadonlyMap<string, string>, options: RemovalOptions & Requested,
): Promise<string[]> {
  const { order, task, clients } = run;
  const { region, images: shownImages } = row;
  const guards = guardsIn(region, order);
  const { maxImages = Infinity } = guards;
  const isShownLess = options.isLimitedToShown && shownImages < maxImages;
  const refusals = await checkGuards(task, clients.inUse, target, tags, {
    guards: { ...guards, ...isShownLess ? { maxImages: shownImages } : {} }, exceptions: order.exceptions,
  });
  const inCopies = await new Destinations(run, options.requested).check(row, target);
  return [...refusals, ...inCopies].map(({ limit, because }) =>
    isShownLess && limit === `maxImages=${shownImages}` ? `it now holds more images than the ${shownImages} that you confirmed` : because);
}
