import { BatchDeleteImageCommand, BatchGetImageCommand, ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CommandLine, Outcome, RunOptions } from './command-line';
import { KEEP_COUNT } from '../../src/core/lifecycle/rule';
import { LAST_SUCCESS_KEY, partitionOf, stateKey } from '../../src/core/shield/keys';
import type { ProtectedImage } from '../../src/core/shield/state';
import { keepTag } from '../../src/core/shield/tags';
import { LocalEcr } from '../local-ecr/local-ecr';
import { Principals } from '../local-ecr/principals';
import { LocalS3 } from '../local-s3/local-s3';
import { LocalSts } from '../local-sts/local-sts';

export const BUCKET = 'shield-bucket';
export const REGISTRY = '000000000000';
export const REGION = 'us-east-1';
export const HOUR = 3_600_000;

/** The only lifecycle rule that keeps images in use. */
export const KEEP_POLICY = JSON.stringify({
  rules: [{
    rulePriority: 1,
    selection: { tagStatus: 'tagged', tagPatternList: ['in-use-*'], countType: 'imageCountMoreThan', countNumber: KEEP_COUNT },
    action: { type: 'expire' },
  }],
});

export const EXPIRE_POLICY = JSON.stringify({
  rules: [{
    rulePriority: 1,
    selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 },
    action: { type: 'expire' },
  }],
});

export const ENTRY: ProtectedImage = {
  generation: 1,
  phase: 'kept',
  changed: '2026-06-01T06:00:00.000Z',
  since: '2026-06-01T00:00:00.000Z',
  lastUsed: '2026-06-02T12:00:00.000Z',
  seenIn: ['000000000000/us-east-1 ecs'],
  usedBy: 'service web/app',
};

type Entries = Record<string, Record<string, Partial<ProtectedImage>>>;

/** Returns the list of the environments of a run. */
export function environmentsNamed(names: readonly string[]): object[] {
  return names.map(name => ({ account: name.split('/')[0], region: name.split('/')[1], usedBy: [] }));
}

/** An account of local services with the bucket of a shield. Runs `shield` in it. */
export class ShieldAccount {
  static async start(): Promise<ShieldAccount> {
    const principals = new Principals();
    const account = new ShieldAccount(
      await LocalEcr.start({ principals }), await LocalS3.start({ principals }), await LocalSts.start({ principals }),
    );
    account.s3.bucket(BUCKET);
    return account;
  }

  readonly line = new CommandLine();
  private readonly s3Client: S3Client;
  private readonly ecrClient: ECRClient;

  private constructor(readonly ecr: LocalEcr, readonly s3: LocalS3, readonly sts: LocalSts) {
    const client = { region: REGION, credentials: { accessKeyId: 'setup', secretAccessKey: 'test' } };
    this.s3Client = new S3Client({ ...client, endpoint: s3.endpoint });
    this.ecrClient = new ECRClient({ ...client, endpoint: ecr.endpoint });
  }

  async stop(): Promise<void> {
    this.line.remove();
    this.s3Client.destroy();
    this.ecrClient.destroy();
    await Promise.all([this.ecr, this.s3, this.sts].map(service => service.stop()));
  }

  shield(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const env = {
      AWS_ENDPOINT_URL_ECR: this.ecr.endpoint,
      AWS_ENDPOINT_URL_S3: this.s3.endpoint,
      AWS_ENDPOINT_URL_STS: this.sts.endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
      ...options.env,
    };
    return this.line.run(['shield', ...args], { ...options, env });
  }

  status(...args: readonly string[]): Promise<Outcome> {
    return this.shield(['status', '--bucket', BUCKET, ...args]);
  }

  /** Runs `shield status --json` and parses its standard output. */
  async report(...args: readonly string[]): Promise<Record<string, unknown> & { readonly status: number | null }> {
    const { status, stdout, stderr } = await this.status(...args, '--json');
    if (stdout === '') throw new Error(stderr);
    return { status, ...JSON.parse(stdout) as Record<string, unknown> };
  }

