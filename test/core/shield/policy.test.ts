import fc from 'fast-check';
import { KEEP_COUNT, KEEP_DAYS, patternsOf, Rule, Selection } from '../../../src/core/lifecycle/rule';
import { DAY, SimulatedImage, simulateLifecycle } from '../../../src/core/lifecycle/simulate';
import { policyGap } from '../../../src/core/shield/policy';
import { byPriority, check, isActing, NOW, repositories } from '../lifecycle/arbitraries';

const EXPIRE = { type: 'expire' } as const;
const ARCHIVE = { type: 'transition', targetStorageClass: 'archive' } as const;
const OLD: Partial<Selection> = { countType: 'sinceImagePushed', countUnit: 'days', countNumber: 30 };
const ARCHIVED: Partial<Selection> = { ...OLD, countType: 'sinceImageTransitioned', storageClass: 'archive', countNumber: 90 };
const KEEP: Partial<Selection> = { countNumber: KEEP_COUNT };
const UNTAGGED: Partial<Selection> = { tagStatus: 'untagged' };
const tagged = (...tagPatternList: string[]): Partial<Selection> => ({ tagStatus: 'tagged', tagPatternList });
const rule = (rulePriority: number, selection: Partial<Selection> = {}, action: Rule['action'] = EXPIRE): Rule =>
  ({ rulePriority, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 50, ...selection }, action });
const keepRule = (rulePriority: number) => rule(rulePriority, { ...tagged('in-use-*'), ...KEEP });
const gapOf = (...rules: Rule[]) => policyGap(JSON.stringify({ rules }), 'in-use-');

describe('there is no gap', () => {
  test('without a lifecycle policy', () => {
    expect(policyGap(undefined, 'in-use-')).toBeUndefined();
  });

  test.each<[string, Rule[]]>([
    ['if the first rule keeps images in use', [keepRule(1), rule(2, tagged('dev-*')), rule(3)]],
    ['if the first rule keeps them by a prefix',
      [rule(1, { tagStatus: 'tagged', tagPrefixList: ['in-use-'], ...KEEP }), rule(2)]],
    ['if the first rule keeps more than images in use', [rule(1, { ...tagged('in-*'), ...KEEP }), rule(2)]],
    ['if the first rule keeps every tagged image', [rule(1, { ...tagged('*'), ...KEEP }), rule(2)]],
    ['if the first rule keeps them for a hundred years', [rule(1, { ...tagged('in-use-*'), ...OLD, countNumber: KEEP_DAYS }), rule(2)]],
    ['if only a rule for untagged images is before it', [rule(1, { ...UNTAGGED, ...OLD }), keepRule(2), rule(3)]],
    ['if only another rule that keeps images is before it', [rule(1, { ...tagged('release-*'), ...KEEP }), keepRule(2), rule(3)]],
    ['if only a rule for archived images is before it', [rule(1, ARCHIVED), keepRule(2), rule(3)]],
    ['if the rule before it never acts, because its images are kept',
      [rule(1, { ...tagged('dev-*'), ...KEEP }), rule(2, tagged('dev-1*')), keepRule(3), rule(4)]],
    ['if no tag can match the rule before it', [rule(1, tagged('v1.?')), keepRule(2), rule(3)]],
    ['if all rules are for untagged or archived images', [rule(1, UNTAGGED), rule(2, ARCHIVED)]],
    ['if the rules are in another order in the text', [rule(3), keepRule(1)]],
  ])('%s', (_name, rules) => {
    expect(gapOf(...rules)).toBeUndefined();
  });
});

