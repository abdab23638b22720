import { Duration } from 'aws-cdk-lib';
import { addWhole, CODE, commandIn, emptied, imported, MARK, owned, REPOSITORY, Scene, STAGE } from './scene';
import { EmptyRepositoryOptions, Teardown } from '../../../src';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

/** Expects a refusal that changes nothing. The printed command lifts it once, and the code is removed. */
async function refusedOnce(options: EmptyRepositoryOptions, because: string | RegExp, prepare: () => void = () =>
  undefined): Promise<string> {
  const stack = await scene.deployed(emptied(options));
  prepare();
  const before = scene.ecr.repository(REPOSITORY);
  const answer = await scene.destroy(stack);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(because) });
  expect(answer?.Reason).toMatch(
    /^Repository 'team\/app' was not emptied: .* To empty it anyway, run this command, then delete the stack again:\naws ecr tag-resource /,
  );
  expect(scene.ecr.repository(REPOSITORY)).toEqual(before);
  const again = await scene.destroy(stack);
  expect(commandIn(again)).toBe(commandIn(answer));

  scene.ecr.retag(REPOSITORY, { [CODE]: '000000000000' });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'FAILED' });
  expect(scene.left).toHaveLength(before.images.length);

  const code = scene.obey(answer);
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.tags).not.toHaveProperty(CODE);
  expect(scene.tags).not.toHaveProperty(MARK);
  expect(scene.log).toContain('is emptied although ');
  return code;
}

describe('maxImages', () => {
  test.each([
    [3, 3, false], [4, 3, true], [1, 0, true], [0, 0, false], [2_500, 1_200, true],
  ])('checks %d images against %d', async (images, maxImages, refuses) => {
    const stack = await scene.deployed(emptied({ maxImages }));
    if (images > 0) {
      scene.ecr.seed({ repositoryName: REPOSITORY, images, kind: 'flat', archived: 1, untagged: 1, tagsPerImage: images < 10 ? 3 : 1 });
    }
    expect((await scene.destroy(stack))?.Status).toBe(refuses ? 'FAILED' : 'SUCCESS');
    expect(scene.left).toHaveLength(refuses ? images : 0);
  });

  test('is lifted by the command', () => refusedOnce({ maxImages: 3 }, 'it holds 6 images, more than its maxImages of 3',
    () => scene.ecr.seed({ repositoryName: REPOSITORY, images: 6, kind: 'multiArch', archived: 2 })));

  test('counts only images that would be removed, without a kept index and its images', async () => {
    const stack = await scene.deployed(emptied({ maxImages: 2, exceptTags: ['keep'] }));
    const whole = addWhole(scene, 'keep');
    for (let count = 0; count < 2; count++) scene.add();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(whole.sort());
  });

  test('refuses if one more image would be removed', async () => {
    const stack = await scene.deployed(emptied({ maxImages: 2, exceptNewest: 1 }));
    const days = [1, 2, 3, 4].map(nth => new Date(Date.UTC(2026, 1, nth)));
    for (const pushedAt of days) scene.add({ tags: [`v${pushedAt.getTime()}`], pushedAt });
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({
      Status: 'FAILED', Reason: expect.stringContaining(': 3 images would be removed, more than its maxImages of 2. To empty'),
    });
    expect(scene.left).toHaveLength(4);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toHaveLength(1);
  });
});

describe('requireTag', () => {
  test.each([
    [{}, 'it must carry the tag stage=test, but has no tag stage'],
    [{ stage: 'prod' }, 'it must carry the tag stage=test, but carries stage=prod'],
    [{ Stage: 'test' }, 'but has no tag stage'],
  ])('refuses a repository with the tags %j', (tags, because) =>
    refusedOnce({ requireTag: STAGE }, because, () => scene.ecr.seed({ repositoryName: REPOSITORY, images: 2, kind: 'flat', tags })));
});

describe('pulledWithin', () => {
  const options = { pulledWithin: Duration.hours(24) };

  test('is lifted by the command', () => refusedOnce(options, /1 image was pulled within (1 day|24 hours): v2/, () => {
    scene.add({ tags: ['v1'], lastRecordedPullTime: hoursAgo(25) });
    scene.add({ tags: ['v2'], lastRecordedPullTime: hoursAgo(23) });
    scene.add({ tags: ['v3'] });
  }));

  test('ignores an image that is kept', async () => {
    const stack = await scene.deployed(emptied({ ...options, exceptTags: ['keep'] }));
    const kept = scene.add({ tags: ['keep'], lastRecordedPullTime: hoursAgo(1) });
    scene.add({ tags: ['v1'], lastRecordedPullTime: hoursAgo(30) });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([kept]);
  });

  test('ignores a child or a referrer of a kept image, but no image that is removed', async () => {
    const stack = await scene.deployed(emptied({ ...options, exceptTags: ['keep'] }));
    const child = scene.add({ lastRecordedPullTime: hoursAgo(1) });
    const index = scene.add({ children: [child], tags: ['keep'] });
    const referrer = scene.add({ subject: index, artifactType: 'application/spdx+json', lastRecordedPullTime: hoursAgo(1) });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([child, index, referrer].sort());
  });

  test('also checks a repository that is deleted, with its archived images', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages(options)));
    scene.add({ tags: ['v1'], status: 'ARCHIVED', lastRecordedPullTime: hoursAgo(2) });
    const answer = await scene.destroy(stack);
    expect(answer?.Reason).toMatch(/^Repository 'team\/app' was not deleted: 1 image was pulled within .*: v1\. To delete it anyway/);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY).exists).toBe(false);
  });
});

