import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import type { Stack } from 'aws-cdk-lib';
import type { Fakes } from './fakes';
import { onBoth, Scene } from './scene';
import { APP, ShieldedWorld } from './shielded-world';
import type { World } from './world';
import { fleet } from '../../../src';
import { keepTag, releasedTag } from '../../../src/core/shield/tags';
import type { Place } from '../../local-ecr/registry';

const PUSHES = 60;
const ROLE = 'ImageUseRole';
const EXTERNAL_ID = 'image-shield';
const RAN_ON = 'Step Functions, CloudFormation, and S3 of MiniStack, LocalEcr, LocalEcs (no task events: the state machine is started by'
  + ' hand), IAM enforced';

/** Declares the role that lets a shield of the stack `Test` search this account, or a role that does not trust that shield. */
const imageUse = (world: World, { stackName = 'Test', externalId = EXTERNAL_ID } = {}) => (stack: Stack) => {
  new fleet.ImageUseRole(stack, ROLE, {
    trusted: { stackName, ...world.env },
    externalId,
    regions: [world.env.region],
    repositories: fleet.RepositorySelection.prefixes('team/'),
    roleName: ROLE,
  });
};

interface RunningImage {
  readonly image: string;
  readonly imageDigest: string;
}

/** Runs an image as a task, and a replica as a service and a function, and returns a function that stops them. */
function startWorkloads({ ecs, lambda }: Fakes, place: Place, image: RunningImage, replica: RunningImage): () => void {
  const cluster = ecs.cluster('shop', place);
  const [web, api] = [image, replica].map(each => ecs.taskDefinition('web', { containers: [each.image] }, place));
  const task = cluster.task({ taskDefinition: web, containers: [image] });
  cluster.service('api', { taskDefinition: api, revisions: [{ taskDefinition: api, containerImages: [replica] }] });
  const resize = lambda.function('resize', { imageUri: replica.image, imageDigest: replica.imageDigest }, place);
  return () => {
    cluster.changeTask(task, undefined);
    cluster.service('api', { taskDefinition: api, status: 'INACTIVE' });
    for (const each of [web, api]) ecs.changeTaskDefinition(each, undefined);
    lambda.deleteFunction(resize);
  };
}

