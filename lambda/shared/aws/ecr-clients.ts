import { ECRClient } from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { clientConfiguration } from './clients';
import { sendCommand } from './send-command';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { OperationError } from '../protocol/errors';
import type { Agents, EcrTask, Task } from '../protocol/job';
import type { LocatedRepository } from '../repository/located-repository';

/** The Region and the account that a client sends its requests to. The defaults are those of the function. */
export interface ClientLocation {
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

/** For requests that must not take effect after a delay. */
export const WITHOUT_RETRIES = { retryMode: 'standard', maxAttempts: 1 } as const;

/** Creates clients of ECR for any Region and account. Tests pass clients of the real SDK that point at local fakes. */
export interface EcrClients {
  ecr(location: ClientLocation & Partial<typeof WITHOUT_RETRIES>): ECRClient;
  sts(): STSClient;
}

export function awsEcrClients(agents?: Agents): EcrClients {
  const configuration = clientConfiguration(agents);
  return { ecr: location => new ECRClient({ ...configuration, ...location }), sts: () => new STSClient(configuration) };
}

/** Returns the job with a client of the repository's Region and account. */
export async function connectTo<T extends EcrTask>(job: T, clients: EcrClients, target: LocatedRepository, stackId: string): Promise<T> {
  const [, , , ownRegion] = stackId.split(':');
  if (parseRepositoryArn(target.repositoryArn)!.region === ownRegion && !target.role) return job;
  return { ...job, ecr: clients.ecr(await resolveRepositoryLocation(job, clients, target)) };
}

/** Returns the job with a client of the function's Region and account that never retries. */
export function withoutRetries<T extends EcrTask>(job: T, clients: Pick<EcrClients, 'ecr'>): T {
  return { ...job, ecr: clients.ecr(WITHOUT_RETRIES) };
}

/** Returns the job with a client of the repository's Region and account that never retries. */
export async function connectOnce<T extends EcrTask>(job: T, clients: EcrClients, target: LocatedRepository): Promise<T> {
  return { ...job, ecr: clients.ecr({ ...await resolveRepositoryLocation(job, clients, target), ...WITHOUT_RETRIES }) };
}

async function resolveRepositoryLocation(
  task: Task, clients: EcrClients, { repositoryArn, role }: LocatedRepository,
): Promise<ClientLocation> {
  const { region, repositoryName } = parseRepositoryArn(repositoryArn)!;
  try {
    return await resolveLocation(task, clients, { region, role });
  } catch (error) {
    throw new OperationError(`Repository '${repositoryName}': the role ${role?.roleArn} cannot be assumed. Let it trust this function's`
      + ` role, with the same external id (RepositoryAccessRole), then try again.\n${(error as Error).message}`, { cause: error });
  }
}

/** @throws the error of STS if the role cannot be assumed */
export async function resolveLocation(
  task: Task, clients: Pick<EcrClients, 'sts'>, { region, role }: Pick<LocatedRepository, 'region' | 'role'>,
): Promise<ClientLocation> {
  if (!role) return { region };
  task.progress(`assuming the role ${role.roleArn}`);
  const input = { RoleArn: role.roleArn, ExternalId: role.externalId, RoleSessionName: 'cdk-ecr-keeper' };
  const answer = await sendCommand(task, clients.sts(), AssumeRoleCommand, input);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = answer?.Credentials ?? {};
  return { region, credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken } };
}
