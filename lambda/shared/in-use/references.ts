import type { InUseClients } from './clients';
import { usedByEcs } from './ecs';
import { usedByLambda } from './lambda';
import { Reference, referenceTo, Use } from './reference';
import type { ImageUser } from '../../../src/core/lifecycle/guard';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { locationOf } from '../aws/location';
import { Explained, isAccessDenied } from '../protocol/errors';
import type { Task } from '../protocol/job';
import { repositoryName } from '../repository/repository';

/** What runs from a repository cannot be seen somewhere, and might be there. */
export class Unseen extends Explained {
  constructor(repositoryArn: string, readonly because: string, readonly wayOut: string, cause: unknown) {
    super(`Repository '${repositoryName(repositoryArn)}': ${because}; nothing was changed — ${wayOut}, or leave this source out, and deploy again\n`
      + (cause as Error).message, { cause });
  }
}

/**
 * Everything, where the user told us to look, that refers to an image of the repository.
 *
 * @throws Unseen when something cannot be looked at
 */
export async function referencesTo(task: Task, clients: InUseClients, repositoryArn: string, users: readonly ImageUser[]): Promise<Reference[]> {
  return referencesIn(await listUses(task, clients, users, repositoryArn), repositoryArn);
}

/**
 * Everything that runs where the user told us to look, of whatever repository; who was not told a Region looks in that of the repository.
 *
 * @param repositoryArn the one that it is asked for
 * @throws Unseen when something cannot be looked at
 */
export async function listUses(task: Task, clients: InUseClients, users: readonly ImageUser[], repositoryArn: string): Promise<Use[]> {
  const uses = new Array<Use>();
  const { region } = parseRepositoryArn(repositoryArn) ?? {};
  for (const user of users) {
    try {
      const place = await locationOf(task, clients, { role: user.role, region: user.region ?? region });
      uses.push(...user.service === 'ecs' ? await usedByEcs(task, clients.ecs(place), user) : await usedByLambda(task, clients.lambda(place)));
    } catch (error) {
      throw new Unseen(repositoryArn, `what runs from it cannot be seen ${whereIs(user)}`, remedy(error, user), error);
    }
  }
  return uses;
}

export function referencesIn(uses: readonly Use[], repositoryArn: string): Reference[] {
  return uses.flatMap(use => referenceTo(repositoryArn, use) ?? []);
}

function whereIs({ service, region, role }: ImageUser): string {
  return `in ${service === 'ecs' ? 'Amazon ECS' : 'AWS Lambda'}${region ? `, Region ${region}` : ''}${role ? `, with the role ${role.roleArn}` : ''}`;
}

function remedy(error: unknown, { role }: ImageUser): string {
  if (!isAccessDenied(error)) return 'correct it';
  return role ? 'let the role trust this function\'s account and read there (docs/handlers.md)'
    : 'look for a permissions boundary or a service control policy';
}
