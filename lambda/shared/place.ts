import { ECRClient } from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { CLIENT } from './aws';
import { Explained } from './errors';
import type { EcrTask, Task } from './job';
import { untilAllowed } from './permission';
import type { Target } from './target';
import { parseRepositoryArn } from '../../src/core/repository-arn';

/** Where a client looks: another Region, another account. */
export interface Place {
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

/** How ECR is reached elsewhere. Tests hand in clients of the real SDK that point at local fakes. */
export interface PlaceClients {
  ecr(place: Place): ECRClient;
  sts(): STSClient;
}

export function awsPlaceClients(): PlaceClients {
  return { ecr: place => new ECRClient({ ...CLIENT, ...place }), sts: () => new STSClient(CLIENT) };
}

/** The same work with a client of the repository's Region and account. */
export async function inPlace<T extends EcrTask>(job: T, clients: PlaceClients, { repositoryArn, role }: Target, stackId: string): Promise<T> {
  const [, , , ownRegion] = stackId.split(':');
  const { region, repositoryName } = parseRepositoryArn(repositoryArn)!;
  if (region === ownRegion && !role) return job;
  try {
    return { ...job, ecr: clients.ecr(await placeOf(job, clients, { region, role })) };
  } catch (error) {
    throw new Explained(`Repository '${repositoryName}': the role ${role?.roleArn} cannot be assumed — let it trust this function's role, with the same external id`
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
