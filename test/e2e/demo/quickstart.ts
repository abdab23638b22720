import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { Bed, CommandLine, PROJECT } from './bed';
import { BYSTANDER, BYSTANDER_REPOSITORY, bystanderStack } from './bystander';
import { contentOf, Inventory, RepositoryContent, takeInventory } from './inventory';
import { Step } from './steps';
import { Registry } from '../registry';

export const STACK = 'Quickstart';
export const APP = 'quickstart/app';
export const LEGACY = 'quickstart/legacy';
/** The value in examples/quickstart/app.ts. */
const MAX_IMAGES = 2;
const EXAMPLE = join(PROJECT, 'examples', 'quickstart', 'app.ts');
const PRELOAD = join(__dirname, 'cli-credentials.ts');
const TSCONFIG = join(PROJECT, 'examples', 'tsconfig.json');

/** The command that the CDK CLI runs for the example. */
export function appCommand(path: (absolute: string) => string = absolute => `"${absolute}"`): string {
  return `tsx --tsconfig ${path(TSCONFIG)} --import ${path(PRELOAD)} ${path(EXAMPLE)}`;
}

export async function bootstrap(step: Step, bed: Bed): Promise<void> {
  await new CommandLine(bed, appCommand()).succeed(step, 'bootstrap');
  await step.check('the status of the stack CDKToolkit is CREATE_COMPLETE', async () => {
    strictEqual((await bed.stacks.describe('CDKToolkit'))?.StackStatus, 'CREATE_COMPLETE');
  });
  step.shows('the stack CDKToolkit exists');
}

/** Creates a repository that its owner tags for deletion, and the resources of another owner. */
export async function populate(step: Step, bed: Bed): Promise<Inventory> {
  const { place } = bed;
  await step.during(`deploying the stack ${BYSTANDER} of another owner: a repository, a function, a role, and a log group`,
    () => bed.stacks.deploy(bystanderStack(join(place.directory, 'bystander.out'))));
  await bed.ecr.send(new CreateRepositoryCommand({ repositoryName: LEGACY, tags: [{ Key: 'stage', Value: 'test' }] }));
  step.note(`created the repository ${LEGACY} outside any stack, with the tag stage=test`);
  await (await Registry.login(place)).pushImage({ repository: BYSTANDER_REPOSITORY, tags: ['kept'] });
  const before = await step.during('listing stacks, repositories, functions, log groups, and roles', () => takeInventory(bed));
  await step.check(`the account holds ${summaryOf(before)}`, () => {
    deepStrictEqual(Object.keys(before.stacks).filter(name => name !== 'CDKToolkit'), [BYSTANDER]);
    strictEqual(before.repositories[BYSTANDER_REPOSITORY].images.length, 1);
    deepStrictEqual(before.repositories[LEGACY], { images: [], tags: { stage: 'test' } });
    strictEqual(Object.keys(before.functions).length, 1);
    ok(before.logGroups.includes('/bystander'));
    ok(before.roles.some(role => role.startsWith(BYSTANDER)));
  });
  step.shows(`${LEGACY} and the stack ${BYSTANDER}`);
  return before;
}

export interface Deployed {
  readonly stackId: string;
  /** The ARN of the function's role. */
  readonly role: string;
}