/** 36. The state machine of an image shield, as `cdk deploy` creates it. */
export const shieldedImages: Scene[] = [
  onBoth('36a shield: after 60 pushes under keepNewest(50), the image that runs is kept and an unused one expires; when the task has been'
    + ' stopped for the grace, its image expires too', async (world, fakes) => {
    const shield = await ShieldedWorld.deploy(world, fakes, { newest: 50 });
    const oldest = shield.push('v0', PUSHES);
    const unused = shield.push('v1', PUSHES - 1);
    for (let nth = 2; nth < PUSHES; nth++) shield.push(`v${nth}`, PUSHES - nth);
    const cluster = fakes.ecs.cluster('shop', fakes.here);
    const taskDefinition = fakes.ecs.taskDefinition('web', { containers: [shield.uri('v0')] }, fakes.here);
    const task = cluster.task({ taskDefinition, containers: [{ image: shield.uri('v0'), imageDigest: oldest }] });
    const latest = shield.push('latest', 0);
    fakes.lambda.function('resize', { imageUri: shield.uri('latest'), imageDigest: latest }, fakes.here);
    const lost = cluster.task({ taskDefinition, containers: [{ image: shield.uri('lost') }] });

    deepStrictEqual(await shield.run(), {
      protected: 2, newlyProtected: 2, released: 0, unprotected: 1, findings: 1, succeeded: true,
    });
    cluster.changeTask(lost, undefined);
    deepStrictEqual(shield.tagsOf(oldest), ['v0', keepTag('in-use-', oldest)]);
    const expired = shield.expire();
    strictEqual(expired.includes(oldest), false, 'the image that runs is kept');
    strictEqual(expired.includes(unused), true, 'the unused image expires');

    cluster.changeTask(task, undefined);
    fakes.ecs.changeTaskDefinition(taskDefinition, undefined);
    shield.clock.pass(1);
    deepStrictEqual((await shield.run()).protected, 2);
    await shield.turn('stopped');
    shield.clock.pass(14);
    strictEqual((await shield.run()).protected, undefined, 'a shield that is stopped does nothing');
    deepStrictEqual(shield.tagsOf(oldest), ['v0', keepTag('in-use-', oldest)]);
    await shield.turn('started');
    deepStrictEqual((await shield.run()).released, 1);
    deepStrictEqual(shield.tagsOf(oldest), ['v0', releasedTag('in-use-', oldest)]);
    strictEqual(shield.expire().includes(oldest), false, 'a released image expires by its age');
    shield.clock.pass(16);
    strictEqual(shield.expire().includes(oldest), true, 'the released image expires 30 days after its push');

    const next = shield.push('next', 0);
    const serviceDefinition = fakes.ecs.taskDefinition('api', { containers: [shield.uri('next')] }, fakes.here);
    const revisions = [{ taskDefinition: serviceDefinition, containerImages: [{ image: shield.uri('next'), imageDigest: next }] }];
    const serviceArn = cluster.service('api', { taskDefinition: serviceDefinition, revisions });
    await shield.execute(shield.outputs.EventMachine, {
      'source': 'aws.ecs',
      'detail-type': 'ECS Deployment State Change',
      'resources': [serviceArn],
      'detail': { eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS' },
    });
    deepStrictEqual(shield.tagsOf(next), ['next', keepTag('in-use-', next)]);
    deepStrictEqual(await shield.run(), { protected: 2, newlyProtected: 0, released: 0, unprotected: 0, findings: 0, succeeded: true });

    const { outputs } = shield;
    match(outputs[Object.keys(outputs).find(name => /StatusCommand/.test(name))!], /^npx cdk-ecr-keeper shield status --bucket /);
    const destroyed = await world.destroy('Test');
    strictEqual(destroyed.status, 'DELETE_COMPLETE');
  }, RAN_ON),

  onBoth('36b shield, two accounts: protects an image that runs only in the other account, and a replica there; releases nothing while the'
    + ' role there does not trust the shield', async (world, fakes) => {
    const { region } = world.env;
    const there = await world.elsewhere({ account: `4${world.account.slice(1)}` });
    const place = { account: there.account };
    const trust = (options?: Parameters<typeof imageUse>[1]) => there.deploy('Access', imageUse(world, options), { isEnvKnown: true });
    await trust();
    const access = { roleArn: `arn:aws:iam::${there.account}:role/${ROLE}`, externalId: EXTERNAL_ID };
    const environments = fleet.EnvironmentSelection.of({ account: there.account, region, access });
    const shield = await ShieldedWorld.deploy(world, fakes, { environments, newest: 1 });
    const running = shield.push('v0', 3);
    const unused = shield.push('v1', 2);
    shield.push('latest', 1);
    fakes.ecr.local.seed({ repositoryName: APP, ...place });
    const replica = shield.push('v0', 3, place);
    const stop = startWorkloads(fakes, place, { image: shield.uri('v0'), imageDigest: running }, {
      image: shield.uri('v0', place), imageDigest: replica,
    });

    deepStrictEqual(await shield.run(), {
      protected: 2, newlyProtected: 2, released: 0, unprotected: 0, findings: 0, succeeded: true,
    });
    const keepTags = [['v0', keepTag('in-use-', running)], ['v0', keepTag('in-use-', replica)]];
    const tags = () => [shield.tagsOf(running), shield.tagsOf(replica, place)];
    deepStrictEqual(tags(), keepTags);
    deepStrictEqual(shield.expire(), [unused]);

    stop();
    shield.clock.pass(15);
    for (const untrusting of [{ stackName: 'Other' }, { externalId: 'another-shield' }]) {
      await trust(untrusting);
      deepStrictEqual(await shield.run(), {
        protected: 1, newlyProtected: 0, released: 0, unprotected: 0, findings: 1, succeeded: false,
      });
      deepStrictEqual(tags(), keepTags);
    }
    await trust();
    shield.clock.pass(15); // a search that fails counts as use
    deepStrictEqual(await shield.run(), { protected: 0, newlyProtected: 0, released: 2, unprotected: 0, findings: 0, succeeded: true });
    deepStrictEqual(tags(), [['v0', releasedTag('in-use-', running)], ['v0', releasedTag('in-use-', replica)]]);
    shield.clock.pass(1); // the image expires 30 days after its push
    deepStrictEqual(shield.expire(), [running]);

    await world.destroy('Test');
    await there.destroy('Access');
    await world.ends({ stacks: {}, repositories: { [APP]: {} } }); // CloudFormation retains the repository
    await there.ends({ stacks: {}, repositories: {} });
  }, RAN_ON),
];
