import { CountedTarget } from './counted-target';
import { addressed, reasonOf } from './reason';
import type { Row } from './row';
import type { Run } from './run';
import { guardsIn, Surveyed } from './survey';
import { Explained } from '../../lambda/shared/protocol/errors';
import type { Audit } from '../../lambda/shared/teardown/audit';
import { deleteWithImages } from '../../lambda/shared/teardown/delete';
import { empty } from '../../lambda/shared/teardown/empty';
import { askGuards } from '../../lambda/shared/teardown/guards';
import type { TargetRepository } from '../../lambda/shared/teardown/target-repository';
import { stackInTags } from '../../src/core/mark';
import { counted } from '../../src/core/shown';

export interface Deed {
  readonly audit: Audit;
  /** A person was shown how many images go: that many and no more may. */
  readonly isLimitedToShown: boolean;
}

/**
 * One repository after the other, each only if nothing has come to speak against it meanwhile. After a refusal or an interruption no other is begun;
 * after a failure they are.
 */
export async function carryOut(run: Run, surveyed: readonly Surveyed[], deed: Deed): Promise<Row[]> {
  const rows = new Array<Row>();
  let isOver = false;
  for (const { row, target } of surveyed) {
    if (isOver || row.outcome !== 'WOULD' || !target) {
      rows.push(row);
      continue;
    }
    const done = await attempted(run, row, target, deed);
    rows.push(done);
    isOver = done.outcome === 'REFUSED' || run.interruption.signal.aborted;
  }
  return rows;
}

async function attempted(run: Run, row: Row, found: TargetRepository, deed: Deed): Promise<Row> {
  const { order: { exceptions, action }, task } = run;
  const target = new CountedTarget(found, run.interruption);
  try {
    const tags = await target.tags();
    if (!tags) return { ...row, outcome: 'ABSENT', images: 0, bytes: 0, kept: 0, newestPush: undefined };
    const refusals = await refusalsNow(run, row, target, tags, deed);
    if (refusals.length > 0) return { ...row, outcome: 'REFUSED', refusals };
    if (action === 'DELETE') {
      await deleteWithImages(task, target, deed.audit);
      run.complain('note', `${addressed(row)} is deleted with ${counted(row.images, 'image')}`);
      return { ...row, outcome: 'DONE' };
    }
    const { kept } = await empty(task, target, exceptions, deed.audit);
    return { ...row, outcome: 'DONE', images: target.removedImages, bytes: target.removedBytes, kept };
  } catch (error) {
    const { removedImages: images, removedBytes: bytes } = target;
    // what is explained tells it already
    const gone = images === 0 || error instanceof Explained ? '' : `; ${counted(images, 'image')} ${images === 1 ? 'is' : 'are'} gone`;
    return { ...row, outcome: 'FAILED', images, bytes, error: `${reasonOf(error, row)}${gone}` };
  }
}

/** Between the survey and the deed minutes may have passed: others were worked on, somebody was asked. */
async function refusalsNow(
  { order, task, clients }: Run, { region, images: shown }: Row, target: TargetRepository, tags: ReadonlyMap<string, string>, deed: Deed,
): Promise<string[]> {
  const guards = guardsIn(region, order);
  const { maxImages = Infinity } = guards;
  const isShownLess = deed.isLimitedToShown && shown < maxImages;
  const asked = await askGuards(task, clients.inUse, target, tags, {
    guards: { ...guards, ...isShownLess ? { maxImages: shown } : {} }, exceptions: order.exceptions,
  });
  const owner = 'prefix' in order.subject ? stackInTags(tags) : undefined;
  return [
    ...owner === undefined ? [] : [owner],
    ...asked.map(({ limit, because }) =>
      isShownLess && limit === `maxImages=${shown}` ? `more images than the ${shown} that were shown would go now` : because),
  ];
}
