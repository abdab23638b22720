import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert/strict';
import { APP, GuardBed, IMPORTING_STACK, LifecycleState, STACK, THEIRS } from './guard-bed';
import { takeInventory } from './inventory';
import { CORRECTED, showRefusal, showRest } from './lifecycle-guard';
import { Step } from './steps';

const DAY = 86_400_000;
const TAGS = { owner: 'others' };
const MARK = 'cdk-ecr-keeper:lifecycle-policy-by';
const WRITES = /^(Tag|Untag|Put|Delete|Set|Batch)/;

/** Creates the repository of another owner, in local-ecr only. */
function seed({ ecr }: GuardBed): readonly string[] {
  ecr.local.seed({ repositoryName: THEIRS, tags: TAGS });
  for (const [index, tag] of ['release-1.0', 'build-1', 'build-2', 'build-3', 'build-4', 'build-5'].entries()) {
    ecr.local.addImage({ repositoryName: THEIRS, tags: [tag], pushedAt: new Date(Date.now() - (120 - index) * DAY) });
  }
  return ecr.digests(THEIRS);
}

/** Guards the policy of a repository that the stack does not own. There, the handler that writes the policy also checks the guard. */
export async function guardedImport(step: Step, guard: GuardBed, state: LifecycleState): Promise<readonly string[]> {
  step.note(`${THEIRS} exists in local-ecr, outside any stack, with six images and no lifecycle policy.`);
  const digests = seed(guard);
  const previews = guard.ecr.previews;
  step.note('');
  step.note('app: new RepositoryLifecycle(stack, \'Lifecycle\', { repository, lifecycle: keepNewest(3), lifecycleGuard: as above })');
  const refused = await guard.deploy(step, IMPORTING_STACK, state);
  await step.check(`cdk deploy fails, as expected (exit code ${refused.code})`, () => notStrictEqual(refused.code, 0));
  const reason = await showRefusal(step, guard.bed, IMPORTING_STACK, 'Custom::EcrLifecyclePolicy', THEIRS, refused.output);
  await step.check('the status of the stack is ROLLBACK_COMPLETE', async () => {
    strictEqual((await guard.bed.stacks.describe(IMPORTING_STACK))?.StackStatus, 'ROLLBACK_COMPLETE');
  });
  await step.check(`${THEIRS} is unchanged: no lifecycle policy, no mark, the owner's tag, and ${digests.length} images.`
    + ' The deployment wrote nothing', () => {
    const { tags, lifecyclePolicyText } = guard.ecr.local.repository(THEIRS);
    deepStrictEqual([tags, lifecyclePolicyText, guard.ecr.digests(THEIRS)], [TAGS, undefined, digests]);
    deepStrictEqual(guard.ecr.calls.filter(({ operation }) => WRITES.test(operation)).map(({ operation }) => operation), []);
  });
  await showRest(step, guard, reason);

  step.note('');
  step.note('change: LifecycleRule.keep(\'release-*\') before keepNewest(3)');
  const { code, output } = await guard.deploy(step, IMPORTING_STACK, { ...state, imported: CORRECTED });
  await step.check('cdk deploy succeeds', () => strictEqual(code, 0, output));
  await step.check(`${THEIRS} has the corrected policy, a mark, and all of its ${digests.length} images.`
    + ' Each deployment ran one preview', () => {
    const { tags, lifecyclePolicyText } = guard.ecr.local.repository(THEIRS);
    deepStrictEqual([lifecyclePolicyText, Object.keys(tags), guard.ecr.digests(THEIRS)], [
      CORRECTED.toJson(), [...Object.keys(TAGS), MARK], digests,
    ]);
    strictEqual(guard.ecr.previews, previews + 2);
  });
  await guard.showOutputs(step, IMPORTING_STACK, { ExpiringImageCount: '2', Findings: '<>' });
  step.shows('refused without a change, then 2 images expire');
  return digests;
}

export async function destroyGuarded(step: Step, guard: GuardBed, digests: readonly string[]): Promise<void> {
  const previews = guard.ecr.previews;
  const { code, output } = await guard.destroy(step);
  await step.check('cdk destroy succeeds without a preview', () =>
    deepStrictEqual([code, guard.ecr.previews], [0, previews], output));
  await step.check(`${THEIRS} has no lifecycle policy, no mark, and all of its ${digests.length} images`, () => {
    const { tags, lifecyclePolicyText } = guard.ecr.local.repository(THEIRS);
    deepStrictEqual([tags, lifecyclePolicyText, guard.ecr.digests(THEIRS)], [TAGS, undefined, digests]);
  });
  await step.check(`the account is as before: the stacks ${STACK} and ${IMPORTING_STACK}, ${APP}, the functions, log groups, and roles`
    + ' are deleted', async () => {
    deepStrictEqual(await takeInventory(guard.bed), guard.before);
  });
  const denied = guard.ecr.calls.filter(({ outcome }) => outcome === 'AccessDeniedException');
  await step.check(`local-ecr checked every call against the policies of the roles: ${denied.length} of`
    + ` ${guard.ecr.calls.length} were denied`, () => deepStrictEqual(denied, []));
  step.shows('our resources deleted, images kept');
}
