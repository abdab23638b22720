import { accountForEachTest } from './teardown-account';

const account = accountForEachTest();
const tags = { purpose: 'preview' };
const preview = (...more: string[]) => account().rows(['--prefix', 'preview/', '--require-tag', 'purpose=preview', ...more]);
const seed = (repositoryName: string, more: object = { tags }) => account().ecr.seed({ repositoryName, images: 1, kind: 'flat', ...more });

test('teardown --prefix deletes repositories with the tag in every Region, and names the repositories that it skips', async () => {
  for (const name of ['preview/b', 'preview/a', 'previews/c', 'other']) seed(name);
  seed('preview/untagged', {});
  seed('preview/production', { tags: { purpose: 'production' } });
  seed('preview/stack', { tags: { ...tags, 'aws:cloudformation:stack-name': 'shop' } });
  seed('preview/marked', { tags: { ...tags, 'cdk-ecr-keeper:teardown-by': 'uuid:Id' } });
  seed('preview/z', { tags, region: 'eu-west-1' });
  const { status, rows, stderr } = await preview('--region', 'us-east-1', '--region', 'eu-west-1', '--yes');
  expect(status).toBe(0);
  expect(rows.map(({ repository, region, outcome }) => [repository, region, outcome])).toEqual([
    ['preview/a', 'us-east-1', 'DONE'], ['preview/b', 'us-east-1', 'DONE'], ['preview/z', 'eu-west-1', 'DONE'],
  ]);
  expect(stderr.split('\n').filter(line => line.includes('skipped'))).toEqual([
    'note: \'preview/marked\' in us-east-1 is skipped: it belongs to a stack (its tag cdk-ecr-keeper:teardown-by is uuid:Id)',
    'note: \'preview/production\' in us-east-1 is skipped: it must carry the tag purpose=preview, but carries purpose=production',
    'note: \'preview/stack\' in us-east-1 is skipped: it belongs to a stack (its tag aws:cloudformation:stack-name is shop)',
    'note: \'preview/untagged\' in us-east-1 is skipped: it must carry the tag purpose=preview, but has no tag purpose',
  ]);
  for (const name of ['preview/untagged', 'preview/production', 'preview/stack', 'preview/marked', 'previews/c', 'other']) {
    expect(account().ecr.images(name)).toBe(1);
  }
});

test('teardown --prefix succeeds if no repository has the prefix', async () => {
  expect(await preview('--yes')).toEqual({ status: 0, rows: [], stderr: '' });
  const { stdout } = await account().teardown(['--prefix', 'preview/', '--require-tag', 'purpose=preview', '--yes']);
  expect(stdout).toBe('no repositories\n');
});

test('teardown --prefix refuses more repositories than --max-repositories, and says how to allow them', async () => {
  for (let number = 1; number <= 51; number += 1) seed(`preview/n${number}`, { tags, images: 0 });
  const refused = await preview('--yes');
  expect(refused).toEqual({
    status: 1,
    rows: [],
    stderr: 'error: 51 repositories under \'preview/\' have the tag, more than the maximum of 50. Nothing was changed. To remove all of'
      + ' them, add --max-repositories 51\n',
  });
  expect(account().writes).toEqual([]);
  const { status, rows } = await preview('--max-repositories', '51', '--dry-run');
  expect([status, rows.length]).toEqual([0, 51]);
});

test('guards apply to each repository, and a Region that fails has its own row', async () => {
  seed('preview/a');
  seed('preview/b', { tags, images: 5 });
  seed('preview/c', { tags, region: 'eu-west-1' });
  account().ecr.faults.add({ kind: 'accessDenied', region: 'eu-west-1', times: Infinity });
  const { status, rows } = await preview('--max-images', '3', '--region', 'us-east-1', '--region', 'eu-west-1', '--yes');
  expect([status, rows.map(({ repository, region, outcome }) => [repository, region, outcome])]).toEqual([1, [
    ['preview/a', 'us-east-1', 'WOULD'], ['preview/b', 'us-east-1', 'REFUSED'], ['preview/', 'eu-west-1', 'FAILED'],
  ]]);
  expect(account().writes).toEqual([]);
});

