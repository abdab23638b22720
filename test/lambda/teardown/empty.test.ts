import { emptied, imported, MARK, owned, REPOSITORY, Scene, STAGE, UUID } from './scene';
import { Teardown, TeardownAudit } from '../../../src';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const deletions = () => scene.ecr.calls.filter(({ operation }) => operation === 'BatchDeleteImage');

describe('when the whole stack is deleted, the repository is kept and every image is removed', () => {
  test.each(['flat', 'multiArch', 'nested', 'sharedChild', 'referrers'] as const)('of any kind and status: %s', async kind => {
    const stack = await scene.deployed(emptied());
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 121, kind, archived: 30, untagged: 10, tagsPerImage: 2 });
    scene.ecr.clearCalls();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY)).toMatchObject({ exists: true, images: [], tags: {} });
    for (const { input } of deletions()) expect((input.imageIds as unknown[]).length).toBeLessThanOrEqual(100);
    expect(deletions().flatMap(({ input }) => input.imageIds as Array<Record<string, string>>)
      .every(id => Object.keys(id).join() === 'imageDigest')).toBe(true);
  });

  test('indexes five levels deep, a child that is tagged itself and one that two levels share, images being restored', async () => {
    const stack = await scene.deployed(emptied());
    const shared = scene.add({ tags: ['child'], status: 'ARCHIVED' });
    let inner = scene.add({ children: [shared, scene.add({ status: 'ACTIVATING' })] });
    for (let level = 0; level < 4; level++) {
      inner = scene.add({ children: [inner, shared], tags: [`level-${level}`], status: 'ACTIVATING' });
    }
    scene.add({ subject: inner, artifactType: 'application/spdx+json', status: 'ARCHIVED' });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
  });

  test('2,450 images are read in pages of 1,000, removed 100 at a time, and listed once more at the end', async () => {
    const stack = await scene.deployed(emptied());
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 2_450, kind: 'flat', archived: 700, untagged: 300 });
    scene.ecr.clearCalls();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
    expect(scene.calls.filter(call => call === 'DescribeImages')).toHaveLength(3 + 1);
    expect(deletions()).toHaveLength(25);
    expect(scene.log).toContain('2450 images removed, 0 kept');
  });

  test('every listing requests every status, because archived images would be missed otherwise', async () => {
    const stack = await scene.deployed(emptied({ maxImages: 9 }));
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 5, kind: 'flat', archived: 5 });
    scene.ecr.clearCalls();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    const listings = scene.ecr.calls.filter(({ operation }) => /^(DescribeImages|ListImages)$/.test(operation));
    expect(listings.length).toBeGreaterThan(1);
    for (const { input } of listings) expect(input.filter).toMatchObject({ imageStatus: 'ANY' });
    expect(scene.left).toEqual([]);
  });

  test('nothing is removed from an empty repository except the mark', async () => {
    const stack = await scene.deployed(emptied());
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.calls).not.toContain('BatchDeleteImage');
    expect(scene.tags).toEqual({});
  });

  test('an imported repository keeps its other tags', async () => {
    const stack = await scene.deployed(imported(Teardown.empty({ requireTag: STAGE })));
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 4, kind: 'nested', tags: { owner: 'them' } });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY)).toMatchObject({ exists: true, images: [], tags: { owner: 'them', stage: 'test' } });
    expect(scene.tags).not.toHaveProperty(MARK);
  });

  test('a second request finds nothing to do', async () => {
    const stack = await scene.deployed(emptied());
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 6, kind: 'multiArch' });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    scene.ecr.clearCalls();
    expect(await scene.destroy(stack, { RequestId: 'another' })).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.calls).not.toContain('BatchDeleteImage');
  });

  test('an image that is pushed afterwards is kept, even after a late second request', async () => {
    const stack = await scene.deployed(emptied());
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 2, kind: 'flat' });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    const pushed = scene.add({ tags: ['new'] });
    expect(await scene.destroy(stack, { RequestId: 'late' })).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('was not emptied: its tag cdk-ecr-keeper:teardown-by, which named this stack, was removed'),
    });
    expect(scene.left).toEqual([pushed]);
  });

  test('the request succeeds if the repository does not exist anymore', async () => {
    const stack = await scene.deployed(emptied());
    scene.ecr.vanish(REPOSITORY);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });
});

describe('when only the resource is deleted, every image is kept', () => {
  test.each([
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'ROLLBACK_IN_PROGRESS', 'CREATE_FAILED',
  ])('while the stack is %s', async status => {
    for (const build of [emptied({ exceptTags: ['keep'] }), imported(Teardown.empty({ requireTag: STAGE }), 'Import')]) {
      scene.ecr.vanish(REPOSITORY);
      const stack = await scene.deployed(build);
      scene.ecr.seed({ repositoryName: REPOSITORY, images: 5, kind: 'sharedChild' });
      scene.status(stack, status);
      expect(await scene.send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toHaveLength(5);
      expect(scene.tags).not.toHaveProperty(MARK);
    }
  });

  test('after a changed construct id, the Delete of the old resource changes nothing, whatever the stack does', async () => {
    const before = await scene.deployed(imported(Teardown.empty({ requireTag: STAGE }), 'Before'));
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 5, kind: 'flat' });
    const { after, answer } = await scene.update(before, imported(Teardown.empty({ requireTag: STAGE }), 'After'));
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    for (const status of ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'DELETE_IN_PROGRESS']) {
      scene.status(before, status);
      expect(await scene.send(before, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toHaveLength(5);
      expect(scene.tags[MARK]).toBe(`${UUID}:${scene.resourceOf(after)}`);
    }
  });

  test('a replaced repository keeps its images', async () => {
    const before = await scene.deployed(emptied());
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 5, kind: 'flat' });
    const ResourceProperties = {
      ...before.customResourceProperties(scene.resourceOf(before)), RepositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/team/new',
    };
    scene.ecr.seed({ repositoryName: 'team/new', tags: scene.tags });
    scene.status(before, 'UPDATE_IN_PROGRESS');
    const OldResourceProperties = before.customResourceProperties(scene.resourceOf(before));
    expect(await scene.send(before, 'Update', { ResourceProperties, OldResourceProperties })).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toHaveLength(5);
  });

  test('an update of any other property removes nothing', async () => {
    const before = await scene.deployed(emptied({ maxImages: 9, exceptTags: ['a*'] }));
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 5, kind: 'flat' });
    const others = { maxImages: 0, exceptNewest: 1, requireTag: STAGE, audit: TeardownAudit.toLogs() };
    for (const build of [emptied(), emptied(others), owned(Teardown.deleteWithImages())]) {
      expect((await scene.update(before, build)).answer).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toHaveLength(5);
    }
  });
});

describe('when a failed first deployment is deleted', () => {
  test('images that may be older than the stack are refused, and the command lifts the refusal', async () => {
    const stack = await scene.deployed(imported(Teardown.empty({ requireTag: STAGE })), 'Stack', 'CREATE_FAILED');
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 5, kind: 'flat' });
    const refusal = await scene.destroy(stack);
    expect(refusal).toMatchObject({
      Status: 'FAILED', Reason: expect.stringContaining('never finished (its status before the deletion was CREATE_FAILED)'),
    });
    expect(scene.left).toHaveLength(5);
    scene.obey(refusal);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY)).toMatchObject({ exists: true, images: [], tags: { stage: 'test' } });
  });

  test('nothing is refused if no image would be removed', async () => {
    const stack = await scene.deployed(emptied({ exceptTags: ['v*'] }), 'Stack', 'CREATE_FAILED');
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 6, kind: 'multiArch' });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toHaveLength(6);
  });
});
