import { DescribeRegistryCommand } from '@aws-sdk/client-ecr';
import type { ReplicationRule } from '@aws-sdk/client-ecr';
import type { TeardownJob } from './teardown-job';
import { stackInTags } from '../../src/core/mark';
import { parseRepositoryArn, RepositoryArn } from '../../src/core/repository-arn';
import { examples, Refusal } from '../../src/core/teardown/guards';
import { resolveLocation } from '../shared/aws/ecr-clients';
import { sendToEcr } from '../shared/aws/send-command';
import { UserError } from '../shared/protocol/errors';
import { readStack, isStackDeletion } from '../shared/protocol/stack';
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
  /** Deletes it, or fails where it could not be inspected. */
  remove(audit: Audit): Promise<void>;
}

/** What was found of a namesake. */
interface Inspection {
  readonly refusals: readonly Refusal[];
  /** What may be deleted; undefined where there is no replica. */
  readonly replica?: Replica;
}

/** The ARNs that replicas of the repository have in the listed Regions. */
function replicaArns({ properties: { repositoryArn, replicaRegions } }: TeardownJob): string[] {
  const { partition, account, repositoryName: name } = parseRepositoryArn(repositoryArn)!;
  return replicaRegions.map(region => `arn:${partition}:ecr:${region}:${account}:repository/${name}`);
}

/** One for each listed Region, with clients of that Region. */
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

  constructor(private readonly job: TeardownJob, private readonly clients: TeardownClients, private readonly source: PrivateTarget) {}

  get arns(): string[] {
    return replicaArns(this.job);
  }

  /**
   * Inspects the repositories of the same name in the listed Regions. One is a replica only while the registry's replication names its
   * Region, every image that it holds is one of the source, and no stack owns or marks it.
   * https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
   */
  async inspect(): Promise<Refusal[]> {
    const { job } = this;
    job.progress('reading the replication of the registry');
    const rules = (await sendToEcr(job, DescribeRegistryCommand, {}))?.replicationConfiguration?.rules ?? [];
    const sourceDigests = new Set<string>();
    for await (const page of this.source.images()) for (const { digest } of page) sourceDigests.add(digest);
    const inspections = await Promise.all((await namesakes(job, this.clients)).map(async (namesake): Promise<Inspection> => {
      try {
        return await this.inspectOne(namesake, rules, sourceDigests);
      } catch (error) {
        if (job.signal.aborted) throw error;
        return { refusals: [], replica: { region: namesake.region, remove: () => Promise.reject(error as Error) } };
      }
    }));
    // in the order of the Regions, whichever answered first
    this.replicas = inspections.flatMap(({ replica }) => replica ?? []);
    return inspections.flatMap(({ refusals }) => refusals);
  }

  private async inspectOne(
    { target, region, findOwner }: Namesake, rules: readonly ReplicationRule[], sourceDigests: ReadonlySet<string>,
  ): Promise<Inspection> {
    const { job, clients } = this;
    const { guards, exceptions } = job.properties;
    const tags = await target.tags();
    if (!tags) return { refusals: [] };
    const problem = stackInTags(tags)
      ?? (isNamed(rules, parseRepositoryArn(target.arn)!) ? await describeUnknownImages(target, sourceDigests) ?? await findOwner()
        : 'the replication of the registry does not name this Region for it');
    if (problem !== undefined) {
      const because = `the repository of that name in ${region} is not its replica: ${problem}; it is left alone, whatever lifts this`;
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
      .map(({ limit, because }) => ({ limit: `${limit} in ${region}`, because: `in ${region} ${because}` }));
    return { refusals, replica };
  }

  /**
   * Deletes the replicas of all Regions, also when one fails.
   *
   * @returns the replicas that could not be deleted; a code lifts that, and they are left
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
          because: `its replica in ${region} could not be deleted and is left, while those that could be reached are gone:`
            + ` ${(error as Error).message || (error as Error).name}`,
        });
      }
    }
    return failures;
  }

  /** Fails where the source is gone, because then nothing says that a repository is a replica. */
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
        job.log(`whether there is a repository '${name}' in ${region} is unknown: ${(error as Error).message}`);
      }
    }
    if (regions.length === 0) return;
    throw new UserError(`Repository '${name}' is gone already, but there are repositories of that name in ${regions.join(', ')}:`
      + ' nothing says any more that they are its replicas — delete them by hand if they are, then delete the stack again');
  }
}

/** Fails the deployment where a Region does not exist or is not enabled. */
export async function reachReplicas(job: TeardownJob, clients: TeardownClients): Promise<void> {
  for (const { target } of await namesakes(job, clients)) {
    try {
      await target.tags();
    } catch (error) {
      throw new UserError(`${target.subject} cannot be looked at — see that 'replicaRegions' names Regions that the account has,`
        + ` then deploy again: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

function isNamed(rules: readonly ReplicationRule[], { region, account, repositoryName: name }: RepositoryArn): boolean {
  const isFor = ({ destinations = [] }: ReplicationRule) =>
    destinations.some(destination => destination.region === region && destination.registryId === account);
  return rules.filter(isFor).some(({ repositoryFilters = [] }) =>
    repositoryFilters.length === 0 || repositoryFilters.some(({ filter = '' }) => name.startsWith(filter)));
}

async function describeUnknownImages(replica: PrivateTarget, sourceDigests: ReadonlySet<string>): Promise<string | undefined> {
  const unknown = new Array<string>();
  for await (const page of replica.images()) {
    for (const { digest, tags } of page) if (!sourceDigests.has(digest)) unknown.push(tags[0] ?? digest.slice(0, 19));
  }
  return unknown.length === 0 ? undefined
    : `it holds ${unknown.length} that the source does not (pushed there, or expired at the source): ${examples(unknown)}`;
}
