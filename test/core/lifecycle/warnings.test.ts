import fc from 'fast-check';
import { byPriority, check, inAnyOrder, isSelectedBy, NOW, patterns, regExpOf, repositories } from './arbitraries';
import { KEEP_COUNT, KEEP_DAYS, Rule, Selection } from '../../../src/core/lifecycle/rule';
import { DAY, SimulatedImage, simulateLifecycle } from '../../../src/core/lifecycle/simulate';
import { lifecycleWarnings } from '../../../src/core/lifecycle/warnings';

const EXPIRE = { type: 'expire' } as const;
const ARCHIVE = { type: 'transition', targetStorageClass: 'archive' } as const;
const rule = (rulePriority: number, selection: Partial<Selection> = {}, action: Rule['action'] = EXPIRE): Rule =>
  ({ rulePriority, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1, ...selection }, action });
const tagged = (...tagPatternList: string[]): Partial<Selection> => ({ tagStatus: 'tagged', tagPatternList });
const prefixed = (...tagPrefixList: string[]): Partial<Selection> => ({ tagStatus: 'tagged', tagPrefixList });
const UNTAGGED: Partial<Selection> = { tagStatus: 'untagged' };
const KEEP: Partial<Selection> = { countNumber: KEEP_COUNT };
const AGE = { countType: 'sinceImagePushed', countUnit: 'days', countNumber: 30 } as const;
const older = (countNumber = 30): Partial<Selection> => ({ ...AGE, countNumber });
const notPulled = (countNumber = 30): Partial<Selection> => ({ ...older(countNumber), countType: 'sinceImagePulled' });
const ARCHIVED: Partial<Selection> = { ...older(365), countType: 'sinceImageTransitioned', storageClass: 'archive' };
const KEEP_ARCHIVED: Partial<Selection> = { ...ARCHIVED, countNumber: KEEP_DAYS };

const of = (code: string, rules: readonly Rule[]) =>
  lifecycleWarnings(rules).filter(warning => warning.code === code).map(({ message }) => message);

describe('lifecycle-and-trap', () => {
  test.each<[string, Rule[], boolean]>([
    ['two patterns in one rule', [rule(1, tagged('dev*', 'pr-*'))], true],
    ['two prefixes in one rule', [rule(1, prefixed('dev', 'pr-'))], true],
    ['one pattern for each rule', [rule(1, tagged('dev*')), rule(2, tagged('pr-*'))], false],
    ['no patterns', [rule(1, UNTAGGED), rule(2)], false],
  ])('%s: %s', (_name, rules, expected) => {
    expect(of('lifecycle-and-trap', rules))
      .toEqual(expected ? [expect.stringMatching(/^rule 1 selects only images that have a matching tag for each of 'dev\*' and 'pr-\*'\. To select images that match any of them, write one rule per pattern$/)] : []);
  });
});

describe('lifecycle-matches-nothing', () => {
  test.each<[string, Rule[], string | undefined]>([
    ['a question mark', [rule(1, tagged('v1.?'))], '\'v1.?\''],
    ['a regular expression', [rule(1, tagged('^v[0-9]+$'))], '\'^v[0-9]+$\''],
    ['a slash', [rule(1, prefixed('team/'))], '\'team/*\''],
    ['a hyphen at the start', [rule(1, tagged('-rc*'))], '\'-rc*\''],
    ['only those of several', [rule(1, tagged('a', 'b c', 'd:e'))], '\'b c\' and \'d:e\''],
    ['a hyphen after a wildcard', [rule(1, tagged('*-rc*'))], undefined],
    ['all that a tag may have', [rule(1, tagged('v1.0_a-B*'))], undefined],
  ])('%s', (_name, rules, dead) => {
    expect(of('lifecycle-matches-nothing', rules))
      .toEqual(dead === undefined ? [] : [expect.stringContaining(`rule 1 selects no images, because no tag can match ${dead}. Tags`)]);
  });

  // a prefix is no pattern, its `*` is one that a tag has
  test.each(['*', 'v*'])('a prefix with a wildcard: %j', prefix => {
    expect(of('lifecycle-matches-nothing', [rule(1, prefixed(prefix))])).toHaveLength(1);
  });
});

