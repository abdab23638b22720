import { LifecycleJob, markOf } from './lifecycle-job';
import type { Guard } from '../../src/core/lifecycle/guard';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { LifecyclePolicyProperties } from '../../src/core/wire/lifecycle-policy';
import { connectTo } from '../shared/aws/ecr-clients';
import type { LifecycleClients } from '../shared/lifecycle/clients';
import { checkGuard, NO_EFFECT } from '../shared/lifecycle/guard';
import { readLifecycleText, refuseIfChanged, writeLifecycleText } from '../shared/lifecycle/text';
import { UserError } from '../shared/protocol/errors';
import { ALREADY_PRESENT } from '../shared/protocol/physical-id';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, readStack } from '../shared/protocol/stack';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/repository/located-repository';
import { claimMark, ownerOf } from '../shared/repository/mark';
import { readTags, repositoryName } from '../shared/repository/repository';

/** Create: writes the text if the repository has no policy. Replaces a different text only with `overwrite`, and logs it in full first. */
export async function apply(stackJob: LifecycleJob, clients: LifecycleClients, previousText?: string): Promise<Attributes | undefined> {
  const { properties: { repositoryArn, policyText, overwrite, guard } } = stackJob;
  const name = repositoryName(repositoryArn);
  requireOwnEnvironment(stackJob, 'lifecycle policy');
  const job = await connectTo(stackJob, clients, stackJob.properties, stackJob.request.StackId);
  const tags = await readTags(job, repositoryArn);
  const live = tags && await readLifecycleText(job, name);
  const owner = tags ? ownerOf(job, markOf(job), tags) : 'none';
  const isUnchanged = live !== undefined && sameLifecycle(live, policyText);
  const isReplaceable = live === undefined || isUnchanged || (previousText !== undefined && sameLifecycle(live, previousText));
  if (!isReplaceable && !overwrite && owner !== 'other-stack') { // the mark of another stack is refused below
    throw new UserError(
      `Repository '${name}' already has a different lifecycle policy, which this resource did not write. Nothing was changed.`
      + ` ${owner === 'same-stack'
        ? 'Change the construct id and the policy in two separate deployments'
        : 'Use the same policy in the app'}, or set 'overwrite: true' to log the live policy in full and then replace it.`);
  }
  const isPreviewed = tags && !isUnchanged && owner !== 'other-stack';
  const attributes = guard && (isPreviewed ? await preview(job, clients, guard, live) : NO_EFFECT);
  await claimMark(job, markOf(job), isUnchanged ? ALREADY_PRESENT : undefined);
  if (isUnchanged) return attributes;
  if (live !== undefined) job.log(`repository '${name}': replacing this lifecycle policy: ${live}`);
  await writeLifecycleText(job, name, policyText);
  return attributes;
}

/** Runs before the mark is set, so that a refusal changes nothing. Never refuses a rollback. */
async function preview(job: LifecycleJob, clients: LifecycleClients, guard: Guard, live: string | undefined): Promise<Attributes> {
  const { properties: { repositoryArn, policyText, role } } = job;
  if (isRollingBackNow((await readStack(job)).status)) return NO_EFFECT;
  const attributes = await checkGuard(job, clients, repositoryArn, policyText, guard, role);
  await refuseIfChanged(job, repositoryName(repositoryArn), live);
  return attributes;
}

/** Update: the live text must be the previous text or the new one. */
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
