import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Fakes } from './fakes';
import {
  CORRECTED, created, createRolledBack, FOUND, HARMFUL, HARMLESS, REFUSE, refusalOf, updated, updateRolledBack, WARN,
} from './guarded-repository';
import { HERE, THERE } from './on-local-ecr';
import { onBoth, Scene } from './scene';
import { LIFECYCLE_MARK, LIFECYCLE_TYPE, reasonOf, SHARED } from './shared-repository';
import { bystander, failing, TAGS } from './subject';
import type { End, World } from './world';
import { LifecyclePolicy, Repository, RepositoryLifecycle, RepositoryLifecycleProps } from '../../../src';

const attached = (lifecycle: LifecyclePolicy, props: Partial<RepositoryLifecycleProps> = {}) => (stack: Stack) => {
  bystander(stack);
  const repository = Repository.fromRepositoryName(stack, 'Import', SHARED);
  const attachment = new RepositoryLifecycle(stack, 'Lifecycle', { repository, lifecycle, lifecycleGuard: REFUSE, ...props });
  new CfnOutput(stack, 'Expiring', { value: String(attachment.expiringImageCount) });
  new CfnOutput(stack, 'Findings', { value: `<${attachment.lifecycleFindings}>` });
};

/** Creates a repository of another owner with four images of four days and an optional policy. */
function stocked(fakes: Fakes, theirs?: LifecyclePolicy): string[] {
  const { local } = fakes.ecr;
  local.seed({ repositoryName: SHARED, tags: TAGS, lifecyclePolicyText: theirs?.toJson(), ...fakes.here });
  return ['release-1.0', 'build-1', 'build-2', 'build-3'].map((tag, index) =>
    local.addImage({ repositoryName: SHARED, tags: [tag], pushedAt: new Date(Date.now() - (40 - index) * 86_400_000), ...fakes.here }))
    .sort();
}

/** Checks the stacks, the policy, the mark, and every digest. */
async function ends(world: World, fakes: Fakes, digests: readonly string[], { stacks, text, isMarked = false }: {
  readonly stacks: End['stacks']; readonly text?: LifecyclePolicy; readonly isMarked?: boolean;
}): Promise<void> {
  await world.ends({ stacks, repositories: {} });
  const { tags, lifecyclePolicyText } = fakes.ecr.local.repository(SHARED, fakes.here);
  const mark = isMarked ? { [LIFECYCLE_MARK]: `${world.stackUuid('Test')}:${world.logicalId('Test', LIFECYCLE_TYPE)}` } : {};
  deepStrictEqual([tags, lifecyclePolicyText, fakes.ecr.digests(SHARED)], [{ ...TAGS, ...mark }, text?.toJson(), digests]);
  await fakes.same('bystander');
}

