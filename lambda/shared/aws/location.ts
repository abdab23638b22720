import { ECRClient } from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { CLIENT } from './clients';
import { sendAllowed } from './until-allowed';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { Prevented } from '../protocol/errors';
import type { EcrTask, Task } from '../protocol/job';
import type { LocatedRepository } from '../repository/located-repository';

/** Where a client looks: another Region, another account. */
export interface ClientLocation {
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

/** How ECR is reached elsewhere. Tests hand in clients of the real SDK that point at local fakes. */
export interface LocationClients {
  ecr(location: ClientLocation): ECRClient;
  /** One that tries once and at once: for what must not land later than it was asked for. */
  ecrOnce(location: ClientLocation): ECRClient;
  sts(): STSClient;
}

export function awsLocationClients(): LocationClients {
  return {
    ecr: location => new ECRClient({ ...CLIENT, ...location }),
    ecrOnce: location => new ECRClient({ ...CLIENT, retryMode: 'standard', maxAttempts: 1, ...location }),
    sts: () => new STSClient(CLIENT),
  };
}

/** The same work with a client of the repository's Region and account. */
export async function atLocation<T extends EcrTask>(job: T, clients: LocationClients, target: LocatedRepository, stackId: string): Promise<T> {
  const [, , , ownRegion] = stackId.split(':');
  if (parseRepositoryArn(target.repositoryArn)!.region === ownRegion && !target.role) return job;
  return { ...job, ecr: clients.ecr(await reach(job, clients, target)) };
}

/** The same work with a client there that tries once. */
export async function atLocationOnce<T extends EcrTask>(job: T, clients: LocationClients, target: LocatedRepository): Promise<T> {
  return { ...job, ecr: clients.ecrOnce(await reach(job, clients, target)) };
}

async function reach(task: Task, clients: LocationClients, { repositoryArn, role }: LocatedRepository): Promise<ClientLocation> {
  const { region, repositoryName } = parseRepositoryArn(repositoryArn)!;
  try {
    return await locationOf(task, clients, { region, role });
  } catch (error) {
    throw new Prevented(`Repository '${repositoryName}': the role ${role?.roleArn} cannot be assumed — let it trust this function's role, with the same external id`
      + ` (RepositoryAccessRole), then try again: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws what STS says when the role cannot be assumed */
export async function locationOf(task: Task, clients: Pick<LocationClients, 'sts'>, { region, role }: Pick<LocatedRepository, 'region' | 'role'>): Promise<ClientLocation> {
  if (!role) return { region };
  task.progress(`assuming the role ${role.roleArn}`);
  const input = { RoleArn: role.roleArn, ExternalId: role.externalId, RoleSessionName: 'cdk-ecr-keeper' };
  const answer = await sendAllowed(task, clients.sts(), AssumeRoleCommand, input);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = answer?.Credentials ?? {};
  return { region, credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken } };
}
