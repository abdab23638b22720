// A test environment whose images are removed with it. Its repository and those of its pull-through cache are deleted with the stack, and a
// repository that existed before is emptied. Every image is recorded in a bucket before it is removed.
// The bucket and the logs of the teardown are retained.
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { ImageUse, PrefixTeardown, Repository, RepositoryTeardown, Teardown, TeardownAudit } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'TestEnvironment');
const requireTag = { key: 'stage', value: 'test' };
const audit = TeardownAudit.toBucket(Bucket.fromBucketName(stack, 'Audit', 'shop-audit'));

new Repository(stack, 'App', {
  repositoryName: 'shop/app',
  teardown: Teardown.deleteWithImages({ inUseBy: [ImageUse.ecs()], pulledWithin: Duration.hours(1), protectedTags: ['release-*'], audit }),
});

new PrefixTeardown(stack, 'Cache', { prefix: 'shop/cache/', requireTag, audit });

new RepositoryTeardown(stack, 'Legacy', {
  repository: Repository.fromRepositoryName(stack, 'LegacyRepository', 'legacy/shop'),
  teardown: Teardown.empty({ requireTag, exceptTags: ['release-*'], exceptNewest: 3, audit }),
});
