import { Duration } from 'aws-cdk-lib';
import { prefixLifecycleHandler } from '../../../lambda/prefix-lifecycle/handler';
import { ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, registry } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, callsOf, send, startForEachTest } from '../handler-scene';
import type { Answer } from '../local-account';

const WEST = { region: 'eu-west-1' };
const PULLED = { pulledWithin: Duration.days(7) };
const NAMES = ['hub/a', 'hub/b', 'hub/c'];

/** Regions for which the handler created a client of ECR. */
const connected = new Array<string | undefined>();
startForEachTest({
  handler: (surroundings, clients) => prefixLifecycleHandler(surroundings, {
    ...clients,
    ecr: location => {
      connected.push(location.region);
      return clients.ecr(location);
    },
  }),
  resourceType: 'Custom::EcrPrefixLifecycle',
});
beforeEach(() => {
  connected.length = 0;
  for (const name of NAMES) addCopied(name);
  deletesTo(WEST);
});

const deletesTo = (to: { region: string; account?: string }) =>
  account.ecr.replicate({ from: {}, to: [to], prefix: 'hub/', deletes: true });
const callsIn = (region: string) => account.ecr.calls.filter(call => call.region === region).map(({ operation }) => operation);

/** Adds a repository with an image that expires and one that is kept, and its copy, where the first image was pulled. */
function addCopied(repositoryName: string): void {
  for (const [place, lastRecordedPullTime] of [[{}, undefined], [WEST, new Date()]] as const) {
    account.ecr.seed({ repositoryName, ...place });
    account.ecr.addImage({ repositoryName, ...place, tags: ['v1'], lastRecordedPullTime });
    account.ecr.addImage({ repositoryName, ...place, tags: ['kept'] });
  }
}

/** Sends the request of a first deployment whose policy keeps only the newest image. */
function create(guard: LifecycleGuard): Promise<Answer> {
  const stack = DeployedStack.of('Test', scope => {
    new registry.PrefixLifecycle(scope, 'Existing', {
      prefix: 'hub/', lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1)]), guard,
    });
  });
  account.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS');
  account.ecr.clearCalls();
  return send(stack, 'Create');
}

test('a guard refuses because of the copies of images that expire, and no repository is changed', async () => {
  expect(await create(LifecycleGuard.refuse(PULLED))).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(/^Repositories under 'hub\/': the lifecycle policy was refused by its guard for 3 of 3, and nothing was changed: Repository 'hub\/a': in eu-west-1, where the replication rule for 'hub\/' repeats deletions, it would act on images pulled within 7 days: 1 image \(v1 by rule 1\), Repository 'hub\/b': /),
  });
  expect([callsOf('TagResource'), callsOf('PutLifecyclePolicy')]).toEqual([[], []]);
});

test('a guard that only warns returns the findings in the copies of each repository', async () => {
  const answer = await create(LifecycleGuard.warn({ ...PULLED, protectedTags: ['never'] }));
  expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '3' } });
  for (const name of NAMES) expect(answer?.Data?.Findings).toContain(`${name}: in eu-west-1, where the replication rule`);
});

test('a guard refuses because of a function that runs a copy in the other Region', async () => {
  const imageDigest = account.ecr.repository('hub/b', WEST).images.find(({ tags }) => tags.includes('v1'))!.digest;
  account.lambda.function('resize', { imageUri: '000000000000.dkr.ecr.eu-west-1.amazonaws.com/hub/b:v1', imageDigest }, WEST);
  expect((await create(LifecycleGuard.refuse({ inUseBy: [ImageUse.lambdaFunctions()] })))?.Reason).toContain('for 1 of 3, and nothing was'
    + ' changed: Repository \'hub/b\': in eu-west-1, where the replication rule for \'hub/\' repeats deletions, it would act on images in'
    + ' use: 1 image (v1 in use by Lambda function resize by rule 1)');
});

test('a guard refuses if deletions are repeated in another account', async () => {
  deletesTo({ region: 'eu-central-1', account: '222222222222' });
  expect((await create(LifecycleGuard.refuse({ protectedTags: ['release-*'] })))?.Reason).toMatch(
    /refused by its guard for 3 of 3, .*: Repository 'hub\/a': the replication rule for 'hub\/' repeats deletions in account 222222222222, /);
});

test('a guard refuses for all repositories if the replication rules cannot be read', async () => {
  account.ecr.faults.add({ kind: 'accessDenied', operation: 'DescribeRegistry', times: Infinity });
  expect((await create(LifecycleGuard.refuse(PULLED)))?.Reason)
    .toMatch(/refused by its guard for 3 of 3, .* may be repeated in other registries, because the replication rules cannot be read: .*ecr:Desc/);
});

test('the rules and the workloads are read once, with one client for a Region, and one call for each copy', async () => {
  for (let nth = 0; nth < 27; nth++) addCopied(`hub/many/${nth}`);
  await create(LifecycleGuard.warn({ ...PULLED, inUseBy: [ImageUse.lambdaFunctions()] }));
  expect(callsOf('DescribeRegistry')).toHaveLength(1);
  expect(account.lambda.calls.map(({ operation, region }) => [operation, region]).sort())
    .toEqual([['ListFunctions', 'eu-west-1'], ['ListFunctions', 'us-east-1']]);
  expect([connected, callsIn('eu-west-1')]).toEqual([['eu-west-1'], Array.from({ length: 30 }, () => 'DescribeImages')]);
});

test('without a guard that depends on the registry, nothing is read there', async () => {
  expect(await create(LifecycleGuard.refuse({ maxImages: 9, pushedWithin: Duration.minutes(1) }))).toMatchObject({ Status: 'SUCCESS' });
  expect([callsOf('DescribeRegistry'), callsIn('eu-west-1')]).toEqual([[], []]);
});
