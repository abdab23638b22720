import { MARK, NAME, PublicStack, push, TYPE } from './public-stack';
import { publicRepositoryHandler } from '../../../lambda/public-repository/handler';
import { PublicTeardown } from '../../../src';
import { account, startForEachTest, success } from '../handler-scene';

const READINGS = ['assumed', 'other'] as const;

startForEachTest({ handler: publicRepositoryHandler, resourceType: TYPE, service: 'ecrPublic' });
let stacks: PublicStack;
beforeEach(() => {
  stacks = new PublicStack(account);
});

const live = () => account.ecrPublic.repository(NAME);
const TEXTS = { description: 'A tool', aboutText: 'about', architectures: ['x86-64'] };

test.each(READINGS)('catalog data is written, changed, and removed, whatever a repository without data returns'
  + ' (public-catalog-before-put: %s)', async reading => {
  account.readings.set('public-catalog-before-put', reading);
  const [first, second, third] = [
    await stacks.deployed(), stacks.of({ catalogData: TEXTS }), stacks.of({ catalogData: { description: 'Changed' } }),
  ];
  await success(stacks.update(first, second));
  expect(live().catalogData).toEqual(TEXTS);
  await success(stacks.update(second, third));
  expect(live().catalogData).toMatchObject({ description: 'Changed' });
});

test.each(READINGS)('a text that leaves the template is removed, whether a write replaces all catalog data or not'
  + ' (public-catalog-write-replaces: %s)', async reading => {
  account.readings.set('public-catalog-write-replaces', reading);
  const before = await stacks.deployed({ catalogData: TEXTS });
  const without = stacks.of({ catalogData: { description: 'A tool' } });
  await success(stacks.update(before, without));
  expect({ aboutText: '', architectures: [], ...live().catalogData }).toEqual({ description: 'A tool', aboutText: '', architectures: [] });
  account.ecrPublic.clearCalls();
  await success(stacks.update(without, without));
  expect(account.ecrPublic.calls.map(({ operation }) => operation)).not.toContain('PutRepositoryCatalogData');
});

test.each(READINGS)('the last architecture that leaves the template is removed once, whether ECR Public returns an empty list or not'
  + ' (public-catalog-empty-lists: %s)', async reading => {
  account.readings.set('public-catalog-empty-lists', reading);
  const before = await stacks.deployed({ catalogData: TEXTS });
  const without = stacks.of({ catalogData: { description: 'A tool' } });
  await success(stacks.update(before, without));
  expect(live().catalogData?.architectures ?? []).toEqual([]);
  account.ecrPublic.clearCalls();
  await success(stacks.update(without, without));
  expect(account.ecrPublic.calls.map(({ operation }) => operation)).not.toContain('PutRepositoryCatalogData');
});

test.each(READINGS)('a statement with a Resource, which ECR Public may not accept, is written, or fails with its reason'
  + ' (public-policy-resource: %s)', async reading => {
  account.readings.set('public-policy-resource', reading);
  const stack = stacks.of({ statements: [push('111111111111')] });
  const { Statements, ...others } = stack.customResourceProperties(stacks.idOf(stack)) as Record<string, string>;
  const ResourceProperties = { ...others, Statements: Statements.replace('"Sid"', '"Resource":"*","Sid"') };
  const answer = await stacks.send(stack, 'Create', { ResourceProperties });
  if (reading === 'other') return success(answer);
  expect(answer?.Reason).toMatch(new RegExp(`^Public repository '${NAME}': ECR Public rejected its policy for 120 seconds\\. `));
  expect(live().policy).toBeUndefined();
});

test.each(['public-tags-at-creation-action', 'public-resource-tag-on-create'] as const)('a repository is created with its mark, and one'
  + ' with the mark of another stack is not changed, in both readings of %s', async id => {
  for (const reading of READINGS) {
    account.readings.set(id, reading);
    const stack = stacks.of();
    await success(stacks.send(stack, 'Create'));
    expect(live().tags).toEqual({ [MARK]: stacks.markOf(stack) });
    const other = stacks.of({}, '22222222-2222-2222-2222-222222222222');
    expect((await stacks.send(other, 'Create'))?.Reason).toContain('already exists and does not belong to this stack');
    expect(live().tags).toEqual({ [MARK]: stacks.markOf(stack) });
    account.ecrPublic.vanish(NAME);
  }
});

describe('if IAM does not know the tags of a public repository (public-resource-tag-on-each-action)', () => {
  const denied = (action: string) => expect.stringMatching(
    new RegExp(`^Public repository '${NAME}': the function's role was denied ecr-public:${action} for 60 seconds\\.`));

  test.each([
    ['DeleteRepository', PublicTeardown.deleteWithImages()], ['BatchDeleteImage', PublicTeardown.empty()],
  ] as const)('nothing is deleted, and the error names %s', async (action, teardown) => {
    const stack = await stacks.deployed({ teardown });
    account.ecrPublic.seed({ repositoryName: NAME, images: 3, kind: 'flat' });
    account.readings.set('public-resource-tag-on-each-action', 'other');
    stacks.status(stack, 'DELETE_IN_PROGRESS');
    expect(await stacks.send(stack, 'Delete')).toMatchObject({ Status: 'FAILED', Reason: denied(action) });
    expect(live().images).toHaveLength(3);
  });

  test.each([
    ['PutRepositoryCatalogData', { catalogData: TEXTS }], ['SetRepositoryPolicy', { statements: [push('111111111111')] }],
  ] as const)('nothing is changed, and the error names %s', async (action, options) => {
    const before = await stacks.deployed();
    account.readings.set('public-resource-tag-on-each-action', 'other');
    const after = stacks.of(options as never);
    expect(await stacks.update(before, after)).toMatchObject({ Status: 'FAILED', Reason: denied(action) });
    expect([live().catalogData, live().policy]).toEqual([undefined, undefined]);
  });
});