describe('lifecycle-unreachable-rule', () => {
  test.each<[string, Rule[], string[]]>([
    ['the same by another pattern', [rule(1, tagged('v*')), rule(2, tagged('v**'))],
      ['rule 2 never acts, because every image that it selects is first selected by rule 1, and']],
    ['a narrower pattern', [rule(1, tagged('v*')), rule(2, tagged('v1.*'))],
      ['rule 2 never acts, because every image that it selects is first selected by rule 1, and']],
    ['a narrower prefix', [rule(1, tagged('v*')), rule(2, prefixed('v1'))],
      ['rule 2 never acts, because every image that it selects is first selected by rule 1, and']],
    ['every tag first', [rule(1, tagged('*')), rule(2, tagged('v*'))],
      ['rule 2 never acts, because every image that it selects is first selected by rule 1, and']],
    ['more patterns than the first', [rule(1, tagged('v*')), rule(2, tagged('v1*', 'w'))],
      ['rule 2 never acts, because every image that it selects is first selected by rule 1, and']],
    ['one that keeps before', [rule(1, { ...tagged('v*'), ...KEEP }), rule(2, tagged('v1'))],
      ['rule 2 never acts, because every image that it selects is first selected by rule 1, and']],
    ['any after both', [rule(1, UNTAGGED), rule(2, tagged('*')), rule(3)],
      ['rule 3 never acts, because every image that it selects is first selected by rule 1 or 2, and']],
    ['in the archive', [rule(1, { ...ARCHIVED, ...tagged('*') }), rule(2, { ...ARCHIVED, ...tagged('v*') })],
      ['rule 2 never acts, because every image that it selects is first selected by rule 1, and']],
    ['any after every tag, but not untagged', [rule(1, tagged('*')), rule(3)], []],
    ['any after untagged, but not every tag', [rule(1, UNTAGGED), rule(2, tagged('v*')), rule(3)], []],
    ['narrow before wide', [rule(1, tagged('v1.*')), rule(2, tagged('v*'))], []],
    ['fewer patterns than the first', [rule(1, tagged('v*', 'w')), rule(2, tagged('v*'))], []],
    ['overlapping', [rule(1, tagged('v*')), rule(2, tagged('*-rc'))], []],
    ['of another storage class', [rule(1, tagged('v*')), rule(2, { ...ARCHIVED, ...tagged('v1*') })], []],
    ['any, each in its storage class', [rule(1, older(), ARCHIVE), rule(2, ARCHIVED)], []],
  ])('%s', (_name, rules, starts) => {
    expect(of('lifecycle-unreachable-rule', rules)).toEqual(starts.map(start => expect.stringContaining(start)));
  });
});

describe('lifecycle-overlapping-patterns', () => {
  test.each<[string, Rule[], string[]]>([
    ['a tag for both', [rule(1, tagged('v*')), rule(2, tagged('*-rc'))],
      ['rule 2 overlaps with rule 1. Only rule 1 can act on an image whose tag matches both \'v*\' and \'*-rc\'. Make']],
    ['prefix and pattern', [rule(1, prefixed('v')), rule(2, tagged('*-rc'))],
      ['rule 2 overlaps with rule 1. Only rule 1 can act on an image whose tag matches both \'v*\' and \'*-rc\'. Make']],
    ['one for each later rule, which names the others', [rule(1, tagged('a*')), rule(2, tagged('*b')), rule(3, tagged('*c*'))],
      ['rule 2 overlaps with rule 1. ',
        'rule 3 overlaps with rules 1 and 2. Only rule 1 can act on an image whose tag matches both \'a*\' and \'*c*\'.']],
    ['many rules, and still one for each', [...'jklmnopqrs'].map((letter, index) => rule(index + 1, tagged(`*-${letter}x-*`))),
      Array.from({ length: 9 }, (_, index) => `rule ${index + 2} overlaps with rule`)],
    ['disjoint', [rule(1, tagged('dev-*')), rule(2, tagged('prod-*'))], []],
    ['narrow before wide, which is meant', [rule(1, tagged('v1.*')), rule(2, tagged('v*'))], []],
    ['one that keeps first, which is meant', [rule(1, { ...tagged('v*'), ...KEEP }), rule(2, tagged('*-rc'))], []],
    ['one that keeps for ten years first, which is meant', [rule(1, { ...tagged('v*'), ...older(3_650) }), rule(2, tagged('*-rc'))], []],
    ['of another storage class', [rule(1, tagged('v*')), rule(2, { ...ARCHIVED, ...tagged('*-rc') })], []],
    ['never acting anyway', [rule(1, tagged('v*')), rule(2, tagged('v1*'))], []],
  ])('%s', (_name, rules, starts) => {
    expect(of('lifecycle-overlapping-patterns', rules)).toEqual(starts.map(start => expect.stringContaining(start)));
  });
});

