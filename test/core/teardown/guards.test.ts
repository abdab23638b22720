import type { HeldImage } from '../../../src/core/images/held-image';
import {
  checkImageCount, checkProtectedTags, checkPullTimes, checkPushTimes, checkRequiredTag, checkUse,
} from '../../../src/core/teardown/guards';

const NOW = Date.UTC(2026, 5, 1);
const image = (letter: string, lastRecordedPullTime?: number, tags: string[] = [], pushedAt?: number): HeldImage =>
  ({ digest: `sha256:${letter.repeat(64)}`, tags, isIndex: false, lastRecordedPullTime, pushedAt });

test.each([
  [undefined, 9, []], [9, 9, []], [0, 0, []],
  [0, 1, ['maxImages=0']], [8, 9, ['maxImages=8']],
])('maxImages %s, %d images', (maxImages, count, limits) => {
  expect(checkImageCount(maxImages, count).map(({ limit }) => limit)).toEqual(limits);
});

test('a tag is compared exactly, and its limit cannot be mistaken for another\'s', () => {
  const required = { key: 'stage', value: 'test' };
  expect(checkRequiredTag(undefined, new Map())).toEqual([]);
  expect(checkRequiredTag(required, new Map([['stage', 'test']]))).toEqual([]);
  expect(checkRequiredTag({ key: 'stage', value: '' }, new Map([['stage', '']]))).toEqual([]);
  for (const tags of [[], [['stage', 'Test']], [['stage', '']], [['Stage', 'test']]] as Array<Array<[string, string]>>) {
    expect(checkRequiredTag(required, new Map(tags))).toHaveLength(1);
  }
  const limits = [['a=b', 'c'], ['a', 'b=c'], ['a","b', 'c'], ['a', 'b","c']]
    .map(([key, value]) => checkRequiredTag({ key, value }, new Map())[0].limit);
  expect(new Set(limits).size).toBe(4);
});

test.each([
  ['never pulled', undefined, false],
  ['at the edge', NOW - 3_600_000, false],
  ['a moment later', NOW - 3_599_999, true],
  ['by a clock ahead of ours', NOW + 60_000, true],
])('pulled within an hour: %s', (_when, pulled, refuses) => {
  expect(checkPullTimes(3_600, [image('a', pulled)], NOW)).toHaveLength(refuses ? 1 : 0);
  expect(checkPullTimes(undefined, [image('a', pulled)], NOW)).toEqual([]);
});

test.each([
  ['at a time that ECR does not tell', undefined, true],
  ['exactly an hour ago', NOW - 3_600_000, false],
  ['a moment later', NOW - 3_599_999, true],
  ['by a clock ahead of ours', NOW + 60_000, true],
])('pushedWithin of an hour refuses an image that was pushed %s: %s is %s', (_when, pushedAt, isRefused) => {
  expect(checkPushTimes(3_600, [image('a', undefined, ['v1'], pushedAt)], NOW)).toEqual(isRefused
    ? [{ limit: 'pushedWithin=3600', because: '1 image was pushed within 1 hour: v1' }] : []);
  expect(checkPushTimes(undefined, [image('a', undefined, [], pushedAt)], NOW)).toEqual([]);
});

describe('protectedTags', () => {
  const images = [
    image('a', undefined, ['v1', 'release-1']), image('b', undefined, ['release']), image('c'), image('d', undefined, ['pre-release-1']),
  ];

  test.each([
    [[], undefined],
    [['none'], undefined],
    [['RELEASE-*'], undefined],
    [['release-*'], '1 image has a protected tag: release-1'],
    [['release*', 'v1'], '2 images have protected tags: v1, release'],
    [['*release*'], '3 images have protected tags: release-1, release, pre-release-1'],
    [['*'], '3 images have protected tags: v1, release, pre-release-1'],
  ])('%j names each image by its first tag that matches', (patterns, because) => {
    expect(checkProtectedTags(patterns, images).map(refusal => refusal.because)).toEqual(because === undefined ? [] : [because]);
  });

  test('other patterns are another limit', () => {
    const limits = [['v1'], ['release'], ['v1', 'release'], ['v1,release']]
      .map(patterns => checkProtectedTags([...patterns, '*'], images)[0].limit);
    expect(new Set(limits).size).toBe(4);
    expect(limits[0]).toBe('protectedTags=["v1","*"]');
  });
});

test('images are named by tag, else by digest, three of them', () => {
  const pulled = [image('a', NOW, ['v1', 'v2']), image('b', NOW), image('c', NOW), image('d', NOW)];
  expect(checkPullTimes(60, pulled, NOW)[0].because)
    .toBe('4 images were pulled within 60 seconds: v1, sha256:bbbbbbbbbbbb, sha256:cccccccccccc and 1 more');
});

test('a repeated use is listed once, and an unreadable service and another service have their own refusals', () => {
  const ecs = [{ service: 'ecs' as const }];
  expect(checkUse(ecs, [])).toEqual([]);
  expect(checkUse(ecs, ['x', 'x', 'y'])[0].because).toBe('its images are in use: x, y');
  expect(checkUse(ecs, [], 'what runs cannot be seen')[0].because).toBe('what runs cannot be seen');
  const limits = [checkUse(ecs, ['x']), checkUse(ecs, [], 'unseen'), checkUse([{ service: 'lambda' }], ['x']),
    checkUse([{ service: 'ecs', clusters: ['shop'] }], ['x'])];
  expect(new Set(limits.map(([{ limit }]) => limit)).size).toBe(4);
  expect(checkUse(ecs, ['another'])[0].limit).toBe(limits[0][0].limit);
});

test.each([
  [{}, 'it holds 9 images, more than its maxImages of 1'],
  [{ isMore: true }, 'it holds at least 9 images, more than its maxImages of 1'],
  [{ isSelective: true }, '9 images would be removed, more than its maxImages of 1'],
])('the refusal of maxImages contains what was counted: %j', (counted, because) => {
  expect(checkImageCount(1, 9, counted)).toEqual([{ limit: 'maxImages=1', because }]);
});
