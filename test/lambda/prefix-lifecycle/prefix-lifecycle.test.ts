import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { prefixLifecycleHandler } from '../../../lambda/prefix-lifecycle/handler';
import { ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, registry, Repository } from '../../../src';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import { DeployedStack } from '../deployed-stack';
import { account, callsOf, logs, markOf, resourceOf, send, startForEachTest, status, success, update } from '../handler-scene';

const TYPE = 'Custom::EcrPrefixLifecycle';
const MARK = 'cdk-ecr-keeper:prefix-lifecycle-by';
const OTHER_UUID = '22222222-2222-2222-2222-222222222222';

const newest = (count: number) => LifecyclePolicy.fromRules([LifecycleRule.keepNewest(count)]);
const THEIRS = newest(999)._text;

interface Settings extends Partial<registry.PrefixLifecycleProps> {
  readonly id?: string;
  readonly count?: number;
}

const declared = ({ id = 'Existing', count = 5, ...props }: Settings = {}) => (stack: Stack) => {
  new registry.PrefixLifecycle(stack, id, { prefix: 'hub/', lifecycle: newest(count), ...props });
};
const stackWith = (settings: Settings = {}, uuid?: string) => DeployedStack.of('Test', declared(settings), uuid);

startForEachTest({ handler: prefixLifecycleHandler, resourceType: TYPE });
beforeEach(() => {
  status(stackWith(), 'CREATE_COMPLETE');
  account.ecr.seed({ repositoryName: 'hub/a', images: 9, kind: 'flat' });
  account.ecr.seed({ repositoryName: 'hub/library/b', images: 3, kind: 'flat', tags: { owner: 'them' } });
  account.ecr.seed({ repositoryName: 'hubris/c', images: 9, kind: 'flat', lifecyclePolicyText: THEIRS });
});
afterEach(() => {
  const { lifecyclePolicyText, tags } = account.ecr.repository('hubris/c');
  expect({ lifecyclePolicyText, tags }).toEqual({ lifecyclePolicyText: THEIRS, tags: {} });
});

const textOf = (name: string) => account.ecr.repository(name).lifecyclePolicyText;
const marksOf = (name: string) => account.ecr.repository(name).tags[MARK];
function write(name: string, lifecyclePolicyText: string | undefined): void {
  const { tags } = account.ecr.repository(name);
  if (lifecyclePolicyText === undefined) account.ecr.vanish(name);
  account.ecr.seed({ repositoryName: name, lifecyclePolicyText, tags });
}
const puts = () => callsOf('PutLifecyclePolicy').map(({ input }) => input.repositoryName);
/** The number of images that the live policy of each repository keeps. */
function kept(...names: string[]): Array<number | undefined> {
  return names.map(name => [5, 6, 7, 999].find(count => textOf(name) !== undefined && sameLifecycle(textOf(name)!, newest(count)._text)));
}
const rolledBack = (stack: DeployedStack, PhysicalResourceId?: string) => {
  status(stack, 'ROLLBACK_IN_PROGRESS');
  return send(stack, 'Delete', PhysicalResourceId === undefined ? {} : { PhysicalResourceId });
};

