import { createHash } from 'node:crypto';
import type { Job } from '../protocol/job';
import { memoOf, newPhysicalId } from '../protocol/physical-id';
import { isRollingBackNow, readStack } from '../protocol/stack';

/**
 * What a construct for images remembers between requests. All that CloudFormation keeps is the physical id, so the memo is a part of it and
 * changes with it: to CloudFormation that is a replacement. The Delete for the previous id finds a stack that stays, and does nothing; when
 * the update is rolled back, the Delete for the new one moves the tags back.
 */
export interface ImageMemo {
  readonly digest: string;
  /** Digest of the image before the last change of the fingerprint. */
  readonly previousDigest?: string;
  /** Short hash of the properties that say which image is meant. */
  readonly fingerprint: string;
  /** Short hashes of the tags that the construct added to the image. */
  readonly addedTags: ReadonlySet<string>;
  /** Short hashes of the tags among them that pointed to the previous image. */
  readonly movedTags: ReadonlySet<string>;
}

const MEMO = /^([0-9a-f]{64})\.([0-9a-f]{64})?\.([0-9a-f]{8})\.((?:[0-9a-f]{8})*)\.((?:[0-9a-f]{6})*)$/;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const LONGEST_PHYSICAL_ID = 1_024;
/** Hashes of added tags are compared with the tags of everybody, and so are longer. */
const HASH_LENGTH = 8;
const MOVED_HASH_LENGTH = 6;

export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}

export function movedHash(tag: string): string {
  return shortHash(tag).slice(0, MOVED_HASH_LENGTH);
}

export function renderMemo({ digest, previousDigest, fingerprint, addedTags, movedTags }: ImageMemo): string {
  const previousHex = previousDigest === undefined ? '' : hex(previousDigest);
  return [hex(digest), previousHex, fingerprint, [...addedTags].join(''), [...movedTags].join('')].join('.');
}

/** Undefined for a physical id without a memo, as after a Create that did not respond. */
export function parseMemo(text: string | undefined): ImageMemo | undefined {
  const [, digest, previousDigest, fingerprint, addedTags, movedTags] = MEMO.exec(text ?? '') ?? [];
  if (digest === undefined) return undefined;
  return {
    digest: `sha256:${digest}`,
    ...previousDigest === undefined ? {} : { previousDigest: `sha256:${previousDigest}` },
    fingerprint,
    addedTags: new Set(addedTags.match(/.{8}/g)),
    movedTags: new Set(movedTags.match(/.{6}/g)),
  };
}

/** Attributes hold the digits alone: a text that begins with `sha256:` is known to be a digest at synth, a token is not. */
export function hex(digest: string): string {
  return digest.slice('sha256:'.length);
}

/**
 * The image to continue with: a tag is looked up once per fingerprint, and while the stack rolls back, the previous image is meant,
 * wherever its tag points by now.
 *
 * @returns undefined when the tag must be looked up
 */
export async function recallDigest(job: Job<unknown>, fingerprint: string): Promise<string | undefined> {
  const memo = parseMemo(memoOf(job.request));
  if (!memo) return undefined;
  if (memo.fingerprint === fingerprint) return memo.digest;
  return isRollingBackNow((await readStack(job)).status) ? memo.previousDigest : undefined;
}

/** Remembers the image of a construct that sets no tags. */
export function rememberImage(job: Job<unknown>, digest: string, fingerprint: string): void {
  const previousDigest = previousDigestOf(parseMemo(memoOf(job.request)), fingerprint);
  job.remember(renderMemo({ digest, previousDigest, fingerprint, addedTags: new Set(), movedTags: new Set() }));
}

/** A tag that did not point to the image before it was set. */
export interface TagChange {
  readonly tag: string;
  /** The image that it pointed to. */
  readonly previousDigest?: string;
}

/**
 * Remembers the image and which of its tags the construct added.
 *
 * @param changes what this request changed
 * @param oldTags tags of the properties before an Update, of which an attempt that failed half way may have set some
 */
export function rememberTaggedImage(
  job: Job<{ readonly tags: readonly string[] }>, digest: string, fingerprint: string, changes: readonly TagChange[],
  oldTags: readonly string[] = [],
): void {
  const { properties: { tags }, request } = job;
  const memo = parseMemo(memoOf(request));
  const previousDigest = previousDigestOf(memo, fingerprint);
  const addedBefore = tags.map(shortHash).filter(hash => memo?.addedTags.has(hash));
  const addedNow = changes.filter(({ tag }) => !oldTags.includes(tag)).map(({ tag }) => shortHash(tag));
  // tags that an Update leaves out still point to the image, unless the image changed
  const leftOut = memo?.digest === digest ? memo.addedTags : [];
  const addedTags = [...new Set([...addedBefore, ...addedNow, ...leftOut])];
  const movedTags = new Set(tagsMovedFrom(previousDigest, digest, tags, changes, oldTags).map(movedHash));
  const render = (added: Iterable<string>) => renderMemo({ digest, previousDigest, fingerprint, addedTags: new Set(added), movedTags });
  // tags of earlier lists are the last, and the first to be forgotten
  const room = LONGEST_PHYSICAL_ID - newPhysicalId(request, render([])).length;
  job.remember(render(addedTags.slice(0, Math.floor(room / HASH_LENGTH))));
}

function previousDigestOf(memo: ImageMemo | undefined, fingerprint: string): string | undefined {
  return memo?.fingerprint === fingerprint ? memo.previousDigest : memo?.digest;
}

/** The tags that pointed to the previous image, as far as is known. */
function tagsMovedFrom(
  previousDigest: string | undefined, digest: string, tags: readonly string[], changes: readonly TagChange[], oldTags: readonly string[],
): string[] {
  if (previousDigest === undefined || previousDigest === digest) return [];
  const movedNow = changes.filter(change => change.previousDigest === previousDigest).map(({ tag }) => tag);
  return tags.filter(tag => oldTags.includes(tag) || movedNow.includes(tag));
}
