import { match, strictEqual } from 'node:assert/strict';
import type { LocalWorld } from './local-world';
import { refusalIn } from './refusal';
import { onFakes, Scene } from './scene';
import { Subject, SUBJECTS, TAGS } from './subject';
import { MARK } from './world';
import type { DeployedStack } from '../../lambda/deployed-stack';

interface Nest {
  readonly root: string;
  readonly parent: string;
  readonly stack: DeployedStack;
}

const nest = (world: LocalWorld, subject: Subject, names = ['Root', 'Nested']): Nest => {
  if (subject.kind === 'imported') world.seed(subject.repository, TAGS);
  return world.nested(names, stack => subject.declare(stack, { maxImages: 12 }));
};

/** Root, what is between, and the nested stack are created; `root` says in what kind of operation of the root. */
const create = async (world: LocalWorld, { root, parent, stack }: Nest, rootStatuses = ['CREATE_IN_PROGRESS']) => {
  world.becomes(root, ...rootStatuses);
  if (parent !== root) world.becomes(parent, 'CREATE_IN_PROGRESS');
  world.becomes(stack.stackId, 'CREATE_IN_PROGRESS');
  world.makeNatives(stack);
  await world.succeeds(stack, 'Create');
  world.becomes(stack.stackId, 'CREATE_COMPLETE');
  if (parent !== root) world.becomes(parent, 'CREATE_COMPLETE');
};

const deployed = async (world: LocalWorld, subject: Subject, names?: string[]): Promise<Nest> => {
  const all = nest(world, subject, names);
  await create(world, all);
  world.becomes(all.root, 'CREATE_COMPLETE');
  world.ends({ [subject.repository]: { tags: TAGS, mark: world.mark(all.stack) } });
  return all;
};

/** The Delete comes; CloudFormation itself keeps a repository that has a teardown: every image stays. */
const leavesEverything = async (world: LocalWorld, subject: Subject, stack: DeployedStack) => {
  world.becomes(stack.stackId, 'DELETE_IN_PROGRESS');
  await world.succeeds(stack, 'Delete');
  world.becomes(stack.stackId, 'DELETE_COMPLETE');
  world.ends({ [subject.repository]: { tags: TAGS } });
};

/** The creation of the nested stack is undone: what it created and holds images is refused, what others own is left. */
const isUndone = async (world: LocalWorld, subject: Subject, stack: DeployedStack) => {
  if (subject.kind === 'imported') return leavesEverything(world, subject, stack);
  world.becomes(stack.stackId, 'DELETE_IN_PROGRESS');
  const answer = await world.send(stack, 'Delete');
  match(refusalIn(answer!.Reason).because, /was not deleted: its creation is undone by a rollback but it holds images/);
  world.becomes(stack.stackId, 'DELETE_FAILED');
  world.ends({ [subject.repository]: { tags: TAGS, mark: world.mark(stack) } });
};

/** 8. On AWS a nested stack is DELETE_IN_PROGRESS also when only it goes; whether all goes says its root. */
export const nestedStack: Scene[] = SUBJECTS.flatMap(subject => [
  onFakes(`8a ${subject.kind}: the update that adds the nested stack rolls back`, async world => {
    const all = nest(world, subject);
    await create(world, all, ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS']);
    world.becomes(all.root, 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await isUndone(world, subject, all.stack);
    world.becomes(all.root, 'UPDATE_ROLLBACK_COMPLETE');
  }),

  onFakes(`8b ${subject.kind}: the create of the root rolls back, the nested stack with it`, async world => {
    const all = nest(world, subject);
    await create(world, all);
    world.becomes(all.root, 'ROLLBACK_IN_PROGRESS');
    await isUndone(world, subject, all.stack);
  }),

  onFakes(`8c ${subject.kind}: the nested stack is updated, and that is rolled back with the root`, async world => {
    const { root, stack } = await deployed(world, subject);
    world.becomes(root, 'UPDATE_IN_PROGRESS');
    world.becomes(stack.stackId, 'UPDATE_IN_PROGRESS');
    await world.succeeds(stack, 'Update');
    world.becomes(root, 'UPDATE_ROLLBACK_IN_PROGRESS');
    world.becomes(stack.stackId, 'UPDATE_ROLLBACK_IN_PROGRESS');
    await world.succeeds(stack, 'Update');
    world.ends({ [subject.repository]: { tags: TAGS, mark: world.mark(stack) } });
    world.becomes(stack.stackId, 'UPDATE_ROLLBACK_COMPLETE');
    world.becomes(root, 'UPDATE_ROLLBACK_COMPLETE', 'DELETE_IN_PROGRESS');
    world.becomes(stack.stackId, 'DELETE_IN_PROGRESS');
    await world.succeeds(stack, 'Delete');
    world.ends({});
  }),

  onFakes(`8d ${subject.kind}: the nested stack is removed from its parent`, async world => {
    const { root, stack } = await deployed(world, subject);
    world.becomes(root, 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await leavesEverything(world, subject, stack);
    world.becomes(root, 'UPDATE_COMPLETE');
  }),

  onFakes(`8e ${subject.kind}: the parent, itself nested, is removed from the root`, async world => {
    const { root, parent, stack } = await deployed(world, subject, ['Root', 'Middle', 'Nested']);
    world.becomes(root, 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    world.becomes(parent, 'DELETE_IN_PROGRESS');
    await leavesEverything(world, subject, stack);
  }),

  onFakes(`8f ${subject.kind}: the root is deleted, and everything with it`, async world => {
    const { root, parent, stack } = await deployed(world, subject, ['Root', 'Middle', 'Nested']);
    world.becomes(root, 'DELETE_IN_PROGRESS');
    world.becomes(parent, 'DELETE_IN_PROGRESS');
    world.becomes(stack.stackId, 'DELETE_IN_PROGRESS');
    await world.succeeds(stack, 'Delete');
    if (subject.kind === 'owned') strictEqual(await world.deleteNative(subject.repository), 'deleted');
    world.ends({});
  }),

  onFakes(`8g ${subject.kind}: a guard refuses in a nested stack; lifted, the root is deleted again`, async world => {
    const { root, stack } = await deployed(world, subject);
    // of a repository of somebody else, no command lifts the required tag
    const tags = { stage: subject.kind === 'owned' ? 'prod' : 'test' };
    world.account.ecr.retag(subject.repository, { ...tags, [MARK]: undefined });
    for (const id of [root, stack.stackId]) world.becomes(id, 'DELETE_IN_PROGRESS');
    const answer = await world.send(stack, 'Delete');
    strictEqual(answer?.Status, 'FAILED');
    const { lift, keep } = refusalIn(answer.Reason);
    match(keep, /delete the parent stack Root with --retain-resources and the logical id that the nested stack Nested has there$/);
    world.ends({ [subject.repository]: { tags } });
    for (const id of [stack.stackId, root]) world.becomes(id, 'DELETE_FAILED');
    await world.run(lift);
    for (const id of [root, stack.stackId]) world.becomes(id, 'DELETE_IN_PROGRESS');
    await world.succeeds(stack, 'Delete');
    world.ends({});
  }),
]);
