import fc from 'fast-check';
import { check, inAnyOrder, policies } from './arbitraries';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import { parseLifecyclePolicy, renderLifecyclePolicy } from '../../../src/core/lifecycle/parse';
import { lifecycleProblems } from '../../../src/core/lifecycle/problems';
import { COUNT_TYPES, MAX_TEXT, Rule } from '../../../src/core/lifecycle/rule';
import { parseLifecyclePolicy as takenByLocalEcr } from '../../local-ecr/lifecycle-policy';

const EXPIRE = { type: 'expire' };
const ARCHIVE = { type: 'transition', targetStorageClass: 'archive' };
const COUNT = { countType: 'imageCountMoreThan', countNumber: 5 };
const AGE = { countType: 'sinceImagePushed', countUnit: 'days', countNumber: 30 };
const PULLED = { ...AGE, countType: 'sinceImagePulled' };
const ARCHIVED = { countType: 'sinceImageTransitioned', countUnit: 'days', countNumber: 90, storageClass: 'archive' };

const rule = (rulePriority: unknown, selection: object = {}, more: object = {}) =>
  ({ rulePriority, selection: { tagStatus: 'any', ...COUNT, ...selection }, action: EXPIRE, ...more });
const ofArchive = (rulePriority: unknown, selection: object = {}) => ({
  rulePriority, selection: { tagStatus: 'any', ...ARCHIVED, ...selection }, action: EXPIRE,
});
const tagged = (rulePriority: unknown, ...tagPatternList: unknown[]) => rule(rulePriority, { tagStatus: 'tagged', tagPatternList });
const without = (object: object, key: string) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
const textOf = (...rules: unknown[]) => JSON.stringify({ rules });
const problemsOf = (text: string) => parseLifecyclePolicy(text).problems;
/** Rendered long enough for ECR, whose least is 100 characters. */
const acceptedByEcr = (text: string) => takenByLocalEcr(text.padEnd(100));

describe('a text that is no policy', () => {
  test.each<[string, string, string | RegExp]>([
    ['an empty text', '', /^the policy must be JSON: ./],
    ['half of a text', '{"rules": [', /^the policy must be JSON: ./],
    ['null', 'null', 'the policy must be a JSON object with a list \'rules\', got: null'],
    ['a list', '[]', 'the policy must be a JSON object with a list \'rules\', got: a list'],
    ['a text in a text', '"{}"', 'the policy must be a JSON object with a list \'rules\', got: string'],
    ['a number', '7', 'the policy must be a JSON object with a list \'rules\', got: number'],
    ['no rules', '{}', '\'rules\' must be a list of rules, got: nothing'],
    ['rules that are null', '{"rules":null}', '\'rules\' must be a list of rules, got: null'],
    ['rules that are an object', '{"rules":{"a":1}}', '\'rules\' must be a list of rules, got: {"a":1}'],
    ['no rule', '{"rules":[]}', '\'rules\' must have 1 to 50 rules, got: none'],
    ['a long text for rules, cut', JSON.stringify({ rules: 'x'.repeat(500) }),
      `'rules' must be a list of rules, got: "${'x'.repeat(399)}…`],
  ])('%s', (_name, text, problem) => {
    const { rules, problems } = parseLifecyclePolicy(text);
    expect(rules).toEqual([]);
    expect(problems).toEqual([
      expect.stringMatching(typeof problem === 'string' ? new RegExp(`^${problem.replace(/[[\]{}()]/g, '\\$&')}$`) : problem),
    ]);
  });

  test('reports unknown properties beside the rules, together with the problems of the rules', () => {
    expect(problemsOf('{"Version":"1","rules":null}'))
      .toEqual(['\'Version\' is not a property that ECR supports, allowed: rules', '\'rules\' must be a list of rules, got: null']);
    expect(problemsOf('{"__proto__":{},"rules":[]}'))
      .toEqual(['\'__proto__\' is not a property that ECR supports, allowed: rules', '\'rules\' must have 1 to 50 rules, got: none']);
  });
});

const ENUM = {
  tagStatus: '\'selection.tagStatus\' must be one of tagged, untagged, any, got: ',
  countType: `'selection.countType' must be one of ${Object.keys(COUNT_TYPES).join(', ')}, got: `,
  storageClass: '\'selection.storageClass\' must be one of standard, archive, got: ',
  type: '\'action.type\' must be one of expire, transition, got: ',
};
const SELECTION_KEYS = 'tagStatus, tagPrefixList, tagPatternList, storageClass, countType, countNumber, countUnit';
const WHOLE = (property: string, minimum: number, got: string) =>
  `'${property}' must be a whole number of at least ${minimum}, got: ${got}`;

