import type { Audit } from './audit';
import { DELETED_AT_ONCE, Stuck, TargetRepository } from './target-repository';
import type { HeldImage } from '../../../src/core/images/held-image';
import { addAttached, Exceptions, hasExceptions, isExcepted, namedImages } from '../../../src/core/images/kept-images';
import { counted } from '../../../src/core/shown';
import { examples } from '../../../src/core/teardown/guards';
import { concurrently } from '../aws/concurrently';
import { Explained } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** Chosen by measurement: docs/decisions/0010-four-deletions-at-a-time.md. */
const AT_ONCE = 4;

/** Passes in a row that may remove nothing: what another call holds on to (a push, a key that is being enabled) is tried again. */
const FRUITLESS_PASSES = 3;
const PAUSE = 2_000;

export interface Emptied {
  readonly removed: number;
  readonly kept: number;
}

/**
 * Removes every image that is not excepted, in passes, until a listing finds none. Indexes go first, since an image cannot be removed while an index
 * refers to it; what is still held back is tried again.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageFailure.html
 *
 * @throws Explained when images are left that cannot be removed
 */
export async function empty(
  task: Task, target: TargetRepository, exceptions: Exceptions, audit: Audit, atOnce = AT_ONCE,
): Promise<Emptied> {
  const recorded = new Set<string>();
  const kept = new Set<string>();
  let removed = 0;
  for (let fruitless = 0; ;) {
    const images = await allOf(target);
    const doomed = await withoutKept(target, images, exceptions, kept);
    if (doomed.length === 0) {
      task.log(`${target.subject}: ${counted(removed, 'image')} removed, ${kept.size} kept, none left to remove`);
      return { removed, kept: kept.size };
    }
    task.log(`${target.subject}: removing ${counted(doomed.length, 'image')}, keeping ${kept.size}`);
    await audit.record(target.arn, doomed.filter(({ digest }) => !recorded.has(digest)));
    for (const { digest } of doomed) recorded.add(digest);
    const pass = await removeAll(task, target, doomed, { exceptions, atOnce, before: removed });
    removed += pass.removed;
    fruitless = pass.removed > 0 || pass.isStale ? 0 : fruitless + 1;
    if (fruitless >= FRUITLESS_PASSES) throw cannotRemove(target, pass.stuck, removed);
    await task.clock.sleep(PAUSE * fruitless);
  }
}

/** What would be removed now. */
export async function imagesToRemove(target: TargetRepository, exceptions: Exceptions): Promise<HeldImage[]> {
  return withoutKept(target, await allOf(target), exceptions, new Set());
}

async function allOf(target: TargetRepository): Promise<HeldImage[]> {
  const images = new Map<string, HeldImage>();
  for await (const page of target.images()) for (const image of page) images.set(image.digest, image);
  return [...images.values()];
}

/** What was kept once is kept until the end: a newer image that is pushed meanwhile does not push it out. */
async function withoutKept(target: TargetRepository, images: readonly HeldImage[], exceptions: Exceptions, kept: Set<string>): Promise<HeldImage[]> {
  if (!hasExceptions(exceptions)) return [...images];
  const indexes = new Set(images.filter(({ isIndex }) => isIndex).map(({ digest }) => digest));
  for (const digest of namedImages(images, exceptions)) kept.add(digest);
  const read = new Set<string>();
  for (;;) {
    addAttached(kept, images);
    const unread = [...kept].filter(digest => indexes.has(digest) && !read.has(digest));
    if (unread.length === 0) break;
    const children = await target.children(unread);
    for (const digest of unread) {
      read.add(digest);
      const below = children.get(digest);
      if (!below) throw unreadable(target, images.find(image => image.digest === digest)!);
      for (const child of below) kept.add(child);
    }
  }
  return images.filter(({ digest }) => !kept.has(digest));
}

/** An archived index cannot be pulled, so nobody knows what it refers to. */
function unreadable(target: TargetRepository, { digest, tags }: HeldImage): Explained {
  return new Explained(
    `${target.subject}: the index ${tags[0] ?? digest} is to be kept but cannot be read (archived, being restored, or just deleted), so it is unknown which images it needs;`
    + ' nothing more was deleted — restore it, or take that tag off it, then try again',
  );
}

interface Pass {
  readonly removed: number;
  readonly stuck: readonly Stuck[];
  /** Ended early, since what stays must be found out anew. */
  readonly isStale: boolean;
}

interface Wave {
  readonly exceptions: Exceptions;
  readonly atOnce: number;
  /** How many earlier passes removed. */
  readonly before: number;
}

async function removeAll(
  task: Task, target: TargetRepository, doomed: readonly HeldImage[], { exceptions, atOnce, before }: Wave,
): Promise<Pass> {
  let removed = 0;
  let isStale = false;
  const wave = async (digests: readonly string[]): Promise<Stuck[]> => {
    const stuck = new Array<Stuck>();
    await concurrently(batches(digests), atOnce, async batch => {
      if (!isStale && hasExceptions(exceptions) && await isNamedNow(target, batch, exceptions)) isStale = true;
      // perhaps found by another batch meanwhile
      if (isStale) return;
      const left = await target.removeImages(batch);
      stuck.push(...left);
      removed += batch.length - left.length;
      task.progress(`emptying ${target.subject} (${counted(before + removed, 'image')} removed so far)`);
    });
    return stuck;
  };
  const isHeldBack = ({ code }: Stuck) => code === 'ImageReferencedByManifestList';
  /** What an index holds back goes in a wave after that index, one wave for each level of nesting. */
  const inWaves = async (digests: readonly string[]): Promise<Stuck[]> => {
    const others = new Array<Stuck>();
    for (let waiting = digests; waiting.length > 0 && !isStale;) {
      const stuck = await wave(waiting);
      const heldBack = stuck.filter(isHeldBack);
      others.push(...stuck.filter(one => !isHeldBack(one)));
      if (heldBack.length === waiting.length) return [...others, ...heldBack];
      waiting = heldBack.map(({ digest }) => digest);
    }
    return others;
  };
  const digestsOf = (images: readonly HeldImage[]) => images.map(({ digest }) => digest);
  const stuckIndexes = await inWaves(digestsOf(doomed.filter(({ isIndex }) => isIndex)));
  const stuckOthers = await inWaves(digestsOf(doomed.filter(({ isIndex }) => !isIndex)));
  return { removed, stuck: [...stuckIndexes, ...stuckOthers], isStale };
}

/**
 * A tag that is excepted may have moved to an image since the listing, and then what hangs on that image stays too: nothing more is removed before the
 * next listing. ECR has no conditional delete; looking again right before leaves it a moment, not minutes.
 */
async function isNamedNow(target: TargetRepository, digests: readonly string[], exceptions: Exceptions): Promise<boolean> {
  const isNamed = isExcepted(exceptions);
  return (await target.look(digests)).some(({ tags }) => isNamed(tags));
}

function batches(digests: readonly string[]): string[][] {
  const all = new Array<string[]>();
  for (let from = 0; from < digests.length; from += DELETED_AT_ONCE) all.push(digests.slice(from, from + DELETED_AT_ONCE));
  return all;
}

function cannotRemove(target: TargetRepository, stuck: readonly Stuck[], removed: number): Explained {
  const reasons = [...new Set(stuck.map(({ digest, code, reason }) => `${digest.slice(0, 19)}: ${code}${reason ? ` (${reason})` : ''}`))];
  return new Explained(`${target.subject}: ${counted(stuck.length, 'image')} cannot be deleted, ${removed} were — mend this, then try again: ${examples(reasons)}`);
}
