import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aspects, aws_lambda as lambda, aws_stepfunctions as sfn, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Fakes } from './fakes';
import { onBoth, Scene } from './scene';
import { bystander } from './subject';
import type { World } from './world';
import { fleet, ImageUse, LifecyclePolicy, LifecycleRule, Repository } from '../../../src';
import { keepTag, releasedTag } from '../../../src/core/shield/tags';

const APP = 'team/shielded';
const PUSHES = 60;
const DAY = 86_400_000;

/** Declares a shield and a repository that keeps its newest 50 images, and points the state machines out. */
const shielded = (clock: string) => (stack: Stack) => {
  bystander(stack);
  const shield = new fleet.ImageShield(stack, 'ImageShield', {
    repositories: fleet.RepositorySelection.prefixes('team/'),
    usedBy: [ImageUse.ecs({ newestTaskDefinitions: 1 }), ImageUse.lambdaFunctions()],
    keepAfterUse: Duration.days(14),
  });
  new Repository(stack, 'App', {
    repositoryName: APP,
    lifecycle: LifecyclePolicy.fromRules([
      shield.keepRule, shield.releasedRule({ sincePush: Duration.days(30) }), LifecycleRule.keepNewest(50),
    ]),
  });
  new CfnOutput(stack, 'RunMachine', { value: shield.stateMachine.stateMachineArn });
  const eventMachine = shield.node.findChild('Events').node.findChild('Run').node.findChild('StateMachine') as sfn.StateMachine;
  new CfnOutput(stack, 'EventMachine', { value: eventMachine.stateMachineArn });
  new CfnOutput(stack, 'Bucket', { value: shield.stateBucket.bucketName });
  Aspects.of(stack).add({
    visit: node => { if (node instanceof lambda.Function) node.addEnvironment('NODE_OPTIONS', `--require ${clock}`); },
  });
};

/** Only `now` in lambda/shared/aws/clients.ts is ahead, by the days in a file. The SDK signs with the real time. */
class MovedClock {
  readonly module: string;
  private readonly file: string;
  private days = 0;

  constructor(directory: string) {
    this.file = join(directory, 'days-ahead');
    this.module = join(directory, 'moved-clock.cjs');
    this.pass(0);
    writeFileSync(this.module, `
const { readFileSync } = require('node:fs');
const real = Date.now;
Date.now = () => real()
  + (/ (Object\\.)?now /.test(new Error().stack.split('\\n')[2]) ? Number(readFileSync('${this.file}', 'utf8')) * ${DAY} : 0);
`);
  }

  pass(days: number): void {
    this.days += days;
    writeFileSync(this.file, String(this.days));
  }

  get now(): Date {
    return new Date(Date.now() + this.days * DAY);
  }
}

/** An account with a deployed shield, whose functions use the fakes of Amazon ECR, Amazon ECS, and AWS Lambda. */
class ShieldedWorld {
  static async deploy(world: World, fakes: Fakes): Promise<ShieldedWorld> {
    const clock = new MovedClock(world.emulator.directory);
    const { outputs } = await fakes.deploy(shielded(clock.module), { isEnvKnown: true, services: ['ECR', 'ECS', 'LAMBDA'] });
    return new ShieldedWorld(world, fakes, clock, outputs);
  }

  private constructor(
    private readonly world: World, private readonly fakes: Fakes, readonly clock: MovedClock, readonly outputs: Record<string, string>,
  ) {}

  uri(tag: string): string {
    return `${this.world.account}.dkr.ecr.us-east-1.amazonaws.com/${APP}:${tag}`;
  }

  push(tag: string, age: number): string {
    const pushedAt = new Date(Date.now() - age * 1_000);
    return this.fakes.ecr.local.addImage({ repositoryName: APP, tags: [tag], pushedAt, ...this.fakes.here });
  }

  /** Runs a state machine until its end, and returns its output. */
  async execute(machine: string, input: object = {}): Promise<any> {
    const env = this.world.emulator.env(this.world.env);
    const { executionArn } = await this.world.emulator.aws(
      ['stepfunctions', 'start-execution', '--state-machine-arn', machine, '--input', JSON.stringify(input)], env,
    );
    for (;;) {
      const { status, output, error, cause } = await this.world.emulator.aws(
        ['stepfunctions', 'describe-execution', '--execution-arn', executionArn], env,
      );
      if (status === 'SUCCEEDED') return output === undefined ? undefined : JSON.parse(output);
      if (status !== 'RUNNING') throw new Error(`the state machine ended ${status}: ${error} ${cause}`);
    }
  }

  run(): Promise<any> {
    return this.execute(this.outputs.RunMachine);
  }

