import { FOR_SHOWING, hurry } from './hurried-clock';
import { bystander, Guards, Subject, TAGS } from './subject';
import type { World } from './world';

/** Deploys the subject with these guards and fills its repository, in the order that its kind asks for. */
export async function deployed(world: World, subject: Subject, guards: Guards = {}, stackName = 'Test'): Promise<void> {
  await stocked(world, subject);
  await world.deploy(stackName, stack => {
    bystander(stack);
    subject.declare(stack, guards);
    hurry(stack, world.emulator, FOR_SHOWING); // a mark counts after four seconds, and is looked for for two minutes
  });
  if (subject.kind === 'owned') await world.push(subject.repository);
  await world.ends({
    stacks: { [stackName]: { status: 'CREATE_COMPLETE', left: 'template' } },
    repositories: { [subject.repository]: { tags: TAGS, mark: [stackName, subject.teardown] } },
  });
}

/** An imported repository is there, with its images, before any stack. */
export async function stocked(world: World, subject: Subject): Promise<void> {
  if (subject.kind === 'imported') {
    await world.createRepository(subject.repository, TAGS);
    await world.push(subject.repository);
  }
}