describe('the repositories under the prefix', () => {
  test('get the policy on Create, another one on Update, and none after Delete', async () => {
    const [first, second] = [stackWith(), stackWith({ count: 6 })];
    await success(send(first, 'Create'));
    expect(kept('hub/a', 'hub/library/b')).toEqual([5, 5]);
    expect(marksOf('hub/a')).toBe(markOf(first));
    expect(account.ecr.repository('hub/library/b').tags).toEqual({ owner: 'them', [MARK]: markOf(first) });
    await success(update(first, second));
    expect(kept('hub/a', 'hub/library/b')).toEqual([6, 6]);
    status(second, 'DELETE_IN_PROGRESS');
    await success(send(second, 'Delete'));
    expect([textOf('hub/a'), account.ecr.repository('hub/library/b').tags]).toEqual([undefined, { owner: 'them' }]);
    expect(account.ecr.repository('hub/a').images).toHaveLength(9);
  });

  test('that were created since the last deployment get the policy when the trigger changes, and the others are not written', async () => {
    const [first, second] = [stackWith(), stackWith({ trigger: '2' })];
    await success(send(first, 'Create'));
    account.ecr.seed({ repositoryName: 'hub/new' });
    account.ecr.clearCalls();
    await success(update(first, second));
    expect([kept('hub/new'), puts()]).toEqual([[5], ['hub/new']]);
  });

  test('may not exist', async () => {
    const stack = stackWith({ prefix: 'nothing/' });
    await success(send(stack, 'Create'));
    status(stack, 'DELETE_IN_PROGRESS');
    await success(send(stack, 'Delete'));
  });

  test('can be deleted at any time by others', async () => {
    for (const operation of ['GetLifecyclePolicy', 'StartLifecyclePolicyPreview', 'TagResource', 'PutLifecyclePolicy']) {
      account.ecr.seed({ repositoryName: 'hub/gone' });
      account.ecr.onCall = call => {
        if (call.operation === operation && JSON.stringify(call.input).includes('hub/gone')) account.ecr.vanish('hub/gone');
      };
      const stack = stackWith({ guard: LifecycleGuard.refuse({ maxImages: 9 }) });
      status(stack, 'CREATE_IN_PROGRESS');
      await success(send(stack, 'Create'));
      expect(logs()).toContain('repository \'hub/gone\' no longer exists');
      account.logs.length = 0;
      account.ecr.onCall = undefined;
      status(stack, 'DELETE_IN_PROGRESS');
      await success(send(stack, 'Delete'));
    }
  });

  test('that have the policy already, for example from the creation template, are neither written nor marked, and keep it', async () => {
    const [first, second] = [stackWith(), stackWith({ count: 6 })];
    write('hub/a', JSON.stringify(JSON.parse(newest(5)._text), null, 2));
    await success(send(first, 'Create'));
    expect([puts(), marksOf('hub/a')]).toEqual([['hub/library/b'], undefined]);
    status(first, 'DELETE_IN_PROGRESS');
    await success(send(first, 'Delete'));
    expect(kept('hub/a', 'hub/library/b')).toEqual([5, undefined]);
    // an Update replaces the policy wherever it is the previous one
    await success(update(first, second));
    expect(kept('hub/a')).toEqual([6]);
  });
});

describe('a repository keeps its lifecycle policy', () => {
  const CLOUDFORMATION = 'arn:aws:cloudformation:us-east-1:000000000000:stack/Shop/33333333-3333-3333-3333-333333333333';

  test.each<[string, Record<string, string>]>([
    ['has a tag of CloudFormation', { 'aws:cloudformation:stack-name': 'Shop' }],
    ['has its lifecycle policy from a RepositoryLifecycle', { 'cdk-ecr-keeper:lifecycle-policy-by': 'x:y' }],
  ])('if it %s', async (_what, tags) => {
    account.ecr.seed({ repositoryName: 'hub/theirs', lifecyclePolicyText: THEIRS, tags });
    await success(send(stackWith({ overwrite: true }), 'Create'));
    expect(kept('hub/theirs', 'hub/a')).toEqual([999, 5]);
    expect(logs()).toMatch(/repository 'hub\/theirs' keeps its lifecycle policy: it belongs to a stack/);
  });

  test.each([[THEIRS], [undefined]])('if CloudFormation lists it in a stack, with the policy %s', async lifecyclePolicyText => {
    account.ecr.seed({ repositoryName: 'hub/theirs', lifecyclePolicyText });
    account.cloudFormation.stack(CLOUDFORMATION).status('CREATE_COMPLETE')
      .resource('Repo', { type: 'AWS::ECR::Repository', physicalId: 'hub/theirs' });
    await success(send(stackWith({ overwrite: true }), 'Create'));
    expect([textOf('hub/theirs'), marksOf('hub/theirs')]).toEqual([lifecyclePolicyText, undefined]);
    expect(logs()).toMatch(/'hub\/theirs' keeps its lifecycle policy: CloudFormation lists that name in stack Shop/);
  });

  test('if the app declares or excludes it, also if it got the policy before', async () => {
    const before = stackWith();
    await success(send(before, 'Create'));
    const app = new App();
    const stack = new Stack(app, 'Stack');
    declared({ excludedRepositories: ['hub/library/b'], count: 6 })(stack);
    new Repository(new Stack(app, 'Other'), 'Declared', { repositoryName: 'hub/a' });
    const after = new DeployedStack(before.stackId, Template.fromStack(stack).toJSON().Resources);
    account.replaceStack(after);
    await success(update(before, after));
    expect(kept('hub/a', 'hub/library/b')).toEqual([5, 5]);
    expect([marksOf('hub/a'), marksOf('hub/library/b')]).toEqual([undefined, undefined]);
    status(after, 'DELETE_IN_PROGRESS');
    await success(send(after, 'Delete'));
    expect(kept('hub/a', 'hub/library/b')).toEqual([5, 5]);
  });

  test('nothing is changed if CloudFormation does not say whether a stack owns a repository, and it is asked only once', async () => {
    account.cloudFormation.faults.add({ kind: 'accessDenied', operation: 'DescribeStackResources', times: Infinity });
    for (const name of ['c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n']) account.ecr.seed({ repositoryName: `hub/${name}` });
    const answer = await send(stackWith(), 'Create');
    expect(answer).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'cdk-ecr-keeper:not-created',
      Reason: expect.stringMatching(/^Repositories under 'hub\/': 14 of 14 cannot get the lifecycle policy, and nothing was changed: Repository 'hub\/a': it is unknown whether a stack owns it, .* and 11 more\. Fix the cause, then deploy again\.$/),
    });
    expect(puts()).toEqual([]);
  });
});