  /** Writes an object, at a given time in milliseconds. */
  async write(key: string, content: unknown, at = Date.now()): Promise<void> {
    const { now } = this.s3;
    this.s3.now = () => new Date(at);
    const Body = typeof content === 'string' ? content : JSON.stringify(content);
    await this.s3Client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body }));
    this.s3.now = now;
  }

  /** Adds entries to the state objects, by repository and digest. */
  async writeState(images: Entries, place = `${REGISTRY}/${REGION}`): Promise<void> {
    const [registry, region] = place.split('/');
    const partitions = new Map<string, Entries>();
    for (const [repository, entries] of Object.entries(images)) {
      const key = stateKey(partitionOf(registry, region, repository));
      const complete = Object.fromEntries(Object.entries(entries).map(([digest, entry]) => [digest, { ...ENTRY, ...entry }]));
      const { images: present } = JSON.parse(this.objects.get(key) ?? '{}') as { images?: Entries };
      partitions.set(key, { ...present, ...partitions.get(key), [repository]: complete });
    }
    for (const [key, members] of partitions) await this.write(key, { version: 1, complete: true, images: members });
  }

  /** Writes a run of one environment that has succeeded. */
  async writeSuccess(hoursAgo: number, run = 'run-1'): Promise<void> {
    const at = Date.now() - hoursAgo * HOUR;
    await this.write(`runs/${run}/environments.json`, environmentsNamed([`${REGISTRY}/${REGION}`]), at - 60_000);
    await this.write(`runs/${run}/environments/${REGISTRY}/${REGION}.json`, { searchedAt: '', uses: 2, failedSources: {} }, at);
    await this.write(LAST_SUCCESS_KEY, { at: new Date(at).toISOString(), run }, at);
  }

  /** Creates a repository with the keep rule and images that have a keep tag, and returns their digests. */
  async addKept(repositoryName: string, count: number, { lifecyclePolicyText = KEEP_POLICY, tags = ['v1'] } = {}): Promise<string[]> {
    this.ecr.seed({ repositoryName, lifecyclePolicyText });
    const digests = new Array<string>();
    for (let index = 0; index < count; index += 1) {
      const digest = this.ecr.addImage({ repositoryName, tags: tags.map(tag => `${tag}-${index}`) });
      await this.tag(repositoryName, digest, keepTag('in-use-', digest));
      digests.push(digest);
    }
    this.ecr.clearCalls();
    return digests;
  }

  async tag(repositoryName: string, imageDigest: string, imageTag: string): Promise<void> {
    const { images = [] } = await this.ecrClient.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }] }));
    const [{ imageManifest, imageManifestMediaType }] = images;
    await this.ecrClient.send(new PutImageCommand({ repositoryName, imageManifest, imageManifestMediaType, imageTag }));
  }

  /** Removes a tag, as another user would. */
  async untag(repositoryName: string, imageTag: string): Promise<void> {
    await this.ecrClient.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag }] }));
  }

  tagsOf(repositoryName: string): Record<string, readonly string[]> {
    return Object.fromEntries(this.ecr.repository(repositoryName).images.map(({ digest, tags }) => [digest, tags]));
  }

  get objects(): Map<string, string> {
    return this.s3.objects(BUCKET);
  }

  /** The write operations that the command called. */
  get writes(): string[] {
    return [this.ecr, this.s3].flatMap(({ calls }) => calls).filter(({ accessKeyId }) => accessKeyId !== 'setup')
      .map(({ operation }) => operation).filter(operation => !/^(Describe|List|BatchGet|Get)/.test(operation));
  }
}

/** Creates an account for each test of the file. */
export function shieldAccountForEachTest(): () => ShieldAccount {
  let account: ShieldAccount;
  beforeEach(async () => { account = await ShieldAccount.start(); });
  afterEach(() => account.stop());
  return () => account;
}
