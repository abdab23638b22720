import { addWhole, emptied, MARK, REPOSITORY, Scene } from './scene';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const day = (nth: number) => new Date(Date.UTC(2026, 1, nth));

test('an image that exceptTags names is kept with children, referrers of any of them and of each other, and signatures by'
  + ' tag', async () => {
  const stack = await scene.deployed(emptied({ exceptTags: ['release-*'] }));
  const whole = addWhole(scene, 'release-1');
  addWhole(scene, 'dev-1');
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual(whole.sort());
  expect(scene.log).toContain(`${whole.length} kept, none left to remove`);
  expect(scene.tags).not.toHaveProperty(MARK);
});

test('a kept nested index keeps a child that it shares with a removed one', async () => {
  const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
  const [shared, own, other] = [scene.add(), scene.add(), scene.add()];
  const inner = scene.add({ children: [shared, own] });
  const outer = scene.add({ children: [inner], tags: ['keep'] });
  scene.add({ children: [scene.add({ children: [shared, other] })], tags: ['drop'] });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([shared, own, inner, outer].sort());
});

test('an excepted child is kept, but its index is not', async () => {
  const stack = await scene.deployed(emptied({ exceptTags: ['arm'] }));
  const arm = scene.add({ tags: ['arm'] });
  scene.add({ children: [arm, scene.add()], tags: ['all'] });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([arm]);
});

test('an index under the tag sha256-<hex>, as used without the referrers API, is kept with the images that it lists', async () => {
  const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
  const image = scene.add({ tags: ['keep'] });
  const attestation = scene.add();
  const list = scene.add({ children: [attestation], tags: [image.replace(':', '-')] });
  scene.add({ tags: [`sha256-${'0'.repeat(64)}.sig`] });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([image, attestation, list].sort());
});

test.each<[string, string[], string[]]>([
  ['a pattern is anchored at both ends', ['v1'], ['v1']],
  ['a wildcard also matches nothing', ['v1*'], ['v1', 'v1.0', 'v10']],
  ['a wildcard matches anything in the middle', ['v*0'], ['v1.0', 'v10']],
  ['other characters match themselves', ['v1.0', 'v.'], ['v1.0']],
  ['upper case is another tag', ['V*'], []],
])('%s', async (_what, exceptTags, kept) => {
  const stack = await scene.deployed(emptied({ exceptTags }));
  for (const tag of ['v1', 'v1.0', 'v10', 'xv1', 'dev']) scene.add({ tags: [tag] });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.ecr.repository(REPOSITORY).images.flatMap(({ tags }) => tags).sort()).toEqual(kept);
});

test('one excepted tag keeps an image with all its tags', async () => {
  const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
  const image = scene.add({ tags: ['a', 'keep', 'z'] });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.ecr.repository(REPOSITORY).images).toMatchObject([{ digest: image, tags: ['a', 'keep', 'z'] }]);
});

test('archived images are removed too, unless they are excepted', async () => {
  const stack = await scene.deployed(emptied({ exceptTags: ['keep*'] }));
  const kept = [scene.add({ tags: ['keep'] }), scene.add({ tags: ['keep-cold'], status: 'ARCHIVED' })];
  scene.add({ tags: ['old'], status: 'ARCHIVED' });
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 150, kind: 'flat', archived: 120 });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual(kept.sort());
});

describe('exceptNewest', () => {
  test('counts tagged images by push time, without children, signatures, untagged images, or repeated tags', async () => {
    const stack = await scene.deployed(emptied({ exceptNewest: 2 }));
    addWhole(scene, 'v1', day(1));
    const second = addWhole(scene, 'v2', day(2));
    const third = scene.add({ tags: ['v3', 'latest'], pushedAt: day(3) });
    scene.add({ pushedAt: day(9) });
    scene.add({ tags: [`sha256-${'0'.repeat(64)}.sig`], pushedAt: day(10) });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([...second, third].sort());
  });

  test('adds to exceptTags', async () => {
    const stack = await scene.deployed(emptied({ exceptNewest: 1, exceptTags: ['v1'] }));
    const kept = [scene.add({ tags: ['v1'], pushedAt: day(1) }), scene.add({ tags: ['v3'], pushedAt: day(3) })];
    scene.add({ tags: ['v2'], pushedAt: day(2) });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(kept.sort());
  });

  test('counts a newest image that exceptTags also names once', async () => {
    const stack = await scene.deployed(emptied({ exceptNewest: 1, exceptTags: ['keep'] }));
    const child = scene.add({ pushedAt: day(1) });
    const index = scene.add({ children: [child], tags: ['keep'], pushedAt: day(2) });
    scene.add({ tags: ['older'], pushedAt: day(1) });
    scene.add({ pushedAt: day(3) });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([child, index].sort());
    expect(scene.log).toContain('2 images removed, 2 kept, none left to remove');
  });

  test('keeps all tagged images if there are fewer, and removes images that belong to none of them', async () => {
    const stack = await scene.deployed(emptied({ exceptNewest: 50 }));
    const whole = addWhole(scene, 'v1');
    scene.add();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(whole.sort());
  });
});

test('an image that is kept on the second page of more than 1,000 images keeps its images on the first page', async () => {
  const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
  const [child, other] = [scene.add(), scene.add()];
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 1_300, kind: 'flat' });
  const index = scene.add({ children: [child], tags: ['keep'] });
  const referrer = scene.add({ subject: child, artifactType: 'application/spdx+json' });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([child, index, referrer].sort());
  expect(scene.left).not.toContain(other);
});

test('more than 100 indexes can be read', async () => {
  const stack = await scene.deployed(emptied({ exceptTags: ['v*'] }));
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 450, kind: 'multiArch' });
  scene.add({ children: [scene.add()] });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toHaveLength(450);
});

describe('a kept index that cannot be read', () => {
  test.each<['ARCHIVED' | 'ACTIVATING', boolean]>([['ARCHIVED', false], ['ACTIVATING', false], ['ARCHIVED', true]])(
    '(%s, below another index: %s) is refused, nothing is removed, and the next attempt continues once it is'
      + ' restored', async (status, isInner) => {
      const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
      const child = scene.add();
      const index = scene.add({ children: [child], status: isInner ? status : 'ACTIVE' });
      const outer = scene.add({ children: [index], tags: ['keep'], status: isInner ? 'ACTIVE' : status });
      scene.add({ tags: ['drop'] });
      const before = scene.left;
      const answer = await scene.destroy(stack);
      expect(answer).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringMatching(new RegExp(`^Repository 'team/app': the image index ${isInner ? index : 'keep'} must be kept`
          + ' but cannot be'
          + ' read .*\\. Restore the index or remove that tag from it, then try again\\.')),
      });
      expect(scene.left).toEqual(before);
      expect(scene.tags).toHaveProperty(MARK);
      scene.ecr.finishRestores(REPOSITORY);
      if (status !== 'ACTIVATING') return;
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toEqual([child, index, outer].sort());
    });

  test('because of a failure in the response is refused', async () => {
    const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
    const whole = addWhole(scene, 'keep');
    scene.add({ tags: ['drop'] });
    const before = scene.left;
    scene.ecr.faults.add({ kind: 'imageFailure', operation: 'BatchGetImage', failureCode: 'KmsError' });
    expect(await scene.destroy(stack))
      .toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/index sha256:\w+ cannot be read: .*\. Try again\./) });
    expect(scene.left).toEqual(before);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(whole.sort());
  });
});
