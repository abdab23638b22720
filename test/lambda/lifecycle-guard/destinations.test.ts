import { Duration, Stack } from 'aws-cdk-lib';
import { lifecycleGuardHandler } from '../../../lambda/lifecycle-guard/handler';
import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import {
  ExistingRepository, ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository, RepositoryCapability,
} from '../../../src';
import type { NewImage } from '../../local-ecr/seed';
import { DeployedStack } from '../deployed-stack';
import { account, calls, resourceOf, send, startForEachTest } from '../handler-scene';
import { Answer } from '../local-account';
import { EXTERNAL_ID, letIn, stackThatReachesOut, THEIR_ENVIRONMENT, THEIR_ROLE } from '../other-account';

const NAME = 'team/app';
const HERE = { region: 'us-east-1' };
const WEST = { region: 'eu-west-1' };
const IN_WEST = 'in eu-west-1, where the replication rule for \'team/\' repeats deletions, ';
const NEWEST = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1)]);
const PULLED = { pulledWithin: Duration.days(7) };

startForEachTest({ handler: lifecycleGuardHandler, resourceType: 'Custom::EcrLifecycleGuard' });

const callsIn = (region: string) => account.ecr.calls.filter(call => call.region === region).map(({ operation }) => operation);
const deletesTo = (to: { region: string; account?: string }) =>
  account.ecr.replicate({ from: HERE, to: [to], prefix: 'team/', deletes: true });

/** Adds an image to the repository and its copy, which can differ. Both have the same digest. */
function addCopied(image: NewImage = {}, copy: NewImage = image): string {
  const digest = account.ecr.addImage({ repositoryName: NAME, ...image });
  expect(account.ecr.addImage({ repositoryName: NAME, ...WEST, ...copy })).toBe(digest);
  return digest;
}

/** An image of which both copies are older than an image that is kept. */
function expiring(image: NewImage, copy: NewImage): string {
  for (const place of [HERE, WEST]) account.ecr.seed({ repositoryName: NAME, ...place });
  const digest = addCopied(image, copy);
  addCopied({ tags: ['kept'] }, { tags: ['kept'], lastRecordedPullTime: new Date() });
  deletesTo(WEST);
  return digest;
}

/** Sends the request of an update whose policy keeps only the newest image, or that of another policy. */
function check(lifecycleGuard: LifecycleGuard, lifecycle = NEWEST): Promise<Answer> {
  const stack = DeployedStack.of('Test', scope => {
    new Repository(scope, 'App', { repositoryName: NAME, lifecycle, lifecycleGuard });
  });
  account.ecr.principal(account.roleOf(stack), { policy: stack.policy() });
  const live = account.cloudFormation.stack(stack.stackId);
  live.status('UPDATE_IN_PROGRESS');
  live.resource(stack.logicalIds('AWS::ECR::Repository')[0], { physicalId: NAME, type: 'AWS::ECR::Repository' });
  account.ecr.clearCalls();
  return send(stack, 'Update', { OldResourceProperties: stack.customResourceProperties(resourceOf(stack)) });
}

