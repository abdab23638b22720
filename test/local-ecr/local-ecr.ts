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
 * IAM: see iam.ts; only identity-based policies, also for another account (repository and registry policies are not modelled).
 * Not here: layers, tokens for docker, repository and lifecycle policies, previews, scanning, replication, pull-through caches.
 */
import { AwsError, invalidParameter } from './aws-error';
import { registryId } from './constraints';
import type { FaultKind } from './faults';
import { jsonWire } from './json-wire';
import { keyArn } from './kms';
import { Input, LocalService, LocalServiceOptions, ServiceRequest } from './local-service';
import type { EcrRequest } from './operation';
import { operations } from './operations';
import { PageTokens } from './page-tokens';
import { DEFAULT_ACCOUNT } from './principals';
import { Registries, Registry } from './registry';
import { Repository, TagMutability } from './repository';
import { RepositoryView, viewOf } from './repository-view';
import { addImage, NewImage, SeedImages, seedImages } from './seed';

export interface Place {
  /** @default '000000000000' */
  readonly account?: string;
  /** @default 'us-east-1' */
  readonly region?: string;
}

/** A repository that exists after seeding; settings count when it did not exist before, tags are added. */
export interface SeedRepository extends Place {
  readonly repositoryName: string;
  readonly tags?: Record<string, string>;
  readonly encryption?: { readonly encryptionType: 'AES256' | 'KMS' | 'KMS_DSSE'; readonly kmsKey?: string };
  readonly imageTagMutability?: TagMutability;
  readonly exclusionFilters?: readonly string[];
}

export type LocalEcrOptions = LocalServiceOptions;

/** The operations that act a fault out themselves. */
const ACTED_OUT: Partial<Record<FaultKind, readonly string[]>> = {
  kms: ['CreateRepository', 'DeleteRepository', 'PutImage', 'BatchGetImage', 'BatchDeleteImage'],
  imageFailure: ['BatchGetImage', 'BatchDeleteImage'],
};

export class LocalEcr extends LocalService {
  static async start(options: LocalEcrOptions = {}): Promise<LocalEcr> {
    const ecr = new LocalEcr(options);
    await ecr.listen();
    return ecr;
  }

  private readonly registries = new Registries();
  private readonly tokens = new PageTokens();
  private readonly disabledKeys = new Set<string>();

  private constructor(options: LocalEcrOptions) {
    super(jsonWire('ecr', 'AmazonEC2ContainerRegistry_V20150921'), options);
  }

  /** Creates the repository where it is missing and fills it, without HTTP and without IAM. */
  seed(options: SeedRepository & Partial<SeedImages>): void {
    const repository = this.ensure(options);
    if (options.images !== undefined) seedImages(repository, { kind: 'flat', ...options, images: options.images });
  }

  /** Adds one image to an existing repository and returns its digest. */
  addImage(options: NewImage & Place & { readonly repositoryName: string }): string {
    return addImage(this.registry(options).repository(options.repositoryName), options).digest;
  }

  repository(name: string, place: Place = {}): RepositoryView {
    return viewOf(this.registry(place).repositories.get(name));
  }

  /** How many images the repository holds, of any status; 0 when it does not exist. */
  images(name: string, place: Place = {}): number {
    return this.registry(place).repositories.get(name)?.size ?? 0;
  }

  /** Someone else deletes the repository. */
  vanish(name: string, place: Place = {}): void {
    this.registry(place).repositories.delete(name);
  }

  /** Someone else changes the tags of the repository; undefined removes one. */
  retag(name: string, tags: Record<string, string | undefined>, place: Place = {}): void {
    const repository = this.registry(place).repository(name);
    for (const [key, value] of Object.entries(tags)) {
      if (value === undefined) repository.tags.delete(key);
      else repository.tags.set(key, value);
    }
  }

  /** Images that are ACTIVATING become ACTIVE. */
  finishRestores(name: string, place: Place = {}): void {
    for (const image of this.registry(place).repository(name).inOrder()) {
      if (image.status === 'ACTIVATING') Object.assign(image, { status: 'ACTIVE', lastActivatedAt: this.now().getTime() });
    }
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
      now: () => this.now().getTime(),
      permits: need => this.principals.permits(accessKeyId, need),
      ...fault ? { fault } : {},
    };
    this.principals.authorise(accessKeyId, performer.needs(request));
    return performer.run(request);
  }

  protected describe(input: Input): { repositoryName?: string } {
    const { repositoryName, resourceArn } = input;
    const name = typeof repositoryName === 'string' ? repositoryName : String(resourceArn ?? '').split(':repository/')[1];
    return name === undefined ? {} : { repositoryName: name };
  }

  private addressed({ input, region, accessKeyId }: ServiceRequest): Registry {
    const [, arnRegion, arnAccount] = /^arn:[^:]+:ecr:([^:]+):(\d{12}):/.exec(String(input.resourceArn ?? '')) ?? [];
    if (arnRegion !== undefined && arnRegion !== region) throw invalidParameter('resourceArn', `The ARN is of the Region ${arnRegion}, the request of ${region}`);
    return this.registries.of(arnAccount ?? registryId(input.registryId) ?? this.principals.find(accessKeyId).account, region);
  }

  private registry({ account = DEFAULT_ACCOUNT, region = 'us-east-1' }: Place): Registry {
    return this.registries.of(account, region);
  }

  private ensure(options: SeedRepository): Repository {
    const registry = this.registry(options);
    const { repositoryName: name, encryption = { encryptionType: 'AES256' } } = options;
    const repository = registry.repositories.get(name) ?? new Repository({
      name,
      account: registry.account,
      region: registry.region,
      createdAt: Date.UTC(2026, 0, 1),
      scanOnPush: false,
      encryption: encryption.encryptionType === 'AES256' ? encryption : { ...encryption, kmsKey: keyArn(encryption.kmsKey ?? 'alias/aws/ecr', registry) },
    });
    if (!registry.repositories.has(name)) {
      repository.mutability = options.imageTagMutability ?? 'MUTABLE';
      repository.exclusionFilters = [...options.exclusionFilters ?? []];
    }
    for (const [key, value] of Object.entries(options.tags ?? {})) repository.tags.set(key, value);
    registry.repositories.set(name, repository);
    return repository;
  }
}
