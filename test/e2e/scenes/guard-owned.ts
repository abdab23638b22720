import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { PutLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import {
  APP, app, CORRECTED, created, deployed, fill, FOUND, guardedEnds, HARMFUL, HARMLESS, onlyLookedFor, REFUSE, refusalOf, statusesOf,
  updated, updateRolledBack, WARN,
} from './guarded-repository';
import { onBoth, Scene } from './scene';
import { Teardown } from '../../../src';

const NONE = { AppExpiring: '0', AppFindings: '<>' };

/** 19. A guard of a repository that the stack declares. */
export const guardOfOwned: Scene[] = [
  onBoth('19a guard, owned: the first deployment succeeds without a preview, and the stack can be deleted', async (world, fakes) => {
    const { outputs } = await fakes.deploy(app(HARMFUL, REFUSE, { teardown: Teardown.deleteWithImages() }));
    deepStrictEqual(outputs, NONE);
    onlyLookedFor(fakes);
    await fill(world, fakes);
    const tags = { mark: ['Test', 'AppTeardown'] as const };
    await guardedEnds(world, fakes, { stacks: created, texts: { [APP]: HARMFUL }, repositories: { [APP]: tags } });
    await world.destroy('Test');
    await guardedEnds(world, fakes, { stacks: {}, texts: {} });
    onlyLookedFor(fakes);
    const { functions, roles, logGroups } = await world.machinery();
    deepStrictEqual([functions, roles, logGroups], [[], [], []]);
  }),

  onBoth('19b guard, owned: a refused update changes nothing; the corrected policy is deployed', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    const refused = await fakes.deploy(app(HARMFUL, REFUSE), { expect: 'failed' });
    refusalOf(refused);
    // one for the update and one for its rollback
    deepStrictEqual(statusesOf(refused), ['UPDATE_IN_PROGRESS', 'UPDATE_FAILED', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE']);
    deepStrictEqual(statusesOf(refused, 'AWS::ECR::Repository'), []);
    strictEqual(fakes.ecr.previews, 1);
    deepStrictEqual(refused.outputs, NONE);
    await guardedEnds(world, fakes, { stacks: updateRolledBack, texts: { [APP]: HARMLESS } });

    const { outputs } = await fakes.deploy(app(CORRECTED, REFUSE));
    deepStrictEqual(outputs, { AppExpiring: '1', AppFindings: '<>' });
    strictEqual(fakes.ecr.previews, 2);
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: CORRECTED } });
  }),

  onBoth('19c guard, owned: a refused policy is deployed after the guard changes', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    refusalOf(await fakes.deploy(app(HARMFUL, REFUSE), { expect: 'failed' }));
    const { outputs } = await fakes.deploy(app(HARMFUL, WARN));
    deepStrictEqual(outputs, { AppExpiring: '2', AppFindings: `<${FOUND}>` });
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMFUL } });
  }),

  onBoth('19d guard, owned: a guard that is added with a harmful policy refuses it,'
    + ' and a guard can be added to an existing policy', async (world, fakes) => {
    await deployed(world, fakes);
    const refused = await fakes.deploy(app(HARMFUL, REFUSE), { expect: 'failed' });
    refusalOf(refused);
    deepStrictEqual(statusesOf(refused, 'AWS::ECR::Repository'), []);
    strictEqual(fakes.ecr.previews, 1);
    await guardedEnds(world, fakes, { stacks: updateRolledBack, texts: { [APP]: HARMLESS } });

    deepStrictEqual((await fakes.deploy(app(HARMLESS, REFUSE))).outputs, NONE);
    strictEqual(fakes.ecr.previews, 1);
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMLESS } });
  }),

  onBoth('19e guard, owned: without the guard, the policy is deployed without a check', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    await fakes.deploy(app(HARMFUL));
    onlyLookedFor(fakes);
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMFUL } });
    deepStrictEqual(world.types('Test').filter(type => !/WaitConditionHandle|CDK::Metadata/.test(type)), ['AWS::ECR::Repository']);
    deepStrictEqual((await world.machinery()).functions, []);
  }),

  onBoth('19f guard, owned: a new name replaces the repository with an empty one, which needs no check', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    const { outputs } = await fakes.deploy(app(HARMFUL, REFUSE, { repositoryName: 'team/renamed' }));
    deepStrictEqual([outputs, fakes.ecr.previews], [NONE, 0]);
    // The old repository is kept unchanged outside the stack.
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMLESS, 'team/renamed': HARMFUL } });
  }),

  onBoth('19g guard, owned: a guard that only warns allows the policy and returns its findings', async (world, fakes) => {
    await deployed(world, fakes, WARN);
    const { outputs } = await fakes.deploy(app(HARMFUL, WARN));
    deepStrictEqual(outputs, { AppExpiring: '2', AppFindings: `<${FOUND}>` });
    match(await world.story(), /repository 'team\/app': it would act on images with protected tags/);
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMFUL } });
  }),

  onBoth('19h guard, owned: a policy that was already written by hand needs no check', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    const lifecyclePolicyText = JSON.stringify(JSON.parse(HARMFUL.toJson()), null, 2);
    await world.ecr.send(new PutLifecyclePolicyCommand({ repositoryName: APP, lifecyclePolicyText }));
    deepStrictEqual((await fakes.deploy(app(HARMFUL, REFUSE))).outputs, NONE);
    strictEqual(fakes.ecr.previews, 0);
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMFUL } });
  }),

  onBoth('19i guard, owned: deleting the stack retains the repository', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    await fakes.deploy(app(CORRECTED, REFUSE));
    const before = fakes.ecr.calls.length;
    const { events } = await world.destroy('Test');
    deepStrictEqual(events.filter(({ status }) => status.endsWith('FAILED')), []);
    strictEqual(fakes.ecr.calls.length, before);
    await guardedEnds(world, fakes, { stacks: {}, texts: { [APP]: CORRECTED } });
  }),
];