describe('a guard refuses because of the copy of an image that expires:', () => {
  test('it was pulled in the other Region', async () => {
    expiring({ tags: ['v1'] }, { tags: ['v1'], lastRecordedPullTime: new Date() });
    const answer = await check(LifecycleGuard.refuse(PULLED));
    expect(answer?.Reason).toMatch(/^Repository 'team\/app': the lifecycle policy was refused by its guard, and nothing was changed: in eu-west-1, where the replication rule for 'team\/' repeats deletions, it would act on images pulled within 7 days: 1 image \(v1 by rule 1\)\. Correct the policy/);
    expect([calls().filter(name => name === 'DescribeRegistry'), callsIn('eu-west-1')]).toEqual([['DescribeRegistry'], ['DescribeImages']]);
  });

  test('it has a protected tag only in the other Region', async () => {
    expiring({ tags: ['v1'] }, { tags: ['v1', 'release-1'] });
    expect((await check(LifecycleGuard.refuse({ protectedTags: ['release-*'] })))?.Reason)
      .toContain(`${IN_WEST}it would act on images with protected tags: 1 image (release-1 by rule 1)`);
  });

  test('a function runs it in the other Region', async () => {
    const digest = expiring({ tags: ['v1'] }, { tags: ['v1'] });
    account.lambda.function('resize', { imageUri: uri('v1'), imageDigest: digest }, WEST);
    expect((await check(LifecycleGuard.refuse({ inUseBy: [ImageUse.lambdaFunctions()] })))?.Reason)
      .toContain(`${IN_WEST}it would act on images in use: 1 image (v1 in use by Lambda function resize by rule 1)`);
  });

  test('a task runs an image of an index in the other Region, whose manifest is read only in the repository\'s Region', async () => {
    for (const place of [HERE, WEST]) account.ecr.seed({ repositoryName: NAME, ...place });
    const child = addCopied();
    addCopied({ children: [child], tags: ['index'] });
    addCopied({ tags: ['kept'] });
    deletesTo(WEST);
    const taskDefinition = account.ecs.taskDefinition('web', { containers: [uri('index')] }, WEST);
    account.ecs.cluster('shop', WEST).task({ taskDefinition, containers: [{ image: uri('other'), imageDigest: child }] });
    const reason = (await check(LifecycleGuard.refuse({ inUseBy: [ImageUse.ecs()] })))?.Reason;
    expect(reason).toContain(`${IN_WEST}it would act on images in use: `);
    expect(reason).toContain('index in use by ECS task shop/');
    expect(callsIn('eu-west-1')).toEqual(['DescribeImages']);
  });

  test('workloads in the other Region cannot be read', async () => {
    expiring({ tags: ['v1'] }, { tags: ['v1'] });
    account.lambda.faults.add({ kind: 'accessDenied', region: WEST.region, times: Infinity });
    expect((await check(LifecycleGuard.refuse({ inUseBy: [ImageUse.lambdaFunctions()] })))?.Reason)
      .toContain(`${IN_WEST}its images may be in use, because workloads cannot be read in AWS Lambda, Region eu-west-1`);
  });
});

const uri = (tag: string) => `000000000000.dkr.ecr.eu-west-1.amazonaws.com/${NAME}:${tag}`;

test('a guard that only warns returns the finding', async () => {
  expiring({ tags: ['v1'] }, { tags: ['v1'], lastRecordedPullTime: new Date() });
  deletesTo({ region: 'eu-west-1', account: '222222222222' });
  const answer = await check(LifecycleGuard.warn(PULLED));
  expect(answer).toMatchObject({
    Status: 'SUCCESS', Data: { ExpiringImageCount: '1', Findings: expect.stringContaining(`${IN_WEST}it would act on images pulled`) },
  });
  expect(answer?.Data?.Findings).toContain('; the replication rule for \'team/\' repeats deletions in account 222222222222,');
});

test('another account is refused, and the message names the rule, the registry, and what to do', async () => {
  expiring({ tags: ['v1'] }, { tags: ['v1'] });
  deletesTo({ region: 'eu-central-1', account: '222222222222' });
  expect((await check(LifecycleGuard.refuse(PULLED)))?.Reason).toContain('nothing was changed: the replication rule for \'team/\' repeats'
    + ' deletions in account 222222222222, eu-central-1, where images cannot be checked (to stop that, set deleteReplication of the rule to'
    + ' false). Correct the policy or change the guard, and deploy again.');
});

