// Keeps release images forever, and builds for a limited time. A guard previews a new policy on the live repository and refuses it if it
// would expire too many images. The deployment then fails before CloudFormation changes the old policy.
// The repository has no teardown: it is retained with its images when the stack is deleted.
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
