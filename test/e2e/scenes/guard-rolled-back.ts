import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { RollbackStackCommand } from '@aws-sdk/client-cloudformation';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  APP, app, CORRECTED, createRolledBack, deployed, fill, guarded, guardedEnds, HARMFUL, HARMLESS, left, logged, onlyLookedFor, OTHER,
  REFUSE, refusalOf, statusesOf, updated, updateRolledBack,
} from './guarded-repository';
import { onBoth, Scene } from './scene';
import { bystander, failing } from './subject';
import { LifecycleGuard, LifecyclePolicy } from '../../../src';

const ROLLING_BACK = /the preview is skipped, because the stack is rolling back/;

const withFailure = (build: (stack: Stack) => void) => (stack: Stack) => {
  build(stack);
  failing(stack);
};

/** Declares two repositories. The guard of the second waits until the first has its policy. */
const two = (other: LifecyclePolicy, lifecycle: LifecyclePolicy, guardOfOther?: LifecycleGuard) => (stack: Stack) => {
  bystander(stack);
  guarded(stack, other, guardOfOther, { repositoryName: OTHER }, 'Other');
  guarded(stack, lifecycle, REFUSE);
  stack.node.findChild('App').node.findChild('LifecycleGuard').node.addDependency(stack.node.findChild('Other').node.defaultChild!);
};

/** 20. A guard never refuses a rollback and runs no preview in it, even if it would refuse the old policy. */
export const guardRollsBack: Scene[] = [
  onBoth('20a guard, owned: after a refusal, the rollback restores the policy of another repository', async (world, fakes) => {
    await fakes.deploy(two(HARMFUL, HARMLESS));
    await fill(world, fakes);
    await fill(world, fakes, OTHER);
    const refused = await fakes.deploy(two(CORRECTED, HARMFUL), { expect: 'failed' });
    refusalOf(refused);
    // one update and one rollback
    deepStrictEqual(statusesOf(refused, 'AWS::ECR::Repository', 'Other').filter(status => status === 'UPDATE_COMPLETE').length, 2);
    strictEqual(fakes.ecr.previews, 1);
    await logged(world, ROLLING_BACK);
    await guardedEnds(world, fakes, { stacks: updateRolledBack, texts: { [APP]: HARMLESS, [OTHER]: HARMFUL } });
  }),

  onBoth('20b guard, owned: after the second of two guards refuses, the rollback checks neither guard', async (world, fakes) => {
    await fakes.deploy(two(HARMFUL, HARMLESS, REFUSE));
    await fill(world, fakes);
    await fill(world, fakes, OTHER);
    const refused = await fakes.deploy(two(CORRECTED, HARMFUL, REFUSE), { expect: 'failed' });
    refusalOf(refused);
    strictEqual(fakes.ecr.previews, 2);
    await logged(world, ROLLING_BACK, 2);
    await guardedEnds(world, fakes, { stacks: updateRolledBack, texts: { [APP]: HARMLESS, [OTHER]: HARMFUL } });
  }),

  onBoth('20c guard, owned: if another resource fails, the rollback restores the old policy without a check', async (world, fakes) => {
    await fakes.deploy(app(HARMFUL, REFUSE));
    await fill(world, fakes);
    const rolledBack = await fakes.deploy(withFailure(app(HARMLESS, REFUSE)), { expect: 'failed' });
    deepStrictEqual(statusesOf(rolledBack), ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE']);
    strictEqual(fakes.ecr.previews, 1);
    await logged(world, ROLLING_BACK);
    await guardedEnds(world, fakes, { stacks: updateRolledBack, texts: { [APP]: HARMFUL } });
  }),

  onBoth('20d guard, owned: an update that adds the guard can roll back', async (world, fakes) => {
    await fakes.deploy(app(HARMFUL));
    await fill(world, fakes);
    await fakes.deploy(withFailure(app(HARMLESS, REFUSE)), { expect: 'failed' });
    strictEqual(fakes.ecr.previews, 1);
    await guardedEnds(world, fakes, { stacks: updateRolledBack, texts: { [APP]: HARMFUL } });
    deepStrictEqual((await world.machinery()).functions, []);
  }),

  onBoth('20e guard, owned: after an update that removes the guard rolls back, the guard refuses again', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    await fakes.deploy(withFailure(app(CORRECTED)), { expect: 'failed' });
    strictEqual(fakes.ecr.previews, 0);
    await guardedEnds(world, fakes, { stacks: updateRolledBack, texts: { [APP]: HARMLESS } });
    refusalOf(await fakes.deploy(app(HARMFUL, REFUSE), { expect: 'failed' }));
    await guardedEnds(world, fakes, { stacks: updateRolledBack, texts: { [APP]: HARMLESS } });
  }),

  onBoth('20f guard, owned: a creation with a guard can roll back', async (world, fakes) => {
    const { events } = await fakes.deploy(
      withFailure(app(HARMFUL, REFUSE, { removalPolicy: RemovalPolicy.DESTROY })), { expect: 'failed' },
    );
    deepStrictEqual(events.filter(({ status }) => status === 'DELETE_FAILED'), []);
    await guardedEnds(world, fakes, { stacks: createRolledBack, texts: {} });
    onlyLookedFor(fakes);
  }),

  onBoth('20g guard, owned: after a refusal without a rollback and a rollback by hand,'
    + ' the corrected policy is deployed', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    refusalOf(await fakes.deploy(app(HARMFUL, REFUSE), { expect: 'failed', disableRollback: true }));
    await guardedEnds(world, fakes, { stacks: { Test: { status: 'UPDATE_FAILED', left } }, texts: { [APP]: HARMLESS } });
    // CloudFormation accepts the next update without a rollback, but the emulator does not.
    await world.cloudFormation.send(new RollbackStackCommand({ StackName: 'Test' }));
    await world.untilSettled('Test');
    strictEqual(fakes.ecr.previews, 1);
    await logged(world, ROLLING_BACK);
    await guardedEnds(world, fakes, { stacks: updateRolledBack, texts: { [APP]: HARMLESS } });
    await fakes.deploy(app(CORRECTED, REFUSE));
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: CORRECTED } });
  }),
];
