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

/** 15. Statements in the policy of a repository that others write too. */
export const sharedPolicy: Scene[] = [
  onEmulator('15a statements: created, changed, the change rolled back, destroyed; what others wrote is there throughout', async world => {
    await sharedRepository(world);
    await deploy(world, stack => statementsOf(stack, ONE));
    await sharedEnds(world, { stacks: { Test: { status: 'CREATE_COMPLETE', left } }, own: own(ONE) });
    await deploy(world, stack => statementsOf(stack, TWO));
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_COMPLETE', left } }, own: own(TWO) });
    const late = { Sid: 'Late', Effect: 'Allow', Principal: { AWS: '444444444444' }, Action: 'ecr:BatchGetImage' };
    await writeStatements(world, [...(await liveStatements(world))!, late]);
    const { events } = await deploy(world, withFailure(stack => statementsOf(stack, ONE)), 'failed');
    deepStrictEqual(events.filter(({ type, status }) => type === POLICY_TYPE && status === 'UPDATE_COMPLETE').length, 2); // there and back
    const foreign = [...FOREIGN, late];
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left } }, foreign, own: own(TWO) });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, foreign });
  }),

  onEmulator('15b statements: the create rolls back', async world => {
    await sharedRepository(world);
    await deploy(world, withFailure(stack => statementsOf(stack, ONE)), 'failed');
    await sharedEnds(world, { stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } } });
  }),

  onEmulator('15c statements: a repository without a policy gets one, and has none when the stack is gone', async world => {
    await sharedRepository(world, { foreign: [] });
    await deploy(world, stack => statementsOf(stack, ONE));
    await sharedEnds(world, { stacks: { Test: { status: 'CREATE_COMPLETE', left } }, foreign: [], own: own(ONE) });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, foreign: [] });
    deepStrictEqual(await liveStatements(world), undefined);
  }),

  onEmulator('15d statements: the update that adds them rolls back', async world => {
    await sharedRepository(world);
    await world.deploy('Test', stack => bystander(stack));
    const { events } = await deploy(world, withFailure(stack => statementsOf(stack, ONE)), 'failed');
    const sent = events.filter(({ type }) => type === POLICY_TYPE).map(({ status }) => status);
    deepStrictEqual(sent, ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left } } });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('15e statements: taken out of the app, the stack stays', async world => {
    await sharedRepository(world);
    await deploy(world, stack => statementsOf(stack, ONE));
    await world.deploy('Test', stack => bystander(stack));
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_COMPLETE', left } } });
  }),
];

/** 16. Who a statement belongs to. */
export const statementOwners: Scene[] = [
  onEmulator('16a statements: the construct id changes, a statement too, and it is the same resource', async world => {
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

  onEmulator('16b statements: the construct id changes, a statement too, and the update rolls back', async world => {
    await sharedRepository(world);
    await deploy(world, stack => statementsOf(stack, ONE, 'Before'));
    await deploy(world, withFailure(stack => statementsOf(stack, TWO, 'After')), 'failed');
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left } }, own: own(ONE) });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('16c statements: two stacks share one policy under the same Sid, one is deleted', async world => {
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

  onEmulator('16d statements: somebody else holds the Sid, the create is refused and rolled back', async world => {
    const foreign = [...FOREIGN, { Sid: 'Pull', Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'ecr:BatchGetImage' }];
    await sharedRepository(world, { foreign });
    const refused = await deploy(world, stack => statementsOf(stack, TWO), 'failed');
    match(reasonOf(refused, POLICY_TYPE),
      /^Repository 'team\/shared': its policy has statements .* the same Sid: Pull — use another Sid, or set 'replaceExistingSids: true'/);
    await sharedEnds(world, { stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } }, foreign });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, foreign });
  }),

  onEmulator('16e statements: somebody else holds the Sid that an update wants, which is refused and rolled back', async world => {
    const foreign = [...FOREIGN, { Sid: 'Audit', Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'ecr:BatchGetImage' }];
    await sharedRepository(world, { foreign });
    await deploy(world, stack => statementsOf(stack, ONE));
    const refused = await deploy(world, stack => statementsOf(stack, TWO), 'failed');
    match(reasonOf(refused, POLICY_TYPE), /^Repository 'team\/shared': .* the same Sid: Audit — /);
    await sharedEnds(world, { stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left } }, foreign, own: own(ONE) });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, foreign });
  }),
];
