import { isCreated, isOfThisCreation } from './ownership';
import { CacheJob, findRule, hasUpstream, removeRule, upstreamOf } from './rule';

/**
 * Delete: removes the rule of this resource, whatever the reason of the request. A rule for another upstream registry is that of somebody
 * else. After a Create that failed, the rule is removed only if that Create created it.
 */
export async function withdraw(job: CacheJob): Promise<void> {
  const { properties, properties: { prefix } } = job;
  const live = await findRule(job);
  if (!live) return job.log(`cache '${prefix}' has no rule`);
  const isOwn = isCreated(job) ? hasUpstream(live, properties) : await isOfThisCreation(job, live);
  if (!isOwn) return job.log(`the rule of cache '${prefix}' (${upstreamOf(live)}) is not that of this resource, so it is kept`);
  await removeRule(job);
}
