import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { GetLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import { Bed } from './bed';
import { APP, GuardBed, LifecycleState, MAX_IMAGES, STACK } from './guard-bed';
import { contentOf } from './inventory';
import { Step } from './steps';
import { LifecyclePolicy, LifecycleRule } from '../../../src';
import { Registry } from '../registry';
import { eventTable } from '../stacks';

const TAGS = ['release-1.0', 'build-1', 'build-2', 'build-3', 'build-4', 'build-5'];
export const HARMLESS = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]);
export const HARMFUL = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(3)]);
export const CORRECTED = LifecyclePolicy.fromRules([LifecycleRule.keep('release-*'), LifecycleRule.keepNewest(3)]);

/** The reason of the custom resource's failure, shown as it is, and checked for what a person needs. */
export async function showRefusal(step: Step, bed: Bed, stack: string, type: string, repository: string, output: string): Promise<string> {
  const events = await bed.stacks.events((await bed.stacks.describe(stack))!.StackId!);
  const refusal = events.filter(event => event.type === type && /_FAILED$/.test(event.status)).at(-1);
  const reason = refusal?.reason ?? '';
  step.note(`the event of ${refusal?.logicalId} in CloudFormation:`);
  step.quote(reason || eventTable(events));
  await step.check('it says how many, which, by which rule, what is protected, and the command that shows the rest', () => {
    match(reason, new RegExp(`^Repository '${repository}': the lifecycle policy was refused by its guard, nothing was changed: `));
    match(reason, new RegExp(`it would expire 3 images, more than its maxImages of ${MAX_IMAGES} \\(release-1\\.0 by rule 1,`
      + ' build-1 by rule 1, build-2 by rule 1\\)'));
    match(reason, /it would remove protected tags from use: 1 image \(release-1\.0 by rule 1\)/);
    match(reason, /^aws ecr get-lifecycle-policy-preview /m);
  });
  await step.check('the CDK CLI printed it too', () => ok(output.includes(reason.split('\n')[0]), output));
  return reason;
}

/** Runs the command out of the message, and shows what it prints in a line for each image. */
export async function showRest(step: Step, guard: GuardBed, reason: string): Promise<void> {
  const command = /^aws ecr get-lifecycle-policy-preview .*$/m.exec(reason)?.[0] ?? 'false';
  step.note('its last line, as it is:');
  const { code, output } = await guard.bed.shell(step, command, { AWS_ENDPOINT_URL_ECR: guard.ecr.endpoint });
  const results: any[] = code === 0 ? JSON.parse(output).previewResults : [];
  results.forEach(({ imageTags, action, appliedRulePriority }) =>
    step.note(`   ${imageTags} ${action.type} by rule ${appliedRulePriority}`));
  await step.check('it lists all that would expire', () => {
    deepStrictEqual([code, results.map(({ imageTags: [tag] }) => tag)], [0, TAGS.slice(0, 3)], output);
  });
}

async function liveText(bed: Bed): Promise<string | undefined> {
  return (await bed.ecr.send(new GetLifecyclePolicyCommand({ repositoryName: APP }))).lifecyclePolicyText;
}

/** Every image lives, at the emulator and at local-ecr, and the policy is this one. */
async function holds(step: Step, guard: GuardBed, digests: readonly string[], name: string, policy: LifecyclePolicy): Promise<void> {
  await step.check(`${APP} has ${name}, and all of its ${digests.length} images, release-1.0 among them`, async () => {
    await guard.ecr.refresh();
    strictEqual(await liveText(guard.bed), policy.toJson());
    deepStrictEqual((await contentOf(guard.bed, APP))?.images, digests);
    deepStrictEqual(guard.ecr.digests(APP), digests);
  });
}