describe('a different live policy', () => {
  test('is reported with all others before any change, and the rollback changes nothing', async () => {
    account.ecr.seed({ repositoryName: 'hub/theirs', lifecyclePolicyText: THEIRS });
    write('hub/library/b', newest(7)._text);
    const stack = stackWith();
    const answer = await send(stack, 'Create');
    expect(answer!.Reason).toMatch(/^Repositories under 'hub\/': 2 of 3 cannot get the lifecycle policy, and nothing was changed: Repository 'hub\/library\/b' has a different lifecycle policy, which this resource did not write, Repository 'hub\/theirs' has .*\. Deploy again after one of these: name a repository in 'excludedRepositories'/);
    expect(answer!.PhysicalResourceId).toBe('cdk-ecr-keeper:not-created');
    expect([puts(), callsOf('TagResource')]).toEqual([[], []]);
    await success(rolledBack(stack, answer!.PhysicalResourceId));
    expect(kept('hub/a', 'hub/library/b', 'hub/theirs')).toEqual([undefined, 7, 999]);
  });

  test('is logged in full and then replaced with overwrite', async () => {
    write('hub/a', THEIRS);
    account.ecr.onCall = ({ operation, input }) => {
      if (operation === 'PutLifecyclePolicy' && input.repositoryName === 'hub/a') expect(logs()).toContain(`policy: ${THEIRS}`);
    };
    await success(send(stackWith({ overwrite: true }), 'Create'));
    expect(kept('hub/a')).toEqual([5]);
  });

  test('that was written between two deployments is refused, and a rollback leaves it and restores the other repositories', async () => {
    const [first, second] = [stackWith(), stackWith({ count: 6 })];
    await success(send(first, 'Create'));
    write('hub/a', THEIRS);
    status(second, 'UPDATE_IN_PROGRESS');
    expect((await update(first, second))?.Reason).toContain('1 of 2 cannot get the lifecycle policy');
    expect(kept('hub/a', 'hub/library/b')).toEqual([999, 5]);
    write('hub/library/b', newest(6)._text);
    status(second, 'UPDATE_ROLLBACK_IN_PROGRESS');
    await success(update(second, first));
    expect(kept('hub/a', 'hub/library/b')).toEqual([999, 5]);
  });

  test('that is written during the preview or after the claim is not replaced, and the others are', async () => {
    for (const [operation, name] of [['GetLifecyclePolicyPreview', 'hub/a'], ['TagResource', 'hub/library/b']]) {
      account.ecr.onCall = call => {
        if (call.operation === operation && JSON.stringify(call.input).includes(name)) write(name, THEIRS);
      };
      const stack = stackWith({ guard: LifecycleGuard.refuse({ maxImages: 100 }) });
      const answer = await send(stack, 'Create');
      expect(answer!.Reason).toMatch(new RegExp(`^Repositories under 'hub/': 1 of 2 could not be changed: Repository '${name}': its`
        + ' lifecycle policy was changed while the new one was being checked\\..*\\. The others are changed\\. Fix the cause'));
      const other = name === 'hub/a' ? 'hub/library/b' : 'hub/a';
      expect(kept(name, other)).toEqual([999, 5]);
      account.ecr.onCall = undefined;
      await success(rolledBack(stack));
      expect(kept(name, other)).toEqual([999, undefined]);
      expect([marksOf(name), marksOf(other)]).toEqual([undefined, undefined]);
      write(name, undefined);
    }
  });

  test('that another writer sets immediately after the write is an error', async () => {
    account.ecr.onCall = ({ operation, input }) => {
      if (operation === 'PutLifecyclePolicy' && input.repositoryName === 'hub/a') write('hub/a', THEIRS);
    };
    expect((await send(stackWith(), 'Create'))!.Reason).toMatch(/1 of 2 could not be changed: Repository 'hub\/a' does not have the lifecycle policy/);
  });
});

