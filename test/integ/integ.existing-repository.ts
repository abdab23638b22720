// A repository of another owner: the stack adds a lifecycle policy and statements to it. The deletion of the stack empties it and keeps it.
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { TagStatus } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { pushImages } from './images';
import { RepositoryOfOthers, STAGE } from './others';
import { ExistingRepository, LifecyclePolicy, LifecycleRule, RepositoryPolicy, RepositoryPrincipal, Teardown } from '../../src';

const app = new App({ treeMetadata: false });
const SHARED = 'ecr-keeper-integ/shared';

const others = new Stack(app, 'IntegExistingOthers');
new RepositoryOfOthers(others, 'Shared', { repositoryName: SHARED, end: 'emptied' });

const stack = new Stack(app, 'IntegExisting');
stack.addDependency(others);
const repository = ExistingRepository.fromRepositoryName(stack, 'Shared', SHARED, {
  lifecycle: LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: TagStatus.UNTAGGED })]),
  teardown: Teardown.empty({ requireTag: STAGE, maxImages: 5 }),
});
repository.grantPull(RepositoryPrincipal.lambdaFunctions(stack.account));
new RepositoryPolicy(stack, 'Policy', {
  repository,
  statements: [new PolicyStatement({
    sid: 'Builds',
    principals: [new ServicePrincipal('codebuild.amazonaws.com')],
    actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  })],
});

const { assertions } = new IntegTest(app, 'ExistingRepository', { testCases: [others, stack], stackUpdateWorkflow: false });
pushImages(assertions, SHARED)
  .next(assertions.awsApiCall('ECR', 'getRepositoryPolicy', { repositoryName: SHARED }).expect(ExpectedResult.objectLike({
    policyText: Match.stringLikeRegexp('"Sid" ?: ?"BuildsCdkEcrKeeper[0-9a-f]{32}'),
  })))
  .next(assertions.awsApiCall('ECR', 'getLifecyclePolicy', { repositoryName: SHARED }).expect(ExpectedResult.objectLike({
    lifecyclePolicyText: Match.stringLikeRegexp('sinceImagePushed'),
  })));