test('teardown --prefix refuses a repository that loses the tag, or that a stack adopts, during the run', async () => {
  for (const name of ['preview/a', 'preview/b']) seed(name);
  account().ecr.onCall = ({ operation }) => {
    if (operation === 'DeleteRepository') {
      account().ecr.retag('preview/b', { 'purpose': undefined, 'aws:cloudformation:stack-name': 'shop' });
    }
  };
  const { status, rows } = await preview('--yes');
  expect([status, rows.map(({ outcome }) => outcome)]).toEqual([1, ['DONE', 'REFUSED']]);
  expect(rows[1].refusals).toEqual([
    'it belongs to a stack (its tag aws:cloudformation:stack-name is shop)',
    'it must carry the tag purpose=preview, but has no tag purpose',
  ]);
});

const OWNED = 'CloudFormation lists that name in stack Shop: Repo, AWS::ECR::Repository, CREATE_COMPLETE';
const declares = (name: string, region = 'us-east-1') =>
  account().cloudFormation.stack(`arn:aws:cloudformation:${region}:000000000000:stack/Shop/1`).status('CREATE_COMPLETE')
    .resource('Repo', { type: 'AWS::ECR::Repository', physicalId: name });

test('teardown --prefix skips a repository that a stack in its Region owns, with or without --dry-run', async () => {
  for (const name of ['preview/a', 'preview/b']) seed(name);
  seed('preview/a', { tags, region: 'eu-west-1' });
  declares('preview/a', 'eu-west-1');
  declares('preview/b');
  for (const [how, outcome] of [['--dry-run', 'WOULD'], ['--yes', 'DONE']]) {
    const { status, rows, stderr } = await preview('--region', 'us-east-1', '--region', 'eu-west-1', how);
    expect([status, rows.map(row => [row.repository, row.region, row.outcome])]).toEqual([0, [['preview/a', 'us-east-1', outcome]]]);
    expect(stderr.split('\n').filter(line => line.includes('skipped')).sort()).toEqual([
      `note: 'preview/a' in eu-west-1 is skipped: ${OWNED}`,
      `note: 'preview/b' in us-east-1 is skipped: ${OWNED}`,
    ]);
  }
  expect([account().ecr.images('preview/b'), account().ecr.images('preview/a', { region: 'eu-west-1' })]).toEqual([1, 1]);
});

test.each([[[]], [['--empty']]])('teardown --prefix %j refuses a repository without stack tags that a stack adopts'
  + ' meanwhile', async how => {
  for (const name of ['preview/a', 'preview/b']) seed(name);
  account().ecr.onCall = ({ operation, repositoryName }) => {
    if (/^(DeleteRepository|BatchDeleteImage)$/.test(operation) && repositoryName === 'preview/a') declares('preview/b');
  };
  const { status, rows } = await preview(...how, '--yes');
  expect([status, rows.map(({ outcome }) => outcome)]).toEqual([1, ['DONE', 'REFUSED']]);
  expect(rows[1].refusals).toEqual([OWNED]);
});

test('if CloudFormation denies access, each repository fails and is kept, with a single call', async () => {
  for (const name of ['preview/a', 'preview/b']) seed(name);
  account().cloudFormation.faults.add({ kind: 'accessDenied', times: Infinity });
  const { status, rows } = await preview('--yes');
  expect([status, rows.map(({ repository, outcome }) => [repository, outcome])])
    .toEqual([1, [['preview/a', 'FAILED'], ['preview/b', 'FAILED']]]);
  for (const { error } of rows) {
    expect(error).toMatch(/^it is unknown whether a stack owns it, so it is kept \(cloudformation:DescribeStackResources: .*not authorized to perform/);
  }
  expect([account().writes, account().cloudFormation.calls.length]).toEqual([[], 1]);
});
