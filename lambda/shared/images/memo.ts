import { createHash } from 'node:crypto';
import type { Job } from '../protocol/job';
import { memoOf, newPhysicalId } from '../protocol/physical-id';
import { isRollingBackNow, readStack } from '../protocol/stack';

/**
 * What a construct for images remembers between requests. CloudFormation keeps only the physical id, so that the memo is a part of that id.
 * A new memo is therefore a new physical id, which CloudFormation treats as a replacement. The Delete for the previous id does nothing,
 * because the stack is not being deleted. When the update is rolled back, the Delete for the new id moves the tags back.
 */
export interface ImageMemo {
  readonly digest: string;
  /** Digest of the image that was used before the last change of the fingerprint. */
  readonly previousDigest?: string;
  /** Short hash of the properties that select the image. */
  readonly fingerprint: string;
  /** Short hashes of the tags that the construct added to the image. */
  readonly addedTags: ReadonlySet<string>;
  /** Previous digests of the tags that the last change moved, by short hashes of the tags. */
  readonly movedTags: ReadonlyMap<string, string>;
  /** Whether the construct copied the image to the repository, and may therefore delete it. */
  readonly isImageNew: boolean;
  /** Whether the memo was written before the first change of a Create, which then failed. */
  readonly isUnfinished: boolean;
}

/** Among the moved tags, those of the previous image come first. All others follow the digest of the image that they pointed to. */
const MEMO = new RegExp('^([0-9a-f]{64})\\.([0-9a-f]{64})?\\.([0-9a-f]{8})\\.((?:[0-9a-f]{8})*)'
  + '\\.((?:[0-9a-f]{6})*(?:-[0-9a-f]{64}(?:[0-9a-f]{6})+)*)(\\.new)?(\\.unfinished)?$');
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const LONGEST_PHYSICAL_ID = 1_024;
/** Hashes of added tags are longer, because they are compared with all tags of the image, whoever set them. */
const HASH_LENGTH = 8;
const MOVED_HASH_LENGTH = 6;

export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}

export function movedHash(tag: string): string {
  return shortHash(tag).slice(0, MOVED_HASH_LENGTH);
}

export function renderMemo(memo: ImageMemo): string {
  const { digest, previousDigest = '', fingerprint, addedTags, movedTags } = memo;
  const groups = new Map([[previousDigest, '']]);
  for (const [tag, from] of movedTags) groups.set(from, (groups.get(from) ?? `-${hex(from)}`) + tag);
  const parts = [hex(digest), hex(previousDigest), fingerprint, [...addedTags].join(''), [...groups.values()].join('')];
  return [...parts, ...memo.isImageNew ? ['new'] : [], ...memo.isUnfinished ? ['unfinished'] : []].join('.');
}

/** Returns undefined for a physical id without a memo, for example after a Create that did not respond. */
export function parseMemo(text: string | undefined): ImageMemo | undefined {
  const [, digest, previousDigest, fingerprint, addedTags, movedTags, isImageNew, isUnfinished] = MEMO.exec(text ?? '') ?? [];
  if (digest === undefined) return undefined;
  const [fromPrevious, ...groups] = movedTags.split('-');
  const moved = [(previousDigest ?? '') + fromPrevious, ...groups].flatMap(group =>
    (group.slice(64).match(/.{6}/g) ?? []).map(tag => [tag, `sha256:${group.slice(0, 64)}`] as const));
  return {
    digest: `sha256:${digest}`,
    ...previousDigest === undefined ? {} : { previousDigest: `sha256:${previousDigest}` },
    fingerprint,
    addedTags: new Set(addedTags.match(/.{8}/g)),
    movedTags: new Map(moved),
    isImageNew: isImageNew !== undefined,
    isUnfinished: isUnfinished !== undefined,
  };
}

/** Returns the digits of a digest for an attribute. The construct adds `sha256:` so that it is recognized as a digest at synthesis. */
export function hex(digest: string): string {
  return digest.slice('sha256:'.length);
}