describe('lifecycle-count-used-up', () => {
  const count = (rulePriority: number, countNumber: number, selection: Partial<Selection> = {}, action?: Rule['action']) =>
    rule(rulePriority, { ...selection, countNumber }, action);

  test.each<[string, Rule[], string | undefined]>([
    ['as many as the rule before keeps', [count(10, 20, tagged('*.*.*')), count(20, 20, tagged('*'))],
      'rule 20 also counts the images that rule 10 keeps. If these are its newest 20 images, it expires every other image that it'
        + ' selects. Raise the countNumber of rule 20 above 20 (40 leaves 20 for the others)'],
    ['of any tag status', [count(1, 5, tagged('v*')), count(2, 5)], 'rule 2 also counts the images that rule 1 keeps. If these'],
    ['untagged images that an earlier rule keeps', [count(1, 5, UNTAGGED), count(2, 3)],
      'rule 2 also counts the images that rule 1 keeps. If these'],
    ['the earlier rules together', [count(1, 3, tagged('a*')), count(2, 2, tagged('b*')), count(3, 5)],
      'rule 3 also counts the images that rules 1 and 2 keep. If these are its newest 5 images, it expires every other image that it'
      + ' selects. Raise the countNumber of rule 3 above 5 (10 leaves 5 for the others)'],
    ['to archive', [count(1, 5, tagged('v*')), count(2, 5, {}, ARCHIVE)], 'images, it archives every other image'],
    ['more than the rule before keeps', [count(1, 5, tagged('v*')), count(2, 6)], undefined],
    ['others than the rule before keeps', [count(1, 5, tagged('v*')), count(2, 5, tagged('w*'))], undefined],
    ['some of what the rule before keeps', [count(1, 5, tagged('v*')), count(2, 5, tagged('*-rc'))], undefined],
    ['what a rule before keeps for ever, of which there may be few', [count(1, KEEP_COUNT, tagged('v*')), count(2, 5)], undefined],
    ['what the rule before decides by age', [rule(1, { ...tagged('v*'), ...older() }), count(2, 5)], undefined],
    ['what a rule before would keep, if it were reached', [count(1, 2, tagged('v*')), count(2, 5, tagged('v1*')), count(3, 5)], undefined],
    ['nothing, as no image is left for it', [count(1, 5, tagged('*')), count(2, 5, tagged('v*'))], undefined],
    ['nothing: it goes by age', [count(1, 5, tagged('v*')), rule(2, older())], undefined],
    ['nothing: it keeps', [count(1, 1_000_000, tagged('v*')), count(2, KEEP_COUNT)], undefined],
  ])('the rule counts %s', (_name, rules, start) => {
    expect(of('lifecycle-count-used-up', rules)).toEqual(start === undefined ? [] : [expect.stringContaining(start)]);
  });
});

describe('lifecycle-untagged-children', () => {
  test.each<[string, Rule[], boolean]>([
    ['untagged by number', [rule(1, { ...UNTAGGED, countNumber: 3 })], true],
    ['untagged by number, archived', [rule(1, { ...UNTAGGED, countNumber: 3 }, ARCHIVE)], true],
    ['untagged by age', [rule(1, { ...UNTAGGED, ...older() })], false],
    ['untagged that are kept', [rule(1, { ...UNTAGGED, ...KEEP })], false],
    ['tagged by number', [rule(1, { ...tagged('v*'), countNumber: 3 })], false],
  ])('%s', (_name, rules, expected) => {
    expect(of('lifecycle-untagged-children', rules)).toEqual(expected ? [expect.stringContaining('use up its limit of 3. Expire')] : []);
  });
});

describe('lifecycle-archive-minimum', () => {
  test.each<[string, Rule[], string | undefined]>([
    ['one rule archives', [rule(1, older(), ARCHIVE)], 'rule 1 archives images. '],
    ['two rules archive, told once', [rule(7, notPulled(), ARCHIVE), rule(3, { ...tagged('v*'), countNumber: 5 }, ARCHIVE)],
      'rules 3 and 7 archive images. '],
    ['expiring what is archived', [rule(1, ARCHIVED)], undefined],
    ['archiving beyond any number', [rule(1, KEEP, ARCHIVE)], undefined],
  ])('%s', (_name, rules, start) => {
    expect(of('lifecycle-archive-minimum', rules)).toEqual(start === undefined ? [] : [expect.stringContaining(start)]);
  });
});

