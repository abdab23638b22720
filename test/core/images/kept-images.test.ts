import type { HeldImage } from '../../../src/core/images/held-image';
import { addAttached, hasExceptions, isExcepted, namedImages } from '../../../src/core/images/kept-images';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (letter: string, more: Partial<HeldImage> = {}): HeldImage =>
  ({ digest: digest(letter), tags: [], isIndex: false, pushedAt: 0, ...more });

describe('named to stay', () => {
  test('by a tag, whatever the order of the patterns and tags', () => {
    const images = [image('a', { tags: ['v1', 'x'] }), image('b', { tags: ['x', 'v2'] }), image('c', { tags: ['x'] }), image('d')];
    expect(namedImages(images, { tags: ['none', 'v*'], newest: 0 })).toEqual([digest('a'), digest('b')]);
  });

  test('the newest tagged ones; of those pushed in the same moment as the last of them all', () => {
    const images = [
      image('a', { tags: ['1'], pushedAt: 1 }), image('b', { tags: ['2'], pushedAt: 2 }), image('c', { tags: ['3'], pushedAt: 2 }),
      image('d', { tags: ['4'], pushedAt: 3 }), image('e', { pushedAt: 9 }),
      image('f', { tags: [`sha256-${'a'.repeat(64)}.att`], pushedAt: 9 }),
    ];
    const newest = (count: number) => namedImages(images, { tags: [], newest: count }).sort();
    expect(newest(0)).toEqual([]);
    expect(newest(1)).toEqual([digest('d')]);
    expect(newest(2)).toEqual([digest('b'), digest('c'), digest('d')]);
    expect(newest(3)).toEqual([digest('b'), digest('c'), digest('d')]);
    expect(newest(4)).toEqual(newest(99));
    expect(newest(4)).toHaveLength(4);
  });

  test('an image with an unknown push time counts as new', () => {
    const images = [image('a', { tags: ['1'], pushedAt: undefined }), image('b', { tags: ['2'], pushedAt: Number.MAX_SAFE_INTEGER })];
    expect(namedImages(images, { tags: [], newest: 1 })).toEqual([digest('a')]);
  });

  test('an image signed by tag and tagged itself counts among the newest', () => {
    const images = [
      image('a', { tags: ['1'], pushedAt: 1 }), image('b', { tags: [`sha256-${'a'.repeat(64)}.sig`, 'signed'], pushedAt: 2 }),
    ];
    expect(namedImages(images, { tags: [], newest: 1 })).toEqual([digest('b')]);
  });

  test.each([[[], 0, false], [['*'], 0, true], [[], 1, true]])('%j and %d: exceptions at all: %s', (tags, newest, expected) => {
    expect(hasExceptions({ tags, newest })).toBe(expected);
  });

  test('no tag is no match, not even for every tag', () => {
    expect(isExcepted({ tags: ['*'], newest: 0 })([])).toBe(false);
    expect(isExcepted({ tags: ['*'], newest: 0 })(['x'])).toBe(true);
    expect(isExcepted({ tags: [], newest: 3 })(['x'])).toBe(false);
  });
});

describe('attached', () => {
  const attached = (kept: string, ...images: HeldImage[]) => {
    const all = new Set([digest(kept)]);
    addAttached(all, images);
    return [...all].map(each => each[7]).sort().join('');
  };

  test('by subject, in any order, over several steps', () => {
    expect(attached(
      'a', image('c', { subject: digest('b') }), image('b', { subject: digest('a') }), image('d', { subject: digest('c') }), image('e'),
    )).toBe('abcd');
  });

  test('by cosign\'s tags, with any suffix and none', () => {
    const tag = (suffix: string) => [`sha256-${'a'.repeat(64)}${suffix}`];
    expect(attached('a', image('b', { tags: tag('.sig') }), image('c', { tags: tag('.att') }), image('d', { tags: tag('.sbom') }),
      image('e', { tags: tag('') }))).toBe('abcde');
    expect(attached('a', image('b', { tags: tag('x') }), image('c', { tags: [`x${tag('.sig')[0]}`] }),
      image('d', { tags: [`sha256-${'b'.repeat(64)}.sig`] }))).toBe('a');
  });

  test('not to what goes, and not from what is kept to its subject', () => {
    expect(attached('b', image('a'), image('b', { subject: digest('a') }), image('c', { subject: digest('a') }))).toBe('b');
  });

  test('in a circle', () => {
    expect(attached('a', image('b', { subject: digest('c') }), image('c', { subject: digest('b') }), image('d', { subject: digest('a') })))
      .toBe('ad');
  });
});