describe('a guard passes', () => {
  test('if only the copy of an image that is kept was pulled', async () => {
    expiring({ tags: ['v1'] }, { tags: ['v1'] });
    expect(await check(LifecycleGuard.refuse(PULLED))).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '1' } });
    expect(callsIn('eu-west-1')).toEqual(['DescribeImages']);
  });

  test('if the image is only archived, which is not repeated, and reads nothing more', async () => {
    expiring({ tags: ['v1'] }, { tags: ['v1'], lastRecordedPullTime: new Date() });
    const archive = LifecyclePolicy.fromRules([LifecycleRule.archiveAllButNewest(1)]);
    expect(await check(LifecycleGuard.refuse(PULLED), archive)).toMatchObject({ Status: 'SUCCESS', Data: { ArchivingImageCount: '1' } });
    expect([calls().includes('DescribeRegistry'), callsIn('eu-west-1')]).toEqual([false, []]);
  });

  test('if nothing expires, and reads nothing more', async () => {
    expiring({ tags: ['v1'] }, { tags: ['v1'], lastRecordedPullTime: new Date() });
    const harmless = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(9)]);
    expect(await check(LifecycleGuard.refuse(PULLED), harmless)).toMatchObject({ Status: 'SUCCESS' });
    expect([calls().includes('DescribeRegistry'), callsIn('eu-west-1')]).toEqual([false, []]);
  });

  test('and reads nothing more if its conditions do not depend on the registry', async () => {
    expiring({ tags: ['v1'] }, { tags: ['v1'], lastRecordedPullTime: new Date() });
    expect(await check(LifecycleGuard.refuse({ maxImages: 5, maxPercentage: 90, pushedWithin: Duration.minutes(1) })))
      .toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '1' } });
    expect([calls().includes('DescribeRegistry'), callsIn('eu-west-1')]).toEqual([false, []]);
  });
});

describe('a reading that fails is a finding:', () => {
  test.each(['accessDenied', 'throttle', 'serverError', 'reset'] as const)('of the other Region (%s)', async kind => {
    expiring({ tags: ['v1'] }, { tags: ['v1'] });
    account.ecr.faults.add({ kind, region: WEST.region, times: Infinity });
    expect(await check(LifecycleGuard.refuse(PULLED))).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('nothing was'
      + ' changed: the replication rule for \'team/\' repeats deletions in eu-west-1, where images cannot be checked: '),
    });
    expect(await check(LifecycleGuard.warn(PULLED)))
      .toMatchObject({ Status: 'SUCCESS', Data: { Findings: expect.stringContaining('where images cannot be checked: ') } });
  });

  test.each(['accessDenied', 'serverError'] as const)('of the replication rules (%s)', async kind => {
    expiring({ tags: ['v1'] }, { tags: ['v1'] });
    account.ecr.faults.add({ kind, operation: 'DescribeRegistry', times: Infinity });
    expect(await check(LifecycleGuard.refuse(PULLED))).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('nothing was'
      + ' changed: its deletions may be repeated in other registries, because the replication rules cannot be read: '),
    });
    expect(await check(LifecycleGuard.warn(PULLED)))
      .toMatchObject({ Status: 'SUCCESS', Data: { Findings: expect.stringContaining('the replication rules cannot be read: ') } });
  });
});

test('the copies of a repository in another account are read with the role of that account', async () => {
  const theirs = { ...WEST, account: THEIR_ENVIRONMENT.account };
  for (const place of [THEIR_ENVIRONMENT, theirs]) account.ecr.seed({ repositoryName: NAME, ...place });
  account.ecr.addImage({ repositoryName: NAME, ...THEIR_ENVIRONMENT, tags: ['v1'] });
  account.ecr.addImage({ repositoryName: NAME, ...theirs, tags: ['v1'], lastRecordedPullTime: new Date() });
  account.ecr.addImage({ repositoryName: NAME, ...THEIR_ENVIRONMENT, tags: ['kept'] });
  account.ecr.replicate({ from: THEIR_ENVIRONMENT, to: [theirs], prefix: 'team/', deletes: true });
  const lifecycleGuard = LifecycleGuard.refuse(PULLED);
  const stack = stackThatReachesOut((scope: Stack) => {
    const arn = `arn:aws:ecr:${THEIR_ENVIRONMENT.region}:${THEIR_ENVIRONMENT.account}:repository/${NAME}`;
    const access = { roleArn: THEIR_ROLE, externalId: EXTERNAL_ID };
    ExistingRepository.fromRepositoryArn(scope, 'Shared', arn, { lifecycle: NEWEST, lifecycleGuard, access });
  });
  letIn(account, stack, NAME, [RepositoryCapability.lifecycle({ lifecycleGuard })]);
  account.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS');
  const [id] = stack.logicalIds('Custom::EcrLifecyclePolicy');
  const answer = await account.request(lifecyclePolicyHandler, stack, 'Create', id);
  expect(answer?.Reason).toContain(`${IN_WEST}it would act on images pulled within 7 days: 1 image (v1 by rule 1)`);
});
