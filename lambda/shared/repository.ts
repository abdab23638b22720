import { ListTagsForResourceCommand } from '@aws-sdk/client-ecr';
import { isNamed } from './errors';
import type { Job } from './job';
import { untilAllowed } from './permission';
import { parseRepositoryArn } from '../../src/core/repository-arn';

export function repositoryName(repositoryArn: string): string {
  return parseRepositoryArn(repositoryArn)?.repositoryName ?? repositoryArn;
}

/** The live tags of a repository; undefined when there is no such repository. */
export async function readTags(job: Job<unknown>, repositoryArn: string): Promise<Map<string, string> | undefined> {
  job.progress(`reading the tags of repository '${repositoryName(repositoryArn)}'`);
  try {
    const answer = await untilAllowed(job, () =>
      job.ecr.send(new ListTagsForResourceCommand({ resourceArn: repositoryArn }), { abortSignal: job.signal }));
    return new Map((answer?.tags ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']));
  } catch (error) {
    if (isNamed(error, 'RepositoryNotFoundException')) return undefined;
    throw error;
  }
}
