import type { ReportedImage } from '../../../cli/report/figures/image-figures';
import type { RepositoryReading } from '../../../cli/report/figures/repository-figures';
import { INDEX_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { DAY } from '../../../src/core/lifecycle/simulate';
import { pseudoRandom } from '../../browser/repositories';

export const AT = Date.UTC(2026, 10, 30, 9);
export const OPTIONS = { at: AT, notPulledForDays: 90, sampleLimit: 500 };

const HOUR = DAY / 24;
const POLICIES = [
  { tagStatus: 'tagged', tagPatternList: ['v*'], countType: 'sinceImagePulled', countNumber: 100, countUnit: 'days' },
  { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 },
  { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 7, countUnit: 'days' },
  { tagStatus: 'tagged', tagPatternList: ['golden-*'], countType: 'imageCountMoreThan', countNumber: 1_000_000 },
  { tagStatus: 'tagged', tagPrefixList: ['pr-'], countType: 'sinceImagePushed', countNumber: 30, countUnit: 'days' },
];

/** Tags of one image. Each list is the habit of a team. */
const HABITS: ReadonlyArray<ReadonlyArray<(random: () => number, number: number) => string[]>> = [
  [(_, number) => [`v1.${number}.0`], (random, number) => [`pr-${number}`, hex(random, 7)], () => []],
  [random => [hex(random, 40)]],
  [(_, number) => [`1.${number}`], random => [`sha256-${hex(random, 64)}.sig`], () => []],
  [random => [`sha-${hex(random, 7)}`], (_, number) => [`feature-${number}`], (_, number) => [`golden-${number}`]],
  [(_, number) => [`${20_260_000 + number}`], (random, number) => [`prod-${number}`, hex(random, 12)]],
  [() => []],
  [(_, number) => [`team${number}`], random => [`in-use-${hex(random, 12)}`], (_, number) => [`was-in-use-${number}`], () => []],
  [number => number() < 0.1 ? ['latest', 'prod'] : [], (_, number) => [`1.${number}`, `prod-${number % 3}`], () => []],
];

/** Returns a reading of a repository with random habits, ages, pulls, and policy. Equal seeds return equal readings. */
export function generatedReading(seed: number, size?: number): RepositoryReading {
  const random = pseudoRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)];
  const habit = pick(HABITS);
  const count = size ?? pick([0, 1, 4, 12, 40, 120]);
  const span = pick([10, 100, 400, 1_200]) * DAY;
  const [pulledShare, inUseShare, archivedShare] = [pick([0, 0.2, 0.9]), pick([0, 0, 0.05]), pick([0, 0, 0.1])];
  const pullDelay = pick([2, 40, 400]) * DAY;
  const [isMultiArchitecture, isScanned, hasSubjects] = [random() < 0.3, random() < 0.1, random() < 0.15];
  const digests = Array.from({ length: count }, () => `sha256:${hex(random, 64)}`);
  const images = digests.map((digest, index): ReportedImage => {
    const pushedAt = Math.floor(AT - random() * span);
    const isArchived = random() < archivedShare;
    const pull = isScanned ? AT - 3 * HOUR : Math.min(AT, Math.floor(pushedAt + random() * pullDelay));
    const tags = pick(habit)(random, index);
    return {
      digest,
      tags,
      storageClass: isArchived ? 'archive' : 'standard',
      pushedAt,
      ...isArchived ? { lastArchivedAt: Math.floor(pushedAt + random() * (AT - pushedAt)) } : {},
      ...random() < 0.05 && !isArchived ? { lastActivatedAt: Math.floor(pushedAt + random() * (AT - pushedAt)) } : {},
      ...random() < pulledShare ? { lastRecordedPullTime: pull } : {},
      sizeInBytes: Math.floor(random() * 1e9),
      ...isMultiArchitecture && tags.length > 0 ? { mediaType: INDEX_MEDIA_TYPES[0] } : {},
      ...hasSubjects && tags.length === 0 && index > 0 && random() < 0.5 ? { subject: digests[Math.floor(random() * index)] } : {},
      ...random() < 0.2 ? { findings: { CRITICAL: Math.floor(random() * 3), LOW: 1 } } : {},
    };
  });
  const selections = POLICIES.filter(() => random() < 0.25);
  const rules = selections.sort((one, other) => Number(one.tagStatus === 'any') - Number(other.tagStatus === 'any'))
    .map((selection, index) => ({
      rulePriority: index + 1,
      selection,
      action: selection.countType === 'sinceImagePulled' ? { type: 'transition', targetStorageClass: 'archive' } : { type: 'expire' },
    }));
  return {
    registry: 'eu-west-1',
    name: `team-${seed % 50}/app-${seed}`,
    arn: `arn:aws:ecr:eu-west-1:111111111111:repository/team-${seed % 50}/app-${seed}`,
    createdAt: AT - span,
    readAt: AT,
    problems: [],
    images,
    policyText: random() < 0.5 || rules.length === 0 ? null : JSON.stringify({ rules }),
    owner: pick([{ kind: 'stack', stack: 'Shop' }, { kind: 'none' }, { kind: 'unknown' }, { kind: 'kept', stack: 'Gone' }] as const),
    ...random() < 0.5 ? {} : { inUse: new Set(digests.filter(() => random() < inUseShare)) },
  };
}

function hex(random: () => number, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
}
