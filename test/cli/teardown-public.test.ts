import { accountForEachTest } from './teardown-account';

const account = accountForEachTest();

beforeEach(() => {
  account().ecrPublic.seed({ repositoryName: 'gallery', images: 6, kind: 'multiArch', tags: { purpose: 'preview' } });
  account().ecr.seed({ repositoryName: 'gallery', images: 2, kind: 'flat' });
});

test('teardown --public ignores the Region of the environment, and keeps the private repository of that name', async () => {
  const { status, rows } = await account().rows(
    ['gallery', '--public', '--require-tag', 'purpose=preview', '--max-images', '6', '--yes', '--audit', 'removed.jsonl'],
    { env: { AWS_REGION: 'eu-west-1' } },
  );
  expect([status, rows]).toEqual([0, [{
    repository: 'gallery',
    region: 'us-east-1',
    action: 'DELETE',
    outcome: 'DONE',
    images: 6,
    bytes: expect.any(Number) as number,
    kept: 0,
    refusals: [],
  }]]);
  expect(account().ecrPublic.repository('gallery').exists).toBe(false);
  expect(account().ecr.calls).toEqual([]);
  expect((await account().rows(['gallery', '--public', '--yes'])).rows[0].outcome).toBe('ABSENT');
});

test('teardown --public checks the guards and can empty a repository', async () => {
  const refused = await account().rows(['gallery', '--public', '--empty', '--max-images', '5', '--require-tag', 'purpose=other', '--yes']);
  expect(refused.status).toBe(1);
  expect(refused.rows[0].refusals)
    .toEqual(['it must carry the tag purpose=other, but carries purpose=preview', 'it holds 6 images, more than its maxImages of 5']);
  expect(account().writes).toEqual([]);
  const { status, rows } = await account().rows(['gallery', '--public', '--empty', '--yes']);
  expect([status, rows[0].outcome, rows[0].images]).toEqual([0, 'DONE', 6]);
  expect(account().ecrPublic.repository('gallery')).toMatchObject({ exists: true, images: [] });
});

test('teardown --public refuses protected tags and new images', async () => {
  account().ecrPublic.addImage({ repositoryName: 'gallery', tags: ['release-1'], pushedAt: new Date() });
  const { status, rows } = await account().rows(['gallery', '--public', '--protected-tags', 'release-*', '--pushed-within', '1h', '--yes']);
  expect([status, rows[0].refusals])
    .toEqual([1, ['1 image has a protected tag: release-1', '1 image was pushed within 1 hour: release-1']]);
  expect(account().writes).toEqual([]);
});

test('a denial by IAM names the action of ECR Public', async () => {
  account().ecrPublic.faults.add({ kind: 'accessDenied', operation: 'DescribeImages' });
  const { rows } = await account().rows(['gallery', '--public', '--yes']);
  expect(rows[0].error).toMatch(/^access denied to ecr-public:DescribeImages on repository 'gallery': /);
});
