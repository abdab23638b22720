/** Replicates pushed images by the rules of the registry. Behavior and sources: README.md, "Replication". */
import type { Registries, Registry } from './registry';
import type { ReplicationRule } from './replication-rules';
import { Repository, StoredImage } from './repository';

export class Replication {
  constructor(private readonly registries: Registries) {}

  pushed(source: Repository, image: StoredImage, tags: readonly string[], now: number): void {
    for (const registry of this.destinations(source)) {
      const replica = registry.repositories.get(source.name) ?? create(registry, source.name, now);
      registry.repositories.set(source.name, replica);
      const copied = copy(source, replica, image, now);
      for (const tag of tags) {
        const isTaken = replica.digestOfTag(tag) !== undefined;
        if (!isTaken || !replica.isImmutable(tag)) replica.tag(copied, tag);
      }
    }
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

  private replicas(source: Repository): Repository[] {
    return this.destinationsOfDeletions(source).flatMap(registry => registry.repositories.get(source.name) ?? []);
  }

  private destinationsOfDeletions(source: Repository): Registry[] {
    return this.destinations(source, rule => rule.deleteReplication?.enabled === true);
  }

  private destinations({ name, settings }: Repository, applies: (rule: ReplicationRule) => boolean = () => true): Registry[] {
    const { replicationRules: rules } = this.registries.of(settings.account, settings.region);
    const matching = rules.filter(rule => applies(rule) && (rule.repositoryFilters?.some(({ filter }) => name.startsWith(filter)) ?? true));
    return [
      ...new Set(matching.flatMap(rule => rule.destinations.map(({ registryId, region }) => this.registries.of(registryId, region)))),
    ];
  }
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

function create({ account, region }: Registry, name: string, createdAt: number): Repository {
  return new Repository({ name, account, region, createdAt, encryption: { encryptionType: 'AES256' }, scanOnPush: false });
}
