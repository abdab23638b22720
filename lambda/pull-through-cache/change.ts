import { takenError } from './ownership';
import { CacheJob, confirmRule, findRule, hasCredentials, hasUpstream, removeRule } from './rule';
import { validateRule } from './validate';
import { explainWrite, sendCreate, sendUpdate } from './write';
import { PullThroughCacheProperties } from '../../src/core/wire/pull-through-cache';
import { unlessRollingBack } from '../shared/repository/located-repository';

/**
 * Update: changes the credentials of the rule in place. A rule that somebody deleted is created again. The upstream registry of a rule
 * cannot be changed, and a prefix has only one rule, so a rule for another one replaces it.
 */
export async function change(job: CacheJob, old: PullThroughCacheProperties | undefined): Promise<void> {
  await unlessRollingBack(job, async () => {
    await settle(job, old);
    await validateRule(job);
  });
}

async function settle(job: CacheJob, old: PullThroughCacheProperties | undefined): Promise<void> {
  const { properties } = job;
  const live = await findRule(job);
  if (live && hasUpstream(live, properties)) {
    if (hasCredentials(live, properties)) return;
    if (properties.credentialArn !== undefined || properties.roleArn !== undefined) {
      await sendUpdate(job);
      return confirmRule(job);
    }
  }
  if (live && !hasUpstream(live, properties) && !(old && hasUpstream(live, old))) throw takenError(job, live);
  if (live) await removeRule(job); // an update cannot remove credentials either
  try {
    await sendCreate(job);
  } catch (error) {
    throw explainWrite(job, error);
  }
  await confirmRule(job);
}
