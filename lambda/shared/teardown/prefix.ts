import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { PrivateTarget } from './private-target';
import type { RequiredTag } from '../../../src/core/images/guards';
import { stackInTags } from '../../../src/core/mark';
import { checkRequiredTag } from '../../../src/core/teardown/guards';
import { sendToEcr } from '../aws/send-command';
import type { EcrTask } from '../protocol/job';
import { repositoryName } from '../repository/repository';

const PAGE = 1_000;

export interface PrefixFilter {
  /** Ends in `/`. */
  readonly prefix: string;
  readonly requireTag: RequiredTag;
  /** Names of repositories that stay whatever tags they carry. */
  readonly excluded: readonly string[];
}

export interface PrefixListing {
  /** Repositories that may be removed. */
  readonly matches: ReadonlyArray<{ readonly target: PrivateTarget; readonly tags: ReadonlyMap<string, string> }>;
  /** Repositories that stay, and why. */
  readonly exclusions: ReadonlyArray<{ readonly repositoryName: string; readonly because: string }>;
}

/**
 * Lists the repositories of one registry under a prefix by name. Those may be removed that carry the tag and that no stack declares or
 * tears down. CloudFormation tags what it makes:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
 */
export async function listRepositoriesUnder(task: EcrTask, filter: PrefixFilter, where = ''): Promise<PrefixListing> {
  const matches = new Array<PrefixListing['matches'][number]>();
  const exclusions = new Array<PrefixListing['exclusions'][number]>();
  const arns = (await listRepositoryArns(task)).filter(arn => repositoryName(arn).startsWith(filter.prefix)).sort();
  for (const [index, arn] of arns.entries()) {
    const name = repositoryName(arn);
    task.progress(`reading the tags of the repositories under '${filter.prefix}'${where} (${index} of ${arns.length})`);
    const target = new PrivateTarget(task, arn, `Repository '${name}'${where}`);
    const tags = await target.tags();
    if (!tags) continue;
    const because = reasonToKeep(name, tags, filter);
    if (because === undefined) matches.push({ target, tags });
    else exclusions.push({ repositoryName: name, because });
  }
  return { matches, exclusions };
}

function reasonToKeep(name: string, tags: ReadonlyMap<string, string>, { requireTag, excluded }: PrefixFilter): string | undefined {
  if (excluded.includes(name)) return 'the app declares it';
  return stackInTags(tags) ?? checkRequiredTag(requireTag, tags)[0]?.because;
}

async function listRepositoryArns(task: EcrTask): Promise<string[]> {
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
