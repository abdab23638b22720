import { checkGuards } from './preview';
import { AT_ONCE, Failure, failureOf, forEachRepository, MARK, markOf, PrefixLifecycleJob, throwIfFailed } from './repositories';
import { OpenRepository, survey, Survey } from './survey';
import type { PrefixLifecycleProperties } from '../../src/core/wire/prefix-lifecycle';
import type { LifecycleClients } from '../shared/lifecycle/clients';
import { NO_EFFECT } from '../shared/lifecycle/guard';
import { refuseIfChanged, writeLifecycleText } from '../shared/lifecycle/text';
import { UserError } from '../shared/protocol/errors';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, readStack } from '../shared/protocol/stack';
import { claimMarks, untagRepository } from '../shared/repository/mark';
import { repositoryName } from '../shared/repository/repository';

interface Before {
  /** Policy of this resource before an Update, which is replaced too. */
  readonly previousText?: string;
  readonly isRollback: boolean;
}

/**
 * Create: writes the policy to the repositories without one. Replaces a different policy only with `overwrite`, and logs it in full first.
 * Every repository is checked before the first is changed.
 */
export async function apply(
  job: PrefixLifecycleJob, clients: LifecycleClients, { previousText, isRollback }: Before = { isRollback: false },
): Promise<Attributes | undefined> {
  const { properties: { prefix, guard } } = job;
  const found = await survey(job, previousText);
  refuse(job, found, isRollback);
  const attributes = isRollback ? guard && NO_EFFECT : await checkGuards(job, clients, found.open);
  await write(job, found, isRollback);
  job.log(`of ${found.total} repositories under '${prefix}', ${found.open.length} got the lifecycle policy`);
  return attributes;
}

/** Update: the live policies must be the previous one or the new one. A rollback refuses nothing, and leaves out what it may not change. */
export async function reapply(
  job: PrefixLifecycleJob, clients: LifecycleClients, old: PrefixLifecycleProperties | undefined,
): Promise<Attributes | undefined> {
  const { properties: { prefix } } = job;
  const isRollback = isRollingBackNow((await readStack(job)).status);
  if (old !== undefined && old.prefix !== prefix && !isRollback) {
    throw new UserError(`Repositories under '${prefix}' cannot replace those under '${old.prefix}' in the same PrefixLifecycle.`
      + ' Give the PrefixLifecycle a different construct id, so that each prefix has a resource.');
  }
  return apply(job, clients, { previousText: old?.policyText, isRollback });
}

function refuse(job: PrefixLifecycleJob, { open, total, refused }: Survey, isRollback: boolean): void {
  const { properties: { prefix, maxRepositories } } = job;
  const remedy = refused.some(({ isOperation }) => isOperation) ? 'Fix the cause, then deploy again.'
    : 'Deploy again after one of these: name a repository in \'excludedRepositories\', which then keeps its policy; set'
      + ' \'overwrite: true\', which logs different live policies in full and then replaces them; remove a policy of another stack from'
      + ` that stack, or, if that stack is gone, the tag ${MARK} from the repository.`;
  throwIfFailed(job, refused, isRollback, shown => `Repositories under '${prefix}': ${refused.length} of ${total} cannot get the lifecycle`
    + ` policy, and nothing was changed: ${shown} ${remedy}`);
  if (open.length <= maxRepositories || isRollback) return;
  throw new UserError(`Repositories under '${prefix}': the lifecycle policy would be written to ${open.length}, more than its`
    + ` maxRepositories of ${maxRepositories}, and nothing was changed. Increase maxRepositories or use a longer prefix, then deploy`
    + ' again.');
}

async function write(job: PrefixLifecycleJob, { open, inherited, given }: Survey, isRollback: boolean): Promise<void> {
  const { properties: { prefix, policyText }, request: { RequestType } } = job;
  const changed = [...open.map(({ arn }) => arn), ...inherited].sort();
  if (changed.length + given.length === 0) return;
  job.begin(); // without the memo of one repository: the mark of each names the resource that it had before
  const failures = new Array<Failure>();
  const claimed = await claimMarks(job, changed.map(markOf), AT_ONCE, (arn, error) => {
    if (error === undefined) job.log(`repository '${repositoryName(arn)}' no longer exists`);
    else failures.push(failureOf(arn, error));
  });
  let done = 0;
  const replaced = new Map(open.map((repository): [string, OpenRepository] => [repository.arn, repository]));
  const timeUp = () => `Repositories under '${prefix}': time ran out after ${done} of ${open.length} got the lifecycle policy.`
    + ` ${RequestType === 'Create' ? 'A rollback removes it from these. Deploy with --no-rollback and then' : 'Deploy'} again, which`
    + ' continues with the others, or use several constructs with longer prefixes.';
  failures.push(...await forEachRepository(job, [...replaced.keys()].filter(arn => claimed.has(arn)), async (arn, attempt) => {
    const name = repositoryName(arn);
    const { live } = replaced.get(arn)!;
    const progress = (state: string) => job.progress(`${state} (${done} of ${open.length} got the lifecycle policy)`);
    await refuseIfChanged({ ...attempt, progress }, name, live);
    if (live !== undefined) job.log(`repository '${name}': replacing this lifecycle policy: ${live}`);
    await writeLifecycleText({ ...attempt, progress }, name, policyText);
    done++;
  }, timeUp));
  failures.push(...await forEachRepository(job, given, (arn, attempt) => untagRepository(attempt, arn, [MARK]), timeUp));
  const total = changed.length + given.length;
  throwIfFailed(job, failures, isRollback, shown => `Repositories under '${prefix}': ${failures.length} of ${total} could not be changed:`
    + ` ${shown} The others are changed. Fix the cause, then deploy again.`);
}
