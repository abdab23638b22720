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

/** Prints the reason why the custom resource failed, and checks that it tells a person what to do. */
export async function showRefusal(step: Step, bed: Bed, stack: string, type: string, repository: string, output: string): Promise<string> {
  const events = await bed.stacks.events((await bed.stacks.describe(stack))!.StackId!);
  const refusal = events.filter(event => event.type === type && /_FAILED$/.test(event.status)).at(-1);
  const reason = refusal?.reason ?? '';
  step.note(`CloudFormation shows this event for ${refusal?.logicalId}:`);
  step.quote(reason || eventTable(events));
  await step.check('the event names the images, the rules, the protected tags, and a command that lists all expiring images', () => {
    match(reason, new RegExp(`^Repository '${repository}': the lifecycle policy was refused by its guard, and nothing was changed: `));
    match(reason, new RegExp(`it would expire 3 images, more than its maxImages of ${MAX_IMAGES} \\(release-1\\.0 by rule 1,`
      + ' build-1 by rule 1, build-2 by rule 1\\)'));
    match(reason, /it would act on images with protected tags: 1 image \(release-1\.0 by rule 1\)/);
    match(reason, /^aws ecr get-lifecycle-policy-preview /m);
  });
  await step.check('the CDK CLI prints the event too', () => ok(output.includes(reason.split('\n')[0]), output));
  return reason;
}

/** Runs the command from the message and prints one line for each image that it lists. */
export async function showRest(step: Step, guard: GuardBed, reason: string): Promise<void> {
  const command = /^aws ecr get-lifecycle-policy-preview .*$/m.exec(reason)?.[0] ?? 'false';
  step.note('running the command from the event:');
  const { code, output } = await guard.bed.shell(step, command, { AWS_ENDPOINT_URL_ECR: guard.ecr.endpoint });
  const results: any[] = code === 0 ? JSON.parse(output).previewResults : [];
  results.forEach(({ imageTags, action, appliedRulePriority }) =>
    step.note(`   ${imageTags} ${action.type} by rule ${appliedRulePriority}`));
  await step.check('the command lists all images that would expire', () => {
    deepStrictEqual([code, results.map(({ imageTags: [tag] }) => tag)], [0, TAGS.slice(0, 3)], output);
  });
}

async function liveText(bed: Bed): Promise<string | undefined> {
  return (await bed.ecr.send(new GetLifecyclePolicyCommand({ repositoryName: APP }))).lifecyclePolicyText;
}

/** Checks that both the emulator and local-ecr still hold every image, and that the policy is this one. */
async function holds(step: Step, guard: GuardBed, digests: readonly string[], name: string, policy: LifecyclePolicy): Promise<void> {
  await step.check(`${APP} has ${name} and all of its ${digests.length} images, including release-1.0`, async () => {
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

/** Deploys a repository, pushes images, and then deploys a lifecycle policy that would expire a protected image. */
export async function refusedPolicy(step: Step, bed: Bed, opened: (guard: GuardBed) => void): Promise<GuardedRepository> {
  step.note('The emulator\'s ECR has no lifecycle policy previews. The function of the guard calls local-ecr, our strict fake, instead.');
  step.note('local-ecr mirrors the repository of the emulator: the digests and, at every call, the current lifecycle policy.');
  const guard = await GuardBed.open(bed);
  opened(guard);
  const state = { owned: HARMLESS, imported: HARMFUL };
  step.note('');
  step.note(`app: new Repository(stack, 'App', { lifecycle: keepNewest(50), lifecycleGuard: refuse({ maxImages: ${MAX_IMAGES},`
    + ' protectedTags: [\'release-*\'] }) })');
  const first = await guard.deploy(step, STACK, state);
  await step.check('cdk deploy succeeds without a preview, because the repository is new and empty', () =>
    deepStrictEqual([first.code, guard.ecr.previews], [0, 0], first.output));
  const registry = await Registry.login(bed.emulator);
  for (const [index, tag] of TAGS.entries()) {
    guard.ecr.aged((await registry.pushImage({ repository: APP, tags: [tag] })).digest, 120 - index);
  }
  const digests = (await contentOf(bed, APP))!.images;
  await holds(step, guard, digests, 'the policy keepNewest(50)', HARMLESS);

  step.note('');
  step.note('change: keepNewest(3), which would expire the oldest image, release-1.0');
  const refused = await guard.deploy(step, STACK, { ...state, owned: HARMFUL });
  await step.check(`cdk deploy fails, as expected (exit code ${refused.code})`, () => notStrictEqual(refused.code, 0));
  const reason = await showRefusal(step, bed, STACK, 'Custom::EcrLifecycleGuard', APP, refused.output);
  await step.check('the status of the stack is UPDATE_ROLLBACK_COMPLETE, and CloudFormation did not update the repository', async () => {
    const { StackStatus, StackId } = (await bed.stacks.describe(STACK))!;
    strictEqual(StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
    deepStrictEqual((await bed.stacks.events(StackId!)).filter(({ type }) => type === 'AWS::ECR::Repository').map(({ status }) => status),
      ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE']);
  });
  await holds(step, guard, digests, 'still the policy keepNewest(50)', HARMLESS);
  await showRest(step, guard, reason);
  const passed = (await functionLog(bed)).filter(line => /rolling back/.test(line));
  passed.forEach(line => step.note(`   log of the function: ${line.trim()}`));
  await step.check('the rollback skips the guard: one preview in total', () =>
    deepStrictEqual([passed.length, guard.ecr.previews], [1, 1]));
  step.shows('refused and rolled back, nothing changed');
  return { guard, digests, state };
}

export async function correctedPolicy(step: Step, { guard, digests, state }: GuardedRepository): Promise<LifecycleState> {
  step.note('change: LifecycleRule.keep(\'release-*\') before keepNewest(3)');
  const corrected = { ...state, owned: CORRECTED };
  const { code, output } = await guard.deploy(step, STACK, corrected);
  await step.check('cdk deploy succeeds', () => strictEqual(code, 0, output));
  await holds(step, guard, digests, 'the corrected policy', CORRECTED);
  await guard.showOutputs(step, STACK, { ExpiringImageCount: '2', Findings: '<>' });
  step.shows('2 images expire, release-1.0 is kept');
  return corrected;
}
