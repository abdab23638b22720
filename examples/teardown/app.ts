// A test environment that leaves nothing behind: its own repository, what its pull-through cache made, and a repository that somebody else made for it.
// Every image is written down before it goes, in a bucket that stays.
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { ImageUse, PrefixTeardown, Repository, RepositoryTeardown, Teardown } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'TestEnvironment');
const requireTag = { key: 'stage', value: 'test' };
const auditBucket = new Bucket(stack, 'Audit', {
  encryption: BucketEncryption.S3_MANAGED,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  removalPolicy: RemovalPolicy.RETAIN,
});

new Repository(stack, 'App', {
  repositoryName: 'shop/app',
  teardown: Teardown.deleteWithImages({ refuseIfInUse: [ImageUse.ecs()], refuseIfPulledWithin: Duration.hours(1), auditBucket }),
});

new PrefixTeardown(stack, 'Cache', { prefix: 'shop/cache/', teardown: Teardown.deleteWithImages({ requireTag, auditBucket }) });

new RepositoryTeardown(stack, 'Legacy', {
  repository: Repository.fromRepositoryName(stack, 'LegacyRepository', 'legacy/shop'),
  teardown: Teardown.empty({ requireTag, exceptTags: ['release-*'], exceptNewest: 3, auditBucket }),
});