/**
 * Returns the digest of the image to continue with. A tag is looked up only once per fingerprint. During a rollback, the result is the
 * previous image, even if its tag points to another one by now.
 *
 * @returns undefined if the tag must be looked up
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
  job.remember(renderMemo({ ...NOTHING_DONE, digest, previousDigest, fingerprint }));
}

const NOTHING_DONE = { addedTags: new Set<string>(), movedTags: new Map<string, string>(), isImageNew: false, isUnfinished: false };

/** A tag that did not point to the image before it was set. */
export interface TagChange {
  readonly tag: string;
  /** The image that it pointed to. */
  readonly previousDigest?: string;
}

/** Remembers the current images of the tags that a Create is about to move. If the Create fails, its Delete moves them back. */
export function rememberMoves(job: Job<unknown>, digest: string, fingerprint: string, changes: readonly TagChange[]): void {
  const memo = { ...NOTHING_DONE, digest, fingerprint, isUnfinished: true };
  job.begin(renderMemo({ ...memo, movedTags: asManyAsFit(job, memo, movesOf(changes)) }));
}

/**
 * Remembers the image and the tags that the construct added to it.
 *
 * @param changes the tags that this request changed
 * @param oldTags tags of the properties before an Update. A failed attempt may have set some of them
 * @param isPutNow whether the repository did not have the image before this request
 */
export function rememberTaggedImage(
  job: Job<{ readonly tags: readonly string[] }>, digest: string, fingerprint: string, changes: readonly TagChange[],
  oldTags: readonly string[] = [], isPutNow = false,
): void {
  const { properties: { tags }, request } = job;
  const memo = parseMemo(memoOf(request));
  const newChanges = changes.filter(({ tag }) => !oldTags.includes(tag));
  const addedBefore = tags.map(shortHash).filter(hash => memo?.addedTags.has(hash));
  const added = [...addedBefore, ...newChanges.map(({ tag }) => shortHash(tag))];
  // tags that an Update no longer lists still point to the image, unless the image changed
  const leftOut = memo?.digest === digest ? memo.addedTags : [];
  const previousDigest = previousDigestOf(memo, fingerprint);
  const hasMoved = memo !== undefined && memo.fingerprint !== fingerprint && memo.digest !== digest;
  const moves = [...hasMoved ? tags.filter(tag => oldTags.includes(tag)).map(tag => [movedHash(tag), memo.digest] as const) : [],
    ...movesOf(newChanges)];
  const isImageNew = isPutNow || (memo?.digest === digest && memo.isImageNew);
  const next = { ...NOTHING_DONE, digest, previousDigest, fingerprint, addedTags: new Set(added), isImageNew };
  const movedTags = asManyAsFit(job, next, moves);
  // tags of earlier lists come last, and are the first to be omitted
  const room = roomBeside(job, { ...next, movedTags });
  const leftOutHashes = [...leftOut].filter(hash => !added.includes(hash)).slice(0, Math.floor(room / HASH_LENGTH));
  job.remember(renderMemo({ ...next, movedTags, addedTags: new Set([...added, ...leftOutHashes]) }));
}

function movesOf(changes: readonly TagChange[]): Array<readonly [string, string]> {
  return changes.flatMap(({ tag, previousDigest }) => previousDigest === undefined ? [] : [[movedHash(tag), previousDigest] as const]);
}

function roomBeside({ request }: Job<unknown>, memo: ImageMemo): number {
  return LONGEST_PHYSICAL_ID - newPhysicalId(request, renderMemo(memo)).length;
}

/** Each additional image that tags pointed to needs about seventy characters. */
function asManyAsFit(job: Job<unknown>, memo: ImageMemo, moves: ReadonlyArray<readonly [string, string]>): Map<string, string> {
  let movedTags = new Map<string, string>();
  for (const [tag, digest] of moves) {
    const more = new Map([...movedTags, [tag, digest]]);
    if (roomBeside(job, { ...memo, movedTags: more }) >= 0) movedTags = more;
  }
  if (movedTags.size < moves.length) job.log(`a rollback can move only ${movedTags.size} of ${moves.length} tags back`);
  return movedTags;
}

function previousDigestOf(memo: ImageMemo | undefined, fingerprint: string): string | undefined {
  return memo?.fingerprint === fingerprint ? memo.previousDigest : memo?.digest;
}
