import { ECRClient } from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { CLIENT } from './clients';
import { untilAllowed } from './until-allowed';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { Prevented } from '../protocol/errors';
import type { EcrTask, Task } from '../protocol/job';
import type { Target } from '../repository/located-repository';

/** Where a client looks: another Region, another account. */
export interface Place {
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

/** How ECR is reached elsewhere. Tests hand in clients of the real SDK that point at local fakes. */
export interface PlaceClients {
  ecr(place: Place): ECRClient;
  /** One that tries once and at once: for what must not land later than it was asked for. */
  ecrOnce(place: Place): ECRClient;
  sts(): STSClient;
}

export function awsPlaceClients(): PlaceClients {
  return {
    ecr: place => new ECRClient({ ...CLIENT, ...place }),
    ecrOnce: place => new ECRClient({ ...CLIENT, retryMode: 'standard', maxAttempts: 1, ...place }),
    sts: () => new STSClient(CLIENT),
  };
}

/** The same work with a client of the repository's Region and account. */
export async function inPlace<T extends EcrTask>(job: T, clients: PlaceClients, target: Target, stackId: string): Promise<T> {
  const [, , , ownRegion] = stackId.split(':');
  if (parseRepositoryArn(target.repositoryArn)!.region === ownRegion && !target.role) return job;
  return { ...job, ecr: clients.ecr(await reach(job, clients, target)) };
}

/** The same work with a client there that tries once. */
export async function inPlaceOnce<T extends EcrTask>(job: T, clients: PlaceClients, target: Target): Promise<T> {
  return { ...job, ecr: clients.ecrOnce(await reach(job, clients, target)) };
}

async function reach(task: Task, clients: PlaceClients, { repositoryArn, role }: Target): Promise<Place> {
  const { region, repositoryName } = parseRepositoryArn(repositoryArn)!;
  try {
    return await placeOf(task, clients, { region, role });
  } catch (error) {
    throw new Prevented(`Repository '${repositoryName}': the role ${role?.roleArn} cannot be assumed — let it trust this function's role, with the same external id`
      + ` (RepositoryAccessRole), then try again: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws what STS says when the role cannot be assumed */
export async function placeOf(task: Task, clients: Pick<PlaceClients, 'sts'>, { region, role }: Pick<Target, 'region' | 'role'>): Promise<Place> {
  if (!role) return { region };
  task.progress(`assuming the role ${role.roleArn}`);
  const input = { RoleArn: role.roleArn, ExternalId: role.externalId, RoleSessionName: 'cdk-ecr-keeper' };
  const answer = await untilAllowed(task, () => clients.sts().send(new AssumeRoleCommand(input), { abortSignal: task.signal }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = answer?.Credentials ?? {};
  return { region, credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken } };
}
