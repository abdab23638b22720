import { isOfThisCreation, rememberBegin, rememberCreation, takenError } from './ownership';
import { CacheJob, confirmRule, findRule, removeRule } from './rule';
import { validateRule } from './validate';
import { explainWrite, sendCreate } from './write';
import { isNamed } from '../shared/protocol/errors';

/** Create: creates the rule and validates it. A rule that cannot be validated is removed again. */
export async function create(job: CacheJob): Promise<void> {
  const live = await findRule(job);
  if (live && !await isOfThisCreation(job, live)) throw takenError(job, live);
  rememberBegin(job);
  if (live) job.log(`the rule of cache '${job.properties.prefix}' exists already from an earlier attempt`);
  else await createOnce(job);
  await confirmRule(job);
  try {
    await validateRule(job);
  } catch (error) {
    // without a rollback (--no-rollback), CloudFormation does not delete it before the next attempt
    await removeRule(job).catch((failure: Error) => job.log(failure.message));
    throw error;
  }
  rememberCreation(job);
}

async function createOnce(job: CacheJob): Promise<void> {
  try {
    await sendCreate(job);
  } catch (error) {
    // an attempt whose response was lost may have created it
    const live = await findRule(job);
    if (live && await isOfThisCreation(job, live)) return;
    const isTaken = live !== undefined || isNamed(error, 'PullThroughCacheRuleAlreadyExistsException');
    throw isTaken ? takenError(job, live) : explainWrite(job, error);
  }
}