describe('lifecycle-keep-cannot-work', () => {
  const keep = (rulePriority: number, ...list: string[]) => rule(rulePriority, { ...tagged(...list), ...KEEP });
  const keepArchived = (rulePriority: number, ...list: string[]) => rule(rulePriority, { ...KEEP_ARCHIVED, ...tagged(...list) });
  const BEFORE = 'rule 2 is meant to keep \'prod*\', but rule 1 acts first on images that also have a tag for it';
  const IN_ARCHIVE = 'but another rule expires such images in the archive';

  test.each<[string, Rule[], string[]]>([
    ['another rule first', [rule(1, tagged('dev*')), keep(2, 'prod*')], [BEFORE]],
    ['9,999, as people write it', [rule(1, tagged('dev*')), rule(2, { ...tagged('prod*'), countNumber: 9_999 })], [BEFORE]],
    ['another rule first, by priority', [keep(2, 'prod*'), rule(1, tagged('dev*'))], [BEFORE]],
    ['another rule first, in the archive', [rule(1, { ...ARCHIVED, ...tagged('dev*') }), keepArchived(2, 'prod*')], [BEFORE]],
    ['an archive that expires', [keep(1, 'prod*'), rule(2, ARCHIVED)], [IN_ARCHIVE]],
    ['an archive that keeps less', [keep(1, 'prod*'), keepArchived(2, 'prod-1*'), rule(3, ARCHIVED)], [IN_ARCHIVE]],
    ['both at once, in one warning', [rule(1, tagged('dev*')), keep(2, 'prod*'), rule(3, ARCHIVED)], [BEFORE]],
    ['999 beside a limit of 5',
      [rule(1, { ...tagged('dev*'), countNumber: 5 }), rule(2, { ...tagged('prod*'), countNumber: 999 })], [BEFORE]],
    ['999 that is no keep: another rule counts to 100',
      [rule(1, { ...tagged('dev*'), countNumber: 100 }), rule(2, { ...tagged('prod*'), countNumber: 999 })], []],
    ['998, which is a number', [rule(1, { ...tagged('dev*'), countNumber: 5 }), rule(2, { ...tagged('prod*'), countNumber: 998 })], []],
    ['ten years of age', [rule(1, tagged('dev*')), rule(2, { ...tagged('prod*'), ...older(3_650) })], [BEFORE]],
    ['ten years without a pull, before the archive',
      [rule(1, tagged('dev*')), rule(2, { ...tagged('prod*'), ...notPulled(3_650) }, ARCHIVE)], [BEFORE]],
    ['3,649 days, which are an age', [rule(1, tagged('dev*')), rule(2, { ...tagged('prod*'), ...older(3_649) })], []],
    ['the archive keeps them too', [keep(1, 'prod*'), keepArchived(2, 'prod*'), rule(3, ARCHIVED)], []],
    ['the archive keeps more', [keep(1, 'prod*'), keepArchived(2, '*'), rule(3, ARCHIVED)], []],
    ['first of all', [keep(1, 'prod*'), rule(2, tagged('dev*')), rule(3, older())], []],
    ['another that keeps first', [keep(1, 'prod*'), keep(2, 'release*'), rule(3, older())], []],
    ['untagged first', [rule(1, UNTAGGED), keep(2, 'prod*')], []],
    ['another rule first, which never acts', [keep(1, 'dev*'), rule(2, tagged('dev-1')), keep(3, 'prod*')], []],
    ['another rule first, whose images with this tag are kept before',
      [keep(1, 'dev*', 'prod*'), rule(2, tagged('dev*')), keep(3, 'prod*')], []],
    ['another rule first, which no tag matches', [rule(1, tagged('-dev')), keep(2, 'prod*')], []],
    ['another rule that never acts first, and one that does',
      [keep(1, 'dev*'), rule(2, tagged('dev-1')), rule(3, tagged('test*')), keep(4, 'prod*')],
      ['rule 4 is meant to keep \'prod*\', but rule 3 acts first on images that also have a tag for it']],
    ['a rule of the other storage class first', [rule(1, tagged('dev*')), keepArchived(2, 'prod*')], []],
    ['an archive that nothing expires', [keep(1, 'prod*'), rule(2, older(), ARCHIVE)], []],
  ])('%s', (_name, rules, starts) => {
    expect(of('lifecycle-keep-cannot-work', rules)).toEqual(starts.map(start => expect.stringContaining(start)));
  });

  test('gives both reasons of one rule in one warning', () => {
    expect(of('lifecycle-keep-cannot-work', [rule(1, tagged('dev*')), keep(2, 'prod*'), rule(3, ARCHIVED)])).toEqual([
      `${BEFORE}, and ${IN_ARCHIVE.slice(4)}. Give rule 2 a lower rulePriority, and add a rule that keeps them in the archive too, as`
      + ' LifecycleRule.keep does',
    ]);
  });

  // what is to be kept has a tag, and keeps it in the archive
  test('an archive that expires only what is untagged', () => {
    expect(of('lifecycle-keep-cannot-work', [keep(1, 'prod*'), rule(2, { ...ARCHIVED, ...UNTAGGED })])).toEqual([]);
  });
});

