import type { InUseClients } from './clients';
import { usedByEcs } from './ecs';
import { usedByLambda } from './lambda';
import { UseListError, usedByLists } from './listed';
import { Reference, referencesIn, Use } from './reference';
import type { ImageUser } from '../../../src/core/images/image-user';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { resolveLocation } from '../aws/ecr-clients';
import { UserError, isAccessDenied } from '../protocol/errors';
import type { Task } from '../protocol/job';
import { repositoryName } from '../repository/repository';

/**
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html, list_awslambda.html and
 * list_amazons3.html
 */
const SEARCH_ACTIONS: Readonly<Record<ImageUser['service'], readonly string[]>> = {
  ecs: [
    'ecs:ListClusters', 'ecs:ListTasks', 'ecs:ListServices', 'ecs:DescribeTaskDefinition', 'ecs:DescribeTasks', 'ecs:DescribeServices',
    'ecs:DescribeServiceRevisions',
  ],
  lambda: ['lambda:ListFunctions', 'lambda:GetFunction'],
  listed: ['s3:ListBucket', 's3:GetObject'],
};

/** A source that cannot be read, so an image may be in use. */
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
  return searchOnce(task, clients, users)(repositoryArn);
}

/**
 * Does the same for any number of repositories of one Region, for which the services are searched once, when the first of them needs it.
 */
export function searchOnce(
  task: Task, clients: InUseClients, users: readonly ImageUser[],
): (repositoryArn: string) => Promise<Reference[]> {
  let uses: Promise<Use[]> | undefined;
  return async repositoryArn => {
    try {
      return referencesIn(await (uses ??= listUses(task, clients, users, repositoryArn)), repositoryArn);
    } catch (error) {
      if (!(error instanceof SearchError)) throw error;
      const { message, advice, cause } = error;
      throw new UserError(`Repository '${repositoryName(repositoryArn)}': ${message}. Nothing was changed. To fix this, ${advice}, or`
        + ` leave out this ImageUse, then deploy again.\n${(cause as Error).message}`, { cause });
    }
  };
}

/**
 * Returns everything that runs in the services to search, from images of any repository.
 *
 * @param repositoryArn repository whose Region is searched for a user without a Region
 * @throws SearchError if a service cannot be searched
 */
export async function listUses(task: Task, clients: InUseClients, users: readonly ImageUser[], repositoryArn: string): Promise<Use[]> {
  const { region } = parseRepositoryArn(repositoryArn) ?? {};
  const uses = new Array<Use>();
  for (const user of users) for (const use of await searchUses(task, clients, user, region)) uses.push(use);
  return uses;
}

/**
 * Returns everything that runs in one service or is listed in one bucket, from images of any repository.
 *
 * @param region Region to search for a user without a Region
 * @throws SearchError if the source cannot be read
 */
export async function searchUses(task: Task, clients: InUseClients, user: ImageUser, region: string | undefined): Promise<Use[]> {
  try {
    if (user.service === 'listed') return await usedByLists(task, clients.s3(), user);
    const location = await resolveLocation(task, clients, { role: user.role, region: user.region ?? region });
    if (user.service === 'ecs') return await usedByEcs(task, clients.ecs(location), user);
    return await usedByLambda(task, clients.lambda(location));
  } catch (error) {
    throw new SearchError(`its images may be in use, because workloads cannot be read ${describeSource(user)}`,
      adviceFor(error, user), error);
  }
}

function describeSource(user: ImageUser): string {
  if (user.service === 'listed') return `from s3://${user.bucket}/${user.keyPattern}`;
  const { service, region, role } = user;
  return `in ${service === 'ecs' ? 'Amazon ECS' : 'AWS Lambda'}${region ? `, Region ${region}` : ''}`
    + (role ? `, with the role ${role.roleArn}` : '');
}

function adviceFor(error: unknown, user: ImageUser): string {
  if (error instanceof UseListError) return error.advice;
  if (!isAccessDenied(error)) return 'correct the options of the ImageUse';
  const actions = SEARCH_ACTIONS[user.service].join(', ');
  if (user.service === 'listed') {
    return `let the policy of the bucket, and of its key if it has one, allow ${actions} and kms:Decrypt to the role of this function`;
  }
  const optional = user.service === 'ecs' && user.newestTaskDefinitions !== undefined ? ', ecs:ListTaskDefinitions' : '';
  return user.role ? `let the role trust the account of this function and allow ${actions}${optional}`
    : 'check whether a permissions boundary or a service control policy denies it to the function';
}
