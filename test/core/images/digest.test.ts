import fc from 'fast-check';
import { isDigest, isTag, MAX_TAGS, tagOrDigestProblems, tagsProblems } from '../../../src/core/images/digest';

const HEX = '0123456789abcdef'.repeat(4);
const DIGEST = `sha256:${HEX}`;

/** As the distribution specification prints it. */
const DOCUMENTED_TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

test('every SHA-256 in lower case is a digest', () => {
  fc.assert(fc.property(fc.stringMatching(/^[0-9a-f]{64}$/), hex => expect(isDigest(`sha256:${hex}`)).toBe(true)), { seed: 1 });
});

test.each([
  ['without its algorithm', HEX],
  ['of another algorithm', `sha512:${HEX}${HEX}`],
  ['in capitals', `sha256:${HEX.toUpperCase()}`],
  ['with the algorithm in capitals', `SHA256:${HEX}`],
  ['one digit short', `sha256:${HEX.slice(1)}`],
  ['one digit long', `sha256:${HEX}0`],
  ['with a line break after it', `${DIGEST}\n`],
  ['with the name of a repository before it', `app@${DIGEST}`],
  ['nothing', ''],
])('no digest: %s', (_what, text) => {
  expect(isDigest(text)).toBe(false);
});

test('tags are those of the distribution specification', () => {
  const text = fc.oneof(fc.stringMatching(/^[a-cA-C0-2._:/@ -]{0,10}$/), fc.stringMatching(/^[._a-]?[a-c.]{120,130}$/));
  fc.assert(fc.property(text, tag => expect(isTag(tag)).toBe(DOCUMENTED_TAG.test(tag))), { numRuns: 2_000, seed: 1 });
});

test.each([['v1'], ['_'], ['0'], ['build-123'], ['1.27.0-alpine3.19'], ['A'.repeat(128)]])('a tag: %s', tag => {
  expect(isTag(tag)).toBe(true);
  expect(tagOrDigestProblems(tag, 'tagOrDigest')).toEqual([]);
});

test.each([[''], ['.hidden'], ['-v'], ['a b'], ['a/b'], ['a:b'], ['vä'], ['v1\n'], ['A'.repeat(129)]])('no tag: %j', tag => {
  expect(isTag(tag)).toBe(false);
  expect(tagOrDigestProblems(tag, 'image')).toEqual([
    `'image' must be a digest, or a tag of up to 128 letters, digits, '_', '.', and '-' that does not begin with '.' or '-', got: ${tag}`,
  ]);
});

test('a digest names an image as a tag does', () => {
  expect(tagOrDigestProblems(DIGEST, 'tagOrDigest')).toEqual([]);
});

test.each([
  ['sha256:'], ['sha256:0'], [`sha256:${HEX.toUpperCase()}`], [`${DIGEST}0`],
])('a text that begins like a digest is refused with the form of a digest: %s', text => {
  expect(tagOrDigestProblems(text, 'tagOrDigest'))
    .toEqual([`'tagOrDigest' must be a digest of 64 hexadecimal digits after 'sha256:', got: ${text}`]);
});

describe('several tags', () => {
  const many = (count: number) => Array.from({ length: count }, (_, nth) => `v${nth}`);

  test('none, one and the most that a construct may give', () => {
    expect([[], ['v1'], many(MAX_TAGS)].map(tags => tagsProblems(tags, 'tags'))).toEqual([[], [], []]);
  });

  test('40 are the most', () => {
    expect(tagsProblems(many(40), 'tags')).toEqual([]);
    expect(tagsProblems(many(41), 'tags')).toEqual(['\'tags\' must have at most 40 tags, got: 41']);
  });

  test('tags differ by case', () => {
    expect(tagsProblems(['v1', 'V1'], 'tags')).toEqual([]);
  });

  test('a digest is no tag', () => {
    expect(tagsProblems([DIGEST], 'tags')).toEqual([
      `'tags' must be tags of up to 128 letters, digits, '_', '.', and '-' that do not begin with '.' or '-', got: ${DIGEST}`,
    ]);
  });

  test('all problems are returned, with the name of the property', () => {
    const malformed = (tag: string) =>
      `'tags' must be tags of up to 128 letters, digits, '_', '.', and '-' that do not begin with '.' or '-', got: ${tag}`;
    expect(tagsProblems(['v1', '', 'a/b', 'v1'], 'tags')).toEqual([
      malformed(''), malformed('a/b'), '\'tags\' must contain each tag once, got twice: v1',
    ]);
  });

  test('a tag that occurs several times is reported once', () => {
    expect(tagsProblems(['v1', 'v1', 'v1'], 'tags')).toHaveLength(1);
  });
});
