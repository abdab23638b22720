import {
  BatchGetImageCommand, DeleteLifecyclePolicyCommand, DescribeImagesCommand, DescribeRepositoriesCommand, ECRClient,
  GetLifecyclePolicyCommand, ImageDetail, PutImageCommand, Repository,
} from '@aws-sdk/client-ecr';
import type { Emulator } from './emulator';
import { FunctionRole } from './local-endpoints';
import { LocalEcr } from '../local-ecr/local-ecr';
import type { Call } from '../local-ecr/local-service';
import { Exchange, LoopbackServer } from '../local-ecr/loopback-server';

const MIRROR = 'MIRROR';
const DAY = 86_400_000;

/**
 * local-ecr for a function of the emulator. The emulator's CloudFormation writes repositories and their policies to the emulator's ECR,
 * which has no previews. Before each response, this mirror copies the repositories, the images with the same digests, and the lifecycle
 * policies. It copies each image only once, so that images that the function deletes are not restored. It does not change repositories that
 * exist only in local-ecr.
 */
export class MirroredEcr {
  static async start(emulator: Emulator, role: FunctionRole, account = emulator.account, region = emulator.region): Promise<MirroredEcr> {
    const clock: { time?: number } = {};
    role.define(MIRROR, { account });
    const local = await LocalEcr.start({ principals: role, now: () => new Date(clock.time ?? Date.now()) });
    // If a preview were in progress, the function would wait for three seconds.
    local.previewPolls = 0;
    const mirror: MirroredEcr = new MirroredEcr(
      local, role, { account, region }, clock,
      new ECRClient(emulator.client({ account: account === emulator.account ? undefined : account, region })),
      await LoopbackServer.start(exchange => mirror.forward(exchange)),
    );
    return mirror;
  }

  private readonly own: ECRClient;
  private readonly mirrored = new Set<string>();
  private readonly copied = new Set<string>();
  private readonly ages = new Map<string, number>();
  private refreshing: Promise<void> = Promise.resolve();

  private constructor(
    readonly local: LocalEcr, private readonly role: FunctionRole,
    private readonly place: { readonly account: string; readonly region: string },
    private readonly clock: { time?: number }, private readonly theirs: ECRClient, private readonly server: LoopbackServer,
  ) {
    const credentials = { accessKeyId: MIRROR, secretAccessKey: 'any' };
    this.own = new ECRClient({ endpoint: local.endpoint, region: place.region, credentials, maxAttempts: 1 });
  }

  get endpoint(): string {
    return this.server.url;
  }

  /** The calls of the function, without the calls of this mirror. */
  get calls(): Call[] {
    return this.local.calls.filter(({ accessKeyId }) => this.role.isFunction(accessKeyId));
  }

  /** Number of previews that the function has started. */
  get previews(): number {
    return this.calls.filter(({ operation, outcome }) => operation === 'StartLifecyclePolicyPreview' && outcome === 'ok').length;
  }

  /** Sets the age of an image in local-ecr, before it is copied. @default - its age in the emulator, which is seconds */
  aged(digest: string, days: number): void {
    this.ages.set(digest, Date.now() - days * DAY);
  }

  digests(repositoryName: string): string[] {
    return this.local.repository(repositoryName, this.place).images.map(({ digest }) => digest).sort();
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.refreshing.catch(() => undefined);
    await this.local.stop();
    this.own.destroy();
    this.theirs.destroy();
  }

  refresh(): Promise<void> {
    this.refreshing = this.refreshing.then(() => this.copy());
    return this.refreshing;
  }

  private async forward({ request, response, body }: Exchange): Promise<void> {
    await this.refresh();
    const { authorization = '', 'content-type': type = '', 'x-amz-target': target } = request.headers;
    const headers = { authorization, 'content-type': type, 'x-amz-target': String(target) };
    const answer = await fetch(this.local.endpoint, { method: 'POST', headers, body });
    const passed = [...answer.headers].filter(([name]) => name.startsWith('x-amz') || name === 'content-type');
    response.writeHead(answer.status, Object.fromEntries(passed)).end(await answer.text());
  }

  private async copy(): Promise<void> {
    const { repositories = [] } = await this.theirs.send(new DescribeRepositoriesCommand({}));
    for (const name of this.mirrored) {
      if (!repositories.some(({ repositoryName }) => repositoryName === name)) {
        this.local.vanish(name, this.place);
        this.mirrored.delete(name);
        for (const image of this.copied) if (image.startsWith(`${name}@`)) this.copied.delete(image);
      }
    }
    for (const repository of repositories) await this.copyRepository(repository);
  }

  private async copyRepository({ repositoryName = '', encryptionConfiguration, imageTagMutability }: Repository): Promise<void> {
    const { encryptionType = 'AES256', kmsKey } = encryptionConfiguration ?? {};
    const lifecyclePolicyText = await this.theirText(repositoryName);
    const { lifecyclePolicyText: text } = this.local.repository(repositoryName, this.place);
    if (lifecyclePolicyText === undefined && text !== undefined) await this.own.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
    this.local.seed({
      repositoryName,
      ...this.place,
      encryption: { encryptionType, kmsKey },
      lifecyclePolicyText,
      // The emulator keeps no exclusion filters.
      imageTagMutability: imageTagMutability === 'IMMUTABLE' ? 'IMMUTABLE' : 'MUTABLE',
    });
    this.mirrored.add(repositoryName);
    const { imageDetails = [] } = await this.theirs.send(new DescribeImagesCommand({ repositoryName }));
    for (const image of imageDetails) await this.copyImage(repositoryName, image);
  }

  private async theirText(repositoryName: string): Promise<string | undefined> {
    try {
      return (await this.theirs.send(new GetLifecyclePolicyCommand({ repositoryName }))).lifecyclePolicyText;
    } catch (error) {
      if ((error as Error).name === 'LifecyclePolicyNotFoundException') return undefined;
      throw error;
    }
  }

  private async copyImage(repositoryName: string, { imageDigest = '', imageTags = [] }: ImageDetail): Promise<void> {
    const key = `${repositoryName}@${imageDigest}`;
    if (this.copied.has(key)) return;
    this.copied.add(key);
    const { images } = await this.theirs.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }] }));
    const { imageManifest } = images![0];
    this.clock.time = this.ages.get(imageDigest);
    try {
      for (const imageTag of imageTags.length === 0 ? [undefined] : imageTags) {
        await this.own.send(new PutImageCommand({ repositoryName, imageManifest, imageTag, imageDigest }));
      }
    } finally {
      this.clock.time = undefined;
    }
  }
}
