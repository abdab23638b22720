import { ListTagsForResourceCommand } from '@aws-sdk/client-ecr';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { sendToEcr } from '../aws/send-command';
import { UserError, ifRepositoryMissing, isRepositoryMissing } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

export function repositoryName(repositoryArn: string): string {
  return parseRepositoryArn(repositoryArn)?.repositoryName ?? repositoryArn;
}

/** Returns the live tags of a repository; undefined if the repository does not exist. */
export async function readTags(task: EcrTask, repositoryArn: string): Promise<Map<string, string> | undefined> {
  task.progress(`reading the tags of repository '${repositoryName(repositoryArn)}'`);
  return sendToEcr(task, ListTagsForResourceCommand, { resourceArn: repositoryArn })
    .then(answer => new Map((answer?.tags ?? []).map(tag => [tag.Key ?? '', tag.Value ?? ''])), ifRepositoryMissing(undefined));
}

/** @throws UserError instead of the error of ECR if the repository does not exist */
export async function inRepository<T>(repositoryArn: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isRepositoryMissing(error)) throw error;
    throw new UserError(`Repository '${repositoryName(repositoryArn)}' does not exist in its account and Region. Create it`
      + ' or correct its name, then deploy again.');
  }
}
