/**
 * A local Amazon ECR (private registries), strict where the real one is, for tests through the real SDK.
 *
 * Sources: the Amazon ECR API reference (operations of the same name, ListImagesFilter, DescribeImagesFilter, ImageFailure), the user
 * guide ("Deleting an image", "Archiving an image", "Image tag mutability", "Encryption at rest", "Service quotas", "Lifecycle
 * policies"), the service model in @aws-sdk/client-ecr, and observations named where they are used.
 *
 * Protocol: JSON 1.1. The access key id and the Region come from the credential scope of the Authorization header; signatures are not
 * verified. State is kept per account and Region; `registryId`, or the ARN of a tag operation, addresses another account.
 *
 * Images
 * - Listing sees ACTIVE images only unless `imageStatus` says otherwise, by id too. Pages hold 1 to 1000 rows (100 by default). A token is
 *   good for the same operation, repository and filter only. It counts from the start of the list: deleting while paging skips images.
 *   With a filter the last page may be empty.
 * - BatchDeleteImage takes 1 to 100 ids and answers failures in a 200. A digest with two tags gives two rows. The last tag takes the image
 *   with it. A child of an index goes after the index, in a later call (the order within a call is undocumented). Referrers never hold
 *   their subject, and stay when it goes.
 * - PutImage computes the digest, wants the children of an index present, respects immutable tags and their exclusion filters, and refuses
 *   a push that changes nothing. An untouched tag moves to the new image. It wants the layers of a manifest only where `layers` says so, as those of `seed` have none.
 * - BatchGetImage gives no archived image, and an index only to who accepts its media type.
 * - UpdateImageStorageClass: archive at once, restore by way of ACTIVATING until `finishRestores()`.
 * Layers (operations/layers.ts, operations/layer-uploads.ts, layer-downloads.ts)
 * - They belong to a repository and stay until it goes, or until `cleanUpLayers()` takes those that no image has: "unassociated image layers may be
 *   cleaned up at any time" (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html, LayerInaccessibleException).
 *   Their bytes are in files of a temporary directory.
 * - Uploads: parts one after the other, of up to 20 MiB, and of 5 MiB at least but for the last one (`minimumPartSize`).
 * - Only a layer that an image refers to can be downloaded, by a URL that takes no Authorization header; `downloads` shows which were, and from where
 *   on. `corruptDownloads()`, `cutDownloads()` and `forgetUploads()` bring bad days about.
 * - UNCERTAIN: BatchCheckLayerAvailability tells no media type; a disabled key fails uploads, not downloads.
 * - `addRealImage` and `addRealIndex` add what can be pulled (real-images.ts).
 * The registry itself (registry-protocol.ts, registry-manifests.ts, registry-blobs.ts): `/v2/` on the same port, for docker, skopeo and the like, with
 *   a password of GetAuthorizationToken. It mounts layers across repositories where the account setting BLOB_MOUNTING says so. `registryCalls` shows
 *   its calls.
 * Repositories
 * - DeleteRepository without `force` refuses images of any kind, archived ones too; with it, everything goes in one call.
 * - KMS: the grants are retired after the deletion with the caller's credentials; where that fails the repository is gone and
 *   the answer is a KmsException. A disabled key fails CreateRepository, PutImage and (as KmsError) BatchGetImage.
 * - At most 50 tags, `aws:` keys refused (`seed` may set them, as CloudFormation does).
 * Repository policies (grammar: repository-policy.ts; principals: policy-principals.ts; lock-out: policy-lock-out.ts)
 * - Kept and answered; enforced only when `repositoryPolicies` says so (authorisation.ts, resource-policy.ts): within an account an Allow of either
 *   side suffices, across accounts both must allow, a Deny of either wins. UNCERTAIN, on the stricter side: to another account a repository that
 *   does not exist is one without a policy, so that it reads AccessDenied.
 * - Answers are pretty-printed and in another order throughout, lists of one are scalars, account ids are root ARNs. The real order is
 *   unspecified; here it is reversed, so that no comparison of texts or positions holds.
 * - UNCERTAIN, on the stricter side: Resource, NotAction and Federated are refused; a dead principal reads as its unique id, and that id
 *   is refused when set (`deadPrincipalIds`); a policy that denies the caller ecr:SetRepositoryPolicy wants `force`, and is refused
 *   with the catch-all text; a condition that cannot be judged locks out.
 * Lifecycle policies (grammar: lifecycle-grammar.ts, lifecycle-policy.ts)
 * - 100 to 30,720 characters. They never run: images only go when somebody deletes them.
 * - UNCERTAIN: whether ECR keeps the text as put (here it does, unless the option says otherwise). On the stricter side: an explicit
 *   `storageClass: standard`, empty lists and a description over 256 characters are refused; rules collide on the same tag entries in any
 *   order; before the first run `lastEvaluatedAt` is 1970. Texts of refusals are ours where no source shows one.
 * Previews (lifecycle-simulation.ts, lifecycle-preview.ts)
 * - One at a time; IN_PROGRESS for `previewPolls` Get calls; EXPIRED and FAILED only by `endPreview`.
 * - UNCERTAIN: the images are those at the start, a child of an index is listed like any other image, a new preview replaces an ended one,
 *   the summary is of the whole preview, and until it is complete it reads as one that found nothing.
 * IAM: see iam.ts; unless `repositoryPolicies` says otherwise only identity-based policies, also for another account. Registry policies are not known.
 * Replication of images and of their deletion: replication.ts, replication-rules.ts. Scanning: scans.ts, scanning-configuration.ts, scan-findings.ts.
 * Not here: other account settings, TLS, scan results in DescribeImages, pull-through caches, DescribeImageReplicationStatus, replication backfill.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessRequest } from './authorisation';
import { AwsError, invalidParameter } from './aws-error';
import { registryId } from './constraints';
import type { FaultKind } from './faults';
import type { IamRequest } from './iam';
import { jsonWire } from './json-wire';
import { keyArn } from './kms';
import { LayerDownload, LayerDownloads } from './layer-downloads';
import { LayerStore } from './layer-store';
import { LayerUploads } from './layer-uploads';
import type { Input, LocalServiceOptions, ServiceRequest } from './local-service';
import type { EcrRequest } from './operation';
import { operations } from './operations';
import { prettyPrinted, reversed } from './policy-text';
import { DEFAULT_ACCOUNT } from './principals';
import { addRealImage, addRealIndex, RealImage, RealIndex, RealImageOptions, RealIndexOptions } from './real-images';
import { Place, Registries, Registry } from './registry';
import { RegistryPasswords } from './registry-passwords';
import { RegistryCall, RegistryProtocol } from './registry-protocol';
import { RegistryService } from './registry-service';
import { Replication } from './replication';
import { readReplicationRules, ReplicationRule } from './replication-rules';
import type { Repository, StoredImage } from './repository';
import { mapPrincipals } from './repository-policy';
import { RepositoryView, viewOf } from './repository-view';
import type { FakeFinding, FakePackage } from './scan-findings';
import type { ScanFrequency, ScanType } from './scanning-configuration';
import { EndOfScan, Scans } from './scans';
import { SeedImages, seedImages } from './seed';
import { seedRepository, SeedRepository } from './seed-repository';

export type { FakeFinding, FakePackage, Place, SeedRepository };

export interface ReplicationScene {
  readonly from: Place;
  readonly to: readonly Place[];
  /** Of the names of the repositories. @default - all repositories */
  readonly prefix?: string;
  /** Whether deletes are replicated too. @default - as a rule that does not say: no */
  readonly deletes?: boolean;
}