describe('one mistake in a rule is one problem with the rule, the property, what is allowed, and the actual value', () => {
  test.each<[string, object, string]>([
    ['no priority', without(rule(7), 'rulePriority'), WHOLE('rulePriority', 1, 'nothing')],
    ['a priority that is null', rule(null), WHOLE('rulePriority', 1, 'null')],
    ['a priority of 0', rule(0), WHOLE('rulePriority', 1, '0')],
    ['a negative priority', rule(-1), WHOLE('rulePriority', 1, '-1')],
    ['a priority of one and a half', rule(1.5), WHOLE('rulePriority', 1, '1.5')],
    ['a priority that is a text', rule('7'), WHOLE('rulePriority', 1, '"7"')],
    ['a priority that is true', rule(true), WHOLE('rulePriority', 1, 'true')],
    ['an unknown property', rule(7, {}, { sid: 'x' }),
      '\'sid\' is not a property that ECR supports, allowed: rulePriority, description, selection, action'],
    ['a property in another case', rule(7, {}, { Description: 'x' }),
      '\'Description\' is not a property that ECR supports, allowed: rulePriority, description, selection, action'],
    ['a description that is null', rule(7, {}, { description: null }), '\'description\' must be a string, got: null'],
    ['a description that is a number', rule(7, {}, { description: 1 }), '\'description\' must be a string, got: 1'],
    ['a long description', rule(7, {}, { description: 'x'.repeat(257) }), '\'description\' must have at most 256 characters, got: 257'],
    ['no selection', without(rule(7), 'selection'), '\'selection\' must be an object, got: nothing'],
    ['a selection that is null', rule(7, {}, { selection: null }), '\'selection\' must be an object, got: null'],
    ['a selection that is a list', rule(7, {}, { selection: [] }), '\'selection\' must be an object, got: []'],
    ['an unknown property of the selection', rule(7, { tagList: [] }),
      `'selection.tagList' is not a property that ECR supports, allowed: ${SELECTION_KEYS}`],
    ['no tagStatus', rule(7, { tagStatus: undefined }), `${ENUM.tagStatus}nothing`],
    ['an unknown tagStatus', rule(7, { tagStatus: 'ANY' }), `${ENUM.tagStatus}"ANY"`],
    ['a tagStatus that is a list', rule(7, { tagStatus: ['any'] }), `${ENUM.tagStatus}["any"]`],
    ['tagged without tags', rule(7, { tagStatus: 'tagged' }),
      '\'selection\' must have tagPatternList or tagPrefixList with tagStatus "tagged", got neither. Use tagPatternList ["*"] to select'
        + ' every tagged image'],
    ['tagged with both lists', rule(7, { tagStatus: 'tagged', tagPatternList: ['a'], tagPrefixList: ['b'] }),
      '\'selection\' must have either tagPatternList or tagPrefixList, got both'],
    ['untagged with patterns', rule(7, { tagStatus: 'untagged', tagPatternList: ['a'] }),
      '\'selection.tagPatternList\' must be omitted with tagStatus "untagged", got: ["a"]'],
    ['any with prefixes', rule(7, { tagPrefixList: ['a'] }),
      '\'selection.tagPrefixList\' must be omitted with tagStatus "any", got: ["a"]'],
    ['patterns that are null', rule(7, { tagStatus: 'tagged', tagPatternList: null }),
      '\'selection.tagPatternList\' must be a list of strings, got: null'],
    ['prefixes that are a text', rule(7, { tagStatus: 'tagged', tagPrefixList: 'a' }),
      '\'selection.tagPrefixList\' must be a list of strings, got: "a"'],
    ['no pattern', tagged(7), '\'selection.tagPatternList\' must have at least one entry, got: none'],
    ['an empty pattern', tagged(7, 'a', ''), '\'selection.tagPatternList[1]\' must be a string of at least one character, got: ""'],
    ['an empty prefix', rule(7, { tagStatus: 'tagged', tagPrefixList: [''] }),
      '\'selection.tagPrefixList[0]\' must be a string of at least one character, got: ""'],
    ['a pattern that is a number', tagged(7, 1), '\'selection.tagPatternList[0]\' must be a string of at least one character, got: 1'],
    ['a pattern that is null', tagged(7, null), '\'selection.tagPatternList[0]\' must be a string of at least one character, got: null'],
    ['five wildcards', tagged(7, 'v*', '*test*1*2*3*'),
      '\'selection.tagPatternList[1]\' must have at most 4 wildcards (*), got 5: "*test*1*2*3*"'],
    ['the six wildcards of the user guide', tagged(7, 'test*1*2*3*4*5*6'),
      '\'selection.tagPatternList[0]\' must have at most 4 wildcards (*), got 6: "test*1*2*3*4*5*6"'],
    ['no countType', rule(7, { countType: undefined }), `${ENUM.countType}nothing`],
    ['an unknown countType', rule(7, { countType: 'sinceImageCreated' }), `${ENUM.countType}"sinceImageCreated"`],
    ['a countType that is null', rule(7, { countType: null }), `${ENUM.countType}null`],
    ['no countNumber', rule(7, { countNumber: undefined }), WHOLE('selection.countNumber', 1, 'nothing')],
    ['a count of 0', rule(7, { countNumber: 0 }), WHOLE('selection.countNumber', 1, '0')],
    ['a negative count', rule(7, { countNumber: -5 }), WHOLE('selection.countNumber', 1, '-5')],
    ['half a day', rule(7, { ...AGE, countNumber: 0.5 }), WHOLE('selection.countNumber', 1, '0.5')],
    ['a count that is a text', rule(7, { countNumber: '5' }), WHOLE('selection.countNumber', 1, '"5"')],
    ['89 days in the archive', ofArchive(7, { countNumber: 89 }), WHOLE('selection.countNumber', 90, '89')],
    ['an age without a unit', rule(7, { ...AGE, countUnit: undefined }),
      '\'selection.countUnit\' must be "days" with sinceImagePushed, got: nothing'],
    ['an age in hours', rule(7, { ...AGE, countUnit: 'hours' }),
      '\'selection.countUnit\' must be "days" with sinceImagePushed, got: "hours"'],
    ['days since the pull without a unit', rule(7, { ...PULLED, countUnit: undefined }, { action: ARCHIVE }),
      '\'selection.countUnit\' must be "days" with sinceImagePulled, got: nothing'],
    ['days in the archive whose unit is null', ofArchive(7, { countUnit: null }),
      '\'selection.countUnit\' must be "days" with sinceImageTransitioned, got: null'],
    ['a count with a unit', rule(7, { countUnit: 'days' }),
      '\'selection.countUnit\' must be omitted with imageCountMoreThan, got: "days"'],
    ['a count whose unit is null', rule(7, { countUnit: null }),
      '\'selection.countUnit\' must be omitted with imageCountMoreThan, got: null'],
    ['an unknown storageClass', rule(7, { storageClass: 'ARCHIVE' }), `${ENUM.storageClass}"ARCHIVE"`],
    ['a storageClass that is null', rule(7, { storageClass: null }), `${ENUM.storageClass}null`],
    ['a count in the archive', rule(7, { storageClass: 'archive' }),
      '\'selection.countType\' must be sinceImageTransitioned with storageClass "archive", got: "imageCountMoreThan"'],
    ['an age in the archive', rule(7, { ...AGE, storageClass: 'archive' }),
      '\'selection.countType\' must be sinceImageTransitioned with storageClass "archive", got: "sinceImagePushed"'],
    ['time in the archive, of no class', ofArchive(7, { storageClass: undefined }),
      '\'selection.storageClass\' must be "archive" with sinceImageTransitioned, got: nothing'],
    ['time in the archive, of standard', ofArchive(7, { storageClass: 'standard' }),
      '\'selection.storageClass\' must be "archive" with sinceImageTransitioned, got: "standard"'],
    ['no action', without(rule(7), 'action'), '\'action\' must be an object, got: nothing'],
    ['an action that is a text', rule(7, {}, { action: 'expire' }), '\'action\' must be an object, got: "expire"'],
    ['no type', rule(7, {}, { action: {} }), `${ENUM.type}nothing`],
    ['an unknown type', rule(7, {}, { action: { type: 'delete' } }), `${ENUM.type}"delete"`],
    ['an unknown property of the action', rule(7, {}, { action: { ...EXPIRE, days: 1 } }),
      '\'action.days\' is not a property that ECR supports, allowed: type, targetStorageClass'],
    ['a transition to nowhere', rule(7, {}, { action: { type: 'transition' } }),
      '\'action.targetStorageClass\' must be "archive" with transition, got: nothing'],
    ['a transition to standard', rule(7, {}, { action: { type: 'transition', targetStorageClass: 'standard' } }),
      '\'action.targetStorageClass\' must be "archive" with transition, got: "standard"'],
    ['expire with a target', rule(7, {}, { action: { ...EXPIRE, targetStorageClass: 'archive' } }),
      '\'action.targetStorageClass\' must be omitted with expire, got: "archive"'],
    // what a provider of Terraform wrote: https://github.com/cloudposse/terraform-aws-ecr/issues/158
    ['expire with a target that is null', rule(7, {}, { action: { ...EXPIRE, targetStorageClass: null } }),
      '\'action.targetStorageClass\' must be omitted with expire, got: null'],
    ['expire after the last pull', rule(7, PULLED),
      '\'action.type\' must be "transition" with sinceImagePulled, got: "expire". Archive first, then expire with sinceImageTransitioned'],
    ['a transition out of the archive', { ...ofArchive(7), action: ARCHIVE },
      '\'action.type\' must be "expire" with sinceImageTransitioned, got: "transition"'],
  ])('%s', (_name, wrong, problem) => {
    const { rulePriority } = wrong as { rulePriority?: unknown };
    const label = typeof rulePriority === 'number' ? `rules[1] (rulePriority ${rulePriority})` : 'rules[1]';
    expect(parseLifecyclePolicy(textOf(ofArchive(3, { tagStatus: 'untagged' }), wrong)))
      .toEqual({ rules: [], problems: [`${label}: ${problem}`] });
  });

  test.each([[null, 'null'], [[], '[]'], ['expire', '"expire"'], [1, '1']])('%j is no rule', (wrong, got) => {
    expect(problemsOf(textOf(rule(1), wrong))).toEqual([`rules[1]: a rule must be an object, got: ${got}`]);
  });
});

