import type { HeldImage } from '../images/held-image';
import type { ImageUser } from '../lifecycle/guard';
import { counted, span } from '../shown';

/** When images must not be removed. Durations are seconds. */
export interface TeardownGuards {
  /** The most images that may be removed. */
  readonly maxImages?: number;
  readonly requireTag?: RequiredTag;
  readonly pulledWithin?: number;
  readonly inUseBy: readonly ImageUser[];
}

export interface RequiredTag {
  readonly key: string;
  readonly value: string;
}

/** Whether what is removed is written down: in the function's log and, where there is one, in a bucket. */
export interface AuditPlan {
  readonly isOn: boolean;
  readonly bucket?: string;
}

/** Of the keys of audit objects, and all that the function may write. */
export const AUDIT_PREFIX = 'cdk-ecr-keeper/';

export const NO_GUARDS: TeardownGuards = { inUseBy: [] };

/** One guard that says no. `limit` goes into the code that lifts it: another limit is another question. */
export interface Refusal {
  readonly limit: string;
  /** The same for all repositories that are asked, where there are so many that each cannot have its own answer. */
  readonly general?: string;
  readonly because: string;
}

export function missingTag(requireTag: RequiredTag | undefined, tags: ReadonlyMap<string, string>): Refusal[] {
  if (requireTag === undefined || tags.get(requireTag.key) === requireTag.value) return [];
  const { key, value } = requireTag;
  const live = tags.get(key);
  return [{
    limit: `requireTag=${JSON.stringify([key, value])}`,
    because: `it must carry the tag ${key}=${value}, but ${live === undefined ? `has no tag ${key}` : `carries ${key}=${live}`}`,
  }];
}

/** What was counted: not to the end, and only what would be removed. */
export interface Counted {
  readonly isMore?: boolean;
  readonly isSelective?: boolean;
}

export function tooManyImages(maxImages: number | undefined, count: number, { isMore, isSelective }: Counted = {}): Refusal[] {
  if (maxImages === undefined || count <= maxImages) return [];
  const [what, end] = isSelective ? ['', ` would be removed, more than its maxImages of ${maxImages}`] : ['it holds ', `, more than its maxImages of ${maxImages}`];
  return [{ limit: `maxImages=${maxImages}`, because: `${what}${isMore ? 'at least ' : ''}${counted(count, 'image')}${end}` }];
}

export function pulledLately(pulledWithin: number | undefined, images: readonly HeldImage[], at: number): Refusal[] {
  if (pulledWithin === undefined) return [];
  const pulled = images.filter(({ lastRecordedPullTime }) => lastRecordedPullTime !== undefined && at - lastRecordedPullTime < pulledWithin * 1_000);
  if (pulled.length === 0) return [];
  return [{
    limit: `pulledWithin=${pulledWithin}`,
    because: `${counted(pulled.length, 'image')} ${pulled.length === 1 ? 'was' : 'were'} pulled within ${span(pulledWithin)}: ${examples(pulled.map(imageName))}`,
  }];
}

/** What cannot be seen might run. */
export function inUse(sources: readonly ImageUser[], users: readonly string[], unseen?: string): Refusal[] {
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