export interface LocalEcrOptions extends LocalServiceOptions {
  /**
   * How a lifecycle policy is kept and read back: as it was put, or parsed and written anew in another order, so that callers must
   * compare what it means. Which of the two ECR does is UNCERTAIN.
   *
   * @default 'asPut'
   */
  readonly lifecyclePolicyText?: 'asPut' | 'rewritten';
  /**
   * Whether the bytes of layers are kept, in files of a temporary directory, or only counted and hashed: then a download is not found.
   *
   * @default 'kept'
   */
  readonly layerBytes?: 'kept' | 'counted';
}

/** The operations that act a fault out themselves. */
const ACTED_OUT: Partial<Record<FaultKind, readonly string[]>> = {
  kms: [
    'CreateRepository', 'DeleteRepository', 'PutImage', 'BatchGetImage', 'BatchDeleteImage', 'InitiateLayerUpload', 'UploadLayerPart',
    'CompleteLayerUpload',
  ],
  imageFailure: ['BatchGetImage', 'BatchDeleteImage'],
};

/** A request whose caller may do what it asks. */
interface Admitted {
  readonly request: EcrRequest;
  run(): object;
}

export class LocalEcr extends RegistryService<SeedRepository & Partial<SeedImages>> {
  static async start(options: LocalEcrOptions = {}): Promise<LocalEcr> {
    const ecr = new LocalEcr(options);
    await ecr.listen();
    return ecr;
  }

