import { deepStrictEqual, ok } from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRepositoryCommand, DeleteRepositoryCommand, ECRClient, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { App, CliCredentialsStackSynthesizer, Stack } from 'aws-cdk-lib';
import { hurry, Hurry } from './hurried-clock';
import { liveRepositories, liveStacks, Machinery, machinery, sorted, StackEnd } from './live';
import { TAGS } from './subject';
import { policiesOf, Template, templateOf } from './template';
import { DeployedStack } from '../../lambda/deployed-stack';
import type { IamStatement } from '../../local-ecr/iam';
import { Emulator } from '../emulator';
import { functionLogs, logGroupNames } from '../function-logs';
import { connect, NotHere, Place } from '../place';
import { Registry } from '../registry';
import { DeployOptions, DestroyOptions, eventTable, Outcome, StackArtifact, Stacks } from '../stacks';

export const MARK = 'cdk-ecr-keeper:teardown-by';
export const CODE = 'cdk-ecr-keeper:teardown';
const BYSTANDER = 'bystander';

export interface RepositoryEnd {
  /** All tags except the mark. @default - no tags */
  readonly tags?: Record<string, string>;
  /** The stack and the beginning of the logical id of its teardown, or the complete value. @default - no mark */
  readonly mark?: readonly [stack: string, teardown: string] | string;
}

/** Expected end of a scene: exactly these stacks and repositories, and the repositories hold exactly the pushed images. */
export interface End {
  readonly stacks: Record<string, StackEnd>;
  readonly repositories: Record<string, RepositoryEnd>;
}

/** Options of a deployment, in addition to the options of CloudFormation. */
export interface SceneOptions extends DeployOptions {
  /** Changes the template after the synthesis. @default - no change */
  readonly edit?: (template: Template) => void;
  /** Whether the app specifies the account and the Region of the stack. @default false */
  readonly isEnvKnown?: boolean;
}

/**
 * A Region in an account of a place, with the stacks, repositories, and images of one scene. An unrelated repository must not change.
 */
export class World {
  static async open(place: Place, account: string, region = place.region): Promise<World> {
    const world = new World(place, { account, region }, await Registry.login(place, { account, region }));
    await world.createRepository(BYSTANDER, TAGS);
    await world.push(BYSTANDER);
    return world;
  }

  /** All deployments, successful or not, whose templates contain the permissions of the scene. */
  readonly deployments: { readonly stack: DeployedStack; readonly handlers: ReadonlyMap<string, IamStatement[]> }[] = [];
  /** Called at the beginning of each deployment with the statements for the role of every handler. */
  begun?: (handlers: ReadonlyMap<string, IamStatement[]>) => void;
  readonly ecr: ECRClient;
  readonly cloudFormation: CloudFormationClient;
  private readonly stacks: Stacks;
  private readonly pushed = new Map<string, string[]>();
  private readonly templates = new Map<string, Template>();
  private readonly stackIds = new Map<string, string>();
  private readonly companions: World[] = [];

  private constructor(
    readonly place: Place, readonly env: { readonly account: string; readonly region: string }, private readonly registry: Registry,
  ) {
    this.ecr = connect(place, ECRClient, env);
    this.cloudFormation = connect(place, CloudFormationClient, env);
    this.stacks = new Stacks(place, env);
  }

  get account(): string {
    return this.env.account;
  }

  /** The emulator itself, for scenes that run only there. */
  get emulator(): Emulator {
    if (this.place instanceof Emulator) return this.place;
    throw new NotHere('uses the emulator itself');
  }

  /** Creates the world of another Region or account, which is closed with this world. */
  async elsewhere({ account = this.account, region = this.env.region }: Partial<World['env']>): Promise<World> {
    if (account === this.account && region === this.env.region) throw new NotHere(`${region} is also the Region of the stacks`);
    const companion = await World.open(this.place, account, region);
    this.companions.push(companion);
    return companion;
  }

  /** This world and the worlds that it created. */
  get all(): readonly World[] {
    return [this, ...this.companions];
  }

  /** Synthesizes an app with one stack and its assets, and deploys it. */
  async deploy(stackName: string, build: (stack: Stack) => void, options: SceneOptions = {}): Promise<Outcome> {
    const artifact = this.synthesise(stackName, build, options);
    const template = templateOf(artifact);
    if (options.edit) {
      options.edit(template);
      writeFileSync(artifact.templateFullPath, JSON.stringify(template));
    }
    const outcome = await this.stacks.deploy(artifact, {
      begun: stackId => this.begun?.(policiesOf(stackId, template, options.parameters)), ...options,
    });
    this.stackIds.set(stackName, outcome.stackId);
    const stack = new DeployedStack(outcome.stackId, template.Resources as never, options.parameters);
    this.deployments.push({ stack, handlers: policiesOf(outcome.stackId, template, options.parameters) });
    if (/^(CREATE|UPDATE)_COMPLETE$/.test(outcome.status)) this.templates.set(stackName, template);
    return outcome;
  }

