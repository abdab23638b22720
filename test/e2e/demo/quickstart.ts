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
/** What examples/quickstart/app.ts says. */
const MAX_IMAGES = 2;
const EXAMPLE = join(PROJECT, 'examples', 'quickstart', 'app.ts');
const PRELOAD = join(__dirname, 'cli-credentials.ts');
const TSCONFIG = join(PROJECT, 'examples', 'tsconfig.json');

/** The command that the CDK CLI runs for the example. */
export function appCommand(path: (absolute: string) => string = absolute => `"${absolute}"`): string {
  return `tsx --tsconfig ${path(TSCONFIG)} --import ${path(PRELOAD)} ${path(EXAMPLE)}`;
}

export async function bootstrap(step: Step, bed: Bed, cdk: CommandLine): Promise<void> {
  await cdk.succeed(step, 'bootstrap');
  await step.check('the stack CDKToolkit is CREATE_COMPLETE', async () => {
    strictEqual((await bed.stacks.describe('CDKToolkit'))?.StackStatus, 'CREATE_COMPLETE');
  });
  step.shows('CDKToolkit is there');
}

/** What was there before us: a repository that its owner lets go, and somebody else's things. */
export async function populate(step: Step, bed: Bed): Promise<Inventory> {
  const { emulator } = bed;
  await step.during(`deploying the stack ${BYSTANDER}: a repository, a function, a role and a log group that are none of ours`,
    () => bed.stacks.deploy(bystanderStack(join(emulator.directory, 'bystander.out'))));
  await bed.ecr.send(new CreateRepositoryCommand({ repositoryName: LEGACY, tags: [{ Key: 'stage', Value: 'test' }] }));
  step.note(`created the repository ${LEGACY}, tagged stage=test, outside any stack`);
  await (await Registry.login(emulator)).pushImage({ repository: BYSTANDER_REPOSITORY, tags: ['kept'] });
  const before = await step.during('listing stacks, repositories, functions, log groups and roles', () => takeInventory(bed));
  await step.check(`the account holds ${summaryOf(before)}`, () => {
    deepStrictEqual(Object.keys(before.stacks).sort(), [BYSTANDER, 'CDKToolkit']);
    strictEqual(before.repositories[BYSTANDER_REPOSITORY].images.length, 1);
    deepStrictEqual(before.repositories[LEGACY], { images: [], tags: { stage: 'test' } });
    strictEqual(Object.keys(before.functions).length, 1);
    ok(before.logGroups.includes('/bystander'));
    ok(before.roles.some(role => role.startsWith(BYSTANDER)));
  });
  step.shows(`${LEGACY}, and a stack of others`);
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
  step.note(`app: ${relative(PROJECT, EXAMPLE)}, as it stands. ${relative(PROJECT, PRELOAD)} is loaded before it and sets the`);
  step.note('default synthesizer to CliCredentialsStackSynthesizer: with IAM enforced, the emulator refuses the CDK\'s bootstrap roles.');
  await cdk.succeed(step, 'deploy', STACK);
  const after = await step.during('listing again', () => takeInventory(bed));
  const stack = await bed.stacks.describe(STACK);
  const ours = Object.entries(after.functions).filter(([name]) => !(name in before.functions));
  await step.check(`the stack ${STACK} is CREATE_COMPLETE`, () => strictEqual(stack?.StackStatus, 'CREATE_COMPLETE'));
  await step.check('one function for both repositories, with one role and one log group of its own', () => {
    strictEqual(ours.length, 1);
    strictEqual(after.roles.filter(role => !before.roles.includes(role)).length, 1);
    strictEqual(after.logGroups.filter(group => !before.logGroups.includes(group)).length, 1);
  });
  const uuid = stack!.StackId!.split('/')[2];
  const mark = (name: string): string | undefined => after.repositories[name]?.tags['cdk-ecr-keeper:teardown-by'];
  await step.check('both repositories carry the mark of this very stack', () => {
    match(mark(APP) ?? 'no mark', new RegExp(`^${uuid}:`));
    match(mark(LEGACY) ?? 'no mark', new RegExp(`^${uuid}:`));
    notStrictEqual(mark(APP), mark(LEGACY));
  });
  step.note(`   ${APP}     cdk-ecr-keeper:teardown-by = ${mark(APP)}`);
  step.note(`   ${LEGACY}  cdk-ecr-keeper:teardown-by = ${mark(LEGACY)}`);
  await step.check(`${LEGACY} kept its own tag`, () => strictEqual(after.repositories[LEGACY].tags.stage, 'test'));
  await step.check('nothing else changed in the account', () => {
    deepStrictEqual(Object.fromEntries(Object.entries(after.functions).filter(([name]) => name in before.functions)), before.functions);
    deepStrictEqual(after.repositories[BYSTANDER_REPOSITORY], before.repositories[BYSTANDER_REPOSITORY]);
  });
  await step.check('the example was not changed', () => strictEqual(sha256(), unchanged));
  step.shows('2 repositories marked, 1 function');
  return { stackId: stack!.StackId!, role: ours[0][1].role };
}

