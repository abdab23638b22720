import { match, ok } from 'node:assert/strict';
import { CfnParameter, Stack } from 'aws-cdk-lib';
import { refusalOf } from './refusal';
import { onEmulator, Scene } from './scene';
import { bystander, failing, STAGE, TAGS } from './subject';
import { CODE, World } from './world';
import { Repository, RepositoryTeardown, Teardown } from '../../../src';

const REGION = 'eu-west-1';
const FAR = 'team/far';

const tearingDown = (there: World, teardown: Teardown, id = 'Far') => (stack: Stack) => {
  bystander(stack);
  const repository = Repository.fromRepositoryArn(stack, 'Import', there.arn(FAR));
  new RepositoryTeardown(stack, id, { repository, teardown });
};
const DELETE = Teardown.deleteWithImages({ requireTag: STAGE, maxImages: 5 });

/** Creates a repository in another Region, and one of the same name in the Region of the stack, which must not change. */
async function withNamesake(world: World): Promise<World> {
  const there = await world.elsewhere({ region: REGION });
  for (const each of [world, there]) {
    await each.createRepository(FAR, TAGS);
    await each.push(FAR);
  }
  return there;
}

/** Checks the status of the stack, the mark of the repository in the other Region, and that the repository here is unchanged. */
async function stands(
  world: World, there: World, status: string, { id = 'Far', tags = {}, left = 'template' as 'template' | string[] } = {},
): Promise<void> {
  await world.ends({ stacks: { Test: { status, left } }, repositories: { [FAR]: { tags: TAGS } } });
  await there.ends({ stacks: {}, repositories: { [FAR]: { tags: { ...TAGS, ...tags }, mark: world.mark('Test', id) } } });
}

async function gone(world: World, there: World, repositories: Parameters<World['ends']>[0]['repositories'] = {}): Promise<void> {
  await world.ends({ stacks: {}, repositories: { [FAR]: { tags: TAGS } } });
  await there.ends({ stacks: {}, repositories });
}

/** 24. A repository in another Region, imported by its ARN. */
export const anotherRegion: Scene[] = [
  onEmulator('24a another Region: deleting the stack deletes the repository there with its images,'
    + ' and keeps the repository of the same name here', async world => {
    const there = await withNamesake(world);
    await world.deploy('Test', tearingDown(there, DELETE), { isEnvKnown: true });
    await stands(world, there, 'CREATE_COMPLETE');
    await world.destroy('Test');
    await gone(world, there);
  }),

  onEmulator('24b another Region: removing the teardown from the template keeps the images', async world => {
    const there = await withNamesake(world);
    await world.deploy('Test', tearingDown(there, DELETE), { isEnvKnown: true });
    await world.deploy('Test', stack => bystander(stack), { isEnvKnown: true });
    await world.ends({ stacks: { Test: { status: 'UPDATE_COMPLETE', left: ['Bystander'] } }, repositories: { [FAR]: { tags: TAGS } } });
    await there.ends({ stacks: {}, repositories: { [FAR]: { tags: TAGS } } });
    await world.destroy('Test');
    await gone(world, there, { [FAR]: { tags: TAGS } });
  }),

  onEmulator('24c another Region: a new construct id deletes nothing, whether the update rolls back or not', async world => {
    const there = await withNamesake(world);
    await world.deploy('Test', tearingDown(there, DELETE, 'Before'), { isEnvKnown: true });
    await world.deploy('Test', stack => {
      tearingDown(there, DELETE, 'After')(stack);
      failing(stack);
    }, { isEnvKnown: true, expect: 'failed' });
    await stands(world, there, 'UPDATE_ROLLBACK_COMPLETE', { id: 'Before' });
    await world.deploy('Test', tearingDown(there, DELETE, 'After'), { isEnvKnown: true });
    await stands(world, there, 'UPDATE_COMPLETE', { id: 'After' });
    await world.destroy('Test');
    await gone(world, there);
  }),

  onEmulator('24d another Region: the printed command, which names that Region, lifts a refusal', async world => {
    const there = await withNamesake(world);
    const teardown = Teardown.deleteWithImages({ requireTag: STAGE, maxImages: 4 });
    await world.deploy('Test', tearingDown(there, teardown), { isEnvKnown: true });
    const { lift, code } = refusalOf(await world.destroy('Test', { expect: 'failed' }));
    match(lift, new RegExp(`^aws ecr tag-resource --region ${REGION} `));
    const left = world.logicalIds('Test').filter(id => id !== 'Bystander');
    await stands(world, there, 'DELETE_FAILED', { left });
    await world.run(lift);
    await stands(world, there, 'DELETE_FAILED', { left, tags: { [CODE]: code } });
    await world.destroy('Test');
    await gone(world, there);
  }),

  onEmulator('24e another Region, empty: deleting the stack empties the repository there and keeps it', async world => {
    const there = await withNamesake(world);
    await world.deploy('Test', tearingDown(there, Teardown.empty({ requireTag: STAGE })), { isEnvKnown: true });
    await stands(world, there, 'CREATE_COMPLETE');
    await world.destroy('Test');
    there.keeps(FAR, []);
    await gone(world, there, { [FAR]: { tags: TAGS } });
  }),

  onEmulator('24f another Region, stack without an environment: deleting the stack deletes the repository there,'
    + ' and keeps the repository of the same name here', async world => {
    const there = await withNamesake(world);
    await world.deploy('Test', tearingDown(there, DELETE));
    await stands(world, there, 'CREATE_COMPLETE');
    await world.destroy('Test');
    await gone(world, there);
  }),

  onEmulator('24g another Region, unknown until deployment: the creation fails with an explanation and changes nothing', async world => {
    const there = await withNamesake(world);
    const { events } = await world.deploy('Test', stack => {
      bystander(stack);
      const repositoryArn = new CfnParameter(stack, 'Arn').valueAsString;
      const repository = Repository.fromRepositoryAttributes(stack, 'Import', { repositoryArn, repositoryName: FAR });
      new RepositoryTeardown(stack, 'Far', { repository, teardown: DELETE });
    }, { expect: 'failed', parameters: { Arn: there.arn(FAR) } });
    const { reason } = events.find(({ status, type }) => status === 'CREATE_FAILED' && type === 'Custom::EcrTeardown')!;
    match(reason!, /^Repository 'team\/far' is in account \d{12}, Region eu-west-1, but the stack is in account \d{12}, Region [\w-]+\. /);
    ok(reason!.includes(`, Region ${world.env.region}. `), reason);
    await world.ends({ stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } }, repositories: { [FAR]: { tags: TAGS } } });
    await there.ends({ stacks: {}, repositories: { [FAR]: { tags: TAGS } } });
  }),
];