describe('a conflict between two rules is reported with both of them', () => {
  const [ONE, TWO, THREE] = [1, 2, 3].map(number => `rules[${number - 1}] (rulePriority ${number})`);

  test.each<[string, unknown[], string[]]>([
    ['the same priority', [tagged(1, 'a*'), ofArchive(1)],
      [`rules[1] (rulePriority 1): 'rulePriority' must be unique, but ${ONE} also has 1`]],
    ['the same priority three times', [tagged(1, 'a*'), tagged(1, 'b*'), ofArchive(1)], [1, 2].map(index =>
      `rules[${index}] (rulePriority 1): 'rulePriority' must be unique, but ${ONE} also has 1`)],
    ['any twice', [rule(1), rule(2)],
      [`${TWO}: only one rule of storage class standard may have tagStatus "any", and ${ONE} already has it`]],
    ['any twice in the archive', [ofArchive(1), ofArchive(2)],
      [`${TWO}: only one rule of storage class archive may have tagStatus "any", and ${ONE} already has it`]],
    ['any before another', [rule(1), tagged(2, 'a*')],
      [`${ONE}: 'rulePriority' must be the highest number of storage class standard with tagStatus "any", but ${TWO} has a higher one`]],
    ['any before untagged in the archive', [ofArchive(1), ofArchive(2, { tagStatus: 'untagged' })],
      [`${ONE}: 'rulePriority' must be the highest number of storage class archive with tagStatus "any", but ${TWO} has a higher one`]],
    ['untagged twice', [rule(1, { tagStatus: 'untagged' }), rule(2, { tagStatus: 'untagged' })],
      [`${TWO}: only one rule of storage class standard may have tagStatus "untagged", and ${ONE} already has it`]],
    ['the same patterns in another order', [tagged(1, 'a*', 'b*'), tagged(2, 'b*', 'a*')],
      [`${TWO}: 'selection.tagPatternList' must differ from that of ${ONE}, but both have ["b*","a*"]`]],
    ['the same prefixes', [1, 2].map(priority => rule(priority, { tagStatus: 'tagged', tagPrefixList: ['a'] })),
      [`${TWO}: 'selection.tagPrefixList' must differ from that of ${ONE}, but both have ["a"]`]],
    ['the same, once repeated', [tagged(1, 'a*'), tagged(2, 'a*', 'a*')],
      [`${TWO}: 'selection.tagPatternList' must differ from that of ${ONE}, but both have ["a*","a*"]`]],
    ['the same in three rules', [tagged(1, 'a'), tagged(2, 'a'), tagged(3, 'a')],
      [TWO, THREE].map(label => `${label}: 'selection.tagPatternList' must differ from that of ${ONE}, but both have ["a"]`)],
    ['an explicit standard is of the same class', [rule(1), rule(2, { storageClass: 'standard' })],
      [`${TWO}: only one rule of storage class standard may have tagStatus "any", and ${ONE} already has it`]],
  ])('%s', (_name, rules, problems) => {
    expect(problemsOf(textOf(...rules))).toEqual(problems);
  });

  test.each<[string, unknown[]]>([
    ['a prefix', [rule(1, { tagStatus: 'tagged', tagPrefixList: ['abc'] }), tagged(2, 'abc*'), rule(3)]],
    ['a pattern', [tagged(1, 'abc*'), rule(2, { tagStatus: 'tagged', tagPrefixList: ['abc'] }), rule(3)]],
  ])('%s that an equal one of the other kind follows is accepted, as ECR does', (_name, rules) => {
    expect(problemsOf(textOf(...rules))).toEqual([]);
    acceptedByEcr(textOf(...rules));
  });

  test('51 rules', () => {
    expect(problemsOf(textOf(...Array.from({ length: 51 }, (_, n) => tagged(n + 1, `v${n}*`)))))
      .toEqual(['\'rules\' must have at most 50 rules, got: 51']);
  });
});

