import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { PrivateTarget } from './private-target';
import type { RequiredTag } from '../../../src/core/images/guards';
import { markedHandler, stackInTags, stackUuid } from '../../../src/core/mark';
import { checkRequiredTag } from '../../../src/core/teardown/guards';
import { TEARDOWN_HANDLER } from '../../../src/core/wire/teardown';
import type { EcrTask } from '../protocol/job';
import { listRepositoryArns } from '../repository/list-repositories';
import { FindOwner, ownerLookup } from '../repository/owning-stack';
import { repositoryName } from '../repository/repository';

export interface PrefixFilter {
  /** Ends in `/`. */
  readonly prefix: string;
  readonly requireTag: RequiredTag;
  /** Names of repositories that are kept whatever tags they carry. */
  readonly excluded: readonly string[];
  /** Stack whose marks keep no repository, unless they are those of a teardown, which has its own guards. */
  readonly stackId?: string;
}

export interface PrefixListing {
  /** Repositories that may be removed. */
  readonly matches: ReadonlyArray<{
    readonly target: PrivateTarget;
    readonly tags: ReadonlyMap<string, string>;
    /** Reads the owner from CloudFormation again. Call it immediately before the removal. */
    readonly findOwner: FindOwner;
  }>;
  /** Repositories that are kept, and why. */
  readonly exclusions: readonly ExcludedRepository[];
  /** Repositories that are kept because it is unknown whether a stack owns them. */
  readonly failures: readonly ExcludedRepository[];
}

interface ExcludedRepository {
  readonly repositoryName: string;
  readonly because: string;
}

/**
 * Lists the repositories of one registry under a prefix by name. A repository may be removed if it carries the required tag and no stack
 * owns or marks it, according to its tags and to CloudFormation. CloudFormation is called last, and only for a repository that would
 * otherwise be removed.
 */
export async function listRepositoriesUnder(
  task: EcrTask, cloudFormation: CloudFormationClient, filter: PrefixFilter, where = '',
): Promise<PrefixListing> {
  const matches = new Array<PrefixListing['matches'][number]>();
  const exclusions = new Array<ExcludedRepository>();
  const failures = new Array<ExcludedRepository>();
  const findOwner = ownerLookup(task, cloudFormation);
  const arns = (await listRepositoryArns(task)).filter(arn => repositoryName(arn).startsWith(filter.prefix)).sort();
  for (const [index, arn] of arns.entries()) {
    const name = repositoryName(arn);
    task.progress(`reading the tags of the repositories under '${filter.prefix}'${where} (${index} of ${arns.length})`);
    const target = new PrivateTarget(task, arn, `Repository '${name}'${where}`);
    const tags = await target.tags();
    if (!tags) continue;
    try {
      const because = reasonToKeep(name, tags, filter) ?? await findOwner(name);
      if (because === undefined) matches.push({ target, tags, findOwner: () => findOwner(name) });
      else exclusions.push({ repositoryName: name, because });
    } catch (error) {
      if (task.signal.aborted) throw error;
      failures.push({ repositoryName: name, because: (error as Error).message });
    }
  }
  return { matches, exclusions, failures };
}

function reasonToKeep(name: string, tags: ReadonlyMap<string, string>, filter: PrefixFilter): string | undefined {
  const { requireTag, excluded, stackId } = filter;
  if (excluded.includes(name)) return 'the app declares it';
  const ofOthers = stackId === undefined ? tags : new Map([...tags].filter(([key, value]) => !isOwnMark(key, value, stackId)));
  return stackInTags(ofOthers) ?? checkRequiredTag(requireTag, tags)[0]?.because;
}

function isOwnMark(key: string, value: string, stackId: string): boolean {
  const handler = markedHandler(key);
  return handler !== undefined && handler !== TEARDOWN_HANDLER && value.startsWith(`${stackUuid(stackId)}:`);
}