describe('rules of an image shield', () => {
  const keepRule = (rulePriority: number, prefix = 'in-use-') => rule(rulePriority, { ...tagged(`${prefix}*`), ...KEEP });
  const releasedRule = (rulePriority: number, prefix = 'in-use-') => rule(rulePriority, { ...tagged(`was-${prefix}*`), ...older() });
  const devRule = (rulePriority: number) => rule(rulePriority, { ...tagged('dev-*'), ...older(7) });
  const codesOf = (rules: readonly Rule[]) => lifecycleWarnings(rules).map(({ code }) => code);

  test.each<[string, Rule[]]>([
    ['among the rules of a usual policy', [
      keepRule(1), rule(2, { ...tagged('release-*'), ...KEEP }), rule(3, { ...UNTAGGED, ...older(14) }), devRule(4), releasedRule(5),
      rule(6, { countNumber: 50 }),
    ]],
    ['of two shields',
      [keepRule(1), keepRule(2, 'runs-'), devRule(3), releasedRule(4), releasedRule(5, 'runs-'), rule(6, { countNumber: 50 })]],
    ['if a rule for a tag that also matches the tags of released images is before the rule for these',
      [keepRule(1), rule(2, { ...tagged('*-1*'), ...older() }), releasedRule(3)]],
    ['if rules for untagged, archived, or all images are after the rule for released images', [
      keepRule(1), rule(2, { ...KEEP_ARCHIVED, ...tagged('in-use-*') }), releasedRule(3), rule(4, { ...UNTAGGED, ...older(14) }),
      rule(5, { ...ARCHIVED, ...tagged('dev-*') }), rule(6, { countNumber: 50 }),
    ]],
    ['by prefixes instead of patterns', [
      rule(1, { ...prefixed('in-use-'), ...KEEP }), devRule(2), rule(3, { ...prefixed('was-in-use-'), ...older() }),
    ]],
    ['if a rule that keeps other images is before the one that keeps images in use',
      [rule(1, { ...tagged('release-*'), ...KEEP }), keepRule(2), devRule(3)]],
  ])('cause no warning %s', (_name, rules) => {
    expect(lifecycleWarnings(rules)).toEqual([]);
  });

  test('cause one warning if another rule acts before images in use are kept', () => {
    expect(lifecycleWarnings([devRule(1), rule(2, { ...tagged('test-*'), ...older(7) }), keepRule(3)])).toEqual([{
      code: 'lifecycle-keep-tag-not-first',
      message: 'rule 3 is meant to keep images in use, \'in-use-*\', but rule 1 acts first on images that also have a tag for it. Give rule'
        + ' 3 the lowest rulePriority',
    }]);
  });

  test('cause one warning with both reasons if images in use also expire in the archive', () => {
    expect(lifecycleWarnings([devRule(1), keepRule(2), rule(3, ARCHIVED)])).toEqual([{
      code: 'lifecycle-keep-tag-not-first',
      message: 'rule 2 is meant to keep images in use, \'in-use-*\', but rule 1 acts first on images that also have a tag for it, and'
        + ' another rule expires such images in the archive. Give rule 2 the lowest rulePriority, and add a rule that keeps them in the'
        + ' archive too, as LifecycleRule.keep does',
    }]);
  });

  test.each<[string, Rule[], string[]]>([
    ['the rule for released images is before the one that keeps images in use', [releasedRule(1), keepRule(2)],
      ['lifecycle-keep-tag-not-first']],
    ['a rule archives before images in use are kept', [rule(1, { ...tagged('v*'), ...older() }, ARCHIVE), keepRule(2)],
      ['lifecycle-keep-tag-not-first', 'lifecycle-archive-minimum']],
    ['another prefix is recognized by the rule for released images', [devRule(1), keepRule(2, 'runs-'), releasedRule(3, 'runs-')],
      ['lifecycle-keep-tag-not-first']],
    ['another prefix is not recognized alone', [devRule(1), keepRule(2, 'runs-')], ['lifecycle-keep-cannot-work']],
    ['images in use are kept only in the archive, where another rule is first',
      [rule(1, { ...ARCHIVED, ...tagged('dev-*') }), rule(2, { ...KEEP_ARCHIVED, ...tagged('in-use-*') })], ['lifecycle-keep-cannot-work']],
    ['a rule with the keep tags is before the one that keeps them', [rule(1, tagged('in-use-1*')), keepRule(2)],
      ['lifecycle-keep-tag-not-first']],
    ['a rule with the keep tags is after the one that keeps them', [keepRule(1), rule(2, tagged('in-use-1*'))],
      ['lifecycle-unreachable-rule']],
    ['a rule that keeps other images is after the rule for released images',
      [keepRule(1), releasedRule(2), rule(3, { ...tagged('release-*'), ...KEEP })], ['lifecycle-keep-cannot-work']],
    ['a rule after the rule for released images never acts', [keepRule(1), releasedRule(2), rule(3, tagged('was-in-use-1*'))],
      ['lifecycle-unreachable-rule']],
    ['the rule for released images never acts', [keepRule(1), rule(2, { ...tagged('was-*'), ...older() }), releasedRule(3), devRule(4)],
      ['lifecycle-unreachable-rule']],
    ['a rule after the rule for released images matches the same tags',
      [keepRule(1), releasedRule(2), rule(3, { ...tagged('*-1*'), ...older() })], ['lifecycle-released-too-early']],
    ['the rule with the prefix of released images keeps them',
      [keepRule(1), rule(2, { ...tagged('was-in-use-*'), ...KEEP }), devRule(3)], []],
  ])('cause the right warnings if %s', (_name, rules, codes) => {
    expect(codesOf(rules)).toEqual(codes);
  });

  test('cause a warning that names the rules for tags that are after the rule for released images', () => {
    expect(lifecycleWarnings([keepRule(1), releasedRule(2), devRule(3), rule(4, { ...tagged('pr-*'), ...older(7) }), rule(5)])).toEqual([{
      code: 'lifecycle-released-too-early',
      message: 'rule 2 expires released images, \'was-in-use-*\', even if they also have a tag for rules 3 and 4, which cannot act on them.'
        + ' Give rule 2 a rulePriority after all rules for tags',
    }]);
  });

  test.each<[string, Rule[], string | undefined]>([
    ['expires images with keep tags', [rule(4, { ...tagged('in-use-*'), ...older() })],
      'rule 4 expires images with the tags \'in-use-*\','],
    ['archives images with keep tags', [rule(4, { ...prefixed('in-use-'), ...older() }, ARCHIVE)],
      'rule 4 archives images with the tags \'in-use-*\','],
    ['expires images with some keep tags', [rule(4, tagged('in-use-0*')), rule(5, { ...tagged('in-use-1*'), ...KEEP })],
      'rule 4 expires images with the tags \'in-use-0*\','],
    ['expires images with more tags than these', [rule(4, tagged('in-*'))], undefined],
    ['expires images with any tag', [rule(4, tagged('*'))], undefined],
    ['expires released images', [rule(4, tagged('was-in-use-*'))], undefined],
    ['keeps them', [keepRule(4)], undefined],
    ['cannot act on them, because they are kept', [rule(3, { ...tagged('in-*'), ...KEEP }), rule(4, tagged('in-use-*'))], undefined],
    ['cannot act on them, because another rule does', [rule(3, tagged('in-*')), rule(4, tagged('in-use-*'))], undefined],
    ['expires archived images', [rule(4, { ...ARCHIVED, ...tagged('in-use-*') })], undefined],
  ])('lifecycle-keep-tag-expired is about a rule that %s', (_name, rules, start) => {
    expect(of('lifecycle-keep-tag-expired', rules)).toEqual(start === undefined ? [] : [expect.stringContaining(start)]);
  });

  test('lifecycle-keep-tag-expired says what to do', () => {
    expect(of('lifecycle-keep-tag-expired', [rule(4, tagged('in-use-*'))])).toEqual([
      'rule 4 expires images with the tags \'in-use-*\', which an image shield gives to images in use. Keep \'in-use-*\' with the first'
      + ' rule, or limit rule 4 to other tags',
    ]);
  });
});

