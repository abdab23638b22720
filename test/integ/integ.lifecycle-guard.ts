// A lifecycle policy with a guard, which lists the images that the policy would expire.
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository, Teardown } from '../../src';

const app = new App({ treeMetadata: false });
const repositoryName = 'ecr-keeper-integ/guarded';

const stack = new Stack(app, 'IntegLifecycleGuard');
new Repository(stack, 'App', {
  repositoryName,
  lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keep('release-*'), LifecycleRule.keepNewest(50)]),
  lifecycleGuard: LifecycleGuard.refuse({ maxImages: 100, protectedTags: ['release-*'] }),
  teardown: Teardown.deleteWithImages(),
});

const { assertions } = new IntegTest(app, 'LifecycleGuard', { testCases: [stack], stackUpdateWorkflow: false });
assertions.awsApiCall('ECR', 'getLifecyclePolicy', { repositoryName }).expect(ExpectedResult.objectLike({
  lifecyclePolicyText: Match.stringLikeRegexp('release-'),
}));