  /** How many GetLifecyclePolicyPreview calls read IN_PROGRESS; counts for previews that start afterwards. */
  previewPolls = 1;
  /** How many DescribeImageScanFindings calls read IN_PROGRESS, or PENDING with enhanced scanning; counts for scans that start afterwards. */
  scanPolls = 1;
  /** How many calls before those do not know the enhanced scan yet. */
  unknownScanPolls = 0;
  /** How many calls read an enhanced scan on push as COMPLETE when nothing is found yet. */
  emptyScanPolls = 0;
  /** Whether repository policies count when a request is authorised. While they are only kept, another account may do what its own policy allows. */
  repositoryPolicies: 'kept' | 'enforced' = 'kept';
  /** Whether PutImage wants the layers of a manifest in the repository. Images of `seed` and `addImage` have none. */
  layers: 'modelled' | 'ignored' = 'ignored';
  /** In bytes, of every part of a layer but the last. */
  minimumPartSize = 5_242_880;
  /** The calls of the registry protocol; those of the API are in `calls`. */
  registryCalls = new Array<RegistryCall>();
  private readonly layerStore: LayerStore;
  private readonly layerUploads: LayerUploads;
  private readonly layerDownloads: LayerDownloads;
  private readonly passwords = new RegistryPasswords();
  private readonly protocol: RegistryProtocol;
  private readonly registries = new Registries();
  private readonly replication = new Replication(this.registries);
  private readonly scans = new Scans();
  private readonly lifecycleTextAsStored: (text: string) => string;
  private readonly disabledKeys = new Set<string>();

  private constructor(options: LocalEcrOptions) {
    super(jsonWire('ecr', 'AmazonEC2ContainerRegistry_V20150921'), options);
    const rewritten = options.lifecyclePolicyText === 'rewritten';
    this.lifecycleTextAsStored = text => rewritten ? prettyPrinted(reversed(JSON.parse(text))) : text;
    this.layerStore = new LayerStore(options.layerBytes ?? 'kept');
    this.layerUploads = new LayerUploads(this.layerStore);
    this.layerDownloads = new LayerDownloads(() => this.now().getTime());
    this.protocol = new RegistryProtocol({
      service: this,
      login: authorization => this.passwords.find(authorization),
      now: () => this.now().getTime(),
      refuse: (request, fault) => this.refuse(request, fault),
      admit: request => this.admit(request),
      log: call => this.registryCalls.push(call),
    });
  }

  /** The downloads of layers by URL. */
  get downloads(): readonly LayerDownload[] {
    return this.layerDownloads.log;
  }

  override async stop(): Promise<void> {
    await super.stop();
    this.layerUploads.forgetAll();
    this.layerStore.remove();
  }

  override clearCalls(): void {
    super.clearCalls();
    this.registryCalls = [];
    this.layerDownloads.log = [];
  }

  seed(options: SeedRepository & Partial<SeedImages>): void {
    const { policyPrincipals, lifecycleTextAsStored } = this;
    const repository = seedRepository(options, { registry: this.registry(options), policyPrincipals, lifecycleTextAsStored });
    const before = repository.size;
    if (options.images !== undefined) seedImages(repository, { kind: 'flat', ...options, images: options.images });
    this.pushed(repository, repository.inOrder().slice(before));
  }

  /** An image with a config and layers that can be pulled. */
  addRealImage(options: RealImageOptions & Place): RealImage {
    const repository = this.registry(options).repository(options.repositoryName);
    const image = addRealImage(repository, this.layerStore, options);
    this.pushed(repository, [repository.image(image.digest)!]);
    return image;
  }

  /** An index over such images. */
  addRealIndex(options: RealIndexOptions & Place): RealIndex {
    const repository = this.registry(options).repository(options.repositoryName);
    const before = repository.size;
    const index = addRealIndex(repository, this.layerStore, options);
    this.pushed(repository, repository.inOrder().slice(before));
    return index;
  }

  /** All ids of layer uploads are lost, with what was uploaded. */
  forgetUploads(): void {
    this.layerUploads.forgetAll();
  }

  /** The next downloads of layers by URL have one wrong byte. */
  corruptDownloads(times: number): void {
    this.layerDownloads.corrupt(times);
  }

