// A repository with a guard and a teardown, a repository of another owner, and an image that must pass a scan before it gets its tag.
// Use it as the start of a TypeScript project. examples/python, examples/java, and examples/go contain the same app with the same template.
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { TagStatus } from 'aws-cdk-lib/aws-ecr';
import {
  ExistingRepository, ImageCopy, ImageSource, ImageTags, ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository,
  RepositoryPrincipal, ScanGate, Teardown,
} from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'Images');
const redis = '7.4'; // each version gets its own tag below, since a tag cannot be moved

const repository = new Repository(stack, 'App', {
  repositoryName: 'team/app',
  teardown: Teardown.deleteWithImages({ maxImages: 20, inUseBy: [ImageUse.ecs()], pulledWithin: Duration.hours(1) }),
  lifecycle: LifecyclePolicy.fromRules([
    LifecycleRule.keep('release-*'),
    LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: TagStatus.UNTAGGED }),
    LifecycleRule.keepNewest(50, { tagPatternList: ['build-*'] }),
  ]),
  lifecycleGuard: LifecycleGuard.refuse({ maxPercentage: 25, protectedTags: ['release-*'] }),
});

const shared = ExistingRepository.fromRepositoryName(stack, 'Shared', 'team/shared', { checkEvery: Duration.hours(1) });
shared.grantPull(RepositoryPrincipal.accounts('111111111111'));

const copy = new ImageCopy(stack, 'Redis', {
  source: ImageSource.fromEcrPublic(`public.ecr.aws/docker/library/redis:${redis}`),
  repository,
});
const gate = new ScanGate(stack, 'Gate', {
  image: copy.image,
  limits: { critical: 0, high: 5 },
  ignored: [{ name: 'CVE-2024-3094', until: new Date('2027-01-31') }],
});
new ImageTags(stack, 'Approved', { image: gate.image, tags: [`approved-${redis}`] });
new CfnOutput(stack, 'Findings', { value: gate.findingsSummary });
