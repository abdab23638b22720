import { isMovingTag } from '../../../../src/core/images/moving-tag';
import { DEFAULT_TAG_PREFIX } from '../../../../src/core/shield/tags';

/**
 * What a tag says about its image:
 *
 * - `kept`: a release, a stage, a moving tag, or something that belongs to another image
 * - `short-lived`: a pull request, a branch, or a snapshot
 * - `build`: a commit or the number of a build
 * - `other`: unknown
 */
export type Purpose = 'kept' | 'short-lived' | 'build' | 'other';

export interface TagFamily {
  readonly purpose: Purpose;
  /** Whether a push usually moves the tag to another image, which leaves this image without it. */
  readonly isMoving?: true;
  /** Pattern of the tags of the family. Undefined if no pattern selects only them, such as for commits without a prefix. */
  readonly pattern?: string;
}

const OTHER: TagFamily = { purpose: 'other' };
const BUILD: TagFamily = { purpose: 'build' };

/** Releases and stages before a separator, as in `release-1.2` and `prod_42`. */
const KEPT_PREFIX = /^(release|releases|rel|prod|production|preprod|staging|stage|stable|live|lts|ga|rc|uat)([-._])/i;
/** Words before a separator that tools and people give to branches and pull requests. */
const SHORT_LIVED_PREFIX =
  /^(pr|pull|mr|feature|feat|fix|bugfix|branch|chore|refactor|dependabot|renovate|preview|review|snapshot|nightly|tmp|temp|wip)([-._])/i;
const BUILD_PREFIX = /^(sha|commit|git|build|ci|run)([-._])/i;
/** `v1` and `1.2` usually move to the newest release of the version. */
const MOVING_VERSION = /^v?\d{1,7}(\.\d+)?$/i;
/** `1.2`, `v1.2.3`, `1.2.3-alpine`. A longer first number is a date or the number of a build. */
const VERSION = /^v?\d{1,7}\.\d+(?!\d)/i;
const MAJOR_VERSION = /^v\d{1,7}$/i;
/** Tags of signatures and attestations: https://github.com/sigstore/cosign/blob/v2.4.1/specs/SIGNATURE_SPEC.md#tag-based-discovery */
const ATTACHED = /^sha256-[0-9a-f]{64}/;
/** Commits, dates, and numbers, alone or joined. No text has two matches, so that none takes long. */
const BARE_BUILD = /^([0-9a-f]{7,128}|\d{1,6})([-._]([0-9a-f]{7,128}|\d{1,6}))*$/;

export function familyOf(tag: string): TagFamily {
  if (tag.startsWith(DEFAULT_TAG_PREFIX)) return { purpose: 'kept', pattern: `${DEFAULT_TAG_PREFIX}*` };
  if (ATTACHED.test(tag)) return { purpose: 'kept', pattern: 'sha256-*' };
  if (isMovingTag(tag)) {
    return { purpose: 'kept', pattern: /.-latest$/i.test(tag) ? `*${tag.slice(-'-latest'.length)}` : tag, isMoving: true };
  }
  const moving = MOVING_VERSION.test(tag) ? { isMoving: true } as const : {};
  if (VERSION.test(tag)) return { purpose: 'kept', pattern: /^v/i.test(tag) ? `${tag[0]}*.*` : '*.*', ...moving };
  if (MAJOR_VERSION.test(tag)) return { purpose: 'kept', pattern: `${tag[0]}*`, ...moving };
  const kept = byPrefix(tag, KEPT_PREFIX, 'kept');
  if (kept !== undefined) return { ...kept, isMoving: true }; // such as `prod-eu`; whether `prod-42` moves is unknown
  return byPrefix(tag, SHORT_LIVED_PREFIX, 'short-lived') ?? byPrefix(tag, BUILD_PREFIX, 'build')
    ?? (BARE_BUILD.test(tag) ? BUILD : OTHER);
}

function byPrefix(tag: string, prefix: RegExp, purpose: Purpose): TagFamily | undefined {
  const [beginning] = prefix.exec(tag) ?? [];
  return beginning === undefined ? undefined : { purpose, pattern: `${beginning}*` };
}