  destroy(stackName: string, options: DestroyOptions = {}): Promise<Outcome> {
    return this.stacks.destroy(stackName, options);
  }

  /** Speeds up the waiting times of the functions of the stack, if that is possible in the place. */
  hurry(stack: Stack, what: Hurry): void {
    if (this.place instanceof Emulator) hurry(stack, this.place, what);
  }

  synthesise(stackName: string, build: (stack: Stack) => void, { isEnvKnown = false }: SceneOptions = {}): StackArtifact {
    const app = new App({ outdir: mkdtempSync(join(this.place.directory, 'scene-')), analyticsReporting: false });
    build(new Stack(app, 'Stack', { stackName, synthesizer: new CliCredentialsStackSynthesizer(), ...isEnvKnown && { env: this.env } }));
    return app.synth().getStackByName(stackName);
  }

  async createRepository(repositoryName: string, tags: Record<string, string> = {}): Promise<void> {
    await this.ecr.send(new CreateRepositoryCommand({
      repositoryName, tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }));
    this.pushed.set(repositoryName, []);
  }

  /** Pushes a tagged, an untagged, and a multi-architecture image: five digests. Returns the digests of the last. */
  async push(repository: string, seed = 'first'): Promise<string[]> {
    const flat = await this.registry.pushImage({ repository, tags: [`${seed}-flat`] });
    const untagged = await this.registry.pushImage({ repository, seed: `${repository} ${seed} untagged` });
    const index = await this.registry.pushIndex({ repository, tags: [`${seed}-multi`] });
    const multi = [index, ...index.children].map(({ digest }) => digest);
    this.note(repository, flat.digest, untagged.digest, ...multi);
    return multi;
  }

  /** Pushes one image and returns its digest. */
  async pushImage(repository: string, tag: string): Promise<string> {
    const { digest } = await this.registry.pushImage({ repository, tags: [tag] });
    this.note(repository, digest);
    return digest;
  }

  /** Pushes a multi-architecture image and returns the digests of its index and its images. */
  async pushIndex(repository: string, tag: string): Promise<{ digest: string; children: string[] }> {
    const { digest, children } = await this.registry.pushIndex({ repository, tags: [tag] });
    this.note(repository, digest, ...children.map(child => child.digest));
    return { digest, children: children.map(child => child.digest) };
  }

  /** Expects the repository to hold only these images from now on. */
  keeps(repository: string, digests: readonly string[]): void {
    this.pushed.set(repository, [...digests]);
  }

  async retag(repository: string, tags: Record<string, string | undefined>): Promise<void> {
    const resourceArn = this.arn(repository);
    for (const [Key, Value] of Object.entries(tags)) {
      await this.ecr.send(Value === undefined
        ? new UntagResourceCommand({ resourceArn, tagKeys: [Key] }) as never
        : new TagResourceCommand({ resourceArn, tags: [{ Key, Value }] }) as never);
    }
  }

  /** Deletes the repository with its images, as another user would. */
  async vanish(repositoryName: string): Promise<void> {
    await this.ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
  }

  /** Runs a command from a message with the pinned AWS CLI. */
  async run(command: string): Promise<void> {
    const [program, ...args] = command.split(/\s+/);
    deepStrictEqual(program, 'aws', command);
    await this.place.aws(args, this.place.env(this.env));
  }

  async untilGone(stackName: string): Promise<void> {
    const id = this.stackIds.get(stackName)!;
    const until = this.deadline();
    while (Date.now() < until) {
      const status = (await this.stacks.describe(id))?.StackStatus ?? 'DELETE_COMPLETE';
      if (status === 'DELETE_COMPLETE') return;
      if (status === 'DELETE_FAILED') break;
      await this.pause();
    }
    throw new Error(`${stackName} is not gone:\n${eventTable(await this.stacks.events(id))}`);
  }

  /** Waits until the stack has no operation in progress. */
  async untilSettled(stackName: string): Promise<void> {
    while ((await this.stacks.describe(stackName))?.StackStatus?.endsWith('_IN_PROGRESS')) await this.pause();
  }

  /** Returns the mark of a stack for the teardown whose logical id starts with this text. */
  mark(stackName: string, teardown: string): string {
    return `${this.stackUuid(stackName)}:${this.logicalId(stackName, 'Custom::EcrTeardown', teardown)}`;
  }

  stackUuid(stackName: string): string {
    return this.stackIds.get(stackName)!.split('/')[2];
  }

  logicalId(stackName: string, type: string, prefix = ''): string {
    const { Resources } = this.templates.get(stackName)!;
    const [found, ...more] = Object.keys(Resources).filter(id => Resources[id].Type === type && id.startsWith(prefix));
    ok(found !== undefined && more.length === 0, `one ${type} ${prefix}* in ${stackName}, got: ${[found, ...more].join(', ')}`);
    return found;
  }

  logicalIds(stackName: string): string[] {
    return Object.keys(this.templates.get(stackName)!.Resources).sort();
  }

