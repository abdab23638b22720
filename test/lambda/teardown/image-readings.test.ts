import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { addWhole, emptied, owned, REPOSITORY, Scene } from './scene';
import { Teardown } from '../../../src';
import { clientOf } from '../../local-ecr/test-client';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const ROWS_OF_A_PAGE = 1_000;
const deletions = () => scene.ecr.calls.filter(({ operation }) => operation === 'BatchDeleteImage');

describe('an emptied repository loses every image', () => {
  test.each(['assumed', 'other'] as const)('of nested indexes, whether ECR looks for indexes once per call or for each image: %s reading',
    async reading => {
      scene.ecr.readings.set('references-at-start', reading);
      const stack = await scene.deployed(emptied());
      scene.ecr.seed({ repositoryName: REPOSITORY, images: 121, kind: 'nested' });
      const shared = scene.add();
      scene.add({ children: [scene.add({ children: [shared] }), shared], tags: ['two-levels'] });
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toEqual([]);
    });

  test.each(['assumed', 'other'] as const)('with the artifacts that refer to it, whether ECR deletes them with it: %s reading',
    async reading => {
      scene.ecr.readings.set('referrers-survive-subject', reading);
      const stack = await scene.deployed(emptied());
      scene.ecr.seed({ repositoryName: REPOSITORY, images: 90, kind: 'referrers' });
      addWhole(scene, 'whole');
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toEqual([]);
      expect(deletions().length).toBeLessThan(9);
    });

  test.each(['assumed', 'other'] as const)('of several pages while somebody else deletes the first one: %s reading', async reading => {
    scene.ecr.readings.set('page-token-is-offset', reading);
    const stack = await scene.deployed(emptied());
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 2 * ROWS_OF_A_PAGE + 100, kind: 'flat' });
    scene.meanwhile(({ operation }) => operation === 'DescribeImages', async () => {
      const imageIds = scene.ecr.repository(REPOSITORY).images.slice(0, 50).map(({ digest }) => ({ imageDigest: digest }));
      await clientOf(scene.ecr, 'somebody').send(new BatchDeleteImageCommand({ repositoryName: REPOSITORY, imageIds }));
    });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
  });
});

test.each(['assumed', 'other'] as const)('an excepted image keeps its artifacts, whether ECR deletes those of the other images itself:'
  + ' %s reading', async reading => {
  scene.ecr.readings.set('referrers-survive-subject', reading);
  const stack = await scene.deployed(emptied({ exceptTags: ['keep'] }));
  const kept = addWhole(scene, 'keep');
  addWhole(scene, 'other');
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual(kept.sort());
});

test.each([['assumed', 'AccessDeniedException'], ['other', 'RepositoryNotFoundException']] as const)(
  'the deletion succeeds if the repository disappears after it was read, in the %s reading with %s', async (reading, outcome) => {
    scene.ecr.readings.set('missing-repository-tag-denied', reading);
    for (const teardown of [Teardown.deleteWithImages(), Teardown.empty()]) {
      const stack = await scene.deployed(owned(teardown));
      scene.ecr.seed({ repositoryName: REPOSITORY, images: 3, kind: 'flat' });
      scene.account.cloudFormation.onCall = () => scene.ecr.vanish(REPOSITORY);
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      scene.account.cloudFormation.onCall = undefined;
      expect(scene.ecr.calls.map(call => call.outcome)).toContain(outcome);
    }
  });