describe('Delete', () => {
  test.each([['a different policy', THEIRS], ['no policy', undefined]])('leaves a repository that has %s in the meantime, and removes its'
    + ' mark', async (_what, text) => {
    const stack = stackWith();
    await success(send(stack, 'Create'));
    write('hub/a', text);
    status(stack, 'DELETE_IN_PROGRESS');
    await success(send(stack, 'Delete'));
    expect([textOf('hub/a'), marksOf('hub/a'), textOf('hub/library/b')]).toEqual([text, undefined, undefined]);
  });

  test.each([
    ['a RepositoryLifecycle', 'cdk-ecr-keeper:lifecycle-policy-by'], ['CloudFormation', 'aws:cloudformation:stack-name'],
  ])('leaves the policy of a repository that %s has taken over', async (_what, key) => {
    const stack = stackWith();
    await success(send(stack, 'Create'));
    account.ecr.retag('hub/a', { [key]: 'x:y' });
    status(stack, 'DELETE_IN_PROGRESS');
    await success(send(stack, 'Delete'));
    expect([...kept('hub/a', 'hub/library/b'), marksOf('hub/a')]).toEqual([5, undefined, undefined]);
  });

  test('leaves a repository whose mark was removed', async () => {
    const stack = stackWith();
    await success(send(stack, 'Create'));
    account.ecr.retag('hub/a', { [MARK]: undefined as never });
    status(stack, 'DELETE_IN_PROGRESS');
    await success(send(stack, 'Delete'));
    expect(kept('hub/a', 'hub/library/b')).toEqual([5, undefined]);
  });

  test('removes the policies of a Create that was rolled back', async () => {
    const stack = stackWith();
    await success(send(stack, 'Create'));
    await success(rolledBack(stack));
    expect([textOf('hub/a'), marksOf('hub/a')]).toEqual([undefined, undefined]);
  });

  test('reports the repositories that it cannot change, and the next attempt changes them', async () => {
    const stack = stackWith();
    await success(send(stack, 'Create'));
    account.ecr.faults.add({ kind: 'serverError', operation: 'DeleteLifecyclePolicy', times: Infinity });
    status(stack, 'DELETE_IN_PROGRESS');
    const answer = await send(stack, 'Delete');
    expect(answer!.Reason).toMatch(/^Repositories under 'hub\/': the lifecycle policy could not be removed from 2 of 2: Repository 'hub\/a': .*, Repository 'hub\/library\/b': .*\. Fix the cause, then try again\.$/);
    expect(kept('hub/a', 'hub/library/b')).toEqual([5, 5]);
    account.ecr.faults.clear();
    await success(send(stack, 'Delete'));
    expect([textOf('hub/a'), textOf('hub/library/b')]).toEqual([undefined, undefined]);
  });
});

