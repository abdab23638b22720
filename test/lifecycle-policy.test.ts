import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { ImageStatus, LifecycleAction, LifecycleImages, LifecyclePolicy, LifecycleRule, Repository } from '../src';

const { TAGGED, UNTAGGED, ANY } = ecr.TagStatus;
const rulesOf = (...rules: LifecycleRule[]) => JSON.parse(LifecyclePolicy.fromRules(rules).toJson()).rules;
const selectionOf = (rule: LifecycleRule) => rulesOf(rule)[0].selection;

describe('rules', () => {
  test.each([
    ['keepNewest', LifecycleRule.keepNewest(5), { countType: 'imageCountMoreThan', countNumber: 5 }, { type: 'expire' }],
    ['expireOlderThan', LifecycleRule.expireOlderThan(Duration.days(5)),
      { countType: 'sinceImagePushed', countNumber: 5, countUnit: 'days' }, { type: 'expire' }],
    ['archiveAllButNewest', LifecycleRule.archiveAllButNewest(5), { countType: 'imageCountMoreThan', countNumber: 5 },
      { type: 'transition', targetStorageClass: 'archive' }],
    ['archiveOlderThan', LifecycleRule.archiveOlderThan(Duration.days(5)),
      { countType: 'sinceImagePushed', countNumber: 5, countUnit: 'days' },
      { type: 'transition', targetStorageClass: 'archive' }],
    ['archiveNotPulledFor', LifecycleRule.archiveNotPulledFor(Duration.days(5)),
      { countType: 'sinceImagePulled', countNumber: 5, countUnit: 'days' },
      { type: 'transition', targetStorageClass: 'archive' }],
    ['expireArchivedFor', LifecycleRule.expireArchivedFor(Duration.days(90)),
      { storageClass: 'archive', countType: 'sinceImageTransitioned', countNumber: 90, countUnit: 'days' }, { type: 'expire' }],
  ])('%s', (_name, rule, selection, action) => {
    expect(rulesOf(rule)).toEqual([{ rulePriority: 1, selection: { tagStatus: 'any', ...selection }, action }]);
  });

  test('tags select tagged images, nothing selects any', () => {
    expect(selectionOf(LifecycleRule.keepNewest(1, { tagPatternList: ['a*'] })))
      .toMatchObject({ tagStatus: 'tagged', tagPatternList: ['a*'] });
    expect(selectionOf(LifecycleRule.keepNewest(1, { tagPrefixList: ['a'] }))).toMatchObject({ tagStatus: 'tagged', tagPrefixList: ['a'] });
    expect(selectionOf(LifecycleRule.keepNewest(1, { tagStatus: UNTAGGED }))).toMatchObject({ tagStatus: 'untagged' });
  });

  test('those that keep come first, those for any image last, the others in their order', () => {
    const rules = rulesOf(
      LifecycleRule.keepNewest(5),
      LifecycleRule.expireOlderThan(Duration.days(9), { tagPatternList: ['b*'] }),
      LifecycleRule.expireOlderThan(Duration.days(9), { tagPatternList: ['a*'] }),
      LifecycleRule.keep('release-*', { description: 'for ever' }),
    );
    expect(rules.map(({ rulePriority, selection }: any) => [rulePriority, selection.tagPatternList?.[0] ?? selection.tagStatus]))
      .toEqual([[1, 'release-*'], [2, 'b*'], [3, 'a*'], [4, 'any']]);
    expect(rules[0]).toMatchObject({ description: 'for ever', selection: { countType: 'imageCountMoreThan', countNumber: 1_000_000 } });
  });

  test('a number that is given stands, the others follow it, and what keeps takes the lowest that is free', () => {
    const rules = rulesOf(
      LifecycleRule.expireOlderThan(Duration.days(9), { tagPatternList: ['b*'] }),
      LifecycleRule.expireOlderThan(Duration.days(9), { tagPatternList: ['a*'], rulePriority: 10 }),
      LifecycleRule.keep('c*'),
    );
    expect(() => rulesOf(LifecycleRule.keep('c*'), LifecycleRule.expireOlderThan(Duration.days(9), { rulePriority: 1 })))
      .toThrow('rules[0]: a rule that keeps images must come first, but rules[1] has the rulePriority 1. Give rules[1] a number above 2,'
        + ' or set the rulePriority of rules[0]');
    expect(rules.map(({ rulePriority, selection }: any) => [rulePriority, selection.tagPatternList[0]]))
      .toEqual([[1, 'c*'], [10, 'a*'], [11, 'b*']]);
  });

  test('images that are kept are also kept in the archive, if another rule expires images there', () => {
    const policy = LifecyclePolicy.fromRules([LifecycleRule.keep('v*'), LifecycleRule.expireArchivedFor(Duration.days(365))]);
    const archived = {
      imageDigest: 'a', imagePushedAt: new Date('2020-01-01'), imageStatus: ImageStatus.ARCHIVED, lastArchivedAt: new Date('2020-02-01'),
    };
    const decisions = policy.simulate([{ ...archived, imageTags: ['v1'] }, { ...archived, imageTags: ['w1'] }], new Date('2026-01-01'));
    expect(decisions.map(({ action }) => action)).toEqual([LifecycleAction.KEEP, LifecycleAction.EXPIRE]);
  });

  test('all problems are in one error, with the position in the list', () => {
    expect(() => LifecyclePolicy.fromRules([
      LifecycleRule.keepNewest(0),
      LifecycleRule.expireOlderThan(Duration.hours(36), { tagPatternList: ['*1*2*3*4*'] }),
      LifecycleRule.expireArchivedFor(Duration.days(89), { rulePriority: 1.5 }),
    ])).toThrow(new RegExp([
      'LifecyclePolicy.fromRules: 5 problems',
      'rules\\[0\\] .*`keepNewest` takes a whole number of at least 1, got 0',
      'rules\\[1\\] .*\'tagPatternList\\[0\\]\' must have at most 4 wildcards \\(\\*\\), got 5: "\\*1\\*2\\*3\\*4\\*"',
      'rules\\[1\\] .*`expireOlderThan` takes whole days, got 1 day 12 hours',
    ].join('[^]*')));
  });

  test.each<[string, LifecycleRule, string]>([
    ['keepNewest(0)', LifecycleRule.keepNewest(0), '`keepNewest` takes a whole number of at least 1, got 0'],
    ['keepNewest(1.5)', LifecycleRule.keepNewest(1.5), '`keepNewest` takes a whole number of at least 1, got 1.5'],
    ['archiveAllButNewest(-1)', LifecycleRule.archiveAllButNewest(-1), '`archiveAllButNewest` takes a whole number of at least 1, got -1'],
    ['expireOlderThan 12 hours', LifecycleRule.expireOlderThan(Duration.hours(12)), '`expireOlderThan` takes whole days, got 12 hours'],
    ['expireOlderThan 0 days', LifecycleRule.expireOlderThan(Duration.days(0)), '`expireOlderThan` takes at least 1 day, got 0 days'],
    ['archiveOlderThan 90 minutes', LifecycleRule.archiveOlderThan(Duration.minutes(90)),
      '`archiveOlderThan` takes whole days, got 1 hour 30 minutes'],
    ['archiveNotPulledFor 1 hour', LifecycleRule.archiveNotPulledFor(Duration.hours(1)),
      '`archiveNotPulledFor` takes whole days, got 1 hour'],
    ['expireArchivedFor 89 days', LifecycleRule.expireArchivedFor(Duration.days(89)),
      '`expireArchivedFor` takes at least 90 days, got 89 days'],
    ['keep of an empty text', LifecycleRule.keep(''), '\'tagPattern\' must be a string of at least one character, got: ""'],
    ['keep with five wildcards', LifecycleRule.keep('*a*b*c*d*'), '\'tagPattern\' must have at most 4 wildcards (*), got 5: "*a*b*c*d*"'],
    ['a tag status without tags', LifecycleRule.keepNewest(1, { tagStatus: TAGGED }),
      'must have tagPatternList or tagPrefixList with tagStatus "tagged", got neither. Use tagPatternList ["*"] to select every tagged'
        + ' image'],
    ['tags of untagged images', LifecycleRule.keepNewest(1, { tagStatus: UNTAGGED, tagPrefixList: ['a'] }),
      '\'tagPrefixList\' must be omitted with tagStatus "untagged", got: ["a"]'],
  ])('%s is refused in the words of the factory', (_name, rule, problem) => {
    expect(() => LifecyclePolicy.fromRules([rule])).toThrow(`LifecyclePolicy.fromRules: rules[0] (rulePriority 1): ${problem}`);
  });

  test('a pattern that is kept twice is refused in the words of keep', () => {
    expect(() => LifecyclePolicy.fromRules([LifecycleRule.keep('a*'), LifecycleRule.keep('a*')]))
      .toThrow('rules[1] (rulePriority 2): \'tagPattern\' must differ from that of rules[0] (rulePriority 1), but both have ["a*"]');
  });

  test('a value that is only known at deploy is refused', () => {
    expect(() => LifecyclePolicy.fromRules([LifecycleRule.keepNewest(Lazy.number({ produce: () => 5 }))]))
      .toThrow('LifecyclePolicy.fromRules: rules[0]: `keepNewest` must have a limit that is known at synthesis, got a token');
    expect(() => LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(Lazy.number({ produce: () => 5 })))]))
      .toThrow('LifecyclePolicy.fromRules: rules[0]: `expireOlderThan` must have a limit that is known at synthesis, got a token');
    expect(() => LifecyclePolicy.fromRules([LifecycleRule.keep(Lazy.string({ produce: () => 'a*' }))]))
      .toThrow('LifecyclePolicy.fromRules: rules[0]: \'tagPattern\' must be known at synthesis, got a token');
  });
});

