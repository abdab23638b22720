import type { RegistryReport } from '../registry-report';
import type { PolicyEffect, Share } from '../repository-record';

/** Sums over the repositories of a report, for the head of the page, the JSON output, and the terminal. */
export interface RegistryTotals {
  readonly repositories: number;
  readonly emptyRepositories: number;
  readonly images: Share;
  readonly archived: Share;
  readonly untagged: Share;
  /** Images of private repositories that were neither pushed, restored, nor pulled for the days of the report. */
  readonly notPulled: Share;
  /** Undefined if the report does not know it of all private repositories. */
  readonly inUse?: number;
  /** Private repositories without a lifecycle policy. */
  readonly withoutPolicy: number;
  /** Repositories whose policy has warnings. */
  readonly withWarnings: number;
  /** Repositories whose policy cannot be simulated. */
  readonly withUnknownPolicy: number;
  /** Repositories whose policy removes or archives, within 30 days, an image that is in use or was pulled within 30 days. */
  readonly endangering: number;
  /** Effect of the current policies within 30 days. */
  readonly live: PolicyTotals;
  /** Effect of the recommended policies within 30 days, where they are recommended. */
  readonly recommended: PolicyTotals & { readonly repositories: number };
  /** Repositories that were kept when their stack was deleted. */
  readonly keptOutsideStacks: number;
  /** Repositories with a problem of reading. */
  readonly withProblems: number;
  /** Images whose times are ahead of the clock of this computer. */
  readonly aheadOfClock: number;
  readonly scanned: number;
  /** Months without gaps, from the first one in which an image was pushed to the last one. */
  readonly months: ReadonlyArray<{ readonly month: string } & Share>;
}

export interface PolicyTotals {
  readonly expires: Share;
  readonly archives: Share;
}

const NOTHING: Share = { count: 0, bytes: 0 };
/** More months than since the start of ECR come from fabricated times. */
const MAX_MONTHS = 1_200;

export function totalsOf({ repositories }: RegistryReport): RegistryTotals {
  const count = (isCounted: (record: RegistryReport['repositories'][number]) => boolean) => repositories.filter(isCounted).length;
  const figures = repositories.flatMap(({ images }) => images === undefined ? [] : [images]);
  const policies = repositories.flatMap(({ policy }) => policy?.kind === 'policy' ? [policy] : []);
  const recommendations = repositories.flatMap(({ recommendation }) => recommendation?.kind === 'policy' ? [recommendation] : []);
  const inUse = repositories.flatMap(({ registry, images }) => registry === 'public' || images === undefined ? [] : [images.inUse]);
  return {
    repositories: repositories.length,
    emptyRepositories: figures.filter(({ all }) => all.count === 0).length,
    images: sum(figures.map(({ all }) => all)),
    archived: sum(figures.map(({ archived }) => archived)),
    untagged: sum(figures.map(({ untagged }) => untagged)),
    notPulled: sum(figures.map(({ notPulled = NOTHING }) => notPulled)),
    ...inUse.length === 0 || inUse.includes(undefined) ? {} : { inUse: inUse.reduce<number>((total, each) => total + each!, 0) },
    withoutPolicy: count(({ policy }) => policy?.kind === 'none'),
    withWarnings: policies.filter(({ warnings }) => warnings.length > 0).length,
    withUnknownPolicy: count(({ policy }) => policy?.kind === 'unknown'),
    endangering: policies.filter(({ endangered }) => endangered > 0).length,
    live: policyTotals(policies.map(({ effect }) => effect)),
    recommended: { repositories: recommendations.length, ...policyTotals(recommendations.map(({ effect }) => effect)) },
    keptOutsideStacks: count(({ owner }) => owner.kind === 'kept'),
    withProblems: count(({ problems }) => problems.length > 0),
    aheadOfClock: figures.reduce((total, { aheadOfClock }) => total + aheadOfClock, 0),
    scanned: figures.reduce((total, { scans }) => total + scans.scanned, 0),
    months: monthsOf(figures.map(({ months }) => months)),
  };
}

function policyTotals(effects: readonly PolicyEffect[]): PolicyTotals {
  return {
    expires: sum(effects.map(({ expiresWithin30Days }) => expiresWithin30Days)),
    archives: sum(effects.map(({ archivesWithin30Days }) => archivesWithin30Days)),
  };
}

function sum(shares: readonly Share[]): Share {
  const total = { count: 0, bytes: 0 };
  for (const { count, bytes } of shares) {
    total.count += count;
    total.bytes += bytes;
  }
  return total;
}

function monthsOf(lists: ReadonlyArray<RegistryTotals['months']>): RegistryTotals['months'] {
  const byMonth = new Map<string, { count: number; bytes: number }>();
  for (const { month, count, bytes } of lists.flat()) {
    const known = byMonth.get(month) ?? { count: 0, bytes: 0 };
    byMonth.set(month, { count: known.count + count, bytes: known.bytes + bytes });
  }
  const present = [...byMonth.keys()].sort();
  const months = present.length === 0 ? [] : everyMonth(present[0], present[present.length - 1]);
  return (months.length > MAX_MONTHS ? present : months).map(month => ({ month, ...byMonth.get(month) ?? NOTHING }));
}

function everyMonth(first: string, last: string): string[] {
  const numberOf = (month: string) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;
  return Array.from({ length: numberOf(last) - numberOf(first) + 1 }, (_, index) => {
    const number = numberOf(first) + index;
    return `${String(Math.floor(number / 12)).padStart(4, '0')}-${String(number % 12 + 1).padStart(2, '0')}`;
  });
}
