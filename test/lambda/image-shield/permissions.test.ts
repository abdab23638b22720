import type { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { BUCKET, imageUri, ShieldWorld } from './shield-world';
import { fleet, ImageUse } from '../../../src';
import { keepTag, releasedTag } from '../../../src/core/shield/tags';
import type { IamStatement } from '../../local-ecr/iam';
import { DeployedStack } from '../deployed-stack';

const APP = 'team/app';
const LISTS = 'lists';
const STEPS = ['collect', 'protect', 'report'] as const;

/** Granted permissions that the functions themselves never use: test/lambda/teardown/permissions.test.ts */
const USED_ON_OUR_BEHALF = ['logs:CreateLogStream', 'logs:PutLogEvents'];

const build = (stack: Stack) => void new fleet.ImageShield(stack, 'Shield', {
  repositories: fleet.RepositorySelection.prefixes('team/'),
  usedBy: [
    ImageUse.ecs({ newestTaskDefinitions: 2 }), ImageUse.lambdaFunctions(),
    ImageUse.listed(s3.Bucket.fromBucketName(stack, 'Lists', LISTS), 'in-use/*.jsonl'),
  ],
});

const DEPLOYED = DeployedStack.of('Test', build);
const POLICIES = { collect: policyOf('Collect'), protect: policyOf('Protect'), report: policyOf('Report') };

/** The policy of one function, on the bucket of the world. */
function policyOf(id: string): IamStatement[] {
  const text = JSON.stringify(DEPLOYED.policy(`Shield${id}`));
  return JSON.parse(text.replace(/arn:aws:s3:us-east-1:000000000000:ShieldStateBucket\w+/g, `arn:aws:s3:::${BUCKET}`)) as IamStatement[];
}

let world: ShieldWorld;
afterEach(() => world.stop());

async function start(without?: { readonly step: typeof STEPS[number]; readonly action: string }): Promise<void> {
  world = await ShieldWorld.start({
    usedBy: [
      { service: 'ecs', newestTaskDefinitions: 2 }, { service: 'lambda' },
      { service: 'listed', bucket: LISTS, keyPattern: 'in-use/*.jsonl', maxAge: 100 * 86_400 },
    ],
    roles: { collect: 'collect', protect: 'protect', report: 'report' },
  });
  for (const step of STEPS) {
    const withAction = ({ Action, ...statement }: IamStatement): IamStatement[] => {
      const rest = [Action].flat().filter(action => step !== without?.step || action !== without.action);
      return rest.length === 0 ? [] : [{ ...statement, Action: rest }];
    };
    world.account.ecr.principal(step, { policy: POLICIES[step].flatMap(withAction) });
  }
  world.account.s3.bucket(LISTS);
  world.account.ecr.seed({ repositoryName: APP });
}

const push = (...tags: string[]) => world.account.ecr.addImage({ repositoryName: APP, tags, pushedAt: new Date(world.now) });

/**
 * A week of a shield: every source, an event of a task and of a deployment, an image of another registry, a missing image, a release, and a
 * state that is rebuilt.
 */
async function useEverything(): Promise<{ readonly used: readonly string[]; readonly stopped: string; readonly failed: number }> {
  const { ecs, lambda, s3: objects } = world.account;
  const [task, service, fn, pod, stopped] = ['v1', 'v2', 'v3', 'v4', 'v5'].map(tag => push(tag));
  const cluster = ecs.cluster();
  const run = (tag: string, imageDigest: string) => {
    const taskDefinition = ecs.taskDefinition('app', { containers: [imageUri(APP, tag)] });
    return cluster.task({ taskDefinition, containers: [{ image: imageUri(APP, tag), imageDigest }] });
  };
  run('v1', task);
  const taskDefinition = ecs.taskDefinition('web', { containers: [imageUri(APP, 'v2')] });
  const serviceArn = cluster.service('web', {
    taskDefinition, revisions: [{ taskDefinition, containerImages: [{ image: imageUri(APP, 'v2'), imageDigest: service }] }],
  });
  lambda.function('fn', { imageUri: imageUri(APP, 'v3'), imageDigest: fn });
  objects.edit(LISTS, 'in-use/a.jsonl', `${JSON.stringify({ image: imageUri(APP, 'v4'), usedBy: 'pod' })}\n`);
  cluster.task({ taskDefinition, containers: [{ image: imageUri(APP, 'v1', '222222222222') }] });
  const first = run('v5', stopped);
  let failed = 0;
  const attempt = async (work: () => Promise<unknown>) => { await work().catch(() => { failed++; }); };
  await attempt(() => world.event(world.taskEvent(imageUri(APP, 'v1'), task)));
  await attempt(() => world.event({ 'detail-type': 'ECS Deployment State Change', 'resources': [serviceArn], 'detail': {} }));
  await attempt(() => world.run());
  cluster.changeTask(first, undefined);
  ecs.changeTaskDefinition('arn:aws:ecs:us-east-1:000000000000:task-definition/app:2', 'INACTIVE');
  cluster.task({ taskDefinition, containers: [{ image: imageUri(APP, 'gone') }] });
  world.pass(15);
  await attempt(() => world.run());
  world.account.s3.edit(BUCKET, world.stateKey(APP), 'damaged');
  world.pass(1);
  await attempt(() => world.run());
  return { used: [task, service, fn, pod], stopped, failed };
}

/** Another registry in three runs, a tag that does not exist in two of them, and a state that was damaged before the last one. */
const EXPECTED_FINDINGS: readonly string[] = [
  'registry-unreachable',
  'image-missing', 'registry-unreachable',
  'state-rebuilt', 'image-missing', 'registry-unreachable',
];

const denied = () => [world.account.ecr, world.account.ecs, world.account.lambda, world.account.s3, world.account.events]
  .flatMap(({ calls }) => calls).filter(({ outcome }) => outcome.startsWith('AccessDenied'));

test('the roles of the functions allow everything that they do, and nothing else', async () => {
  await start();
  const { used, stopped, failed } = await useEverything();
  expect([denied(), world.failures, failed]).toEqual([[], [], 0]);
  expect(world.findings.map(({ kind }) => kind)).toEqual(EXPECTED_FINDINGS);
  for (const digest of used) expect(world.tagsOf(APP, digest)).toContain(keepTag('in-use-', digest));
  expect(world.tagsOf(APP, stopped)).toContain(releasedTag('in-use-', stopped));
  const unused = STEPS.flatMap(step => {
    const taken = world.account.ecr.granted(step).map(({ statementIndex, action, resource }) => `${statementIndex} ${action} ${resource}`);
    return POLICIES[step].flatMap(({ Action, Resource }, index) => [Action].flat().flatMap(action => [Resource].flat().flatMap(resource =>
      USED_ON_OUR_BEHALF.includes(action!) || taken.includes(`${index} ${action} ${resource}`) ? []
        : [`${step}: ${action} on ${resource}`])));
  });
  expect(unused).toEqual([]);
});

const GRANTED = STEPS.flatMap(step => [...new Set(POLICIES[step].flatMap(({ Action }) => [Action].flat()))]
  .filter(action => !USED_ON_OUR_BEHALF.includes(action!)).map(action => [step, action!] as const));

test.each(GRANTED)('without a permission of the step %s, %s, nothing is lost, and the run reports or fails', async (step, action) => {
  await start({ step, action });
  const { used, failed } = await useEverything();
  expect(denied().length).toBeGreaterThan(0);
  const others = world.findings.filter(({ kind }) => !EXPECTED_FINDINGS.includes(kind));
  expect(failed + others.length).toBeGreaterThan(0);
  for (const digest of used) {
    const { images } = world.account.ecr.repository(APP);
    expect(images.map(image => image.digest)).toContain(digest);
    const wasKept = world.account.ecr.calls.some(({ operation, input, outcome }) =>
      operation === 'PutImage' && outcome === 'ok' && input.imageTag === keepTag('in-use-', digest));
    expect(world.tagsOf(APP, digest)!.includes(keepTag('in-use-', digest))).toBe(wasKept);
  }
});