test('several mistakes are all reported, each with its place', () => {
  const rules = [
    rule(0, { tagStatus: 'every', countNumber: '5', colour: 1 }, { action: {}, sid: 1 }),
    null,
    tagged(4, 'a*'),
    tagged(4, 'a*', '*1*2*3*4*', ''),
    rule(5, { tagStatus: 'tagged', tagPatternList: ['a*'] }),
  ];
  expect(problemsOf(JSON.stringify({ rules, version: 2 }))).toEqual([
    '\'version\' is not a property that ECR supports, allowed: rules',
    'rules[0] (rulePriority 0): \'sid\' is not a property that ECR supports, allowed: rulePriority, description, selection, action',
    `rules[0] (rulePriority 0): ${WHOLE('rulePriority', 1, '0')}`,
    `rules[0] (rulePriority 0): 'selection.colour' is not a property that ECR supports, allowed: ${SELECTION_KEYS}`,
    `rules[0] (rulePriority 0): ${ENUM.tagStatus}"every"`,
    `rules[0] (rulePriority 0): ${WHOLE('selection.countNumber', 1, '"5"')}`,
    `rules[0] (rulePriority 0): ${ENUM.type}nothing`,
    'rules[1]: a rule must be an object, got: null',
    'rules[3] (rulePriority 4): \'selection.tagPatternList[1]\' must have at most 4 wildcards (*), got 5: "*1*2*3*4*"',
    'rules[3] (rulePriority 4): \'selection.tagPatternList[2]\' must be a string of at least one character, got: ""',
    'rules[3] (rulePriority 4): \'rulePriority\' must be unique, but rules[2] (rulePriority 4) also has 4',
    'rules[4] (rulePriority 5): \'selection.tagPatternList\' must differ from that of rules[2] (rulePriority 4), but both have ["a*"]',
  ]);
});

