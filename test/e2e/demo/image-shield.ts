import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { App, CfnOutput, CliCredentialsStackSynthesizer, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Bed, CommandLine, PROJECT } from './bed';
import { Step } from './steps';
import { fleet, ImageUse, LifecyclePolicy, LifecycleRule, Repository } from '../../../src';
import { keepTag } from '../../../src/core/shield/tags';
import { LocalEcs } from '../../local-ecs/local-ecs';
import { FunctionRole, learnPolicy, pointFunctions } from '../local-endpoints';
import { MirroredEcr } from '../mirrored-ecr';
import { outputOf as executionOutput } from '../step-functions';

const STACK = 'Shielded';
const APP = 'demo/shielded';
const PUSHES = 60;
const NEWEST = 50;

/** The fakes that the functions of the shield call. */
interface Fakes {
  readonly ecr: MirroredEcr;
  readonly ecs: LocalEcs;
}

function synthesise(bed: Bed, { ecr, ecs }: Fakes): { directory: string; template: any } {
  const app = new App({ outdir: join(bed.emulator.directory, 'shielded.out') });
  const stack = new Stack(app, STACK, { synthesizer: new CliCredentialsStackSynthesizer() });
  const shield = new fleet.ImageShield(stack, 'Shield', {
    repositories: fleet.RepositorySelection.prefixes(APP), // not the repositories of the other steps
    usedBy: [ImageUse.ecs()],
  });
  new Repository(stack, 'App', {
    repositoryName: APP,
    lifecycle: LifecyclePolicy.fromRules([
      shield.keepRule, shield.releasedRule({ sincePush: Duration.days(30) }), LifecycleRule.keepNewest(NEWEST),
    ]),
    removalPolicy: RemovalPolicy.DESTROY,
    emptyOnDelete: true,
  });
  new CfnOutput(stack, 'StateMachine', { value: shield.stateMachine.stateMachineArn });
  pointFunctions(shield, { ECR: ecr.endpoint, ECS: ecs.endpoint }, '/Shield/');
  const assembly = app.synth();
  return { directory: assembly.directory, template: assembly.getStackByName(STACK).template };
}

/** Starts an execution and returns its output. */
async function execute(step: Step, bed: Bed, stateMachine: string): Promise<object> {
  const { code, output } = await bed.shell(step, `aws stepfunctions start-execution --state-machine-arn ${stateMachine}`);
  strictEqual(code, 0, output);
  const { executionArn } = JSON.parse(output);
  return step.during('the state machine runs', () => executionOutput(bed.emulator, {}, executionArn));
}

/** Deploys a shield and lets a lifecycle policy expire images while the oldest one runs. */
export async function shieldImage(step: Step, bed: Bed, opened: (stop: () => Promise<void>) => void): Promise<CommandLine> {
  step.note('The emulator has no lifecycle policies that act, and its ECS runs no tasks. The functions of the shield call local-ecr and');
  step.note('local-ecs, our fakes. The state machine, the state bucket, and the functions are in the emulator.');
  const role = new FunctionRole();
  const fakes = { ecr: await MirroredEcr.start(bed.emulator, role), ecs: await LocalEcs.start({ principals: role }) };
  const { ecr, ecs } = fakes;
  opened(async () => { await Promise.all([ecr.stop(), ecs.stop()]); });
  step.note('');
  step.note(`app: a fleet.ImageShield with usedBy: [ImageUse.ecs()], and a Repository ${APP} with its rules and keepNewest(${NEWEST})`);
  const { directory, template } = synthesise(bed, fakes);
  const cdk = new CommandLine(bed, directory);
  let ended = false;
  await Promise.all([
    cdk.succeed(step, 'deploy', STACK, '--method=direct').finally(() => { ended = true; }),
    learnPolicy(bed.stacks, STACK, role, template, () => ended),
  ]);
  const { Outputs = [] } = (await bed.stacks.describe(STACK))!;
  const outputOf = (name: RegExp) => Outputs.find(({ OutputKey }) => name.test(OutputKey!))!.OutputValue!;

  await ecr.refresh();
  const push = (nth: number) => ecr.local.addImage({
    repositoryName: APP, tags: [`build-${nth}`], pushedAt: new Date(Date.now() - (PUSHES - nth) * 1_000),
  });
  const [running, ...others] = Array.from({ length: PUSHES }, (_, nth) => push(nth + 1));
  const image = `${bed.emulator.account}.dkr.ecr.${bed.emulator.region}.amazonaws.com/${APP}:build-1`;
  const taskDefinition = ecs.taskDefinition('web', { containers: [image] });
  ecs.cluster('shop').task({ taskDefinition, containers: [{ image, imageDigest: running }] });
  step.note(`${PUSHES} images are pushed, build-1 to build-${PUSHES}, and a task of ECS runs build-1, the oldest one`);

  const result = await execute(step, bed, outputOf(/^StateMachine$/));
  step.quote(JSON.stringify(result));
  const tagsOf = (digest: string) => ecr.local.repository(APP).images.find(each => each.digest === digest)?.tags;
  const tag = keepTag('in-use-', running);
  await step.check(`build-1 has the keep tag ${tag}`, () => deepStrictEqual(tagsOf(running), ['build-1', tag]));

  const command = outputOf(/StatusCommand/);
  step.note(`output of the stack: ${command}`);
  const status = await bed.shell(step, command.replace('npx cdk-ecr-keeper', `node ${join(PROJECT, 'bin', 'cdk-ecr-keeper.js')}`), {
    AWS_ENDPOINT_URL_ECR: ecr.endpoint,
  });
  step.quote(status.output.trim());
  await step.check('the command shows that the image is in use and protected', () => {
    strictEqual(status.code, 0);
    match(status.output, /1 protected, 0 not protected/);
  });

  const expired = ecr.local.applyLifecyclePolicy(APP);
  await step.check(`the lifecycle policy expires ${expired.length} images, of which none runs: build-1 is kept`, () => {
    deepStrictEqual([expired.includes(running), tagsOf(running) !== undefined], [false, true]);
    deepStrictEqual(expired.filter(digest => !others.includes(digest)), []);
    strictEqual(expired.length, PUSHES - NEWEST - 1);
  });
  await step.check('local-ecr and local-ecs denied no call of the functions', () =>
    deepStrictEqual([...ecr.calls, ...ecs.calls].filter(({ outcome }) => /AccessDenied/.test(outcome)), []));
  step.shows(`${expired.length} images expired, the running one kept`);
  return cdk;
}

export async function destroyShield(step: Step, bed: Bed, cdk: CommandLine): Promise<void> {
  await cdk.succeed(step, 'destroy', STACK);
  await step.check('the stack and its state bucket are deleted', async () => {
    strictEqual(await bed.stacks.describe(STACK), undefined);
    const { Buckets } = await bed.emulator.aws(['s3api', 'list-buckets']);
    deepStrictEqual(Buckets.filter(({ Name }: { Name: string }) => /statebucket/i.test(Name)), []);
  });
  step.shows('deleted with its state bucket');
}
