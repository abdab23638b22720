import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { PrivateTarget } from './private-target';
import { stackInTags } from '../../../src/core/mark';
import { missingTag, RequiredTag } from '../../../src/core/teardown/guards';
import { untilAllowed } from '../aws/until-allowed';
import type { EcrTask } from '../protocol/job';

const PAGE = 1_000;

export interface PrefixQuestion {
  /** Ends in `/`. */
  readonly prefix: string;
  readonly requireTag: RequiredTag;
  /** Names that stay whatever they carry. */
  readonly excluded: readonly string[];
}

export interface UnderPrefix {
  readonly found: ReadonlyArray<{ readonly target: PrivateTarget; readonly tags: ReadonlyMap<string, string> }>;
  /** Those that stay, and why. */
  readonly left: ReadonlyArray<{ readonly repositoryName: string; readonly because: string }>;
}

/**
 * The repositories of one registry under a prefix that may be removed, by name: they carry the tag, and no stack declares or tears them down.
 * CloudFormation tags what it makes: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
 */
export async function repositoriesUnder(task: EcrTask, { prefix, requireTag, excluded }: PrefixQuestion, where = ''): Promise<UnderPrefix> {
  const found = new Array<UnderPrefix['found'][number]>();
  const left = new Array<UnderPrefix['left'][number]>();
  const arns = (await repositoryArns(task)).filter(arn => nameOf(arn).startsWith(prefix)).sort();
  for (const [index, arn] of arns.entries()) {
    task.progress(`reading the tags of the repositories under '${prefix}'${where} (${index} of ${arns.length})`);
    const target = new PrivateTarget(task, arn, `Repository '${nameOf(arn)}'${where}`);
    const tags = await target.tags();
    if (!tags) continue;
    const because = stays(nameOf(arn), tags, { requireTag, excluded });
    if (because === undefined) found.push({ target, tags });
    else left.push({ repositoryName: nameOf(arn), because });
  }
  return { found, left };
}

function stays(name: string, tags: ReadonlyMap<string, string>, { requireTag, excluded }: Omit<PrefixQuestion, 'prefix'>): string | undefined {
  if (excluded.includes(name)) return 'the app declares it';
  return stackInTags(tags) ?? missingTag(requireTag, tags)[0]?.because;
}

async function repositoryArns(task: EcrTask): Promise<string[]> {
  const arns = new Array<string>();
  let nextToken: string | undefined;
  do {
    task.progress(`listing repositories (${arns.length} so far)`);
    const input = { nextToken, maxResults: PAGE };
    const page = await untilAllowed(task, () => task.ecr.send(new DescribeRepositoriesCommand(input), { abortSignal: task.signal }));
    arns.push(...(page?.repositories ?? []).flatMap(({ repositoryArn }) => repositoryArn ?? []));
    nextToken = page?.nextToken;
  } while (nextToken);
  return arns;
}

function nameOf(arn: string): string {
  return arn.split(':repository/')[1];
}
