import { AT, pseudoRandom } from './repositories';
import { GENERAL_NOTES } from '../../cli/report/general-notes';
import type { Quota, RegistryReport } from '../../cli/report/registry-report';
import type {
  FindingCounts, ImageFigures, Owner, PolicyEffect, PolicyFigures, Recommendation, RepositoryRecord, SampledImage, Share,
} from '../../cli/report/repository-record';
import type { Rule } from '../../src/core/lifecycle/rule';
import { DAY } from '../../src/core/lifecycle/simulate';

const ACCOUNT = '111122223333';
export const GENERAL_NOTE = `${GENERAL_NOTES.pullTimes}.`;
const NOT_PULLED_DAYS = 90;
const TEAMS = ['platform', 'payments', 'search', 'checkout', 'identity', 'data', 'mobile', 'growth', 'risk', 'infra'];
const PARTS = ['api', 'worker', 'web', 'batch', 'proxy', 'gateway', 'sync', 'mailer', 'reports', 'scheduler', 'importer', 'cache'];
const REGIONS = ['eu-central-1', 'us-east-1', 'ap-southeast-2'];
const REGISTRY_PROBLEM = 'The stacks in us-east-1 could not be listed: AccessDeniedException';
const FINDINGS = [['CRITICAL', 0.03], ['HIGH', 0.12], ['MEDIUM', 0.3], ['LOW', 0.4]] as const;

const RULES: readonly Rule[] = [
  {
    rulePriority: 10,
    description: 'Releases stay',
    selection: { tagStatus: 'tagged', tagPatternList: ['v*'], countType: 'imageCountMoreThan', countNumber: 1_000_000 },
    action: { type: 'expire' },
  },
  {
    rulePriority: 20,
    selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 14, countUnit: 'days' },
    action: { type: 'expire' },
  },
  {
    rulePriority: 30,
    description: 'Pull requests are short-lived',
    selection: { tagStatus: 'tagged', tagPatternList: ['pr-*'], countType: 'sinceImagePushed', countNumber: 45, countUnit: 'days' },
    action: { type: 'expire' },
  },
  {
    rulePriority: 40,
    selection: { tagStatus: 'tagged', tagPatternList: ['main-*'], countType: 'sinceImagePulled', countNumber: 120, countUnit: 'days' },
    action: { type: 'transition', targetStorageClass: 'archive' },
  },
];
const POLICY_TEXT = JSON.stringify({ rules: RULES });
const WARNINGS = [
  { code: 'lifecycle-hidden-rule', message: 'Rule 30 never acts, because rule 10 selects every image that it selects.' },
  { code: 'lifecycle-any-not-last', message: 'Rule 40 applies to images that an earlier rule with fewer images keeps.' },
];

/** Images of the sample, and how many images each stands for. */
interface Contents {
  readonly sample: readonly SampledImage[];
  readonly step: number;
}

interface Random {
  (): number;
  below(limit: number): number;
  hex(digits: number): string;
}

/** Returns a registry with repositories of all kinds. The same number of repositories has the same contents everywhere. */
export function registry(count: number, sampleSize = 20): RegistryReport {
  const next = pseudoRandom(count);
  const random: Random = Object.assign(() => next(), {
    below: (limit: number) => Math.floor(next() * limit),
    hex: (digits: number) => Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join(''),
  });
  const repositories = Array.from({ length: count }, (_, index) => repositoryOf(index, count, sampleSize, random))
    .sort((one, other) => compare(registryRank(one), registryRank(other)) || compare(one.name, other.name));
  const registries = [...new Set(repositories.map(record => record.registry))];
  return {
    account: ACCOUNT,
    at: AT,
    notPulledForDays: NOT_PULLED_DAYS,
    registries: registries.map(name => ({
      registry: name,
      problems: name === 'us-east-1' ? [REGISTRY_PROBLEM] : [],
      inUse: { searched: ['ECS', 'Lambda'], problems: [] },
      quotas: quotasOf(repositories.filter(record => record.registry === name), name === REGIONS[0]),
    })),
    repositories,
    notes: [
      `${REGISTRY_PROBLEM}.`,
      'The clock of this machine differs from the clock of ECR by 4 seconds.',
      GENERAL_NOTE,
    ],
  };
}

