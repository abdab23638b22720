// A repository that another team owns: this stack lets an account pull from it and keeps it tidy, and takes exactly that back when it goes.
// Use it where the repository is declared elsewhere, by hand or by another tool, and several stacks have a say in it.
import { App, Duration, Stack } from 'aws-cdk-lib';
import { TagStatus } from 'aws-cdk-lib/aws-ecr';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LifecyclePolicy, LifecycleRule, Repository, RepositoryLifecycle, RepositoryPolicy } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'Imported');
const repository = Repository.fromRepositoryName(stack, 'Shared', 'team/shared');

new RepositoryPolicy(stack, 'PullFromTest', {
  repository,
  statements: [new PolicyStatement({
    sid: 'PullFromTest',
    principals: [new AccountPrincipal('111111111111')],
    actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  })],
});

new RepositoryLifecycle(stack, 'Tidy', {
  repository,
  lifecycle: LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: TagStatus.UNTAGGED })]),
});
