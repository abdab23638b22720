import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { ECRClient } from '@aws-sdk/client-ecr';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { decisions, isOfHandler } from './least-privilege';
import { liveRepositories, liveStacks } from './live';
import { onEmulator, Scene } from './scene';
import type { World } from './world';
import { Cdk, CdkResult } from '../cdk';
import { Registry } from '../registry';
import { App, Env, joinAssemblies, PlacedStack, synthesize } from '../twice/assembly';
import { ExistingRepository, prepare, upload } from '../twice/before';
import { changed, Source, sources } from '../twice/sources';
import { StandIns } from '../twice/stand-ins';

const PLUGIN = `module.exports = { version: '1', init: host => host.registerCredentialProviderSource({
  name: 'any account of the emulator',
  isAvailable: async () => true,
  canProvideCredentials: async () => true,
  getProvider: async accountId => ({ accessKeyId: accountId, secretAccessKey: 'test' }),
}) };
`;

/** Returns the app in its own account, because the apps use the same names. */
function placed({ name, app }: Source, at: number): App {
  const env = { account: String(300_000_000_001 + at), region: 'eu-west-1' };
  const text = app(env);
  const [, region, account] = /\barn:aws:ecr:([\w-]+):(\d{12}):/.exec(text) ?? [];
  const [, firstAccount, firstRegion] = /'(\d{12})'[\s\S]*\bregion: '([\w-]+)'/.exec(text) ?? [];
  if (account !== undefined) return { name, text, env, registry: { account, region } };
  return { name, text, env, registry: /\benv: /.test(text) && firstAccount ? { account: firstAccount, region: firstRegion } : env };
}

/** Returns the events of failed resources, and the last lines of the CLI. */
function problemsIn(output: string): string {
  const lines = output.split('\n');
  return [...new Set(lines.filter((line, at) => /_FAILED|❌/.test(line) || at > lines.length - 20))].join('\n');
}

class Apps {
  static async synthesized(world: World, apps: readonly App[]): Promise<Apps> {
    const again = apps.map(app => ({ ...app, text: changed(app.text) }));
    const directory = join(world.emulator.directory, 'twice');
    mkdirSync(directory);
    const [first, second] = [join(directory, 'first'), join(directory, 'second')];
    await Promise.all([synthesize(apps, first), synthesize(again, second)]);
    const standIns = await StandIns.start(world.emulator, apps);
    const stacks = [first, second].map((assembly, at) =>
      joinAssemblies(apps, assembly, standIns.environment, name => {
        const isChanged = again.some((app, index) => app.name === name && app.text !== apps[index].text);
        return (at === 1 && !isChanged ? { revision: 'second' } : {}) as Record<string, string>;
      }));
    const plugin = join(directory, 'plugin.cjs');
    writeFileSync(plugin, PLUGIN);
    return new Apps(world, standIns, plugin, [first, second], stacks);
  }

  private existing: readonly ExistingRepository[] = [];

  private constructor(
    private readonly world: World, readonly standIns: StandIns, private readonly plugin: string,
    private readonly directories: readonly string[], readonly stacks: readonly (readonly PlacedStack[])[],
  ) {}

  async prepare(): Promise<void> {
    for (const stacks of this.stacks) this.standIns.seed(stacks);
    await upload(this.world.emulator, this.stacks.flat());
    this.existing = await prepare(this.world.emulator, this.standIns, this.stacks[0]);
  }

  /** @throws if the CLI fails, with the lines that describe the failure */
  async cdk(verb: 'deploy' | 'destroy', revision: 0 | 1): Promise<CdkResult> {
    const cdk = new Cdk({ place: this.world.emulator, app: this.directories[revision] });
    const options = ['**', '--concurrency', '16', '--plugin', this.plugin];
    const result = await (verb === 'deploy' ? cdk.deploy(...options, '--method', 'direct') : cdk.destroy(...options));
    strictEqual(result.code, 0, `cdk ${verb}, revision ${revision + 1}:\n${problemsIn(result.output)}`);
    return result;
  }

  /** Pushes an image to every repository that the stacks declare or delete, as a user does between two deployments. */
  async push(tag: string): Promise<void> {
    for (const env of this.places()) {
      const registry = await Registry.login(this.world.emulator, env);
      for (const repository of Object.keys(await this.live(env))) await registry.pushImage({ repository, tags: [tag] });
    }
    for (const { app, repositoryName, account } of this.publicRepositories()) {
      this.standIns.ecrPublic(app).addImage({ repositoryName, account, tags: [tag] });
    }
  }

