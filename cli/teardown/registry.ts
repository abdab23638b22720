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
import { regionOfEnvironment } from '../ecr-client';

/** A registry with repositories: one Region of an account, or the ECR Public registry of the account. */
export interface Registry {
  readonly region: string;
  /** Returns the repository with this name, or undefined if it does not exist. */
  find(name: string): Promise<TargetRepository | undefined>;
  listUnder(filter: PrefixFilter): Promise<PrefixListing>;
}

/** @param cloudFormation creates a client for the same Region on first use, because only repositories under a prefix need it */
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
    listUnder: () => { throw new Error('ECR Public does not support a prefix'); },
  };
}

/** Returns the registries of a command. The default Region is the Region of the environment or the profile. */
export async function registriesOf(
  { task, clients, order: { regions, isPublic } }: Pick<Run, 'task' | 'clients' | 'order'>,
): Promise<Registry[]> {
  if (isPublic) return [publicRegistry(task, clients.ecrPublic())];
  const inRegion = (ecr: ECRClient, region: string) => privateRegistry(task, ecr, region, () => clients.cloudFormation(region));
  if (regions.length > 0) return regions.map(region => inRegion(clients.ecr(region), region));
  const ecr = clients.ecr(regionOfEnvironment());
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
