import { createHash } from 'node:crypto';
import type { Job } from '../protocol/job';
import { memoOf, newPhysicalId } from '../protocol/physical-id';
import { isRollingBackNow, readStack } from '../protocol/stack';

/**
 * What a construct that tags images remembers between requests. All that CloudFormation keeps is the physical id, so the memo is a part of it and
 * changes with it: to CloudFormation that is a replacement. The Delete for the former id finds a stack that stays, and does nothing; when the update is
 * rolled back, the Delete for the new one puts the tags back.
 */
export interface ImageMemo {
  readonly digest: string;
  /** The image of before the last time that another one was asked for. */
  readonly former?: string;
  /** A short hash of what was asked for. */
  readonly asked: string;
  /** Short hashes of the tags that were not there before. */
  readonly made: ReadonlySet<string>;
  /** Of those, the ones that pointed to the former image. */
  readonly moved: ReadonlySet<string>;
}

const MEMO = /^([0-9a-f]{64})\.([0-9a-f]{64})?\.([0-9a-f]{8})\.((?:[0-9a-f]{8})*)\.((?:[0-9a-f]{6})*)$/;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const LONGEST_PHYSICAL_ID = 1_024;
/** What is compared with tags of everybody has the longer hash. */
const HASH_LENGTH = 8;
const MOVED_HASH_LENGTH = 6;

export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}

export function movedHash(tag: string): string {
  return shortHash(tag).slice(0, MOVED_HASH_LENGTH);
}

export function renderMemo({ digest, former, asked, made, moved }: ImageMemo): string {
  return [hex(digest), former === undefined ? '' : hex(former), asked, [...made].join(''), [...moved].join('')].join('.');
}

/** A tag that was set, and where it pointed before. */
export interface ChangedTag {
  readonly tag: string;
  readonly before?: string;
}

/** Undefined for a physical id that says nothing: of a Create that gave no answer, for example. */
export function parseMemo(text: string | undefined): ImageMemo | undefined {
  const [, digest, former, asked, made, moved] = MEMO.exec(text ?? '') ?? [];
  if (digest === undefined) return undefined;
  return {
    digest: `sha256:${digest}`,
    ...former === undefined ? {} : { former: `sha256:${former}` },
    asked,
    made: new Set(made.match(/.{8}/g)),
    moved: new Set(moved.match(/.{6}/g)),
  };
}

/** Attributes hand out the digits alone: a text that begins with `sha256:` is known for a digest at synth, a token is not. */
export function hex(digest: string): string {
  return digest.slice('sha256:'.length);
}

/**
 * The image to go on with: a tag is looked up once for what was asked for, and while the stack rolls back the image of before is meant, wherever its tag
 * points by now.
 *
 * @returns undefined when it is to be looked up
 */
export async function settledDigest(job: Job<unknown>, asked: string): Promise<string | undefined> {
  const memo = parseMemo(memoOf(job.request));
  if (!memo) return undefined;
  if (memo.asked === asked) return memo.digest;
  return isRollingBackNow((await readStack(job)).status) ? memo.former : undefined;
}

/**
 * @param changed tags that did not point to the image before
 * @param old the tags of before, of which an update that failed half way may have set some
 */
export function remember(
  job: Job<{ readonly tags: readonly string[] }>, digest: string, asked: string, changed: readonly ChangedTag[], old: readonly string[] = [],
): void {
  const memo = parseMemo(memoOf(job.request));
  const own = job.properties.tags.map(shortHash).filter(hash => memo?.made.has(hash));
  // tags that an update left out still point to the image, unless it is another one now
  const left = memo?.digest === digest ? memo.made : [];
  const former = memo?.asked === asked ? memo.former : memo?.digest;
  const made = new Set([...own, ...changed.filter(({ tag }) => !old.includes(tag)).map(({ tag }) => shortHash(tag)), ...left]);
  const memoized = { digest, former, asked, moved: new Set(movedTags(job.properties.tags, digest, former, changed, old).map(movedHash)) };
  // those of earlier lists are the last, and the first to be forgotten
  const room = LONGEST_PHYSICAL_ID - newPhysicalId(job.request, renderMemo({ ...memoized, made: new Set() })).length;
  job.remember(renderMemo({ ...memoized, made: new Set([...made].slice(0, Math.floor(room / HASH_LENGTH))) }));
}

/** Those that pointed to the former image, as far as is known. */
function movedTags(
  tags: readonly string[], digest: string, former: string | undefined, changed: readonly ChangedTag[], old: readonly string[],
): string[] {
  if (former === undefined || former === digest) return [];
  return tags.filter(tag => old.includes(tag) || changed.some(each => each.tag === tag && each.before === former));
}