describe('there is a gap', () => {
  test('and the reason names the rule, what it does, and what to do', () => {
    expect(gapOf(rule(3, { ...UNTAGGED, ...OLD }), rule(7, tagged('dev-*')), rule(9))).toBe(
      'rule 7 of the lifecycle policy can expire images in use, because no earlier rule keeps all images with a tag \'in-use-*\'.'
      + ' Put shield.keepRule first: tagPatternList ["in-use-*"], imageCountMoreThan 1000000',
    );
  });

  test.each<[string, Rule[], string]>([
    ['if nothing keeps images in use', [rule(1)], 'rule 1 of the lifecycle policy can expire'],
    ['if another rule is before the one that keeps them', [rule(1, tagged('dev-*')), keepRule(2), rule(3)], 'rule 1 of the lifecycle'],
    ['if a rule that archives is before it', [rule(1, { ...tagged('*'), ...OLD }, ARCHIVE), keepRule(2)],
      'rule 1 of the lifecycle policy can archive'],
    ['if the rule for released images is before it, because an image in use can have both tags',
      [rule(1, { ...tagged('was-in-use-*'), ...OLD }), keepRule(2)], 'rule 1 of the lifecycle policy can expire'],
    ['if only some keep tags are kept', [rule(1, { ...tagged('in-use-1*'), ...KEEP }), rule(2)], 'rule 2 of the lifecycle policy can'],
    ['if a second tag is necessary', [rule(1, { ...tagged('in-use-*', 'v*'), ...KEEP }), rule(2)], 'rule 2 of the lifecycle policy can'],
    ['if images are kept only in the archive',
      [rule(1, { ...ARCHIVED, ...tagged('in-use-*'), countNumber: KEEP_DAYS }), rule(2)], 'rule 2 of the lifecycle policy can'],
    ['if the number that is kept can be reached', [rule(1, { ...tagged('in-use-*'), countNumber: 9_999 }), rule(2)],
      'rule 1 of the lifecycle policy can'],
    ['if the age that is kept can be reached', [rule(1, { ...tagged('in-use-*'), ...OLD, countNumber: 3_650 })],
      'rule 1 of the lifecycle policy can'],
  ])('%s', (_name, rules, start) => {
    expect(gapOf(...rules)).toMatch(new RegExp(`^${start} `));
  });

  test('for another prefix of keep tags', () => {
    const text = JSON.stringify({ rules: [keepRule(1), rule(2)] });
    expect(policyGap(text, 'runs-')).toContain('Put shield.keepRule first: tagPatternList ["runs-*"]');
  });

  test.each([
    ['{', 'the lifecycle policy cannot be read, so it may not keep images in use: the policy must be JSON'],
    ['{"rules":[]}', 'the lifecycle policy cannot be read, so it may not keep images in use: \'rules\' must have 1 to 50 rules'],
  ])('if the policy is %j', (text, start) => {
    expect(policyGap(text, 'in-use-')?.startsWith(start)).toBe(true);
  });
});

describe('at random', () => {
  const PREFIXES = ['a', 'ab', 'b-'];
  const hex = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 12, maxLength: 12 });
  /** Random rules, often with a rule at a random place that keeps the tags of a random prefix. */
  const scenes = fc.record({
    rules: byPriority,
    tagPrefix: fc.constantFrom(...PREFIXES),
    place: fc.option(fc.nat(), { nil: undefined }),
    images: repositories,
    digits: fc.array(hex, { minLength: 10, maxLength: 10 }),
  }).map(({ rules, tagPrefix, place, images, digits }) => {
    const standard = rules.filter(({ selection }) => selection.storageClass !== 'archive' && selection.tagStatus !== 'any');
    const before = place === undefined ? rules : standard.slice(0, place % (standard.length + 1));
    const keep = rule(0, { ...tagged(`${tagPrefix}*`), ...KEEP });
    const all = [...before, ...place === undefined ? [] : [keep], ...rules.filter(one => !before.includes(one))];
    const inUse = images.map((image, index) => ({ ...image, tags: [...image.tags, `${tagPrefix}${digits[index]}`] }));
    return { rules: all.map((one, index) => ({ ...one, rulePriority: index + 1 })), tagPrefix, inUse };
  });
  const gapIn = ({ rules, tagPrefix }: { readonly rules: readonly Rule[]; readonly tagPrefix: string }) =>
    policyGap(JSON.stringify({ rules }), tagPrefix);

  test('a policy without a gap acts on no image in use that can be pulled, at any time', () => {
    let seen = 0;
    check(fc.property(scenes, fc.constantFrom(0, 40 * 365 * DAY), (scene, later) => {
      if (gapIn(scene) !== undefined) return;
      seen++;
      const decisions = simulateLifecycle(scene.rules, scene.inUse, NOW + later);
      expect(scene.inUse.filter(({ storageClass }, index) => storageClass === 'standard' && isActing(decisions[index]))).toEqual([]);
    }), 2_000);
    expect(seen).toBeGreaterThan(300);
  });

  test('the rule that a gap names acts on an image in use', () => {
    let seen = 0;
    check(fc.property(scenes, scene => {
      const priority = Number(/^rule (\d+) /.exec(gapIn(scene) ?? '')?.[1] ?? 0);
      const gap = scene.rules.find(({ rulePriority }) => rulePriority === priority);
      if (gap === undefined || gap.selection.countNumber === 9_999) return;
      seen++;
      const tags = [...patternsOf(gap), `${scene.tagPrefix}*`].map(pattern => pattern.replace(/\*/g, 'z'));
      const images = Array.from({ length: 5 }, (_, index): SimulatedImage =>
        ({ digest: `sha256:${index}`, tags, storageClass: 'standard', pushedAt: NOW + index }));
      const [decision] = simulateLifecycle(scene.rules, images, NOW + 40 * 365 * DAY);
      expect([decision.rule, isActing(decision)]).toEqual([gap, true]);
    }), 1_000);
    expect(seen).toBeGreaterThan(300);
  });
});
