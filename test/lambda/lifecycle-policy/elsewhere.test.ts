import { Duration, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import {
  AccountAccess, ExistingRepository, ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, RepositoryCapability,
} from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, send, sendDuring, startForEachTest, status } from '../handler-scene';
import { EXTERNAL_ID, letIn, OUR_ENVIRONMENT, stackThatReachesOut, THEIR_ENVIRONMENT, THEIR_ROLE } from '../other-account';

const TYPE = 'Custom::EcrLifecyclePolicy';
const NAME = 'team/shared';
const MARK = 'cdk-ecr-keeper:lifecycle-policy-by';
const WEST = { account: OUR_ENVIRONMENT.account, region: 'eu-west-1' };
const LIFECYCLE = LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: ecr.TagStatus.UNTAGGED })]);
const GUARD = LifecycleGuard.refuse({ maxImages: 3, maxPercentage: 50 });

startForEachTest({ handler: lifecyclePolicyHandler, resourceType: TYPE });

const tidied = (place: typeof WEST, lifecycleGuard?: LifecycleGuard, access?: AccountAccess) => (stack: Stack) => {
  const arn = `arn:aws:ecr:${place.region}:${place.account}:repository/${NAME}`;
  ExistingRepository.fromRepositoryArn(stack, 'Shared', arn, { lifecycle: LIFECYCLE, lifecycleGuard, access });
};
const create = (stack: DeployedStack) => sendDuring(stack, 'Create', 'CREATE_IN_PROGRESS');
const seed = (place: typeof WEST, untagged = 0) =>
  account.ecr.seed({ repositoryName: NAME, ...place, images: 4, kind: 'flat', untagged });
const there = (place: typeof WEST) => account.ecr.repository(NAME, place);

describe.each([['without a guard', undefined], ['with a guard', GUARD]])('another Region, %s', (_what, guard) => {
  test('the policy is written and removed there', async () => {
    for (const place of [OUR_ENVIRONMENT, WEST]) seed(place);
    const stack = stackThatReachesOut(tidied(WEST, guard));
    expect(await create(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(there(WEST)).toMatchObject({
      lifecyclePolicyText: expect.stringContaining('sinceImagePushed'), tags: { [MARK]: expect.any(String) },
    });
    status(stack, 'DELETE_IN_PROGRESS');
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(there(WEST).lifecyclePolicyText).toBeUndefined();
    expect(there(WEST).tags).not.toHaveProperty(MARK);
    expect(new Set(account.ecr.calls.map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
  });
});

test('the guard checks which images are in use in the Region of the repository', async () => {
  seed(WEST, 4);
  const stack = stackThatReachesOut(tidied(WEST, LifecycleGuard.refuse({ inUseBy: [ImageUse.lambdaFunctions()] })));
  const [{ digest }] = there(WEST).images;
  account.lambda.function(
    'resize', { imageUri: `000000000000.dkr.ecr.eu-west-1.amazonaws.com/${NAME}@${digest}`, imageDigest: digest }, WEST,
  );
  expect((await create(stack))?.Reason).toContain('Lambda function resize');
  expect(there(WEST).lifecyclePolicyText).toBeUndefined();
});

describe('another account', () => {
  const ours = (guard?: LifecycleGuard) =>
    stackThatReachesOut(tidied(THEIR_ENVIRONMENT, guard, { roleArn: THEIR_ROLE, externalId: EXTERNAL_ID }));

  test.each([
    ['without a guard', undefined], ['with a guard', GUARD],
  ])('with both templates, the policy is written and removed there, %s', async (_what, lifecycleGuard) => {
    seed(THEIR_ENVIRONMENT);
    const stack = ours(lifecycleGuard);
    letIn(account, stack, NAME, [RepositoryCapability.lifecycle({ lifecycleGuard })]);
    expect(await create(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(there(THEIR_ENVIRONMENT)).toMatchObject({ lifecyclePolicyText: expect.any(String), tags: { [MARK]: expect.any(String) } });
    status(stack, 'DELETE_IN_PROGRESS');
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(there(THEIR_ENVIRONMENT).lifecyclePolicyText).toBeUndefined();
    expect(there(THEIR_ENVIRONMENT).tags).not.toHaveProperty(MARK);
  });

  test('a guard refuses there', async () => {
    seed(THEIR_ENVIRONMENT, 4);
    const stack = ours(GUARD);
    letIn(account, stack, NAME, [RepositoryCapability.lifecycle({ lifecycleGuard: GUARD })]);
    expect((await create(stack))?.Reason).toContain('was refused by its guard, and nothing was changed: it would expire 4 images');
    expect(there(THEIR_ENVIRONMENT).tags).not.toHaveProperty(MARK);
  });

  test('a guard without access to the account of the repository is an error at synthesis', () => {
    expect(() => ours(LifecycleGuard.refuse({ inUseBy: [ImageUse.ecs()] })))
      .toThrow(/'inUseBy' must have an ImageUse with 'access' to the account of the repository/);
  });
});
