import { deepStrictEqual } from 'node:assert/strict';
import type { Stack } from 'aws-cdk-lib';
import type { World } from './world';
import type { Grant } from '../../local-ecr/iam';
import { LocalEcs } from '../../local-ecs/local-ecs';
import { LocalLambda } from '../../local-lambda/local-lambda';
import { LocalSts } from '../../local-sts/local-sts';
import { FunctionRole, pointFunctions } from '../local-endpoints';
import { MirroredEcr } from '../mirrored-ecr';
import type { DeployOptions, Outcome } from '../stacks';

/** The handlers that ask for a preview. Of these a stack has one here, the other functions of the stack stay with the emulator. */
const POINTED = ['LifecycleGuard', 'LifecyclePolicy'];

/**
 * Local fakes beside an account of the emulator, which the function of one handler is pointed at: ECR with previews, ECS, Lambda, STS. Each judges its
 * calls by the policy that was synthesised for the function's role. The emulator's own Lambda is not the one that the function looks into.
 */
export class Fakes {
  static async start(world: World): Promise<Fakes> {
    const { account } = world;
    const role = new FunctionRole(account);
    const ecr = await MirroredEcr.start(world.emulator, role, account);
    const principals = { principals: role };
    return new Fakes(world, role, ecr, await LocalEcs.start(principals), await LocalLambda.start(principals), await LocalSts.start(principals));
  }

  private constructor(
    private readonly world: World, private readonly role: FunctionRole,
    readonly ecr: MirroredEcr, readonly ecs: LocalEcs, readonly lambda: LocalLambda, readonly sts: LocalSts,
  ) {}

  /** Where everything of this account is. */
  get here(): { account: string } {
    return { account: this.world.account };
  }

  /** Deploys a stack whose handler is pointed here. */
  async deploy(build: (stack: Stack) => void, options: DeployOptions = {}, stackName = 'Test'): Promise<Outcome> {
    const { world, role, ecr, ecs, lambda, sts } = this;
    const before = role.policy;
    world.begun = handlers => {
      role.policy = POINTED.map(handler => handlers.get(handler)).find(policy => policy !== undefined) ?? before;
    };
    const outcome = await world.deploy(stackName, stack => {
      build(stack);
      const endpoints = { ECR: ecr.endpoint, ECS: ecs.endpoint, LAMBDA: lambda.endpoint, STS: sts.endpoint };
      for (const handler of POINTED) pointFunctions(stack, endpoints, handler);
    }, options);
    if (!/^(CREATE|UPDATE)_COMPLETE$/.test(outcome.status)) role.policy = before;
    await ecr.refresh();
    return outcome;
  }

  /** The rights that were used here. */
  used(handler: string): Grant[] {
    return POINTED.includes(handler) ? this.role.usedRights() : [];
  }

  /** What the function was refused, whatever became of it. */
  refused(): string[] {
    return [this.ecr.local, this.ecs, this.lambda, this.sts].flatMap(({ calls }) =>
      calls.filter(({ outcome }) => /AccessDenied/.test(outcome)).map(({ operation, input }) => `${operation} ${JSON.stringify(input)}`));
  }

  /** Sees that the repository of the emulator and the one here hold the same digests: neither lost one. */
  async same(repositoryName: string): Promise<void> {
    await this.ecr.refresh();
    const live = (await this.world.liveRepositories())[repositoryName]?.images ?? [];
    deepStrictEqual(this.ecr.digests(repositoryName), live);
  }

  async stop(): Promise<void> {
    await Promise.all([this.ecr, this.ecs, this.lambda, this.sts].map(fake => fake.stop()));
  }
}
