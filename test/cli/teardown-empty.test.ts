import { accountForEachTest } from './teardown-account';

const account = accountForEachTest();

test('teardown --empty removes all images and keeps the repository', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 260, kind: 'nested', archived: 40, tags: { owner: 'team' } });
  const { status, rows, stderr } = await account().rows(['app', '--empty', '--yes']);
  expect([status, rows]).toEqual([0, [{
    repository: 'app',
    region: 'us-east-1',
    action: 'EMPTY',
    outcome: 'DONE',
    images: 260,
    bytes: expect.any(Number) as number,
    kept: 0,
    refusals: [],
  }]]);
  expect(rows[0].bytes).toBeGreaterThan(2_600_000_000);
  expect(stderr).toBe('note: Repository \'app\' in us-east-1: removing 260 images, keeping 0\n'
    + 'note: Repository \'app\' in us-east-1: 260 images removed, 0 kept, none left to remove\n');
  expect(account().ecr.repository('app')).toMatchObject({ exists: true, images: [], tags: { owner: 'team' } });
});

test('teardown --empty lists all images three times: for the survey, before the removal, and to verify the removal', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 30, kind: 'multiArch' });
  const kept = account().ecr.addImage({ repositoryName: 'app', tags: ['prod-1'] });
  const listings = () => account().ecr.calls.filter(({ operation, input }) =>
    operation === 'ListImages' || (operation === 'DescribeImages' && input.imageIds === undefined)).length;
  const args = ['app', '--empty', '--except-tags', 'prod-*', '--max-images', '40', '--protected-tags', 'never', '--pushed-within', '1s'];
  const { status, rows } = await account().rows([...args, '--yes']);
  expect([status, rows.map(({ outcome, images }) => [outcome, images])]).toEqual([0, [['DONE', 30]]]);
  expect(listings()).toBe(3);
  expect(account().ecr.repository('app').images.map(({ digest }) => digest)).toEqual([kept]);
});

test('the guards refuse an image that was pushed after the survey', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 3, kind: 'flat' });
  account().ecr.onCall = ({ operation }) => {
    if (operation !== 'DescribeImages' || account().ecr.images('app') > 3) return;
    account().ecr.addImage({ repositoryName: 'app', tags: ['late'] });
  };
  const { rows } = await account().rows(['app', '--empty', '--protected-tags', 'late', '--yes']);
  expect(rows[0]).toMatchObject({ outcome: 'REFUSED', refusals: ['1 image has a protected tag: late'] });
  expect(account().writes).toEqual([]);
});

test('exceptions keep the images that they name and all images that those need', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 30, kind: 'multiArch' });
  account().ecr.addImage({ repositoryName: 'app', tags: ['prod-1'] });
  account().ecr.addImage({ repositoryName: 'app', tags: ['prod-2'], pushedAt: new Date('2025-01-01') });
  const args = ['app', '--empty', '--except-newest', '2', '--except-tags', 'prod-*', 'v1'];
  const dry = await account().rows([...args, '--dry-run', '--max-images', '24']);
  expect([dry.status, dry.rows.map(({ outcome, images, kept }) => [outcome, images, kept])]).toEqual([0, [['WOULD', 24, 8]]]);
  const { stdout } = await account().teardown([...args, '--dry-run']);
  expect(stdout).toMatch(
    /^to empty: 1 repository with 24 images \(\d+\.\d MB\), 8 kept\n\n {2}OUTCOME +IMAGES +SIZE +KEPT +NEWEST PUSH +REGION +REPOSITORY\n/,
  );
  expect(account().writes).toEqual([]);

  const { status, rows } = await account().rows([...args, '--yes']);
  expect([status, rows.map(({ outcome, images, kept, bytes }) => [outcome, images, kept, bytes])])
    .toEqual([0, [['DONE', 24, 8, dry.rows[0].bytes]]]);
  expect(account().ecr.repository('app').images.flatMap(({ tags }) => tags).sort()).toEqual(['prod-1', 'prod-2', 'v1', 'v10']);
  expect(account().ecr.images('app')).toBe(8);
});

test('--in-use-by refuses only images that would be removed', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 3, kind: 'flat' });
  account().ecs.taskDefinition('web', { containers: ['000000000000.dkr.ecr.us-east-1.amazonaws.com/app:v1'] });
  account().ecs.cluster('production').service('web', { taskDefinition: 'web' });
  const run = (pattern: string) => account().rows(['app', '--empty', '--except-tags', pattern, '--in-use-by', 'ecs', '--yes']);
  expect((await run('v2')).rows[0]).toMatchObject({ outcome: 'REFUSED', refusals: ['its images are in use: ECS service production/web'] });
  expect((await run('v1')).rows[0]).toMatchObject({ outcome: 'DONE', images: 2, kept: 1 });
});

test('an image that cannot be removed causes a failure with the number of removed images', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 4, kind: 'flat' });
  const [{ digest: imageDigest }] = account().ecr.repository('app').images;
  account().ecr.faults.add({
    kind: 'imageFailure', operation: 'BatchDeleteImage', imageDigest, times: Infinity, failureCode: 'UpstreamAccessDenied',
  });
  const { status, rows } = await account().rows(['app', '--empty', '--yes']);
  expect([status, rows[0].outcome, rows[0].images]).toEqual([1, 'FAILED', 3]);
  expect(rows[0].error)
    .toMatch(/^Repository 'app' in us-east-1: 1 image cannot be deleted \(3 were deleted\): sha256:[^;]*\. Fix the cause, then try again\.$/);
});
