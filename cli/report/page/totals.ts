import type { RegistryReport } from '../registry-report';
import type { RepositoryRecord, Share } from '../repository-record';

export interface Totals {
  readonly repositories: number;
  readonly all: Share;
  readonly untagged: Share;
  /** Undefined if no image has a record of pulls. */
  readonly notPulled: Share | undefined;
  /** Images that have a record of pulls. */
  readonly pullable: number;
  readonly removedNow: Share;
  readonly removedSoon: Share;
  readonly recommended: Share;
  /** Number of repositories with a recommended policy. */
  readonly recommendations: number;
}

const NOTHING: Share = { count: 0, bytes: 0 };

/** Sums the figures of all repositories whose images could be read. */
export function totalsOf({ repositories }: Pick<RegistryReport, 'repositories'>): Totals {
  const sum = (part: (record: RepositoryRecord) => Share | undefined): Share => repositories.reduce((total, record) => {
    const { count, bytes } = part(record) ?? NOTHING;
    return { count: total.count + count, bytes: total.bytes + bytes };
  }, NOTHING);
  const recording = repositories.filter(({ images }) => images?.notPulled !== undefined);
  return {
    repositories: repositories.length,
    all: sum(({ images }) => images?.all),
    untagged: sum(({ images }) => images?.untagged),
    notPulled: recording.length === 0 ? undefined : sum(({ images }) => images?.notPulled),
    pullable: recording.reduce((count, { images }) => count + images!.all.count, 0),
    removedNow: sum(({ policy }) => policy?.kind === 'policy' ? policy.effect.expiresNow : undefined),
    removedSoon: sum(({ policy }) => policy?.kind === 'policy' ? policy.effect.expiresWithin30Days : undefined),
    recommended: sum(({ recommendation }) => recommendation?.kind === 'policy' ? recommendation.effect.expiresWithin30Days : undefined),
    recommendations: repositories.filter(({ recommendation }) => recommendation?.kind === 'policy').length,
  };
}
