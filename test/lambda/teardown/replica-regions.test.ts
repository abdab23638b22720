import { imported, owned, REPOSITORY, Scene, STAGE } from './scene';
import { Teardown } from '../../../src';
import { DeployedStack } from '../deployed-stack';

const [HERE, WEST, CENTRAL] = ['us-east-1', 'eu-west-1', 'eu-central-1'].map(region => ({ region }));
const REPLICATED = owned(Teardown.deleteWithImages({ replicaRegions: [WEST.region, CENTRAL.region] }));

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.start();
  scene.ecr.replicate({ from: HERE, to: [WEST, CENTRAL], prefix: 'team/' });
});
afterEach(() => scene.stop());

const images = (place: { region: string }) => scene.ecr.images(REPOSITORY, place);
const there = (region: string) => scene.ecr.calls.filter(call => call.region === region).map(({ operation }) => operation);

describe('the deployment reads each Region', () => {
  test('once, and changes nothing there', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages()));
    scene.ecr.clearCalls();
    const { answer } = await scene.update(stack, REPLICATED);
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect([WEST, CENTRAL].map(({ region }) => there(region))).toEqual([['ListTagsForResource'], ['ListTagsForResource']]);
  });

  test.each(['accessDenied', 'serverError', 'reset'] as const)('and fails without setting a mark if a Region cannot be reached'
    + ' (%s)', async kind => {
    scene.ecr.faults.add({ kind, region: CENTRAL.region, times: Infinity });
    const guarded = imported(Teardown.deleteWithImages({ replicaRegions: [WEST.region, CENTRAL.region], requireTag: STAGE }));
    const answer = await scene.deploy(DeployedStack.of('Stack', guarded));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'cdk-ecr-keeper:not-created' });
    expect(answer?.Reason).toMatch(/^Repository 'team\/app' in eu-central-1 cannot be read\. Check that 'replicaRegions' lists only Regions that are enabled in the account, then deploy again\.\n/);
    expect(scene.tags).toEqual({ stage: 'test' });
  });

  test('and fails if an Update adds such a Region, but not in its rollback', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages()));
    scene.ecr.faults.add({ kind: 'serverError', region: WEST.region, times: Infinity });
    expect((await scene.update(stack, REPLICATED)).answer)
      .toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('in eu-west-1 cannot be read') });
    expect((await scene.update(stack, REPLICATED, 'UPDATE_ROLLBACK_IN_PROGRESS')).answer).toMatchObject({ Status: 'SUCCESS' });
  });
});

describe('when the source does not exist anymore', () => {
  async function orphaned() {
    const stack = await scene.deployed(REPLICATED);
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 3, kind: 'flat' });
    scene.ecr.vanish(REPOSITORY);
    scene.ecr.vanish(REPOSITORY, CENTRAL);
    expect([WEST, CENTRAL].map(images)).toEqual([3, 0]);
    return stack;
  }

  test('its possible replicas are kept, and the response names them until somebody deletes them', async () => {
    const stack = await orphaned();
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(
        /^Repository 'team\/app' does not exist, but repositories of that name exist in eu-west-1\. They were not deleted, .* If they are, delete them yourself\. Then delete the stack again\.\n/),
    });
    expect(answer?.Reason)
      .toMatch(/\naws cloudformation delete-stack --region us-east-1 --stack-name Stack --retain-resources AppTeardown\w+$/);
    expect(images(WEST)).toBe(3);
    scene.ecr.vanish(REPOSITORY, WEST);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('the deletion of only the resource succeeds', async () => {
    const stack = await orphaned();
    scene.status(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    expect(await scene.send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(images(WEST)).toBe(3);
  });
});
