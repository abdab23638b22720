import type { InUseClients } from './clients';
import { usedByEcs } from './ecs';
import { usedByLambda } from './lambda';
import { Reference, referencesIn, Use } from './reference';
import type { ImageUser } from '../../../src/core/images/image-user';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { ClientLocation, resolveLocation } from '../aws/ecr-clients';
import { UserError, isAccessDenied } from '../protocol/errors';
import type { Task } from '../protocol/job';
import { repositoryName } from '../repository/repository';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html and list_awslambda.html */
const SEARCH_ACTIONS: Readonly<Record<ImageUser['service'], readonly string[]>> = {
  ecs: ['ecs:ListClusters', 'ecs:ListTasks', 'ecs:ListServices', 'ecs:DescribeTaskDefinition', 'ecs:DescribeTasks', 'ecs:DescribeServices'],
  lambda: ['lambda:ListFunctions', 'lambda:GetFunction'],
};

type Search = (task: Task, clients: InUseClients, location: ClientLocation, user: ImageUser) => Promise<Use[]>;

const SEARCHES: Readonly<Record<ImageUser['service'], Search>> = {
  ecs: (task, clients, location, user) => usedByEcs(task, clients.ecs(location), user),
  lambda: (task, clients, location) => usedByLambda(task, clients.lambda(location)),
};

/** A service that cannot be searched, so an image may be in use. */
export class SearchError extends Error {
  constructor(problem: string, readonly advice: string, cause: unknown) {
    super(problem, { cause });
  }
}

/**
 * Returns everything in the services to search that refers to an image of the repository.
 *
 * @throws UserError if a service cannot be searched
 */
export async function referencesTo(
  task: Task, clients: InUseClients, repositoryArn: string, users: readonly ImageUser[],
): Promise<Reference[]> {
  try {
    return referencesIn(await listUses(task, clients, users, repositoryArn), repositoryArn);
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    const { message, advice, cause } = error;
    throw new UserError(`Repository '${repositoryName(repositoryArn)}': ${message}. Nothing was changed. To fix this, ${advice}, or`
      + ` leave out this ImageUse, then deploy again.\n${(cause as Error).message}`, { cause });
  }
}

/**
 * Returns everything that runs in the services to search, from images of any repository.
 *
 * @param repositoryArn repository whose Region is searched for a user without a Region
 * @throws SearchError if a service cannot be searched
 */
export async function listUses(task: Task, clients: InUseClients, users: readonly ImageUser[], repositoryArn: string): Promise<Use[]> {
  const uses = new Array<Use>();
  const { region } = parseRepositoryArn(repositoryArn) ?? {};
  for (const user of users) {
    try {
      const location = await resolveLocation(task, clients, { role: user.role, region: user.region ?? region });
      uses.push(...await SEARCHES[user.service](task, clients, location, user));
    } catch (error) {
      throw new SearchError(`its images may be in use, because workloads cannot be read ${describeService(user)}`,
        adviceFor(error, user), error);
    }
  }
  return uses;
}

function describeService({ service, region, role }: ImageUser): string {
  return `in ${service === 'ecs' ? 'Amazon ECS' : 'AWS Lambda'}${region ? `, Region ${region}` : ''}`
    + (role ? `, with the role ${role.roleArn}` : '');
}

function adviceFor(error: unknown, { service, role }: ImageUser): string {
  if (!isAccessDenied(error)) return 'correct the options of the ImageUse';
  return role ? `let the role trust the account of this function and allow ${SEARCH_ACTIONS[service].join(', ')}`
    : 'check whether a permissions boundary or a service control policy denies it to the function';
}
