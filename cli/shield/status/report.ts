import { isInUse } from './known-images';
import type { LatestRun } from './latest-run';
import type { CheckedImage, RepositoryProblem } from './protection';
import { pluralize } from '../../../src/core/format';
import type { Stop } from '../stop-switch';

/** Everything that `shield status` shows. */
export interface Report {
  readonly bucket: string;
  /** Time of the report, in milliseconds. */
  readonly at: number;
  readonly stop: Stop | undefined;
  readonly lastSuccess: number | undefined;
  readonly latestRun: LatestRun | undefined;
  /** Sorted: images without protection first, then by repository. */
  readonly images: readonly CheckedImage[];
  readonly policyGaps: readonly RepositoryProblem[];
  readonly failures: readonly RepositoryProblem[];
  /** Keys of state objects that cannot be read. */
  readonly damagedObjects: readonly string[];
  /** Whether ECR was read. */
  readonly isVerified: boolean;
}

/** Time in milliseconds after which a shield without success is a problem. A shield runs at least once a day. */
const LONGEST_WAIT = 2 * 86_400_000;

const HOUR = 3_600_000;

/**
 * Whether the image is protected; undefined if that is not known, or if the image is not in use. Without a look at ECR, only an image whose
 * tag was never set is known to be unprotected.
 */
export function isProtected({ phase, live, hasKeepTag, isKeptByPolicy }: CheckedImage): boolean | undefined {
  if (!isInUse({ phase })) return undefined;
  if (hasKeepTag === false || isKeptByPolicy === false || live === 'archived') return false;
  if (hasKeepTag === undefined && phase === 'wanted') return false;
  return hasKeepTag === true && isKeptByPolicy === true ? true : undefined;
}

export function hoursSinceSuccess({ lastSuccess, at }: Report): number | undefined {
  return lastSuccess === undefined ? undefined : Math.max(0, Math.floor((at - lastSuccess) / HOUR * 10) / 10);
}

/** Returns why the exit code is 1, one sentence each. */
export function problemsOf(report: Report): string[] {
  const { images, lastSuccess, at, latestRun, damagedObjects, failures } = report;
  const unprotected = images.filter(image => isProtected(image) === false).length;
  const findings = (latestRun?.findings.length ?? 0) + (latestRun?.moreFindings ?? 0);
  const damaged = damagedObjects.length + (latestRun?.damagedObjects.length ?? 0);
  return [
    ...unprotected > 0 ? [`${pluralize(unprotected, 'image')} in use ${isOrAre(unprotected)} not protected`] : [],
    ...lastSuccess === undefined ? ['no run has succeeded yet']
      : at - lastSuccess > LONGEST_WAIT ? [`the last success was ${formatAge(at - lastSuccess)} ago`] : [],
    ...findings > 0 ? [`the latest run has ${pluralize(findings, 'finding')}`] : [],
    ...damaged > 0 ? [`${pluralize(damaged, 'object')} of the shield ${isOrAre(damaged)} damaged`] : [],
    ...failures.length > 0
      ? [`${pluralize(failures.length, 'call')} to Amazon ECR failed, so the protection of some images is unknown`] : [],
  ];
}

export function formatAge(milliseconds: number): string {
  const hours = Math.floor(milliseconds / HOUR);
  return hours < 1 ? pluralize(Math.max(0, Math.floor(milliseconds / 60_000)), 'minute')
    : hours < 48 ? pluralize(hours, 'hour') : pluralize(Math.floor(hours / 24), 'day');
}

function isOrAre(count: number): string {
  return count === 1 ? 'is' : 'are';
}

/** Sorts images without protection first, because the list may be cut off. */
export function sortImages(images: readonly CheckedImage[]): CheckedImage[] {
  const keyOf = (image: CheckedImage) => [
    isProtected(image) === false ? '0' : isInUse(image) ? '1' : '2', image.registry, image.region, image.repository, image.since,
    image.digest,
  ].join(' ');
  return images.map(image => ({ image, key: keyOf(image) })).sort((one, other) => one.key < other.key ? -1 : 1).map(({ image }) => image);
}
