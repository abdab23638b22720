import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { InUseClients, Place } from './clients';
import { usedByEcs } from './ecs';
import { usedByLambda } from './functions';
import type { Reference } from './reference';
import type { ImageUser } from '../../../src/core/lifecycle/guard';
import { Explained, isAccessDenied } from '../errors';
import type { Job } from '../job';
import { untilAllowed } from '../permission';
import { repositoryName } from '../repository';

/** Everything, where the user told us to look, that refers to an image of the repository. What cannot be seen is a refusal: it might run. */
export async function referencesTo(
  job: Job<unknown>, clients: InUseClients, repositoryArn: string, users: readonly ImageUser[],
): Promise<Reference[]> {
  const references = new Array<Reference>();
  for (const user of users) {
    try {
      const place = await placeOf(job, clients, user);
      references.push(...user.service === 'ecs'
        ? await usedByEcs(job, clients.ecs(place), repositoryArn, user)
        : await usedByLambda(job, clients.lambda(place), repositoryArn));
    } catch (error) {
      throw new Explained(`Repository '${repositoryName(repositoryArn)}': what runs from it cannot be seen ${whereIs(user)}; nothing was changed — ${remedy(error, user)}\n`
        + (error as Error).message, { cause: error });
    }
  }
  return references;
}

async function placeOf(job: Job<unknown>, clients: InUseClients, { region, role }: ImageUser): Promise<Place> {
  if (!role) return { region };
  job.progress(`assuming the role ${role.roleArn}`);
  const input = { RoleArn: role.roleArn, ExternalId: role.externalId, RoleSessionName: 'cdk-ecr-keeper' };
  const answer = await untilAllowed(job, () => clients.sts().send(new AssumeRoleCommand(input), { abortSignal: job.signal }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = answer?.Credentials ?? {};
  return { region, credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken } };
}

function whereIs({ service, region, role }: ImageUser): string {
  return `in ${service === 'ecs' ? 'Amazon ECS' : 'AWS Lambda'}${region ? `, Region ${region}` : ''}${role ? `, with the role ${role.roleArn}` : ''}`;
}

function remedy(error: unknown, { role }: ImageUser): string {
  if (!isAccessDenied(error)) return 'correct it, or leave this source out, and deploy again';
  return role ? 'let the role trust this function\'s account and read there (docs/handlers.md), or leave this source out, and deploy again'
    : 'look for a permissions boundary or a service control policy, or leave this source out, and deploy again';
}
