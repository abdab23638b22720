import { App, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ARN, CODE, MARK, NAME, PublicStack, repository, TYPE } from './public-stack';
import { publicRepositoryHandler } from '../../../lambda/public-repository/handler';
import { overrideCode } from '../../../lambda/shared/teardown/override-code';
import { PublicTeardown, TeardownAudit } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, calls, logs, startForEachTest, success } from '../handler-scene';
import { Answer } from '../local-account';

const OTHER_UUID = '22222222-2222-2222-2222-222222222222';
const STAGE = { key: 'stage', value: 'test' };
const TEARDOWNS: Array<[string, PublicTeardown | undefined]> = [
  ['no teardown', undefined], ['retain', PublicTeardown.retain()], ['deleteWithImages', PublicTeardown.deleteWithImages()],
  ['empty', PublicTeardown.empty()],
];

startForEachTest({ handler: publicRepositoryHandler, resourceType: TYPE, service: 'ecrPublic' });
let stacks: PublicStack;
beforeEach(() => {
  stacks = new PublicStack(account);
  account.ecrPublic.seed({ repositoryName: 'bystander', images: 3, kind: 'flat', tags: { stage: 'test' } });
});
afterEach(() => {
  const images = account.ecrPublic.repository('bystander').images.length;
  expect(images).toBe(3);
});

const live = () => account.ecrPublic.repository(NAME);
const fill = (images = 3) => account.ecrPublic.seed({ repositoryName: NAME, images, kind: 'multiArch' });
const going = (stack: DeployedStack) => stacks.status(stack, 'DELETE_IN_PROGRESS');

/** Runs the command of a refusal. */
function obey(answer: Answer): void {
  const command = answer!.Reason.split('\n').find(line => line.startsWith('aws ecr-public tag-resource --region us-east-1 '))!;
  const [, arn, tags] = /--resource-arn (\S+) --tags (.*)$/.exec(command)!;
  account.ecrPublic.retag(arn.split(':repository/')[1],
    Object.fromEntries(tags.split(' ').map(tag => /^Key=(.+),Value=(.+)$/.exec(tag)!.slice(1) as [string, string])));
}

