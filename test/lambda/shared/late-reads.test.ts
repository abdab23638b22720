import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { imageCopyHandler } from '../../../lambda/image-copy/handler';
import { imageTagsHandler } from '../../../lambda/image-tags/handler';
import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { teardownHandler } from '../../../lambda/teardown/handler';
import {
  ImageCopy, ImageSource, ImageTags, LifecyclePolicy, Repository, RepositoryImage, RepositoryLifecycle, RepositoryPolicy, TagRemovalPolicy,
  Teardown,
} from '../../../src';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import { DeployedStack } from '../deployed-stack';
import { account, deploy, send, sendDuring, startForEachTest, status, success, update } from '../handler-scene';

const stackOf = (build: (stack: Stack) => void) => DeployedStack.of('Test', build);
const imported = (stack: Stack, name = 'app') => Repository.fromRepositoryName(stack, `Import-${name}`, name);
const images = (name = 'app') => account.ecr.repository(name).images;

/** The first read after each write has the same result as before that write. */
const showWritesLate = () => account.readings.set('reads-see-writes', 'other');

describe('although each read after a write is late,', () => {
  describe('image tags', () => {
    startForEachTest({ handler: imageTagsHandler, resourceType: 'Custom::EcrImageTags' });

    test('are set, moved, and removed, and no image is lost', async () => {
      showWritesLate();
      account.ecr.seed({ repositoryName: 'app' });
      const builds = [1, 2].map(seed => account.ecr.addRealImage({ repositoryName: 'app', seed, tags: [`build-${seed}`] }).digest);
      const tagged = (tagOrDigest: string, tags: string[]) => stackOf(stack => {
        const image = RepositoryImage.fromRepository(imported(stack), tagOrDigest);
        new ImageTags(stack, 'Tags', { image, tags, tagRemovalPolicy: TagRemovalPolicy.DESTROY });
      });
      const tagsOf = (digest: string) => [...images().find(image => image.digest === digest)?.tags ?? []].sort();
      const [first, second] = [tagged('build-1', ['prod', 'stable']), tagged('build-2', ['prod', 'stable'])];
      const created = await sendDuring(first, 'Create', 'CREATE_IN_PROGRESS');
      expect(created).toMatchObject({ Status: 'SUCCESS' });
      expect(builds.map(tagsOf)).toEqual([['build-1', 'prod', 'stable'], ['build-2']]);
      status(second, 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS');
      const updated = await update(first, second, { PhysicalResourceId: created?.PhysicalResourceId });
      expect(updated).toMatchObject({ Status: 'SUCCESS' });
      expect(builds.map(tagsOf)).toEqual([['build-1'], ['build-2', 'prod', 'stable']]);
      await success(sendDuring(second, 'Delete', 'DELETE_IN_PROGRESS', { PhysicalResourceId: updated?.PhysicalResourceId }));
      expect(builds.map(tagsOf)).toEqual([['build-1'], ['build-2']]);
    });
  });

  describe('an image', () => {
    startForEachTest({ handler: imageCopyHandler, resourceType: 'Custom::EcrImageCopy' });

    test('is copied with its tags', async () => {
      showWritesLate();
      account.ecr.layers = 'modelled';
      for (const repositoryName of ['app', 'to']) account.ecr.seed({ repositoryName });
      const { digest } = account.ecr.addRealIndex({ repositoryName: 'app', tags: ['v1'] });
      await success(send(stackOf(stack => {
        new ImageCopy(stack, 'Copy', {
          source: ImageSource.fromEcrRepository(imported(stack), 'v1'), repository: imported(stack, 'to'), tags: ['v1', 'stable'],
        });
      }), 'Create'));
      expect([...images('to').find(image => image.digest === digest)?.tags ?? []].sort()).toEqual(['stable', 'v1']);
      expect(images('to')).toHaveLength(images('app').length);
    });
  });

  describe('a lifecycle policy', () => {
    startForEachTest({ handler: lifecyclePolicyHandler, resourceType: 'Custom::EcrLifecyclePolicy' });

    test('is written, replaced, and removed', async () => {
      showWritesLate();
      account.ecr.seed({ repositoryName: 'app' });
      const newest = (maxImageCount: number) => LifecyclePolicy.fromEcrRules([{ maxImageCount }]);
      const [first, second] = [5, 6].map(count => stackOf(stack => {
        new RepositoryLifecycle(stack, 'Lifecycle', { repository: imported(stack), lifecycle: newest(count) });
      }));
      const live = () => account.ecr.repository('app').lifecyclePolicyText;
      await success(send(first, 'Create'));
      expect(sameLifecycle(live()!, newest(5)._text)).toBe(true);
      await success(update(first, second));
      expect(sameLifecycle(live()!, newest(6)._text)).toBe(true);
      await success(sendDuring(second, 'Delete', 'DELETE_IN_PROGRESS'));
      expect([live(), account.ecr.repository('app').tags]).toEqual([undefined, {}]);
    });
  });

  describe('a repository policy', () => {
    startForEachTest({ handler: repositoryPolicyHandler, resourceType: 'Custom::EcrRepositoryPolicy' });

    test('has the statements of two stacks, and then of none', async () => {
      showWritesLate();
      account.ecr.seed({ repositoryName: 'app' });
      const stacks = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'].map(uuid =>
        DeployedStack.of('Test', stack => {
          const principals = [new iam.AccountPrincipal('111111111111')];
          const statements = [new iam.PolicyStatement({ principals, actions: ['ecr:BatchGetImage'] })];
          new RepositoryPolicy(stack, 'Policy', { repository: imported(stack), statements });
        }, uuid));
      const count = () => ((account.ecr.repository('app').policy?.Statement ?? []) as object[]).length;
      for (const stack of stacks) await success(send(stack, 'Create'));
      expect(count()).toBe(2);
      for (const stack of stacks) await success(send(stack, 'Delete'));
      expect(count()).toBe(0);
    });
  });

  describe('a repository', () => {
    startForEachTest({ handler: teardownHandler, resourceType: 'Custom::EcrTeardown' });

    const ends = [['deleted', Teardown.deleteWithImages()], ['emptied', Teardown.empty()]] as const;

    test.each(ends)('is marked and %s', async (end, teardown) => {
      showWritesLate();
      const stack = stackOf(scope => { new Repository(scope, 'App', { repositoryName: 'app', teardown }); });
      await success(deploy(stack));
      account.ecr.seed({ repositoryName: 'app', images: 250, kind: 'multiArch' });
      status(stack, 'DELETE_IN_PROGRESS');
      await success(send(stack, 'Delete'));
      expect(account.ecr.repository('app')).toMatchObject({ exists: end === 'emptied', images: [], tags: {} });
    });
  });
});
