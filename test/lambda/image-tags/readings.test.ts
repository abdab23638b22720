import { imageTagsHandler } from '../../../lambda/image-tags/handler';
import { ImageTags, Repository, RepositoryImage } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, send, startForEachTest, success } from '../handler-scene';

startForEachTest({ handler: imageTagsHandler, resourceType: 'Custom::EcrImageTags' });

const stack = (tagOrDigest: string) => DeployedStack.of('Test', scope => {
  const image = RepositoryImage.fromRepository(Repository.fromRepositoryName(scope, 'App', 'app'), tagOrDigest);
  new ImageTags(scope, 'Tags', { image, tags: ['prod', 'stable'] });
});

beforeEach(() => {
  account.ecr.seed({ repositoryName: 'app' });
  account.readings.set('ids-with-filter', 'other');
});

test('tags are set even if ECR rejects ids together with a filter', async () => {
  const { digest } = account.ecr.addRealImage({ repositoryName: 'app', seed: 1, tags: ['build-1'] });
  account.ecr.addRealImage({ repositoryName: 'app', seed: 2, tags: ['prod'] });
  await success(send(stack('build-1'), 'Create'));
  const image = account.ecr.repository('app').images.find(each => each.digest === digest)!;
  expect([...image.tags].sort()).toEqual(['build-1', 'prod', 'stable']);
});

test.each(['assumed', 'other'] as const)('an archived image is an error, whether ECR rejects or omits its id without a filter: %s reading',
  async reading => {
    account.readings.set('ids-not-matching-filter', reading);
    account.ecr.addRealImage({ repositoryName: 'app', tags: ['build-1'], status: 'ARCHIVED' });
    expect((await send(stack('build-1'), 'Create'))?.Reason)
      .toBe('Repository \'app\' has no image build-1. Push it, or correct the tag or digest, and deploy again.');
    expect(account.ecr.repository('app').images.map(({ tags }) => tags)).toEqual([['build-1']]);
  });

test('an image that becomes readable between two readings is an error that does not recommend to restore it', async () => {
  account.readings.set('ids-with-filter', 'assumed');
  account.ecr.addRealImage({ repositoryName: 'app', tags: ['build-1'], status: 'ACTIVATING' });
  account.ecr.onCall = ({ operation }) => { if (operation === 'BatchGetImage') account.ecr.finishRestores('app'); };
  expect((await send(stack('build-1'), 'Create'))?.Reason)
    .toBe('Repository \'app\': the image build-1 became readable only now. Deploy again.');
});