describe.each(TEARDOWNS)('when the creation is rolled back, %s', (kind, teardown) => {
  test.each([
    'ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  ])('%s: the empty repository is deleted without force', async status => {
    const stack = await stacks.deployed({ teardown });
    stacks.status(stack, status);
    await success(stacks.send(stack, 'Delete'));
    expect(live().exists).toBe(false);
    expect(account.ecrPublic.calls.find(call => call.operation === 'DeleteRepository')?.input.force).toBeFalsy();
    expect(logs()).toContain(`public repository '${NAME}' was empty and was deleted: the operation that created it is rolled back`);
    await success(stacks.send(stack, 'Delete'));
  });

  test('a repository that holds images is kept, and the log or the refusal says so', async () => {
    const stack = await stacks.deployed({ teardown });
    fill();
    stacks.status(stack, 'ROLLBACK_IN_PROGRESS');
    const answer = await stacks.send(stack, 'Delete');
    expect(live().images.length).toBeGreaterThan(0);
    if (kind !== 'deleteWithImages') {
      expect(answer).toMatchObject({ Status: 'SUCCESS' });
      expect(live()).toMatchObject({ exists: true, tags: {} });
      expect(logs()).toContain('is kept with its images: it holds images, although its creation is rolled back; to delete it yourself:'
        + ` aws ecr-public delete-repository --region us-east-1 --repository-name ${NAME} --force`);
      return;
    }
    expect(answer?.Reason).toMatch(/^Public repository 'team\/tool' was not deleted: its creation is being rolled back but it holds images/);
    expect(answer?.Reason).toContain('\nTo keep it, delete the stack, which fails here again, then run this command:\n');
    stacks.status(stack, 'ROLLBACK_FAILED');
    going(stack);
    expect((await stacks.send(stack, 'Delete'))?.Status).toBe('FAILED');
    obey(answer);
    await success(stacks.send(stack, 'Delete'));
    expect(live().exists).toBe(false);
  });

  test('a repository that existed before is kept and loses its mark', async () => {
    const stack = stacks.of({ teardown });
    account.ecrPublic.seed({ repositoryName: NAME, tags: { [MARK]: stacks.markOf(stack) } });
    stacks.status(stack, 'UPDATE_IN_PROGRESS');
    const { PhysicalResourceId } = (await stacks.send(stack, 'Create'))!;
    stacks.status(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await success(stacks.send(stack, 'Delete', { PhysicalResourceId }));
    expect(live()).toMatchObject({ exists: true, tags: {} });
    expect(logs()).toContain('is kept with its images: it existed before this resource');
  });

  test('a repository with another mark is not changed', async () => {
    const stack = await stacks.deployed({ teardown });
    account.ecrPublic.retag(NAME, { [MARK]: `${OTHER_UUID}:X` });
    stacks.status(stack, 'ROLLBACK_IN_PROGRESS');
    await success(stacks.send(stack, 'Delete'));
    expect(live().tags[MARK]).toBe(`${OTHER_UUID}:X`);
  });

  test('a repository that leaves the template, empty or not, is kept and loses its mark', async () => {
    const stack = await stacks.deployed({ teardown });
    stacks.status(stack, 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await success(stacks.send(stack, 'Delete'));
    expect(live()).toMatchObject({ exists: true, tags: {} });
    expect(logs()).toContain(`public repository '${NAME}' is kept with its images`);
    await success(stacks.send(stack, 'Delete'));
    expect(calls()).not.toContain('DeleteRepository');
  });

  test('a creation that was canceled while it ran is undone', async () => {
    const stack = stacks.of({ teardown });
    stacks.status(stack, 'ROLLBACK_IN_PROGRESS');
    expect((await stacks.send(stack, 'Create'))?.Reason).toContain('the creation was canceled while it ran');
    expect(live().exists).toBe(false);
  });
});

describe('when a failed first deployment is deleted', () => {
  const failed = async (teardown?: PublicTeardown) => {
    const stack = stacks.of({ teardown });
    stacks.status(stack, 'CREATE_IN_PROGRESS');
    await success(stacks.send(stack, 'Create'));
    stacks.status(stack, 'CREATE_FAILED', 'DELETE_IN_PROGRESS');
    return stack;
  };

  test.each(TEARDOWNS.filter(([kind]) => kind !== 'empty'))('%s: the empty repository is deleted', async (_kind, teardown) => {
    const stack = await failed(teardown);
    await success(stacks.send(stack, 'Delete'));
    expect(live().exists).toBe(false);
  });

  test('a repository with images and without a teardown is kept', async () => {
    const stack = await failed();
    fill();
    await success(stacks.send(stack, 'Delete'));
    expect(live().images.length).toBeGreaterThan(0);
  });

  test('a repository with images and deleteWithImages is refused until the command is run', async () => {
    const stack = await failed(PublicTeardown.deleteWithImages());
    fill();
    const answer = await stacks.send(stack, 'Delete');
    expect(answer?.Reason).toMatch(/^Public repository 'team\/tool' was not deleted: the creation of this stack never finished \(its status before the deletion was CREATE_FAILED\)/);
    expect(live().images.length).toBeGreaterThan(0);
    obey(answer);
    await success(stacks.send(stack, 'Delete'));
    expect(live().exists).toBe(false);
  });
});

describe('when the whole stack is deleted', () => {
  test.each(TEARDOWNS.slice(0, 2))('%s: the repository is kept with its images and loses its mark', async (_kind, teardown) => {
    const stack = await stacks.deployed({ teardown, tags: { a: 'b' } });
    fill();
    going(stack);
    await success(stacks.send(stack, 'Delete'));
    expect(live()).toMatchObject({ exists: true, tags: { a: 'b' } });
    expect(logs()).toContain('is kept with its images: the template retains it; to delete it yourself:'
      + ' aws ecr-public delete-repository');
    await success(stacks.send(stack, 'Delete'));
  });

  test('deleteWithImages deletes in three calls, and a second request finds nothing to do', async () => {
    const stack = await stacks.deployed({ teardown: PublicTeardown.deleteWithImages() });
    fill(120);
    going(stack);
    await success(stacks.send(stack, 'Delete'));
    expect(live().exists).toBe(false);
    expect(calls()).toEqual(['ListTagsForResource', 'DeleteRepository', 'DescribeRepositories']);
    await success(stacks.send(stack, 'Delete'));
    expect(logs()).toContain(`public repository '${NAME}' does not exist anymore`);
  });

  test('empty removes the images, and the repository is kept and loses its mark', async () => {
    const stack = await stacks.deployed({ teardown: PublicTeardown.empty(), catalogData: { description: 'stays' } });
    account.ecrPublic.seed({ repositoryName: NAME, images: 30, kind: 'nested', untagged: 5, tagsPerImage: 2 });
    going(stack);
    await success(stacks.send(stack, 'Delete'));
    expect(live()).toMatchObject({ exists: true, images: [], tags: {}, catalogData: { description: 'stays' } });
    await success(stacks.send(stack, 'Delete'));
    expect(logs()).toContain('is empty already');
  });

  test('the request succeeds if the repository does not exist anymore', async () => {
    const stack = await stacks.deployed({ teardown: PublicTeardown.deleteWithImages() });
    account.ecrPublic.vanish(NAME);
    going(stack);
    await success(stacks.send(stack, 'Delete'));
  });

  test('the request succeeds if the repository disappears after it was read, although IAM then denies access', async () => {
    const stack = await stacks.deployed({ teardown: PublicTeardown.deleteWithImages() });
    going(stack);
    account.cloudFormation.onCall = call => { if (call.operation === 'DescribeEvents') account.ecrPublic.vanish(NAME); };
    await success(stacks.send(stack, 'Delete'));
    expect(account.ecrPublic.calls.map(call => call.outcome)).toContain('AccessDeniedException');
  });

  test.each(['deleteWithImages', 'empty'] as const)('%s: a repository with another mark is not changed', async kind => {
    const stack = await stacks.deployed({ teardown: PublicTeardown[kind]() });
    fill();
    account.ecrPublic.retag(NAME, { [MARK]: `${OTHER_UUID}:X` });
    going(stack);
    await success(stacks.send(stack, 'Delete'));
    expect(live().images.length).toBeGreaterThan(0);
    expect(logs()).toContain(`is not changed: its tag ${MARK} is ${OTHER_UUID}:X, which does not name this resource`);
  });

  test.each(['deleteWithImages', 'empty'] as const)('%s: a repository without the mark is refused, and the command sets mark'
    + ' and code together', async kind => {
    const stack = await stacks.deployed({ teardown: PublicTeardown[kind]() });
    fill();
    account.ecrPublic.retag(NAME, { [MARK]: undefined });
    going(stack);
    const answer = await stacks.send(stack, 'Delete');
    expect(answer?.Reason).toContain(`its tag ${MARK}, which named this stack, was removed`);
    expect(live().images.length).toBeGreaterThan(0);
    obey(answer);
    await success(stacks.send(stack, 'Delete'));
    expect(live().images).toEqual([]);
  });
});

describe('guards', () => {
  const guarded = { maxImages: 2, requireTag: STAGE };

  test.each(['deleteWithImages', 'empty'] as const)('%s: all refusals are named, the command lifts them,'
    + ' and the message shows how to keep the repository', async kind => {
    const stack = await stacks.deployed({ teardown: PublicTeardown[kind](guarded) });
    account.ecrPublic.seed({ repositoryName: NAME, images: 5, kind: 'flat' });
    going(stack);
    const answer = await stacks.send(stack, 'Delete');
    expect(answer?.Reason).toMatch(new RegExp(
      `^Public repository 'team/tool' was not ${kind === 'empty' ? 'emptied' : 'deleted'}: it must carry the tag stage=test,`
      + ' but has no tag stage; and it holds (5|at least \\d+) images, more than its maxImages of 2. To'));
    expect(answer?.Reason)
      .toContain(`\naws cloudformation delete-stack --region us-east-1 --stack-name Test --retain-resources ${stacks.idOf(stack)}`);
    expect(live().images).toHaveLength(5);

    account.ecrPublic.retag(NAME, { [CODE]: 'wrong' });
    expect((await stacks.send(stack, 'Delete'))?.Status).toBe('FAILED');
    obey(answer);
    await success(stacks.send(stack, 'Delete'));
    expect(live()).toMatchObject({ exists: kind === 'empty', images: [], tags: {} });
    expect(logs()).toContain('the tag cdk-ecr-keeper:teardown lifts the refusal');
  });

  test.each(['deleteWithImages', 'empty'] as const)('%s: a code that was calculated before lifts nothing and is removed', async kind => {
    const stack = await stacks.deployed({ teardown: PublicTeardown[kind]({ maxImages: 2 }) });
    account.ecrPublic.seed({ repositoryName: NAME, images: 5, kind: 'flat' });
    const request = { StackId: stack.stackId } as Parameters<typeof overrideCode>[0];
    account.ecrPublic.retag(NAME, { [CODE]: overrideCode(request, ARN, [{ limit: 'maxImages=2', because: '' }]) });
    going(stack);
    for (const isFirst of [true, false]) {
      const answer = await stacks.send(stack, 'Delete');
      expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('more than its maxImages of 2') });
      expect(answer!.Reason.includes(`The tag ${CODE} matched no refusal of the last 7 days and was removed. `)).toBe(isFirst);
      expect(live()).toMatchObject({ images: { length: 5 }, tags: { [MARK]: stacks.markOf(stack) } });
      expect(live().tags).not.toHaveProperty(CODE);
      if (!isFirst) obey(answer);
    }
    await success(stacks.send(stack, 'Delete'));
  });

  test.each<[string, object, object, RegExp]>([
    ['protectedTags', { protectedTags: ['release-*'] }, { tags: ['v1', 'release-1'] }, /: 1 image has a protected tag: release-1\. To/],
    ['pushedWithin', { pushedWithin: Duration.hours(1) }, { tags: ['new'], pushedAt: new Date() },
      /: 1 image was pushed within 1 hour: new\. To/],
  ])('%s refuses, and the command lifts it', async (_guard, options, image, because) => {
    for (const kind of ['deleteWithImages', 'empty'] as const) {
      account.ecrPublic.vanish(NAME);
      const stack = await stacks.deployed(
        { teardown: PublicTeardown[kind]({ maxImages: 99, ...options }) }, `${kind === 'empty' ? 3 : 4}`.repeat(8),
      );
      account.ecrPublic.seed({ repositoryName: NAME, images: 3, kind: 'flat' });
      account.ecrPublic.addImage({ repositoryName: NAME, ...image });
      going(stack);
      const answer = await stacks.send(stack, 'Delete');
      expect(answer?.Reason).toMatch(because);
      expect(live().images).toHaveLength(4);
      obey(answer);
      await success(stacks.send(stack, 'Delete'));
      expect(live()).toMatchObject({ exists: kind === 'empty', images: [] });
    }
  });

  test('that do not refuse let the deletion pass', async () => {
    const stack = await stacks.deployed({
      teardown: PublicTeardown.deleteWithImages({ ...guarded, protectedTags: ['release-*'], pushedWithin: Duration.hours(1) }),
      tags: { stage: 'test' },
    });
    account.ecrPublic.seed({ repositoryName: NAME, images: 2, kind: 'flat' });
    going(stack);
    await success(stacks.send(stack, 'Delete'));
    expect(live().exists).toBe(false);
  });
});

