import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { addWhole, emptied, REPOSITORY, Scene } from './scene';
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
