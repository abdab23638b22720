import { DeleteRepositoryCommand, UntagResourceCommand } from '@aws-sdk/client-ecr';
import { CODE, imported, MARK, owned, STAGE } from './scene';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { Teardown } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, deploy, deployed, send, startForEachTest, status, success } from '../handler-scene';

const READINGS = ['assumed', 'other'] as const;
const ARN = 'arn:aws:ecr:us-east-1:000000000000:repository/team/';

startForEachTest({ handler: teardownHandler, resourceType: 'Custom::EcrTeardown' });

const seedApp = () => account.ecr.seed({ repositoryName: 'team/app', images: 3, kind: 'flat' });
const seedLegacy = () => account.ecr.seed({ repositoryName: 'team/legacy', images: 3, kind: 'flat', tags: { stage: 'test' } });
const importing = (teardown: Teardown) => imported(teardown, 'Legacy', 'team/legacy');
const legacy = importing(Teardown.deleteWithImages({ requireTag: STAGE }));
const deleteAll = owned(Teardown.deleteWithImages());

async function destroy(stack: DeployedStack) {
  status(stack, 'DELETE_IN_PROGRESS');
  return send(stack, 'Delete');
}

describe('if IAM does not know the tags of a repository (resource-tag-on-each-action)', () => {
  const denied = (action: string) => new RegExp(`^Repository 'team/[a-z]+': the function's role was denied ${action} for 60 seconds\\.`);

  test.each<[string, () => Promise<DeployedStack>, string]>([
    ['a repository of the stack', () => deployed(deleteAll), 'ecr:DeleteRepository'],
    ['an imported repository', async () => {
      seedLegacy();
      return deployed(legacy);
    }, 'ecr:DeleteRepository'],
    ['a repository to empty', () => deployed(owned(Teardown.empty())), 'ecr:BatchDeleteImage'],
  ])('nothing is deleted from %s, and the error names the action', async (_what, start, action) => {
    const stack = await start();
    if (!account.ecr.repository('team/legacy').exists) seedApp();
    account.readings.set('resource-tag-on-each-action', 'other');
    expect((await destroy(stack))?.Reason).toMatch(denied(action));
    expect(account.ecr.images('team/app') + account.ecr.images('team/legacy')).toBe(3);
  });

  test.each([['ecr:DeleteRepository', false], ['ecr:UntagResource', true], ['ecr:TagResource', true]] as const)(
    'only for %s, whether the repository is deleted is %s', async (action, isDeleted) => {
      account.ecr.actionsWithoutResourceTag = [action];
      seedLegacy();
      const stack = await deployed(legacy);
      const answer = await destroy(stack);
      if (isDeleted) await success(answer);
      else expect(answer?.Reason).toMatch(denied(action));
      expect(account.ecr.repository('team/legacy').exists).toBe(!isDeleted);
    });

  test('the mark of a repository that leaves the stack stays, and the removal fails with the action', async () => {
    seedLegacy();
    const stack = await deployed(legacy);
    status(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    account.ecr.actionsWithoutResourceTag = ['ecr:UntagResource'];
    expect((await send(stack, 'Delete'))?.Reason).toMatch(denied('ecr:UntagResource'));
    expect(account.ecr.images('team/legacy')).toBe(3);
  });
});

describe.each(READINGS)('an imported repository without the required tag (deny-without-tag: %s)', reading => {
  const deletion = new DeleteRepositoryCommand({ repositoryName: 'team/legacy', force: true });
  beforeEach(() => account.readings.set('deny-without-tag', reading));

  test('is not deleted by its function', async () => {
    seedLegacy();
    const stack = await deployed(legacy);
    account.ecr.retag('team/legacy', { stage: undefined });
    expect((await destroy(stack))?.Reason).toMatch(/^Repository 'team\/legacy' was not deleted: .*stage/);
    expect(account.ecr.images('team/legacy')).toBe(3);
  });

  test(`is ${reading === 'assumed' ? 'not deleted' : 'deleted'} by its role without the check of the function`, async () => {
    seedLegacy();
    // with a repository of its own, the stack has permissions on every repository with its mark
    const stack = await deployed(scope => [legacy, deleteAll].forEach(build => build(scope)));
    account.ecr.retag('team/legacy', { stage: undefined });
    const { ecr } = account.surroundings(account.roleOf(stack));
    if (reading === 'assumed') await expect(ecr.send(deletion)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    else await ecr.send(deletion);
  });
});

describe.each(READINGS)('if IAM knows the keys that UntagResource removes, or not (tag-keys-on-untag: %s)', reading => {
  beforeEach(() => account.readings.set('tag-keys-on-untag', reading));

  test('a wrong override code and the mark are removed', async () => {
    seedLegacy();
    const stack = await deployed(importing(Teardown.deleteWithImages({ requireTag: STAGE, maxImages: 1 })));
    account.ecr.retag('team/legacy', { [CODE]: 'wrong' });
    expect((await destroy(stack))?.Status).toBe('FAILED');
    expect(account.ecr.repository('team/legacy').tags).not.toHaveProperty([CODE]);
    status(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await success(send(stack, 'Delete'));
    expect(account.ecr.repository('team/legacy').tags).toEqual({ stage: 'test' });
  });

  test(`the role is ${reading === 'assumed' ? 'denied' : 'allowed'} to remove other tags of a repository with its mark`, async () => {
    seedLegacy();
    const { ecr } = account.surroundings(account.roleOf(await deployed(legacy)));
    const end = ecr.send(new UntagResourceCommand({ resourceArn: `${ARN}legacy`, tagKeys: ['stage'] }));
    if (reading === 'assumed') await expect(end).rejects.toMatchObject({ name: 'AccessDeniedException' });
    else await end;
  });
});

test('if IAM does not know the tags that TagResource sets, a repository is not marked, and its deletion fails (request-tags)', async () => {
  account.readings.set('request-tags', 'other');
  seedLegacy();
  const stack = DeployedStack.of('Test', legacy);
  expect((await deploy(stack))?.Reason).toContain('was denied ecr:TagResource for 60 seconds');
  expect(account.ecr.repository('team/legacy').tags).toEqual({ stage: 'test' });
  expect(account.ecr.images('team/legacy')).toBe(3);
});

describe.each(READINGS)('a repository that does not exist any more (missing-repository-denied: %s)', reading => {
  beforeEach(() => account.readings.set('missing-repository-denied', reading));

  test('is deleted', async () => {
    const stack = await deployed(deleteAll);
    account.ecr.vanish('team/app');
    await success(destroy(stack));
  });

  test('is deleted if it vanishes after the mark was read', async () => {
    const stack = await deployed(deleteAll);
    account.ecr.onCall = ({ operation }) => { if (operation === 'ListTagsForResource') account.ecr.vanish('team/app'); };
    await success(destroy(stack));
  });

  test('is empty if it vanishes after the mark was read', async () => {
    const stack = await deployed(owned(Teardown.empty()));
    seedApp();
    account.ecr.onCall = ({ operation }) => { if (operation === 'ListTagsForResource') account.ecr.vanish('team/app'); };
    await success(destroy(stack));
  });
});

test.each(READINGS)('a deletion that the role and the repository deny fails with one of them (denial-reason: %s)', async reading => {
  account.readings.set('denial-reason', reading);
  account.ecr.repositoryPolicies = 'enforced';
  const stack = await deployed(deleteAll);
  account.ecr.seed({
    repositoryName: 'team/app',
    images: 3,
    kind: 'flat',
    policyText: JSON.stringify({
      Version: '2012-10-17', Statement: [{ Sid: 'Theirs', Effect: 'Deny', Principal: '*', Action: 'ecr:DeleteRepository' }],
    }),
  });
  account.ecr.principal(account.roleOf(stack), {
    policy: [...stack.policy(), { Effect: 'Deny', Action: 'ecr:DeleteRepository', Resource: '*' }],
  });
  expect((await destroy(stack))?.Reason).toMatch(reading === 'assumed'
    ? /^Repository 'team\/app': the function's role was denied ecr:DeleteRepository .*\n.*explicit deny in an identity-based policy/
    : /^Repository 'team\/app': the policy of the repository denies ecr:DeleteRepository .*\n.*explicit deny in a resource-based policy/);
  expect(account.ecr.images('team/app')).toBe(3);
  expect(account.ecr.repository('team/app').tags).toHaveProperty([MARK]);
});