export async function push(step: Step, bed: Bed): Promise<{ readonly app: RepositoryContent; readonly legacy: RepositoryContent }> {
  const registry = await Registry.login(bed.emulator);
  const expected = { [APP]: new Set<string>(), [LEGACY]: new Set<string>() };
  await step.during('pushing through the registry protocol (/v2/): blobs, manifests, an index over two platforms', async () => {
    for (const repository of [APP, LEGACY] as const) {
      const image = await registry.pushImage({ repository, tags: ['v1'] });
      const index = await registry.pushIndex({ repository, tags: ['v2'] });
      [image, index, ...index.children].forEach(({ digest }) => expected[repository].add(digest));
    }
    expected[APP].add((await registry.pushImage({ repository: APP, tags: ['v3', 'latest'] })).digest);
  });
  const app = (await contentOf(bed, APP))!;
  const legacy = (await contentOf(bed, LEGACY))!;
  await step.check(`${APP} holds ${app.images.length} images (single, multi-architecture with 2 untagged children, one with two tags):`
    + ` maxImages is ${MAX_IMAGES}`, () => {
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

/** @returns the reason that CloudFormation shows */
export async function refusedDestroy(step: Step, bed: Bed, cdk: CommandLine, stackId: string, pushed: RepositoryContent): Promise<string> {
  const before = await contentOf(bed, APP);
  const bystander = await contentOf(bed, BYSTANDER_REPOSITORY);
  const result = await cdk.run(step, 'destroy', STACK);
  await step.check(`cdk destroy failed (exit code ${result.code})`, () => notStrictEqual(result.code, 0));
  await step.check('the stack is DELETE_FAILED', async () =>
    strictEqual((await bed.stacks.describe(stackId))?.StackStatus, 'DELETE_FAILED'));
  const events = await bed.stacks.events(stackId);
  const refusal = events.find(event => event.status === 'DELETE_FAILED' && event.type === 'Custom::EcrTeardown');
  const reason = refusal?.reason ?? '';
  if (refusal) {
    step.note(`the event of ${refusal.logicalId} in CloudFormation:`);
    step.quote(reason);
  }
  await step.check('it names the repository, the guard, what was found and both ways out', () => {
    match(reason, new RegExp(`'${APP}'`));
    match(reason, /more than its maxImages of 2/);
    match(reason, /^aws ecr tag-resource /m);
    match(reason, /aws cloudformation delete-stack .*--retain-resources/);
  });
  await step.check('the CDK CLI printed it too', () => ok(result.output.includes(reason.split('\n')[0]), result.output));
  const after = await contentOf(bed, APP);
  await step.check(`${APP} is untouched: the same ${pushed.images.length} images, the same tags`, () => {
    deepStrictEqual(after, before);
    deepStrictEqual(after?.images, pushed.images);
  });
  await step.check(`${BYSTANDER_REPOSITORY} is untouched`, async () => {
    strictEqual(bystander?.images.length, 1);
    deepStrictEqual(await contentOf(bed, BYSTANDER_REPOSITORY), bystander);
  });
  const legacyGone = await contentOf(bed, LEGACY) === undefined;
  const resource = (id: RegExp): string | undefined =>
    events.filter(event => id.test(event.logicalId) && event.type === 'Custom::EcrTeardown').at(-1)?.status;
  await step.check(
    `${LEGACY} ${legacyGone ? 'is gone: its own guard (stage=test) had nothing against it' : 'is still there: its turn did not come'}`,
    () => {
      strictEqual(legacyGone, resource(/^LegacyTeardown/) === 'DELETE_COMPLETE');
    },
  );
  step.shows('refused by maxImages, images kept');
  return reason;
}

export async function lift(step: Step, bed: Bed, reason: string): Promise<void> {
  const command = /^aws ecr tag-resource .*$/m.exec(reason)?.[0];
  if (command === undefined) {
    throw new Error(`there is no such command in: ${reason}`);
  }
  step.note('the line out of that event, as it is:');
  const before = (await contentOf(bed, APP))!;
  const { code, output } = await bed.shell(step, command);
  await step.check('it ended with code 0 and printed nothing', () => deepStrictEqual({ code, output }, { code: 0, output: '' }));
  const after = (await contentOf(bed, APP))!;
  const added = Object.entries(after.tags).filter(([key]) => !(key in before.tags)).map(([key, value]) => `${key}=${value}`);
  await step.check(`it added one tag, ${added.join(', ')}, and changed nothing else`, () => {
    strictEqual(added.length, 1);
    match(added[0], /^cdk-ecr-keeper:teardown=[0-9a-f]{12}$/);
    deepStrictEqual(after, { images: before.images, tags: { ...before.tags, ...Object.fromEntries(added.map(tag => tag.split('='))) } });
  });
  step.shows('refusal lifted by its own command');
}

export async function destroyed(step: Step, bed: Bed, cdk: CommandLine, stackId: string, before: Inventory): Promise<void> {
  const result = await cdk.run(step, 'destroy', STACK);
  await step.check('cdk destroy went through', () => strictEqual(result.code, 0, result.output));
  const after = await step.during('listing stacks, repositories, functions, log groups and roles', () => takeInventory(bed));
  await step.check(`the stack ${STACK} is gone`, async () => {
    strictEqual(STACK in after.stacks, false);
    strictEqual((await bed.stacks.describe(stackId))?.StackStatus ?? 'DELETE_COMPLETE', 'DELETE_COMPLETE');
  });
  await step.check(`${APP} and ${LEGACY} are gone`, () =>
    deepStrictEqual(Object.keys(after.repositories).filter(name => name.startsWith('quickstart/')), []));
  await step.check('its function, log group and role are gone', () => {
    deepStrictEqual(Object.keys(after.functions), Object.keys(before.functions));
    deepStrictEqual(after.logGroups, before.logGroups);
    deepStrictEqual(after.roles, before.roles);
  });
  await step.check(`everything else is as it was: ${summaryOf(after)}`, () => {
    const { [LEGACY]: _, ...others } = before.repositories;
    deepStrictEqual(after, { ...before, repositories: others });
  });
  step.note('(the function\'s code stays in the bucket of the CDK bootstrap, as with every CDK app)');
  step.shows('nothing left, bystanders unchanged');
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