test('the label is the one that the caller sets', () => {
  expect(lifecycleProblems([{ label: 'Prod/Repository/Rule1', rule: {} }])[0])
    .toBe(`Prod/Repository/Rule1: ${WHOLE('rulePriority', 1, 'nothing')}`);
});

describe('a policy at the limit is taken', () => {
  test.each<[string, unknown[]]>([
    ['four wildcards in each of the patterns (user guide)', [tagged(1, '*test*1*2*3', 'test*1*2*3*')]],
    ['one any for each storage class, in any order', [rule(1, AGE, { action: ARCHIVE }), ofArchive(2)]],
    ['the any of a class before the rules of the other', [ofArchive(1), tagged(2, 'a'), rule(3)]],
    ['one untagged for each storage class', [rule(9, { tagStatus: 'untagged' }), ofArchive(7, { tagStatus: 'untagged' })]],
    ['the same tags in both storage classes', [tagged(1, 'a*'), ofArchive(2, { tagStatus: 'tagged', tagPatternList: ['a*'] })]],
    ['tags that overlap', [tagged(1, 'a*', 'b*'), tagged(2, 'a*'), tagged(3, '*')]],
    ['50 rules with 256 characters each',
      Array.from({ length: 50 }, (_, n) => ({ ...tagged(n + 1, `v${n}*`), description: 'x'.repeat(256) }))],
    ['an empty description', [rule(1, {}, { description: '' })]],
    ['90 days in the archive', [ofArchive(1, { countNumber: 90 })]],
    ['the rule that says least', [rule(1, { countNumber: 1 })]],
  ])('%s', (_name, rules) => {
    const parsed = parseLifecyclePolicy(textOf(...rules));
    expect(parsed.problems).toEqual([]);
    expect(() => acceptedByEcr(textOf(...rules))).not.toThrow();
    expect(acceptedByEcr(renderLifecyclePolicy(parsed.rules))).toHaveLength(rules.length);
  });
});

describe('a text above 30,720 characters', () => {
  // "Length Constraints: Minimum length of 100. Maximum length of 30720.", API_PutLifecyclePolicy
  const ofLength = (length: number) => {
    const [one] = [tagged(1, 'a')] as unknown as Rule[];
    return tagged(1, 'a'.repeat(length - renderLifecyclePolicy([one]).length + 1));
  };

  test('is told, with its length', () => {
    const text = textOf(ofLength(MAX_TEXT + 1));
    expect(text.length).toBe(MAX_TEXT + 1);
    expect(() => acceptedByEcr(text)).toThrow('length less than or equal to 30720');
    expect(problemsOf(text)).toEqual([expect.stringContaining('the policy must have at most 30720 characters, got: 30721')]);
  });

  test('is none with one character less, nor where white space alone makes it long', () => {
    const { rules, problems } = parseLifecyclePolicy(textOf(ofLength(MAX_TEXT)).replace('{', '{\n'.padEnd(1_000)));
    expect(problems).toEqual([]);
    expect(acceptedByEcr(renderLifecyclePolicy(rules))).toHaveLength(1);
  });

  test('counts what JSON makes of a character', () => {
    const rules = Array.from({ length: 50 }, (_, n) => ({ ...tagged(n + 1, `v${n}*`), description: '\u0001'.repeat(256) }));
    expect(problemsOf(textOf(...rules))).toEqual([expect.stringContaining('the policy must have at most 30720 characters')]);
  });
});

