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

/** Creates the root, the stack between, and the nested stack. `root` is the operation of the root. */
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

/** Sends the Delete. CloudFormation retains a repository that has a teardown, so every image is kept. */
const leavesEverything = async (world: LocalWorld, subject: Subject, stack: DeployedStack) => {
  world.becomes(stack.stackId, 'DELETE_IN_PROGRESS');
  await world.succeeds(stack, 'Delete');
  world.becomes(stack.stackId, 'DELETE_COMPLETE');
  world.ends({ [subject.repository]: { tags: TAGS } });
};

/**
 * Rolls back the creation of the nested stack. The teardown refuses to delete a created repository with images, and keeps an imported one.
 */
const isUndone = async (world: LocalWorld, subject: Subject, stack: DeployedStack) => {
  if (subject.kind === 'imported') return leavesEverything(world, subject, stack);
  world.becomes(stack.stackId, 'DELETE_IN_PROGRESS');
  const answer = await world.send(stack, 'Delete');
  match(refusalIn(answer!.Reason).because, /was not deleted: its creation is being rolled back but it holds images/);
  world.becomes(stack.stackId, 'DELETE_FAILED');
  world.ends({ [subject.repository]: { tags: TAGS, mark: world.mark(stack) } });
};

/**
 * 8. On AWS, a nested stack is DELETE_IN_PROGRESS even if only that stack is deleted. The status of its root shows whether all is deleted.
 */
export const nestedStack: Scene[] = SUBJECTS.flatMap(subject => [
  onFakes(`8a ${subject.kind}: an update that adds the nested stack can roll back`, async world => {
    const all = nest(world, subject);
    await create(world, all, ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS']);
    world.becomes(all.root, 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await isUndone(world, subject, all.stack);
    world.becomes(all.root, 'UPDATE_ROLLBACK_COMPLETE');
  }),

  onFakes(`8b ${subject.kind}: a creation of the root can roll back with the nested stack`, async world => {
    const all = nest(world, subject);
    await create(world, all);
    world.becomes(all.root, 'ROLLBACK_IN_PROGRESS');
    await isUndone(world, subject, all.stack);
  }),

  onFakes(`8c ${subject.kind}: an update of the nested stack can roll back with the root`, async world => {
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

  onFakes(`8d ${subject.kind}: removing the nested stack from its parent keeps the repository`, async world => {
    const { root, stack } = await deployed(world, subject);
    world.becomes(root, 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await leavesEverything(world, subject, stack);
    world.becomes(root, 'UPDATE_COMPLETE');
  }),

  onFakes(`8e ${subject.kind}: removing the parent, which is nested too, from the root keeps the repository`, async world => {
    const { root, parent, stack } = await deployed(world, subject, ['Root', 'Middle', 'Nested']);
    world.becomes(root, 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    world.becomes(parent, 'DELETE_IN_PROGRESS');
    await leavesEverything(world, subject, stack);
  }),

  onFakes(`8f ${subject.kind}: deleting the root deletes the repository`, async world => {
    const { root, parent, stack } = await deployed(world, subject, ['Root', 'Middle', 'Nested']);
    world.becomes(root, 'DELETE_IN_PROGRESS');
    world.becomes(parent, 'DELETE_IN_PROGRESS');
    world.becomes(stack.stackId, 'DELETE_IN_PROGRESS');
    await world.succeeds(stack, 'Delete');
    if (subject.kind === 'owned') strictEqual(await world.deleteNative(subject.repository), 'deleted');
    world.ends({});
  }),

  onFakes(`8g ${subject.kind}: a refusal in a nested stack can be lifted, and then the root is deleted`, async world => {
    const { root, stack } = await deployed(world, subject);
    // For a repository of another owner, no command lifts the refusal of requireTag.
    const tags = { stage: subject.kind === 'owned' ? 'prod' : 'test' };
    world.account.ecr.retag(subject.repository, { ...tags, [MARK]: undefined });
    for (const id of [root, stack.stackId]) world.becomes(id, 'DELETE_IN_PROGRESS');
    const answer = await world.send(stack, 'Delete');
    strictEqual(answer?.Status, 'FAILED');
    const { lift, keep } = refusalIn(answer.Reason);
    match(keep, /delete the parent stack Root with --retain-resources and the logical id of the nested stack Nested in it\.$/);
    world.ends({ [subject.repository]: { tags } });
    for (const id of [stack.stackId, root]) world.becomes(id, 'DELETE_FAILED');
    await world.run(lift);
    for (const id of [root, stack.stackId]) world.becomes(id, 'DELETE_IN_PROGRESS');
    await world.succeeds(stack, 'Delete');
    world.ends({});
  }),
]);
