import { DescribeRegistryCommand } from '@aws-sdk/client-ecr';
import type { ReplicationRule } from '@aws-sdk/client-ecr';
import type { TeardownJob } from './teardown-job';
import { stackInTags } from '../../src/core/mark';
import { parseRepositoryArn, RepositoryArn } from '../../src/core/repository-arn';
import { examples, Refusal } from '../../src/core/teardown/guards';
import { locationOf } from '../shared/aws/location';
import { untilAllowed } from '../shared/aws/until-allowed';
import { Explained } from '../shared/protocol/errors';
import { readStack, wholeStackGoes } from '../shared/protocol/stack';
import type { Audit } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { deleteWithImages } from '../shared/teardown/delete';
import { askGuards, Question } from '../shared/teardown/guards';
import { PrivateTarget } from '../shared/teardown/private-target';

/** A repository of the same name in another Region, and what was found out about it. */
export interface Replica {
  readonly target: PrivateTarget;
  readonly region: string;
  /** Whether it is known to hold nothing but copies; false leaves it alone. */
  readonly isReplica: boolean;
  readonly refusals: readonly Refusal[];
  /** Why nothing could be found out. */
  readonly unreachable?: string;
}

/** The ARNs that replicas of the repository have, in the Regions that were listed. */
export function replicaArns({ properties: { repositoryArn, replicaRegions } }: TeardownJob): string[] {
  const { partition, account, repositoryName } = parseRepositoryArn(repositoryArn)!;
  return replicaRegions.map(region => `arn:${partition}:ecr:${region}:${account}:repository/${repositoryName}`);
}

/** One for each Region that was listed, with a client of that Region. */
async function targets(job: TeardownJob, clients: TeardownClients): Promise<PrivateTarget[]> {
  return Promise.all(replicaArns(job).map(async arn => {
    const { region, repositoryName } = parseRepositoryArn(arn)!;
    const ecr = clients.ecr(await locationOf(job, clients, { region, role: job.properties.role }));
    return new PrivateTarget({ ...job, ecr }, arn, `Repository '${repositoryName}' in ${region}`);
  }));
}

/**
 * The replicas of a repository in the Regions that were listed. One is a replica only while the registry's replication names its Region, every image that
 * it holds is one of the source, and no stack has to do with it.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
 */
export async function replicasOf(job: TeardownJob, clients: TeardownClients, source: PrivateTarget, question: Question): Promise<Replica[]> {
  if (job.properties.replicaRegions.length === 0) return [];
  const rules = await replicationRules(job);
  const known = await digestsOf(source);
  return Promise.all((await targets(job, clients)).map(async target => {
    const place = parseRepositoryArn(target.arn)!;
    const { region } = place;
    const found = (more: Partial<Replica>): Replica => ({ target, region, isReplica: true, refusals: [], ...more });
    try {
      const tags = await target.tags();
      if (!tags) return found({});
      const problem = stackInTags(tags)
        ?? (isNamed(rules, place) ? await unknownImages(target, known) : 'the replication of the registry does not name this Region for it');
      if (problem !== undefined) {
        const because = `the repository of that name in ${region} is not its replica: ${problem}; it is left alone, whatever lifts this`;
        return found({ isReplica: false, refusals: [{ limit: `replica=${region}`, because }] });
      }
      // tags are not replicated
      const asked = await askGuards(job, clients, target, new Map(), { ...question, guards: { ...question.guards, requireTag: undefined } });
      return found({ refusals: asked.map(({ limit, because }) => ({ limit: `${limit} in ${region}`, because: `in ${region} ${because}` })) });
    } catch (error) {
      if (job.signal.aborted) throw error;
      return found({ unreachable: (error as Error).message || (error as Error).name });
    }
  }));
}

/** Each Region fails or not on its own. @returns what could not be deleted: answered with a code, it is left */
export async function deleteReplicas(job: TeardownJob, replicas: readonly Replica[], audit: Audit): Promise<Refusal[]> {
  const failures = new Array<Refusal>();
  for (const { target, region, isReplica, unreachable } of replicas) {
    if (!isReplica) continue;
    try {
      if (unreachable !== undefined) throw new Error(unreachable);
      if (await target.tags() === undefined) continue;
      await deleteWithImages(job, target, audit);
      job.log(`repository '${target.name}' in ${region} was deleted with its images`);
    } catch (error) {
      if (job.signal.aborted) throw error;
      const why = (error as Error).message || (error as Error).name;
      failures.push({ limit: `unreachable=${region}`, because: `its replica in ${region} could not be deleted and is left, while those that could be reached are gone: ${why}` });
    }
  }
  return failures;
}

/** Without its source nothing says that a repository is a replica. */
export async function refuseOrphans(job: TeardownJob, clients: TeardownClients): Promise<undefined> {
  if (job.properties.replicaRegions.length === 0 || !await wholeStackGoes(job, await readStack(job))) return undefined;
  const live = (await Promise.all((await targets(job, clients)).map(async target => {
    try {
      const tags = await target.tags();
      return tags && stackInTags(tags) === undefined ? [target] : [];
    } catch (error) {
      if (job.signal.aborted) throw error;
      job.log(`whether there is a repository '${target.name}' in ${parseRepositoryArn(target.arn)!.region} is unknown: ${(error as Error).message}`);
      return [];
    }
  }))).flat();
  if (live.length === 0) return undefined;
  throw new Explained(`Repository '${live[0].name}' is gone already, but there are repositories of that name in ${live.map(({ arn }) => parseRepositoryArn(arn)!.region).join(', ')}:`
    + ' nothing says any more that they are its replicas — delete them by hand if they are, then delete the stack again');
}

/** A Region that is none, or not enabled, fails when it is deployed. */
export async function reachReplicas(job: TeardownJob, clients: TeardownClients): Promise<void> {
  for (const target of await targets(job, clients)) {
    try {
      await target.tags();
    } catch (error) {
      throw new Explained(`${target.subject} cannot be looked at — see that 'replicaRegions' names Regions that the account has, then deploy again: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

async function replicationRules(job: TeardownJob): Promise<ReplicationRule[]> {
  job.progress('reading the replication of the registry');
  const answer = await untilAllowed(job, () => job.ecr.send(new DescribeRegistryCommand({}), { abortSignal: job.signal }));
  return answer?.replicationConfiguration?.rules ?? [];
}

function isNamed(rules: readonly ReplicationRule[], { region, account, repositoryName }: RepositoryArn): boolean {
  const isFor = ({ destinations = [] }: ReplicationRule) =>
    destinations.some(destination => destination.region === region && destination.registryId === account);
  return rules.filter(isFor).some(({ repositoryFilters = [] }) =>
    repositoryFilters.length === 0 || repositoryFilters.some(({ filter = '' }) => repositoryName.startsWith(filter)));
}

async function digestsOf(source: PrivateTarget): Promise<Set<string>> {
  const digests = new Set<string>();
  for await (const page of source.images()) for (const { digest } of page) digests.add(digest);
  return digests;
}

async function unknownImages(replica: PrivateTarget, known: ReadonlySet<string>): Promise<string | undefined> {
  const unknown = new Array<string>();
  for await (const page of replica.images()) {
    for (const { digest, tags } of page) if (!known.has(digest)) unknown.push(tags[0] ?? digest.slice(0, 19));
  }
  return unknown.length === 0 ? undefined
    : `it holds ${unknown.length} that the source does not (pushed there, or expired at the source): ${examples(unknown)}`;
}