describe('two stacks', () => {
  test('do not share a prefix: the second is refused before any change, and Delete of the second changes nothing', async () => {
    const [one, other] = [stackWith(), stackWith({ prefix: 'hub/library/' }, OTHER_UUID)];
    await success(send(one, 'Create'));
    account.ecr.clearCalls();
    const answer = await send(other, 'Create');
    expect(answer!.Reason).toMatch(/1 of 1 cannot get the lifecycle policy, and nothing was changed: Repository 'hub\/library\/b' has its lifecycle policy from another stack \(its tag cdk-ecr-keeper:prefix-lifecycle-by is 11111111-.*\)\. Deploy again after/);
    expect([puts(), callsOf('TagResource')]).toEqual([[], []]);
    await success(rolledBack(other));
    expect(kept('hub/library/b')).toEqual([5]);
  });

  test('that are deployed at once each get repositories whose marks do not change, and the other repositories are reported', async () => {
    const [one, other] = [stackWith(), stackWith({ count: 6 }, OTHER_UUID)];
    const answers = await Promise.all([send(one, 'Create'), send(other, 'Create')]);
    for (const name of ['hub/a', 'hub/library/b']) {
      const owner = [one, other].find(stack => marksOf(name) === markOf(stack));
      expect(kept(name)).toEqual([owner === one ? 5 : 6]);
    }
    expect(answers.filter(answer => answer?.Status === 'FAILED').length).toBeGreaterThanOrEqual(1);
  });

  test('cannot write to each other\'s repositories, because IAM requires the mark', async () => {
    const stack = stackWith({ overwrite: true });
    account.ecr.onCall = ({ operation, input }) => {
      const isRead = operation === 'GetLifecyclePolicy' && input.repositoryName === 'hub/a';
      if (isRead && callsOf('TagResource').length > 0) account.ecr.retag('hub/a', { [MARK]: `${OTHER_UUID}:X` });
    };
    expect((await send(stack, 'Create'))!.Reason).toMatch(/1 of 2 could not be changed: Repository 'hub\/a': .*not authorized to perform: ecr:PutLifecyclePolicy/);
    expect(kept('hub/a', 'hub/library/b')).toEqual([undefined, 5]);
  });
});