describe('rules of an image shield', () => {
  const keepRule = (tagPrefix = 'in-use-') => LifecycleRule._keepShielded(tagPrefix);
  const releasedRule = (days = 30, tagPrefix = 'in-use-') => LifecycleRule._expireReleased(tagPrefix, Duration.days(days));
  const devRule = (rulePriority?: number) => LifecycleRule.expireOlderThan(Duration.days(7), { tagPatternList: ['dev-*'], rulePriority });
  const orderOf = (...rules: LifecycleRule[]) => rulesOf(...rules).map(({ rulePriority, selection }: any) =>
    [rulePriority, selection.tagPatternList?.[0] ?? selection.tagStatus, ...selection.storageClass ? [selection.storageClass] : []]);
  /** A policy as the documentation of an image shield shows it. */
  const shielded = () => LifecyclePolicy.fromRules([
    keepRule(),
    LifecycleRule.keep('release-*'),
    LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: UNTAGGED }),
    devRule(),
    releasedRule(),
    LifecycleRule.keepNewest(50),
  ]);

  test('select images by the keep tag and by the tag of a release', () => {
    expect(rulesOf(keepRule(), releasedRule())).toEqual([
      {
        rulePriority: 1,
        selection: { tagStatus: 'tagged', tagPatternList: ['in-use-*'], countType: 'imageCountMoreThan', countNumber: 1_000_000 },
        action: { type: 'expire' },
      },
      {
        rulePriority: 2,
        selection: {
          tagStatus: 'tagged', tagPatternList: ['was-in-use-*'], countType: 'sinceImagePushed', countNumber: 30, countUnit: 'days',
        },
        action: { type: 'expire' },
      },
    ]);
  });

  test('the rule that keeps images in use comes first, and the rule for released images directly before the rule for all', () => {
    expect(orderOf(
      LifecycleRule.keepNewest(50), releasedRule(), devRule(), LifecycleRule.keep('release-*'),
      LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: UNTAGGED }), keepRule(),
    )).toEqual([[1, 'in-use-*'], [2, 'release-*'], [3, 'dev-*'], [4, 'untagged'], [5, 'was-in-use-*'], [6, 'any']]);
  });

  test('the rule for released images also comes after rules for tags that have a priority', () => {
    expect(orderOf(releasedRule(), keepRule(), devRule(20), LifecycleRule.keepNewest(50)))
      .toEqual([[1, 'in-use-*'], [20, 'dev-*'], [21, 'was-in-use-*'], [22, 'any']]);
  });

  test('images in use are also kept in the archive if another rule expires images there, before other rules', () => {
    const expiry = LifecycleRule.expireArchivedFor(Duration.days(90));
    expect(orderOf(LifecycleRule.keep('release-*'), expiry, releasedRule(), keepRule())).toEqual([
      [1, 'in-use-*'], [2, 'in-use-*', 'archive'], [3, 'release-*'], [4, 'release-*', 'archive'], [5, 'was-in-use-*'],
      [6, 'any', 'archive'],
    ]);
  });

  test('the rules that keep the images of two shields are in the order of the list', () => {
    expect(orderOf(LifecycleRule.keep('release-*'), keepRule('runs-'), keepRule('in-use-'), releasedRule(3, 'runs-'), releasedRule()))
      .toEqual([[1, 'runs-*'], [2, 'in-use-*'], [3, 'release-*'], [4, 'was-runs-*'], [5, 'was-in-use-*']]);
  });

  test.each<[string, LifecycleRule[], string]>([
    ['another rule has the lowest priority', [devRule(1), keepRule()],
      'rules[1]: the rule that keeps images in use must come first, but rules[0] has the rulePriority 1. Give rules[0] a number above 2, or'
        + ' remove its rulePriority'],
    ['another rule that keeps images has the lowest priority', [keepRule(), LifecycleRule.keep('release-*', { rulePriority: 1 })],
      'rules[0]: the rule that keeps images in use must come first, but rules[1] has the rulePriority 1. Give rules[1] a number above 2, or'
        + ' remove its rulePriority'],
    ['a rule for the archive has the lowest priority',
      [keepRule(), LifecycleRule.expireArchivedFor(Duration.days(90), { rulePriority: 1 })],
      'rules[0]: the rule that keeps images in use must come first, but rules[1] has the rulePriority 1. Give rules[1] a number above 3, or'
        + ' remove its rulePriority'],
    ['the rule for all images has a priority', [keepRule(), releasedRule(), LifecycleRule.keepNewest(50, { rulePriority: 9 })],
      'rules[1]: the rule that expires released images must come before the rule for all images, but rules[2] has the rulePriority 9.'
        + ' Remove the rulePriority of rules[2], which then comes last'],
    ['two rules keep the same images', [keepRule(), keepRule()],
      'rules[1] (rulePriority 2): \'tagPrefix\' must differ from that of rules[0] (rulePriority 1), but both have ["in-use-*"]'],
    ['two rules expire the same released images', [releasedRule(3), releasedRule(4)],
      'rules[1] (rulePriority 2): \'tagPrefix\' must differ from that of rules[0] (rulePriority 1), but both have ["was-in-use-*"]'],
    ['the age of released images is not whole days', [LifecycleRule._expireReleased('in-use-', Duration.hours(36))],
      'rules[0] (rulePriority 1): \'sincePush\' takes whole days, got 1 day 12 hours'],
    ['the age of released images is 0 days', [releasedRule(0)],
      'rules[0] (rulePriority 1): \'sincePush\' takes at least 1 day, got 0 days'],
  ])('are refused if %s', (_name, rules, message) => {
    expect(() => LifecyclePolicy.fromRules(rules)).toThrow(`LifecyclePolicy.fromRules: ${message}`);
    expect(() => LifecyclePolicy.fromRules(rules)).not.toThrow(/problems/);
  });

  test('an archive rule for all images may have any priority, because it does not act on released images', () => {
    expect(orderOf(releasedRule(), LifecycleRule.expireArchivedFor(Duration.days(90), { rulePriority: 5 })))
      .toEqual([[5, 'any', 'archive'], [6, 'was-in-use-*']]);
  });

  test('an age of released images that is not a Duration is refused immediately', () => {
    expect(() => LifecycleRule._expireReleased('in-use-', 30 as any)).toThrow(/^ImageShield\.releasedRule: 'sincePush' must be a Duration/);
  });

  test('result in a policy without warnings', () => {
    const stack = new Stack(new App(), 'Stack');
    new Repository(stack, 'Repository', { lifecycle: shielded() });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test.each<[string, string[], number, LifecycleAction, number | undefined]>([
    ['an image in use is kept whatever its age and its other tags are', ['dev-1', 'in-use-0123456789ab'], 900, LifecycleAction.KEEP, 1],
    ['an image that is used again is kept', ['in-use-0123456789ab', 'was-in-use-0123456789ab'], 900, LifecycleAction.KEEP, 1],
    ['the rule for another tag decides about a released image', ['dev-1', 'was-in-use-0123456789ab'], 8, LifecycleAction.EXPIRE, 4],
    ['a rule that keeps another tag keeps a released image', ['release-1', 'was-in-use-0123456789ab'], 900, LifecycleAction.KEEP, 2],
    ['a released image without another tag is kept until its age', ['was-in-use-0123456789ab'], 30, LifecycleAction.KEEP, 5],
    ['a released image without another tag expires by its age', ['was-in-use-0123456789ab'], 31, LifecycleAction.EXPIRE, 5],
    ['a rule for all images does not decide about a released image', ['v1', 'was-in-use-0123456789ab'], 29, LifecycleAction.KEEP, 5],
  ])('decide as intended: %s', (_name, imageTags, days, action, decidingRulePriority) => {
    const now = new Date('2026-06-01');
    const imagePushedAt = new Date(now.getTime() - days * 86_400_000);
    const newer = Array.from({ length: 60 }, (_, index) => ({ imageDigest: `v${index}`, imageTags: [`v${index}`], imagePushedAt: now }));
    const [decision] = shielded().simulate([{ imageDigest: 'a', imageTags, imagePushedAt }, ...newer], now);
    expect(decision).toMatchObject({ action, decidingRulePriority });
  });

  test('a rule that keeps the newest images also counts images in use', () => {
    const now = new Date('2026-06-01');
    const imageOf = (imageTags: string[], index: number) => ({
      imageDigest: `${index}`, imageTags, imagePushedAt: new Date(now.getTime() - index * 60_000),
    });
    const images = Array.from({ length: 60 }, (_, index) => imageOf(index < 10 ? [`in-use-${index}`] : [`v${index}`], index));
    const expired = shielded().simulate(images, now).filter(({ action }) => action === LifecycleAction.EXPIRE);
    expect(expired.map(({ imageDigest }) => Number(imageDigest))).toEqual([50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
  });
});

describe('rules of aws-ecr', () => {
  test('become what they mean', () => {
    const policy = LifecyclePolicy.fromEcrRules([
      { maxImageCount: 5 }, { tagStatus: TAGGED, tagPrefixList: ['v'], maxImageAge: Duration.days(7), description: 'old', rulePriority: 3 },
    ]);
    expect(policy.toJson()).toBe(LifecyclePolicy.fromRules([
      LifecycleRule.expireOlderThan(Duration.days(7), { tagPrefixList: ['v'], description: 'old', rulePriority: 3 }),
      LifecycleRule.keepNewest(5, { tagStatus: ANY }),
    ]).toJson());
  });

  test.each<[string, ecr.LifecycleRule, string]>([
    ['maxImageCount', { maxImageCount: 0 }, '\'maxImageCount\' takes a whole number of at least 1, got 0'],
    ['maxImageAge', { maxImageAge: Duration.hours(12) }, '\'maxImageAge\' takes whole days, got 12 hours'],
  ])('with an invalid %s are refused in the words of aws-ecr', (_name, rule, problem) => {
    expect(() => LifecyclePolicy.fromEcrRules([rule])).toThrow(`LifecyclePolicy.fromEcrRules: rules[0] (rulePriority 1): ${problem}`);
  });

  test.each([[{}, 'neither'], [{ maxImageCount: 1, maxImageAge: Duration.days(1) }, 'both']])('%p is refused', (rule, got) => {
    expect(() => LifecyclePolicy.fromEcrRules([rule])).toThrow(`rules[0]: must have either 'maxImageCount' or 'maxImageAge', got ${got}`);
  });
});

describe('a text', () => {
  const TEXT = '{ "rules": [ { "action": {"type":"expire"}, "rulePriority": 7, "selection":'
    + ' {"tagStatus":"any","countType":"imageCountMoreThan","countNumber":3} } ] }';

  test('is taken, and rendered as the same rules always are', () => {
    const policy = LifecyclePolicy.fromJson(TEXT);
    expect(policy.toJson()).toBe(LifecyclePolicy.fromRules([LifecycleRule.keepNewest(3, { rulePriority: 7 })]).toJson());
    expect(LifecyclePolicy.fromJson(policy.toJson()).toJson()).toBe(policy.toJson());
  });

  test.each([
    ['[]', /must be a JSON object with a list 'rules', got: a list/],
    ['{', /must be JSON/],
    ['{"rules":[]}', /must have 1 to 50 rules, got: none/],
  ])(
    '%p is refused', (text, message) => {
      expect(() => LifecyclePolicy.fromJson(text)).toThrow(message);
    });

  test('that is only known at deploy is passed on, and cannot be simulated', () => {
    const policy = LifecyclePolicy.fromJson(Lazy.string({ produce: () => TEXT }));
    expect(new Stack().resolve(policy.toJson())).toBe(TEXT);
    expect(() => policy.simulate([], new Date())).toThrow(/known only at deployment cannot be simulated/);
  });
});

describe('simulate', () => {
  interface Vector {
    readonly name: string;
    readonly images: ReadonlyArray<{
      id: string;
      tags: string[];
      storageClass?: string;
      pushedDaysAgo: number;
      pulledDaysAgo?: number;
      archivedDaysAgo?: number;
      activatedDaysAgo?: number;
    }>;
    readonly rules: object[];
    readonly expected: Record<string, [string, number]>;
  }
  const vectors = JSON.parse(readFileSync(join(__dirname, 'local-ecr', 'lifecycle-vectors.json'), 'utf8')) as Vector[];
  const NOW = new Date('2026-06-01T12:00:00Z');
  const ago = (days: number) => new Date(NOW.getTime() - days * 86_400_000);
  const maybe = (days: number | undefined) => days === undefined ? undefined : ago(days);

  test.each(vectors.map(vector => [vector.name, vector] as const))('the documentation\'s example %s', (_name, {
    images, rules, expected,
  }) => {
    const decisions = LifecyclePolicy.fromJson(JSON.stringify({ rules })).simulate(images.map(image => ({
      imageDigest: image.id,
      imageTags: image.tags,
      imagePushedAt: ago(image.pushedDaysAgo),
      imageStatus: image.storageClass === 'archive' ? ImageStatus.ARCHIVED : undefined,
      lastRecordedPullTime: maybe(image.pulledDaysAgo),
      lastArchivedAt: maybe(image.archivedDaysAgo),
      lastActivatedAt: maybe(image.activatedDaysAgo),
    })), NOW);
    const acting = decisions.filter(({ action }) => action !== LifecycleAction.KEEP);
    // the examples have the words of ECR's previews
    const words = { [LifecycleAction.ARCHIVE]: 'TRANSITION', [LifecycleAction.EXPIRE]: 'EXPIRE', [LifecycleAction.KEEP]: 'KEEP' };
    const actions = acting.map(({ imageDigest, action, appliedRulePriority }) => [imageDigest, [words[action], appliedRulePriority]]);
    expect(Object.fromEntries(actions)).toEqual(expected);
  });

  test('says which rule decides, and what it shields an image from', () => {
    const policy = LifecyclePolicy.fromRules([LifecycleRule.keep('v*'), LifecycleRule.expireOlderThan(Duration.days(1))]);
    expect(policy.simulate([{ imageDigest: 'a', imageTags: ['v1'], imagePushedAt: ago(3) }], NOW)).toEqual([{
      imageDigest: 'a',
      imageTags: ['v1'],
      action: LifecycleAction.KEEP,
      appliedRulePriority: undefined,
      decidingRulePriority: 1,
      reason: 'rule 1: keeps it; therefore rule 2, which would expire it, cannot act',
      blockedBy: [],
    }]);
  });

  test('an image of an index is selected, but blocked while the index is kept', () => {
    const policy = LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(1), { tagStatus: UNTAGGED })]);
    const [, child] = policy.simulate([
      { imageDigest: 'index', imageTags: ['v1'], imagePushedAt: ago(3), manifests: ['child'] },
      { imageDigest: 'child', imagePushedAt: ago(3) },
    ], NOW);
    expect(child).toMatchObject({ action: LifecycleAction.EXPIRE, appliedRulePriority: 1, blockedBy: ['index'] });
  });

  test('a reference artifact is removed with the image to which it is attached', () => {
    const policy = LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(1), { tagPatternList: ['v*'] })]);
    const images = LifecycleImages.fromJson(JSON.stringify([
      { imageDigest: 'sha256:1', imageTags: ['v1'], imagePushedAt: '2026-01-01' },
      { imageDigest: 'sha256:2', imagePushedAt: '2026-01-01', subjectManifestDigest: 'sha256:1' },
    ]));
    expect(policy.simulate(images, NOW)[1]).toEqual({
      imageDigest: 'sha256:2',
      imageTags: [],
      action: LifecycleAction.EXPIRE,
      appliedRulePriority: 1,
      decidingRulePriority: undefined,
      reason: 'no rule selects it; but ECR expires it with its subject, by rule 1 (sha256:1)',
      blockedBy: [],
    });
  });

  test('takes what the AWS CLI prints of a repository', () => {
    const images = LifecycleImages.fromJson(JSON.stringify({
      imageDetails: [
        {
          imageDigest: 'sha256:1',
          imageTags: ['v1'],
          imagePushedAt: '2026-01-01T00:00:00+00:00',
          imageStatus: 'ACTIVE',
          lastRecordedPullTime: '2026-02-01T00:00:00Z',
        },
        {
          imageDigest: 'sha256:2',
          imagePushedAt: '2026-01-02T00:00:00+00:00',
          imageStatus: 'ARCHIVED',
          lastArchivedAt: '2026-03-01T00:00:00Z',
        },
      ],
    }));
    expect(images).toMatchObject([
      { imageDigest: 'sha256:1', imageTags: ['v1'], imagePushedAt: new Date('2026-01-01'), lastRecordedPullTime: new Date('2026-02-01') },
      { imageDigest: 'sha256:2', imageStatus: ImageStatus.ARCHIVED, lastArchivedAt: new Date('2026-03-01') },
    ]);
    expect(() => LifecycleImages.fromJson('{"images":[]}'))
      .toThrow(/^LifecycleImages\.fromJson: 'imageDetails' must be a list.*got: an object with 'images'/);
  });

  test('an invalid time is reported', () => {
    const policy = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1)]);
    expect(() => policy.simulate([{ imageDigest: 'a', imagePushedAt: new Date('x') }], NOW))
      .toThrow('LifecyclePolicy.simulate: \'images[0].imagePushedAt\' must be a Date, such as new Date(\'2027-01-31\'), got: Invalid Date');
    expect(() => policy.simulate([], new Date('x'))).toThrow(/^LifecyclePolicy\.simulate: 'at' must be a Date, .* got: Invalid Date$/);
  });
});

test('a rule that is probably a mistake is a warning at the construct that uses the policy', () => {
  const stack = new Stack(new App(), 'Stack');
  new Repository(stack, 'Repository', {
    lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(5, { tagPatternList: ['a*', 'b*'] })]),
  });
  Annotations.fromStack(stack)
    .hasWarning('/Stack/Repository', Match.stringLikeRegexp('\'a\\*\' and \'b\\*\'.*\\[ack: cdk-ecr-keeper:lifecycle-and-trap\\]'));
});
