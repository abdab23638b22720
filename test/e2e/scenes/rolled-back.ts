import { deepStrictEqual, match, ok } from 'node:assert/strict';
import { CfnWaitConditionHandle, Stack, Tags } from 'aws-cdk-lib';
import { deployed, stocked } from './deployed-subject';
import { FOR_SHOWING, hurry } from './hurried-clock';
import { refusalIn } from './refusal';
import { IN_ORDER, onEmulator, onlyOnEmulator, onOtherEmulator, Scene } from './scene';
import { bystander, failing, IMPORTED, OWNED, SUBJECTS, TAGS } from './subject';
import { CODE, MARK, World } from './world';
import { Repository } from '../../../src';
import type { Outcome } from '../stacks';

/** Deploys the owned repository in a deployment that fails after images were pushed to it. */
async function failAfterPush(world: World, declareMore: (stack: Stack) => void): Promise<Outcome> {
  const deploying = world.deploy('Test', stack => {
    declareMore(stack);
    OWNED.declare(stack, {});
    failing(stack, 'Failing', 4);
  }, { expect: 'failed' });
  await world.whenCreated('Test', 'FailingHandle');
  await world.push(OWNED.repository);
  return deploying;
}

/** 1. A failed update is rolled back with an Update to the old properties and a Delete of new resources. */
export const updateRolledBack: Scene[] = [
  ...SUBJECTS.map(subject => onEmulator(`1a ${subject.kind}: an update that rolls back because of an unrelated resource deletes`
    + ' nothing', async world => {
    await deployed(world, subject);
    const { events } = await world.deploy('Test', stack => {
      bystander(stack);
      subject.declare(stack, {});
      failing(stack);
    }, { expect: 'failed' });
    ok(events.some(({ logicalId, status }) => logicalId === 'Failing' && status.endsWith('_FAILED')));
    const repositories = { [subject.repository]: { tags: TAGS, mark: ['Test', subject.teardown] as const } };
    await world.ends({ stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: 'template' } }, repositories });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  })),

  ...SUBJECTS.map(subject => onEmulator(`1b ${subject.kind}: an update that adds the teardown can roll back`, async world => {
    await stocked(world, subject);
    await world.deploy('Test', stack => {
      bystander(stack);
      subject.declare(stack);
    });
    if (subject.kind === 'owned') await world.push(subject.repository);
    const { events } = await world.deploy('Test', stack => {
      bystander(stack);
      subject.declare(stack, {});
      failing(stack);
    }, { expect: 'failed' });
    const sent = events.filter(({ type }) => type === 'Custom::EcrTeardown').map(({ status }) => status);
    // AWS reports a resource that an update adds as created, and the emulator as updated.
    match(sent.join(' '), /^(CREATE|UPDATE)_IN_PROGRESS \1_COMPLETE DELETE_IN_PROGRESS DELETE_COMPLETE$/);
    const repositories = { [subject.repository]: { tags: TAGS } };
    await world.ends({ stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: 'template' } }, repositories });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories });
  })),

  ...SUBJECTS.map(subject => onEmulator(`1c ${subject.kind}: after an update that changes maxImages rolls back,`
    + ' the old limit applies', async world => {
    await deployed(world, subject, { maxImages: 5 });
    await world.deploy('Test', stack => {
      bystander(stack);
      subject.declare(stack, { maxImages: 4 });
      failing(stack);
    }, { expect: 'failed' });
    const repositories = { [subject.repository]: { tags: TAGS, mark: ['Test', subject.teardown] as const } };
    await world.ends({ stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: 'template' } }, repositories });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  })),

  onlyOnEmulator(IN_ORDER, '1d owned: the rollback of an update that added a repository keeps it if images were'
    + ' pushed', async world => {
    await world.deploy('Test', stack => bystander(stack));
    const { events } = await failAfterPush(world, bystander);
    const failed = events.filter(({ status }) => status === 'DELETE_FAILED');
    deepStrictEqual(failed.map(({ type }) => type), ['AWS::ECR::Repository']);
    match(failed[0].reason!, /not empty/);
    const repositories = { 'team/app': { tags: TAGS } };
    await world.ends({ stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: ['Bystander'] } }, repositories });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories });
  }),
];