  /** The next downloads of layers by URL that have more than so many bytes to send end after them, with the connection. */
  cutDownloads(times: number, afterBytes: number): void {
    this.layerDownloads.cut(times, afterBytes);
  }

  /** "Unassociated image layers may be cleaned up at any time" (LayerInaccessibleException): those that no image has go; their digests. */
  cleanUpLayers(name: string, place: Place = {}): string[] {
    const repository = this.registry(place).repository(name);
    const unused = [...repository.layers.keys()].filter(digest => repository.usersOf(digest).length === 0);
    for (const digest of unused) repository.layers.delete(digest);
    return unused;
  }

  /** The digests and sizes of the layers that a repository holds. */
  layersOf(name: string, place: Place = {}): Record<string, number> {
    return Object.fromEntries([...this.registry(place).repository(name).layers].map(([digest, { size }]) => [digest, size]));
  }

  /** The account setting BLOB_MOUNTING of a registry. */
  blobMounting(value: 'ENABLED' | 'DISABLED', place: Place = {}): void {
    this.registry(place).blobMounting = value;
  }

  /** One more rule of the registry `from`, for what is pushed to it from now on. */
  replicate({ from, to, prefix, deletes }: ReplicationScene): void {
    const source = this.registry(from);
    const rule: ReplicationRule = {
      destinations: to.map(place => this.registry(place)).map(({ account, region }) => ({ registryId: account, region })),
      ...prefix === undefined ? {} : { repositoryFilters: [{ filter: prefix, filterType: 'PREFIX_MATCH' }] },
      ...deletes === undefined ? {} : { deleteReplication: { enabled: deletes } },
    };
    source.replicationRules = readReplicationRules({ rules: [...source.replicationRules, rule] }, source);
  }

  repository(name: string, place: Place = {}): RepositoryView {
    return viewOf(this.registry(place).repositories.get(name), this.policyPrincipals);
  }

  /** Images that are ACTIVATING become ACTIVE. */
  finishRestores(name: string, place: Place = {}): void {
    for (const image of this.registry(place).repository(name).inOrder()) {
      if (image.status === 'ACTIVATING') Object.assign(image, { status: 'ACTIVE', lastActivatedAt: this.now().getTime() });
    }
  }

  /** Someone deletes a role or user; the unique id that policies show in its place. `principalExists(arn, true)` creates another one. */
  deletePrincipal(arn: string): string {
    return this.policyPrincipals.delete(arn);
  }

  /** Whether SetRepositoryPolicy takes the unique ids of deleted principals; at first they are refused. */
  deadPrincipalIds(are: 'refused' | 'accepted'): void {
    this.policyPrincipals.deadIds = are;
  }

  /** The preview of the repository ends, whatever state it is in. */
  endPreview(name: string, status: 'COMPLETE' | 'EXPIRED' | 'FAILED', place: Place = {}): void {
    const { preview } = this.registry(place).repository(name);
    if (!preview) throw new Error(`no preview of ${name} was started`);
    preview.status = status;
  }

  /** ECR has run the lifecycle policy: only `lastEvaluatedAt` changes. */
  lifecycleEvaluated(name: string, place: Place = {}): void {
    const repository = this.registry(place).repository(name);
    if (!repository.lifecyclePolicy) throw new Error(`${name} has no lifecycle policy`);
    repository.lifecyclePolicy = { ...repository.lifecyclePolicy, lastEvaluatedAt: this.now().getTime() };
  }

  /** How the registry scans, from the start on. @default - CONTINUOUS_SCAN for ENHANCED, MANUAL for BASIC; of all repositories */
  scanning(type: ScanType, frequency?: ScanFrequency, where: Place & { readonly filters?: readonly string[] } = {}): void {
    const scanFrequency = frequency ?? (type === 'ENHANCED' ? 'CONTINUOUS_SCAN' : 'MANUAL');
    if (type === 'BASIC' && scanFrequency === 'CONTINUOUS_SCAN') throw new Error('basic scanning is not continuous');
    const repositoryFilters = (where.filters ?? ['*']).map(filter => ({ filter, filterType: 'WILDCARD' as const }));
    this.scans.configure(this.registry(where), { scanType: type, rules: scanFrequency === 'MANUAL' ? [] : [{ scanFrequency, repositoryFilters }] });
  }

