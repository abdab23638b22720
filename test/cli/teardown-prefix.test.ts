import { accountForEachTest } from './teardown-account';

const account = accountForEachTest();
const tags = { purpose: 'preview' };
const preview = (...more: string[]) => account().rows(['--prefix', 'preview/', '--require-tag', 'purpose=preview', ...more]);
const seed = (repositoryName: string, more: object = { tags }) => account().ecr.seed({ repositoryName, images: 1, kind: 'flat', ...more });

test('what carries the tag goes, in every Region; the rest is left alone and named', async () => {
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
  expect(stderr.split('\n').filter(line => line.includes('left alone'))).toEqual([
    'note: \'preview/marked\' in us-east-1 is left alone: a stack has to do with it (its tag cdk-ecr-keeper:teardown-by is uuid:Id)',
    'note: \'preview/production\' in us-east-1 is left alone: it must carry the tag purpose=preview, but carries purpose=production',
    'note: \'preview/stack\' in us-east-1 is left alone: a stack has to do with it (its tag aws:cloudformation:stack-name is shop)',
    'note: \'preview/untagged\' in us-east-1 is left alone: it must carry the tag purpose=preview, but has no tag purpose',
  ]);
  for (const name of ['preview/untagged', 'preview/production', 'preview/stack', 'preview/marked', 'previews/c', 'other']) {
    expect(account().ecr.images(name)).toBe(1);
  }
});

test('nothing under the prefix is nothing to do', async () => {
  expect(await preview('--yes')).toEqual({ status: 0, rows: [], stderr: '' });
  const { stdout } = await account().teardown(['--prefix', 'preview/', '--require-tag', 'purpose=preview', '--yes']);
  expect(stdout).toBe('no repositories\n');
});

test('more repositories than allowed are refused, and the message says how to allow them', async () => {
  for (let number = 1; number <= 51; number += 1) seed(`preview/n${number}`, { tags, images: 0 });
  const refused = await preview('--yes');
  expect(refused).toEqual({
    status: 1,
    rows: [],
    stderr: 'error: 51 repositories under \'preview/\' carry the tag, more than 50; nothing was changed — if that is right,'
      + ' add --max-repositories 51\n',
  });
  expect(account().writes).toEqual([]);
  const { status, rows } = await preview('--max-repositories', '51', '--dry-run');
  expect([status, rows.length]).toEqual([0, 51]);
});

test('guards hold for each, and a Region that fails is a row of its own', async () => {
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

test('a tag that is taken off meanwhile, or a stack that adopts the repository, refuses', async () => {
  for (const name of ['preview/a', 'preview/b']) seed(name);
  account().ecr.onCall = ({ operation }) => {
    if (operation === 'DeleteRepository') {
      account().ecr.retag('preview/b', { 'purpose': undefined, 'aws:cloudformation:stack-name': 'shop' });
    }
  };
  const { status, rows } = await preview('--yes');
  expect([status, rows.map(({ outcome }) => outcome)]).toEqual([1, ['DONE', 'REFUSED']]);
  expect(rows[1].refusals).toEqual([
    'a stack has to do with it (its tag aws:cloudformation:stack-name is shop)',
    'it must carry the tag purpose=preview, but has no tag purpose',
  ]);
});