describe('protectedTags', () => {
  const options = { protectedTags: ['release-*', 'prod'] };

  test('is lifted by the command', () => refusedOnce(options, ': 2 images have protected tags: release-1, prod. To empty', () => {
    scene.add({ tags: ['v1', 'release-1'] });
    scene.add({ tags: ['prod', 'release-2'] });
    scene.add({ tags: ['release', 'pre-release-1', 'PROD'] });
    scene.add();
  }));

  test('ignores an image that is kept', async () => {
    const stack = await scene.deployed(emptied({ ...options, exceptTags: ['keep'] }));
    const kept = scene.add({ tags: ['keep', 'prod'] });
    scene.add({ tags: ['v1'] });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([kept]);
  });

  test('also checks a repository that is deleted, with its archived images', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages(options)));
    scene.add({ tags: ['release-1'], status: 'ARCHIVED' });
    const answer = await scene.destroy(stack);
    expect(answer?.Reason)
      .toMatch(/^Repository 'team\/app' was not deleted: 1 image has a protected tag: release-1\. To delete it anyway/);
    expect(scene.left).toHaveLength(1);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY).exists).toBe(false);
  });

  test('checks the last image of more than one page', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages(options)));
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 1_100, kind: 'flat' });
    scene.add({ tags: ['prod'] });
    expect((await scene.destroy(stack))?.Reason).toContain('1 image has a protected tag: prod');
    expect(scene.left).toHaveLength(1_101);
  });
});

describe('pushedWithin', () => {
  const options = { pushedWithin: Duration.hours(24) };

  test('is lifted by the command', () => refusedOnce(options, ': 1 image was pushed within 1 day: v2. To empty', () => {
    scene.add({ tags: ['v1'], pushedAt: hoursAgo(25) });
    scene.add({ tags: ['v2'], pushedAt: hoursAgo(23) });
  }));

  test('ignores an image that is kept, and the artifacts attached to it', async () => {
    const stack = await scene.deployed(emptied({ ...options, exceptTags: ['keep'] }));
    const whole = addWhole(scene, 'keep', hoursAgo(1));
    scene.add({ tags: ['v1'], pushedAt: hoursAgo(30) });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(whole.sort());
  });

  test('also checks a repository that is deleted, with its archived images', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages(options)));
    scene.add({ tags: ['v1'], status: 'ARCHIVED', pushedAt: hoursAgo(2) });
    const answer = await scene.destroy(stack);
    expect(answer?.Reason)
      .toMatch(/^Repository 'team\/app' was not deleted: 1 image was pushed within 1 day: v1\. To delete it anyway/);
    expect(scene.left).toHaveLength(1);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY).exists).toBe(false);
  });
});

test('all guards that refuse are named at once', () => refusedOnce(
  { maxImages: 1, requireTag: STAGE, pulledWithin: Duration.days(7) },
  /it must carry the tag stage=test, but has no tag stage; and it holds 3 images, more than its maxImages of 1; and 2 images were pulled within 7 days: v1, v2\. To empty/,
  () => {
    for (const tag of ['v1', 'v2']) scene.add({ tags: [tag], lastRecordedPullTime: hoursAgo(3) });
    scene.add();
  }));

test('a different limit or guard has a different code, and the same refusal has the same code', async () => {
  const codeOf = async (options: EmptyRepositoryOptions) => {
    scene.ecr.vanish(REPOSITORY);
    const stack = await scene.deployed(emptied(options));
    for (const tag of ['v1', 'v2', 'v3']) scene.add({ tags: [tag], lastRecordedPullTime: hoursAgo(3) });
    return commandIn(await scene.destroy(stack)).split(`${CODE},Value=`)[1];
  };
  const asked: EmptyRepositoryOptions[] = [
    { maxImages: 1 }, { maxImages: 2 }, { requireTag: STAGE }, { requireTag: { key: 'stage', value: 'prod' } },
    { requireTag: STAGE, maxImages: 1 },
    { pulledWithin: Duration.hours(4) }, { pulledWithin: Duration.hours(5) },
    { protectedTags: ['v*'] }, { protectedTags: ['v1'] }, { pushedWithin: Duration.days(36_000) }, { pushedWithin: Duration.days(36_001) },
  ];
  const codes = new Array<string>();
  for (const options of asked) codes.push(await codeOf(options));
  for (const [nth, code] of codes.entries()) expect(code).toMatch(nth === 4 ? /^[0-9a-f]{12}\.[0-9a-f]{12}$/ : /^[0-9a-f]{12}$/);
  expect(new Set(codes).size).toBe(asked.length);
  expect(codes[4].split('.').sort()).toEqual([codes[0], codes[2]].sort());
  expect(await codeOf(asked[0])).toBe(codes[0]);
});

