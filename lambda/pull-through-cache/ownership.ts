import type { PullThroughCacheRule } from '@aws-sdk/client-ecr';
import { CacheJob, hasCredentials, hasUpstream, removalCommand, subjectOf, upstreamOf } from './rule';
import { UserError } from '../shared/protocol/errors';
import { memoOf, newPhysicalId } from '../shared/protocol/physical-id';
import { beginOfCreation } from '../shared/protocol/stack';

/** The physical ids of a Create that succeeded, and of one that failed and may have created the rule. */
const CREATED = '=created';
const BEGUN = '=begun';

/** Called before the rule is created. */
export function rememberBegin(job: CacheJob): void {
  job.begin(BEGUN);
}

/** Called when the rule of this resource exists. */
export function rememberCreation(job: CacheJob): void {
  job.remember(CREATED);
}

/** Whether a Create of this resource succeeded, so that the rule of the prefix is its own. */
export function isCreated({ request }: CacheJob): boolean {
  return request.PhysicalResourceId?.startsWith(newPhysicalId(request, undefined)) === true && memoOf(request) !== BEGUN;
}

/**
 * Whether an attempt of this Create, or of the Create that is undone, created the rule. Rules have neither tags nor ids, so this is a rule
 * with exactly the settings of the template, which was created after CloudFormation began to create this resource.
 *
 * Only a rule with the same settings that somebody else creates in these seconds is mistaken for it.
 */
export async function isOfThisCreation(job: CacheJob, rule: PullThroughCacheRule): Promise<boolean> {
  if (!hasUpstream(rule, job.properties) || !hasCredentials(rule, job.properties) || !rule.createdAt) return false;
  const begin = await beginOfCreation(job);
  // UNCERTAIN: whether the times of Amazon ECR have fractions of a second
  return begin !== undefined && rule.createdAt.getTime() >= Math.floor(begin.getTime() / 1_000) * 1_000;
}

/** The error about a rule that this resource did not create. */
export function takenError(job: CacheJob, rule: PullThroughCacheRule | undefined): UserError {
  const { properties } = job;
  const isEqual = rule && hasUpstream(rule, properties) && hasCredentials(rule, properties);
  const created = rule?.createdAt ? `, created at ${rule.createdAt.toISOString()}` : '';
  const what = rule ? ` (${upstreamOf(rule)}${isEqual ? ', with the same settings' : ''}${created})` : '';
  return new UserError(`${subjectOf(job)}: the registry already has a rule for this prefix${what}, which this resource did not create.`
    + ' Nothing was changed. Choose another \'prefix\', or restore the construct id if this stack created the rule with another one. If'
    + ` nobody needs the rule, run this command, which keeps the cached images, then deploy again:\n${removalCommand(job)}`);
}
