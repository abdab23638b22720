import { addWhole, emptied, imported, MARK, REPOSITORY, Scene, STAGE } from './scene';
import { Teardown } from '../../../src';
import type { Call } from '../../local-ecr/local-service';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const seed = (images: number, kind: 'flat' | 'multiArch' = 'flat') => scene.ecr.seed({ repositoryName: REPOSITORY, images, kind });
const deletes = ({ operation }: Call) => operation === 'BatchDeleteImage';
const lists = ({ operation, input }: Call) => operation === 'DescribeImages' && input.imageIds === undefined;
const asked = ({ input }: Call) =>
  (input.imageIds as Array<{ imageDigest: string }> | undefined ?? []).map(({ imageDigest }) => imageDigest);
const looks = ({ operation, input }: Call) => operation === 'DescribeImages' && input.imageIds !== undefined;

describe('while others use the repository', () => {
  test('an image that is pushed during the deletion is removed too', async () => {
    const stack = await scene.deployed(emptied());
    seed(150);
    scene.meanwhile(deletes, () => { addWhole(scene, 'late'); });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
  });

  test('an excepted image is kept with everything attached to it', async () => {
    const stack = await scene.deployed(emptied({ exceptTags: ['keep*'] }));
    const whole = addWhole(scene, 'keep-1');
    seed(150);
    scene.meanwhile(deletes, () => { whole.push(...addWhole(scene, 'keep-2')); });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(whole.sort());
  });

  test('a newer image does not replace an image that was kept as the newest', async () => {
    const stack = await scene.deployed(emptied({ exceptNewest: 1 }));
    seed(150);
    const kept = [scene.add({ tags: ['was-newest'] })];
    scene.meanwhile(deletes, () => { kept.push(scene.add({ tags: ['newer'] })); });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(kept.sort());
  });

  test.each(['assumed', 'other'] as const)('both images are kept if an excepted tag moves to an image that is about to be removed;'
    + ' whether ECR accepts ids with a filter: the %s reading', async reading => {
    scene.ecr.readings.set('ids-with-filter', reading);
    const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
    const kept = [scene.add({ tags: ['keep'] }), scene.add({ tags: ['other'] })];
    seed(20);
    scene.meanwhile(lists, () => scene.moveTag('keep', kept[1]));
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(kept.sort());
  });

  test('the children of an index are kept if an excepted tag moves to it', async () => {
    const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
    const children = [scene.add(), scene.add()];
    const inner = scene.add({ children });
    const outer = scene.add({ children: [inner], tags: ['other'] });
    seed(20);
    scene.meanwhile(lists, () => scene.moveTag('keep', outer));
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([...children, inner, outer].sort());
  });

  describe('the artifacts attached to an image that an excepted tag moves to are kept', () => {
    const withSignatures = () => {
      const moved = scene.add({ tags: ['other'] });
      return [
        moved, scene.add({ subject: moved, artifactType: 'application/x.sig' }), scene.add({ tags: [`${moved.replace(':', '-')}.sig`] }),
      ];
    };

    test('if nothing was removed yet', async () => {
      const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
      const kept = [scene.add({ tags: ['keep'] })];
      kept.push(...withSignatures());
      seed(20);
      scene.meanwhile(lists, () => scene.moveTag('keep', kept[1]));
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toEqual(kept.sort());
    });

    test('if they are among a thousand images, from the moment the tag is read', async () => {
      const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
      scene.add({ tags: ['keep'] });
      const [moved, ...signatures] = withSignatures();
      seed(950);
      scene.meanwhile(lists, () => scene.moveTag('keep', moved));
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toContain(moved);
      const seen = scene.ecr.calls.findIndex(call => looks(call) && asked(call).includes(moved));
      const anew = scene.ecr.calls.findIndex((call, index) => index > seen && lists(call));
      expect(anew).toBeGreaterThan(seen);
      const afterwards = scene.ecr.calls.slice(anew).filter(deletes).flatMap(asked);
      for (const signature of signatures) expect(afterwards).not.toContain(signature);
      expect(scene.left).toHaveLength(scene.left.filter(digest => [moved, ...signatures].includes(digest)).length + 1);
    });
  });

  test('an index that is pushed for an image that is about to be removed is removed too', async () => {
    const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
    const child = scene.add();
    seed(20);
    let index = '';
    scene.meanwhile(looks, () => { index = scene.add({ children: [child], tags: ['keep'] }); });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([child, index].sort());
  });

  test('images that somebody else deletes meanwhile are not an error', async () => {
    for (const options of [{}, { exceptTags: ['keep'] }]) {
      const stack = await scene.deployed(emptied(options));
      seed(30);
      const digests = scene.left;
      // only the repository is read, so create it again with fewer images and its mark
      const tags = scene.tags;
      scene.meanwhile(lists, () => {
        scene.ecr.vanish(REPOSITORY);
        scene.ecr.seed({ repositoryName: REPOSITORY, images: 7, kind: 'flat', tags });
      });
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toEqual([]);
      expect(digests).toHaveLength(30);
      scene.ecr.vanish(REPOSITORY);
    }
  });

  test.each([
    ['listing', lists], ['deletion', deletes],
  ])('the request succeeds if somebody deletes the repository after the first %s', async (_which, after) => {
    const stack = await scene.deployed(emptied());
    seed(250);
    scene.meanwhile(after, () => scene.ecr.vanish(REPOSITORY));
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });

  test.each([
    ['listing', lists], ['deletion', deletes],
  ])('no image is removed from a repository that somebody creates again after the first %s', async (_which, after) => {
    const stack = await scene.deployed(imported(Teardown.empty({ requireTag: STAGE })));
    seed(250);
    scene.meanwhile(after, () => scene.ecr.recreate(REPOSITORY, { images: 40, kind: 'multiArch', tags: { stage: 'test' } }));
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^Repository 'team\/app': the function's role was denied ecr:BatchDeleteImage .*\. Check for/),
    });
    expect(scene.left).toHaveLength(40);
    expect(scene.tags).toEqual({ stage: 'test' });
  });
});

