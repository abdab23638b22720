// Release images are kept for ever, builds for a while. A new policy is previewed against the live repository and refused if it would
// expire too much. Use it wherever a wrong rule would do harm: the deployment stops before CloudFormation changes the old policy.
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { TagStatus } from 'aws-cdk-lib/aws-ecr';
import { ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'GuardedLifecycle');

const repository = new Repository(stack, 'App', {
  repositoryName: 'team/guarded',
  lifecycle: LifecyclePolicy.fromRules([
    LifecycleRule.keep('release-*'),
    LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: TagStatus.UNTAGGED }),
    LifecycleRule.keepNewest(50, { tagPatternList: ['build-*'] }),
  ]),
  lifecycleGuard: LifecycleGuard.refuse({
    maxImages: 100,
    maxPercentage: 25,
    protectedTags: ['release-*', 'prod'],
    inUseBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()],
  }),
});

new CfnOutput(stack, 'ExpiringImages', { value: String(repository.expiringImageCount) });