describe('lifecycle-expires-everything', () => {
  test.each<[string, Rule[], string | undefined]>([
    ['any by age', [rule(4, older())], 'rule 4 expires every tagged image after some time'],
    ['every tagged image by age, and the untagged', [rule(3, { ...UNTAGGED, ...older() }), rule(4, { ...tagged('*'), ...older() })],
      'rule 4 expires every tagged image after some time'],
    ['archived by age, then expired', [rule(4, older(), ARCHIVE), rule(5, ARCHIVED)],
      'rules 4 and 5 expire every tagged image after some time'],
    ['others by age before', [rule(1, { ...tagged('dev*'), ...older(3) }), rule(4, older())],
      'rules 1 and 4 expire every tagged image after some time'],
    ['some are kept by number', [rule(1, { ...tagged('prod*'), countNumber: 3 }), rule(4, older())], undefined],
    ['some are kept', [rule(1, { ...tagged('prod*'), ...KEEP }), rule(4, older())], undefined],
    ...[3_650, 9_999, 36_500, 999_999].map((days): [string, Rule[], undefined] => [
      `some are kept for ${days} days`,
      [rule(1, { ...tagged('latest'), ...older(days) }), rule(2, { ...UNTAGGED, ...older(7) }), rule(3, older(60))], undefined,
    ]),
    ['some go after nearly ten years', [rule(1, { ...tagged('latest'), ...older(3_649) }), rule(4, older())],
      'rules 1 and 4 expire every tagged image after some time'],
    ['only some tags', [rule(4, { ...tagged('dev*'), ...older() })], undefined],
    ['only the untagged', [rule(4, { ...UNTAGGED, ...older() })], undefined],
    ['any by number', [rule(4)], undefined],
    ['archived by age, and left there', [rule(4, older(), ARCHIVE)], undefined],
    ['archived by age, and kept there', [rule(4, older(), ARCHIVE), rule(5, KEEP_ARCHIVED)], undefined],
    ['archived by age, some of them then expired', [rule(4, older(), ARCHIVE), rule(5, { ...ARCHIVED, ...tagged('dev*') })], undefined],
    ['archived when it is not pulled, then expired', [rule(4, notPulled(), ARCHIVE), rule(5, ARCHIVED)], undefined],
  ])('%s', (_name, rules, start) => {
    expect(of('lifecycle-expires-everything', rules)).toEqual(start === undefined ? [] : [expect.stringContaining(start)]);
  });

  // the tagged ones go: more would be too much said of these
  test.each<[string, Rule[]]>([
    ['untagged images are kept by number', [rule(1, { ...UNTAGGED, countNumber: 3 }), rule(4, older())]],
    ['untagged images are of no rule', [rule(4, { ...tagged('*'), ...older() })]],
    ['some are archived before, and stay there', [rule(1, { ...tagged('prod*'), ...older(3) }, ARCHIVE), rule(4, older())]],
    ['some are kept in the archive', [rule(4, older(), ARCHIVE), rule(5, { ...KEEP_ARCHIVED, ...tagged('prod*') }), rule(6, ARCHIVED)]],
    ['untagged images are of no rule in the archive', [rule(4, older(), ARCHIVE), rule(5, { ...ARCHIVED, ...tagged('*') })]],
  ])('is not claimed if images are kept: %s', (_name, rules) => {
    expect(of('lifecycle-expires-everything', rules)
      .filter(message => message.includes('every image') || message.includes('becomes empty'))).toEqual([]);
  });
});

test('a policy that is in order has no warning', () => {
  expect(lifecycleWarnings([
    rule(1, { ...tagged('prod-*'), ...KEEP }),
    rule(2, { ...tagged('dev-*'), ...older(7) }),
    rule(3, { ...UNTAGGED, ...older(1) }),
    rule(4, { countNumber: 100 }),
  ])).toEqual([]);
});

test('the order of the rules given does not matter', () => {
  check(fc.property(byPriority.chain(rules => fc.tuple(fc.constant(rules), inAnyOrder(rules))), ([rules, others]) => {
    expect(lifecycleWarnings(others)).toEqual(lifecycleWarnings(rules));
  }), 300);
});

