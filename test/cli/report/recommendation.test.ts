import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AT, generatedReading, OPTIONS } from './generated-readings';
import type { ReportedImage } from '../../../cli/report/figures/image-figures';
import { policyFigures } from '../../../cli/report/figures/policy-figures';
import { recommend, RecommendOptions } from '../../../cli/report/figures/recommendation';
import { repositoryRecord } from '../../../cli/report/figures/repository-figures';
import type { Owner, Recommendation } from '../../../cli/report/repository-record';
import { INDEX_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { labelOf, lifecycleProblems } from '../../../src/core/lifecycle/problems';
import type { Rule } from '../../../src/core/lifecycle/rule';
import { DAY, simulateLifecycle } from '../../../src/core/lifecycle/simulate';
import { lifecycleWarnings } from '../../../src/core/lifecycle/warnings';
import { paste } from '../paste';

jest.setTimeout(60_000);

type Details = Partial<Omit<ReportedImage, 'pushedAt' | 'lastRecordedPullTime'>> & { readonly pulled?: number };

let counter = 0;

/** Image with tags that was pushed, and pulled, some days ago. */
function image(tags: string | string[], pushed: number, { pulled, ...details }: Details = {}): ReportedImage {
  return {
    digest: `sha256:${String(counter++).padStart(64, '0')}`,
    tags: [tags].flat(),
    storageClass: 'standard',
    pushedAt: AT - pushed * DAY,
    ...pulled === undefined ? {} : { lastRecordedPullTime: AT - pulled * DAY },
    sizeInBytes: 1_000,
    ...details,
  };
}

const times = (count: number, create: (number: number) => ReportedImage) => Array.from({ length: count }, (_, number) => create(number));
const base: RecommendOptions = {
  ...OPTIONS, isPublic: false, registry: 'eu-west-1', name: 'shop/app', owner: { kind: 'none' }, policy: { kind: 'none' }, inUse: new Set(),
};
const adviceFor = (images: readonly ReportedImage[], options: Partial<RecommendOptions> = {}) =>
  recommend(images, { ...base, ...options }).recommendation;
const underPolicy = (images: readonly ReportedImage[], rules: readonly Rule[], options: Partial<RecommendOptions> = {}) =>
  adviceFor(images, { policy: policyFigures(JSON.stringify({ rules }), images, { ...base, ...options }).figures, ...options });

/** Rules in few words, such as `expire untagged sinceImagePushed 14`. */
function wordsOf(recommendation: Recommendation): string[] {
  if (recommendation.kind === 'none') return [];
  return recommendation.rules.map(({ selection: { tagStatus, tagPatternList, storageClass, countType, countNumber }, action }) =>
    [action.type, storageClass, tagPatternList ?? tagStatus, countType, countNumber].filter(word => word !== undefined).join(' '));
}

function reasonsOf(recommendation: Recommendation): string {
  return recommendation.kind === 'none' ? recommendation.reason : recommendation.reasons.join('\n');
}

const releases = times(6, number => image(`v1.${number}.0`, 200 + number));
const oldPullRequests = times(6, number => image(`pr-${number}`, 400 + number, { pulled: 399 + number }));
const oldUntagged = times(6, number => image([], 400 + number));
const OLD_BUILDS = times(8, number => image(`${number}abcdef0123`, 220 + number, { pulled: 210 + number }));

describe('of generated repositories, a recommended policy', () => {
  const records = Array.from({ length: 1_000 }, (_, seed) => {
    const reading = generatedReading(seed);
    return { reading, record: repositoryRecord(reading, OPTIONS) };
  });
  const recommended = records.flatMap(({ reading, record }) =>
    record.recommendation?.kind === 'policy' ? [{ reading, recommendation: record.recommendation }] : []);

  test('exists for many repositories, and every kind of rule is among them', () => {
    const all = recommended.flatMap(({ recommendation }) => wordsOf(recommendation));
    expect(recommended.length).toBeGreaterThan(200);
    const kinds = ['expire untagged', 'expire pr-*', 'expire sha-*', 'transition any', 'transition *', 'expire archive any', 'expire v*.*'];
    for (const kind of kinds) {
      expect([kind, all.some(words => words.startsWith(kind))]).toEqual([kind, true]);
    }
  });

  test('acts on no image that is in use or was pulled within 30 days, on any of the next 30 days', () => {
    for (const { reading: { images = [], inUse }, recommendation } of recommended) {
      const needed = images.filter(({ digest, lastRecordedPullTime = -Infinity }) =>
        lastRecordedPullTime >= AT - 30 * DAY || inUse?.has(digest));
      for (const day of [0, 1, 15, 30]) {
        const decisions = simulateLifecycle(recommendation.rules, images, AT + day * DAY);
        const removed = needed.filter(each => decisions[images.indexOf(each)].action !== 'KEEP');
        expect(removed.map(({ digest }) => digest)).toEqual([]);
      }
    }
  });

  test('acts on no image that is in use or was pulled within 30 days if a push moves its moving tags away today', () => {
    const isFixed = (tag: string) => /^(v1\.\d+\.0|sha256-.*|sha-.*|golden-.*|in-use-.*|[0-9a-f]{7,40}|\d{8})$/.test(tag);
    for (const { reading: { images = [], inUse }, recommendation } of recommended) {
      const moved = images.map(each => ({ ...each, tags: each.tags.filter(isFixed) }));
      const decisions = simulateLifecycle(recommendation.rules, moved, AT + 30 * DAY);
      const removed = images.filter(({ digest, lastRecordedPullTime = -Infinity, storageClass }, index) => storageClass === 'standard'
        && (lastRecordedPullTime >= AT - 30 * DAY || inUse?.has(digest)) && decisions[index].action !== 'KEEP');
      expect(removed.map(({ tags }) => tags)).toEqual([]);
    }
  });

  test('is valid, counts no images, and has no warning except that it archives', () => {
    for (const { recommendation: { rules } } of recommended) {
      expect(lifecycleProblems(rules.map((rule, index) => ({ label: labelOf(index, rule), rule })))).toEqual([]);
      expect(lifecycleWarnings(rules).map(({ code }) => code).filter(code => code !== 'lifecycle-archive-minimum')).toEqual([]);
      const counts = rules.filter(({ selection }) => selection.countType === 'imageCountMoreThan');
      expect(counts.filter(({ selection }) => selection.countNumber < 1_000_000)).toEqual([]);
    }
  });

  test('is not recommended if the current policy removes as much without harm', () => {
    for (const { record } of records) {
      const { policy, recommendation } = record;
      if (policy?.kind !== 'policy' || policy.endangered > 0 || recommendation?.kind !== 'policy') continue;
      const [present, next] = [policy.effect, recommendation.effect].map(effect =>
        [effect.expiresWithin30Days.count, effect.expiresWithin30Days.count + effect.archivesWithin30Days.count]);
      expect(next[0] > present[0] || next[1] > present[1]).toBe(true);
    }
  });
});

describe('the code of a recommendation', () => {
  const EVERYTHING = [...releases, ...oldPullRequests, ...oldUntagged, ...OLD_BUILDS, image('prod', 5, { pulled: 1 }), image('latest', 3)];
  const cases: ReadonlyArray<[string, Recommendation]> = [
    ['keeps, expires by tag and without tags, archives, and expires the archive', adviceFor(EVERYTHING)],
    ['is for a repository that a stack declares', adviceFor(EVERYTHING, { owner: { kind: 'stack', stack: 'it\'s "Shop"\n' } })],
    ['is for a repository that may have a stack', adviceFor(EVERYTHING, { owner: { kind: 'unknown' } })],
    ['archives tagged images only', adviceFor([...OLD_BUILDS, image([], 5, { subject: OLD_BUILDS[0].digest })])],
    ['replaces a policy', underPolicy(EVERYTHING, [
      { rulePriority: 1, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 }, action: { type: 'expire' } },
    ])],
  ];

  test.each(cases)('that %s synthesizes exactly the recommended rules', (_, recommendation) => {
    if (recommendation.kind === 'none') throw new Error(recommendation.reason);
    const stack = new Stack(new App(), 'Shop');
    paste(recommendation.typescript, stack);
    const template = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(template).toContain(JSON.stringify(JSON.stringify({ rules: recommendation.rules })).slice(1, -1));
  });

  test('imports only the names that it uses, and overwrites a policy only if there is one', () => {
    const codeOf = (recommendation: Recommendation) => recommendation.kind === 'none' ? '' : recommendation.typescript;
    expect(codeOf(adviceFor(OLD_BUILDS, { inUse: undefined }))).toBe([
      'import { Duration } from \'aws-cdk-lib\';',
      'import { LifecyclePolicy, LifecycleRule, Repository, RepositoryLifecycle } from \'cdk-ecr-keeper\';',
      '',
      'const lifecycle = LifecyclePolicy.fromRules([',
      '  LifecycleRule.archiveNotPulledFor(Duration.days(90)),',
      ']);',
      '// In a stack in eu-west-1.',
      'new RepositoryLifecycle(this, \'ShopAppLifecycle\', {',
      '  repository: Repository.fromRepositoryName(this, \'ShopApp\', \'shop/app\'),',
      '  lifecycle,',
      '});',
      '',
    ].join('\n'));
    const overwrites = cases.map(([, recommendation]) => codeOf(recommendation).includes('overwrite: true'));
    expect(overwrites).toEqual([false, false, false, false, true]);
  });
});

