import type { HeldImage } from '../../../src/core/images/held-image';
import { inUse, missingTag, pulledLately, tooManyImages } from '../../../src/core/teardown/guards';

const NOW = Date.UTC(2026, 5, 1);
const image = (letter: string, lastRecordedPullTime?: number, tags: string[] = []): HeldImage =>
  ({ digest: `sha256:${letter.repeat(64)}`, tags, isIndex: false, lastRecordedPullTime });

test.each([
  [undefined, 9, []], [9, 9, []], [0, 0, []],
  [0, 1, ['maxImages=0']], [8, 9, ['maxImages=8']],
])('maxImages %s, %d images', (maxImages, count, limits) => {
  expect(tooManyImages(maxImages, count).map(({ limit }) => limit)).toEqual(limits);
});

test('a tag is compared exactly, and its limit cannot be mistaken for another\'s', () => {
  const required = { key: 'stage', value: 'test' };
  expect(missingTag(undefined, new Map())).toEqual([]);
  expect(missingTag(required, new Map([['stage', 'test']]))).toEqual([]);
  expect(missingTag({ key: 'stage', value: '' }, new Map([['stage', '']]))).toEqual([]);
  for (const tags of [[], [['stage', 'Test']], [['stage', '']], [['Stage', 'test']]] as Array<Array<[string, string]>>) {
    expect(missingTag(required, new Map(tags))).toHaveLength(1);
  }
  const limits = [['a=b', 'c'], ['a', 'b=c'], ['a","b', 'c'], ['a', 'b","c']].map(([key, value]) => missingTag({ key, value }, new Map())[0].limit);
  expect(new Set(limits).size).toBe(4);
});

test.each([
  ['never pulled', undefined, false],
  ['at the edge', NOW - 3_600_000, false],
  ['a moment later', NOW - 3_599_999, true],
  ['by a clock ahead of ours', NOW + 60_000, true],
])('pulled within an hour: %s', (_when, pulled, refuses) => {
  expect(pulledLately(3_600, [image('a', pulled)], NOW)).toHaveLength(refuses ? 1 : 0);
  expect(pulledLately(undefined, [image('a', pulled)], NOW)).toEqual([]);
});

test('images are named by tag, else by digest, three of them', () => {
  const pulled = [image('a', NOW, ['v1', 'v2']), image('b', NOW), image('c', NOW), image('d', NOW)];
  expect(pulledLately(60, pulled, NOW)[0].because).toBe('4 images were pulled within 60 seconds: v1, sha256:bbbbbbbbbbbb, sha256:cccccccccccc and 1 more');
});

test('a use, however often, is named once; what cannot be seen is a refusal of its own, and so is another source', () => {
  const ecs = [{ service: 'ecs' as const }];
  expect(inUse(ecs, [])).toEqual([]);
  expect(inUse(ecs, ['x', 'x', 'y'])[0].because).toBe('its images are in use: x, y');
  expect(inUse(ecs, [], 'what runs cannot be seen')[0].because).toBe('what runs cannot be seen');
  const limits = [inUse(ecs, ['x']), inUse(ecs, [], 'unseen'), inUse([{ service: 'lambda' }], ['x']), inUse([{ service: 'ecs', clusters: ['shop'] }], ['x'])];
  expect(new Set(limits.map(([{ limit }]) => limit)).size).toBe(4);
  expect(inUse(ecs, ['another'])[0].limit).toBe(limits[0][0].limit);
});

test.each([
  [{}, 'it holds 9 images, more than its maxImages of 1'],
  [{ isMore: true }, 'it holds at least 9 images, more than its maxImages of 1'],
  [{ isSelective: true }, '9 images would be removed, more than its maxImages of 1'],
])('maxImages says what it counted: %j', (counted, because) => {
  expect(tooManyImages(1, 9, counted)).toEqual([{ limit: 'maxImages=1', because }]);
});
