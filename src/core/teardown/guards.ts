import { pluralize, formatDuration } from '../format';
import { Guards, isPulledWithin, isPushedWithin, RequiredTag } from '../images/guards';
import type { HeldImage } from '../images/held-image';
import type { ImageUser } from '../images/image-user';
import { tagMatcher } from '../images/tag-pattern';

/** When images must not be removed. */
export type TeardownGuards = Omit<Guards, 'maxPercentage'>;

/** Whether removed images are recorded: in the function's log and, where one is named, in a bucket. */
export interface AuditPlan {
  readonly isOn: boolean;
  readonly bucket?: string;
}

/** Beginning of the keys of audit objects; the function may write no others. */
export const AUDIT_PREFIX = 'cdk-ecr-keeper/';

export const NO_GUARDS: TeardownGuards = { protectedTags: [], inUseBy: [] };

/** One guard that refuses. The code that lifts the refusal is made of `limit`, so that another limit needs another code. */
export interface Refusal {
  readonly limit: string;
  /** A limit without the repository, for a teardown of so many repositories that a tag cannot hold a code for each. */
  readonly general?: string;
  readonly because: string;
  /** Whether no code lifts it, because somebody else decides: the owner of the repository, with a tag. */
  readonly isFinal?: boolean;
}

const REQUIRED_TAG_LIMIT = 'requireTag=';

/** Whether the required tag is what refuses. */
export function isOfRequiredTag({ limit }: Refusal): boolean {
  return limit.startsWith(REQUIRED_TAG_LIMIT);
}

export function checkRequiredTag(requireTag: RequiredTag | undefined, tags: ReadonlyMap<string, string>): Refusal[] {
  if (requireTag === undefined || tags.get(requireTag.key) === requireTag.value) return [];
  const { key, value } = requireTag;
  const live = tags.get(key);
  return [{
    limit: `${REQUIRED_TAG_LIMIT}${JSON.stringify([key, value])}`,
    because: `it must carry the tag ${key}=${value}, but ${live === undefined ? `has no tag ${key}` : `carries ${key}=${live}`}`,
  }];
}

/** How far images were counted. */
export interface CountScope {
  /** Whether there are more than were counted. */
  readonly isMore?: boolean;
  /** Whether only the images that would be removed were counted, because others stay. */
  readonly isSelective?: boolean;
}

export function checkImageCount(maxImages: number | undefined, count: number, { isMore, isSelective }: CountScope = {}): Refusal[] {
  if (maxImages === undefined || count <= maxImages) return [];
  const [what, end] = isSelective ? ['', ` would be removed, more than its maxImages of ${maxImages}`]
    : ['it holds ', `, more than its maxImages of ${maxImages}`];
  return [{ limit: `maxImages=${maxImages}`, because: `${what}${isMore ? 'at least ' : ''}${pluralize(count, 'image')}${end}` }];
}

export function checkProtectedTags(protectedTags: readonly string[], images: readonly HeldImage[]): Refusal[] {
  const isProtected = tagMatcher(protectedTags);
  const tagged = images.flatMap(({ tags }) => tags.find(isProtected) ?? []);
  if (tagged.length === 0) return [];
  const predicate = tagged.length === 1 ? 'has a protected tag' : 'have protected tags';
  return [{
    limit: `protectedTags=${JSON.stringify(protectedTags)}`,
    because: `${pluralize(tagged.length, 'image')} ${predicate}: ${examples(tagged)}`,
  }];
}

export function checkPushTimes(pushedWithin: number | undefined, images: readonly HeldImage[], now: number): Refusal[] {
  if (pushedWithin === undefined) return [];
  const pushed = images.filter(image => isPushedWithin(pushedWithin, image, now));
  return describeEvent('pushed', pushedWithin, pushed).map(because => ({ limit: `pushedWithin=${pushedWithin}`, because }));
}

export function checkPullTimes(pulledWithin: number | undefined, images: readonly HeldImage[], now: number): Refusal[] {
  if (pulledWithin === undefined) return [];
  const pulled = images.filter(image => isPulledWithin(pulledWithin, image, now));
  return describeEvent('pulled', pulledWithin, pulled).map(because => ({ limit: `pulledWithin=${pulledWithin}`, because }));
}

function describeEvent(event: string, seconds: number, images: readonly HeldImage[]): string[] {
  if (images.length === 0) return [];
  const verb = images.length === 1 ? 'was' : 'were';
  return [`${pluralize(images.length, 'image')} ${verb} ${event} within ${formatDuration(seconds)}: ${examples(images.map(imageName))}`];
}

/** A source that cannot be read refuses too, because the image may run there. */
export function checkUse(sources: readonly ImageUser[], users: readonly string[], unseen?: string): Refusal[] {
  if (users.length === 0 && unseen === undefined) return [];
  const limit = `${unseen === undefined ? 'inUseBy' : 'inUseBy, unseen'}=${JSON.stringify(sources)}`;
  return [{ limit, because: unseen ?? `its images are in use: ${examples([...new Set(users)])}` }];
}

const SHOWN = 3;

export function examples(all: readonly string[]): string {
  return `${all.slice(0, SHOWN).join(', ')}${all.length > SHOWN ? ` and ${all.length - SHOWN} more` : ''}`;
}

function imageName({ tags, digest }: HeldImage): string {
  return tags[0] ?? digest.slice(0, 19);
}
