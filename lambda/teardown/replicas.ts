import { DescribeRegistryCommand } from '@aws-sdk/client-ecr';
import type { ReplicationRule } from '@aws-sdk/client-ecr';
import type { TeardownJob } from './teardown-job';
import { parseRepositoryArn, RepositoryArn } from '../../src/core/repository-arn';
import { examples, Refusal } from '../../src/core/teardown/guards';
import { placeOf } from '../shared/in-use/references';
import { untilAllowed } from '../shared/permission';
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

/**
 * The replicas of a repository in the Regions that were listed. One is a replica only while the registry's replication names its Region and every
 * image that it holds is one of the source.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
 */
export async function replicasOf(job: TeardownJob, clients: TeardownClients, source: PrivateTarget, question: Question): Promise<Replica[]> {
  const { properties: { replicaRegions, role } } = job;
  if (replicaRegions.length === 0) return [];
  const rules = await replicationRules(job);
  const known = await digestsOf(source);
  return Promise.all(replicaRegions.map(async region => {
    const { partition, account, repositoryName } = parseRepositoryArn(source.arn)!;
    const arn = `arn:${partition}:ecr:${region}:${account}:repository/${repositoryName}`;
    const found = (target: PrivateTarget, more: Partial<Replica>): Replica => ({ target, region, isReplica: true, refusals: [], ...more });
    const subject = `Repository '${repositoryName}' in ${region}`;
    try {
      const ecr = clients.ecr(await placeOf(job, clients, { region, role }));
      const target = new PrivateTarget({ ...job, ecr }, arn, subject);
      if (await target.tags() === undefined) return found(target, {});
      const problem = isNamed(rules, { partition, region, account, repositoryName }) ? await unknownImages(target, known)
        : 'the replication of the registry does not name this Region for it';
      if (problem !== undefined) {
        const because = `the repository of that name in ${region} is not its replica: ${problem}; it is left alone, whatever lifts this`;
        return found(target, { isReplica: false, refusals: [{ limit: `replica=${region}`, because }] });
      }
      const asked = await askGuards(job, clients, target, new Map(), { ...question, guards: { ...question.guards, requireTag: undefined } });
      return found(target, { refusals: asked.map(({ limit, because }) => ({ limit: `${limit} in ${region}`, because: `in ${region} ${because}` })) });
    } catch (error) {
      return found(new PrivateTarget(job, arn, subject), { unreachable: (error as Error).message || (error as Error).name });
    }
  }));
}

/** One Region after the other fails or not on its own. */
export async function deleteReplicas(job: TeardownJob, replicas: readonly Replica[], audit: Audit): Promise<string[]> {
  const failures = new Array<string>();
  for (const { target, region, isReplica, unreachable } of replicas) {
    if (!isReplica) continue;
    try {
      if (unreachable !== undefined) throw new Error(unreachable);
      if (await target.tags() === undefined) continue;
      await deleteWithImages(job, target, audit);
      job.log(`repository '${target.name}' in ${region} was deleted with its images`);
    } catch (error) {
      failures.push(`${region}: ${(error as Error).message || (error as Error).name}`);
    }
  }
  return failures;
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
  return unknown.length === 0 ? undefined : `it holds ${unknown.length} that the source does not: ${examples(unknown)}`;
}
