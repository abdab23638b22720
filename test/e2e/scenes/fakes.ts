import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { Stack } from 'aws-cdk-lib';
import type { SceneOptions, World } from './world';
import type { Grant } from '../../local-ecr/iam';
import { LocalEcrPublic } from '../../local-ecr-public/local-ecr-public';
import { LocalEcs } from '../../local-ecs/local-ecs';
import { LocalLambda } from '../../local-lambda/local-lambda';
import { LocalSts } from '../../local-sts/local-sts';
import { FunctionRole, pointFunctions } from '../local-endpoints';
import { MirroredEcr } from '../mirrored-ecr';
import type { Outcome } from '../stacks';

/** The first of these handlers that a stack has is pointed here, its other functions stay with the emulator. */
const POINTED = ['LifecycleGuard', 'LifecyclePolicy', 'Teardown', 'PrefixTeardown', 'PublicRepository'];
/** Those of these that it has all are: the repositories of images are here alone. */
const OF_IMAGES = ['ImageCopy', 'ImageTags', 'ScanGate'];

export interface FakesOptions extends SceneOptions {
  /** What the function is pointed at here, the rest is the emulator's. @default - all of them */
  readonly services?: readonly ('ECR' | 'ECR_PUBLIC' | 'ECS' | 'LAMBDA' | 'STS')[];
}

/**
 * Local fakes beside an account of the emulator, which functions are pointed at: ECR with previews, ECR Public, ECS, Lambda, STS. Each
 * judges its calls by the policy that was synthesised for the function's role; where several functions of a stack are pointed here, by all
 * of theirs. The emulator's own Lambda is not the one that the function looks into.
 */
export class Fakes {
  static async start(world: World): Promise<Fakes> {
    const { account } = world;
    const role = new FunctionRole(account);
    const ecr = await MirroredEcr.start(world.emulator, role, account);
    role.define(account, { account });
    const principals = { principals: role };
    return new Fakes(world, role, ecr, await LocalEcrPublic.start(principals), await LocalEcs.start(principals),
      await LocalLambda.start(principals),
      await LocalSts.start(principals));
  }

  private readonly pointed = new Set<string>();

  private constructor(
    private readonly world: World, private readonly role: FunctionRole,
    readonly ecr: MirroredEcr, readonly ecrPublic: LocalEcrPublic, readonly ecs: LocalEcs, readonly lambda: LocalLambda,
    readonly sts: LocalSts,
  ) {}

  /** Where everything of this account is. */
  get here(): { account: string } {
    return { account: this.world.account };
  }

  private get endpoints(): Record<string, string> {
    const { ecr, ecrPublic, ecs, lambda, sts } = this;
    return { ECR: ecr.endpoint, ECR_PUBLIC: ecrPublic.endpoint, ECS: ecs.endpoint, LAMBDA: lambda.endpoint, STS: sts.endpoint };
  }

  /** Deploys a stack whose handler is pointed here. */
  async deploy(build: (stack: Stack) => void, { services, ...options }: FakesOptions = {}, stackName = 'Test'): Promise<Outcome> {
    const { world, role, ecr } = this;
    const endpoints = Object.fromEntries(Object.entries(this.endpoints)
      .filter(([service]) => services?.includes(service as never) ?? true));
    const before = role.policy;
    let pointed: readonly string[] = [];
    world.begun = handlers => {
      role.policy = pointed.length === 0 ? before : pointed.flatMap(handler => handlers.get(handler) ?? []);
    };
    const outcome = await world.deploy(stackName, stack => {
      build(stack);
      const has = (handler: string) => stack.node.tryFindChild(`CdkEcrKeeper${handler}`) !== undefined;
      pointed = [...POINTED.filter(has).slice(0, 1), ...OF_IMAGES.filter(has)];
      for (const handler of pointed) {
        this.pointed.add(handler);
        pointFunctions(stack, endpoints, handler);
      }
    }, options);
    if (!/^(CREATE|UPDATE)_COMPLETE$/.test(outcome.status)) role.policy = before;
    await ecr.refresh();
    return outcome;
  }

  /** Runs a command that a message printed, with the pinned AWS CLI on the registries that are here. */
  async run(command: string): Promise<void> {
    const [program, ...args] = command.split(/\s+/);
    strictEqual(program, 'aws', command);
    const env = this.world.emulator.env(this.world.env);
    await this.world.emulator.aws(args, {
      ...env, AWS_ENDPOINT_URL_ECR: this.endpoints.ECR, AWS_ENDPOINT_URL_ECR_PUBLIC: this.endpoints.ECR_PUBLIC,
    });
  }

  /** The rights that were used here. */
  used(handler: string): Grant[] {
    return this.pointed.has(handler) ? this.role.usedRights() : [];
  }

  /** What the function was refused, whatever became of it. */
  refused(): string[] {
    return [this.ecr.local, this.ecrPublic, this.ecs, this.lambda, this.sts].flatMap(({ calls }) =>
      calls.filter(({ outcome }) => /AccessDenied/.test(outcome)).map(({ operation, input }) => `${operation} ${JSON.stringify(input)}`));
  }

  /** Sees that the repository of the emulator and the one here hold the same digests: neither lost one. */
  async same(repositoryName: string): Promise<void> {
    await this.ecr.refresh();
    const live = (await this.world.liveRepositories())[repositoryName]?.images ?? [];
    deepStrictEqual(this.ecr.digests(repositoryName), live);
  }

  async stop(): Promise<void> {
    await Promise.all([this.ecr, this.ecrPublic, this.ecs, this.lambda, this.sts].map(fake => fake.stop()));
  }
}