/** 2. A failed creation is rolled back with a Delete of every created resource. */
export const createRolledBack: Scene[] = [
  onEmulator('2a imported: a creation that rolls back leaves the repository unchanged', async world => {
    await stocked(world, IMPORTED);
    await world.deploy('Test', stack => {
      IMPORTED.declare(stack, {});
      failing(stack);
    }, { expect: 'failed' });
    const end = { stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } }, repositories: { 'team/legacy': { tags: TAGS } } };
    await world.ends(end);
    await world.destroy('Test');
    await world.ends({ ...end, stacks: {} });
  }),

  ...[[], ['rollback-deletes-empty-repository' as const]].map(readings => onOtherEmulator(readings, '2b owned: a creation that rolls back'
    + ' deletes the empty repository', async world => {
    const { events } = await world.deploy('Test', stack => {
      OWNED.declare(stack, {});
      hurry(stack, world.emulator, FOR_SHOWING);
      failing(stack);
    }, { expect: 'failed' });
    deepStrictEqual(events.filter(({ type }) => type === 'AWS::ECR::Repository').map(({ status }) => status),
      ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', ...readings.length === 0 ? ['DELETE_IN_PROGRESS', 'DELETE_COMPLETE'] : ['DELETE_SKIPPED']]);
    await world.ends({ stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } }, repositories: {} });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  })),

  onlyOnEmulator(IN_ORDER, '2c owned: a creation that rolls back after a push refuses, and another stack can import the kept'
    + ' repository', async world => {
    const { events } = await failAfterPush(world, stack => {
      const repository = new Repository(stack, 'Early', { repositoryName: 'team/early' });
      Tags.of(repository).add('stage', 'test');
    });
    const failed = events.find(({ status, type }) => status === 'DELETE_FAILED' && type === 'Custom::EcrTeardown')!;
    const { because, lift } = refusalIn(failed.reason!);
    match(because, /^Repository 'team\/app' was not deleted: its creation is being rolled back but it holds images/);
    deepStrictEqual((await world.liveStacks()).Test.status, 'ROLLBACK_FAILED');
    deepStrictEqual(lift.includes(`${world.arn('team/app')} --tags Key=${CODE},Value=`), true);
    // The default policy of a repository without a teardown is RETAIN, also in a rollback.
    const mark = (await world.liveRepositories())['team/app'].tags[MARK];
    const repositories = { 'team/app': { tags: TAGS, mark }, 'team/early': { tags: TAGS } };
    // CloudFormation sends the teardown another Delete in the next delete. The emulator deletes its function and forgets both.
    await world.ends({ stacks: { Test: { status: 'ROLLBACK_FAILED', left: [] } }, repositories });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories });
    await world.deploy('Again', stack => OWNED.declare(stack, {}), { importExisting: true });
    await world.destroy('Again');
    await world.ends({ stacks: {}, repositories: { 'team/early': { tags: TAGS } } });
  }),

  onEmulator('2d imported: a creation that fails keeps the mark of the stack that already has the teardown', async world => {
    await deployed(world, IMPORTED);
    await world.deploy('Second', stack => {
      new CfnWaitConditionHandle(stack, 'Handle');
      IMPORTED.declare(stack, {});
    }, { expect: 'failed' });
    const repositories = { 'team/legacy': { tags: TAGS, mark: ['Test', 'Legacy'] as const } };
    const first = { Test: { status: 'CREATE_COMPLETE', left: 'template' as const } };
    await world.ends({ stacks: { ...first, Second: { status: 'ROLLBACK_COMPLETE', left: [] } }, repositories });
    await world.destroy('Second');
    await world.ends({ stacks: first, repositories });
  }),
];
