/**
 * A local Amazon ECR (private registries), strict where the real one is, for tests through the real SDK. Behavior and sources: README.md.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessRequest } from './authorisation';
import { AwsError, invalidParameter } from './aws-error';
import { Backfills } from './backfills';
import type { CacheRule } from './cache-rules';
import type { SecretStore } from './cache-secrets';
import { withKeysOf } from './condition-keys';
import { registryId, repositoryName as repositoryNameOf } from './constraints';
import type { FaultKind } from './faults';
import type { IamRequest } from './iam';
import { need } from './iam-needs';
import { jsonWire } from './json-wire';
import { keyArn } from './kms';
import { LateReads } from './late-reads';
import { LayerDownload, LayerDownloads } from './layer-downloads';
import { LayerStore } from './layer-store';
import { LayerUploads } from './layer-uploads';
import { applyLifecyclePolicy } from './lifecycle-preview';
import type { Input, LocalServiceOptions, ServiceRequest } from './local-service';
import { EcrRequest } from './operation';
import { operations } from './operations';
import { prettyPrinted, reversed } from './policy-text';
import { DEFAULT_ACCOUNT } from './principals';
import { PullThroughCache } from './pull-through-cache';
import { addRealImage, addRealIndex, RealImage, RealIndex, RealImageOptions, RealIndexOptions } from './real-images';
import { Place, Registries, Registry } from './registry';
import { RegistryPasswords } from './registry-passwords';
import { RegistryPolicies } from './registry-policy-rulings';
import { RegistryCall, RegistryProtocol } from './registry-protocol';
import { RegistryService } from './registry-service';
import { Replication } from './replication';
import { readReplicationRules, ReplicationRule } from './replication-rules';
import type { ImageId, Repository, StoredImage } from './repository';
import { RepositoryCreations } from './repository-creations';
import { mapPrincipals, parseLivePolicy, RepositoryPolicy } from './repository-policy';
import { RepositoryView, viewOf } from './repository-view';
import type { FakeFinding, FakePackage } from './scan-findings';
import type { ScanFrequency, ScanningConfiguration, ScanType } from './scanning-configuration';
import { EndOfScan, Scans } from './scans';
import { SeedImages, seedImages } from './seed';
import { seedRepository, SeedRepository } from './seed-repository';

export type { FakeFinding, FakePackage, Place, SeedRepository };

export interface ReplicationScene {
  readonly from: Place;
  readonly to: readonly Place[];
  /** Prefixes of repository names. @default - all repositories */
  readonly prefix?: string;
  /** Whether deletions are replicated. @default - not replicated */
  readonly deletes?: boolean;
}

export interface LocalEcrOptions extends LocalServiceOptions {
  /**
   * How a lifecycle policy is stored and returned: without white space, or rewritten in a different order, so that callers must compare
   * its meaning.
   *
   * @default 'compact'
   */
  readonly lifecyclePolicyText?: 'compact' | 'rewritten';
  /**
   * Whether the bytes of layers are stored in a temporary directory, or only counted and hashed. In that case, a download is not found.
   *
   * @default 'kept'
   */
  readonly layerBytes?: 'kept' | 'counted';
}

/** The operations that handle a fault themselves. */
const ACTED_OUT: Partial<Record<FaultKind, readonly string[]>> = {
  kms: [
    'CreateRepository', 'DeleteRepository', 'DescribeImages', 'PutImage', 'BatchGetImage', 'BatchDeleteImage', 'InitiateLayerUpload',
    'UploadLayerPart', 'CompleteLayerUpload',
  ],
  imageFailure: ['BatchGetImage', 'BatchDeleteImage'],
};

/** A request that is authorized. */
interface Admitted {
  readonly request: EcrRequest;
  prepare(): Promise<void> | undefined;
  run(): object;
}

export class LocalEcr extends RegistryService<SeedRepository & Partial<SeedImages>> {
  static async start(options: LocalEcrOptions = {}): Promise<LocalEcr> {
    const ecr = new LocalEcr(options);
    await ecr.listen();
    return ecr;
  }