  /** Returns the types in the template that was deployed last. */
  types(stackName: string): string[] {
    return Object.values(this.templates.get(stackName)!.Resources).map(({ Type }) => Type).sort();
  }

  async physicalId(stackName: string, logicalId: string): Promise<string> {
    const { StackResourceSummaries } = await this.cloudFormation.send(new ListStackResourcesCommand({
      StackName: this.stackIds.get(stackName),
    }));
    return StackResourceSummaries!.find(({ LogicalResourceId }) => LogicalResourceId === logicalId)!.PhysicalResourceId!;
  }

  machinery(): Promise<Machinery> {
    return machinery(this.place, this.account);
  }

  /** Returns a client with the rights of a role of the account. Only for the emulator. */
  async ecrOfRole(roleName: string): Promise<ECRClient> {
    const sts = new STSClient(this.emulator.client(this.env));
    const { Credentials } = await sts.send(new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${this.account}:role/${roleName}`, RoleSessionName: 'scene',
    }));
    sts.destroy();
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '', SessionToken: sessionToken } = Credentials!;
    return new ECRClient({ ...this.emulator.client(this.env), credentials: { accessKeyId, secretAccessKey, sessionToken } });
  }

  /**
   * Returns the physical id of a resource that the operation in progress has just created.
   *
   * @param end `_IN_PROGRESS` if the creation only has to begin
   */
  async whenCreated(stackName: string, logicalId: string, end = '_COMPLETE'): Promise<string> {
    const until = this.deadline();
    while (Date.now() < until) {
      const stack = await this.stacks.describe(stackName);
      const events = stack ? await this.stacks.events(stack.StackId!) : [];
      const found = events.find(event => event.logicalId === logicalId && event.status.endsWith(end));
      if (found) return found.physicalId ?? '';
      await this.pause(25);
    }
    throw new Error(`${logicalId} was not made`);
  }

  arn(repository: string): string {
    return `arn:aws:ecr:${this.env.region}:${this.account}:repository/${repository}`;
  }

  /** Checks the stacks with their resources, and the repositories with their tags, marks, and digests. */
  async ends(expected: End): Promise<void> {
    const stacks: Record<string, StackEnd> = {};
    for (const [name, { status, left }] of Object.entries(expected.stacks)) {
      stacks[name] = { status, left: left === 'template' ? this.logicalIds(name) : [...left].sort() };
    }
    const repositories: Record<string, unknown> = {};
    for (const [name, { tags = {}, mark }] of Object.entries(
      { ...expected.repositories, [BYSTANDER]: { tags: TAGS } } as End['repositories'],
    )) {
      const value = typeof mark === 'object' ? this.mark(...mark) : mark;
      repositories[name] = {
        tags: sorted({ ...tags, ...value !== undefined && { [MARK]: value } }),
        images: [...this.pushed.get(name) ?? []].sort(),
      };
    }
    const live = { stacks: await this.liveStacks(), repositories: await this.liveRepositories() };
    deepStrictEqual(live, { stacks: sorted(stacks), repositories: sorted(repositories) });
  }

  liveStacks(): Promise<Record<string, StackEnd>> {
    return liveStacks(this.cloudFormation);
  }

  /** Deletes all remaining resources, and checks that nothing is left. */
  async close(): Promise<void> {
    for (const [name, { status }] of Object.entries(await this.liveStacks())) {
      if (status !== 'DELETE_FAILED') await this.stacks.destroy(name).catch(() => undefined);
      if (await this.stacks.describe(name) !== undefined) await this.stacks.destroy(name, { force: true });
    }
    for (const repository of Object.keys(await this.liveRepositories())) await this.vanish(repository);
    deepStrictEqual([await this.liveStacks(), await this.liveRepositories()], [{}, {}]);
    for (const companion of this.companions) await companion.close();
    this.ecr.destroy();
    this.cloudFormation.destroy();
  }

  /** Returns all events of all stacks and the logs of their functions, for a failed scene. */
  async story(): Promise<string> {
    const parts: string[] = [];
    for (const [name, id] of this.stackIds) {
      parts.push(`--- every event of ${name} ---`, eventTable(await this.stacks.events(id).catch(() => [])));
    }
    const logs = connect(this.place, CloudWatchLogsClient, this.env);
    for (const name of await logGroupNames(logs)) parts.push(`--- ${name} ---`, ...await functionLogs(logs, name));
    logs.destroy();
    for (const companion of this.companions) parts.push(await companion.story());
    return parts.join('\n');
  }

  liveRepositories(): ReturnType<typeof liveRepositories> {
    return liveRepositories(this.ecr);
  }

  private deadline(): number {
    return Date.now() + this.place.pace.timeoutSeconds * 1_000;
  }

  private pause(milliseconds = this.place.pace.pollMilliseconds): Promise<void> {
    return new Promise(done => setTimeout(done, milliseconds));
  }

  private note(repository: string, ...digests: string[]): void {
    this.pushed.set(repository, [...this.pushed.get(repository) ?? [], ...digests]);
  }
}
