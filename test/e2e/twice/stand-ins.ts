import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App, PlacedStack } from './assembly';
import type { SecretStore } from '../../local-ecr/cache-secrets';
import { LocalEcrPublic } from '../../local-ecr-public/local-ecr-public';
import { LocalRegistry } from '../../local-registry/local-registry';
import type { Emulator } from '../emulator';
import { FunctionRole } from '../local-endpoints';
import { MirroredEcr } from '../mirrored-ecr';
import { FOR_SETTLING, hurried } from '../scenes/hurried-clock';

/** All permissions, because the other scenes check the permissions of each function. */
const EVERYTHING = [{ Effect: 'Allow' as const, Action: '*', Resource: '*' }];
/** Handlers that need features that the ECR of the emulator does not have: previews, scans, and layers. */
const ON_MIRROR = ['LifecycleGuard', 'ImageCopy', 'ImageTags', 'ScanGate'];
/** Handlers for repositories that exist only in the local ECR, because no stack of these apps declares them, and for its rules. */
const ON_LOCAL_ECR = ['LifecyclePolicy', 'RepositoryPolicy', 'RepositoryPolicyCheck', 'PullThroughCache'];
/** Handlers for settings of a registry, which the emulator does not have. */
const FOR_REGISTRY = ['RegistryPermissions', 'RegistryReplication', 'RegistryScanning'];
/** Handlers that wait until what they wrote does not change any more. */
const SETTLING = ['RepositoryPolicy', ...FOR_REGISTRY];

/** A registry that requires no credentials accepts these. */
const EVERY_SECRET: SecretStore = { stored: arn => ({ arn, value: '{"username":"user","accessToken":"token"}', isMarked: false }) };

/** Code that sends the requests to every registry to the local registry. */
const preload = (registry: string) => `
const https = require('node:https');
const http = require('node:http');
https.request = (url, options, ...rest) => http.request(new URL(url.pathname + url.search, ${JSON.stringify(registry)}),
  { ...options, agent: undefined }, ...rest);
`;

interface Registries {
  readonly ecr: MirroredEcr;
  readonly ecrPublic: LocalEcrPublic;
}

/** Local services that replace those of AWS that the emulator does not have completely. */
export class StandIns {
  static async start(emulator: Emulator, apps: readonly App[]): Promise<StandIns> {
    const registries = new Map<string, Registries>();
    for (const { name, registry: { account, region } } of apps) {
      const role = new FunctionRole(account);
      role.policy = EVERYTHING;
      const ecr = await MirroredEcr.start(emulator, role, account, region);
      ecr.local.secrets = EVERY_SECRET;
      registries.set(name, { ecr, ecrPublic: await LocalEcrPublic.start({ principals: role }) });
    }
    const registry = await LocalRegistry.start();
    const preloads = { registry: join(emulator.directory, 'any-registry.cjs'), clock: join(emulator.directory, 'hurried-clock.cjs') };
    writeFileSync(preloads.registry, preload(registry.url));
    writeFileSync(preloads.clock, hurried(FOR_SETTLING));
    return new StandIns(registries, registry, preloads);
  }

  private readonly seeded = new Set<string>();

  private constructor(
    private readonly registries: ReadonlyMap<string, Registries>, private readonly registry: LocalRegistry,
    private readonly preloads: { readonly registry: string; readonly clock: string },
  ) {}

  readonly environment = (app: string, handler: string): Record<string, string> => {
    const { ecr, ecrPublic } = this.registries.get(app)!;
    return {
      NODE_OPTIONS: `--require ${SETTLING.includes(handler) ? this.preloads.clock : this.preloads.registry}`,
      AWS_ENDPOINT_URL_ECR_PUBLIC: ecrPublic.endpoint,
      ...ON_MIRROR.includes(handler) && { AWS_ENDPOINT_URL_ECR: ecr.endpoint },
      ...[...ON_LOCAL_ECR, ...FOR_REGISTRY].includes(handler) && { AWS_ENDPOINT_URL_ECR: ecr.local.endpoint },
    };
  };

  /** Adds the images that the image copies of these stacks read from other registries, and connects the caches with a registry. */
  seed(stacks: readonly PlacedStack[]): void {
    for (const { app, resources } of stacks) {
      for (const { Type, Properties } of Object.values(resources)) {
        if (Type === 'Custom::EcrPullThroughCache') this.ecr(app).local.upstream(Properties!.UpstreamUrl as string, this.registry.url);
      }
    }
    for (const { Type, Properties } of stacks.flatMap(({ resources }) => Object.values(resources))) {
      if (Type !== 'Custom::EcrImageCopy' || Properties!.Source.Registry === undefined) continue;
      const image = { name: Properties!.Source.RepositoryName, tag: Properties!.TagOrDigest };
      if (this.seeded.has(JSON.stringify(image))) continue;
      this.seeded.add(JSON.stringify(image));
      this.registry.addIndex({ ...image, platforms: ['linux/amd64', 'linux/arm64'] });
    }
  }

  /** Returns how many statements, replication rules, and scan rules the registry of a stack has. */
  settingsOf({ app, env }: PlacedStack): { readonly statements: number; readonly replicated: number; readonly scanned: number } {
    const { local } = this.ecr(app);
    return {
      statements: local.registryPolicy(env)?.Statement.length ?? 0,
      replicated: local.replicationRules(env).length,
      scanned: local.scanningConfiguration(env).rules.length,
    };
  }

  ecr(app: string): MirroredEcr {
    return this.registries.get(app)!.ecr;
  }

  ecrPublic(app: string): LocalEcrPublic {
    return this.registries.get(app)!.ecrPublic;
  }

  async stop(): Promise<void> {
    await this.registry.stop();
    for (const { ecr, ecrPublic } of this.registries.values()) await Promise.all([ecr.stop(), ecrPublic.stop()]);
  }
}
