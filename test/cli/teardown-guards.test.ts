import { accountForEachTest } from './teardown-account';

const account = accountForEachTest();
const REGISTRY = '000000000000.dkr.ecr.us-east-1.amazonaws.com';
const outcomes = (rows: ReadonlyArray<{ readonly outcome: string }>) => rows.map(({ outcome }) => outcome);
const DAY = 86_400_000;
const ago = (milliseconds: number) => new Date(Date.now() - milliseconds);

beforeEach(() => {
  account().ecr.seed({ repositoryName: 'app', images: 3, kind: 'flat', tags: { purpose: 'preview' } });
  account().ecr.seed({ repositoryName: 'worker', images: 2, kind: 'flat' });
});

test('one refusal prevents every removal, and all refusals are reported', async () => {
  const args = ['app', 'worker', '--require-tag', 'purpose=preview', '--max-images', '1', '--yes', '--empty'];
  const { status, rows, stderr } = await account().rows(args);
  expect([status, outcomes(rows)]).toEqual([1, ['REFUSED', 'REFUSED']]);
  expect(rows[0].refusals).toEqual(['it holds 3 images, more than its maxImages of 1']);
  expect(rows[1].refusals)
    .toEqual(['it must carry the tag purpose=preview, but has no tag purpose', 'it holds 2 images, more than its maxImages of 1']);
  expect(stderr).toBe('error: guards refused 2 of 2 repositories: \'app\' in us-east-1, \'worker\' in us-east-1. Nothing was changed\n');

  const other = await account().rows(['app', 'worker', '--max-images', '2', '--yes']);
  expect([other.status, outcomes(other.rows), other.rows[1].images]).toEqual([1, ['REFUSED', 'WOULD'], 2]);
  expect(account().writes).toEqual([]);
});

test.each([
  ['7d', 1], ['3h', 0], ['30m', 0], ['86400s', 1], ['90s', 0],
])('--pulled-within %s for an image that was pulled 5 hours ago exits with %d', async (duration, status) => {
  account().ecr.addImage({ repositoryName: 'app', tags: ['live'], lastRecordedPullTime: ago(5 * 3_600_000) });
  account().ecr.addImage({ repositoryName: 'app', tags: ['old'], lastRecordedPullTime: ago(8 * DAY) });
  const outcome = await account().rows(['app', '--pulled-within', duration, '--dry-run']);
  expect(outcome.status).toBe(status);
  expect(outcome.rows[0].refusals).toEqual(status === 0 ? [] : [expect.stringMatching(/^1 image was pulled within .*: live$/)]);
});

test.each([['7d', 1], ['3h', 0]])('--pushed-within %s for an image that was pushed 5 hours ago exits with %d', async (duration, status) => {
  account().ecr.addImage({ repositoryName: 'app', tags: ['new'], pushedAt: ago(5 * 3_600_000) });
  const outcome = await account().rows(['app', '--pushed-within', duration, '--dry-run']);
  expect(outcome.status).toBe(status);
  expect(outcome.rows[0].refusals).toEqual(status === 0 ? [] : ['1 image was pushed within 7 days: new']);
});

test('--protected-tags refuses an image with a protected tag unless --except-tags keeps it', async () => {
  account().ecr.addImage({ repositoryName: 'app', tags: ['v9', 'release-1'] });
  const refused = await account().rows(['app', '--protected-tags', 'prod', 'release-*', '--yes']);
  expect([refused.status, outcomes(refused.rows), refused.rows[0].refusals])
    .toEqual([1, ['REFUSED'], ['1 image has a protected tag: release-1']]);
  expect(account().writes).toEqual([]);
  const kept = await account().rows([
    'app', '--empty', '--except-tags', 'release-*', '--protected-tags', 'release-*', '--pushed-within', '1h', '--yes',
  ]);
  expect([kept.status, kept.rows[0].outcome, kept.rows[0].images, kept.rows[0].kept]).toEqual([0, 'DONE', 3, 1]);
});

test('--in-use-by refuses images that ECS and Lambda use in the Region of the repository', async () => {
  account().ecs.taskDefinition('web', { containers: [`${REGISTRY}/app:v1`] });
  account().ecs.cluster('production').service('web', { taskDefinition: 'web' });
  const { images } = account().ecr.repository('worker');
  account().lambda.function('job', { imageUri: `${REGISTRY}/worker:v1`, imageDigest: images[0].digest });
  account().ecr.seed({ repositoryName: 'app', images: 1, kind: 'flat', region: 'eu-west-1' });
  const both = ['--in-use-by', 'ecs', '--in-use-by', 'lambda'];
  const { status, rows } = await account().rows(['app', 'worker', '--region', 'us-east-1', '--region', 'eu-west-1', ...both, '--yes']);
  expect(status).toBe(1);
  expect(rows.map(({ region, outcome, refusals }) => [region, outcome, ...refusals])).toEqual([
    ['us-east-1', 'REFUSED', 'its images are in use: ECS service production/web'],
    ['eu-west-1', 'WOULD'],
    ['us-east-1', 'REFUSED', 'its images are in use: Lambda function job'],
    ['eu-west-1', 'ABSENT'],
  ]);
  expect(account().writes).toEqual([]);
  // The result for one repository is reused for the next.
  expect(account().ecs.calls.filter(({ operation }) => operation === 'ListClusters')).toHaveLength(2);
  const alone = await account().rows(['worker', '--in-use-by', 'ecs', '--yes']);
  expect([alone.status, outcomes(alone.rows)]).toEqual([0, ['DONE']]);
});

