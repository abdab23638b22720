import type { TeardownJob } from './teardown-job';
import { pluralize } from '../../src/core/format';
import { stackInTags } from '../../src/core/mark';
import { destinationsOf, filtersOf, ReplicationRule } from '../../src/core/registry-rules/replication-rules';
import { parseRepositoryArn, RepositoryArn } from '../../src/core/repository-arn';
import { examples, Refusal } from '../../src/core/teardown/guards';
import { resolveLocation } from '../shared/aws/ecr-clients';
import { messageWithLimit } from '../shared/protocol/denial';
import { UserError } from '../shared/protocol/errors';
import { readStack, isStackDeletion } from '../shared/protocol/stack';
import type { DeletionDestinations } from '../shared/registry/deletion-destinations';
import { FindOwner, findOwningStack } from '../shared/repository/owning-stack';
import { Audit, auditOf } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { deleteWithImages } from '../shared/teardown/delete';
import { checkGuards } from '../shared/teardown/guards';
import { PrivateTarget } from '../shared/teardown/private-target';
import type { Replicas } from '../shared/teardown/teardown';

/** A repository of the same name in another Region. */
interface Namesake {
  readonly target: PrivateTarget;
  readonly region: string;
  readonly findOwner: FindOwner;
}

/** A namesake that may be deleted, or that could not be inspected. */
interface Replica {
  readonly region: string;
  /** Deletes it, or fails if it could not be inspected. */
  remove(audit: Audit): Promise<void>;
}

/** The result of inspecting a namesake. */
interface Inspection {
  readonly refusals: readonly Refusal[];
  /** The replica that may be deleted; undefined if there is no replica. */
  readonly replica?: Replica;
}

/** Returns the ARNs that replicas of the repository have in the listed Regions. */
function replicaArns({ properties: { repositoryArn, replicaRegions } }: TeardownJob): string[] {
  const { partition, account, repositoryName: name } = parseRepositoryArn(repositoryArn)!;
  return replicaRegions.map(region => `arn:${partition}:ecr:${region}:${account}:repository/${name}`);
}

/** Returns a namesake for each listed Region, with clients of that Region. */
async function namesakes(job: TeardownJob, clients: TeardownClients): Promise<Namesake[]> {
  return Promise.all(replicaArns(job).map(async arn => {
    const { region, repositoryName: name } = parseRepositoryArn(arn)!;
    const location = await resolveLocation(job, clients, { region, role: job.properties.role });
    const cloudFormation = clients.cloudFormation(location);
    return {
      target: new PrivateTarget({ ...job, ecr: clients.ecr(location) }, arn, `Repository '${name}' in ${region}`),
      region,
      findOwner: () => findOwningStack(job, cloudFormation, name),
    };
  }));
}

/** The replicas of one repository in the listed Regions. */
export class ReplicaRegions implements Replicas {
  private replicas: readonly Replica[] = [];
  private readonly checked = new Set<string>();

  constructor(
    private readonly job: TeardownJob, private readonly clients: TeardownClients, private readonly source: PrivateTarget,
    private readonly registry: Pick<DeletionDestinations, 'readRules'>,
  ) {}

  get arns(): string[] {
    return replicaArns(this.job);
  }

  /**
   * Inspects the repositories of the same name in the listed Regions. A repository is a replica only while the registry replicates the
   * source to its Region, the source holds each of its images, and no stack owns or marks it.
   * https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
   */
  async inspect(): Promise<Refusal[]> {
    const { job } = this;
    const rules = await this.registry.readRules();
    const sourceDigests = new Set<string>();
    for await (const page of this.source.images()) for (const { digest } of page) sourceDigests.add(digest);
    const inspections = await Promise.all((await namesakes(job, this.clients)).map(async (namesake): Promise<Inspection> => {
      try {
        return await this.inspectOne(namesake, rules, sourceDigests);
      } catch (error) {
        if (job.signal.aborted) throw error;
        this.checked.add(namesake.region); // its deletion fails, so the source is not deleted
        return { refusals: [], replica: { region: namesake.region, remove: () => Promise.reject(error as Error) } };
      }
    }));
    // in the order of the Regions, not of their responses
    this.replicas = inspections.flatMap(({ replica }) => replica ?? []);
    return inspections.flatMap(({ refusals }) => refusals);
  }

