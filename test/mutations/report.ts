import type { Mutation } from './mutation';

const RECOMMENDATION = 'test/cli/report/recommendation.test.ts';
const PUSHES = 'test/cli/report/recommendation-pushes.test.ts';
const FIGURES = 'test/cli/report/figures.test.ts';
const NEEDED_STAYS =
  'of generated repositories, a recommended policy acts on no image that is in use or was pulled within 30 days';

export const REPORT: readonly Mutation[] = [
  {
    rule: 'report: a recommended policy is simulated with the images before it is returned',
    file: 'cli/report/figures/recommendation/verification.ts',
    find: 'if (isHarmed) rules.add(fate.rule);',
    replace: '',
    tests: RECOMMENDATION,
    test: 'a recommended policy does not expire archived images if an archived image in use would expire',
  },
  {
    rule: 'report: an image in use counts as needed',
    file: 'cli/report/figures/policy-effect.ts',
    find: ' || (inUse?.has(digest) ?? false)',
    replace: '',
    tests: RECOMMENDATION,
    test: `${NEEDED_STAYS}, on any of the next 30 days`,
  },
  {
    rule: 'report: an image counts as needed for 30 days after a pull',
    file: 'cli/report/figures/policy-effect.ts',
    find: 'at - lastRecordedPullTime <= HORIZON_DAYS * DAY',
    replace: 'at - lastRecordedPullTime <= DAY',
    tests: RECOMMENDATION,
    test: `${NEEDED_STAYS}, on any of the next 30 days`,
  },
  {
    rule: 'report: a recommended policy leaves time for a needed image whose tags a push moves away',
    file: 'cli/report/figures/recommendation/survey.ts',
    find: 'for (const group of new Set([...groups, ...others])) {',
    replace: 'for (const group of keeping.length > 0 ? [] : groups) {',
    tests: RECOMMENDATION,
    test: `${NEEDED_STAYS} if a push moves its moving tags away today`,
  },
  {
    rule: 'report: an index counts as needed if it may contain an image in use',
    file: 'cli/report/figures/recommendation/survey.ts',
    find: 'manifests === undefined ? open > 0 :',
    replace: 'manifests === undefined ? false :',
    tests: PUSHES,
    test: 'a recommended policy acts on no needed image in 30 days of pushes, and on no index whose contents ECR does not describe',
  },
  {
    rule: 'report: a recommended policy keeps what the current one keeps',
    file: 'cli/report/figures/recommendation/survey.ts',
    find: 'tags.map(tag => isKeptAlready(tag) ? keptAlready(familyOf(tag)) : familyOf(tag));',
    replace: 'tags.map(familyOf);',
    tests: RECOMMENDATION,
    test: 'a recommended policy keeps what the current policy keeps, also by prefix',
  },
  {
    rule: 'report: a policy that endangers images is never called sufficient',
    file: 'cli/report/figures/recommendation.ts',
    find: 'if (live !== undefined && live.endangered > 0) return undefined;',
    replace: '',
    tests: RECOMMENDATION,
    test: 'a recommended policy replaces a policy that removes more if that one endangers an image',
  },
  {
    rule: 'report: a restored image counts as recently used',
    file: 'cli/report/figures/image-figures.ts',
    find: 'return Math.max(pushedAt, lastActivatedAt, lastRecordedPullTime);',
    replace: 'return Math.max(pushedAt, lastActivatedAt === 0 ? 0 : lastRecordedPullTime);',
    tests: FIGURES,
    test: 'the figures of a repository equal sums over its images',
  },
  {
    rule: 'report: a smaller sample still has the images in use',
    file: 'cli/report/figures/sample.ts',
    find: 'isInUse(item) || place++ % 2 === 0',
    replace: 'place++ % 2 === 0',
    tests: FIGURES,
    test: 'a sample has every fourth of too many images, the newest one, and all in use',
  },
  {
    rule: 'report: of two processes that see the lock of one that has ended, one replaces it',
    file: 'cli/report/progress/progress-lock.ts',
    find: 'const holder = await holderOf(file, pid);',
    replace: 'const holder: Holder = { kind: \'ended\' };',
    tests: 'test/cli/report/progress-lock.test.ts',
    test: 'if 2 processes continue a report at once and there is the lock of a process that has ended, one at a time has and keeps it',
  },
];
