import type { RegistryReport } from '../../cli/report/registry-report';
import type { RepositoryRecord } from '../../cli/report/repository-record';

const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/** Computes independently what the page must show. */
export interface Expected {
  readonly images: number;
  readonly bytes: number;
  readonly untagged: number;
  readonly notPulled: number;
  readonly removed: number;
  readonly archived: number;
  readonly recommended: number;
  readonly recommendedToArchive: number;
  readonly months: ReadonlyMap<string, { readonly images: number; readonly bytes: number; readonly withoutPolicy: number }>;
  /** Numbers of repositories by the id of the chip that shows them. */
  readonly chips: Readonly<Record<string, number>>;
}

export function expectedOf({ repositories }: RegistryReport): Expected {
  const expected = { images: 0, bytes: 0, untagged: 0, notPulled: 0, removed: 0, archived: 0, recommended: 0, recommendedToArchive: 0 };
  const months = new Map<string, { images: number; bytes: number; withoutPolicy: number }>();
  const chips: Record<string, number> = {};
  for (const record of repositories) {
    const { images, policy, recommendation } = record;
    for (const chip of chipsOf(record)) chips[chip] = (chips[chip] ?? 0) + 1;
    if (policy?.kind === 'policy') {
      expected.removed += policy.effect.expiresWithin30Days.count;
      expected.archived += policy.effect.archivesWithin30Days.count;
    }
    if (recommendation?.kind === 'policy') {
      expected.recommended += recommendation.effect.expiresWithin30Days.count;
      expected.recommendedToArchive += recommendation.effect.archivesWithin30Days.count;
    }
    if (!images) continue;
    expected.images += images.all.count;
    expected.bytes += images.all.bytes;
    expected.untagged += images.untagged.count;
    expected.notPulled += images.notPulled?.count ?? 0;
    for (const { month, count, bytes } of images.months) {
      const sum = months.get(month) ?? { images: 0, bytes: 0, withoutPolicy: 0 };
      sum.images += count;
      sum.bytes += bytes;
      if (policy?.kind === 'none') sum.withoutPolicy += count;
      months.set(month, sum);
    }
  }
  return { ...expected, months, chips };
}

function chipsOf({ problems, policy, recommendation, owner, images }: RepositoryRecord): string[] {
  const findings = images?.scans.newest?.findings ?? {};
  const conditions: ReadonlyArray<[string, boolean]> = [
    ['problems', problems.length > 0],
    ['endangers', policy?.kind === 'policy' && policy.endangered !== 0],
    ['no-policy', policy?.kind === 'none'],
    ['warnings', policy?.kind === 'unknown' || (policy?.kind === 'policy' && policy.warnings.length !== 0)],
    ['recommended', recommendation?.kind === 'policy'],
    ['severe', findings.CRITICAL > 0],
    ['findings', Object.keys(findings).length > 0],
    ['kept', owner.kind === 'kept'],
    ['in-use', images?.inUse !== undefined && images.inUse > 0],
    ['not-pulled', images?.notPulled !== undefined && images.notPulled.count > 0
      && images.all.count - images.archived.count - images.notPulled.count === 0],
  ];
  return conditions.filter(([, holds]) => holds).map(([name]) => name);
}

/** Key by which each column sorts. The names of the columns are the classes of their titles. Undefined is always last. */
export const SORT_KEYS: Readonly<Record<string, (record: RepositoryRecord) => number | string | undefined>> = {
  'name': ({ name }) => name,
  'images': ({ images }) => images?.all.count,
  'size': ({ images }) => images?.all.bytes,
  'untagged': ({ images }) => images?.all.count ? images.untagged.count / images.all.count : undefined,
  'pushed': ({ images }) => images?.newestPush,
  'pulled': ({ images }) => images?.lastPull,
  'not-pulled': ({ images }) => images?.all.count && images.notPulled ? images.notPulled.count / images.all.count : undefined,
  'policy': ({ policy, registry }) => {
    if (!policy || registry === 'public') return undefined;
    if (policy.kind !== 'policy') return policy.kind === 'none' ? 'b' : 'c';
    const digits = (value: number) => String(value).padStart(6, '0');
    return policy.endangered > 0 ? `e${digits(policy.endangered)}`
      : policy.warnings.length > 0 ? `d${digits(policy.warnings.length)}` : `a${digits(policy.rules.length)}`;
  },
  'removes': ({ policy }) => policy?.kind === 'policy' ? policy.effect.expiresWithin30Days.count : undefined,
  'recommended': ({ recommendation }) => recommendation?.kind === 'policy'
    ? recommendation.effect.expiresWithin30Days.bytes + recommendation.effect.archivesWithin30Days.bytes : undefined,
  'findings': ({ images }) => images?.scans.newest
    && SEVERITIES.map(severity => String(images.scans.newest!.findings[severity] ?? 0).padStart(4, '0')).join(''),
  'owner': ({ owner }) => owner.kind === 'kept' ? `0${owner.stack}` : owner.kind === 'stack' ? `1${owner.stack}` : undefined,
};
