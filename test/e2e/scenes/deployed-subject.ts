import { FOR_SHOWING } from './hurried-clock';
import { bystander, Guards, Subject, TAGS } from './subject';
import type { World } from './world';

/** Deploys the subject with these guards and pushes images to its repository, in the order that its kind needs. */
export async function deployed(world: World, subject: Subject, guards: Guards = {}, stackName = 'Test'): Promise<void> {
  await stocked(world, subject);
  await world.deploy(stackName, stack => {
    bystander(stack);
    subject.declare(stack, guards);
    world.hurry(stack, FOR_SHOWING); // the handler waits four seconds for a mark to settle, and up to two minutes to see it
  });
  if (subject.kind === 'owned') await world.push(subject.repository);
  await world.ends({
    stacks: { [stackName]: { status: 'CREATE_COMPLETE', left: 'template' } },
    repositories: { [subject.repository]: { tags: TAGS, mark: [stackName, subject.teardown] } },
  });
}

/** Creates an imported repository with its images before the stack. */
export async function stocked(world: World, subject: Subject): Promise<void> {
  if (subject.kind === 'imported') {
    await world.createRepository(subject.repository, TAGS);
    await world.push(subject.repository);
  }
}
