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

/**
 * Number of passes without progress after which the removal fails. An image that another operation blocks (a push, a key that is being
 * enabled) is tried again. If only the listing still shows the images, the passes take two minutes, because it may show a removal late.
 */
const PASSES_WITHOUT_PROGRESS = 3;
const LATE_PASSES = 14;
const PAUSE = 2_000;
const LONGEST_PAUSE = 10_000;

export interface EmptyResult {
  readonly removedImages: number;
  readonly keptImages: number;
}

/**
 * Removes every image that is not excepted, in passes, until a listing finds none. Indexes are removed first, since an image cannot be
 * removed while an index refers to it. An image that is still referenced is tried again.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageFailure.html
 *
 * @throws UserError if images remain that cannot be removed
 */
export async function empty(
  task: Task, target: TargetRepository, exceptions: Exceptions, audit: Audit, atOnce = AT_ONCE,
): Promise<EmptyResult> {
  const auditedDigests = new Set<string>();
  const keptDigests = new Set<string>();
  let removedImages = 0;
  let remainingImages = Infinity;
  let failures: readonly RemovalFailure[] = [];
  for (let passes = 0; ; passes++) {
    const removable = await selectRemovable(target, await listImages(target), exceptions, keptDigests);
    if (removable.length === 0) {
      task.log(`${target.subject}: ${pluralize(removedImages, 'image')} removed, ${keptDigests.size} kept, none left to remove`);
      return { removedImages, keptImages: keptDigests.size };
    }
    const newImages = removable.filter(({ digest }) => !auditedDigests.has(digest));
    // progress means that images left the listing, whatever ECR returned for them
    if (removable.length - newImages.length < remainingImages) passes = 0;
    const mostPasses = failures.every(({ code }) => code === 'ImageNotFound') ? LATE_PASSES : PASSES_WITHOUT_PROGRESS;
    if (passes >= mostPasses) throw removalError(target, failures, removable.length, removedImages);
    task.log(`${target.subject}: removing ${pluralize(removable.length, 'image')}, keeping ${keptDigests.size}`);
    await audit.record(target.arn, newImages);
    for (const { digest } of newImages) auditedDigests.add(digest);
    const pass = await removeAll(task, target, removable, { exceptions, atOnce, removedImages });
    removedImages += pass.removedImages;
    failures = pass.failures;
    remainingImages = pass.isStale ? Infinity : removable.length;
    const isIdle = !pass.isStale && (passes > 0 || pass.removedImages === 0);
    await task.clock.sleep(isIdle ? Math.min(PAUSE * (passes + 1), LONGEST_PAUSE) : 0);
  }
}

/** Returns the images that would be removed now. */
export async function listImagesToRemove(target: TargetRepository, exceptions: Exceptions): Promise<HeldImage[]> {
  return selectRemovable(target, await listImages(target), exceptions, new Set());
}

async function listImages(target: TargetRepository): Promise<HeldImage[]> {
  const images = new Map<string, HeldImage>();
  for await (const page of target.images()) for (const image of page) images.set(image.digest, image);
  return [...images.values()];
}

/** Adds to the digests to keep. An image that was kept once is kept until the end, even if a newer image is pushed meanwhile. */
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

/** An archived index cannot be pulled, so the images that it refers to are unknown. */
function unreadableIndexError(target: TargetRepository, { digest, tags }: HeldImage): UserError {
  return new UserError(
    `${target.subject}: the image index ${tags[0] ?? digest} must be kept but cannot be read (archived, being restored, or just deleted),`
    + ' so it is unknown which images it refers to. Nothing more was deleted. Restore the index or remove that tag from it, then'
    + ' try again.',
  );
}

interface Pass {
  readonly removedImages: number;
  readonly failures: readonly RemovalFailure[];
  /** Whether the pass ended early, because the images to keep must be selected again. */
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
  const hasExceptedTag = isExcepted(exceptions);
  const removeWave = async (digests: readonly string[]): Promise<RemovalFailure[]> => {
    const failures = new Array<RemovalFailure>();
    await runConcurrently(batches(digests), atOnce, async batch => {
      // An excepted tag may have moved to an image since the listing. Then the artifacts attached to that image are kept too, and nothing
      // more is removed before the next listing. ECR has no conditional delete: this read shortens the risk from minutes to a moment.
      if (!isStale && hasExceptions(exceptions) && (await target.describe(batch)).some(({ tags }) => hasExceptedTag(tags))) isStale = true;
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
    const failures = await removeWave(digests);
    const references = failures.filter(isReferenced);
    if (references.length === 0 || references.length === digests.length || isStale) return failures;
    return [...failures.filter(failure => !isReferenced(failure)), ...await removeInWaves(references.map(({ digest }) => digest))];
  };
  const allFailures = new Array<RemovalFailure>();
  for (const areIndexes of [true, false]) {
    allFailures.push(...await removeInWaves(images.filter(({ isIndex }) => isIndex === areIndexes).map(({ digest }) => digest)));
  }
  return { removedImages, failures: allFailures, isStale };
}

function batches(digests: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(digests.length / DELETED_AT_ONCE) }, (_, batch) =>
    digests.slice(batch * DELETED_AT_ONCE, (batch + 1) * DELETED_AT_ONCE));
}

function removalError(
  { subject }: TargetRepository, failures: readonly RemovalFailure[], remainingImages: number, removedImages: number,
): UserError {
  const reasons = failures.map(({ digest, code, reason }) => `${digest.slice(0, 19)}: ${code}${reason ? ` (${reason})` : ''}`);
  return new UserError(`${subject}: ${pluralize(remainingImages, 'image')} cannot be deleted (${removedImages} were deleted):`
    + ` ${examples(reasons) || 'ECR still lists images that it deleted'}. Fix the cause, then try again.`);
}
