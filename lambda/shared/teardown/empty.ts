import type { Audit } from './audit';
import { DELETED_AT_ONCE, RemovalFailure, TargetRepository } from './target-repository';
import { pluralize } from '../../../src/core/format';
import type { HeldImage } from '../../../src/core/images/held-image';
import { addAttached, Exceptions, hasExceptions, isExcepted, namedImages } from '../../../src/core/images/kept-images';
import { examples } from '../../../src/core/teardown/guards';
import { runConcurrently } from '../aws/run-concurrently';
import { UserError } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** Chosen by measurement: docs/decisions/0010-four-deletions-at-a-time.md. */
const AT_ONCE = 4;

/** Passes in a row that may remove nothing: an image that another call holds (a push, a key that is being enabled) is tried again. */
const PASSES_WITHOUT_PROGRESS = 3;
const PAUSE = 2_000;

export interface EmptyResult {
  readonly removedImages: number;
  readonly keptImages: number;
}

/**
 * Removes every image that is not excepted, in passes, until a listing finds none. Indexes are removed first, since an image cannot be
 * removed while an index refers to it. An image that is still referenced is tried again.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageFailure.html
 *
 * @throws UserError when images are left that cannot be removed
 */
export async function empty(
  task: Task, target: TargetRepository, exceptions: Exceptions, audit: Audit, atOnce = AT_ONCE,
): Promise<EmptyResult> {
  const auditedDigests = new Set<string>();
  const keptDigests = new Set<string>();
  let removedImages = 0;
  for (let passesWithoutProgress = 0; ;) {
    const removable = await selectRemovable(target, await listImages(target), exceptions, keptDigests);
    if (removable.length === 0) {
      task.log(`${target.subject}: ${pluralize(removedImages, 'image')} removed, ${keptDigests.size} kept, none left to remove`);
      return { removedImages, keptImages: keptDigests.size };
    }
    task.log(`${target.subject}: removing ${pluralize(removable.length, 'image')}, keeping ${keptDigests.size}`);
    await audit.record(target.arn, removable.filter(({ digest }) => !auditedDigests.has(digest)));
    for (const { digest } of removable) auditedDigests.add(digest);
    const pass = await removeAll(task, target, removable, { exceptions, atOnce, removedImages });
    removedImages += pass.removedImages;
    passesWithoutProgress = pass.removedImages > 0 || pass.isStale ? 0 : passesWithoutProgress + 1;
    if (passesWithoutProgress >= PASSES_WITHOUT_PROGRESS) throw removalError(target, pass.failures, removedImages);
    await task.clock.sleep(PAUSE * passesWithoutProgress);
  }
}

/** The images that would be removed now. */
export async function listImagesToRemove(target: TargetRepository, exceptions: Exceptions): Promise<HeldImage[]> {
  return selectRemovable(target, await listImages(target), exceptions, new Set());
}

async function listImages(target: TargetRepository): Promise<HeldImage[]> {
  const images = new Map<string, HeldImage>();
  for await (const page of target.images()) for (const image of page) images.set(image.digest, image);
  return [...images.values()];
}

/** Adds to the digests that stay. An image that stayed once stays until the end, also when a newer one is pushed meanwhile. */
async function selectRemovable(
  target: TargetRepository, images: readonly HeldImage[], exceptions: Exceptions, keptDigests: Set<string>,
): Promise<HeldImage[]> {
  if (!hasExceptions(exceptions)) return [...images];
  const indexes = new Set(images.filter(({ isIndex }) => isIndex).map(({ digest }) => digest));
  for (const digest of namedImages(images, exceptions)) keptDigests.add(digest);
  const readIndexes = new Set<string>();
  for (;;) {
    addAttached(keptDigests, images);
    const unreadIndexes = [...keptDigests].filter(digest => indexes.has(digest) && !readIndexes.has(digest));
    if (unreadIndexes.length === 0) break;
    const children = await target.readChildren(unreadIndexes);
    for (const digest of unreadIndexes) {
      readIndexes.add(digest);
      const childDigests = children.get(digest);
      if (!childDigests) throw unreadableIndexError(target, images.find(image => image.digest === digest)!);
      for (const child of childDigests) keptDigests.add(child);
    }
  }
  return images.filter(({ digest }) => !keptDigests.has(digest));
}