describe('a recommended policy', () => {
  test('keeps releases and stages, expires pull requests and untagged images, archives the others', () => {
    const others = [image('docs', 200), image('prod', 3, { pulled: 1 })];
    const recommendation = adviceFor([...releases, ...oldPullRequests, ...oldUntagged, ...others]);
    expect(wordsOf(recommendation)).toEqual([
      'expire prod imageCountMoreThan 1000000', 'expire v*.* imageCountMoreThan 1000000', 'expire untagged sinceImagePushed 60',
      'expire pr-* sinceImagePushed 30', 'transition any sinceImagePulled 90',
    ]);
    expect(recommendation).toMatchObject({ effect: { expiresNow: { count: 12, bytes: 12_000 }, archivesNow: { count: 1 } } });
  });

  test('expires no untagged image that is in use, but raises the age above that of the image', () => {
    const running = image([], 70);
    const images = [...releases, ...oldUntagged, running];
    expect(wordsOf(adviceFor(images))).toContain('expire untagged sinceImagePushed 14');
    expect(wordsOf(adviceFor(images, { inUse: new Set([running.digest]) }))).toContain('expire untagged sinceImagePushed 180');
  });

  test('expires no untagged images if one that was recently pulled is older than a year', () => {
    const recommendation = adviceFor([...releases, ...oldUntagged, image([], 400, { pulled: 2 })]);
    expect(wordsOf(recommendation).filter(words => words.includes('untagged'))).toEqual([]);
    expect(reasonsOf(recommendation)).toContain('Untagged images do not expire by age, because some are needed about a year');
  });

  test('expires untagged images later than any image was pulled after its push', () => {
    const images = [...releases, ...oldUntagged, image([], 300, { pulled: 260 })];
    expect(wordsOf(adviceFor(images))).toContain('expire untagged sinceImagePushed 60');
    expect(wordsOf(adviceFor(images, { inUse: undefined }))).toContain('expire untagged sinceImagePushed 90');
  });

  test('leaves time for an image in use whose only tag a push moves away', () => {
    const [latest, release] = [image('latest', 100, { pulled: 1 }), image(['latest', 'v2.0.0'], 100, { pulled: 1 })];
    const recommendation = adviceFor([...releases, ...oldUntagged, latest]);
    expect(wordsOf(recommendation)).toContain('expire untagged sinceImagePushed 180');
    expect(reasonsOf(recommendation)).toContain('whose tags, such as latest, a push moves to another image');
    expect(wordsOf(adviceFor([...releases, ...oldUntagged, release]))).toContain('expire untagged sinceImagePushed 14');
  });

  test('expires no index that was pushed after an untagged image in use, because it may contain the image', () => {
    const part = image([], 100.01);
    const index = image('pr-7', 100, { mediaType: INDEX_MEDIA_TYPES[0] });
    const images = [...releases, ...oldPullRequests, part, index];
    expect(wordsOf(adviceFor(images, { inUse: new Set([part.digest]) }))).toContain('expire pr-* sinceImagePushed 180');
    expect(wordsOf(adviceFor(images))).toContain('expire pr-* sinceImagePushed 30');
  });

  test('expires no untagged images if some are attached to other images', () => {
    const recommendation = adviceFor([...releases, ...oldUntagged, image('docs', 200), image([], 5, { subject: releases[0].digest })]);
    expect(wordsOf(recommendation)).toEqual(['expire v*.* imageCountMoreThan 1000000', 'transition * sinceImagePulled 90']);
    expect(reasonsOf(recommendation)).toContain('some are signatures, SBOMs, or attestations');
  });

  test('archives images that nobody pulls later if an image in use was not pulled for long', () => {
    const running = image('5abcdef0123', 130, { pulled: 125 });
    const recommendation = adviceFor([...OLD_BUILDS, running], { inUse: new Set([running.digest]) });
    expect(wordsOf(recommendation)[0]).toBe('transition any sinceImagePulled 180');
  });

  test('does not expire archived images if the report does not know what runs, or if a tag is neither kept nor a build', () => {
    expect(wordsOf(adviceFor(OLD_BUILDS))).toContain('expire archive any sinceImageTransitioned 365');
    expect(wordsOf(adviceFor(OLD_BUILDS, { inUse: undefined }))).toEqual(['transition any sinceImagePulled 90']);
    expect(wordsOf(adviceFor([...OLD_BUILDS, image('docs', 200)]))).toEqual(['transition any sinceImagePulled 90']);
  });

  test('does not expire archived images if an archived image in use would expire', () => {
    const running = image('6abcdef0123', 500, { storageClass: 'archive', lastArchivedAt: AT - 360 * DAY });
    const recommendation = adviceFor([...OLD_BUILDS, running], { inUse: new Set([running.digest]) });
    expect(wordsOf(recommendation)).toEqual(['transition any sinceImagePulled 90']);
    expect(reasonsOf(recommendation)).toContain('Archived images do not expire, because an image in use would expire.');
  });

  test('does not expire the newest tagged image of a repository without releases', () => {
    const recommendation = adviceFor([...oldPullRequests, ...oldUntagged]);
    expect(wordsOf(recommendation)).toEqual(['expire untagged sinceImagePushed 14']);
    expect(reasonsOf(recommendation)).toContain('the newest tagged image');
  });

  test('says how much is unknown if the report did not search for what runs', () => {
    const images = [...oldPullRequests, ...releases];
    expect(reasonsOf(adviceFor(images, { inUse: undefined }))).toContain('did not search for what runs (--in-use)');
    expect(wordsOf(adviceFor(images, { inUse: undefined }))).toContain('expire pr-* sinceImagePushed 90');
    expect(reasonsOf(adviceFor(images))).not.toContain('--in-use');
  });

  test('says that ECR keeps the images of kept indexes', () => {
    const indexes = releases.map(each => ({ ...each, mediaType: INDEX_MEDIA_TYPES[1] }));
    expect(reasonsOf(adviceFor([...indexes, ...oldUntagged]))).toContain('6 multi-architecture indexes stay, and ECR also keeps');
    expect(reasonsOf(adviceFor([...releases, ...oldUntagged]))).not.toContain('multi-architecture');
  });

  test('keeps what the current policy keeps, also by prefix', () => {
    const images = [...times(8, number => image(`golden-${number}`, 300)), ...oldUntagged];
    const keep = { countType: 'imageCountMoreThan', countNumber: 1_000_000 } as const;
    const rules = (selection: Rule['selection']): Rule[] => [{ rulePriority: 1, selection, action: { type: 'expire' } }];
    for (const list of [{ tagPatternList: ['golden-*'] }, { tagPrefixList: ['golden-'] }]) {
      expect(wordsOf(underPolicy(images, rules({ tagStatus: 'tagged', ...list, ...keep })))).toEqual([
        'expire golden-* imageCountMoreThan 1000000', 'expire untagged sinceImagePushed 14',
      ]);
    }
    const reason = 'No recommendation: the current policy keeps all images.';
    expect(underPolicy(images, rules({ tagStatus: 'any', ...keep }))).toEqual({ kind: 'none', reason });
    expect(wordsOf(underPolicy(images, rules({ tagStatus: 'untagged', ...keep })))).toEqual(['transition * sinceImagePulled 90']);
  });

  test('replaces a policy that removes more if that one endangers an image', () => {
    const rules: Rule[] = [
      { rulePriority: 1, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 }, action: { type: 'expire' } },
    ];
    const images = [...releases, ...oldUntagged];
    expect(underPolicy(images, rules)).toMatchObject({ kind: 'none', reason: expect.stringMatching(/removes at least as much.* counts images, so it can remove any image/) });
    const recommendation = underPolicy(images, rules, { inUse: new Set([releases[5].digest]) });
    expect(wordsOf(recommendation)).toEqual(['expire v*.* imageCountMoreThan 1000000', 'expire untagged sinceImagePushed 14']);
    expect(reasonsOf(recommendation)).toContain('The current policy removes or archives 1 image within 30 days that is in use');
  });
});