  /** Destroys all stacks, and checks that only the repositories that the apps keep remain, with their images. */
  async destroy(): Promise<void> {
    const expected = new Map<Env, Record<string, readonly string[]>>();
    for (const env of this.places()) expected.set(env, await this.live(env));
    const emptied = new Set<string>();
    const remove = (of: Env, name: string) => {
      const [, there] = [...expected].find(([env]) => isSame(env, of))!;
      ok(name in there, `${name} is in ${of.account}`);
      delete there[name];
    };
    for (const { env, name, resources } of this.stacks[1]) {
      const cloudFormation = new CloudFormationClient(this.world.emulator.client(env));
      const { StackResourceSummaries } = await cloudFormation.send(new ListStackResourcesCommand({ StackName: name }));
      for (const { LogicalResourceId, PhysicalResourceId, ResourceType } of StackResourceSummaries!) {
        if (ResourceType !== 'AWS::ECR::Repository') continue;
        const end = endOf(LogicalResourceId!, resources);
        if (end === 'delete-with-images') remove(env, PhysicalResourceId!);
        if (end === 'empty') emptied.add(PhysicalResourceId!);
      }
    }
    for (const { name, onStackDelete, ...env } of this.existing) {
      if (onStackDelete === 'delete-with-images') remove(env, name);
      if (onStackDelete === 'empty') emptied.add(name);
    }
    const settings = this.stacks[1].flatMap(stack => settingsIn(stack).map(setting => [stack, setting] as const));
    for (const [stack, setting] of settings) ok(this.standIns.settingsOf(stack)[setting] > 0, `${stack.name} has its ${setting}`);
    await this.cdk('destroy', 1);

    for (const [stack, setting] of settings) strictEqual(this.standIns.settingsOf(stack)[setting], 0, `${stack.name} leaves ${setting}`);
    for (const [env, repositories] of expected) {
      const client = this.world.emulator.client(env);
      const { Functions } = await new LambdaClient(client).send(new ListFunctionsCommand({}));
      deepStrictEqual({
        stacks: Object.keys(await liveStacks(new CloudFormationClient(client))),
        functions: Functions!.map(({ FunctionName }) => FunctionName),
        repositories: withoutImagesOf(await this.live(env), emptied),
      }, { stacks: [], functions: [], repositories: withoutImagesOf(repositories, emptied) });
    }
    for (const { app, name, onStackDelete, account, region } of this.existing.filter(each => each.onStackDelete === undefined)) {
      const { exists, images, policy, lifecyclePolicyText } = this.standIns.ecr(app).local.repository(name, { account, region });
      deepStrictEqual([name, onStackDelete, exists, images.length > 0, policy, lifecyclePolicyText],
        [name, undefined, true, true, undefined, undefined]);
    }
    for (const { app, repositoryName, account, isKept } of this.publicRepositories()) {
      const { exists } = this.standIns.ecrPublic(app).repository(repositoryName, { account });
      deepStrictEqual([repositoryName, exists], [repositoryName, isKept]);
    }
  }

  private async live(env: Env): Promise<Record<string, readonly string[]>> {
    const repositories = await liveRepositories(new ECRClient(this.world.emulator.client(env)));
    return Object.fromEntries(Object.entries(repositories).map(([name, { images }]) => [name, images]));
  }

  private publicRepositories() {
    return this.stacks[1].flatMap(({ app, env: { account }, resources }) => Object.values(resources)
      .filter(({ Type }) => Type === 'Custom::EcrPublicRepository').map(({ Properties }) => ({
        app,
        account,
        repositoryName: /:repository\/([\w/.-]+)/.exec(JSON.stringify(Properties!.RepositoryArn))![1],
        isKept: Properties!.OnStackDelete !== 'delete-with-images',
      })));
  }

  /** Returns the environments of the stacks and of the repositories that existed before. */
  places(): Env[] {
    const places = [...this.stacks[0].map(({ env }) => env), ...this.existing.map(({ account, region }) => ({ account, region }))];
    return places.filter((env, at) => places.findIndex(other => isSame(env, other)) === at);
  }
}

function isSame(one: Env, other: Env): boolean {
  return one.account === other.account && one.region === other.region;
}

const SETTINGS = {
  'Custom::EcrRegistryPermissions': 'statements',
  'Custom::EcrRegistryReplication': 'replicated',
  'Custom::EcrRegistryScanning': 'scanned',
} as const;

/** Returns which settings of its registry the stack has. */
function settingsIn({ resources }: PlacedStack) {
  return Object.values(resources).flatMap(({ Type }) => SETTINGS[Type as keyof typeof SETTINGS] ?? []);
}

/** Returns what the deletion of the stack does to a repository that the stack declares, as an action of a teardown. */
function endOf(logicalId: string, resources: PlacedStack['resources']): string {
  const teardown = Object.values(resources)
    .find(({ Type, Properties }) => Type === 'Custom::EcrTeardown' && Properties!.RepositoryLogicalId === logicalId);
  return teardown?.Properties!.OnStackDelete ?? (resources[logicalId].DeletionPolicy === 'Delete' ? 'delete-with-images' : 'retain');
}

/** Removes the images of emptied repositories, because other scenes check which of these images are kept. */
function withoutImagesOf(repositories: Record<string, readonly string[]>, emptied: ReadonlySet<string>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(repositories).map(([name, images]) => [name, emptied.has(name) ? [] : images]));
}

/** 35. Examples and snippets can be deployed, deployed again, and destroyed. */
export const twice: Scene[] = [
  onEmulator('35 every example, and every snippet of the README that can be deployed: deployed by the CDK CLI, deployed again'
    + ' with a change, and destroyed', async world => {
    const { run, notRun } = sources();
    for (const snippet of notRun) console.log(`       35 does not deploy ${snippet}`);
    const apps = await Apps.synthesized(world, run.map(placed));
    try {
      await apps.prepare();
      await apps.cdk('deploy', 0);
      await apps.push('pushed');
      await apps.cdk('deploy', 1);
      await apps.destroy();
      const accounts = apps.places().map(({ account }) => account);
      const refused = decisions(world.emulator)
        .filter(({ principal, allowed, account }) => !allowed && isOfHandler(principal) && accounts.includes(account));
      deepStrictEqual(refused.map(({ action, resource }) => `${action} on ${resource}`), []);
    } finally {
      await apps.standIns.stop();
    }
  }),
];
