import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import { ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository, RepositoryLifecycle } from '../../../src';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import { DeployedStack } from '../deployed-stack';
import { account, callsOf, markOf, send, startForEachTest, status, update } from '../handler-scene';

const TYPE = 'Custom::EcrLifecyclePolicy';
const MARK = 'cdk-ecr-keeper:lifecycle-policy-by';
const NAME = 'team/shared';
const newest = (count: number) => LifecyclePolicy.fromRules([LifecycleRule.keepNewest(count)]);

startForEachTest({ handler: lifecyclePolicyHandler, resourceType: TYPE });
beforeEach(() => {
  account.ecr.seed({ repositoryName: NAME, images: 9, kind: 'flat' });
  status(keeping(9), 'UPDATE_IN_PROGRESS');
});

const keeping = (count: number, guard = LifecycleGuard.refuse({ maxImages: 3 })) => DeployedStack.of('Test', stack => {
  new RepositoryLifecycle(stack, 'Lifecycle', {
    repository: Repository.fromRepositoryName(stack, 'Import', NAME), lifecycle: newest(count), lifecycleGuard: guard,
  });
});
const live = () => account.ecr.repository(NAME);
const previews = () => callsOf('StartLifecyclePolicyPreview').length;

test('a refused Create leaves neither text nor mark, and its rollback does nothing', async () => {
  const answer = await send(keeping(5), 'Create');
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'cdk-ecr-keeper:not-created' });
  expect(answer!.Reason).toMatch(/^Repository 'team\/shared': the lifecycle policy was refused by its guard, and nothing was changed: it would expire 4 images, more than its maxImages of 3/);
  expect([live().lifecyclePolicyText, live().tags]).toEqual([undefined, {}]);
});

test('a policy that was refused can be corrected, and the effect of each policy is returned as attributes', async () => {
  const [first, harmful, corrected] = [keeping(7), keeping(2), keeping(6)];
  expect(await send(first, 'Create'))
    .toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '2', ArchivingImageCount: '0', Findings: '' } });
  expect(await update(first, harmful)).toMatchObject({ Status: 'FAILED' });
  expect(sameLifecycle(live().lifecyclePolicyText!, newest(7).toJson())).toBe(true);
  expect(await update(first, corrected)).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '3' } });
  expect(sameLifecycle(live().lifecyclePolicyText!, newest(6).toJson())).toBe(true);
  expect(live().images).toHaveLength(9);
});

test('a rollback restores the old text without a preview, however many images it expires', async () => {
  const [harmful, harmless] = [keeping(1), keeping(9)];
  account.ecr.seed({ repositoryName: NAME, lifecyclePolicyText: newest(1).toJson(), tags: { [MARK]: markOf(harmful) } });
  expect(await update(harmful, harmless)).toMatchObject({ Status: 'SUCCESS' });
  const before = previews();
  status(harmful, 'UPDATE_ROLLBACK_IN_PROGRESS');
  expect(await update(harmless, harmful)).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '0' } });
  expect(previews()).toBe(before);
  expect(sameLifecycle(live().lifecyclePolicyText!, newest(1).toJson())).toBe(true);
});

test('a policy that already exists is not previewed', async () => {
  account.ecr.seed({ repositoryName: NAME, lifecyclePolicyText: newest(1).toJson() });
  expect(await send(keeping(1), 'Create')).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '0' } });
  expect(previews()).toBe(0);
});

test('the guard also checks onDelete, which is not applied if it refuses, and the stack is deleted nevertheless', async () => {
  const stack = DeployedStack.of('Test', scope => {
    new RepositoryLifecycle(scope, 'Lifecycle', {
      repository: Repository.fromRepositoryName(scope, 'Import', NAME),
      lifecycle: newest(9),
      onDelete: newest(2),
      lifecycleGuard: LifecycleGuard.refuse({ maxImages: 3 }),
    });
  });
  expect(await send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS' });
  status(stack, 'DELETE_IN_PROGRESS');
  expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
  expect(sameLifecycle(live().lifecyclePolicyText!, newest(9).toJson())).toBe(true);
  expect(live().tags).toEqual({});
  expect(account.logs.join('\n')).toMatch(/'onDelete' is not applied: .*it would expire 7 images/);
});

test('the policy of another stack is refused without a preview', async () => {
  account.ecr.seed({ repositoryName: NAME, tags: { [MARK]: '22222222-2222-2222-2222-222222222222:X' } });
  expect((await send(keeping(9), 'Create'))!.Reason).toMatch(/has its lifecycle policy from another stack/);
  expect(previews()).toBe(0);
});

test('nothing is written if the live policy changes during the preview', async () => {
  account.ecr.onCall = call => {
    if (call.operation === 'StartLifecyclePolicyPreview') {
      account.ecr.seed({ repositoryName: NAME, lifecyclePolicyText: newest(99).toJson() });
    }
  };
  expect((await send(keeping(9), 'Create'))!.Reason).toMatch(/its lifecycle policy was changed while the new one was being checked/);
  expect(live().tags).toEqual({});
});

test('the role has no unused permission', async () => {
  const stack = keeping(9, LifecycleGuard.refuse({ maxPercentage: 0, inUseBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()] }));
  const uri = `000000000000.dkr.ecr.us-east-1.amazonaws.com/${NAME}:v1`;
  const definition = account.ecs.taskDefinition('web', { containers: [uri] });
  account.ecs.cluster('c').task({ taskDefinition: definition });
  account.ecs.cluster('c').service('web', { taskDefinition: definition, revisions: [{ taskDefinition: definition }] });
  account.lambda.function('f', { imageUri: uri, imageDigest: live().images[0].digest });
  account.ecr.addImage({ repositoryName: NAME, children: [live().images[0].digest], pushedAt: new Date('2020-01-01') });
  expect(await send(stack, 'Create')).toMatchObject({ Status: 'FAILED' });
  account.ecs.deleteCluster('c');
  account.ecr.vanish(NAME);
  account.ecr.seed({ repositoryName: NAME, images: 9, kind: 'flat' });
  expect(await send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS' });
  status(stack, 'DELETE_IN_PROGRESS');
  expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
  const granted = stack.policy().flatMap(statement => [statement.Action].flat());
  const used = account.ecr.granted(account.roleOf(stack)).map(grant => grant.action);
  expect(granted.filter(action => !used.includes(action)).sort()).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
});
