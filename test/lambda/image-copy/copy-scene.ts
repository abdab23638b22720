import { createHash } from 'node:crypto';
import { BatchGetImageCommand, ECRClient, GetDownloadUrlForLayerCommand } from '@aws-sdk/client-ecr';
import { Stack } from 'aws-cdk-lib';
import { imageCopyHandler } from '../../../lambda/image-copy/handler';
import type { CustomResourceRequest } from '../../../lambda/shared/protocol/job';
import { ImageCopy, ImageCopyProps, ImageSource, RegistryImageSourceOptions, Repository } from '../../../src';
import { MANIFEST_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { credentialPair, PAIR_HASH_LENGTH } from '../../../src/core/wire/image-copy';
import type { Place } from '../../local-ecr/registry';
import { LocalRegistry, LocalRegistryOptions } from '../../local-registry/local-registry';
import { DeployedStack } from '../deployed-stack';
import { Answer, LocalAccount, RequestType, Transport } from '../local-account';

export const TYPE = 'Custom::EcrImageCopy';
export const MB = 1_048_576;

export type Build = (stack: Stack) => void;
export type Rest = Omit<ImageCopyProps, 'source' | 'repository'> & { readonly to?: string };
export type Success = NonNullable<Answer> & { readonly Data: Record<string, string> };

/** Placeholder in templates for the host of the registry, which is different in every test. */
export const HOST = '127.0.0.9:5000';

/** Returns a copy to an imported repository. */
export const copying = (source: (stack: Stack) => ImageSource, { to = 'to', ...rest }: Rest): Build => stack => {
  new ImageCopy(stack, 'Copy', { source: source(stack), repository: Repository.fromRepositoryName(stack, 'To', to), ...rest });
};

/** Returns a copy of an image of the registry, such as `lib/redis:7`. */
export const fromRegistry = (reference = 'lib/redis:7', rest: Rest = {}, options: RegistryImageSourceOptions = {}): Build =>
  copying(() => ImageSource.fromRegistry(`${HOST}/${reference}`, options), rest);

/** Returns a copy of an image of the repository `from`. */
export const fromEcr = (tagOrDigest = 'v1', rest: Rest = {}, from = 'from'): Build =>
  copying(stack => ImageSource.fromEcrRepository(Repository.fromRepositoryName(stack, 'From', from), tagOrDigest), rest);

/** An account with a repository to copy to, a registry, and what CloudFormation knows of one construct. */
export class CopyScene {
  static async start(options: LocalRegistryOptions = {}, transport: Transport = 'in-process'): Promise<CopyScene> {
    const scene = new CopyScene(await LocalAccount.start(transport), await LocalRegistry.start(options));
    scene.ecr.layers = 'modelled';
    scene.ecr.seed({ repositoryName: 'to' });
    scene.ecr.seed({ repositoryName: 'from' });
    return scene;
  }

  /** Each wait of the handler, in milliseconds. */
  readonly waits = new Array<number>();
  readonly answers = new Array<Answer>();
  physicalId?: string;
  private properties?: Record<string, unknown>;
  private declaredHost = HOST;
  private policy?: string;

  private constructor(readonly account: LocalAccount, public registry: LocalRegistry) {
    account.environmentOf = stack => this.environmentOf(stack);
    const surroundings = account.surroundings.bind(account);
    account.surroundings = accessKeyId => {
      const { clock, ...others } = surroundings(accessKeyId);
      return {
        ...others,
        clock: {
          now: () => clock.now(),
          sleep: milliseconds => {
            this.waits.push(milliseconds);
            return clock.sleep(milliseconds);
          },
        },
      };
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.account.stop(), this.registry.stop()]);
  }

  get ecr() {
    return this.account.ecr;
  }

  get log(): string {
    return this.account.logs.join('\n');
  }

  stack(build: Build | DeployedStack): DeployedStack {
    return build instanceof DeployedStack ? build : DeployedStack.of('Test', build);
  }

  /** Gives the function the permissions of its template, except for some actions. */
  refuse(build: Build, ...actions: string[]): void {
    const stack = this.stack(build);
    const policy = stack.policy()
      .map(statement => ({ ...statement, Action: [statement.Action!].flat().filter(action => !actions.includes(action)) }))
      .filter(({ Action }) => Action.length > 0);
    this.ecr.principal(this.account.roleOf(stack), { policy });
  }

  async create(build: Build | DeployedStack, more = {}, status = 'CREATE_IN_PROGRESS'): Promise<Answer> {
    return this.send('Create', build, status, { PhysicalResourceId: undefined, ...more });
  }

  async update(build: Build | DeployedStack, status = 'UPDATE_IN_PROGRESS', more = {}): Promise<Answer> {
    return this.send('Update', build, status, { PhysicalResourceId: this.physicalId, OldResourceProperties: this.properties, ...more });
  }

  async delete(build: Build | DeployedStack, status: string, PhysicalResourceId = this.physicalId): Promise<Answer> {
    return this.send('Delete', build, status, { PhysicalResourceId });
  }

  async created(build: Build | DeployedStack): Promise<Success> {
    const answer = await this.create(build);
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    return answer as Success;
  }

  /** Returns the reason of a Create that must fail. */
  async refusal(build: Build | DeployedStack, more = {}): Promise<string> {
    const answer = await this.create(build, more);
    expect(answer?.Status).toBe('FAILED');
    return answer!.Reason;
  }

  /** Returns what CloudFormation sends to the handler. */
  propertiesOf(stack: DeployedStack, host = this.registry.host): Record<string, unknown> {
    this.declaredHost = host;
    const [logicalId] = stack.logicalIds(TYPE);
    return JSON.parse(JSON.stringify(stack.customResourceProperties(logicalId)).replaceAll(HOST, host)) as Record<string, unknown>;
  }

  /** Returns the properties of the template, with the host of the registry in this test. */
  private environmentOf(stack: DeployedStack): Record<string, string> {
    const environment = stack.environment();
    const { SecretArn } = stack.customResourceProperties(stack.logicalIds(TYPE)[0]).Source as { SecretArn?: string };
    const hashFor = (host: string) => pairHash(credentialPair(SecretArn ?? '', host));
    return Object.fromEntries(Object.entries(environment).map(([name, value]) =>
      [name, value.replaceAll(hashFor(HOST), hashFor(this.declaredHost)).replaceAll(HOST, this.declaredHost)]));
  }

  /** Returns the digests that the tags of a repository point to. */
  tags(name = 'to', place: Place = {}): Record<string, string> {
    return Object.fromEntries(this.ecr.repository(name, place).images.flatMap(({ digest, tags }) => tags.map(tag => [tag, digest])));
  }

  digests(name = 'to', place: Place = {}): string[] {
    return this.ecr.repository(name, place).images.map(({ digest }) => digest).sort();
  }

  bytesOf(name = 'to', place: Place = {}): number {
    return Object.values(this.ecr.layersOf(name, place)).reduce((sum, size) => sum + size, 0);
  }

  /** Pulls everything that an image refers to, as a client would, and checks each digest. Returns the digests. */
  async pull(tagOrDigest: string, name = 'to', { region = 'us-east-1', account: registryId }: Place = {}): Promise<string[]> {
    const ecr = new ECRClient({ region, endpoint: this.ecr.endpoint, credentials: { accessKeyId: 'puller', secretAccessKey: 'test' } });
    const found = new Set<string>();
    const visit = async (reference: string): Promise<void> => {
      const imageId = reference.startsWith('sha256:') ? { imageDigest: reference } : { imageTag: reference };
      const { images = [] } = await ecr.send(new BatchGetImageCommand({
        registryId,
        repositoryName: name,
        imageIds: [imageId],
        acceptedMediaTypes: MANIFEST_MEDIA_TYPES,
      }));
      const [{ imageManifest = '', imageId: { imageDigest = '' } = {} }] = images;
      expect(sha256(imageManifest)).toBe(imageDigest);
      found.add(imageDigest);
      const { manifests = [], config, layers = [] } = JSON.parse(imageManifest) as Record<string, any>;
      for (const { digest } of manifests) await visit(digest as string);
      for (const { digest, size, urls } of [...config ? [config] : [], ...layers]) {
        if (urls) continue;
        const { downloadUrl } = await ecr.send(new GetDownloadUrlForLayerCommand({
          registryId, repositoryName: name, layerDigest: digest,
        }));
        const bytes = Buffer.from(await (await fetch(downloadUrl!)).arrayBuffer());
        expect({ digest: sha256(bytes), size: bytes.length }).toEqual({ digest, size });
        found.add(digest as string);
      }
    };
    try {
      await visit(tagOrDigest);
    } finally {
      ecr.destroy();
    }
    return [...found].sort();
  }

  private async send(
    type: RequestType, build: Build | DeployedStack, status: string, more: Partial<CustomResourceRequest>,
  ): Promise<Answer> {
    const stack = this.stack(build);
    const text = JSON.stringify(stack.policy());
    const role = this.account.roleOf(stack);
    // as CloudFormation does before the resource that depends on it
    if (this.policy !== undefined && this.policy !== text) this.ecr.principal(role, { policy: stack.policy() });
    this.policy = text;
    this.account.cloudFormation.stack(stack.stackId).status(status);
    const ResourceProperties = more.ResourceProperties ?? this.propertiesOf(stack);
    const answer = await this.account.request(imageCopyHandler, stack, type, stack.logicalIds(TYPE)[0], { ResourceProperties, ...more });
    this.answers.push(answer);
    if (answer?.Status === 'SUCCESS' && type !== 'Delete') {
      this.physicalId = answer.PhysicalResourceId;
      this.properties = ResourceProperties;
    }
    return answer;
  }
}

/** Computes a digest independently of the library. */
function pairHash(pair: string): string {
  return createHash('sha256').update(pair).digest('base64url').slice(0, PAIR_HASH_LENGTH);
}

export function sha256(data: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

/** An image or index as the fake registry returns it. */
export interface Parts {
  readonly digest: string;
  readonly config?: string;
  readonly layers?: readonly string[];
  readonly children?: readonly string[];
  readonly images?: readonly Parts[];
  readonly attestations?: readonly Parts[];
}

/** Returns the digests of everything that images of the registry consist of. */
export function partsOf(...parts: readonly Parts[]): string[] {
  const digests = parts.flatMap(({ digest, config, layers = [], children = [], images = [], attestations = [] }): string[] =>
    [digest, ...config === undefined ? [] : [config], ...layers, ...children, ...partsOf(...images, ...attestations)]);
  return [...new Set(digests)].sort();
}
