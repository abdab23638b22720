/** Replicates pushed images by the rules of the registry. Behavior and sources: README.md, "Replication". */
import { AwsError } from './aws-error';
import type { Registries, Registry } from './registry';
import type { RegistryPolicies } from './registry-policy-rulings';
import { appliesTo, leadsTo, ReplicationDestination, ReplicationRule } from './replication-rules';
import type { ImageId, Repository, StoredImage } from './repository';
import type { RepositoryCreations } from './repository-creations';

/** An image to copy, with the tags to copy. */
export interface ImageToReplicate {
  readonly source: Repository;
  readonly image: StoredImage;
  readonly tags: readonly string[];
  readonly now: number;
}

export class Replication {
  constructor(
    private readonly registries: Registries, private readonly policies: RegistryPolicies, private readonly creations: RepositoryCreations,
  ) {}

  pushed(source: Repository, image: StoredImage, tags: readonly string[], now: number): void {
    for (const registry of this.destinations(source)) this.replicate(registry, { source, image, tags, now });
  }

  /** Returns the code of the failure, if there is one. The codes are not documented. */
  replicate(registry: Registry, { source, image, tags, now }: ImageToReplicate): string | undefined {
    const { name, settings } = source;
    const isPermitted = (action: string) => this.policies.permitsReplication(settings, registry, action, name);
    if (!isPermitted('ecr:ReplicateImage')) return 'AccessDenied';
    if (!registry.repositories.has(name) && !isPermitted('ecr:CreateRepository')) return 'AccessDenied';
    const replica = registry.repositories.get(name) ?? this.create(registry, name, now);
    if (!replica) return 'RepositoryCreationFailed';
    const copied = copy(source, replica, image, now);
    let failure: string | undefined;
    for (const tag of tags) {
      const owner = replica.digestOfTag(tag);
      if (owner === undefined || !replica.isImmutable(tag)) replica.tag(copied, tag);
      else if (owner !== copied.digest) failure = 'ImageTagAlreadyExists';
    }
    return failure;
  }

  /** Returns what a backfill copies: each image with each of its tags. */
  replicationsTo(from: Registry, destination: ReplicationDestination): { readonly repositoryName: string; readonly imageId: ImageId }[] {
    const rules = from.replicationRules.filter(rule => leadsTo(rule, destination));
    const sources = [...from.repositories.values()].filter(({ name }) => rules.some(rule => appliesTo(rule, name)));
    return sources.flatMap(source => source.inOrder().filter(({ status }) => status === 'ACTIVE').flatMap(image =>
      idsOf(image).map(imageId => ({ repositoryName: source.name, imageId }))));
  }

  untagged(source: Repository, digest: string, tag: string): void {
    for (const replica of this.replicas(source)) {
      if (replica.digestOfTag(tag) === digest) replica.untag(tag);
    }
  }

  deleted(source: Repository, digest: string): void {
    for (const replica of this.replicas(source)) {
      const image = replica.image(digest);
      if (image && replica.parentsOf(digest).length === 0) replica.remove(image);
    }
  }

  repositoryDeleted(source: Repository): void {
    for (const registry of this.destinationsOfDeletions(source)) registry.repositories.delete(source.name);
  }

  private create(registry: Registry, name: string, now: number): Repository | undefined {
    try {
      return this.creations.create(registry, name, 'REPLICATION', now);
    } catch (error) {
      if (error instanceof AwsError) return undefined;
      throw error;
    }
  }

  private replicas(source: Repository): Repository[] {
    return this.destinationsOfDeletions(source).flatMap(registry => registry.repositories.get(source.name) ?? []);
  }

  private destinationsOfDeletions(source: Repository): Registry[] {
    return this.destinations(source, rule => rule.deleteReplication?.enabled === true);
  }

  private destinations({ name, settings }: Repository, applies: (rule: ReplicationRule) => boolean = () => true): Registry[] {
    const { replicationRules: rules } = this.registries.of(settings.account, settings.region);
    const matching = rules.filter(rule => applies(rule) && appliesTo(rule, name));
    return [
      ...new Set(matching.flatMap(rule => rule.destinations.map(({ registryId, region }) => this.registries.of(registryId, region)))),
    ];
  }
}

function idsOf({ digest: imageDigest, tags }: StoredImage): ImageId[] {
  return tags.length === 0 ? [{ imageDigest }] : tags.map(imageTag => ({ imageDigest, imageTag }));
}

function copy(source: Repository, replica: Repository, image: StoredImage, now: number): StoredImage {
  const existing = replica.image(image.digest);
  if (existing) return existing;
  for (const child of image.children) copy(source, replica, source.image(child)!, now);
  for (const digest of image.layers ?? []) {
    const layer = source.layers.get(digest);
    if (layer) replica.layers.set(digest, layer);
  }
  const { lastArchivedAt, lastActivatedAt, lastRecordedPullTime, ...pushed } = image;
  const copied: StoredImage = { ...pushed, tags: [], status: 'ACTIVE', pushedAt: now };
  replica.add(copied);
  return copied;
}