/** An archived index cannot be pulled, so nobody knows what it refers to. */
function unreadableIndexError(target: TargetRepository, { digest, tags }: HeldImage): UserError {
  return new UserError(
    `${target.subject}: the index ${tags[0] ?? digest} is to be kept but cannot be read (archived, being restored, or just deleted), so it`
    + ' is unknown which images it needs; nothing more was deleted — restore it, or take that tag off it, then try again',
  );
}

interface Pass {
  readonly removedImages: number;
  readonly failures: readonly RemovalFailure[];
  /** Ended early, because the images that stay must be selected again. */
  readonly isStale: boolean;
}

interface PassOptions {
  readonly exceptions: Exceptions;
  readonly atOnce: number;
  /** How many earlier passes removed. */
  readonly removedImages: number;
}

async function removeAll(
  task: Task, target: TargetRepository, images: readonly HeldImage[], { exceptions, atOnce, removedImages: earlierImages }: PassOptions,
): Promise<Pass> {
  let removedImages = 0;
  let isStale = false;
  const removeWave = async (digests: readonly string[]): Promise<RemovalFailure[]> => {
    const failures = new Array<RemovalFailure>();
    await runConcurrently(batches(digests), atOnce, async batch => {
      if (!isStale && hasExceptions(exceptions) && await isExceptedNow(target, batch, exceptions)) isStale = true;
      // another batch may have found it meanwhile
      if (isStale) return;
      const batchFailures = await target.removeImages(batch);
      failures.push(...batchFailures);
      removedImages += batch.length - batchFailures.length;
      task.progress(`emptying ${target.subject} (${pluralize(earlierImages + removedImages, 'image')} removed so far)`);
    });
    return failures;
  };
  const isReferenced = ({ code }: RemovalFailure) => code === 'ImageReferencedByManifestList';
  /** An image that an index refers to is removed in a wave after that index, one wave for each level of nesting. */
  const removeInWaves = async (digests: readonly string[]): Promise<RemovalFailure[]> => {
    const otherFailures = new Array<RemovalFailure>();
    for (let remaining = digests; remaining.length > 0 && !isStale;) {
      const failures = await removeWave(remaining);
      const references = failures.filter(isReferenced);
      otherFailures.push(...failures.filter(failure => !isReferenced(failure)));
      if (references.length === remaining.length) return [...otherFailures, ...references];
      remaining = references.map(({ digest }) => digest);
    }
    return otherFailures;
  };
  const allFailures = new Array<RemovalFailure>();
  for (const areIndexes of [true, false]) {
    allFailures.push(...await removeInWaves(images.filter(({ isIndex }) => isIndex === areIndexes).map(({ digest }) => digest)));
  }
  return { removedImages, failures: allFailures, isStale };
}

/**
 * An excepted tag may have moved to an image since the listing. Then what is attached to that image stays too, and nothing more is removed
 * before the next listing. ECR has no conditional delete; reading again immediately before leaves it a moment, not minutes.
 */
async function isExceptedNow(target: TargetRepository, digests: readonly string[], exceptions: Exceptions): Promise<boolean> {
  const hasExceptedTag = isExcepted(exceptions);
  return (await target.describe(digests)).some(({ tags }) => hasExceptedTag(tags));
}

function batches(digests: readonly string[]): string[][] {
  const all = new Array<string[]>();
  for (let from = 0; from < digests.length; from += DELETED_AT_ONCE) all.push(digests.slice(from, from + DELETED_AT_ONCE));
  return all;
}

function removalError(target: TargetRepository, failures: readonly RemovalFailure[], removedImages: number): UserError {
  const reasons = failures.map(({ digest, code, reason }) => `${digest.slice(0, 19)}: ${code}${reason ? ` (${reason})` : ''}`);
  return new UserError(`${target.subject}: ${pluralize(failures.length, 'image')} cannot be deleted, ${removedImages} were — mend this,`
    + ` then try again: ${examples([...new Set(reasons)])}`);
}
