import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeRepositoriesCommand as DescribePublicRepositoriesCommand, ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import type { Run } from './run';
import { isNamed } from '../../lambda/shared/protocol/errors';
import type { Task } from '../../lambda/shared/protocol/job';
import { listRepositoriesUnder, PrefixFilter, PrefixListing } from '../../lambda/shared/teardown/prefix';
import { PrivateTarget } from '../../lambda/shared/teardown/private-target';
import { PublicTarget } from '../../lambda/shared/teardown/public-target';
import type { TargetRepository } from '../../lambda/shared/teardown/target-repository';
import { PUBLIC_REGION } from '../../src/core/public-repository/region';

/** Where repositories are: one Region of an account, or its registry of ECR Public. */
export interface Registry {
  readonly region: string;
  /** The repository of this name; undefined when there is none. */
  find(name: string): Promise<TargetRepository | undefined>;
  listUnder(filter: PrefixFilter): Promise<PrefixListing>;
}

/** @param cloudFormation of the same Region, made on first use: only repositories under a prefix are asked about */
export function privateRegistry(task: Task, ecr: ECRClient, region: string, cloudFormation: () => CloudFormationClient): Registry {
  const ecrTask = { ...task, ecr };
  return {
    region,
    find: name => unlessAbsent(async () => {
      task.progress(`looking for repository '${name}' in ${region}`);
      const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }), { abortSignal: task.signal });
      const arn = repositories?.[0]?.repositoryArn;
      return arn === undefined ? undefined : new PrivateTarget(ecrTask, arn, `Repository '${name}' in ${region}`);
    }),
    listUnder: filter => listRepositoriesUnder(ecrTask, cloudFormation(), filter, ` in ${region}`),
  };
}

export function publicRegistry(task: Task, ecrPublic: ECRPUBLICClient): Registry {
  return {
    region: PUBLIC_REGION,
    find: name => unlessAbsent(async () => {
      task.progress(`looking for public repository '${name}'`);
      const { repositories } = await ecrPublic.send(
        new DescribePublicRepositoriesCommand({ repositoryNames: [name] }), { abortSignal: task.signal },
      );
      const arn = repositories?.[0]?.repositoryArn;
      return arn === undefined ? undefined : new PublicTarget({ ...task, ecrPublic }, arn);
    }),
    listUnder: () => { throw new Error('public repositories are named one by one'); },
  };
}

/** The registries of a command; without a Region, that of the environment or the profile. */
export async function registriesOf(
  { task, clients, order: { regions, isPublic } }: Pick<Run, 'task' | 'clients' | 'order'>,
): Promise<Registry[]> {
  if (isPublic) return [publicRegistry(task, clients.ecrPublic())];
  const inRegion = (ecr: ECRClient, region: string) => privateRegistry(task, ecr, region, () => clients.cloudFormation(region));
  if (regions.length > 0) return regions.map(region => inRegion(clients.ecr(region), region));
  // the SDK for JavaScript, unlike the AWS CLI, does not look at AWS_DEFAULT_REGION
  const ecr = clients.ecr(process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || undefined);
  return [inRegion(ecr, await ecr.config.region())];
}

async function unlessAbsent<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (isNamed(error, 'RepositoryNotFoundException')) return undefined;
    throw error;
  }
}