function registryRank({ registry: name }: RepositoryRecord): number {
  return name === 'public' ? REGIONS.length : REGIONS.indexOf(name);
}

function quotasOf(records: readonly RepositoryRecord[], isNear: boolean): Quota[] {
  const largest = records.reduce((best, record) => countOf(record) > countOf(best) ? record : best, records[0]);
  return [
    { name: 'Registered repositories', used: records.length, limit: 100_000, isAdjustable: true },
    {
      name: 'Images per repository',
      used: countOf(largest),
      limit: isNear ? Math.ceil(countOf(largest) / 0.93) : 100_000,
      isAdjustable: true,
      repository: largest.name,
    },
  ];
}

function countOf({ images }: RepositoryRecord): number {
  return images?.all.count ?? 0;
}

function repositoryOf(index: number, count: number, sampleSize: number, random: Random): RepositoryRecord {
  const isPublic = index % 20 === 19;
  const name = `${TEAMS[index % TEAMS.length]}/${PARTS[random.below(PARTS.length)]}${count > 100 ? `-${index}` : ''}${
    random() < 0.2 ? '/cache' : ''}${count <= 100 ? `-${index % 7}` : ''}`;
  const region = isPublic ? 'public' : REGIONS[random.below(count > 100 ? REGIONS.length : 2)];
  const isUnreadable = index % 50 === 13;
  const isEmpty = index % 25 === 7;
  const hasPolicy = !isPublic && !isUnreadable && index % 60 !== 31 && random() < 0.55;
  const contents = isUnreadable || isEmpty ? { sample: [], step: 1 } : contentsOf(sampleSize, isPublic, hasPolicy, random);
  const policy: PolicyFigures | undefined = isPublic || isUnreadable ? undefined
    : index % 60 === 31 ? { kind: 'unknown', text: '{"rules":[{"rulePriority":1}]}', reason: 'Rule 1 has no selection.' }
      : hasPolicy ? policyOf(contents, random) : { kind: 'none' };
  return {
    registry: region,
    name,
    arn: isPublic ? `arn:aws:ecr-public::${ACCOUNT}:repository/${name}` : `arn:aws:ecr:${region}:${ACCOUNT}:repository/${name}`,
    createdAt: AT - (400 + random.below(900)) * DAY,
    readAt: AT + index * 100,
    problems: isUnreadable ? ['The images could not be read: the KMS key of the repository is disabled (KmsException).'] : [],
    images: isUnreadable ? undefined : figuresOf(contents, isPublic, random),
    policy,
    recommendation: isPublic || isUnreadable ? undefined : recommendationOf(name, contents),
    owner: ownerOf(name, index, random),
  };
}

function ownerOf(name: string, index: number, random: Random): Owner {
  const stack = `${name.split('/')[0]}-${random() < 0.5 ? 'prod' : 'dev'}-images`;
  if (index % 12 === 5) return { kind: 'kept', stack };
  return random() < 0.6 ? { kind: 'stack', stack } : { kind: random() < 0.9 ? 'none' : 'unknown' };
}

function contentsOf(sampleSize: number, isPublic: boolean, hasPolicy: boolean, random: Random): Contents {
  const step = 2 ** Math.max(0, random.below(6) - 2);
  const span = 60 + random.below(700);
  const images = Array.from({ length: Math.max(1, Math.round(sampleSize * (0.3 + 1.4 * random()))) }, (): SampledImage => {
    const age = random() ** 1.5 * span * DAY;
    const pushedAt = Math.floor((AT - age) / 60_000) * 60_000;
    const kind = random();
    const tags = kind < 0.2 ? [] : kind < 0.5 ? [`pr-${random.below(9000)}`] : kind < 0.85 ? [`main-${random.hex(7)}`]
      : [`v${random.below(9)}.${random.below(40)}.${random.below(10)}`, 'latest'];
    const pulledAt = !isPublic && random() < 0.6 ? pushedAt + Math.floor(random() ** 0.5 * age / 60_000) * 60_000 : undefined;
    const isInUse = !isPublic && kind > 0.8 && random() < 0.3;
    const fate = fateOf(kind, age, pulledAt === undefined ? age : AT - pulledAt);
    const isRecent = AT - (pulledAt ?? 0) < 30 * DAY || isInUse;
    return {
      digest: `sha256:${random.hex(64)}`,
      tags,
      tagCount: tags.length,
      pushedAt,
      ...pulledAt === undefined ? {} : { pulledAt },
      bytes: Math.round((20 + random() ** 3 * 900) * 1e6),
      ...isInUse ? { isInUse: true } : {},
      ...hasPolicy && fate ? { fate } : {},
      ...isPublic || !fate || isRecent ? {} : { recommendedFate: fate },
    };
  }).sort((one, other) => one.pushedAt - other.pushedAt);
  return { sample: images, step };
}

