import { imageUri, ShieldWorld } from './shield-world';
import { keepTag, releasedTag } from '../../../src/core/shield/tags';

const APP = 'team/app';

let world: ShieldWorld;
beforeEach(async () => { world = await ShieldWorld.start(); });
afterEach(() => world.stop());

test.each([
  ['at once', 'assumed', []], ['late', 'other', ['image-unreadable']],
] as const)('an image in use is protected, then released, and protected again if reads show writes %s (%s reading)', async (
  _when, reading, findings,
) => {
  world.account.readings.set('reads-see-writes', reading);
  world.account.ecr.seed({ repositoryName: APP });
  const children = [1, 2].map(() => world.account.ecr.addImage({ repositoryName: APP, pushedAt: new Date(world.now) }));
  const digest = world.account.ecr.addImage({ repositoryName: APP, children, tags: ['v1'], pushedAt: new Date(world.now) });
  const other = world.account.ecr.addImage({ repositoryName: APP, tags: ['v2'], pushedAt: new Date(world.now) });
  const image = imageUri(APP, 'v1');
  const taskDefinition = world.account.ecs.taskDefinition('app', { containers: [image] });
  const start = () => world.account.ecs.cluster().task({ taskDefinition, containers: [{ image, imageDigest: children[0] }] });
  /** A late read can make the second run necessary. */
  const tagsAfterTwoRuns = async () => {
    for (let runs = 0; runs < 2; runs++) expect(await world.run()).toMatchObject({ succeeded: true });
    return [digest, other].map(each => [...world.tagsOf(APP, each) ?? []].sort());
  };
  const task = start();
  expect(await tagsAfterTwoRuns()).toEqual([[keepTag('in-use-', digest), 'v1'], ['v2']]);
  world.account.ecs.cluster().tasks.delete(task);
  world.pass(15);
  expect(await tagsAfterTwoRuns()).toEqual([['v1', releasedTag('in-use-', digest)], ['v2']]);
  start();
  world.pass(1);
  expect(await tagsAfterTwoRuns()).toEqual([[keepTag('in-use-', digest, 2), 'v1', releasedTag('in-use-', digest)], ['v2']]);
  expect(world.findings.map(({ kind }) => kind)).toEqual(findings);
});
