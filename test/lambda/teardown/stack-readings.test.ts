import { commandIn, owned, REPOSITORY, Scene, STAGE } from './scene';
import { Teardown } from '../../../src';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const READINGS = ['assumed', 'other'] as const;
const fill = () => scene.ecr.seed({ repositoryName: REPOSITORY, images: 6, kind: 'flat' });

test.each(READINGS)('the command in the event of a refusal lifts it, even if events do not contain long reasons completely'
  + ' (event-holds-whole-reason: %s)', async reading => {
  scene.account.readings.set('event-holds-whole-reason', reading);
  const stack = await scene.deployed(owned(Teardown.deleteWithImages({ maxImages: 5, protectedTags: ['v*'], requireTag: STAGE })));
  fill();
  scene.add({ tags: ['v1'] });
  const refusal = await scene.destroy(stack);
  expect(refusal?.Status).toBe('FAILED');
  const event = scene.account.cloudFormation.stack(stack.stackId).events.find(({ ResourceStatusReason }) => ResourceStatusReason);
  expect(event?.ResourceStatusReason?.slice(0, 1_000)).toContain(commandIn(refusal));
  scene.obey(refusal);
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
});

test('if CloudFormation deletes only the policy of the function after a refusal (delete-failed-keeps-policy),'
  + ' the next deletion says that its role was denied, and nothing is deleted', async () => {
  const stack = await scene.deployed(owned(Teardown.deleteWithImages({ maxImages: 5 })));
  fill();
  scene.obey(await scene.destroy(stack));
  scene.ecr.principal(scene.account.roleOf(stack), { policy: [] });
  const answer = await scene.destroy(stack);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('the function\'s role was denied') });
  expect(scene.left).toHaveLength(6);
});
