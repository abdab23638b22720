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
import type { Audit } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { deleteWithImages } from '../shared/teardown/delete';
import { checkGuards } from '../shared/teardown/guards';
import { PrivateTarget } from '../shared/teardown/private-target';
import type { RemovalConditions } from '../shared/teardown/repository-guards';

/** A repository of the same name in another Region. */
export interface Replica {
  readonly target: PrivateTarget;
  readonly region: string;
  /** Whether it is known to hold nothing but copies. If not, it is left alone. */
  readonly isReplica: boolean;
  readonly refusals: readonly Refusal[];
  /** Why it could not be inspected. */
  readonly failure?: string;
}

/** The ARNs that replicas of the repository have in the listed Regions. */
export function replicaArns({ properties: { repositoryArn, replicaRegions } }: TeardownJob): string[] {
  const { partition, account, repositoryName } = parseRepositoryArn(repositoryArn)!;
  return replicaRegions.map(region => `arn:${partition}:ecr:${region}:${account}:repository/${repositoryName}`);
}

/** One target for each listed Region, with a client of that Region. */
async function replicaTargets(job: TeardownJob, clients: TeardownClients): Promise<PrivateTarget[]> {
  return Promise.all(replicaArns(job).map(async arn => {
    const { region, repositoryName } = parseRepositoryArn(arn)!;
    const ecr = clients.ecr(await resolveLocation(job, clients, { region, role: job.properties.role }));
    return new PrivateTarget({ ...job, ecr }, arn, `Repository '${repositoryName}' in ${region}`);
  }));
}

/**
 * Inspects the repositories of the same name in the listed Regions. One is a replica only while the registry's replication names its
 * Region, every image that it holds is one of the source, and no stack declares or marks it.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
 */
export async function inspectReplicas(
  job: TeardownJob, clients: TeardownClients, source: PrivateTarget, { guards, exceptions }: RemovalConditions,
): Promise<Replica[]> {
  if (job.properties.replicaRegions.length === 0) return [];
  // tags of repositories are not replicated
  const conditions = { guards: { ...guards, requireTag: undefined }, exceptions };
  const rules = await readReplicationRules(job);
  const sourceDigests = await readDigests(source);
  return Promise.all((await replicaTargets(job, clients)).map(async target => {
    const location = parseRepositoryArn(target.arn)!;
    const { region } = location;
    const replica: Replica = { target, region, isReplica: true, refusals: [] };
    try {
      const tags = await target.tags();
      if (!tags) return replica;
      const problem = stackInTags(tags)
        ?? (isNamed(rules, location) ? await describeUnknownImages(target, sourceDigests)
          : 'the replication of the registry does not name this Region for it');
      if (problem !== undefined) {
        const because = `the repository of that name in ${region} is not its replica: ${problem}; it is left alone, whatever lifts this`;
        return { ...replica, isReplica: false, refusals: [{ limit: `replica=${region}`, because }] };
      }
      const refusals = (await checkGuards(job, clients, target, new Map(), conditions))
        .map(({ limit, because }) => ({ limit: `${limit} in ${region}`, because: `in ${region} ${because}` }));
      return { ...replica, refusals };
    } catch (error) {
      if (job.signal.aborted) throw error;
      return { ...replica, failure: describe(error as Error) };
    }
  }));
}

/**
 * Deletes the replicas of all Regions, also when one fails.
 *
 * @returns the replicas that could not be deleted; a code lifts that, and they are left
 */
export async function deleteReplicas(job: TeardownJob, replicas: readonly Replica[], audit: Audit): Promise<Refusal[]> {
  const failures = new Array<Refusal>();
  for (const { target, region, isReplica, failure } of replicas) {
    if (!isReplica) continue;
    try {
      if (failure !== undefined) throw new Error(failure);
      if (await target.tags() === undefined) continue;
      await deleteWithImages(job, target, audit);
      job.log(`repository '${target.name}' in ${region} was deleted with its images`);
    } catch (error) {
      if (job.signal.aborted) throw error;
      failures.push({
        limit: `unreachable=${region}`,
        because: `its replica in ${region} could not be deleted and is left, while those that could be reached are gone:`
          + ` ${describe(error as Error)}`,
      });
    }
  }
  return failures;
}

/** Fails where the source is gone, because then nothing says that a repository is a replica. */
export async function refuseOrphans(job: TeardownJob, clients: TeardownClients): Promise<undefined> {
  if (job.properties.replicaRegions.length === 0 || !await isStackDeletion(job, await readStack(job))) return undefined;
  const orphans = (await Promise.all((await replicaTargets(job, clients)).map(async target => {
    try {
      const tags = await target.tags();
      return tags && stackInTags(tags) === undefined ? [target] : [];
    } catch (error) {
      if (job.signal.aborted) throw error;
      job.log(`whether there is a repository '${target.name}' in ${parseRepositoryArn(target.arn)!.region} is unknown:`
        + ` ${(error as Error).message}`);
      return [];
    }
  }))).flat();
  if (orphans.length === 0) return undefined;
  const regions = orphans.map(({ arn }) => parseRepositoryArn(arn)!.region).join(', ');
  throw new UserError(`Repository '${orphans[0].name}' is gone already, but there are repositories of that name in ${regions}:`
    + ' nothing says any more that they are its replicas — delete them by hand if they are, then delete the stack again');
}

/** Fails the deployment where a Region does not exist or is not enabled. */
export async function reachReplicas(job: TeardownJob, clients: TeardownClients): Promise<void> {
  for (const target of await replicaTargets(job, clients)) {
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

function describe({ message, name }: Error): string {
  return message || name;
}

async function readReplicationRules(job: TeardownJob): Promise<ReplicationRule[]> {
  job.progress('reading the replication of the registry');
  const answer = await sendToEcr(job, DescribeRegistryCommand, {});
  return answer?.replicationConfiguration?.rules ?? [];
}

function isNamed(rules: readonly ReplicationRule[], { region, account, repositoryName }: RepositoryArn): boolean {
  const isFor = ({ destinations = [] }: ReplicationRule) =>
    destinations.some(destination => destination.region === region && destination.registryId === account);
  return rules.filter(isFor).some(({ repositoryFilters = [] }) =>
    repositoryFilters.length === 0 || repositoryFilters.some(({ filter = '' }) => repositoryName.startsWith(filter)));
}

async function readDigests(source: PrivateTarget): Promise<Set<string>> {
  const digests = new Set<string>();
  for await (const page of source.images()) for (const { digest } of page) digests.add(digest);
  return digests;
}

async function describeUnknownImages(replica: PrivateTarget, sourceDigests: ReadonlySet<string>): Promise<string | undefined> {
  const unknown = new Array<string>();
  for await (const page of replica.images()) {
    for (const { digest, tags } of page) if (!sourceDigests.has(digest)) unknown.push(tags[0] ?? digest.slice(0, 19));
  }
  return unknown.length === 0 ? undefined
    : `it holds ${unknown.length} that the source does not (pushed there, or expired at the source): ${examples(unknown)}`;
}