describe('an accepted policy has one rendered form', () => {
  test('keys in the order of aws-ecr, by priority, without what only repeats', () => {
    const text = renderLifecyclePolicy([
      rule(9, { ...AGE, storageClass: 'standard' }, { description: '', action: { targetStorageClass: 'archive', type: 'transition' } }),
      {
        selection: { countNumber: 5, countType: 'imageCountMoreThan', tagPatternList: ['b', 'a', 'b'], tagStatus: 'tagged' },
        action: EXPIRE,
        rulePriority: 2,
      },
      { ...ofArchive(10, { tagStatus: 'tagged', tagPrefixList: ['z', 'y'] }), description: 'é\n' },
    ] as unknown as Rule[]);
    expect(text).toBe('{"rules":['
      + '{"rulePriority":2,"selection":{"tagStatus":"tagged","tagPatternList":["a","b"],"countType":"imageCountMoreThan","countNumber":5},'
      + '"action":{"type":"expire"}},{"rulePriority":9,"description":"","selection":{"tagStatus":"any","countType":"sinceImagePushed",'
      + '"countNumber":30,"countUnit":"days"},"action":{"type":"transition","targetStorageClass":"archive"}},{"rulePriority":10,'
      + '"description":"é\\n","selection":{"tagStatus":"tagged","tagPrefixList":["y","z"],"storageClass":"archive",'
      + '"countType":"sinceImageTransitioned","countNumber":90,"countUnit":"days"},"action":{"type":"expire"}}]}');
  });

  test('no rule given is changed', () => {
    const rules = [tagged(2, 'b', 'a'), tagged(1, 'c')] as Rule[];
    const before = JSON.stringify(rules);
    renderLifecyclePolicy(rules);
    expect(JSON.stringify(rules)).toBe(before);
  });

  // ECR keeps what was put; another tool's text with a pattern twice then never equals what is rendered from its own rules
  test('which means the same as the accepted policy, even if a pattern occurs twice', () => {
    const text = textOf(tagged(1, 'a*', 'a*'));
    expect(sameLifecycle(text, renderLifecyclePolicy(parseLifecyclePolicy(text).rules))).toBe(true);
  });
});

/** The same JSON with keys and entries of lists in another order, `standard` sometimes named, and white space. */
const scrambled = (rules: readonly Rule[]): fc.Arbitrary<string> => fc.tuple(
  inAnyOrder(rules),
  fc.array(fc.boolean(), { minLength: rules.length, maxLength: rules.length }),
  fc.boolean(),
).map(([list, naming, isReversed]) => JSON.stringify({
  rules: list.map((one, index) => inverted(
    {
      ...one,
      selection: naming[index] && one.selection.storageClass === undefined ? { ...one.selection, storageClass: 'standard' } : one.selection,
    }, isReversed)),
}, undefined, naming[0] ? 2 : 0));

function inverted(value: unknown, isReversed: boolean): unknown {
  if (!isReversed || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(item => inverted(item, isReversed)).reverse();
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inverted(item, isReversed)]).reverse());
}

describe('any policy that ECR accepts', () => {
  const withTexts = policies.chain(rules => fc.tuple(fc.constant(rules), scrambled(rules)));

  test('has no problem, and ECR accepts its rendered form', () => {
    check(fc.property(policies, rules => {
      expect(problemsOf(JSON.stringify({ rules }))).toEqual([]);
      expect(acceptedByEcr(JSON.stringify({ rules }))).toHaveLength(rules.length);
      const rendered = renderLifecyclePolicy(rules);
      expect(takenByLocalEcr(rendered)).toEqual(parseLifecyclePolicy(rendered).rules);
    }), 300);
  });

  test('renders as itself once it is rendered', () => {
    check(fc.property(withTexts, ([, text]) => {
      const { rules } = parseLifecyclePolicy(text);
      const rendered = renderLifecyclePolicy(rules);
      expect(parseLifecyclePolicy(rendered)).toEqual({ rules, problems: [] });
      expect(renderLifecyclePolicy(parseLifecyclePolicy(rendered).rules)).toBe(rendered);
    }));
  });

  test('renders the same in any order of rules, patterns and keys, and means the same', () => {
    check(fc.property(withTexts, ([rules, text]) => {
      const { rules: parsed, problems } = parseLifecyclePolicy(text);
      expect(problems).toEqual([]);
      expect(renderLifecyclePolicy(parsed)).toBe(renderLifecyclePolicy(rules));
      expect(sameLifecycle(text, renderLifecyclePolicy(parsed))).toBe(true);
    }), 300);
  });

  test('renders another text, and does not mean the same, when one thing in it is another', () => {
    check(fc.property(policies, fc.nat(), fc.constantFrom('rulePriority', 'countNumber', 'description'), (rules, at, what) => {
      const changed = rules.map((one, index): Rule => index !== at % rules.length ? one : {
        ...one,
        ...what === 'rulePriority' ? { rulePriority: one.rulePriority + 1_000 }
          : what === 'description' ? { description: `${one.description ?? ''}!` } : {},
        ...what === 'countNumber' ? { selection: { ...one.selection, countNumber: one.selection.countNumber + 1 } } : {},
      });
      expect(renderLifecyclePolicy(changed)).not.toBe(renderLifecyclePolicy(rules));
      expect(sameLifecycle(renderLifecyclePolicy(changed), renderLifecyclePolicy(rules))).toBe(false);
    }));
  });
});

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Container = Record<string, Json>;

