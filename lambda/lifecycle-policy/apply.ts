import type { LifecycleClients } from './clients';
import { LifecycleJob, markOf, readText, writeText } from './live-text';
import type { Guard } from '../../src/core/lifecycle/guard';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { LifecyclePolicyProperties } from '../../src/core/wire/lifecycle-policy';
import { atLocation } from '../shared/aws/location';
import { askGuard, NO_EFFECT } from '../shared/lifecycle/guard';
import { refuseIfChanged } from '../shared/lifecycle/text';
import { Explained } from '../shared/protocol/errors';
import { FOUND } from '../shared/protocol/physical-id';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, readStack } from '../shared/protocol/stack';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/repository/located-repository';
import { claimMark, ownerOf } from '../shared/repository/mark';
import { readTags, repositoryName } from '../shared/repository/repository';

/** Create: puts the text where there is none. Another one is replaced only on the word of the user, and logged in full before. */
export async function apply(asked: LifecycleJob, clients: LifecycleClients, earlier?: string): Promise<Attributes | undefined> {
  const { properties: { repositoryArn, policyText, overwrite, guard } } = asked;
  const name = repositoryName(repositoryArn);
  requireOwnEnvironment(asked, 'lifecycle policy');
  const job = await atLocation(asked, clients, asked.properties, asked.request.StackId);
  const tags = await readTags(job, repositoryArn);
  const live = tags && await readText(job);
  const owner = tags ? ownerOf(job, markOf(job), tags) : 'none';
  const isThere = live !== undefined && sameLifecycle(live, policyText);
  const isOurs = live === undefined || isThere || (earlier !== undefined && sameLifecycle(live, earlier));
  if (!isOurs && !overwrite && owner !== 'other-stack') { // another stack's is refused with its mark
    throw new Explained(
      `Repository '${name}' has another lifecycle policy, which was not put there by this resource — ${owner === 'same-stack'
        ? 'change the construct id and the policy in two deployments'
        : 'take it over into the app'}, or say overwrite: true, which logs it in full before it is replaced; nothing was changed`);
  }
  const isAsked = tags && !isThere && owner !== 'other-stack';
  const attributes = guard && (isAsked ? await ask(job, clients, guard, live) : NO_EFFECT);
  await claimMark(job, markOf(job), isThere ? FOUND : undefined);
  if (isThere) return attributes;
  if (live !== undefined) job.log(`repository '${name}': the lifecycle policy that is replaced was: ${live}`);
  await writeText(job, policyText);
  return attributes;
}

/** The preview comes before the mark, so that a refusal leaves everything as it was. A rollback is never refused. */
async function ask(job: LifecycleJob, clients: LifecycleClients, guard: Guard, live: string | undefined): Promise<Attributes> {
  const { properties: { repositoryArn, policyText } } = job;
  if (isRollingBackNow((await readStack(job)).status)) return NO_EFFECT;
  const attributes = await askGuard(job, clients, repositoryArn, policyText, guard);
  await refuseIfChanged(job, repositoryName(repositoryArn), live);
  return attributes;
}

/** Update: what stands there must be the text of before, or this one. */
export async function reapply(
  job: LifecycleJob, clients: LifecycleClients, old: LifecyclePolicyProperties | undefined,
): Promise<Attributes | undefined> {
  let attributes = job.properties.guard && NO_EFFECT;
  await unlessRollingBack(job, async () => {
    refuseAnotherTarget(job, old?.repositoryArn, 'lifecycle policy');
    attributes = await apply(job, clients, old?.policyText);
  });
  return attributes;
}