async function functionLog(bed: Bed): Promise<string[]> {
  const { StackResourceSummaries = [] } = await bed.cloudFormation.send(new ListStackResourcesCommand({ StackName: STACK }));
  return bed.emulator.functionLogs(
    StackResourceSummaries.find(({ ResourceType }) => ResourceType === 'AWS::Logs::LogGroup')!.PhysicalResourceId!,
  );
}

export interface GuardedRepository {
  readonly guard: GuardBed;
  readonly digests: readonly string[];
  readonly state: LifecycleState;
}

/** A repository of the stack: deployed, filled, and then a policy for it that would do harm. */
export async function refusedPolicy(step: Step, bed: Bed, opened: (guard: GuardBed) => void): Promise<GuardedRepository> {
  step.note('The emulator deploys the repository, but its ECR knows no preview: the guard\'s function is pointed at local-ecr'
    + ' (AWS_ENDPOINT_URL_ECR), which');
  step.note('has the same repository, the same digests and, at every call, the lifecycle policy that the emulator\'s repository'
    + ' has at that moment.');
  const guard = await GuardBed.open(bed);
  opened(guard);
  const state = { owned: HARMLESS, imported: HARMFUL };
  step.note('');
  step.note(`app: new Repository(stack, 'App', { lifecycle: keepNewest(50), lifecycleGuard: refuse({ maxImages: ${MAX_IMAGES},`
    + ' protectedTags: [\'release-*\'] }) })');
  const first = await guard.deploy(step, STACK, state);
  await step.check('it goes through; the repository is new and empty, no preview was run', () =>
    deepStrictEqual([first.code, guard.ecr.previews], [0, 0], first.output));
  const registry = await Registry.login(bed.emulator);
  for (const [index, tag] of TAGS.entries()) {
    guard.ecr.aged((await registry.pushImage({ repository: APP, tags: [tag] })).digest, 120 - index);
  }
  const digests = (await contentOf(bed, APP))!.images;
  await holds(step, guard, digests, 'keepNewest(50)', HARMLESS);

  step.note('');
  step.note('changed: keepNewest(3), by which release-1.0 would expire, the oldest image');
  const refused = await guard.deploy(step, STACK, { ...state, owned: HARMFUL });
  await step.check(`cdk deploy failed (exit code ${refused.code})`, () => notStrictEqual(refused.code, 0));
  const reason = await showRefusal(step, bed, STACK, 'Custom::EcrLifecycleGuard', APP, refused.output);
  await step.check('the stack is UPDATE_ROLLBACK_COMPLETE, CloudFormation never came to the repository', async () => {
    const { StackStatus, StackId } = (await bed.stacks.describe(STACK))!;
    strictEqual(StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
    deepStrictEqual((await bed.stacks.events(StackId!)).filter(({ type }) => type === 'AWS::ECR::Repository').map(({ status }) => status),
      ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE']);
  });
  await holds(step, guard, digests, 'keepNewest(50) still', HARMLESS);
  await showRest(step, guard, reason);
  const passed = (await functionLog(bed)).filter(line => /rolling back/.test(line));
  passed.forEach(line => step.note(`   log of the function: ${line.trim()}`));
  await step.check('the rollback went past the guard: one preview in all', () =>
    deepStrictEqual([passed.length, guard.ecr.previews], [1, 1]));
  step.shows('refused, rolled back, nothing changed');
  return { guard, digests, state };
}

export async function correctedPolicy(step: Step, { guard, digests, state }: GuardedRepository): Promise<LifecycleState> {
  step.note('changed: LifecycleRule.keep(\'release-*\') before keepNewest(3)');
  const corrected = { ...state, owned: CORRECTED };
  const { code, output } = await guard.deploy(step, STACK, corrected);
  await step.check('cdk deploy went through', () => strictEqual(code, 0, output));
  await holds(step, guard, digests, 'the corrected policy', CORRECTED);
  await guard.showOutputs(step, STACK, { ExpiringImageCount: '2', Findings: '<>' });
  step.shows('2 images will expire, release-1.0 stays');
  return corrected;
}
