import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { sendToEcr } from '../aws/send-command';
import type { EcrTask } from '../protocol/job';

const PAGE = 1_000;

/** Returns the ARNs of all repositories of the registry. */
export async function listRepositoryArns(task: EcrTask): Promise<string[]> {
  const arns = new Array<string>();
  let nextToken: string | undefined;
  do {
    task.progress(`listing repositories (${arns.length} so far)`);
    const input = { nextToken, maxResults: PAGE };
    const page = await sendToEcr(task, DescribeRepositoriesCommand, input);
    arns.push(...(page?.repositories ?? []).flatMap(({ repositoryArn }) => repositoryArn ?? []));
    nextToken = page?.nextToken;
  } while (nextToken);
  return arns;
}
