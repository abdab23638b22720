import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aspects, aws_lambda as lambda, aws_stepfunctions as sfn, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Fakes } from './fakes';
import { FOR_RIGHTS, hurried } from './hurried-clock';
import { bystander } from './subject';
import type { Template } from './template';
import type { World } from './world';
import { fleet, ImageUse, LifecyclePolicy, LifecycleRule, Repository } from '../../../src';
import type { Place } from '../../local-ecr/registry';
import { callStepFunctions, outputOf } from '../step-functions';

/** The repository of a shielded stack. */
export const APP = 'team/shielded';
const DAY = 86_400_000;

export interface ShieldedApp {
  /** Accounts and Regions that the shield searches in addition to its own. @default - none */
  readonly environments?: fleet.EnvironmentSelection;
  /** Number of images that the repository keeps. */
  readonly newest: number;
}

/** Declares a shield and a repository that keeps its newest images, and points the state machines out. */
const shielded = (clock: string, { environments, newest }: ShieldedApp) => (stack: Stack) => {
  bystander(stack);
  const shield = new fleet.ImageShield(stack, 'ImageShield', {
    repositories: fleet.RepositorySelection.prefixes('team/'),
    usedBy: [ImageUse.ecs({ newestTaskDefinitions: 1 }), ImageUse.lambdaFunctions()],
    keepAfterUse: Duration.days(14),
    environments,
  });
  new Repository(stack, 'App', {
    repositoryName: APP,
    lifecycle: LifecyclePolicy.fromRules([
      shield.keepRule, shield.releasedRule({ sincePush: Duration.days(30) }), LifecycleRule.keepNewest(newest),
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

/** Lets the maps run one child at a time. Otherwise, the emulator would start 16 processes of a function. */
function oneAtATime({ Resources }: Template): void {
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== 'AWS::StepFunctions::StateMachine') continue;
    const definition = JSON.stringify(Properties.DefinitionString);
    Properties.DefinitionString = JSON.parse(definition.replaceAll(/(?<=MaxConcurrency\\":)\d+/g, '1'));
  }
}

/** The clock of the functions, which is ahead by the days in a file. The pauses before a denied call is repeated take no time. */
class MovedClock {
  readonly module: string;
  private readonly file: string;
  private days = 0;

  constructor(directory: string) {
    this.file = join(directory, 'days-ahead');
    this.module = join(directory, 'moved-clock.cjs');
    this.pass(0);
    writeFileSync(this.module, hurried(FOR_RIGHTS, `Number(require('node:fs').readFileSync('${this.file}', 'utf8')) * ${DAY}`));
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
export class ShieldedWorld {
  static async deploy(world: World, fakes: Fakes, app: ShieldedApp): Promise<ShieldedWorld> {
    const clock = new MovedClock(world.emulator.directory);
    const { outputs } = await fakes.deploy(shielded(clock.module, app), {
      isEnvKnown: true, services: ['ECR', 'ECS', 'LAMBDA'], edit: oneAtATime,
    });
    return new ShieldedWorld(world, fakes, clock, outputs);
  }

  private constructor(
    private readonly world: World, private readonly fakes: Fakes, readonly clock: MovedClock, readonly outputs: Record<string, string>,
  ) {}

  uri(tag: string, { account = this.world.account }: Place = {}): string {
    return `${account}.dkr.ecr.us-east-1.amazonaws.com/${APP}:${tag}`;
  }

  push(tag: string, age: number, place: Place = this.fakes.here): string {
    const pushedAt = new Date(Date.now() - age * 1_000);
    return this.fakes.ecr.local.addImage({ repositoryName: APP, tags: [tag], pushedAt, ...place });
  }

  /** Runs a state machine until its end, and returns its output. */
  async execute(machine: string, input: object = {}): Promise<any> {
    const { emulator, env } = this.world;
    const start = { stateMachineArn: machine, input: JSON.stringify(input) };
    const { executionArn } = await callStepFunctions(emulator, env, 'StartExecution', start);
    return outputOf(emulator, env, executionArn);
  }

  run(): Promise<any> {
    return this.execute(this.outputs.RunMachine);
  }

  tagsOf(digest: string, place: Place = this.fakes.here): readonly string[] | undefined {
    return this.fakes.ecr.local.repository(APP, place).images.find(image => image.digest === digest)?.tags;
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