  private async inspectOne(
    { target, region, findOwner }: Namesake, rules: readonly ReplicationRule[], sourceDigests: ReadonlySet<string>,
  ): Promise<Inspection> {
    const { job, clients } = this;
    const { guards, exceptions } = job.properties;
    const tags = await target.tags();
    if (!tags) {
      this.checked.add(region);
      return { refusals: [] };
    }
    const problem = stackInTags(tags)
      ?? (isNamed(rules, parseRepositoryArn(target.arn)!) ? await describeUnknownImages(target, sourceDigests) ?? await findOwner()
        : 'the registry does not replicate it to this Region');
    if (problem !== undefined) {
      const because = `the repository of the same name in ${region} is not its replica: ${problem}; that repository is kept, even if you`
        + ' lift this refusal';
      return { refusals: [{ limit: `replica=${region}`, because }] };
    }
    const replica: Replica = {
      region,
      remove: async audit => {
        // a stack may have taken it over since it was inspected
        const owner = await findOwner();
        if (owner !== undefined) throw new Error(owner);
        await deleteWithImages(job, target, audit);
        job.log(`repository '${target.name}' in ${region} was deleted with its images`);
      },
    };
    // tags of repositories are not replicated
    const conditions = { guards: { ...guards, requireTag: undefined }, exceptions };
    const refusals = (await checkGuards(job, clients, target, new Map(), conditions))
      .map(({ limit, because }) => ({ limit: `${limit} in ${region}`, because: `in ${region}, ${because}` }));
    this.checked.add(region);
    return { refusals, replica };
  }

  /** Whether nothing in the Region is left to check. */
  hasChecked(region: string): boolean {
    return this.checked.has(region);
  }

  /**
   * Deletes the replicas in all Regions, even if one deletion fails.
   *
   * @returns a refusal for each replica that could not be deleted; if a code lifts it, the replica is left behind
   */
  async delete(): Promise<Refusal[]> {
    const { job, clients } = this;
    const failures = new Array<Refusal>();
    const audit = auditOf(job, job.properties.audit, clients);
    for (const { region, remove } of this.replicas) {
      try {
        await remove(audit);
      } catch (error) {
        if (job.signal.aborted) throw error;
        failures.push({
          limit: `unreachable=${region}`,
          because: `its replica in ${region} could not be deleted and still exists, while all replicas that could be reached are deleted:`
            + ` ${messageWithLimit(error)}`,
        });
      }
    }
    return failures;
  }

  /** Fails if the source does not exist but namesakes do, because without the source nobody can tell whether they are replicas. */
  async refuseOrphans(): Promise<void> {
    const { job, source: { name } } = this;
    if (!await isStackDeletion(job, await readStack(job))) return;
    const regions = new Array<string>();
    for (const { target, region } of await namesakes(job, this.clients)) {
      try {
        const tags = await target.tags();
        if (tags && stackInTags(tags) === undefined) regions.push(region);
      } catch (error) {
        if (job.signal.aborted) throw error;
        job.log(`it is unknown whether repository '${name}' exists in ${region}: ${(error as Error).message}`);
      }
    }
    if (regions.length === 0) return;
    throw new UserError(`Repository '${name}' does not exist, but repositories of that name exist in ${regions.join(', ')}. They were not`
      + ' deleted, because it is unknown whether they are its replicas. If they are, delete them yourself. Then delete the stack again.');
  }
}

/** Fails the deployment if a Region does not exist or is not enabled. */
export async function reachReplicas(job: TeardownJob, clients: TeardownClients): Promise<void> {
  for (const { target } of await namesakes(job, clients)) {
    try {
      await target.tags();
    } catch (error) {
      throw new UserError(`${target.subject} cannot be read. Check that 'replicaRegions' lists only Regions that are enabled in the`
        + ` account, then deploy again.\n${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

function isNamed(rules: readonly ReplicationRule[], { region, account, repositoryName: name }: RepositoryArn): boolean {
  const isFor = (rule: ReplicationRule) =>
    destinationsOf(rule).some(destination => destination.region === region && destination.registryId === account);
  return rules.filter(isFor).map(filtersOf).some(filters =>
    filters.length === 0 || filters.some(({ filter = '' }) => name.startsWith(filter)));
}

async function describeUnknownImages(replica: PrivateTarget, sourceDigests: ReadonlySet<string>): Promise<string | undefined> {
  const unknown = new Array<string>();
  for await (const page of replica.images()) {
    for (const { digest, tags } of page) if (!sourceDigests.has(digest)) unknown.push(tags[0] ?? digest.slice(0, 19));
  }
  return unknown.length === 0 ? undefined
    : `it holds ${pluralize(unknown.length, 'image')} that the source does not hold (pushed there, or expired in the source):`
      + ` ${examples(unknown)}`;
}
