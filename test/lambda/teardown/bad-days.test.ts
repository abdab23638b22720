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

describe('others go on working', () => {
  test('an image that is pushed during the deletion goes too', async () => {
    const stack = await scene.deployed(emptied());
    seed(150);
    scene.meanwhile(deletes, () => { addWhole(scene, 'late'); });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
  });

  test('one that is named to stay stays, with all that hangs on it', async () => {
    const stack = await scene.deployed(emptied({ exceptTags: ['keep*'] }));
    const whole = addWhole(scene, 'keep-1');
    seed(150);
    scene.meanwhile(deletes, () => { whole.push(...addWhole(scene, 'keep-2')); });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(whole.sort());
  });

  test('a newer one does not push out what was kept as the newest', async () => {
    const stack = await scene.deployed(emptied({ exceptNewest: 1 }));
    seed(150);
    const kept = [scene.add({ tags: ['was-newest'] })];
    scene.meanwhile(deletes, () => { kept.push(scene.add({ tags: ['newer'] })); });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(kept.sort());
  });

  test.each(['accepted', 'refused'] as const)('a tag that names to stay moves to an image that is about to be deleted: both stay;'
    + ' ids with a filter are %s by ECR', async reading => {
    scene.ecr.idsWithFilter = reading;
    const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
    const kept = [scene.add({ tags: ['keep'] }), scene.add({ tags: ['other'] })];
    seed(20);
    scene.meanwhile(lists, () => scene.moveTag('keep', kept[1]));
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(kept.sort());
  });

  test('and to an index: its children stay with it', async () => {
    const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
    const children = [scene.add(), scene.add()];
    const inner = scene.add({ children });
    const outer = scene.add({ children: [inner], tags: ['other'] });
    seed(20);
    scene.meanwhile(lists, () => scene.moveTag('keep', outer));
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([...children, inner, outer].sort());
  });

  describe('what hangs on an image that such a tag moves to stays too', () => {
    const withSignatures = () => {
      const moved = scene.add({ tags: ['other'] });
      return [
        moved, scene.add({ subject: moved, artifactType: 'application/x.sig' }), scene.add({ tags: [`${moved.replace(':', '-')}.sig`] }),
      ];
    };

    test('all of it, where nothing was removed yet', async () => {
      const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
      const kept = [scene.add({ tags: ['keep'] })];
      kept.push(...withSignatures());
      seed(20);
      scene.meanwhile(lists, () => scene.moveTag('keep', kept[1]));
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toEqual(kept.sort());
    });

    test('among a thousand: nothing of it is removed once the tag was seen', async () => {
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

  test('an index is pushed over an image that is about to be deleted', async () => {
    const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
    const child = scene.add();
    seed(20);
    let index = '';
    scene.meanwhile(looks, () => { index = scene.add({ children: [child], tags: ['keep'] }); });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([child, index].sort());
  });

  test('somebody else deletes images meanwhile: those that are gone need not be deleted', async () => {
    for (const options of [{}, { exceptTags: ['keep'] }]) {
      const stack = await scene.deployed(emptied(options));
      seed(30);
      const digests = scene.left;
      // only the repository is asked, so take them away by making it anew with fewer, mark and all
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
  ])('the repository goes after the first %s: there is nothing left to empty', async (_which, after) => {
    const stack = await scene.deployed(emptied());
    seed(250);
    scene.meanwhile(after, () => scene.ecr.vanish(REPOSITORY));
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });

  test.each([
    ['listing', lists], ['deletion', deletes],
  ])('made again by somebody after the first %s: no image of theirs goes', async (_which, after) => {
    const stack = await scene.deployed(imported(Teardown.empty({ requireTag: STAGE })));
    seed(250);
    scene.meanwhile(after, () => scene.ecr.recreate(REPOSITORY, { images: 40, kind: 'multiArch', tags: { stage: 'test' } }));
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^Repository 'team\/app': the function's role was refused ecr:BatchDeleteImage .* — look for/),
    });
    expect(scene.left).toHaveLength(40);
    expect(scene.tags).toEqual({ stage: 'test' });
  });
});

describe('failures in an answer of 200', () => {
  test.each(['KmsError', 'ImageInaccessible'])('%s that passes is tried again', async failureCode => {
    const stack = await scene.deployed(emptied());
    seed(12, 'multiArch');
    scene.ecr.faults.add({ kind: 'imageFailure', operation: 'BatchDeleteImage', failureCode, times: 2 });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
    expect(scene.ecr.faults.pending).toEqual([]);
  });

  test.each(['KmsError', 'ImageInaccessible', 'UpstreamTooManyRequests'])('%s of one image that stays: the others go, the answer names it,'
    + ' and the next try goes on', async failureCode => {
    const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
    const kept = scene.add({ tags: ['keep'] });
    seed(230);
    const [stuck] = scene.left.filter(digest => digest !== kept);
    scene.ecr.faults.add({ kind: 'imageFailure', operation: 'BatchDeleteImage', failureCode, imageDigest: stuck, times: Infinity });
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(new RegExp('^Repository \'team/app\': 1 image cannot be deleted, 229 were — mend this, then try again:'
        + ` ${stuck.slice(0, 19)}: ${failureCode}`)),
    });
    expect(scene.left).toEqual([kept, stuck].sort());
    expect(scene.tags).toHaveProperty(MARK);
    scene.ecr.faults.clear();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([kept]);
  });

  test('an index that cannot go holds its children, which are not blamed on others for ever', async () => {
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

test('the same repository is emptied by two requests at once', async () => {
  const stack = await scene.deployed(emptied());
  seed(900, 'multiArch');
  scene.status(stack, 'DELETE_IN_PROGRESS');
  const answers = await Promise.all(['one', 'two'].map(RequestId => scene.send(stack, 'Delete', { RequestId })));
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }, { Status: 'SUCCESS' }]);
  expect(scene.left).toEqual([]);
});

test('throttled twice at each operation: tried again', async () => {
  const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
  seed(300, 'multiArch');
  for (const operation of ['ListTagsForResource', 'DescribeImages', 'BatchDeleteImage']) {
    scene.ecr.faults.add({ kind: 'throttle', operation, times: 2 });
  }
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([]);
  expect(scene.ecr.faults.pending).toEqual([]);
});

test('throttled to the end: FAILED, and the next try goes on', async () => {
  const stack = await scene.deployed(emptied());
  seed(250);
  scene.ecr.faults.add({ kind: 'throttle', operation: 'BatchDeleteImage', skip: 1, times: Infinity });
  expect(await scene.destroy(stack)).toMatchObject({
    Status: 'FAILED', Reason: expect.stringMatching(/^Repository 'team\/app': Rate exceeded — AWS throttled every attempt/),
  });
  expect(scene.left).toHaveLength(150);
  scene.ecr.faults.clear();
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([]);
});

test('time is nearly up: FAILED with the progress, nothing goes on afterwards, and the next try does', async () => {
  const stack = await scene.deployed(emptied());
  seed(950);
  let held = 0;
  scene.ecr.onCall = async call => {
    if (deletes(call) && ++held > 4) await new Promise(resolve => setTimeout(resolve, 1_500));
  };
  const answer = await scene.destroy(stack, { remaining: 15_000 + 700 });
  expect(answer).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(/^Repository 'team\/app': time ran out while emptying Repository 'team\/app' \([1-4]00 images removed so far\) — try again, it goes on from there/),
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
