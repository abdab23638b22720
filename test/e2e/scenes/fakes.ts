import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { Stack } from 'aws-cdk-lib';
import { assumedSessions, handlerOf } from './least-privilege';
import type { SceneOptions, World } from './world';
import type { Grant } from '../../local-ecr/iam';
import { LocalEcrPublic } from '../../local-ecr-public/local-ecr-public';
import { LocalEcs } from '../../local-ecs/local-ecs';
import { LocalLambda } from '../../local-lambda/local-lambda';
import { LocalSts } from '../../local-sts/local-sts';
import { AssumedRole, FunctionRole, pointFunctions } from '../local-endpoints';
import { MirroredEcr } from '../mirrored-ecr';
import type { Outcome } from '../stacks';

/** The fakes serve the first of these handlers that a stack has. Its other functions use the emulator. */
const POINTED = ['LifecycleGuard', 'LifecyclePolicy', 'Teardown', 'PrefixTeardown', 'PublicRepository', 'RegistryPermissions'];
/** The fakes serve all of these handlers, because only the fakes hold the repositories of the image scenes and the rules of registries. */
const AT_FAKES_ONLY = ['ImageCopy', 'ImageTags', 'ScanGate', 'PullThroughCache', 'RegistryReplication', 'RegistryScanning'];
/** The functions of an image shield with the id `ImageShield`. */
const OF_SHIELD = ['ImageShieldCollect', 'ImageShieldProtect', 'ImageShieldReport'];

export interface FakesOptions extends SceneOptions {
  /** Services that the function uses from the fakes. Other services are the emulator's. @default - all services */
  readonly services?: readonly ('ECR' | 'ECR_PUBLIC' | 'ECS' | 'LAMBDA' | 'STS')[];
}

/** Returns the role that a function assumed at the emulator, with the policy that its stack has deployed. */
function assumedRole({ emulator, all }: World, accessKeyId: string): AssumedRole | undefined {
  const arn = assumedSessions(emulator).get(accessKeyId);
  if (arn === undefined) return undefined;
  const [, , , , account] = arn.split(':');
  const policies = all.filter(world => world.account === account)
    .flatMap(({ deployments }) => deployments.map(({ handlers }) => handlers.get(handlerOf(arn))))
    .filter(policy => policy !== undefined);
  return { arn, policy: policies[policies.length - 1] ?? [] };
}

/**
 * Local fakes for functions in an account of the emulator: ECR with previews, ECR Public, ECS, Lambda, and STS. Each fake checks its calls
 * against the synthesized policy of the function's role. If the fakes serve several functions of a stack, the policies of all their roles
 * apply. The function reads the functions of the Lambda fake, not the functions of the emulator.
 */
export class Fakes {
  static async start(world: World): Promise<Fakes> {
    const { account } = world;
    const role = new FunctionRole(account, accessKeyId => assumedRole(world, accessKeyId));
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

  /** The fakes of this account. */
  get here(): { account: string } {
    return { account: this.world.account };
  }

  private get endpoints(): Record<string, string> {
    const { ecr, ecrPublic, ecs, lambda, sts } = this;
    return { ECR: ecr.endpoint, ECR_PUBLIC: ecrPublic.endpoint, ECS: ecs.endpoint, LAMBDA: lambda.endpoint, STS: sts.endpoint };
  }

  /** Deploys a stack whose handler uses the fakes. */
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
      const ids = new Set(stack.node.findAll().map(({ node: { id } }) => id));
      const has = (handler: string) => ids.has(`CdkEcrKeeper${handler}`);
      const ofShield = stack.node.tryFindChild('ImageShield') ? OF_SHIELD : [];
      const ofStack = [...POINTED.filter(has).slice(0, 1), ...AT_FAKES_ONLY.filter(has)];
      pointed = [...ofStack, ...ofShield];
      for (const handler of pointed) this.pointed.add(handler);
      for (const handler of ofStack) pointFunctions(stack, endpoints, `CdkEcrKeeper${handler}`);
      if (ofShield.length > 0) pointFunctions(stack, endpoints, '/ImageShield/');
    }, options);
    if (!/^(CREATE|UPDATE)_COMPLETE$/.test(outcome.status)) role.policy = before;
    await ecr.refresh();
    return outcome;
  }

  /** Runs a command from a message with the pinned AWS CLI and the registries of the fakes. */
  async run(command: string): Promise<void> {
    const [program, ...args] = command.split(/\s+/);
    strictEqual(program, 'aws', command);
    const env = this.world.emulator.env(this.world.env);
    await this.world.emulator.aws(args, {
      ...env, AWS_ENDPOINT_URL_ECR: this.endpoints.ECR, AWS_ENDPOINT_URL_ECR_PUBLIC: this.endpoints.ECR_PUBLIC,
    });
  }

  /** The permissions that were used at the fakes. */
  used(handler: string): Grant[] {
    return [
      ...this.pointed.has(handler) ? this.role.usedRights() : [], ...this.role.usedRightsOf(arn => handlerOf(arn) === handler),
    ];
  }

  /** The calls of the function that were denied, even if the function handled the error. */
  refused(): string[] {
    return [this.ecr.local, this.ecrPublic, this.ecs, this.lambda, this.sts].flatMap(({ calls }) =>
      calls.filter(({ outcome }) => /AccessDenied/.test(outcome)).map(({ operation, input }) => `${operation} ${JSON.stringify(input)}`));
  }

  /** Checks that the repositories of the emulator and of the fake hold the same digests. */
  async same(repositoryName: string): Promise<void> {
    await this.ecr.refresh();
    const live = (await this.world.liveRepositories())[repositoryName]?.images ?? [];
    deepStrictEqual(this.ecr.digests(repositoryName), live);
  }

  async stop(): Promise<void> {
    await Promise.all([this.ecr, this.ecrPublic, this.ecs, this.lambda, this.sts].map(fake => fake.stop()));
  }
}