  /** Number of GetLifecyclePolicyPreview calls that return IN_PROGRESS, for previews that start later. */
  previewPolls = 1;
  /**
   * How many DescribeImageScanFindings calls read IN_PROGRESS, or PENDING with enhanced scanning; counts for scans that start afterwards.
   */
  scanPolls = 1;
  /** Number of earlier calls for which the enhanced scan is unknown. */
  unknownScanPolls = 0;
  /** Number of calls for which an enhanced scan is COMPLETE (on push) or ACTIVE (continuous) without findings yet. */
  emptyScanPolls = 0;
  /** Number of calls for which an enhanced scan has a completion time, but only the first of its findings. */
  partialScanPolls = 0;
  /** Whether a policy of the organization prevents changes of the scanning configuration. */
  organizationBlocksScanning = false;
  /**
   * Whether repository policies count when a request is authorised. While they are only kept, another account may do what its own policy
   * allows.
   */
  repositoryPolicies: 'kept' | 'enforced' = 'kept';
  /** Actions for which IAM does not know the tags of the repository. With the reading `resource-tag-on-each-action`, it is every action. */
  actionsWithoutResourceTag: readonly string[] = [];
  /** Whether PutImage requires the layers of a manifest in the repository. Images of `seed` and `addImage` have none. */
  layers: 'modelled' | 'ignored' = 'ignored';
  /** Registry endpoint that clients get, to simulate an unreachable registry. @default - this server */
  proxyEndpoint?: string;
  /** Minimum size in bytes of every part of a layer except the last. */
  minimumPartSize = 5_242_880;
  /** The calls of the registry protocol. `calls` contains the calls of the API. */
  registryCalls = new Array<RegistryCall>();
  private readonly layerStore: LayerStore;
  private readonly layerUploads: LayerUploads;
  private readonly layerDownloads: LayerDownloads;
  private readonly passwords = new RegistryPasswords();
  private readonly protocol: RegistryProtocol;
  private readonly registries = new Registries();
  private readonly registryPolicies = new RegistryPolicies(this.policyPrincipals, this.readings);
  private readonly scans = new Scans(this.readings);
  private readonly lateReads = new LateReads();
  private readonly lifecycleTextAsStored: (text: string) => string;
  private readonly creations: RepositoryCreations;
  private readonly replication: Replication;
  private readonly backfills: Backfills;
  private readonly cache: PullThroughCache;
  private readonly disabledKeys = new Set<string>();