describe('failures in a response with status 200', () => {
  test.each(['KmsError', 'ImageInaccessible'])('a temporary %s is retried', async failureCode => {
    const stack = await scene.deployed(emptied());
    seed(12, 'multiArch');
    scene.ecr.faults.add({ kind: 'imageFailure', operation: 'BatchDeleteImage', failureCode, times: 2 });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
    expect(scene.ecr.faults.pending).toEqual([]);
  });

  test.each(['KmsError', 'ImageInaccessible', 'UpstreamTooManyRequests'])('a permanent %s of one image does not stop the others, the'
    + ' response names it,'
    + ' and the next attempt continues', async failureCode => {
    const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
    const kept = scene.add({ tags: ['keep'] });
    seed(230);
    const [stuck] = scene.left.filter(digest => digest !== kept);
    scene.ecr.faults.add({ kind: 'imageFailure', operation: 'BatchDeleteImage', failureCode, imageDigest: stuck, times: Infinity });
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(new RegExp('^Repository \'team/app\': 1 image cannot be deleted \\(229 were deleted\\):'
        + ` ${stuck.slice(0, 19)}: ${failureCode}`)),
    });
    expect(scene.left).toEqual([kept, stuck].sort());
    expect(scene.tags).toHaveProperty(MARK);
    scene.ecr.faults.clear();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([kept]);
  });

  test('an index that cannot be removed keeps its children, and the response names only its failure', async () => {
    const stack = await scene.deployed(emptied());
    const child = scene.add();
    const index = scene.add({ children: [child], tags: ['v1'] });
    seed(5);
    scene.ecr.faults.add({ kind: 'imageFailure', operation: 'BatchDeleteImage', imageDigest: index, times: Infinity });
    const answer = await scene.destroy(stack);
    expect(answer?.Reason).toContain(`${index.slice(0, 19)}: ImageInaccessible`);
    expect(answer?.Reason).toContain(`${child.slice(0, 19)}: ImageReferencedByManifestList`);
    expect(scene.left).toEqual([child, index].sort());
  });
});

test('two requests can empty the same repository at once', async () => {
  const stack = await scene.deployed(emptied());
  seed(900, 'multiArch');
  scene.status(stack, 'DELETE_IN_PROGRESS');
  const answers = await Promise.all(['one', 'two'].map(RequestId => scene.send(stack, 'Delete', { RequestId })));
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }, { Status: 'SUCCESS' }]);
  expect(scene.left).toEqual([]);
});

test('each operation is retried after it was throttled twice', async () => {
  const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
  seed(300, 'multiArch');
  for (const operation of ['ListTagsForResource', 'DescribeImages', 'BatchDeleteImage']) {
    scene.ecr.faults.add({ kind: 'throttle', operation, times: 2 });
  }
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([]);
  expect(scene.ecr.faults.pending).toEqual([]);
});

test('permanent throttling fails the request, and the next attempt continues', async () => {
  const stack = await scene.deployed(emptied());
  seed(250);
  scene.ecr.faults.add({ kind: 'throttle', operation: 'BatchDeleteImage', skip: 1, times: Infinity });
  expect(await scene.destroy(stack)).toMatchObject({
    Status: 'FAILED', Reason: expect.stringMatching(/^Repository 'team\/app': Rate exceeded\. AWS throttled every attempt/),
  });
  expect(scene.left).toHaveLength(150);
  scene.ecr.faults.clear();
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([]);
});

test('shortly before its timeout, the request fails with its progress, stops, and the next attempt continues', async () => {
  const stack = await scene.deployed(emptied());
  seed(950);
  let held = 0;
  scene.ecr.onCall = async call => {
    if (deletes(call) && ++held > 4) await new Promise(resolve => setTimeout(resolve, 1_500));
  };
  const answer = await scene.destroy(stack, { remaining: 15_000 + 700 });
  expect(answer).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(/^Repository 'team\/app': time ran out while emptying Repository 'team\/app' \([1-4]00 images removed so far\)\. Try again: it continues from there/),
  });
  await new Promise(resolve => setTimeout(resolve, 1_600));
  const left = scene.left.length;
  const called = scene.calls.length;
  expect(left).toBeGreaterThan(0);
  await new Promise(resolve => setTimeout(resolve, 300));
  expect([scene.left.length, scene.calls.length]).toEqual([left, called]);
  scene.ecr.onCall = undefined;
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([]);
});
