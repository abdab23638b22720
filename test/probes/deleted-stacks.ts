import { ListTagsForResourceCommand } from '@aws-sdk/client-ecr';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { Probe, ProbeWorld } from './probe';
import { custom, ProbeStack, Resource } from './probe-stack';
import { push } from './push';

/** The emulator's file with the switches, relative to `test/`. */
export const EMULATOR = 'e2e/emulator_main.py';

/** Whether a repository exists. Its images are not read. */
export async function isLeft({ account, region }: ProbeWorld, ecr: ECRClient, repositoryName: string): Promise<boolean> {
  const resourceArn = `arn:aws:ecr:${region}:${account}:repository/${repositoryName}`;
  return ecr.send(new ListTagsForResourceCommand({ resourceArn })).then(() => true, (error: Error) => {
    if (error.name === 'RepositoryNotFoundException') return false;
    throw error;
  });
}

/** Deploys a stack that must be complete before the question. */
export async function deployed(stack: ProbeStack, resources: Readonly<Record<string, Resource>>): Promise<void> {
  const status = await stack.deploy(resources);
  if (!/^(CREATE|UPDATE)_COMPLETE$/.test(status)) throw new Error(`the stack is ${status}`);
}

async function afterFailedDeletion(world: ProbeWorld) {
  const stack = await world.stack();
  await deployed(stack, { Custom: custom({ fails: 'Delete' }) });
  const status = await stack.delete();
  if (status !== 'DELETE_FAILED') throw new Error(`the stack is ${status}`);
  return stack.left();
}

/** What becomes of resources when a stack is deleted, or its creation is rolled back. */
export const DELETED_STACKS = [
  {
    id: 'delete-failed-keeps-function',
    fact: 'A stack deletion that fails at a custom resource keeps the function and the role that the custom resource depends on',
    assumed: 'function kept, role kept',
    other: 'function deleted, role deleted',
    fake: EMULATOR,
    rests: ['lambda/shared/teardown/refusal.ts', 'src/private/handler/handler-function.ts', 'src/private/events/refusals.ts'],
    otherwise: 'test/e2e/scenes/without-function.ts',
    minutes: 4,
    async ask(world) {
      const left = await afterFailedDeletion(world);
      return (['function', 'role'] as const).map(part => `${part} ${left[part] ? 'kept' : 'deleted'}`).join(', ');
    },
  },
  {
    id: 'delete-failed-keeps-policy',
    fact: 'A stack deletion that fails at a custom resource keeps the policy of the function that the custom resource depends on',
    assumed: 'kept',
    other: 'deleted',
    fake: EMULATOR,
    rests: ['lambda/shared/aws/send-command.ts'],
    otherwise: 'test/e2e/scenes/without-function.ts',
    minutes: 4,
    async ask(world) {
      const { policy } = await afterFailedDeletion(world);
      return policy ? 'kept' : 'deleted';
    },
  },
  {
    id: 'deletion-skips-retain-except-on-create',
    fact: 'A stack deletion keeps an empty repository with the deletion policy RetainExceptOnCreate',
    assumed: 'DELETE_COMPLETE, repository kept',
    other: 'DELETE_COMPLETE, repository deleted',
    fake: EMULATOR,
    rests: ['src/private/repository/native-repository.ts'],
    otherwise: 'test/e2e/scenes/whole-stack.ts',
    minutes: 2,
    async ask(world) {
      const stack = await world.stack();
      const repository = stack.repository({}, 'RetainExceptOnCreate');
      await deployed(stack, { Repository: repository });
      const status = await stack.delete();
      return `${status}, repository ${await isLeft(world, world.clients.ecr, repository.Properties.RepositoryName) ? 'kept' : 'deleted'}`;
    },
  },
  {
    id: 'rollback-deletes-empty-repository',
    fact: 'A rolled-back stack creation deletes an empty repository with the deletion policy RetainExceptOnCreate',
    assumed: 'ROLLBACK_COMPLETE, repository deleted',
    other: 'ROLLBACK_COMPLETE, repository kept',
    fake: EMULATOR,
    rests: ['lambda/shared/teardown/tear-down.ts'],
    otherwise: 'test/e2e/scenes/rolled-back.ts',
    minutes: 4,
    async ask(world) {
      const stack = await world.stack();
      const repository = stack.repository({}, 'RetainExceptOnCreate');
      const status = await stack.deploy({ Repository: repository, Custom: custom({ fails: 'Create' }, ['Repository']) });
      return `${status}, repository ${await isLeft(world, world.clients.ecr, repository.Properties.RepositoryName) ? 'kept' : 'deleted'}`;
    },
  },
  {
    id: 'rollback-fails-with-images',
    fact: 'A rolled-back stack creation fails at a repository with images and the deletion policy RetainExceptOnCreate',
    assumed: 'ROLLBACK_FAILED, repository kept',
    other: 'ROLLBACK_COMPLETE, repository kept',
    fake: EMULATOR,
    rests: ['docs/operations/troubleshooting.md'],
    otherwise: 'docs/operations/troubleshooting.md',
    minutes: 5,
    async ask(world) {
      const { ecr } = world.clients;
      const stack = await world.stack();
      const repository = stack.repository({}, 'RetainExceptOnCreate');
      const resources = { Repository: repository, Custom: custom({ fails: 'Create' }, ['Repository']) };
      await stack.deploy(resources, { keepsFailed: true });
      await push(ecr, repository.Properties.RepositoryName, { tag: 'v1' });
      const status = await stack.rollBack();
      return `${status}, repository ${await isLeft(world, ecr, repository.Properties.RepositoryName) ? 'kept' : 'deleted'}`;
    },
  },
  {
    id: 'failed-create-is-deleted',
    fact: 'A custom resource whose Create failed gets a Delete with the physical ID of its response in the rollback',
    assumed: 'Create, Delete of-the-response',
    other: 'Create',
    fake: EMULATOR,
    rests: ['lambda/shared/protocol/physical-id.ts', 'lambda/teardown/claim.ts'],
    otherwise: 'docs/operations/troubleshooting.md',
    minutes: 4,
    async ask(world) {
      const stack = await world.stack();
      await stack.deploy({ Custom: custom({ fails: 'Create', id: 'of-the-response' }) });
      return (await stack.requests()).join(', ');
    },
  },
  {
    id: 'changed-physical-id-is-deleted',
    fact: 'A rolled-back update sends a custom resource whose physical ID it changed only a Delete of the new ID',
    assumed: 'Delete two',
    other: 'Update two, Delete two',
    fake: EMULATOR,
    rests: ['lambda/shared/images/memo.ts', 'lambda/image-copy/copy-image.ts'],
    otherwise: 'test/lambda/image-copy/updates.test.ts',
    minutes: 6,
    async ask(world) {
      const stack = await world.stack();
      await deployed(stack, { Custom: custom({ id: 'one' }) });
      await stack.deploy({ Custom: custom({ id: 'two' }), Failing: custom({ fails: 'Create', id: 'failing' }, ['Custom']) });
      const requests = (await stack.requests()).filter(request => !request.includes('failing'));
      return requests.slice(requests.indexOf('Update one') + 1).filter(request => request !== 'Create').join(', ');
    },
  },
] as const satisfies readonly Probe[];