  tagsOf(digest: string): readonly string[] | undefined {
    return this.fakes.ecr.local.repository(APP, this.fakes.here).images.find(image => image.digest === digest)?.tags;
  }

  /** Applies the lifecycle policy as Amazon ECR does, and returns the expired images. */
  expire(): string[] {
    return this.fakes.ecr.local.applyLifecyclePolicy(APP, this.clock.now, this.fakes.here);
  }

  /** Stops the shield, or lets it continue, as the command line does. */
  async turn(to: 'stopped' | 'started'): Promise<void> {
    const call = [to === 'stopped' ? 'put-object' : 'delete-object', '--bucket', this.outputs.Bucket, '--key', 'control/stop.json'];
    await this.world.emulator.aws(['s3api', ...call], this.world.emulator.env(this.world.env));
  }
}

/** 36. The state machine of an image shield, as `cdk deploy` creates it. */
export const shieldedImages: Scene[] = [
  onBoth('36 shield: after 60 pushes under keepNewest(50), the image that runs is kept and an unused one expires; when the task has been'
    + ' stopped for the grace, its image expires too', async (world, fakes) => {
    const shield = await ShieldedWorld.deploy(world, fakes);
    const oldest = shield.push('v0', PUSHES);
    const unused = shield.push('v1', PUSHES - 1);
    for (let nth = 2; nth < PUSHES; nth++) shield.push(`v${nth}`, PUSHES - nth);
    const cluster = fakes.ecs.cluster('shop', fakes.here);
    const taskDefinition = fakes.ecs.taskDefinition('web', { containers: [shield.uri('v0')] }, fakes.here);
    const task = cluster.task({ taskDefinition, containers: [{ image: shield.uri('v0'), imageDigest: oldest }] });
    const latest = shield.push('latest', 0);
    fakes.lambda.function('resize', { imageUri: shield.uri('latest'), imageDigest: latest }, fakes.here);
    const lost = cluster.task({ taskDefinition, containers: [{ image: shield.uri('lost') }] });

    deepStrictEqual(await shield.run(), {
      protected: 2, newlyProtected: 2, released: 0, unprotected: 1, findings: 1, succeeded: true,
    });
    cluster.changeTask(lost, undefined);
    deepStrictEqual(shield.tagsOf(oldest), ['v0', keepTag('in-use-', oldest)]);
    const expired = shield.expire();
    strictEqual(expired.includes(oldest), false, 'the image that runs is kept');
    strictEqual(expired.includes(unused), true, 'the unused image expires');

    cluster.changeTask(task, undefined);
    fakes.ecs.changeTaskDefinition(taskDefinition, undefined);
    shield.clock.pass(1);
    deepStrictEqual((await shield.run()).protected, 2);
    await shield.turn('stopped');
    shield.clock.pass(14);
    strictEqual((await shield.run()).protected, undefined, 'a shield that is stopped does nothing');
    deepStrictEqual(shield.tagsOf(oldest), ['v0', keepTag('in-use-', oldest)]);
    await shield.turn('started');
    deepStrictEqual((await shield.run()).released, 1);
    deepStrictEqual(shield.tagsOf(oldest), ['v0', releasedTag('in-use-', oldest)]);
    strictEqual(shield.expire().includes(oldest), false, 'a released image expires by its age');
    shield.clock.pass(16);
    strictEqual(shield.expire().includes(oldest), true, 'the released image expires 30 days after its push');

    const next = shield.push('next', 0);
    const serviceDefinition = fakes.ecs.taskDefinition('api', { containers: [shield.uri('next')] }, fakes.here);
    const revisions = [{ taskDefinition: serviceDefinition, containerImages: [{ image: shield.uri('next'), imageDigest: next }] }];
    const serviceArn = cluster.service('api', { taskDefinition: serviceDefinition, revisions });
    await shield.execute(shield.outputs.EventMachine, {
      'source': 'aws.ecs',
      'detail-type': 'ECS Deployment State Change',
      'resources': [serviceArn],
      'detail': { eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS' },
    });
    deepStrictEqual(shield.tagsOf(next), ['next', keepTag('in-use-', next)]);
    deepStrictEqual(await shield.run(), { protected: 2, newlyProtected: 0, released: 0, unprotected: 0, findings: 0, succeeded: true });

    const { outputs } = shield;
    match(outputs[Object.keys(outputs).find(name => /StatusCommand/.test(name))!], /^npx cdk-ecr-keeper shield status --bucket /);
    const destroyed = await world.destroy('Test');
    strictEqual(destroyed.status, 'DELETE_COMPLETE');
  }, 'Step Functions, CloudFormation, and S3 of MiniStack, LocalEcr, LocalEcs (no task events: the state machine is started by hand),'
    + ' IAM enforced'),
];
