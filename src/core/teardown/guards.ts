import { pluralize, formatDuration } from '../format';
import { Guards, isPulledWithin, isPushedWithin, RequiredTag } from '../images/guards';
import type { HeldImage } from '../images/held-image';
import type { ImageUser } from '../images/image-user';
import { tagMatcher } from '../images/tag-pattern';

/** Conditions under which images must not be removed. */
export type TeardownGuards = Omit<Guards, 'maxPercentage'>;

/** Whether removed images are recorded: in the function's log and, if one is set, in a bucket. */
export interface AuditPlan {
  readonly isOn: boolean;
  readonly bucket?: string;
}

/** Prefix of the keys of audit objects. The function can write no other objects. */
export const AUDIT_PREFIX = 'cdk-ecr-keeper/';

export const NO_GUARDS: TeardownGuards = { protectedTags: [], inUseBy: [] };

/** Refusal of one guard. The override code depends on `limit`, so a different limit needs a different code. */
export interface Refusal {
  readonly limit: string;
  /** Limit without the repository, for a teardown of so many repositories that a tag cannot contain a code for each. */
  readonly general?: string;
  readonly because: string;
  /** Whether no code lifts the refusal, because the owner of the repository decides with a tag. */
  readonly isFinal?: boolean;
}

const REQUIRED_TAG_LIMIT = 'requireTag=';

/** Whether the refusal is caused by the required tag. */
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

/** Scope in which images were counted. */
export interface CountScope {
  /** Whether there are more images than were counted. */
  readonly isMore?: boolean;
  /** Whether only the images that would be removed were counted, because other images are kept. */
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

/** A service that cannot be read causes a refusal too, because an image may run there. */
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