/** Values that one may write by mistake in one place or another. */
const values: fc.Arbitrary<Json> = fc.constantFrom<Json>(null, 0, 1, 2, 90, -1, 1.5, '', '7', 'x'.repeat(257), true, [], {}, ['a*'], [''],
  [1], ['*1*2*3*4*'], 'tagged', 'untagged',
  'any', 'imageCountMoreThan', 'sinceImagePushed', 'sinceImagePulled', 'sinceImageTransitioned', 'days', 'hours', 'standard', 'archive',
  'expire', 'transition');
const keys = fc.constantFrom('rulePriority', 'description', 'selection', 'action', 'tagStatus', 'tagPrefixList', 'tagPatternList',
  'storageClass', 'countType', 'countNumber',
  'countUnit', 'type', 'targetStorageClass', 'rules', 'other', '__proto__', 'constructor');

interface Mutation {
  readonly kind: 'remove' | 'replace' | 'add' | 'swap' | 'repeat' | 'twin' | 'pattern' | 'describe';
  readonly at: number;
  readonly to: number;
  readonly key: string;
  readonly value: Json;
}

const mutations = fc.array(fc.record<Mutation>({
  kind: fc.constantFrom('remove', 'replace', 'add', 'swap', 'repeat', 'twin', 'pattern', 'describe'),
  at: fc.nat(),
  to: fc.nat(),
  key: keys,
  value: values,
}), { minLength: 1, maxLength: 2 });

function containersOf(value: Json): Container[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Container, ...Object.values(value).flatMap(containersOf)];
}

/** The mistakes that hold between rules, and in patterns, are too seldom made at random. */
function mutatedRule(policy: Json, { kind, at, to }: Mutation): void {
  const rules = (policy as { rules?: Json } | null)?.rules;
  if (!Array.isArray(rules) || rules.length === 0) return;
  const one = rules[at % rules.length] as { description?: Json; selection?: { tagPatternList?: Json } } | null;
  if (kind === 'twin' && typeof one === 'object' && one !== null) rules.push({ ...one, rulePriority: 1 + to % 60 } as Json);
  if (kind === 'describe' && typeof one === 'object' && one !== null) one.description = 'x'.repeat(254 + to % 6);
  const list = one?.selection?.tagPatternList;
  if (kind === 'pattern' && Array.isArray(list)) list.push(['*1*2*3*4*', '', 'a', '*', 5][to % 5]);
}

function mutated(policy: Json, mutation: Mutation): Json {
  const { kind, at, to, key, value } = mutation;
  const copy = JSON.parse(JSON.stringify(policy)) as Json;
  if (kind === 'twin' || kind === 'pattern' || kind === 'describe') {
    mutatedRule(copy, mutation);
    return copy;
  }
  const places = containersOf(copy).flatMap(container => Object.keys(container).map(name => ({ container, name })));
  if (places.length === 0) return copy;
  const [{ container, name }, other] = [places[at % places.length], places[to % places.length]];
  const set = (property: string, item: Json) =>
    Object.defineProperty(container, property, { value: item, enumerable: true, configurable: true, writable: true });
  if (kind === 'remove') {
    if (Array.isArray(container)) container.splice(Number(name), 1);
    else delete container[name];
  } else if (kind === 'replace') {set(name, value);} else if (kind === 'add') {
    if (Array.isArray(container)) container.push(value);
    else set(key, value);
  } else if (kind === 'repeat') {
    if (Array.isArray(container)) container.push(container[Number(name)]);
  } else {
    const swapped = JSON.parse(JSON.stringify([other.container[other.name], container[name]])) as [Json, Json];
    [container[name], other.container[other.name]] = swapped;
  }
  return copy;
}

/** Naming `standard` is taken here on purpose, as documented, and left out in rendering; the fake refuses it, as ECR was seen to do. */
function withoutStandard(policy: Json): Json {
  const copy = JSON.parse(JSON.stringify(policy)) as Json;
  for (const { selection } of containersOf(copy)) {
    if (typeof selection === 'object' && selection !== null && !Array.isArray(selection) && selection.storageClass === 'standard') {
      delete selection.storageClass;
    }
  }
  return copy;
}

function refusalOf(text: string): string | undefined {
  try {
    acceptedByEcr(text);
    return undefined;
  } catch (error) {
    return /failure: ([^]*)'$/.exec((error as Error).message)?.[1] ?? (error as Error).message;
  }
}

