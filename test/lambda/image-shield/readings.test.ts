import { BUCKET, imageUri, ShieldWorld } from './shield-world';

const APP = 'team/app';
const ROWS_OF_A_PAGE = 1_000;

let world: ShieldWorld;
beforeEach(async () => { world = await ShieldWorld.start(); });
afterEach(() => world.stop());

test.each([['assumed', 2], ['other', 1]] as const)('a missing state is rebuilt from the keep tags, whether or not the last page of a'
  + ' list can be empty: %s reading with %d pages', async (reading, pages) => {
  world.account.readings.set('last-page-empty', reading);
  world.account.ecr.seed({ repositoryName: APP, images: ROWS_OF_A_PAGE - 1, kind: 'flat' });
  const digest = world.account.ecr.addImage({ repositoryName: APP, tags: ['last-of-the-page'] });
  world.account.ecr.addImage({ repositoryName: APP });
  const image = imageUri(APP, 'last-of-the-page');
  const taskDefinition = world.account.ecs.taskDefinition('app', { containers: [image] });
  const task = world.account.ecs.cluster().task({ taskDefinition, containers: [{ image, imageDigest: digest }] });
  await world.run();
  world.account.ecs.cluster().tasks.delete(task);
  world.account.s3.edit(BUCKET, world.stateKey(APP), JSON.stringify({ version: 1, complete: false, images: {} }));
  world.account.ecr.clearCalls();
  expect(await world.run()).toMatchObject({ protected: 1, released: 0 });
  const lists = world.account.ecr.calls.filter(({ operation, input }) => operation === 'DescribeImages' && input.imageIds === undefined);
  expect(lists).toHaveLength(pages);
  world.pass(15);
  expect(await world.run()).toMatchObject({ released: 1 });
});
