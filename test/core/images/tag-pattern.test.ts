import fc from 'fast-check';
import { canMatchSomeTag, covers, matches, overlap, tagMatcher, tagPattern, tagPatternProblem } from '../../../src/core/images/tag-pattern';
import { check, regExpOf } from '../lifecycle/arbitraries';

/** All words of up to so many letters. */
function words(letters: string, length: number): string[] {
  return length === 0 ? [''] : ['', ...words(letters, length - 1).flatMap(word => [...letters].map(letter => word + letter))];
}

const PATTERNS = words('ab*', 4);
/**
 * `c`, which no pattern names, stands for every other character: where a pattern matches more than another, it does with `c` for wildcards,
 * within four letters. Two patterns that overlap share a tag of their letters alone, three of each at most where both have a wildcard.
 */
const TAGS = [...new Set([...words('abc', 4), ...words('ab', 6)])];
const MATCHED = PATTERNS.map(pattern => TAGS.map(tag => regExpOf(pattern).test(tag)));

const wrong = (of: (one: string, other: string) => boolean, expected: (one: boolean[], other: boolean[]) => boolean) =>
  PATTERNS.flatMap((one, i) =>
    PATTERNS.filter((other, j) => of(one, other) !== expected(MATCHED[i], MATCHED[j])).map(other => [one, other]));

test('every short pattern matches what its regular expression matches', () => {
  const different = PATTERNS.flatMap((pattern, i) => {
    const compiled = tagPattern(pattern);
    return TAGS.filter((tag, j) => matches(compiled, tag) !== MATCHED[i][j]).map(tag => [pattern, tag]);
  });
  expect(different).toEqual([]);
});

test('longer patterns too, with characters that mean something to a regular expression', () => {
  const unit = fc.constantFrom('a', 'b', '.', '+', '?', '\\', '[', '$', 'é', '\n', '😀', '*');
  const pattern = fc.string({ unit, maxLength: 12 });
  const tag = fc.tuple(pattern, fc.array(fc.string({ unit, maxLength: 3 }), { minLength: 12, maxLength: 12 }))
    .map(([text, fillings]) => text.split('*').map((literal, index) => literal + (fillings[index % 12])).join(''));
  check(fc.property(pattern, fc.oneof(tag, pattern), (one, other) => {
    expect(matches(tagPattern(one), other)).toBe(regExpOf(one).test(other));
  }), 3_000);
  check(fc.property(pattern, fc.array(fc.string({ unit, maxLength: 3 }), { minLength: 13, maxLength: 13 }), (one, fillings) => {
    const filled = one.split('*').reduce((text, literal, index) => text + fillings[index] + literal);
    expect(matches(tagPattern(one), filled)).toBe(true);
  }), 3_000);
});

test('longer patterns of the same few letters too', () => {
  const [pattern, tag] = ['aab**', 'aab'].map(letters => fc.string({ unit: fc.constantFrom(...letters), maxLength: 9 }));
  check(fc.property(pattern, tag, (one, other) => {
    expect(matches(tagPattern(one), other)).toBe(regExpOf(one).test(other));
  }), 3_000);
});

test('letters do not match twice: what a prefix took, the end cannot have', () => {
  expect(matches(tagPattern('aba*ba'), 'aba')).toBe(false);
  expect(matches(tagPattern('aba*ba'), 'ababa')).toBe(true);
  expect(matches(tagPattern('a*b*b'), 'ab')).toBe(false);
  expect(matches(tagPattern('*aa*aa*'), 'aaa')).toBe(false);
  expect(matches(tagPattern('*aa*aa*'), 'aaaa')).toBe(true);
});

test('one pattern covers another exactly where it matches all of its tags', () => {
  expect(wrong(covers, (one, other) => other.every((matched, index) => !matched || one[index]))).toEqual([]);
});

test('two patterns overlap exactly where a tag matches both', () => {
  expect(wrong(overlap, (one, other) => other.some((matched, index) => matched && one[index]))).toEqual([]);
});

test('patterns with four wildcards and as long as a tag may be are compared in no time', () => {
  const [one, other] = ['a', 'b'].map(end => `*${'a'.repeat(74)}*${'ab'.repeat(37)}*${'a'.repeat(74)}*${'a'.repeat(70)}${end}`);
  const start = Date.now();
  expect(overlap(one, other)).toBe(false);
  expect(overlap(one, one)).toBe(true);
  expect(covers(one, other)).toBe(false);
  expect(Date.now() - start).toBeLessThan(1_000);
});

test.each([
  ['*', true], ['**', true], ['v1.0', true], ['_', true], ['*-', true], ['*.*', true], ['Z9_.-*', true],
  ['', false], ['-a', false], ['.a', false], ['a b', false], ['a/b', false], ['a:b', false], ['é', false], ['v1.?', false], ['*\n', false],
  ['a\n', false],
])('a tag can match %j: %s', (pattern, expected) => {
  expect(canMatchSomeTag(pattern)).toBe(expected);
});

test('a pattern that some tag can match matches one: its wildcards filled with a letter', () => {
  check(fc.property(fc.string({ unit: fc.constantFrom('a', '-', '.', '_', '*', ' ', '/'), minLength: 1, maxLength: 5 }), pattern => {
    const tag = pattern.replace(/\*/g, 'a');
    // https://docs.docker.com/reference/cli/docker/image/tag/
    expect(canMatchSomeTag(pattern)).toBe(/^\w[\w.-]*$/.test(tag));
  }));
});

test('a matcher of several patterns matches a tag that one of them matches, and a matcher without patterns matches no tag', () => {
  const matchesOne = tagMatcher(['v*', 'latest']);
  expect(['v', 'v1', 'latest', 'LATEST', 'latest-1', ''].filter(matchesOne)).toEqual(['v', 'v1', 'latest']);
  expect(['v1', ''].filter(tagMatcher([]))).toEqual([]);
});

test.each([
  ['*', undefined], ['a*b*c*d*e', undefined], ['release-1.0_x', undefined],
  ['', 'must be a string with at most 4 wildcards (*)'],
  ['a*b*c*d*e*f', 'must be a string with at most 4 wildcards (*)'],
  ['team/app:v1', 'cannot match any tag, because a tag consists of letters, digits, \'.\', \'_\', and \'-\''],
  ['-x', 'cannot match any tag, because a tag consists of letters, digits, \'.\', \'_\', and \'-\''],
])('whether the pattern %j can choose tags: %s', (pattern, problem) => {
  expect(tagPatternProblem(pattern)).toBe(problem);
});