  private constructor(options: LocalEcrOptions) {
    super(jsonWire('ecr', 'AmazonEC2ContainerRegistry_V20150921'), options);
    const rewritten = options.lifecyclePolicyText === 'rewritten';
    this.lifecycleTextAsStored = text =>
      rewritten ? prettyPrinted(reversed(JSON.parse(text))) : JSON.stringify(JSON.parse(text));
    this.creations = new RepositoryCreations(this.principals, this.policyPrincipals, this.lifecycleTextAsStored, this.readings);
    this.replication = new Replication(this.registries, this.registryPolicies, this.creations);
    this.backfills = new Backfills(this.registries, this.replication, this.readings);
    this.layerStore = new LayerStore(options.layerBytes ?? 'kept');
    this.cache = new PullThroughCache(this.creations, this.layerStore, this.readings);
    this.layerUploads = new LayerUploads(this.layerStore);
    this.layerDownloads = new LayerDownloads(() => this.now().getTime(), this.readings);
    this.protocol = new RegistryProtocol({
      service: this,
      login: authorization => this.passwords.find(authorization),
      now: () => this.now().getTime(),
      refuse: (request, fault) => this.refuse(request, fault),
      admit: request => this.admit(request),
      importUpstream: request => this.importUpstream(request),
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
    const { policyPrincipals, lifecycleTextAsStored, readings } = this;
    const repository = seedRepository(options, { registry: this.registry(options), policyPrincipals, lifecycleTextAsStored, readings });
    const before = repository.size;
    if (options.images !== undefined) seedImages(repository, { kind: 'flat', ...options, images: options.images });
    this.pushed(repository, repository.inOrder().slice(before));
  }

  /** Adds an image with a config and layers that can be pulled. */
  addRealImage(options: RealImageOptions & Place): RealImage {
    const repository = this.registry(options).repository(options.repositoryName);
    const image = addRealImage(repository, this.layerStore, options);
    this.pushed(repository, [repository.image(image.digest)!]);
    return image;
  }

  /** Adds an index of such images. */
  addRealIndex(options: RealIndexOptions & Place): RealIndex {
    const repository = this.registry(options).repository(options.repositoryName);
    const before = repository.size;
    const index = addRealIndex(repository, this.layerStore, options);
    this.pushed(repository, repository.inOrder().slice(before));
    return index;
  }

  /** Invalidates all ids of layer uploads and removes the uploaded parts. */
  forgetUploads(): void {
    this.layerUploads.forgetAll();
  }

  /** Changes one byte in the next downloads of layers by URL. */
  corruptDownloads(times: number): void {
    this.layerDownloads.corrupt(times);
  }

  /** Ends the connection of the next longer downloads of layers by URL after this number of bytes. */
  cutDownloads(times: number, afterBytes: number): void {
    this.layerDownloads.cut(times, afterBytes);
  }

  /**
   * Removes layers without an image and returns their digests: "Unassociated image layers may be cleaned up at any time"
   * (LayerInaccessibleException).
   */
  cleanUpLayers(name: string, place: Place = {}): string[] {
    const repository = this.registry(place).repository(name);
    const unused = [...repository.layers.keys()].filter(digest => repository.usersOf(digest).length === 0);
    for (const digest of unused) repository.layers.delete(digest);
    return unused;
  }

  /** Returns the digests and sizes of the layers in a repository. */
  layersOf(name: string, place: Place = {}): Record<string, number> {
    return Object.fromEntries([...this.registry(place).repository(name).layers].map(([digest, { size }]) => [digest, size]));
  }

  /** Sets the account setting BLOB_MOUNTING of a registry. */
  blobMounting(value: 'ENABLED' | 'DISABLED', place: Place = {}): void {
    this.registry(place).blobMounting = value;
  }

  /** Names of the repositories of a registry. */
  names(place: Place = {}): string[] {
    return [...this.registry(place).repositories.keys()];
  }

  /** Adds a replication rule to the registry `from`, for later pushes. */
  replicate({ from, to, prefix, deletes }: ReplicationScene): void {
    const source = this.registry(from);
    const rule: ReplicationRule = {
      destinations: to.map(place => this.registry(place)).map(({ account, region }) => ({ registryId: account, region })),
      ...prefix === undefined ? {} : { repositoryFilters: [{ filter: prefix, filterType: 'PREFIX_MATCH' }] },
      ...deletes === undefined ? {} : { deleteReplication: { enabled: deletes } },
    };
    source.replicationRules = readReplicationRules({ rules: [...source.replicationRules, rule] }, source, this.readings);
  }

  /** Returns the replication rules of a registry, or sets them. */
  replicationRules(place: Place = {}, rules?: readonly object[]): readonly ReplicationRule[] {
    const registry = this.registry(place);
    if (rules !== undefined) registry.replicationRules = readReplicationRules({ rules }, registry, this.readings);
    return registry.replicationRules;
  }

  /**
   * Number of calls that read a backfill in each status that is not final, for backfills that start and continue later. With Infinity,
   * only `advanceBackfills()` continues them.
   */
  set backfillPolls(polls: number) {
    this.backfills.polls = polls;
  }

  /**
   * Continues the backfills of a registry: those that are PREPARING with IN_PROGRESS, and the others until they end, or with at most this
   * number of replications.
   */
  advanceBackfills(place: Place = {}, replications?: number): void {
    const [registry, now] = [this.registry(place), this.now().getTime()];
    for (const backfill of this.backfills.of(registry, now)) this.backfills.advance(registry, backfill, now, replications);
  }

  /** Secrets Manager, for the credentials of pull-through caches. @default - no secret is found */
  set secrets(store: SecretStore) {
    this.cache.secrets.store = store;
  }

  /** Number of calls that set a pull-through cache rule and do not find its secret yet. */
  set lateSecretCalls(calls: number) {
    this.cache.secrets.lateCalls = calls;
  }

  /** Sets the address of an upstream registry, such as a local registry for `registry-1.docker.io`. Without it, it does not respond. */
  upstream(host: string, url: string): void {
    this.cache.upstreams.set(host, url);
  }

  /** Returns the policy of a registry, or sets it to statements that ECR may have accepted before. */
  registryPolicy(place: Place = {}, policyText?: string): RepositoryPolicy | undefined {
    const registry = this.registry(place);
    if (policyText !== undefined) registry.policy = mapPrincipals(parseLivePolicy(policyText), one => this.policyPrincipals.bind(one));
    return registry.policy && mapPrincipals(registry.policy, one => this.policyPrincipals.show(one));
  }

  /** Returns the pull-through cache rule of a prefix, or sets the rule that somebody created or deleted. */
  cacheRule(prefix: string, place: Place = {}, rule?: Omit<CacheRule, 'prefix'> | 'deleted'): CacheRule | undefined {
    const { cacheRules } = this.registry(place);
    if (rule === 'deleted') cacheRules.delete(prefix);
    else if (rule) cacheRules.set(prefix, { ...rule, prefix });
    return cacheRules.get(prefix);
  }

  repository(name: string, place: Place = {}): RepositoryView {
    return viewOf(this.registry(place).repositories.get(name), this.policyPrincipals, this.policyOrder);
  }

  /** Images that are ACTIVATING become ACTIVE. */
  finishRestores(name: string, place: Place = {}): void {
    for (const image of this.registry(place).repository(name).inOrder()) {
      if (image.status === 'ACTIVATING') Object.assign(image, { status: 'ACTIVE', lastActivatedAt: this.now().getTime() });
    }
  }

  /** Deletes a role or user, and returns the unique id that policies then contain. `principalExists(arn, true)` creates a new one. */
  deletePrincipal(arn: string): string {
    return this.policyPrincipals.delete(arn);
  }

  /** Ends the preview of the repository in any state. */
  endPreview(name: string, status: 'COMPLETE' | 'EXPIRED' | 'FAILED', place: Place = {}): void {
    const { preview } = this.registry(place).repository(name);
    if (!preview) throw new Error(`no preview of ${name} was started`);
    preview.status = status;
  }

  /** Simulates an evaluation of the lifecycle policy, which changes only `lastEvaluatedAt`. */
  lifecycleEvaluated(name: string, place: Place = {}): void {
    const repository = this.registry(place).repository(name);
    if (!repository.lifecyclePolicy) throw new Error(`${name} has no lifecycle policy`);
    repository.lifecyclePolicy = { ...repository.lifecyclePolicy, lastEvaluatedAt: this.now().getTime() };
  }

  /** Expires images as the lifecycle policy says, and returns their digests. On AWS, this happens within 24 hours. */
  applyLifecyclePolicy(name: string, at: Date = this.now(), place: Place = {}): string[] {
    this.lifecycleEvaluated(name, place);
    return applyLifecyclePolicy(this.registry(place).repository(name), at.getTime(), this.readings);
  }

  /** Sets the scanning configuration. @default - CONTINUOUS_SCAN for ENHANCED, MANUAL for BASIC, for all repositories */
  scanning(type: ScanType, frequency?: ScanFrequency, where: Place & { readonly filters?: readonly string[] } = {}): void {
    const scanFrequency = frequency ?? (type === 'ENHANCED' ? 'CONTINUOUS_SCAN' : 'MANUAL');
    if (type === 'BASIC' && scanFrequency === 'CONTINUOUS_SCAN') throw new Error('basic scanning is not continuous');
    const repositoryFilters = (where.filters ?? ['*']).map(filter => ({ filter, filterType: 'WILDCARD' as const }));
    this.scans.configure(this.registry(where), {
      scanType: type, rules: scanFrequency === 'MANUAL' ? [] : [{ scanFrequency, repositoryFilters }],
    });
  }

  /** Returns the scanning configuration of a registry, or sets it. */
  scanningConfiguration(place: Place = {}, configuration?: ScanningConfiguration): ScanningConfiguration {
    if (configuration !== undefined) this.scans.configure(this.registry(place), configuration);
    return this.scans.configurationOf(this.registry(place));
  }

  /** Sets the findings of later scans of an image, which does not have to exist, and of continuous scans that have ended. */
  findings(repositoryName: string, digest: string, findings: readonly FakeFinding[], place: Place = {}): void {
    this.scans.find(this.registry(place).arnOf(repositoryName), digest, findings, this.now().getTime());
  }

  /** Sets how scans of an image end. A started scan ends immediately. @default reason - the usual reason, if one is known */
  scanEnds(repositoryName: string, digest: string, status: EndOfScan, reason?: string, place: Place = {}): void {
    this.scans.end(this.registry(place).arnOf(repositoryName), digest, status, reason);
  }

  disableKey(key: string, place: Place = {}): void {
    this.disabledKeys.add(keyArn(key, this.registry(place)));
  }

  enableKey(key: string, place: Place = {}): void {
    this.disabledKeys.delete(keyArn(key, this.registry(place)));
  }

  protected perform(incoming: ServiceRequest): object | Promise<object> {
    const importing = this.importUpstream(incoming);
    return importing ? importing.then(() => this.performAdmitted(incoming)) : this.performAdmitted(incoming);
  }

  private performAdmitted(incoming: ServiceRequest): object | Promise<object> {
    const { prepare, run } = this.admit(incoming);
    const answer = () => this.readings.isOther('reads-see-writes') ? this.lateReads.perform(incoming, run) : run();
    const preparing = prepare();
    return preparing ? preparing.then(answer) : answer();
  }

  /** Before the permissions of the pull are checked, because a new repository gets its policy from a template. */
  private importUpstream(incoming: ServiceRequest): Promise<void> | undefined {
    const { operation, input: { repositoryName: name, imageIds }, accessKeyId } = incoming;
    if (operation !== 'BatchGetImage' || typeof name !== 'string' || !Array.isArray(imageIds)) return undefined;
    const registry = this.addressed(incoming);
    return this.cache.pull({
      registry,
      repositoryName: name,
      imageIds: imageIds as ImageId[],
      now: this.now().getTime(),
      permits: action => this.permitsInRegistry(accessKeyId, registry, name, action),
    });
  }

  private permitsInRegistry(accessKeyId: string, registry: Registry, name: string, action: string): boolean {
    try {
      this.authoriseInRegistry(accessKeyId, registry, name, action);
      return true;
    } catch (error) {
      if (error instanceof AwsError) return false;
      throw error;
    }
  }

  private admit(incoming: ServiceRequest): Admitted {
    const { operation, input, accessKeyId, fault } = incoming;
    const performer = operations[operation];
    if (!performer) throw new AwsError('UnknownOperationException', `The operation ${operation} is not known to this registry`);
    if (fault && ACTED_OUT[fault.kind]?.includes(operation) === false) {
      throw new Error(`${operation} cannot act out the fault "${fault.kind}"`);
    }
    const request: EcrRequest = {
      operation,
      input,
      registry: this.addressed(incoming),
      tokens: this.tokens,
      disabledKeys: this.disabledKeys,
      caller: this.principals.find(accessKeyId).arn,
      policyPrincipals: this.policyPrincipals,
      previewPolls: this.previewPolls,
      readings: this.readings,
      replication: this.replication,
      backfills: this.backfills,
      cache: this.cache,
      scanning: {
        scans: this.scans,
        polls: {
          unknown: this.unknownScanPolls, running: this.scanPolls, empty: this.emptyScanPolls, partial: this.partialScanPolls,
        },
        isBlocked: this.organizationBlocksScanning,
      },
      layers: {
        areChecked: this.layers === 'modelled',
        minimumPartSize: this.minimumPartSize,
        uploads: this.layerUploads,
        downloads: this.layerDownloads,
        endpoint: this.endpoint,
        proxyEndpoint: this.proxyEndpoint,
        issuePassword: () => this.passwords.issue({ accessKeyId, region: incoming.region }, this.now().getTime()),
      },
      policyOrder: this.policyOrder,
      lifecycleTextAsStored: this.lifecycleTextAsStored,
      now: () => this.now().getTime(),
      permits: each => this.principals.permits(accessKeyId, each),
      ...fault ? { fault } : {},
    };
    if (operation === 'InitiateLayerUpload') this.createOnPush(accessKeyId, request);
    this.authorise(accessKeyId, performer.needs(request), request.registry);
    return { request, prepare: () => performer.prepare?.(request), run: () => performer.run(request) };
  }

  protected override stream(request: IncomingMessage, response: ServerResponse): Promise<void> | undefined {
    if (this.layerDownloads.isMeant(request)) return this.layerDownloads.serve(request, response);
    return this.protocol.isMeant(request) ? this.protocol.serve(request, response) : undefined;
  }

  /** Removes the bytes of layer parts, which would remain in memory. */
  protected override logged(input: Input): Input {
    const { layerPartBlob } = input;
    return typeof layerPartBlob === 'string' ? { ...input, layerPartBlob: `${layerPartBlob.length} characters` } : input;
  }

  private authorise(accessKeyId: string, needs: readonly IamRequest[], registry: Registry): void {
    const untagged = new Set(this.actionsWithoutResourceTag);
    try {
      this.principals.authorise(accessKeyId, needs.map(each => this.withOwner(withKeysOf(each, this.readings, untagged), registry)));
    } catch (error) {
      const [, name] = needs[0].resource.split(':repository/');
      const isKnown = name === undefined || name === '*' || needs[0].action === 'ecr:CreateRepository';
      const isForeign = this.principals.find(accessKeyId).account !== registry.account;
      const isNotFound = this.readings.isOther(isForeign ? 'missing-repository-cross-account' : 'missing-repository-denied');
      if (!isKnown && isNotFound) registry.repository(name);
      throw error;
    }
  }

  /** Creates the repository even if its policy then refuses the push (aws/containers-roadmap#853). */
  private createOnPush(accessKeyId: string, { input, registry, now }: EcrRequest): void {
    const name = repositoryNameOf(input.repositoryName);
    if (!this.creations.isCreatedByPush(registry, name)) return;
    if (!this.readings.isOther('create-on-push-permission')) this.authoriseInRegistry(accessKeyId, registry, name, 'ecr:CreateRepository');
    this.creations.create(registry, name, 'CREATE_ON_PUSH', now());
  }

  /** The policies of the registry and of the repository count, and callers of other accounts need one of them. */
  private authoriseInRegistry(accessKeyId: string, registry: Registry, name: string, action: string): void {
    const { context } = need(action, registry, name);
    const policies = [this.registryPolicies.on(registry, name), this.shownPolicy(registry.repositories.get(name))];
    const policy: RepositoryPolicy = { Version: '2012-10-17', Statement: policies.flatMap(each => each?.Statement ?? []) };
    this.principals.authorise(accessKeyId, [{
      action, resource: registry.arnOf(name), ...context ? { context } : {}, owner: { account: registry.account, policy },
    }]);
  }

  private shownPolicy(repository: Repository | undefined): RepositoryPolicy | undefined {
    return repository?.policy && mapPrincipals(repository.policy, kept => this.policyPrincipals.show(kept));
  }

  private withOwner(request: IamRequest, { account, repositories }: Registry): AccessRequest {
    if (this.repositoryPolicies === 'kept') return request;
    const policy = this.shownPolicy([...repositories.values()].find(({ arn }) => arn === request.resource));
    return { ...request, owner: { account, ...policy ? { policy } : {} } };
  }

  protected override pushed(repository: Repository, images: readonly StoredImage[]): void {
    for (const image of images) this.replication.pushed(repository, image, image.tags, this.now().getTime());
  }

  private addressed({ input, region, accessKeyId }: ServiceRequest): Registry {
    const [, arnRegion, arnAccount] = /^arn:[^:]+:ecr:([^:]+):(\d{12}):/.exec(String(input.resourceArn ?? '')) ?? [];
    if (arnRegion !== undefined && arnRegion !== region) {
      throw invalidParameter('resourceArn', `The ARN is of the Region ${arnRegion}, the request of ${region}`);
    }
    return this.registries.of(arnAccount ?? registryId(input.registryId) ?? this.principals.find(accessKeyId).account, region);
  }

  protected registry({ account = DEFAULT_ACCOUNT, region = 'us-east-1' }: Place): Registry {
    return this.registries.of(account, region);
  }
}