describe('each refusal is lifted separately', () => {
  const both = { maxImages: 1, requireTag: STAGE };
  const seed = (images = 3) => scene.ecr.seed({ repositoryName: REPOSITORY, images, kind: 'flat' });

  test('a code of another refusal lifts nothing and is kept', async () => {
    const stack = await scene.deployed(emptied({ maxImages: 1 }));
    seed();
    const code = scene.obey(await scene.destroy(stack));
    const ResourceProperties = { ...stack.customResourceProperties(scene.resourceOf(stack)), MaxImages: '2' };
    expect(await scene.destroy(stack, { ResourceProperties }))
      .toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('its maxImages of 2. To empty') });
    expect(scene.left).toHaveLength(3);
    expect(scene.tags[CODE]).toBe(code);
  });

  test('a lifted refusal stays lifted if another refusal no longer applies', async () => {
    const stack = await scene.deployed(emptied(both));
    seed();
    scene.obey(await scene.destroy(stack));
    scene.ecr.retag(REPOSITORY, { stage: 'test' });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY)).toMatchObject({ images: [], tags: { stage: 'test' } });
  });

  test('a lifted refusal stays lifted if fewer images than the limit remain', async () => {
    const stack = await scene.deployed(emptied({ ...both, maxImages: 100 }));
    seed(250);
    scene.obey(await scene.destroy(stack));
    scene.ecr.faults.add({ kind: 'killAfter', operation: 'BatchDeleteImage', skip: 1 });
    await scene.destroy(stack);
    expect(scene.left.length).toBeLessThan(100);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
  });

  test('only a new refusal beside a lifted one is shown, and the command lifts both', async () => {
    const stack = await scene.deployed(emptied(both));
    seed();
    scene.ecr.retag(REPOSITORY, { stage: 'test' });
    const first = scene.obey(await scene.destroy(stack));
    scene.ecr.retag(REPOSITORY, { stage: 'prod' });
    const answer = await scene.destroy(stack);
    expect(answer?.Reason)
      .toMatch(/^Repository 'team\/app' was not emptied: it must carry the tag stage=test, but carries stage=prod\. To empty/);
    expect(scene.left).toHaveLength(3);
    expect(scene.obey(answer).split('.')).toEqual([expect.any(String), expect.any(String)]);
    expect(scene.tags[CODE].split('.')).toContain(first);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('a part of a code lifts only a part of the refusals', async () => {
    const stack = await scene.deployed(emptied(both));
    seed();
    const [one] = scene.obey(await scene.destroy(stack)).split('.');
    scene.ecr.retag(REPOSITORY, { [CODE]: one });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'FAILED' });
    expect(scene.left).toHaveLength(3);
  });

  test('at most three reasons are shown, and all of them are in the log', async () => {
    const stack = await scene.deployed(imported(Teardown.empty({ ...both, pulledWithin: Duration.days(1) })));
    for (const tag of ['v1', 'v2']) scene.add({ tags: [tag], lastRecordedPullTime: hoursAgo(1) });
    scene.ecr.retag(REPOSITORY, { [MARK]: undefined, stage: 'prod' });
    const answer = await scene.destroy(stack);
    expect(answer?.Reason).toMatch(/was removed; and it must carry .* stage=prod; and it holds 2 images, .* of 1; and 1 more reason in the function's log\. An override code does not replace the required tag\. Ask the owner of the repository to set it/);
    expect(answer?.Reason).not.toContain('were pulled within');
    for (const reason of ['was removed', 'it must carry', 'it holds 2 images', '2 images were pulled within']) {
      expect(scene.log).toContain(`was not emptied: ${reason === 'was removed' ? 'its tag' : reason}`);
    }
    scene.ecr.retag(REPOSITORY, { stage: 'test' });
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
  });
});

test('a code that is not needed is removed, because the repository is kept', async () => {
  const stack = await scene.deployed(emptied({ maxImages: 9 }));
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 3, kind: 'flat', tags: { [CODE]: 'whatever' } });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.tags).toEqual({});
});

test('a removed mark is refused, and one command sets mark and code', async () => {
  const stack = await scene.deployed(imported(Teardown.empty({ requireTag: STAGE, maxImages: 1 })));
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 3, kind: 'flat' });
  scene.ecr.retag(REPOSITORY, { [MARK]: undefined });
  const answer = await scene.destroy(stack);
  expect(answer?.Reason).toContain('its tag cdk-ecr-keeper:teardown-by, which named this stack, was removed; and it holds 3 images');
  expect(scene.left).toHaveLength(3);
  scene.obey(answer);
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.ecr.repository(REPOSITORY)).toMatchObject({ images: [], tags: { stage: 'test' } });
});