/** Returns what the rules above do to an image of an age, if nothing is pushed or pulled. */
function fateOf(kind: number, age: number, unused: number): SampledImage['fate'] {
  const dayOf = (limit: number, since: number) => since > limit * DAY ? 0 : Math.floor(limit - since / DAY) + 1;
  if (kind < 0.2) return { rule: 1, expiryDay: dayOf(14, age) };
  if (kind < 0.5) return { rule: 2, expiryDay: dayOf(45, age) };
  return kind < 0.85 ? { rule: 3, archiveDay: dayOf(120, unused) } : undefined;
}

/** Returns the number and the size of the images that the members of the sample stand for. */
function shareOf(members: readonly SampledImage[], step: number): Share {
  return { count: members.length * step, bytes: members.reduce((sum, { bytes = 0 }) => sum + bytes * step, 0) };
}

function figuresOf({ sample, step }: Contents, isPublic: boolean, random: Random): ImageFigures {
  const share = (has: (image: SampledImage) => boolean) => shareOf(sample.filter(has), step);
  const pulls = sample.flatMap(({ pulledAt }) => pulledAt ?? []);
  const monthOf = ({ pushedAt }: SampledImage) => new Date(pushedAt).toISOString().slice(0, 7);
  const months = [...new Set(sample.map(monthOf))];
  return {
    all: shareOf(sample, step),
    archived: { count: 0, bytes: 0 },
    untagged: share(({ tags }) => tags.length === 0),
    ...isPublic ? {} : {
      notPulled: share(({ pushedAt, pulledAt = 0 }) => AT - Math.max(pushedAt, pulledAt) > NOT_PULLED_DAYS * DAY),
      inUse: sample.filter(({ isInUse }) => isInUse).length,
    },
    ...sample.length === 0 ? {} : { oldestPush: sample[0].pushedAt, newestPush: sample[sample.length - 1].pushedAt },
    ...pulls.length === 0 ? {} : { lastPull: Math.max(...pulls) },
    mostTags: sample.reduce((most, { tagCount }) => Math.max(most, tagCount), 0),
    aheadOfClock: sample.length % 29 === 28 ? 2 : 0,
    months: months.map(month => ({ month, ...share(image => monthOf(image) === month) })),
    scans: sample.length > 0 && random() < 0.7
      ? { scanned: sample.length, newest: { digest: sample[sample.length - 1].digest, findings: findingsOf(random) } } : { scanned: 0 },
    sample,
  };
}

function findingsOf(random: Random): FindingCounts {
  return Object.fromEntries(FINDINGS.filter(([, probability]) => random() < probability).map(([severity, probability]) =>
    [severity, 1 + random.below(Math.ceil(40 * probability))]));
}

function effectOf({ sample, step }: Contents, fateOfImage: (image: SampledImage) => SampledImage['fate']): PolicyEffect {
  const fates = sample.map(fateOfImage);
  const within = (name: 'expiryDay' | 'archiveDay', day: number) =>
    shareOf(sample.filter((_, index) => (fates[index]?.[name] ?? Infinity) <= day), step);
  const days = fates.flatMap(fate => [fate?.expiryDay, fate?.archiveDay]).filter((day): day is number => day !== undefined && day > 0);
  return {
    expiresNow: within('expiryDay', 0),
    archivesNow: within('archiveDay', 0),
    expiresWithin30Days: within('expiryDay', 30),
    archivesWithin30Days: within('archiveDay', 30),
    ...days.length === 0 ? {} : { nextDay: Math.min(...days) },
  };
}

