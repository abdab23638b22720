import { StartLifecyclePolicyPreviewCommand } from '@aws-sdk/client-ecr';
import { lifecycleGuardHandler } from '../../../lambda/lifecycle-guard/handler';
import { LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository } from '../../../src';
import { clientOf } from '../../local-ecr/test-client';
import { DeployedStack } from '../deployed-stack';
import { account, resourceOf, send, startForEachTest } from '../handler-scene';
import type { Answer } from '../local-account';

startForEachTest({ handler: lifecycleGuardHandler, resourceType: 'Custom::EcrLifecycleGuard' });

const NAME = 'team/app';
const KEEP_TWO = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(2)]);
const LIVE = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1_000)]).toJson();
const images = (count: number) => account.ecr.seed({ repositoryName: NAME, lifecyclePolicyText: LIVE, images: count, kind: 'flat' });

/** Sends the request of an update, which calls the guard. */
function check(options: Parameters<typeof LifecycleGuard.refuse>[0]): Promise<Answer> {
  const stack = DeployedStack.of('Test', scope => {
    new Repository(scope, 'App', { repositoryName: NAME, lifecycle: KEEP_TWO, lifecycleGuard: LifecycleGuard.refuse(options) });
  });
  const live = account.cloudFormation.stack(stack.stackId);
  for (const status of ['CREATE_COMPLETE', 'UPDATE_IN_PROGRESS']) live.status(status);
  live.resource(stack.logicalIds('AWS::ECR::Repository')[0], { physicalId: NAME, type: 'AWS::ECR::Repository', status: 'CREATE_COMPLETE' });
  return send(stack, 'Update', { OldResourceProperties: stack.customResourceProperties(resourceOf(stack)) });
}

describe.each(['assumed', 'other'] as const)('whether or not the summary of a preview covers all pages (%s reading),', reading => {
  beforeEach(() => { account.readings.set('preview-summary-complete', reading); });

  test.each([[252, 250, 'SUCCESS'], [253, 250, 'FAILED'], [202, 199, 'FAILED'], [102, 99, 'FAILED'], [9, 7, 'SUCCESS'], [9, 6, 'FAILED']])(
    'of %d images, two are kept, and the guard allows %d: %s', async (count, maxImages, Status) => {
      images(count);
      const answer = await check({ maxImages });
      expect(answer).toMatchObject({ Status });
      if (Status === 'SUCCESS') expect(answer).toMatchObject({ Data: { ExpiringImageCount: `${count - 2}` } });
      else expect(answer!.Reason).toContain(`it would expire ${count - 2} images, more than its maxImages of ${maxImages}`);
    });

  test('the guard sees protected tags on every page', async () => {
    images(252);
    expect((await check({ protectedTags: ['*'] }))!.Reason).toContain('images with protected tags: 250 images');
  });
});

test.each([['assumed', 2], ['other', 0]] as const)('the guard counts the images that ECR lists, whether or not those of a kept index are'
  + ' listed: %s reading with %d images', async (reading, listed) => {
  account.readings.set('preview-lists-index-children', reading);
  images(0);
  const children = [account.ecr.addImage({ repositoryName: NAME }), account.ecr.addImage({ repositoryName: NAME })];
  account.ecr.addImage({ repositoryName: NAME, children, tags: ['v1'] });
  account.ecr.addImage({ repositoryName: NAME, tags: ['v2'] });
  expect(await check({ maxImages: listed })).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: `${listed}` } });
});

test.each([['assumed', 'SUCCESS'], ['other', 'FAILED']] as const)('the result of another preview is never used, whether or not a new'
  + ' preview replaces it: %s reading, %s', async (reading, Status) => {
  account.readings.set('preview-replaced', reading);
  images(9);
  account.ecr.previewPolls = 0;
  const client = clientOf(account.ecr, 'THEIRS');
  await client.send(new StartLifecyclePolicyPreviewCommand({ repositoryName: NAME, lifecyclePolicyText: LIVE }));
  account.ecr.endPreview(NAME, 'COMPLETE');
  const answer = await check({ maxImages: 7 });
  expect(answer).toMatchObject({ Status });
  if (Status === 'SUCCESS') expect(answer).toMatchObject({ Data: { ExpiringImageCount: '7' } });
  else expect(answer!.Reason).toContain('its lifecycle policy preview was replaced repeatedly for 10 minutes');
});

test.each([['assumed', 250], ['other', 251]] as const)('the guard counts all images, whether or not a push changes the result of a preview'
  + ' between two pages: %s reading with %d images', async (reading, expiring) => {
  account.readings.set('preview-snapshot', reading);
  images(252);
  account.ecr.onCall = ({ operation, input }) => {
    if (operation !== 'GetLifecyclePolicyPreview' || input.nextToken === undefined) return;
    account.ecr.onCall = undefined;
    account.ecr.addImage({ repositoryName: NAME, tags: ['later'], pushedAt: new Date('2030-01-01') });
  };
  expect((await check({ maxImages: 5, protectedTags: ['none'] }))!.Reason).toContain(`it would expire ${expiring} images`);
});

test.each(['assumed', 'other'] as const)('the guard does not use results of a preview that is in progress (preview-incomplete-empty: %s)',
  async reading => {
    account.readings.set('preview-incomplete-empty', reading);
    account.ecr.previewPolls = 3;
    images(9);
    expect(await check({ maxImages: 7, protectedTags: ['none'] })).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '7' } });
  });
