import type { ECRClient } from '@aws-sdk/client-ecr';
import { readReplicationRules } from './replication-rules';
import type { HeldImage } from '../../../src/core/images/held-image';
import { destinationsOf, filtersOf, ReplicationDestination, ReplicationRule } from '../../../src/core/registry-rules/replication-rules';
import { parseRepositoryArn, RepositoryArn } from '../../../src/core/repository-arn';
import type { RoleToAssume } from '../../../src/core/wire/location';
import { EcrClients, resolveLocation } from '../aws/ecr-clients';
import { heldImages } from '../images/held-images';
import { messageWithLimit } from '../protocol/denial';
import type { EcrTask } from '../protocol/job';

/** A registry in which ECR repeats the deletions of images, with the name of the rule in messages. */
interface DeletionDestination extends ReplicationDestination {
  readonly rule: string;
}

/** A repository whose images are deleted with those of the source. */
export interface CopyWithImages {
  /** Region of the copy, for the limit of a refusal. */
  readonly place: string;
  /** Phrase for messages. */
  readonly where: string;
  readonly arn: string;
  readonly images: readonly HeldImage[];
}

/** Why something cannot be checked. */
interface Unseen {
  readonly unseen: string;
}

type Copy = CopyWithImages | (Unseen & { readonly place: string });

/**
 * Returns where the deletions of the repository's images are repeated, lifecycle expiry included. A filter of an unknown type may match.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication-delete.html
 */
export function deletionDestinations(rules: readonly ReplicationRule[], repositoryName: string): DeletionDestination[] {
  const found = new Map<string, DeletionDestination>();
  for (const live of rules) {
    const filters = filtersOf(live);
    const isMatch = filters.length === 0
      || filters.some(({ filter, filterType }) => filterType !== 'PREFIX_MATCH' || repositoryName.startsWith(filter));
    if (!isMatch || live.deleteReplication?.enabled !== true) continue;
    const rule = `the replication rule for ${filters.map(({ filter }) => `'${filter}'`).join(', ') || 'all repositories'}`;
    for (const { region, registryId } of destinationsOf(live)) {
      const key = `${registryId} ${region}`;
      if (!found.has(key)) found.set(key, { region, registryId, rule });
    }
  }
  return [...found.values()];
}

/** The replication rules of one registry, and the copies of its images. */
export class DeletionDestinations {
  private rules?: Promise<readonly ReplicationRule[]>;
  /** Why a Region cannot be read, so that it is tried only for the first repository. */
  private readonly failures = new Map<string, unknown>();
  /** One client for each Region, because each client keeps connections open. */
  private readonly regions = new Map<string, Promise<ECRClient>>();

  /** @param role role of the registry's account, if the function runs in another account */
  constructor(private readonly task: EcrTask, private readonly clients: EcrClients, private readonly role: RoleToAssume | undefined) {}

  /** Reads the replication rules once. */
  async readRules(): Promise<readonly ReplicationRule[]> {
    this.task.progress('reading the replication configuration of the registry');
    return this.rules ??= readReplicationRules(this.task);
  }

  /**
   * Reads the images that are deleted together with those of a repository, in all registries at the same time.
   *
   * @param isChecked whether the copy in a Region was checked already
   * @returns the copies that hold images, and those that cannot be read; or why the rules cannot be read
   */
  async readCopies(repositoryArn: string, isChecked: (region: string) => boolean = () => false): Promise<Copy[] | Unseen> {
    const source = parseRepositoryArn(repositoryArn)!;
    let rules: readonly ReplicationRule[];
    try {
      rules = await this.readRules();
    } catch (error) {
      if (this.task.signal.aborted) throw error;
      const cause = messageWithLimit(error);
      return { unseen: `its deletions may be repeated in other registries, because the replication rules cannot be read: ${cause}` };
    }
    const copies = await Promise.all(deletionDestinations(rules, source.repositoryName).map(async destination => {
      if (destination.registryId !== source.account) return foreignCopy(destination);
      return isChecked(destination.region) ? undefined : this.readCopy(source, destination);
    }));
    return copies.filter(copy => copy !== undefined);
  }

  /** Returns undefined if the repository does not exist there, or holds no image. */
  private async readCopy(
    { partition, account, repositoryName }: RepositoryArn, { region, rule }: DeletionDestination,
  ): Promise<Copy | undefined> {
    try {
      const images = await this.readImages(region, repositoryName);
      const arn = `arn:${partition}:ecr:${region}:${account}:repository/${repositoryName}`;
      return images.length === 0 ? undefined : { place: region, where: `in ${region}, where ${rule} repeats deletions`, arn, images };
    } catch (error) {
      if (this.task.signal.aborted) throw error;
      this.failures.set(region, error);
      const cause = messageWithLimit(error);
      return { place: region, unseen: `${rule} repeats deletions in ${region}, where images cannot be checked: ${cause}` };
    }
  }

  private async readImages(region: string, repositoryName: string): Promise<HeldImage[]> {
    if (this.failures.has(region)) throw this.failures.get(region);
    const client = this.regions.get(region) ?? this.connect(region);
    this.regions.set(region, client);
    const images = new Array<HeldImage>();
    for await (const page of heldImages({ ...this.task, ecr: await client }, repositoryName)) images.push(...page);
    return images;
  }

  private async connect(region: string): Promise<ECRClient> {
    return this.clients.ecr(await resolveLocation(this.task, this.clients, { region, role: this.role }));
  }
}

function foreignCopy({ region, registryId, rule }: DeletionDestination): Copy {
  return {
    place: `${registryId}/${region}`,
    unseen: `${rule} repeats deletions in account ${registryId}, ${region}, where images cannot be checked (to stop that, set`
      + ' deleteReplication of the rule to false)',
  };
}
