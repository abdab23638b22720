// A test environment that leaves nothing behind: its own repository, what its pull-through cache made, and one that was there before, which is emptied.
// Every image is written down before it goes, in a bucket that stays.
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { ImageUse, PrefixTeardown, Repository, RepositoryTeardown, Teardown } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'TestEnvironment');
const requireTag = { key: 'stage', value: 'test' };
const auditBucket = Bucket.fromBucketName(stack, 'Audit', 'shop-audit');

new Repository(stack, 'App', {
  repositoryName: 'shop/app',
  teardown: Teardown.deleteWithImages({ inUseBy: [ImageUse.ecs()], pulledWithin: Duration.hours(1), auditBucket }),
});

new PrefixTeardown(stack, 'Cache', { prefix: 'shop/cache/', teardown: Teardown.deleteWithImages({ requireTag, auditBucket }) });

new RepositoryTeardown(stack, 'Legacy', {
  repository: Repository.fromRepositoryName(stack, 'LegacyRepository', 'legacy/shop'),
  teardown: Teardown.empty({ requireTag, exceptTags: ['release-*'], exceptNewest: 3, auditBucket }),
});
