// An image of the ECR Public Gallery is copied, scanned, and tagged. The repository is deleted with its images.
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { ImageCopy, ImageSource, ImageTags, Repository, ScanGate, Teardown } from '../../src';

const app = new App({ treeMetadata: false });
const repositoryName = 'ecr-keeper-integ/images';

const stack = new Stack(app, 'IntegImages');
const repository = new Repository(stack, 'App', { repositoryName, teardown: Teardown.deleteWithImages({ maxImages: 5 }) });
const { image } = new ImageCopy(stack, 'Copy', {
  source: ImageSource.fromEcrPublic('public.ecr.aws/docker/library/alpine:3.22'), repository, platforms: ['linux/amd64'],
});
const gate = new ScanGate(stack, 'Gate', { image, limits: { critical: 100 } });
new ImageTags(stack, 'Released', { image: gate.image, tags: ['released'] });

const { assertions } = new IntegTest(app, 'Images', { testCases: [stack], stackUpdateWorkflow: false });
assertions.awsApiCall('ECR', 'describeImages', { repositoryName, imageIds: [{ imageTag: 'released' }] }).expect(ExpectedResult.objectLike({
  imageDetails: [{ repositoryName, imageDigest: Match.stringLikeRegexp('^sha256:[0-9a-f]{64}$') }],
}));