  /** What scans of an image find from now on, whether it is there already or not; continuous ones that have ended, too. */
  findings(repositoryName: string, digest: string, findings: readonly FakeFinding[], place: Place = {}): void {
    this.scans.find(this.registry(place).arnOf(repositoryName), digest, findings, this.now().getTime());
  }

  /** How scans of an image end; one that has started ends at once. @default reason - the usual one, if any is known */
  scanEnds(repositoryName: string, digest: string, status: EndOfScan, reason?: string, place: Place = {}): void {
    this.scans.end(this.registry(place).arnOf(repositoryName), digest, status, reason);
  }

  disableKey(key: string, place: Place = {}): void {
    this.disabledKeys.add(keyArn(key, this.registry(place)));
  }

  enableKey(key: string, place: Place = {}): void {
    this.disabledKeys.delete(keyArn(key, this.registry(place)));
  }

  protected perform(incoming: ServiceRequest): object {
    return this.admit(incoming).run();
  }

  private admit(incoming: ServiceRequest): Admitted {
    const { operation, input, accessKeyId, fault } = incoming;
    const performer = operations[operation];
    if (!performer) throw new AwsError('UnknownOperationException', `The operation ${operation} is not known to this registry`);
    if (fault && ACTED_OUT[fault.kind]?.includes(operation) === false) throw new Error(`${operation} cannot act out the fault "${fault.kind}"`);
    const request: EcrRequest = {
      operation,
      input,
      registry: this.addressed(incoming),
      tokens: this.tokens,
      disabledKeys: this.disabledKeys,
      caller: this.principals.find(accessKeyId).arn,
      policyPrincipals: this.policyPrincipals,
      previewPolls: this.previewPolls,
      replication: this.replication,
      scanning: {
        scans: this.scans,
        polls: { unknown: this.unknownScanPolls, running: this.scanPolls, empty: this.emptyScanPolls },
      },
      layers: {
        areChecked: this.layers === 'modelled',
        minimumPartSize: this.minimumPartSize,
        uploads: this.layerUploads,
        downloads: this.layerDownloads,
        endpoint: this.endpoint,
        issuePassword: () => this.passwords.issue({ accessKeyId, region: incoming.region }, this.now().getTime()),
      },
      lifecycleTextAsStored: this.lifecycleTextAsStored,
      now: () => this.now().getTime(),
      permits: need => this.principals.permits(accessKeyId, need),
      ...fault ? { fault } : {},
    };
    this.principals.authorise(accessKeyId, performer.needs(request).map(need => this.withOwner(need, request.registry)));
    return { request, run: () => performer.run(request) };
  }

  protected override stream(request: IncomingMessage, response: ServerResponse): Promise<void> | undefined {
    if (this.layerDownloads.isMeant(request)) return this.layerDownloads.serve(request, response);
    return this.protocol.isMeant(request) ? this.protocol.serve(request, response) : undefined;
  }

  /** Without the bytes of layer parts, which would stay in memory. */
  protected override logged(input: Input): Input {
    const { layerPartBlob } = input;
    return typeof layerPartBlob === 'string' ? { ...input, layerPartBlob: `${layerPartBlob.length} characters` } : input;
  }

  private withOwner(need: IamRequest, { account, repositories }: Registry): AccessRequest {
    if (this.repositoryPolicies === 'kept') return need;
    const policy = [...repositories.values()].find(({ arn }) => arn === need.resource)?.policy;
    return { ...need, owner: { account, ...policy ? { policy: mapPrincipals(policy, kept => this.policyPrincipals.show(kept)) } : {} } };
  }

  protected override pushed(repository: Repository, images: readonly StoredImage[]): void {
    for (const image of images) this.replication.pushed(repository, image, image.tags, this.now().getTime());
  }

  private addressed({ input, region, accessKeyId }: ServiceRequest): Registry {
    const [, arnRegion, arnAccount] = /^arn:[^:]+:ecr:([^:]+):(\d{12}):/.exec(String(input.resourceArn ?? '')) ?? [];
    if (arnRegion !== undefined && arnRegion !== region) throw invalidParameter('resourceArn', `The ARN is of the Region ${arnRegion}, the request of ${region}`);
    return this.registries.of(arnAccount ?? registryId(input.registryId) ?? this.principals.find(accessKeyId).account, region);
  }

  protected registry({ account = DEFAULT_ACCOUNT, region = 'us-east-1' }: Place): Registry {
    return this.registries.of(account, region);
  }
}