describe('the audit', () => {
  const audited = (kind: 'deleteWithImages' | 'empty', bucket: boolean) => (scope: Stack) => {
    const audit = bucket ? TeardownAudit.toBucket(s3.Bucket.fromBucketName(scope, 'Audit', 'audit-bucket')) : TeardownAudit.toLogs();
    repository({ teardown: PublicTeardown[kind]({ audit }) })(scope);
  };

  test.each(['deleteWithImages', 'empty'] as const)('%s: every image is recorded before it is removed', async kind => {
    account.s3.bucket('audit-bucket');
    const stack = DeployedStack.of('Stack', audited(kind, true));
    stacks.status(stack, 'CREATE_IN_PROGRESS');
    await success(stacks.send(stack, 'Create'));
    account.ecrPublic.seed({ repositoryName: NAME, images: 4, kind: 'flat' });
    stacks.status(stack, 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS');
    await success(stacks.send(stack, 'Delete', { RequestId: 'the-request' }));
    const [[key, lines]] = [...account.s3.objects('audit-bucket')];
    expect(key).toBe(`cdk-ecr-keeper/Stack/the-request/${NAME}/00001.jsonl`);
    expect(lines.trim().split('\n')).toHaveLength(4);
    expect(account.logs.filter(line => line.includes('REMOVE_IMAGE'))).toHaveLength(4);
  });

  test('an image that cannot be recorded is not deleted', async () => {
    const stack = DeployedStack.of('Stack', audited('deleteWithImages', true));
    await success(stacks.send(stack, 'Create'));
    fill();
    stacks.status(stack, 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS');
    expect((await stacks.send(stack, 'Delete'))?.Reason).toContain('cannot be written to s3://audit-bucket/');
    expect(live().images.length).toBeGreaterThan(0);
  });
});

describe('PublicTeardown.empty with a trigger', () => {
  const withToken = (trigger?: string) => stacks.of({ teardown: PublicTeardown.empty({ trigger }) });

  test('removes the images if the trigger changes, but not if it is set for the first time or rolled back', async () => {
    const [none, one, two] = [withToken(), withToken('one'), withToken('two')];
    await success(stacks.send(none, 'Create'));
    stacks.status(none, 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS');
    fill();
    await success(stacks.update(none, one));
    await success(stacks.update(one, one));
    expect(live().images.length).toBeGreaterThan(0);
    stacks.status(none, 'UPDATE_ROLLBACK_IN_PROGRESS');
    await success(stacks.update(two, one));
    expect(live().images.length).toBeGreaterThan(0);
    expect(logs()).toContain('the rollback restores the previous trigger, so no image is removed');
    stacks.status(none, 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_IN_PROGRESS');
    await success(stacks.update(one, two));
    expect(live()).toMatchObject({ exists: true, images: [], tags: { [MARK]: stacks.markOf(none) } });
  });

  test('removes a code that matches nothing in an Update that empties nothing, but not in a rollback', async () => {
    const one = withToken('one');
    await success(stacks.send(one, 'Create'));
    stacks.status(one, 'CREATE_COMPLETE', 'UPDATE_ROLLBACK_IN_PROGRESS');
    account.ecrPublic.retag(NAME, { [CODE]: '0123456789ab' });
    await success(stacks.update(one, one));
    expect(live().tags).toHaveProperty([CODE], '0123456789ab');
    stacks.status(one, 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_IN_PROGRESS');
    await success(stacks.update(one, one));
    expect(live().tags).toEqual({ [MARK]: stacks.markOf(one) });
  });

  test('removes a code in a repeated Create', async () => {
    const one = withToken('one');
    stacks.status(one, 'CREATE_IN_PROGRESS');
    await success(stacks.send(one, 'Create'));
    account.ecrPublic.retag(NAME, { [CODE]: '0123456789ab' });
    await success(stacks.send(one, 'Create'));
    expect(live().tags).toEqual({ [MARK]: stacks.markOf(one) });
  });

  test('refuses if a guard refuses, and the command lifts that', async () => {
    const [one, two] = ['one', 'two'].map(trigger => stacks.of({ teardown: PublicTeardown.empty({ trigger, maxImages: 1 }) }));
    await success(stacks.send(one, 'Create'));
    stacks.status(one, 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS');
    account.ecrPublic.seed({ repositoryName: NAME, images: 3, kind: 'flat' });
    const answer = await stacks.update(one, two);
    expect(answer?.Reason)
      .toMatch(/^Public repository 'team\/tool' was not emptied: it holds .* To empty it anyway, run this command, then deploy again:/);
    expect(live().images).toHaveLength(3);
    obey(answer);
    await success(stacks.update(one, two));
    expect(live()).toMatchObject({ images: [], tags: { [MARK]: stacks.markOf(one) } });
    expect(live().tags).not.toHaveProperty(CODE);
  });
});

describe('a repository of a nested stack', () => {
  const ROOT = `arn:aws:cloudformation:us-east-1:000000000000:stack/Root/${OTHER_UUID}`;
  const nested = () => {
    const parent = new Stack(new App(), 'Root');
    const scope = new NestedStack(parent, 'Nested');
    repository({ teardown: PublicTeardown.deleteWithImages() })(scope);
    const resources = Template.fromStack(scope).toJSON().Resources;
    const parameters = Object.keys(Template.fromStack(scope).toJSON().Parameters);
    return new DeployedStack(stacks.of().stackId, resources, Object.fromEntries(parameters.map(name => [name, ROOT])));
  };

  test('is deleted permanently only with the root stack', async () => {
    const stack = nested();
    account.cloudFormation.stack(stack.stackId, { rootId: ROOT, parentId: ROOT });
    account.cloudFormation.stack(ROOT).status('CREATE_COMPLETE').status('UPDATE_IN_PROGRESS');
    stacks.status(stack, 'CREATE_IN_PROGRESS');
    await success(stacks.send(stack, 'Create'));
    fill();
    stacks.status(stack, 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS');
    await success(stacks.send(stack, 'Delete'));
    expect(live().images.length).toBeGreaterThan(0);
    expect(live().tags).toEqual({});
  });

  test.each([[0, false], [4, true]])('created by an update that the root rolls back, with %d images,'
    + ' exists afterwards: %s', async (images, isThere) => {
    const stack = nested();
    account.cloudFormation.stack(stack.stackId, { rootId: ROOT, parentId: ROOT });
    account.cloudFormation.stack(ROOT).status('CREATE_COMPLETE').status('UPDATE_IN_PROGRESS');
    stacks.status(stack, 'CREATE_IN_PROGRESS');
    await success(stacks.send(stack, 'Create'));
    if (images > 0) fill();
    account.cloudFormation.stack(ROOT).status('UPDATE_ROLLBACK_IN_PROGRESS');
    stacks.status(stack, 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS');
    const answer = await stacks.send(stack, 'Delete');
    expect(live().exists).toBe(isThere);
    if (isThere) expect(answer?.Reason).toContain('To keep it, delete the parent stack Root');
    else await success(answer);
  });

  test('is deleted with the root stack', async () => {
    const stack = nested();
    account.cloudFormation.stack(stack.stackId, { rootId: ROOT, parentId: ROOT });
    account.cloudFormation.stack(ROOT).status('CREATE_COMPLETE').status('DELETE_IN_PROGRESS');
    stacks.status(stack, 'CREATE_IN_PROGRESS');
    await success(stacks.send(stack, 'Create'));
    fill();
    stacks.status(stack, 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS');
    await success(stacks.send(stack, 'Delete'));
    expect(live().exists).toBe(false);
  });
});

test('shortly before its timeout, the request fails, and the next one continues', async () => {
  const stack = await stacks.deployed({ teardown: PublicTeardown.deleteWithImages() });
  going(stack);
  account.ecrPublic.latencyMs = 200;
  expect((await stacks.send(stack, 'Delete', { remaining: 15_000 }))?.Reason)
    .toMatch(/^Public repository 'team\/tool': time ran out while .*\. Try again/);
  account.ecrPublic.latencyMs = 0;
  await success(stacks.send(stack, 'Delete'));
});
