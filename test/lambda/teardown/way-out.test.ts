import * as s3 from 'aws-cdk-lib/aws-s3';
import { Build, emptied, imported, MARK, owned, REPOSITORY, Scene, STAGE } from './scene';
import { Teardown, TeardownAudit } from '../../../src';
import { DeployedStack } from '../deployed-stack';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const OWNED = /\nTo keep it and delete the rest of the stack, run this command instead:\naws cloudformation delete-stack --region us-east-1 --stack-name Stack --retain-resources AppTeardown\w+$/;
const IMPORTED = /\nTo keep it and delete the rest of the stack, run this command instead:\naws cloudformation delete-stack --region us-east-1 --stack-name Stack --retain-resources AppResource\w+$/;
const audited: Build = stack =>
  owned(Teardown.empty({ audit: TeardownAudit.toBucket(s3.Bucket.fromBucketName(stack, 'Bucket', 'absent')) }))(stack);
const seed = () => scene.ecr.seed({ repositoryName: REPOSITORY, images: 5, kind: 'flat' });
const fault = (operation: string, kind: 'serverError' | 'throttle' | 'accessDenied' | 'imageFailure') =>
  scene.ecr.faults.add({ kind, operation, times: Infinity });

describe('a failed Delete shows how to keep the repository and delete the rest if', () => {
  test.each<[string, Build, () => unknown, RegExp]>([
    ['it was refused', emptied({ maxImages: 1 }), seed, OWNED],
    ['an imported repository was refused', imported(Teardown.deleteWithImages({ maxImages: 1, requireTag: STAGE })), seed, IMPORTED],
    ['the mark was removed', owned(Teardown.deleteWithImages()), () => scene.ecr.retag(REPOSITORY, { [MARK]: undefined }), OWNED],
    ['the audit cannot be written', audited, seed, OWNED],
    ['an index to keep cannot be read', emptied({ exceptTags: ['keep'] }),
      () => scene.add({ children: [scene.add()], tags: ['keep'], status: 'ARCHIVED' }), OWNED],
    ['images cannot be removed', emptied(), () => { seed(); fault('BatchDeleteImage', 'imageFailure'); }, OWNED],
  ])('%s', (_what, build, prepare, wayOut) => endsWith(build, prepare, wayOut));

  // errors other than UserError, which `withWayOut` explains first
  test.each<[string, Build, () => unknown, RegExp]>([
    ['AWS throttles', emptied(), () => { seed(); fault('BatchDeleteImage', 'throttle'); }, OWNED],
    ['AWS fails', imported(Teardown.deleteWithImages({ requireTag: STAGE })), () => fault('DeleteRepository', 'serverError'), IMPORTED],
    ['AWS denies access', owned(Teardown.deleteWithImages()), () => fault('DeleteRepository', 'accessDenied'), OWNED],
    ['the tags cannot be read', owned(Teardown.deleteWithImages()), () => fault('ListTagsForResource', 'serverError'), OWNED],
  ])('%s', (_what, build, prepare, wayOut) => endsWith(build, prepare, wayOut));

  async function endsWith(build: Build, prepare: () => unknown, wayOut: RegExp): Promise<void> {
    const stack = await scene.deployed(build);
    prepare();
    const answer = await scene.destroy(stack);
    expect(answer?.Status).toBe('FAILED');
    expect(answer?.Reason).toMatch(wayOut);
    expect(answer?.Reason.split('--retain-resources')).toHaveLength(2);
  }
});

describe('a failure does not show that way', () => {
  test('in a failed update', async () => {
    const before = await scene.deployed(emptied({ trigger: 'one', maxImages: 1 }));
    seed();
    const { answer } = await scene.update(before, emptied({ trigger: 'two', maxImages: 1 }));
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.not.stringContaining('--retain-resources') });
  });

  test('if only the resource is deleted', async () => {
    const stack = await scene.deployed(imported(Teardown.deleteWithImages({ requireTag: STAGE })));
    scene.ecr.faults.add({ kind: 'accessDenied', operation: 'UntagResource', times: Infinity });
    scene.status(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    expect(await scene.send(stack, 'Delete'))
      .toMatchObject({ Status: 'FAILED', Reason: expect.not.stringContaining('--retain-resources') });
  });
});

test('the way to keep a repository of a nested stack names the parent', async () => {
  const parentId = 'arn:aws:cloudformation:us-east-1:000000000000:stack/Parent/99999999-9999-9999-9999-999999999999';
  const stack = DeployedStack.of('Stack', emptied({ exceptTags: ['keep'] }));
  scene.account.cloudFormation.stack(stack.stackId, { rootId: parentId, parentId });
  expect(await scene.deploy(stack)).toMatchObject({ Status: 'SUCCESS' });
  scene.add({ children: [scene.add()], tags: ['keep'], status: 'ARCHIVED' });
  scene.account.cloudFormation.stack(parentId).status('CREATE_COMPLETE').status('DELETE_IN_PROGRESS');
  const read = {
    Effect: 'Allow', Action: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackEvents'], Resource: parentId,
  } as const;
  scene.ecr.principal(scene.account.roleOf(stack), { policy: [...stack.policy(), read] });
  expect((await scene.destroy(stack))?.Reason)
    .toMatch(/cannot be read .*\nTo keep it, delete the parent stack Parent with --retain-resources and the logical id of the nested stack Stack in it\.$/);
});
