import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import { LifecyclePolicy, Repository, RepositoryLifecycle } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, callsOf, send, startForEachTest, success, update } from '../handler-scene';

startForEachTest({ handler: lifecyclePolicyHandler, resourceType: 'Custom::EcrLifecyclePolicy' });

const NAME = 'team/shared';
const textOf = (selection: object) => JSON.stringify({
  rules: [{
    rulePriority: 1,
    selection: { tagStatus: 'any', ...selection, countType: 'imageCountMoreThan', countNumber: 50 },
    action: { type: 'expire' },
  }],
});
const [EXPLICIT, IMPLICIT] = [textOf({ storageClass: 'standard' }), textOf({})];

const stack = DeployedStack.of('Test', scope => {
  const repository = Repository.fromRepositoryName(scope, 'Import', NAME);
  new RepositoryLifecycle(scope, 'Lifecycle', { repository, lifecycle: LifecyclePolicy.fromJson(EXPLICIT) });
});

test.each(['assumed', 'other'] as const)('a policy with an explicit storage class `standard` is written without it: %s reading',
  async reading => {
    account.readings.set('storage-class-standard', reading);
    account.ecr.seed({ repositoryName: NAME });
    await success(send(stack, 'Create'));
    expect(JSON.parse(account.ecr.repository(NAME).lifecyclePolicyText!)).toEqual(JSON.parse(IMPLICIT));
  });

test('a live policy with an explicit storage class `standard`, if ECR accepts it, has the same meaning as one without it', async () => {
  account.readings.set('storage-class-standard', 'other');
  account.ecr.seed({ repositoryName: NAME, lifecyclePolicyText: EXPLICIT });
  await success(send(stack, 'Create'));
  await success(update(stack, stack));
  expect(callsOf('PutLifecyclePolicy')).toEqual([]);
});