describe('a changed construct ID or prefix', () => {
  const replaced = async (settings: Settings) => {
    const before = stackWith();
    await success(send(before, 'Create'));
    const after = stackWith(settings);
    status(after, 'UPDATE_IN_PROGRESS');
    return { before, after, answer: await send(after, 'Create') };
  };
  const predecessor = (stack: DeployedStack) => stack.customResourceProperties(resourceOf(stack));
  const deleteOld = (before: DeployedStack, after: DeployedStack) =>
    account.request(prefixLifecycleHandler, after, 'Delete', resourceOf(before), { ResourceProperties: predecessor(before) });

  test('hands over the repositories without a write, and the Delete of the old resource leaves them', async () => {
    const { before, after, answer } = await replaced({ id: 'Renamed' });
    await success(answer);
    expect(puts()).toHaveLength(2);
    status(after, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await success(deleteOld(before, after));
    expect(kept('hub/a', 'hub/library/b')).toEqual([5, 5]);
    status(after, 'DELETE_IN_PROGRESS');
    await success(send(after, 'Delete'));
    expect([kept('hub/a', 'hub/library/b'), marksOf('hub/a')]).toEqual([[undefined, undefined], undefined]);
  });

  test('to a longer prefix removes the policy from the other repositories', async () => {
    const { before, after } = await replaced({ prefix: 'hub/library/' });
    status(after, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await success(deleteOld(before, after));
    expect(kept('hub/a', 'hub/library/b')).toEqual([undefined, 5]);
  });

  test('is undone by a rollback: each repository returns to the old resource, which then removes the policy', async () => {
    account.ecr.onCall = ({ operation }) => {
      const isNew = !account.ecr.names().includes('hub/later');
      if (operation === 'PutLifecyclePolicy' && isNew) account.ecr.seed({ repositoryName: 'hub/later' });
    };
    const { before, after, answer } = await replaced({ id: 'Renamed' });
    await success(answer);
    expect(kept('hub/later')).toEqual([5]);
    status(after, 'UPDATE_ROLLBACK_IN_PROGRESS');
    await success(send(after, 'Delete'));
    expect(kept('hub/a', 'hub/library/b', 'hub/later')).toEqual([5, 5, undefined]);
    expect([marksOf('hub/a'), marksOf('hub/later')]).toEqual([markOf(before), undefined]);
    status(before, 'DELETE_IN_PROGRESS');
    await success(send(before, 'Delete'));
    expect(kept('hub/a', 'hub/library/b')).toEqual([undefined, undefined]);
  });

  test('together with another policy is refused, because a rollback could not restore the old one', async () => {
    expect((await replaced({ id: 'Renamed', count: 6 })).answer!.Reason).toMatch(/2 of 2 cannot get .* has a different lifecycle policy/);
    expect(kept('hub/a', 'hub/library/b')).toEqual([5, 5]);
  });

  test('in the same resource is refused', async () => {
    const [before, after] = [stackWith(), stackWith({ prefix: 'other/' })];
    const old = before.customResourceProperties(resourceOf(before));
    expect((await send(after, 'Update', { OldResourceProperties: old }))!.Reason)
      .toMatch(/^Repositories under 'other\/' cannot replace those under 'hub\/' in the same PrefixLifecycle\. Give/);
    status(after, 'UPDATE_ROLLBACK_IN_PROGRESS');
    await success(send(after, 'Update', { OldResourceProperties: old }));
  });
});

describe('the guard', () => {
  test('checks each repository before any is changed, and reports the findings of all', async () => {
    account.ecr.seed({ repositoryName: 'hub/z', images: 8, kind: 'flat' });
    const answer = await send(stackWith({ guard: LifecycleGuard.refuse({ maxImages: 2 }) }), 'Create');
    expect(answer!.Reason).toMatch(/^Repositories under 'hub\/': the lifecycle policy was refused by its guard for 2 of 3, and nothing was changed: Repository 'hub\/a': it would expire 4 images, more than its maxImages of 2.*, Repository 'hub\/z': it would expire 3 images.*\. Correct the policy or change the guard, and deploy again\..*\naws ecr get-lifecycle-policy-preview --region us-east-1 --repository-name hub\/a$/);
    expect(answer!.PhysicalResourceId).toBe('cdk-ecr-keeper:not-created');
    expect([puts(), callsOf('TagResource')]).toEqual([[], []]);
    expect(callsOf('StartLifecyclePolicyPreview')).toHaveLength(3);
  });

  test('that passes returns the numbers of all repositories, and one that warns returns its findings', async () => {
    const [first, second] = [
      stackWith({ count: 7, guard: LifecycleGuard.refuse({ maxImages: 2 }) }), stackWith({ guard: LifecycleGuard.warn({ maxImages: 2 }) }),
    ];
    account.ecr.seed({ repositoryName: 'hub/z', images: 8, kind: 'flat' });
    expect(await send(first, 'Create'))
      .toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '3', ArchivingImageCount: '0', Findings: '' } });
    expect(await update(first, second)).toMatchObject({
      Status: 'SUCCESS',
      Data: { ExpiringImageCount: '7', Findings: expect.stringMatching(/^hub\/a: it would expire 4 images.*; hub\/z: it would expire 3 images/) },
    });
    expect(kept('hub/a', 'hub/z')).toEqual([5, 5]);
    expect(await update(second, second)).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '0', Findings: '' } });
  });

  test('that cannot be checked fails the deployment before any change', async () => {
    account.ecr.faults.add({ kind: 'accessDenied', operation: 'StartLifecyclePolicyPreview', times: Infinity });
    expect((await send(stackWith({ guard: LifecycleGuard.refuse({ maxImages: 9 }) }), 'Create'))!.Reason)
      .toMatch(/^Repositories under 'hub\/': the lifecycle policy could not be previewed for 2 of 2, and nothing was changed: Repository 'hub\/a': .*\. Fix the cause, then deploy again\.$/);
    expect(callsOf('TagResource')).toEqual([]);
  });

  test('is not checked in a rollback', async () => {
    const [first, second] = [stackWith({ guard: LifecycleGuard.refuse({ maxImages: 0 }) }), stackWith({ count: 6 })];
    for (const name of ['hub/a', 'hub/library/b']) write(name, newest(6)._text);
    status(second, 'UPDATE_ROLLBACK_IN_PROGRESS');
    expect(await update(second, first)).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '0' } });
    expect([kept('hub/a'), callsOf('StartLifecyclePolicyPreview')]).toEqual([[5], []]);
  });

  test('searches for images in use once for all repositories', async () => {
    account.ecr.seed({ repositoryName: 'hub/z', images: 8, kind: 'flat' });
    const inUseBy = [ImageUse.lambdaFunctions()];
    await success(send(stackWith({ guard: LifecycleGuard.refuse({ inUseBy, pulledWithin: Duration.days(1) }) }), 'Create'));
    expect(account.lambda.calls.filter(({ operation }) => operation === 'ListFunctions')).toHaveLength(1);
  });
});