export async function deploy(step: Step, bed: Bed, cdk: CommandLine, before: Inventory): Promise<Deployed> {
  const sha256 = (): string => createHash('sha256').update(readFileSync(EXAMPLE)).digest('hex');
  const unchanged = sha256();
  step.note(`app: ${relative(PROJECT, EXAMPLE)}, unchanged. ${relative(PROJECT, PRELOAD)} is loaded first and sets the default`);
  step.note('synthesizer to CliCredentialsStackSynthesizer, because the emulator denies the CDK bootstrap roles while it enforces IAM.');
  await cdk.succeed(step, 'deploy', STACK);
  const after = await step.during('listing the resources again', () => takeInventory(bed));
  const stack = await bed.stacks.describe(STACK);
  const ours = Object.entries(after.functions).filter(([name]) => !(name in before.functions));
  await step.check(`the status of the stack ${STACK} is CREATE_COMPLETE`, () => strictEqual(stack?.StackStatus, 'CREATE_COMPLETE'));
  await step.check('one function with one role and one log group serves both repositories', () => {
    strictEqual(ours.length, 1);
    strictEqual(after.roles.filter(role => !before.roles.includes(role)).length, 1);
    strictEqual(after.logGroups.filter(group => !before.logGroups.includes(group)).length, 1);
  });
  const uuid = stack!.StackId!.split('/')[2];
  const mark = (name: string): string | undefined => after.repositories[name]?.tags['cdk-ecr-keeper:teardown-by'];
  await step.check('both repositories carry a mark, a tag that names this stack as the only one that may delete them', () => {
    match(mark(APP) ?? 'no mark', new RegExp(`^${uuid}:`));
    match(mark(LEGACY) ?? 'no mark', new RegExp(`^${uuid}:`));
    notStrictEqual(mark(APP), mark(LEGACY));
  });
  step.note(`   ${APP}     cdk-ecr-keeper:teardown-by = ${mark(APP)}`);
  step.note(`   ${LEGACY}  cdk-ecr-keeper:teardown-by = ${mark(LEGACY)}`);
  await step.check(`${LEGACY} still has the tag of its owner`, () => strictEqual(after.repositories[LEGACY].tags.stage, 'test'));
  await step.check('nothing else in the account has changed', () => {
    deepStrictEqual(Object.fromEntries(Object.entries(after.functions).filter(([name]) => name in before.functions)), before.functions);
    deepStrictEqual(after.repositories[BYSTANDER_REPOSITORY], before.repositories[BYSTANDER_REPOSITORY]);
  });
  await step.check('the example file is unchanged', () => strictEqual(sha256(), unchanged));
  step.shows('2 repositories marked, 1 function');
  return { stackId: stack!.StackId!, role: ours[0][1].role };
}

export async function push(step: Step, bed: Bed): Promise<{ readonly app: RepositoryContent; readonly legacy: RepositoryContent }> {
  const registry = await Registry.login(bed.place);
  const expected = { [APP]: new Set<string>(), [LEGACY]: new Set<string>() };
  await step.during('pushing blobs, manifests, and an index for two platforms through the registry protocol (/v2/)', async () => {
    for (const repository of [APP, LEGACY] as const) {
      const image = await registry.pushImage({ repository, tags: ['v1'] });
      const index = await registry.pushIndex({ repository, tags: ['v2'] });
      [image, index, ...index.children].forEach(({ digest }) => expected[repository].add(digest));
    }
    expected[APP].add((await registry.pushImage({ repository: APP, tags: ['v3', 'latest'] })).digest);
  });
  const app = (await contentOf(bed, APP))!;
  const legacy = (await contentOf(bed, LEGACY))!;
  await step.check(`${APP} holds ${app.images.length} images, but its maxImages is ${MAX_IMAGES}`
    + ' (two images, and a multi-architecture index with 2 untagged images)', () => {
    deepStrictEqual(app.images, [...expected[APP]].sort());
    strictEqual(app.images.length, 5);
  });
  await step.check(`${LEGACY} holds ${legacy.images.length} images`, () => {
    deepStrictEqual(legacy.images, [...expected[LEGACY]].sort());
    strictEqual(legacy.images.length, 4);
  });
  step.shows(`${app.images.length} + ${legacy.images.length} images`);
  return { app, legacy };
}

/** @returns the reason in the CloudFormation event */
export async function refusedDestroy(step: Step, bed: Bed, cdk: CommandLine, stackId: string, pushed: RepositoryContent): Promise<string> {
  const before = await contentOf(bed, APP);
  const bystander = await contentOf(bed, BYSTANDER_REPOSITORY);
  const result = await cdk.run(step, 'destroy', STACK);
  await step.check(`cdk destroy fails, as expected (exit code ${result.code})`, () => notStrictEqual(result.code, 0));
  await step.check('the status of the stack is DELETE_FAILED', async () =>
    strictEqual((await bed.stacks.describe(stackId))?.StackStatus, 'DELETE_FAILED'));
  const events = await bed.stacks.events(stackId);
  const refusal = events.find(event => event.status === 'DELETE_FAILED' && event.type === 'Custom::EcrTeardown');
  const reason = refusal?.reason ?? '';
  if (refusal) {
    step.note(`CloudFormation shows this event for ${refusal.logicalId}:`);
    step.quote(reason);
  }
  await step.check('the event names the repository, the guard, the image count, and the commands to delete or keep the repository', () => {
    match(reason, new RegExp(`'${APP}'`));
    match(reason, /more than its maxImages of 2/);
    match(reason, /^aws ecr tag-resource /m);
    match(reason, /aws cloudformation delete-stack .*--retain-resources/);
  });
  await step.check('the CDK CLI prints the event too', () => ok(result.output.includes(reason.split('\n')[0]), result.output));
  const after = await contentOf(bed, APP);
  await step.check(`${APP} is unchanged: the same ${pushed.images.length} images and the same tags`, () => {
    deepStrictEqual(after, before);
    deepStrictEqual(after?.images, pushed.images);
  });
  await step.check(`${BYSTANDER_REPOSITORY} is unchanged`, async () => {
    strictEqual(bystander?.images.length, 1);
    deepStrictEqual(await contentOf(bed, BYSTANDER_REPOSITORY), bystander);
  });
  const legacyGone = await contentOf(bed, LEGACY) === undefined;
  const resource = (id: RegExp): string | undefined =>
    events.filter(event => id.test(event.logicalId) && event.type === 'Custom::EcrTeardown').at(-1)?.status;
  await step.check(
    `${LEGACY} ${legacyGone ? 'is deleted, because its guard (stage=test) allows it' : 'still exists, because the stack failed first'}`,
    () => {
      strictEqual(legacyGone, resource(/^LegacyTeardown/) === 'DELETE_COMPLETE');
    },
  );
  step.shows('refused by maxImages, all images kept');
  return reason;
}