/** How ours puts what the fake of ECR complains of, whose validator names neither rule nor, most often, property. */
const SAME_COMPLAINT: Array<[RegExp, (found: readonly string[]) => RegExp | string[]]> = [
  [/^instance type \(.*\) does not match .*"object"/, () => /must be an object, got: /],
  [/^instance type \(.*\) does not match .*"array"/, () => /must be a list of (rules|strings), got: /],
  [/^instance type \(.*\) does not match .*"string"/, () => /'description' must be a string|must be a string of at least one character, got: /],
  [/^instance type \(.*\) does not match .*"integer"/, () => /must be a whole number of at least \d+, got: /],
  [/^array is too short/, () => /'rules' must have 1 to 50 rules|must have at least one entry, got: none/],
  [/^object has missing required properties \(\["(\w+)"/, ([, key]) => [`${key}' must be `, 'got: nothing']],
  [/^object instance has properties which are not allowed by the schema: \(\["([^"]+)"/,
    ([, key]) => [`${key}' is not a property that ECR supports`]],
  [/^numeric instance is lower than .* \(minimum: (\d+), found: (.*)\)/,
    ([, minimum, found]) => [`must be a whole number of at least ${minimum}, got: ${found}`]],
  [/^instance value \(([^]*)\) not found in enum/, ([, value]) => ['must be one of ', `, got: ${value}`]],
  [/^Must specify tagPrefixList or tagPatternList/,
    () => ['must have tagPatternList or tagPrefixList with tagStatus "tagged", got neither']],
  [/^string "" is too short/, () => ['must be a string of at least one character, got: ""']],
  [/^string ".*" is too long/, () => ['\'description\' must have at most 256 characters, got: ']],
  [/matched 0 out of 2\)/, () => ['\'action.targetStorageClass\' must be ']],
  [/matched 0 out of 4\)/,
    () => new RegExp([
      '\'selection.(countType|countUnit|storageClass)\' must be ', 'tagPrefixList, got both', 'List\' must be omitted',
      '\'action.type\' must be "',
    ].join('|'))],
  [/^A tag pattern must not have more than four wildcards/, () => ['must have at most 4 wildcards']],
  [/^Each rule must have a unique rulePriority/, () => ['\'rulePriority\' must be unique']],
  [/^Rule for tagStatus=ANY/, () => /may have tagStatus "any"|with tagStatus "any", .* has a higher one/],
  [/^Only one rule can select Untagged/, () => ['may have tagStatus "untagged"']],
  [/unique set of tag prefixes/, () => ['must differ from that of ']],
];

describe('a policy with mistakes', () => {
  const withMistakes = fc.tuple(policies, mutations)
    .map(([rules, list]) => list.reduce(mutated, JSON.parse(JSON.stringify({ rules })) as Json));

  test('has a problem exactly where ECR refuses it, and ECR\'s is among ours', () => {
    const seen = new Set<RegExp>();
    check(fc.property(withMistakes, policy => {
      const problems = problemsOf(JSON.stringify(policy));
      const refusal = refusalOf(JSON.stringify(withoutStandard(policy)));
      expect([problems.length > 0, problems, refusal]).toEqual([refusal !== undefined, problems, refusal]);
      if (refusal === undefined) return;
      const [theirs, ours] = SAME_COMPLAINT.find(([pattern]) => pattern.test(refusal))!;
      const same = ours(theirs.exec(refusal)!);
      const isSame = (problem: string) => Array.isArray(same) ? same.every(part => problem.includes(part)) : same.test(problem);
      expect({ refusal, problems, isTold: problems.some(isSame) }).toMatchObject({ isTold: true });
      seen.add(theirs);
    }), 1_500);
    expect(SAME_COMPLAINT.filter(([theirs]) => !seen.has(theirs))).toEqual([]);
  });

  test('that ECR accepts anyway is rendered in a form that ECR accepts, with the same meaning', () => {
    check(fc.property(withMistakes, policy => {
      const { rules, problems } = parseLifecyclePolicy(JSON.stringify(policy));
      if (problems.length > 0) {
        expect(rules).toEqual([]);
        return;
      }
      expect(takenByLocalEcr(renderLifecyclePolicy(rules))).toEqual(rules);
    }), 500);
  });
});

describe('no text whatever makes it throw', () => {
  const never = (text: string) => {
    const { rules, problems } = parseLifecyclePolicy(text);
    expect(rules.length > 0).toBe(problems.length === 0);
    expect(new Set(problems.map(problem => typeof problem))).toEqual(new Set(problems.length > 0 ? ['string'] : []));
  };

  test('any JSON', () => check(fc.property(fc.json({ stringUnit: 'grapheme' }), never), 300));

  test('any JSON as rules', () =>
    check(fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), rules => never(JSON.stringify({ rules }))), 300));

  test('any JSON in a rule', () => {
    const loose = fc.dictionary(keys, fc.oneof(values, fc.dictionary(keys, values), fc.jsonValue()));
    check(fc.property(fc.array(loose, { maxLength: 4 }), rules => never(JSON.stringify({ rules }))), 1_000);
  });

  test('any text', () => check(fc.property(fc.string(), never), 300));

  test('numbers beyond what JavaScript counts', () => {
    expect(problemsOf(textOf(rule(1)).replace('"rulePriority":1', '"rulePriority":9007199254740993')))
      .toEqual([expect.stringContaining('must be a whole number of at least 1')]);
    expect(problemsOf(textOf(rule(1)).replace('"countNumber":5', '"countNumber":1e999')))
      .toEqual([expect.stringContaining('must be a whole number of at least 1')]);
  });

  // JSON.parse takes any depth, JSON.stringify, which shows what was given, some thousands; the text is well within ECR's 30,720 characters
  test('lists in lists', () => never(`{"rules":[${'['.repeat(10_000)}${']'.repeat(10_000)}]}`));
});