describe('a large number of repositories', () => {
  const seed = (count: number) => {
    for (let nth = 0; nth < count; nth++) account.ecr.seed({ repositoryName: `hub/many/${nth}`, images: 1, kind: 'flat' });
  };

  test('is refused if the policy would be written to more than maxRepositories', async () => {
    write('hub/a', newest(5)._text);
    expect((await send(stackWith({ maxRepositories: 1 }), 'Create'))).toMatchObject({ Status: 'SUCCESS' });
    account.ecr.seed({ repositoryName: 'hub/x' });
    account.ecr.seed({ repositoryName: 'hub/y' });
    const [first, second] = [stackWith({ maxRepositories: 1 }), stackWith({ maxRepositories: 1, trigger: '2' })];
    expect((await update(first, second))!.Reason).toMatch(/would be written to 2, more than its maxRepositories of 1, and nothing was changed\. Increase/);
    expect(kept('hub/x', 'hub/y')).toEqual([undefined, undefined]);
  });

  test('takes a constant number of calls for each of 240 repositories, while AWS throttles', async () => {
    seed(240);
    account.ecr.faults.add({ kind: 'throttle', operation: 'PutLifecyclePolicy', skip: 20, times: 40 });
    account.cloudFormation.faults.add({ kind: 'throttle', operation: 'DescribeStackResources', skip: 20, times: 40 });
    const stack = stackWith({ guard: LifecycleGuard.refuse({ maxImages: 10 }) });
    await success(send(stack, 'Create'));
    expect(new Set(kept(...account.ecr.names().filter(name => name.startsWith('hub/'))))).toEqual(new Set([5]));
    expect(account.ecr.calls.length).toBeLessThan(242 * 12);
    account.ecr.clearCalls();
    await success(update(stack, stack));
    expect(account.ecr.calls.length).toBeLessThan(242 * 2 + 3);
    account.ecr.clearCalls();
    status(stack, 'DELETE_IN_PROGRESS');
    await success(send(stack, 'Delete'));
    expect(new Set(account.ecr.names().filter(name => name.startsWith('hub/')).map(textOf))).toEqual(new Set([undefined]));
    expect(account.ecr.calls.length).toBeLessThan(242 * 6);
  });

  test('is continued by the next deployment if time runs out', async () => {
    seed(30);
    account.readings.set('reads-see-writes', 'other'); // each write is read back after a second
    const stack = stackWith();
    const answer = await send(stack, 'Update', { remaining: 60_000 });
    expect(answer!.Reason).toMatch(/^Repositories under 'hub\/': time ran out after \d+ of 32 got the lifecycle policy\. Deploy again, which continues with the others/);
    const before = puts().length;
    account.readings.set('reads-see-writes', 'assumed');
    await success(send(stack, 'Update'));
    expect(puts()).toHaveLength(32);
    expect(before).toBeLessThan(32);
  });

  test('is undone if time runs out on Create, whose message says how to continue', async () => {
    seed(30);
    account.readings.set('reads-see-writes', 'other');
    const stack = stackWith();
    expect((await send(stack, 'Create', { remaining: 60_000 }))!.Reason)
      .toMatch(/^Repositories under 'hub\/': time ran out after \d+ of 32 .*\. A rollback removes it from these\. Deploy with --no-rollback and then again/);
    account.readings.set('reads-see-writes', 'assumed');
    await success(rolledBack(stack));
    expect(account.ecr.names().filter(name => name.startsWith('hub/')).flatMap(name => textOf(name) ?? marksOf(name) ?? [])).toEqual([]);
  });

  test('is not previewed completely if time runs out, and nothing is changed', async () => {
    seed(30);
    expect((await send(stackWith({ guard: LifecycleGuard.refuse({ maxImages: 9 }) }), 'Create', { remaining: 60_000 }))!.Reason)
      .toMatch(/^Repositories under 'hub\/': time ran out after the guard had checked \d+ of 32\. Nothing was changed\. Use several/);
    expect(callsOf('TagResource')).toEqual([]);
  });
});