/** 22. A guard of a repository that the stack does not own. The repository exists only in local-ecr. */
export const guardOfImported: Scene[] = [
  onBoth('22a guard, imported: a refused creation leaves no policy and no mark; the corrected policy is deployed'
    + ' and deleted with the stack', async (world, fakes) => {
    const digests = stocked(fakes);
    const refused = await fakes.deploy(attached(HARMFUL), { expect: 'failed' });
    refusalOf(refused, LIFECYCLE_TYPE, SHARED);
    await ends(world, fakes, digests, { stacks: createRolledBack });
    deepStrictEqual(fakes.ecr.calls.filter(({ operation }) => /^(Tag|Untag|Put|Delete)/.test(operation)), []);
    await world.destroy('Test');

    const { outputs } = await fakes.deploy(attached(CORRECTED));
    deepStrictEqual(outputs, { Expiring: '1', Findings: '<>' });
    await ends(world, fakes, digests, { stacks: created, text: CORRECTED, isMarked: true });
    await world.destroy('Test');
    await ends(world, fakes, digests, { stacks: {} });
    strictEqual(fakes.ecr.previews, 2);
  }),

  onBoth('22b guard, imported: a refused creation keeps the policy that it was to overwrite', async (world, fakes) => {
    const digests = stocked(fakes, HARMLESS);
    refusalOf(await fakes.deploy(attached(HARMFUL, { overwrite: true }), { expect: 'failed' }), LIFECYCLE_TYPE, SHARED);
    await ends(world, fakes, digests, { stacks: createRolledBack, text: HARMLESS });
  }),

  onBoth('22c guard, imported: a refused update keeps the old policy and the mark;'
    + ' the corrected policy is deployed', async (world, fakes) => {
    const digests = stocked(fakes);
    await fakes.deploy(attached(HARMLESS));
    refusalOf(await fakes.deploy(attached(HARMFUL), { expect: 'failed' }), LIFECYCLE_TYPE, SHARED);
    await ends(world, fakes, digests, { stacks: updateRolledBack, text: HARMLESS, isMarked: true });
    strictEqual(fakes.ecr.previews, 2);

    const { outputs } = await fakes.deploy(attached(CORRECTED));
    deepStrictEqual([outputs, fakes.ecr.previews], [{ Expiring: '1', Findings: '<>' }, 3]);
    await ends(world, fakes, digests, { stacks: updated, text: CORRECTED, isMarked: true });
  }),

  onBoth('22d guard, imported: if another resource fails after the policy changed,'
    + ' the rollback restores the old policy without a check', async (world, fakes) => {
    const digests = stocked(fakes);
    await fakes.deploy(attached(HARMFUL, { lifecycleGuard: WARN }));
    await fakes.deploy(stack => {
      attached(HARMLESS)(stack);
      failing(stack);
    }, { expect: 'failed' });
    strictEqual(fakes.ecr.previews, 2);
    const written = fakes.ecr.calls.filter(({ operation }) => operation === 'PutLifecyclePolicy')
      .map(({ input }) => input.lifecyclePolicyText);
    deepStrictEqual(written, [HARMFUL, HARMLESS, HARMFUL].map(policy => policy.toJson()));
    await ends(world, fakes, digests, { stacks: updateRolledBack, text: HARMFUL, isMarked: true });
  }),

  onBoth('22e guard, imported: a creation that rolls back removes the policy', async (world, fakes) => {
    const digests = stocked(fakes);
    await fakes.deploy(stack => {
      attached(CORRECTED)(stack);
      failing(stack);
    }, { expect: 'failed' });
    await ends(world, fakes, digests, { stacks: createRolledBack });
  }),

  onBoth('22f guard, imported: a guard that only warns allows the policy and returns its findings', async (world, fakes) => {
    const digests = stocked(fakes);
    const { outputs } = await fakes.deploy(attached(HARMFUL, { lifecycleGuard: WARN }));
    deepStrictEqual(outputs, { Expiring: '2', Findings: `<${FOUND}>` });
    match(await world.story(), /repository 'team\/shared': it would act on images with protected tags/);
    await ends(world, fakes, digests, { stacks: created, text: HARMFUL, isMarked: true });
  }),

  onBoth('22g guard, imported: refuses because of a copy in another Region, where the registry repeats deletions', async (world, fakes) => {
    const digests = stocked(fakes);
    const { ecr: { local }, here } = fakes;
    const copy = { ...here, region: THERE };
    local.seed({ repositoryName: SHARED, ...copy });
    for (const tag of ['release-1.0', 'release-1.1']) local.addImage({ repositoryName: SHARED, tags: [tag], ...copy });
    local.replicate({ from: { ...here, region: HERE }, to: [copy], prefix: 'team/', deletes: true });
    const refused = await fakes.deploy(attached(CORRECTED), { expect: 'failed' });
    match(reasonOf(refused, LIFECYCLE_TYPE), /nothing was changed: in eu-west-1, where the replication rule for 'team\/' repeats deletions, it would act on images with protected tags: 1 image \(release-1\.1 by rule \d\)\./);
    await ends(world, fakes, digests, { stacks: createRolledBack });
  }),
];