test('--in-use-by refuses if it cannot read the service', async () => {
  account().ecs.faults.add({ kind: 'accessDenied', times: Infinity });
  const { status, rows } = await account().rows(['app', '--in-use-by', 'ecs', '--yes']);
  expect([status, outcomes(rows)]).toEqual([1, ['REFUSED']]);
  expect(rows[0].refusals[0])
    .toMatch(/^its images may be in use, because workloads cannot be read in Amazon ECS, Region us-east-1 \(User: .* is not authorized to perform: ecs:ListClusters/);
  expect(account().writes).toEqual([]);
});

test('a guard that refuses immediately before a deletion stops the run', async () => {
  account().ecr.seed({ repositoryName: 'last', images: 1, kind: 'flat' });
  account().ecr.onCall = ({ operation }) => {
    if (operation === 'DeleteRepository') account().ecr.seed({ repositoryName: 'worker', images: 2, kind: 'flat' });
  };
  const { status, rows, stderr } = await account().rows(['app', 'worker', 'last', '--max-images', '3', '--yes']);
  expect([status, outcomes(rows)]).toEqual([1, ['DONE', 'REFUSED', 'WOULD']]);
  expect(rows[1].refusals).toEqual(['it holds 4 images, more than its maxImages of 3']);
  expect(stderr).toContain('error: guards refused 1 of 3 repositories: \'worker\' in us-east-1. The command stopped\n');
  expect([account().ecr.images('worker'), account().ecr.images('last')]).toEqual([4, 1]);
});

test('a repository that is deleted during the run is absent', async () => {
  account().ecr.onCall = ({ operation }) => { if (operation === 'DeleteRepository') account().ecr.vanish('worker'); };
  const { status, rows } = await account().rows(['app', 'worker', '--yes']);
  expect([status, rows.map(({ outcome, images }) => [outcome, images])]).toEqual([0, [['DONE', 3], ['ABSENT', 0]]]);
});

describe('where the registry repeats deletions', () => {
  const WEST = 'eu-west-1';
  const callsIn = (region: string) => account().ecr.calls.filter(call => call.region === region).map(({ operation }) => operation);
  beforeEach(() => {
    account().ecr.seed({ repositoryName: 'app', region: WEST });
    account().ecr.addImage({
      repositoryName: 'app', region: WEST, tags: ['live'], lastRecordedPullTime: new Date(), annotations: { of: 'theirs' },
    });
    account().ecr.replicate({ from: {}, to: [{ region: WEST }], prefix: 'app', deletes: true });
  });

  test('the guards are checked on the copies', async () => {
    const { status, rows } = await account().rows(['app', 'worker', '--pulled-within', '7d', '--yes']);
    expect([status, outcomes(rows)]).toEqual([1, ['REFUSED', 'WOULD']]);
    expect(rows[0].refusals)
      .toEqual(['in eu-west-1, where the replication rule for \'app\' repeats deletions, 1 image was pulled within 7 days: live']);
    expect(account().writes).toEqual([]);
  });

  test('the guards are checked on the copies again before the removal', async () => {
    account().ecr.onCall = ({ operation, region }) => {
      if (operation !== 'DescribeImages' || region !== WEST) return;
      account().ecr.onCall = undefined;
      account().ecr.addImage({ repositoryName: 'app', region: WEST, tags: ['release-1'] });
    };
    const { status, rows } = await account().rows(['app', '--protected-tags', 'release-*', '--yes']);
    expect([status, outcomes(rows)]).toEqual([1, ['REFUSED']]);
    expect(rows[0].refusals).toEqual([expect.stringMatching(/^in eu-west-1, where .*, 1 image has a protected tag: release-1$/)]);
    expect(account().writes).toEqual([]);
  });

  test('a copy that the command removes itself is checked once', async () => {
    const { rows } = await account().rows(['app', '--region', 'us-east-1', '--region', WEST, '--pulled-within', '7d', '--dry-run']);
    expect(rows.map(({ region, refusals }) => [region, ...refusals]))
      .toEqual([['us-east-1'], [WEST, '1 image was pulled within 7 days: live']]);
  });

  test('images that the source does not hold do not count if it is only emptied', async () => {
    const { status } = await account().rows(['app', '--empty', '--pulled-within', '7d', '--dry-run']);
    expect([status, callsIn(WEST)]).toEqual([0, ['DescribeImages']]);
  });

  test('nothing is read there without a guard that depends on the registry', async () => {
    const { status } = await account().rows(['app', '--max-images', '9', '--pushed-within', '1h', '--yes']);
    expect([status, callsIn(WEST), account().operations.includes('DescribeRegistry')]).toEqual([0, [], false]);
  });
});
