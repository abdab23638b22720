// A repository of another team. This stack grants pull access to it and attaches a lifecycle policy, and removes only these when the stack
// is deleted. Use this example for a repository that was created by hand or by another tool, and whose policy several stacks change.
import { App, Duration, Stack } from 'aws-cdk-lib';
import { TagStatus } from 'aws-cdk-lib/aws-ecr';
import { AccountPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ExistingRepository, LifecycleGuard, LifecyclePolicy, LifecycleRule, RepositoryPolicy, RepositoryPrincipal } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'Imported');

const repository = ExistingRepository.fromRepositoryName(stack, 'Shared', 'team/shared', {
  lifecycle: LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: TagStatus.UNTAGGED })]),
  lifecycleGuard: LifecycleGuard.refuse({ maxImages: 100 }),
  checkEvery: Duration.hours(1),
});
repository.grantPull(RepositoryPrincipal.accounts('111111111111', '222222222222'));
repository.grantPull(RepositoryPrincipal.lambdaFunctions('222222222222'));

// a statement for permissions that no grant method covers
new RepositoryPolicy(stack, 'NoPushFromTest', {
  repository,
  statements: [new PolicyStatement({
    sid: 'NoPushFromTest',
    effect: Effect.DENY,
    principals: [new AccountPrincipal('111111111111')],
    actions: ['ecr:PutImage', 'ecr:InitiateLayerUpload'],
  })],
});
