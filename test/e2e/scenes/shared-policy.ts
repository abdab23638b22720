import { deepStrictEqual, match } from 'node:assert/strict';
import type { Stack } from 'aws-cdk-lib';
import { onEmulator, Scene } from './scene';
import {
  deploy, FOREIGN, liveStatements, Own, POLICY_TYPE, reasonOf, sharedEnds, sharedRepository, statementsOf, writeStatements,
} from './shared-repository';
import { bystander, failing } from './subject';

const ONE = { Pull: '111111111111' };
const TWO = { Pull: '222222222222', Audit: '333333333333' };
const left = 'template' as const;

const own = (accounts: Readonly<Record<string, string>>, by = 'Test'): Own[] =>
  Object.entries(accounts).map(([sid, account]) => ({ sid, account, by }));

const withFailure = (build: (stack: Stack) => void) => (stack: Stack) => {
  build(stack);
  failing(stack);
};

/** 15. Statements in the policy of a repository that other owners also write. */
export const sharedPolicy: Scene[] = [
  onEmulator('15a statements: are created, changed, rolled back, and deleted without a change to other statements', async world => {
    await sharedRepository(world);
    await deploy(world, stack => statementsOf(stack, ONE));
    await sharedEnds(world, { stacks: { Test: { status: 'CREATE_COMPLETE', left } }, own: own(ONE) });
    await deploy(world, stack => statementsOf(stack, TWO));
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_COMPLETE', left } }, own: own(TWO) });
    const late = { Sid: 'Late', Effect: 'Allow', Principal: { AWS: '444444444444' }, Action: 'ecr:BatchGetImage' };
    await writeStatements(world, [...(await liveStatements(world))!, late]);
    const { events } = await deploy(world, withFailure(stack => statementsOf(stack, ONE)), 'failed');
    // one for the update and one for its rollback
    deepStrictEqual(events.filter(({ type, status }) => type === POLICY_TYPE && status === 'UPDATE_COMPLETE').length, 2);
    const foreign = [...FOREIGN, late];
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left } }, foreign, own: own(TWO) });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, foreign });
  }),

  onEmulator('15b statements: a creation can roll back', async world => {
    await sharedRepository(world);
    await deploy(world, withFailure(stack => statementsOf(stack, ONE)), 'failed');
    await sharedEnds(world, { stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } } });
  }),

  onEmulator('15c statements: are added to a repository without a policy, and deleting the stack removes the policy', async world => {
    await sharedRepository(world, { foreign: [] });
    await deploy(world, stack => statementsOf(stack, ONE));
    await sharedEnds(world, { stacks: { Test: { status: 'CREATE_COMPLETE', left } }, foreign: [], own: own(ONE) });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, foreign: [] });
    deepStrictEqual(await liveStatements(world), undefined);
  }),

  onEmulator('15d statements: an update that adds them can roll back', async world => {
    await sharedRepository(world);
    await world.deploy('Test', stack => bystander(stack));
    const { events } = await deploy(world, withFailure(stack => statementsOf(stack, ONE)), 'failed');
    const sent = events.filter(({ type }) => type === POLICY_TYPE).map(({ status }) => status);
    deepStrictEqual(sent, ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left } } });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('15e statements: are removed when they are removed from the app', async world => {
    await sharedRepository(world);
    await deploy(world, stack => statementsOf(stack, ONE));
    await world.deploy('Test', stack => bystander(stack));
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_COMPLETE', left } } });
  }),
];

/** 16. The owner of a statement. */
export const statementOwners: Scene[] = [
  onEmulator('16a statements: a new construct id keeps the same resource', async world => {
    await sharedRepository(world);
    await deploy(world, stack => statementsOf(stack, ONE, 'Before'));
    const id = world.logicalId('Test', POLICY_TYPE, 'EcrPolicy');
    const { events } = await deploy(world, stack => statementsOf(stack, TWO, 'After'));
    deepStrictEqual(events.filter(({ type }) => type === POLICY_TYPE).map(({ status }) => status), [
      'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE',
    ]);
    deepStrictEqual(world.logicalId('Test', POLICY_TYPE, 'EcrPolicy'), id);
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_COMPLETE', left } }, own: own(TWO) });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('16b statements: an update with a new construct id can roll back', async world => {
    await sharedRepository(world);
    await deploy(world, stack => statementsOf(stack, ONE, 'Before'));
    await deploy(world, withFailure(stack => statementsOf(stack, TWO, 'After')), 'failed');
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left } }, own: own(ONE) });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('16c statements: deleting one of two stacks with the same Sid keeps the statement of the other', async world => {
    await sharedRepository(world);
    await deploy(world, stack => statementsOf(stack, ONE), 'ok', 'One');
    await deploy(world, stack => statementsOf(stack, ONE), 'ok', 'Two');
    const created = { status: 'CREATE_COMPLETE', left };
    await sharedEnds(world, { stacks: { One: created, Two: created }, own: [...own(ONE, 'One'), ...own(ONE, 'Two')] });
    await world.destroy('One');
    await sharedEnds(world, { stacks: { Two: created }, own: own(ONE, 'Two') });
    await world.destroy('Two');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('16d statements: a creation is refused and rolled back if another owner uses the Sid', async world => {
    const foreign = [...FOREIGN, { Sid: 'Pull', Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'ecr:BatchGetImage' }];
    await sharedRepository(world, { foreign });
    const refused = await deploy(world, stack => statementsOf(stack, TWO), 'failed');
    match(reasonOf(refused, POLICY_TYPE),
      /^Repository 'team\/shared': the policy already has statements .* the same Sid: Pull\. .* Use another Sid, or set 'replaceExistingSids: true'/);
    await sharedEnds(world, { stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } }, foreign });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, foreign });
  }),

  onEmulator('16e statements: an update is refused and rolled back if another owner uses the Sid', async world => {
    const foreign = [...FOREIGN, { Sid: 'Audit', Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'ecr:BatchGetImage' }];
    await sharedRepository(world, { foreign });
    await deploy(world, stack => statementsOf(stack, ONE));
    const refused = await deploy(world, stack => statementsOf(stack, TWO), 'failed');
    match(reasonOf(refused, POLICY_TYPE), /^Repository 'team\/shared': .* the same Sid: Audit\. Nothing was changed\. Use/);
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left } }, foreign, own: own(ONE) });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, foreign });
  }),
];