export async function lift(step: Step, bed: Bed, reason: string): Promise<void> {
  const command = /^aws ecr tag-resource .*$/m.exec(reason)?.[0];
  if (command === undefined) {
    throw new Error(`the event contains no tag-resource command: ${reason}`);
  }
  step.note('running the first command from the event:');
  const before = (await contentOf(bed, APP))!;
  const { code, output } = await bed.shell(step, command);
  await step.check('the command succeeds without output', () => deepStrictEqual({ code, output }, { code: 0, output: '' }));
  const after = (await contentOf(bed, APP))!;
  const added = Object.entries(after.tags).filter(([key]) => !(key in before.tags)).map(([key, value]) => `${key}=${value}`);
  await step.check(`it adds only the tag ${added.join(', ')}, the override code for this refusal`, () => {
    strictEqual(added.length, 1);
    match(added[0], /^cdk-ecr-keeper:teardown=[0-9a-f]{12}$/);
    deepStrictEqual(after, { images: before.images, tags: { ...before.tags, ...Object.fromEntries(added.map(tag => tag.split('='))) } });
  });
  step.shows('refusal lifted by the command in its event');
}

export async function destroyed(step: Step, bed: Bed, cdk: CommandLine, stackId: string, before: Inventory): Promise<void> {
  const result = await cdk.run(step, 'destroy', STACK);
  await step.check('cdk destroy succeeds', () => strictEqual(result.code, 0, result.output));
  const after = await step.during('listing stacks, repositories, functions, log groups, and roles', () => takeInventory(bed));
  await step.check(`the stack ${STACK} is deleted`, async () => {
    strictEqual(STACK in after.stacks, false);
    strictEqual((await bed.stacks.describe(stackId))?.StackStatus ?? 'DELETE_COMPLETE', 'DELETE_COMPLETE');
  });
  await step.check(`${APP} and ${LEGACY} are deleted`, () =>
    deepStrictEqual(Object.keys(after.repositories).filter(name => name.startsWith('quickstart/')), []));
  await step.check('the function, its log group, and its role are deleted', () => {
    deepStrictEqual(Object.keys(after.functions), Object.keys(before.functions));
    deepStrictEqual(after.logGroups, before.logGroups);
    deepStrictEqual(after.roles, before.roles);
  });
  await step.check(`everything else is unchanged: ${summaryOf(after)}`, () => {
    const { [LEGACY]: _, ...others } = before.repositories;
    deepStrictEqual(after, { ...before, repositories: others });
  });
  step.note('(As with every CDK app, the code of the function remains in the bucket of the CDK bootstrap.)');
  step.shows('stack deleted, other resources unchanged');
}

function summaryOf({ stacks, repositories, functions, logGroups, roles }: Inventory): string {
  const count = (some: object, one: string, many: string): string => {
    const n = Object.keys(some).length;
    return `${n} ${n === 1 ? one : many}`;
  };
  return [
    count(stacks, 'stack', 'stacks'),
    count(repositories, 'repository', 'repositories'),
    count(functions, 'function', 'functions'),
    count(logGroups, 'log group', 'log groups'),
    count(roles, 'role', 'roles'),
  ].join(', ');
}
