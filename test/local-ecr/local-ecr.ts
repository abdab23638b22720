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
 *   a push that changes nothing. An untouched tag moves to the new image. Layers are not modelled: no LayersNotFoundException.
 * - BatchGetImage gives no archived image, and an index only to who accepts its media type.
 * - UpdateImageStorageClass: archive at once, restore by way of ACTIVATING until `finishRestores()`.
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
 * Replication of images and of their deletion: replication.ts, replication-rules.ts.
 * Not here: layers, tokens for docker, scanning, pull-through caches, DescribeImageReplicationStatus, replication backfill.
 */
import type { AccessRequest } from './authorisation';
import { AwsError, invalidParameter } from './aws-error';
import { registryId } from './constraints';
import type { FaultKind } from './faults';
import type { IamRequest } from './iam';
import { jsonWire } from './json-wire';
import { keyArn } from './kms';
import type { LocalServiceOptions, ServiceRequest } from './local-service';
import type { EcrRequest } from './operation';
import { operations } from './operations';
import { prettyPrinted, reversed } from './policy-text';
import { DEFAULT_ACCOUNT } from './principals';
import { Place, Registries, Registry } from './registry';
import { RegistryService } from './registry-service';
import { Replication } from './replication';
import { readReplicationRules, ReplicationRule } from './replication-rules';
import type { Repository, StoredImage } from './repository';
import { mapPrincipals } from './repository-policy';
import { RepositoryView, viewOf } from './repository-view';
import { SeedImages, seedImages } from './seed';
import { seedRepository, SeedRepository } from './seed-repository';

export type { Place, SeedRepository };

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
}

/** The operations that act a fault out themselves. */
const ACTED_OUT: Partial<Record<FaultKind, readonly string[]>> = {
  kms: ['CreateRepository', 'DeleteRepository', 'PutImage', 'BatchGetImage', 'BatchDeleteImage'],
  imageFailure: ['BatchGetImage', 'BatchDeleteImage'],
};

export class LocalEcr extends RegistryService<SeedRepository & Partial<SeedImages>> {
  static async start(options: LocalEcrOptions = {}): Promise<LocalEcr> {
    const ecr = new LocalEcr(options);
    await ecr.listen();
    return ecr;
  }

  /** How many GetLifecyclePolicyPreview calls read IN_PROGRESS; counts for previews that start afterwards. */
  previewPolls = 1;
  /** Whether repository policies count when a request is authorised. While they are only kept, another account may do what its own policy allows. */
  repositoryPolicies: 'kept' | 'enforced' = 'kept';
  private readonly registries = new Registries();
  private readonly replication = new Replication(this.registries);
  private readonly lifecycleTextAsStored: (text: string) => string;
  private readonly disabledKeys = new Set<string>();

  private constructor(options: LocalEcrOptions) {
    super(jsonWire('ecr', 'AmazonEC2ContainerRegistry_V20150921'), options);
    const rewritten = options.lifecyclePolicyText === 'rewritten';
    this.lifecycleTextAsStored = text => rewritten ? prettyPrinted(reversed(JSON.parse(text))) : text;
  }

  seed(options: SeedRepository & Partial<SeedImages>): void {
    const { policyPrincipals, lifecycleTextAsStored } = this;
    const repository = seedRepository(options, { registry: this.registry(options), policyPrincipals, lifecycleTextAsStored });
    const before = repository.size;
    if (options.images !== undefined) seedImages(repository, { kind: 'flat', ...options, images: options.images });
    this.pushed(repository, repository.inOrder().slice(before));
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

  disableKey(key: string, place: Place = {}): void {
    this.disabledKeys.add(keyArn(key, this.registry(place)));
  }

  enableKey(key: string, place: Place = {}): void {
    this.disabledKeys.delete(keyArn(key, this.registry(place)));
  }

  protected perform(incoming: ServiceRequest): object {
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
      lifecycleTextAsStored: this.lifecycleTextAsStored,
      now: () => this.now().getTime(),
      permits: need => this.principals.permits(accessKeyId, need),
      ...fault ? { fault } : {},
    };
    this.principals.authorise(accessKeyId, performer.needs(request).map(need => this.withOwner(need, request.registry)));
    return performer.run(request);
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
