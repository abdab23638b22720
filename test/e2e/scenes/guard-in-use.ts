import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import type { Fakes } from './fakes';
import { APP, app, deployed, GUARD_TYPE, guardedEnds, HARMFUL, HARMLESS, REFUSE, updated, updateRolledBack } from './guarded-repository';
import { onBoth, Scene } from './scene';
import { reasonOf } from './shared-repository';
import type { World } from './world';
import { ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule } from '../../../src';

const ELSEWHERE = { account: '222222222222', region: 'eu-west-1' };
const ROLE = `arn:aws:iam::${ELSEWHERE.account}:role/look`;
/** A policy that also expires the index, which is pushed last. */
const NO_MULTI = LifecyclePolicy.fromRules([
  LifecycleRule.keepNewest(1, { tagPatternList: ['build-*'] }), LifecycleRule.keepNewest(1, { tagPatternList: ['*'] }),
]);

function uri({ account }: World, reference: string): string {
  return `${account}.dkr.ecr.us-east-1.amazonaws.com/${APP}${reference}`;
}

/** Checks that the guard refuses with this reason, and allows the policy after the image is no longer in use. */
async function refusedUntil(world: World, fakes: Fakes, use: ImageUse, inUse: RegExp, stop: () => void, policy = HARMFUL): Promise<void> {
  const guard = LifecycleGuard.refuse({ inUseBy: [use] });
  const refused = await fakes.deploy(app(policy, guard), { expect: 'failed' });
  match(reasonOf(refused, GUARD_TYPE), inUse);
  await guardedEnds(world, fakes, { stacks: updateRolledBack, texts: { [APP]: HARMLESS } });
  stop();
  const { outputs } = await fakes.deploy(app(policy, guard));
  strictEqual(outputs.AppFindings, '<>');
  await guardedEnds(world, fakes, { stacks: updated, texts: { [APP]: policy } });
}

/** 21. Images in use, which the function of the guard finds in the fakes. */
export const guardInUse: Scene[] = [
  onBoth('21a guard, owned: refuses to expire an index if an Amazon ECS task runs one of its images', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    const { digest, children } = await world.pushIndex(APP, 'multi');
    for (const each of [...children, digest]) fakes.ecr.aged(each, 50);
    const cluster = fakes.ecs.cluster('shop', fakes.here);
    const taskDefinition = fakes.ecs.taskDefinition('web', { containers: [uri(world, ':multi')] }, fakes.here);
    const task = cluster.task({ taskDefinition, containers: [{ image: uri(world, ':gone-by-now'), imageDigest: children[0] }] });
    await refusedUntil(world, fakes, ImageUse.ecs(),
      /it would act on images in use: 1 image \(multi in use by ECS task shop\/[0-9a-f]{32} by rule 2\)/,
      () => cluster.changeTask(task, undefined), NO_MULTI);
  }),

  onBoth('21b guard, owned: refuses to expire an image that an Amazon ECS service has pinned', async (world, fakes) => {
    const [imageDigest] = await deployed(world, fakes, REFUSE);
    const definition = (tag: string) => fakes.ecs.taskDefinition('web', { containers: [uri(world, `:${tag}`)] }, fakes.here);
    const cluster = fakes.ecs.cluster('shop', fakes.here);
    const taskDefinition = definition('release-1.0');
    const revisions = [{ taskDefinition, containerImages: [{ image: uri(world, ':release-1.0'), imageDigest }] }];
    cluster.service('web', { taskDefinition, revisions });
    await refusedUntil(world, fakes, ImageUse.ecs({ clusters: ['shop'] }),
      /images in use: 1 image \(release-1\.0 in use by ECS service shop\/web by rule 1\)/,
      () => cluster.service('web', { taskDefinition: definition('build-3') }));
  }),

  onBoth('21c guard, owned: refuses to expire an image of a published version of a Lambda function', async (world, fakes) => {
    const [oldest, , , newest] = await deployed(world, fakes, REFUSE);
    const now = { imageUri: uri(world, ':build-3'), imageDigest: newest };
    fakes.lambda.function('resize', { ...now, versions: [{ imageUri: uri(world, `@${oldest}`) }] }, fakes.here);
    await refusedUntil(world, fakes, ImageUse.lambdaFunctions(),
      /images in use: 1 image \(release-1\.0 in use by Lambda function resize:1 by rule 1\)/,
      () => fakes.lambda.function('resize', now, fakes.here));
    // the function of the guard runs in the emulator, so it is not in the Lambda fake
    const listed = fakes.lambda.calls.filter(({ operation }) => operation === 'GetFunction').map(({ input }) => input.FunctionName);
    deepStrictEqual([...new Set(listed)], ['resize']);
  }),

  onBoth('21d guard, owned: refuses to expire an image that runs in another Region of another account,'
    + ' which it reads through a role', async (world, fakes) => {
    await deployed(world, fakes, REFUSE);
    fakes.sts.role(ROLE, { trust: { principals: [world.account], externalId: 'id' } });
    const taskDefinition = fakes.ecs.taskDefinition('web', { containers: [uri(world, ':release-1.0')] }, ELSEWHERE);
    const cluster = fakes.ecs.cluster('main', ELSEWHERE);
    cluster.service('web', { taskDefinition });
    await refusedUntil(world, fakes, ImageUse.ecs({ access: { roleArn: ROLE, externalId: 'id' }, region: ELSEWHERE.region }),
      /images in use: 1 image \(release-1\.0 in use by ECS service main\/web by rule 1\)/,
      () => cluster.service('web', { taskDefinition, status: 'INACTIVE' }));
    deepStrictEqual(fakes.sts.sessions.map(({ roleArn, sessionName }) => [roleArn, sessionName]), Array(2).fill([ROLE, 'cdk-ecr-keeper']));
  }),
];