/** A tag that a pattern has, and another only if that matches everything the first does. */
const witness = (pattern: string) => pattern.replace(/\*/g, 'z');
const patternsIn = ({ selection: { tagPatternList = [], tagPrefixList = [] } }: Rule) => [
  ...tagPatternList, ...tagPrefixList.map(prefix => `${prefix}*`),
];
const imageOf = (of_: Rule, tags: readonly string[]): SimulatedImage =>
  ({ digest: 'sha256:1', tags, storageClass: of_.selection.storageClass ?? 'standard', pushedAt: NOW, lastArchivedAt: NOW });
const priorityOf = (message: string) => Number(/^rules? (\d+)/.exec(message)![1]);

describe('at random', () => {
  test('a rule with the warning that it never acts decides no image, and a rule without it can decide one', () => {
    const seen = { unreachable: 0, reachable: 0 };
    check(fc.property(byPriority, repositories, (rules, images) => {
      const unreachable = of('lifecycle-unreachable-rule', rules).map(priorityOf);
      const deciding = simulateLifecycle(rules, images, NOW).map(decision => decision.rule?.rulePriority);
      for (const one of rules) {
        if (unreachable.includes(one.rulePriority)) {
          seen.unreachable++;
          expect(deciding).not.toContain(one.rulePriority);
          continue;
        }
        seen.reachable++;
        const own = one.selection.tagStatus === 'any' ? [[], ['z']] : [patternsIn(one).map(witness)];
        const decided = own.map(tags => simulateLifecycle(rules, [imageOf(one, tags)], NOW)[0].rule);
        expect(decided).toContain(one);
      }
    }), 400);
    expect(Math.min(seen.unreachable, seen.reachable)).toBeGreaterThan(100);
  });

  test('a rule with the warning that it selects no images selects no image', () => {
    check(fc.property(byPriority, repositories, (rules, images) => {
      const dead = of('lifecycle-matches-nothing', rules).map(priorityOf);
      const legal = images.map(image => ({ ...image, tags: image.tags.filter(tag => /^\w[\w.-]{0,127}$/.test(tag)) }));
      expect(simulateLifecycle(rules, legal, NOW).filter(({ rule: by }) => by !== undefined && dead.includes(by.rulePriority))).toEqual([]);
    }));
  });

  const short = fc.uniqueArray(patterns.filter(pattern => pattern.length <= 3), { minLength: 2, maxLength: 3 });
  const words = (length: number): string[] =>
    length === 0 ? [''] : ['', ...words(length - 1).flatMap(word => ['a', 'b', '-'].map(letter => word + letter))];
  /** Two patterns of three characters that overlap share a tag of four, all of it their own letters. */
  const TAGS = words(4);

  test('two patterns have an overlap warning if a tag matches both and the earlier rule is not narrower', () => {
    check(fc.property(short, list => {
      const rules = list.map((pattern, index) => rule(index + 1, tagged(pattern)));
      const matched = list.map(pattern => [...TAGS, ...list.map(witness)].map(tag => regExpOf(pattern).test(tag)));
      const isWithin = (one: number, other: number) => matched[one].every((yes, tag) => !yes || matched[other][tag]);
      const expected = list.flatMap((_, later) => {
        if (list.slice(0, later).some((__, earlier) => isWithin(later, earlier))) return [];
        const others = [...list.keys()].slice(0, later).filter(earlier =>
          matched[earlier].some((yes, tag) => yes && matched[later][tag]) && !isWithin(earlier, later)).map(earlier => earlier + 1);
        return others.length === 0 ? [] : [`rule ${later + 1} overlaps with rule${others.length > 1 ? 's' : ''} ${others.join(' and ')}`];
      });
      expect(of('lifecycle-overlapping-patterns', rules).map(message => message.slice(0, message.indexOf('.')))).toEqual(expected);
    }));
  });

  test('an image that is meant to be kept is decided by the rule that acts first according to the warning', () => {
    let seen = 0;
    check(fc.property(byPriority, rules => {
      for (const message of of('lifecycle-keep-cannot-work', rules)) {
        const [, keeping, first] = /^rule (\d+) is meant to keep .*, but rule (\d+) acts first /.exec(message) ?? [];
        if (first === undefined) continue;
        seen++;
        const [keep, before] = [keeping, first].map(priority => rules.find(({ rulePriority }) => rulePriority === Number(priority))!);
        const image = imageOf(keep, [keep, before].flatMap(patternsIn).map(witness));
        expect(isSelectedBy(keep, image)).toBe(true);
        expect(isSelectedBy(before, image)).toBe(true);
        expect(simulateLifecycle(rules, [image], NOW)[0].rule).toBe(before);
      }
    }));
    expect(seen).toBeGreaterThan(20);
  });

  /** Random rules, with the rules of an image shield that has the prefix `a`, each at a random place before the rules for all images. */
  const shielded = fc.tuple(byPriority, fc.nat(), fc.nat()).map(([rules, one, other]) => {
    const isAny = ({ selection }: Rule) => selection.tagStatus === 'any';
    const list = rules.filter(each => !isAny(each));
    list.splice(one % (list.length + 1), 0, rule(0, { ...tagged('a*'), ...KEEP }));
    list.splice(other % (list.length + 1), 0, rule(0, { ...tagged('was-a*'), ...older() }));
    const all = [...list, ...rules.filter(isAny)].map((each, index) => ({ ...each, rulePriority: index + 1 }));
    const find = (pattern: string, countNumber: number) => all.find(({ selection }) =>
      selection.tagPatternList?.join() === pattern && selection.countNumber === countNumber)!;
    return { rules: all, keep: find('a*', KEEP_COUNT), released: find('was-a*', 30) };
  });
  const canBeMeantToKeep = ({ selection }: Rule) => selection.countNumber >= 999;
  const later = (rules: readonly Rule[], than: Rule) => rules.filter(({ rulePriority, selection }) =>
    rulePriority > than.rulePriority && selection.tagStatus === 'tagged' && selection.storageClass === undefined);

  test('an image in use is kept unless a warning says that another rule is first, and that rule decides about it', () => {
    const seen = { kept: 0, first: 0 };
    check(fc.property(shielded, repositories, ({ rules, keep }, images) => {
      const message = of('lifecycle-keep-tag-not-first', rules).find(each => priorityOf(each) === keep.rulePriority);
      if (message !== undefined) {
        seen.first++;
        const before = rules[Number(/but rule (\d+) acts first/.exec(message)![1]) - 1];
        expect(simulateLifecycle(rules, [imageOf(keep, ['az', ...patternsIn(before).map(witness)])], NOW)[0].rule).toBe(before);
        return;
      }
      seen.kept++;
      const inUse = images.filter(({ storageClass }) => storageClass === 'standard')
        .map(image => ({ ...image, tags: [...image.tags.filter(tag => /^\w/.test(tag)), 'az'] }));
      for (const { rule: deciding } of simulateLifecycle(rules, inUse, NOW)) expect(canBeMeantToKeep(deciding!)).toBe(true);
    }), 1_000);
    expect(Math.min(seen.kept, seen.first)).toBeGreaterThan(100);
  });

  test('the rule for released images decides about images of later rules only with a warning that names these rules', () => {
    const seen = { named: 0, others: 0 };
    check(fc.property(shielded, ({ rules, released }) => {
      const [message = ''] = of('lifecycle-released-too-early', rules);
      const names = /a tag for rules? ([^w]*), which/.exec(message)?.[1].match(/\d+/g)?.map(Number) ?? [];
      const unreachable = of('lifecycle-unreachable-rule', rules).map(priorityOf);
      for (const other of later(rules, released)) {
        if (canBeMeantToKeep(other) || unreachable.includes(other.rulePriority)) continue;
        const image = imageOf(other, ['was-az', ...patternsIn(other).map(witness)]);
        if (!image.tags.every(tag => /^\w/.test(tag))) continue;
        const isNamed = names.includes(other.rulePriority);
        seen[isNamed ? 'named' : 'others']++;
        expect(simulateLifecycle(rules, [image], NOW)[0].rule === released).toBe(isNamed);
      }
    }), 1_500);
    expect(seen.named).toBeGreaterThan(50);
    expect(seen.others).toBeGreaterThan(0);
  });

  /** What is left of a repository that nobody pushes to, pulls from or restores, after so many years. */
  function leftOf(rules: readonly Rule[], images: readonly SimulatedImage[]): SimulatedImage[] {
    let left = [...images];
    for (let at = NOW; at <= NOW + 50 * 365 * DAY; at += 10 * 365 * DAY) {
      const decisions = simulateLifecycle(rules, left, at);
      left = left.flatMap((image, index) => decisions[index].action === 'EXPIRE' ? []
        : [decisions[index].action === 'KEEP' ? image : { ...image, storageClass: 'archive' as const, lastArchivedAt: at }]);
    }
    return left;
  }

  const standard = repositories.map(images => images.filter(({ storageClass }) => storageClass === 'standard'));
  const saidToExpireEverything = (rules: readonly Rule[]) => of('lifecycle-expires-everything', rules).length > 0;

  test('a policy with the warning that it expires everything leaves no tagged image that can be pulled', () => {
    let seen = 0;
    check(fc.property(byPriority, standard, (rules, images) => {
      if (!saidToExpireEverything(rules)) return;
      seen++;
      expect(leftOf(rules, images).filter(({ tags, storageClass }) => storageClass === 'standard' && tags.length > 0)).toEqual([]);
    }), 1_500);
    expect(seen).toBeGreaterThan(100);
  });

  test('a policy with only ages, and a last rule for any image, has the warning and leaves no image', () => {
    const aged = byPriority.map(rules => [
      ...rules.filter(({ selection: { tagStatus, storageClass } }) =>
        storageClass !== 'archive' && tagStatus !== 'any').map((one): Rule => {
        const { tagStatus, tagPatternList, tagPrefixList } = one.selection;
        const lists = { ...tagPatternList && { tagPatternList }, ...tagPrefixList && { tagPrefixList } };
        return { ...one, selection: { tagStatus, ...lists, ...AGE }, action: EXPIRE };
      }),
      rule(1_000, AGE),
    ]);
    check(fc.property(aged, standard, (rules, images) => {
      expect(saidToExpireEverything(rules)).toBe(true);
      expect(leftOf(rules, images)).toEqual([]);
    }), 200);
  });
});
