import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert/strict';
import { APP, GuardBed, IMPORTING_STACK, LifecycleState, STACK, THEIRS } from './guard-bed';
import { takeInventory } from './inventory';
import { CORRECTED, showRefusal, showRest } from './lifecycle-guard';
import { Step } from './steps';

const DAY = 86_400_000;
const TAGS = { owner: 'others' };
const MARK = 'cdk-ecr-keeper:lifecycle-policy-by';
const WRITES = /^(Tag|Untag|Put|Delete|Set|Batch)/;

/** The repository of others, in local-ecr alone. */
function seed({ ecr }: GuardBed): readonly string[] {
  ecr.local.seed({ repositoryName: THEIRS, tags: TAGS });
  for (const [index, tag] of ['release-1.0', 'build-1', 'build-2', 'build-3', 'build-4', 'build-5'].entries()) {
    ecr.local.addImage({ repositoryName: THEIRS, tags: [tag], pushedAt: new Date(Date.now() - (120 - index) * DAY) });
  }
  return ecr.digests(THEIRS);
}

/** The same on a repository that the stack does not own: there the handler that writes the policy asks before. */
export async function guardedImport(step: Step, guard: GuardBed, state: LifecycleState): Promise<readonly string[]> {
  step.note(`${THEIRS} is in local-ecr, outside any stack, with the same six images and no lifecycle policy.`);
  const digests = seed(guard);
  const previews = guard.ecr.previews;
  step.note('');
  step.note('app: new RepositoryLifecycle(stack, \'Lifecycle\', { repository, lifecycle: keepNewest(3), lifecycleGuard: the same })');
  const refused = await guard.deploy(step, IMPORTING_STACK, state);
  await step.check(`cdk deploy failed (exit code ${refused.code})`, () => notStrictEqual(refused.code, 0));
  const reason = await showRefusal(step, guard.bed, IMPORTING_STACK, 'Custom::EcrLifecyclePolicy', THEIRS, refused.output);
  await step.check('the stack is ROLLBACK_COMPLETE', async () => {
    strictEqual((await guard.bed.stacks.describe(IMPORTING_STACK))?.StackStatus, 'ROLLBACK_COMPLETE');
  });
  await step.check(`${THEIRS} is as it was: no lifecycle policy, no mark, its own tag, ${digests.length} images;`
    + ' nothing was written meanwhile', () => {
    const { tags, lifecyclePolicyText } = guard.ecr.local.repository(THEIRS);
    deepStrictEqual([tags, lifecyclePolicyText, guard.ecr.digests(THEIRS)], [TAGS, undefined, digests]);
    deepStrictEqual(guard.ecr.calls.filter(({ operation }) => WRITES.test(operation)).map(({ operation }) => operation), []);
  });
  await showRest(step, guard, reason);

  step.note('');
  step.note('changed: LifecycleRule.keep(\'release-*\') before keepNewest(3)');
  const { code, output } = await guard.deploy(step, IMPORTING_STACK, { ...state, imported: CORRECTED });
  await step.check('cdk deploy went through', () => strictEqual(code, 0, output));
  await step.check(`${THEIRS} has the corrected policy, its mark, and all of its ${digests.length} images;`
    + ' one preview for each deployment', () => {
    const { tags, lifecyclePolicyText } = guard.ecr.local.repository(THEIRS);
    deepStrictEqual([lifecyclePolicyText, Object.keys(tags), guard.ecr.digests(THEIRS)], [
      CORRECTED.toJson(), [...Object.keys(TAGS), MARK], digests,
    ]);
    strictEqual(guard.ecr.previews, previews + 2);
  });
  await guard.showOutputs(step, IMPORTING_STACK, { ExpiringImageCount: '2', Findings: '<>' });
  step.shows('refused without a trace; then 2 will expire');
  return digests;
}

export async function destroyGuarded(step: Step, guard: GuardBed, digests: readonly string[]): Promise<void> {
  const previews = guard.ecr.previews;
  const { code, output } = await guard.destroy(step);
  await step.check('cdk destroy went through, nothing was previewed', () =>
    deepStrictEqual([code, guard.ecr.previews], [0, previews], output));
  await step.check(`${THEIRS} has no lifecycle policy and no mark, and all of its ${digests.length} images`, () => {
    const { tags, lifecyclePolicyText } = guard.ecr.local.repository(THEIRS);
    deepStrictEqual([tags, lifecyclePolicyText, guard.ecr.digests(THEIRS)], [TAGS, undefined, digests]);
  });
  await step.check(`stacks ${STACK} and ${IMPORTING_STACK}, ${APP}, functions, log groups and roles are gone:`
    + ' the account is as before', async () => {
    deepStrictEqual(await takeInventory(guard.bed), guard.before);
  });
  const denied = guard.ecr.calls.filter(({ outcome }) => outcome === 'AccessDeniedException');
  await step.check(`local-ecr held every call to the roles' policies: ${guard.ecr.calls.length} calls, ${denied.length} denied`, () =>
    deepStrictEqual(denied, []));
  step.shows('nothing left, images kept');
}