describe('there is no recommendation', () => {
  const reason = (images: readonly ReportedImage[], options: Partial<RecommendOptions> = {}) => {
    const recommendation = adviceFor(images, options);
    return recommendation.kind === 'none' ? recommendation.reason : recommendation.rules;
  };

  test('for a repository that is empty, has few images, or has only recent images', () => {
    expect(reason([])).toBe('No recommendation: the repository has no images.');
    expect(reason(times(4, () => image([], 300)))).toContain('the repository has 4 images');
    expect(reason(times(9, number => image(`docs${number}`, 2)))).toContain('no image is old enough');
  });

  test('for a policy that cannot be simulated', () => {
    expect(reason(OLD_BUILDS, { policy: { kind: 'unknown', text: '{}', reason: '' } })).toContain('cannot simulate the current policy');
  });

  test('if a scanner has pulled most images at one time; the reason suggests a pull-time update exclusion', () => {
    const scanned = times(12, number => image(`docs${number}`, 60 + 10 * number, { pulled: 40 + number / 24 }));
    expect(reason(scanned)).toContain('pull-time update exclusion');
    expect(reason(scanned, { inUse: new Set(scanned.map(({ digest }) => digest)) })).not.toContain('exclusion');
    expect(reason(scanned.map(({ lastRecordedPullTime = 0, ...each }, number) =>
      ({ ...each, lastRecordedPullTime: lastRecordedPullTime - number * 2 * DAY })))).not.toContain('exclusion');
  });

  test('if all images look like releases', () => {
    expect(reason(releases)).toContain('look like releases');
  });

  test('for ECR Public, which has no lifecycle policies', () => {
    const { images } = { images: OLD_BUILDS };
    const owner: Owner = { kind: 'unknown' };
    const reading = { registry: 'public', name: 'app', arn: 'arn', createdAt: 0, readAt: AT, problems: [], images, owner };
    expect(repositoryRecord(reading, OPTIONS)).not.toHaveProperty('recommendation');
    expect(repositoryRecord(reading, OPTIONS)).not.toHaveProperty('policy');
  });
});