function policyOf(contents: Contents, random: Random): PolicyFigures {
  return {
    kind: 'policy',
    text: POLICY_TEXT,
    rules: RULES,
    warnings: random() < 0.15 ? WARNINGS.slice(0, 1 + random.below(2)) : [],
    effect: effectOf(contents, ({ fate }) => fate),
    endangered: random() < 0.04 ? 1 + random.below(5) : 0,
  };
}

function recommendationOf(name: string, contents: Contents): Recommendation {
  if (contents.sample.length < 5) return { kind: 'none', reason: 'The repository has fewer than 5 images.' };
  const id = name.split(/[/-]/).map(part => part.charAt(0).toUpperCase() + part.slice(1)).join('');
  return {
    kind: 'policy',
    rules: RULES,
    typescript: `import { Duration } from 'aws-cdk-lib';
import { LifecycleRule, Repository, TagStatus } from 'cdk-ecr-keeper';

new Repository(this, '${id}', {
  repositoryName: '${name}',
  lifecycleRules: [
    LifecycleRule.keep({ tagPatternList: ['v*'] }),
    { tagStatus: TagStatus.UNTAGGED, maxImageAge: Duration.days(14) },
    { tagPatternList: ['pr-*'], maxImageAge: Duration.days(45) },
  ],
});
`,
    effect: effectOf(contents, ({ recommendedFate }) => recommendedFate),
    reasons: [
      `${shareOf(contents.sample.filter(({ tags }) => tags.length === 0), contents.step).count} images are untagged.`,
      'Tags that begin with v are releases. They stay.',
      'Tags that begin with pr- are pulled for at most 40 days after their push.',
    ],
  };
}

function compare<Key extends string | number>(one: Key, other: Key): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Returns a registry whose repositories have no images. */
export function emptyRegistry(count: number): RegistryReport {
  const whole = registry(20);
  const { images, ...empty } = whole.repositories.find(record => record.images?.all.count === 0)!;
  return {
    ...whole,
    repositories: Array.from({ length: count }, (_, index) => ({
      ...empty, name: `team/empty-${index}`, arn: `${empty.arn}-${index}`, images, policy: { kind: 'none' as const },
    })),
  };
}

/** Returns a registry with one repository whose timeline has only a part of its images. */
export function repositoryWithManyImages(count: number): RegistryReport {
  const step = 64;
  const whole = registry(20);
  const record = whole.repositories.find(({ policy, recommendation }) => policy?.kind === 'policy' && recommendation?.kind === 'policy')!;
  const sample = Array.from({ length: Math.ceil(count / step) }, (_, index) =>
    ({ ...record.images!.sample[index % record.images!.sample.length], pushedAt: AT - index * 3_600_000, isInUse: undefined })).reverse();
  return {
    ...whole,
    repositories: [{ ...record, registry: REGIONS[0], images: { ...record.images!, all: { count, bytes: count * 2e8 }, sample } }],
    registries: [{
      ...whole.registries[0],
      quotas: [{ name: 'Images per repository', used: count, limit: 100_000, isAdjustable: true, repository: record.name }],
    }],
  };
}

/** Returns a registry of which only the list of repositories could be read. */
export function unreadableRegistry(count: number): RegistryReport {
  const whole = registry(20);
  const [{ registry: region, createdAt, readAt }] = whole.repositories;
  return {
    ...whole,
    repositories: Array.from({ length: count }, (_, index): RepositoryRecord => ({
      registry: region,
      name: `team/secret-${index}`,
      arn: `arn:aws:ecr:${region}:${ACCOUNT}:repository/team/secret-${index}`,
      createdAt,
      readAt,
      problems: ['The images could not be read: AccessDeniedException.', 'The lifecycle policy could not be read: AccessDeniedException.'],
      owner: { kind: 'unknown' },
    })),
  };
}
