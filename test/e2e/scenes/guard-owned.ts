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
  onBoth('19a guard, owned: the first deployment passes without a preview, the stack is destroyed', async (world, fakes) => {
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

  onBoth('19b guard, owned: the update is refused, nothing has changed; the corrected one goes through', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    const refused = await fakes.deploy(app(HARMFUL, REFUSE), { expect: 'failed' });
    refusalOf(refused);
    // its own, and the one of the rollback
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

  onBoth('19c guard, owned: refused, then let through by a guard that was changed', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    refusalOf(await fakes.deploy(app(HARMFUL, REFUSE), { expect: 'failed' }));
    const { outputs } = await fakes.deploy(app(HARMFUL, WARN));
    deepStrictEqual(outputs, { AppExpiring: '2', AppFindings: `<${FOUND}>` });
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMFUL } });
  }),

  onBoth('19d guard, owned: it is added together with the policy, the create is refused;'
    + ' then it is added to what is there', async (world, fakes) => {
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

  onBoth('19e guard, owned: it is removed, and the policy goes through unasked', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    await fakes.deploy(app(HARMFUL));
    onlyLookedFor(fakes);
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMFUL } });
    deepStrictEqual(world.types('Test').filter(type => !/WaitConditionHandle|CDK::Metadata/.test(type)), ['AWS::ECR::Repository']);
    deepStrictEqual((await world.machinery()).functions, []);
  }),

  onBoth('19f guard, owned: another name replaces the repository by an empty one, which is not asked about', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    const { outputs } = await fakes.deploy(app(HARMFUL, REFUSE, { repositoryName: 'team/renamed' }));
    deepStrictEqual([outputs, fakes.ecr.previews], [NONE, 0]);
    // the old one is left outside the stack, as it was
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMLESS, 'team/renamed': HARMFUL } });
  }),

  onBoth('19g guard, owned: one that only warns lets it through, with what it found as an output', async (world, fakes) => {
    await deployed(world, fakes, WARN);
    const { outputs } = await fakes.deploy(app(HARMFUL, WARN));
    deepStrictEqual(outputs, { AppExpiring: '2', AppFindings: `<${FOUND}>` });
    match(await world.story(), /repository 'team\/app': it would remove protected tags from use/);
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMFUL } });
  }),

  onBoth('19h guard, owned: somebody has written the same policy by hand, nothing is asked', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    const lifecyclePolicyText = JSON.stringify(JSON.parse(HARMFUL.toJson()), null, 2);
    await world.ecr.send(new PutLifecyclePolicyCommand({ repositoryName: APP, lifecyclePolicyText }));
    deepStrictEqual((await fakes.deploy(app(HARMFUL, REFUSE))).outputs, NONE);
    strictEqual(fakes.ecr.previews, 0);
    await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: HARMFUL } });
  }),

  onBoth('19i guard, owned: the stack is destroyed, the repository is retained', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    await fakes.deploy(app(CORRECTED, REFUSE));
    const before = fakes.ecr.calls.length;
    const { events } = await world.destroy('Test');
    deepStrictEqual(events.filter(({ status }) => status.endsWith('FAILED')), []);
    strictEqual(fakes.ecr.calls.length, before);
    await guardedEnds(world, fakes, { stacks: {}, texts: { [APP]: CORRECTED } });
  }),
];
