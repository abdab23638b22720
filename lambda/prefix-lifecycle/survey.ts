import { Failure, forEachRepository, lifecycleOwnerInTags, listArnsUnder, MARK, markOf, PrefixLifecycleJob } from './repositories';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { readLifecycleText } from '../shared/lifecycle/text';
import { OperationError, UserError } from '../shared/protocol/errors';
import { ownerOf } from '../shared/repository/mark';
import { ownerLookup } from '../shared/repository/owning-stack';
import { readTags, repositoryName } from '../shared/repository/repository';

/** A repository that does not have the policy. */
export interface OpenRepository {
  readonly arn: string;
  /** The policy that is replaced. */
  readonly live?: string;
}

export interface Survey {
  /** Number of repositories under the prefix. */
  readonly total: number;
  /** Repositories that get the policy. */
  readonly open: readonly OpenRepository[];
  /** Repositories that have the policy from another resource of this stack, which this one replaces. */
  readonly inherited: readonly string[];
  /** Repositories with the mark of this resource whose policy it no longer sets. */
  readonly given: readonly string[];
  /** Repositories that cannot get the policy. */
  readonly refused: readonly Failure[];
}

/**
 * Decides what happens to each repository under the prefix, without changing any. A repository that has the policy without a mark has it
 * from somebody else, such as the creation template, and is left as it is.
 *
 * @param previousText policy of this resource before an Update
 */
export async function survey(job: PrefixLifecycleJob, previousText: string | undefined): Promise<Survey> {
  const { properties: { prefix, policyText, overwrite, excluded } } = job;
  const arns = await listArnsUnder(job);
  const open = new Array<OpenRepository>();
  const [inherited, given] = [new Array<string>(), new Array<string>()];
  const findOwner = ownerLookup(job, job.cloudFormation());
  let done = 0;

  const keeps = (arn: string, why: string, isMarked: boolean): void => {
    job.log(`repository '${repositoryName(arn)}' keeps its lifecycle policy: ${why}`);
    if (isMarked) given.push(arn);
  };
  const inspect = async (arn: string, attempt: PrefixLifecycleJob): Promise<void> => {
    const name = repositoryName(arn);
    const tags = await readTags(attempt, arn);
    if (!tags) return job.log(`repository '${name}' no longer exists`);
    const owner = ownerOf(job, markOf(arn), tags);
    const isMarked = owner === 'own';
    if (excluded.includes(name)) return keeps(arn, 'the app declares or excludes it', isMarked);
    const stackTag = lifecycleOwnerInTags(tags);
    if (stackTag !== undefined) return keeps(arn, stackTag, isMarked);
    if (owner === 'other-stack') {
      throw new UserError(`Repository '${name}' has its lifecycle policy from another stack (its tag ${MARK} is ${tags.get(MARK)})`);
    }
    const live = await readLifecycleText(attempt, name);
    if (live !== undefined && sameLifecycle(live, policyText)) {
      if (owner === 'same-stack') inherited.push(arn);
      return;
    }
    const stack = await findOwner(name).catch(error => {
      throw new OperationError(`Repository '${name}': ${(error as Error).message}`, { cause: error });
    });
    if (stack !== undefined) return keeps(arn, stack, isMarked);
    const isReplaceable = live === undefined || overwrite || (previousText !== undefined && sameLifecycle(live, previousText));
    if (!isReplaceable) throw new UserError(`Repository '${name}' has a different lifecycle policy, which this resource did not write`);
    open.push({ arn, live });
  };

  const refused = await forEachRepository(job, arns, async (arn, attempt) => {
    await inspect(arn, attempt);
    done++;
  }, () => `Repositories under '${prefix}': time ran out after ${done} of ${arns.length} were read. Nothing was changed. Deploy again,`
    + ' or use several constructs with longer prefixes.');
  return { total: arns.length, open: sorted(open), inherited: inherited.sort(), given: given.sort(), refused };
}

function sorted(repositories: readonly OpenRepository[]): OpenRepository[] {
  return [...repositories].sort((one, other) => one.arn < other.arn ? -1 : 1);
}
