import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { prefixTeardownHandler } from '../../../lambda/prefix-teardown/handler';
import { overrideCode } from '../../../lambda/shared/teardown/override-code';
import { ImageUse, PrefixTeardown, PrefixTeardownProps, Repository, TeardownAudit } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, crowd, deployed, logs, resourceOf, send, startForEachTest, status } from '../handler-scene';
import { Answer } from '../local-account';

const STAGE = { key: 'stage', value: 'test' };
const TAGS = { stage: 'test' };
const CODE = 'cdk-ecr-keeper:teardown';

startForEachTest({ handler: prefixTeardownHandler, resourceType: 'Custom::EcrPrefixTeardown' });
beforeEach(() => {
  for (const repositoryName of ['cache/alpine', 'cache/library/node']) {
    account.ecr.seed({ repositoryName, images: 6, kind: 'multiArch', archived: 2, tags: TAGS });
  }
  account.ecr.seed({ repositoryName: 'cached/other', images: 2, kind: 'flat', tags: TAGS });
});
afterEach(() => {
  expect(account.ecr.images('cached/other')).toBe(2);
});

const prefixed = (props: Partial<PrefixTeardownProps> = {}) => (scope: Stack) => {
  new PrefixTeardown(scope, 'Cache', { prefix: 'cache/', requireTag: STAGE, ...props });
};
async function destroyed(build: (stack: Stack) => void): Promise<{ stack: DeployedStack; answer: Answer }> {
  const stack = await deployed(build);
  status(stack, 'DELETE_IN_PROGRESS');
  return { stack, answer: await send(stack, 'Delete') };
}

function obey(answer: Answer): void {
  const [, region, arn, tags] = /^aws ecr tag-resource --region (\S+) --resource-arn (\S+) --tags (.*)$/m.exec(answer!.Reason)!;
  const pairs = tags.split(' ').map(tag => /^Key=(.+),Value=(.+)$/.exec(tag)!.slice(1));
  account.ecr.retag(arn.split(':repository/')[1], Object.fromEntries(pairs), { region });
}

describe('when the whole stack is deleted', () => {
  test('the repositories with the tag under the prefix are listed in the log, then deleted', async () => {
    account.ecr.onCall = call => {
      if (call.operation === 'DeleteRepository') {
        expect(logs()).toContain('repositories to delete under \'cache/\': cache/alpine in us-east-1, cache/library/node in us-east-1');
      }
    };
    expect((await destroyed(prefixed())).answer).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('cache/alpine').exists).toBe(false);
    expect(account.ecr.repository('cache/library/node').exists).toBe(false);
  });

  test.each([
    ['has no such tag', { owner: 'them' }, /'cache\/kept' in us-east-1 is kept: it must carry the tag stage=test, but has no tag stage/],
    ['has another value', { stage: 'prod' }, /is kept: it must carry the tag stage=test, but carries stage=prod/],
    ['was created by CloudFormation', { ...TAGS, 'aws:cloudformation:stack-name': 'Other' },
      /is kept: it belongs to a stack \(its tag aws:cloudformation:stack-name is Other\)/],
    ['has a teardown of its own', { ...TAGS, 'cdk-ecr-keeper:teardown-by': 'x:y' }, /is kept: it belongs to a stack/],
    ['has a lifecycle policy of a stack', { ...TAGS, 'cdk-ecr-keeper:lifecycle-policy-by': 'x:y' }, /is kept: it belongs to a stack/],
  ])('a repository that %s is kept', async (_what, tags, message) => {
    account.ecr.seed({ repositoryName: 'cache/kept', images: 2, kind: 'flat', tags });
    expect((await destroyed(prefixed())).answer).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.images('cache/kept')).toBe(2);
    expect(logs()).toMatch(message);
    expect(account.ecr.repository('cache/alpine').exists).toBe(false);
  });

  const setLifecycle = (repositoryName: string, { stackId }: DeployedStack) =>
    account.ecr.retag(repositoryName, { 'cdk-ecr-keeper:lifecycle-policy-by': `${stackId.split('/')[2]}:Lifecycle` });

  test('a repository with the lifecycle policy of the same stack is deleted, and one with that of another stack is kept', async () => {
    const stack = await deployed(prefixed());
    const other = await deployed(prefixed(), '22222222-2222-2222-2222-222222222222');
    setLifecycle('cache/alpine', stack);
    setLifecycle('cache/library/node', other);
    status(stack, 'DELETE_IN_PROGRESS');
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect([account.ecr.repository('cache/alpine').exists, account.ecr.images('cache/library/node')]).toEqual([false, 6]);
  });

  test('a repository that the same stack tears down by itself is kept', async () => {
    const stack = await deployed(prefixed());
    account.ecr.retag('cache/alpine', { 'cdk-ecr-keeper:teardown-by': `${stack.stackId.split('/')[2]}:Teardown` });
    status(stack, 'DELETE_IN_PROGRESS');
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect([account.ecr.images('cache/alpine'), account.ecr.repository('cache/library/node').exists]).toEqual([6, false]);
  });

  test('a repository that another stack of the app declares is kept', async () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    prefixed()(stack);
    new Repository(new Stack(app, 'Other'), 'Declared', { repositoryName: 'cache/alpine' });
    const id = DeployedStack.of('Test', prefixed()).stackId;
    const both = new DeployedStack(id, Template.fromStack(stack).toJSON().Resources);
    status(both, 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS');
    expect(await send(both, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.images('cache/alpine')).toBe(6);
    expect(account.ecr.repository('cache/library/node').exists).toBe(false);
  });

  test('repositories in several Regions are deleted', async () => {
    account.ecr.seed({ repositoryName: 'cache/alpine', images: 1, kind: 'flat', tags: TAGS, region: 'eu-west-1' });
    expect((await destroyed(prefixed({ regions: ['us-east-1', 'eu-west-1'] }))).answer).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('cache/alpine', { region: 'eu-west-1' }).exists).toBe(false);
    expect(account.ecr.repository('cache/alpine').exists).toBe(false);
  });

  describe('the guards are checked where the registry repeats deletions,', () => {
    const WEST = { region: 'eu-west-1' };
    const guards = { pulledWithin: Duration.days(7), inUseBy: [ImageUse.lambdaFunctions()] };
    const callsIn = (region: string) => account.ecr.calls.filter(call => call.region === region).map(({ operation }) => operation);
    beforeEach(() => {
      for (const repositoryName of ['cache/alpine', 'cache/library/node']) {
        account.ecr.seed({ repositoryName, ...WEST, tags: TAGS });
        account.ecr.addImage({ repositoryName, ...WEST, tags: ['v1'], lastRecordedPullTime: new Date() });
      }
      account.ecr.replicate({ from: {}, to: [WEST], prefix: 'cache/', deletes: true });
    });

    test('and no repository is deleted because of a copy, unless its code is set', async () => {
      const { stack, answer } = await destroyed(prefixed(guards));
      expect(answer?.Reason).toContain('cache/alpine in us-east-1: in eu-west-1, where the replication rule for \'cache/\' repeats'
        + ' deletions, 1 image was pulled within 7 days: v1; and cache/library/node in us-east-1: in eu-west-1, where');
      expect(account.ecr.images('cache/alpine')).toBe(6);
      obey(answer);
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.repository('cache/alpine').exists).toBe(false);
    });

    test('and the rules and the workloads of the other Region are read once for all repositories', async () => {
      await destroyed(prefixed(guards));
      expect(account.ecr.calls.filter(({ operation }) => operation === 'DescribeRegistry')).toHaveLength(1);
      expect(callsIn('eu-west-1')).toEqual(['DescribeImages', 'DescribeImages']);
      expect(account.lambda.calls.filter(({ region }) => region === 'eu-west-1')).toMatchObject([{ operation: 'ListFunctions' }]);
    });

    test('and a Region that cannot be read is tried for one repository', async () => {
      account.ecr.faults.add({ kind: 'accessDenied', region: 'eu-west-1', times: Infinity });
      expect((await destroyed(prefixed(guards))).answer?.Reason).toMatch(
        /cache\/alpine in us-east-1: the replication rule for 'cache\/' repeats deletions in eu-west-1, where images cannot be checked: .*; and cache\/library\/node in us-east-1: the replication rule/);
      const tries = callsIn('eu-west-1').length;
      account.ecr.vanish('cache/library/node');
      account.ecr.clearCalls();
      await destroyed(prefixed(guards));
      expect(callsIn('eu-west-1')).toHaveLength(tries);
    });

    test('but not for a copy that is deleted and checked itself', async () => {
      const reason = (await destroyed(prefixed({ ...guards, regions: ['us-east-1', 'eu-west-1'] }))).answer?.Reason;
      expect(reason).toContain('cache/alpine in eu-west-1: 1 image was pulled within 7 days: v1');
      expect(reason).not.toContain('repeats deletions');
    });

    test('and without a guard that depends on the registry, nothing is read', async () => {
      expect((await destroyed(prefixed({ maxImages: 9, pushedWithin: Duration.hours(1) }))).answer).toMatchObject({ Status: 'SUCCESS' });
      expect([callsIn('eu-west-1'), callsIn('us-east-1').includes('DescribeRegistry')]).toEqual([[], false]);
    });
  });

  test('a Region that cannot be reached is named, the others finish, and the next attempt finishes it', async () => {
    account.ecr.seed({ repositoryName: 'cache/alpine', images: 1, kind: 'flat', tags: TAGS, region: 'eu-west-1' });
    account.ecr.faults.add({ kind: 'reset', region: 'eu-west-1', times: Infinity });
    const { stack, answer } = await destroyed(prefixed({ regions: ['us-east-1', 'eu-west-1'] }));
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^Repositories under 'cache\/' were not all deleted: eu-west-1: .*\. Fix the cause, then delete the stack again\. .*\n.*\naws cloudformation delete-stack .* --retain-resources Cache\w+$/),
    });
    expect(account.ecr.repository('cache/alpine').exists).toBe(false);
    account.ecr.faults.clear();
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('cache/alpine', { region: 'eu-west-1' }).exists).toBe(false);
  });

  test('several Regions are read at once', async () => {
    const arrived = (region: string) => account.ecr.calls.some(call => call.region === region);
    account.ecr.onCall = async ({ region }) => {
      for (let times = 0; times < 200
        && !(arrived('us-east-1') && arrived('eu-west-1')); times++) await new Promise(resolve => setTimeout(resolve, 5));
      expect([region, arrived('us-east-1'), arrived('eu-west-1')]).toEqual([region, true, true]);
    };
    expect((await destroyed(prefixed({ regions: ['us-east-1', 'eu-west-1'] }))).answer).toMatchObject({ Status: 'SUCCESS' });
  });

  test('the repository that carries the code is kept while another cannot be deleted, so that the next attempt needs no new'
    + ' code', async () => {
    const { stack, answer } = await destroyed(prefixed({ maxImages: 5 }));
    obey(answer);
    account.ecr.faults.add({ kind: 'serverError', operation: 'DeleteRepository', times: 3 }); // the number of attempts of the SDK
    expect((await send(stack, 'Delete'))?.Reason).toMatch(/were not all deleted: cache\/alpine in us-east-1: /);
    expect([account.ecr.images('cache/alpine'), account.ecr.images('cache/library/node')]).toEqual([6, 6]);
    expect(account.ecr.faults.pending).toEqual([]);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('cache/library/node').exists).toBe(false);
  });

  test('the request succeeds if there are no repositories, or none anymore', async () => {
    const { stack } = await destroyed(prefixed());
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(logs()).toContain('there is no repository to delete under \'cache/\'');
  });

  test('two stacks can tear down the same prefix at the same time', async () => {
    const one = await deployed(prefixed());
    const other = await deployed(prefixed(), '22222222-2222-2222-2222-222222222222');
    status(one, 'DELETE_IN_PROGRESS');
    status(other, 'DELETE_IN_PROGRESS');
    const answers = await Promise.all([one, other].map(stack => send(stack, 'Delete')));
    expect(account.ecr.repository('cache/alpine').exists).toBe(false);
    expect(account.ecr.repository('cache/library/node').exists).toBe(false);
    expect(answers.filter(answer => answer?.Status === 'SUCCESS').length).toBeGreaterThanOrEqual(1);
  });

  test('the audit is written before the images are deleted', async () => {
    account.ecr.onCall = call => {
      if (call.operation === 'DeleteRepository') {
        expect(account.logs.filter(line => line.includes(`:repository/${call.repositoryName}`)).length).toBeGreaterThanOrEqual(6);
      }
    };
    expect((await destroyed(prefixed({ audit: TeardownAudit.toLogs() }))).answer).toMatchObject({ Status: 'SUCCESS' });
    expect(account.logs.filter(line => line.includes('REMOVE_IMAGE'))).toHaveLength(12);
  });
});

describe('a repository that CloudFormation lists', () => {
  const stackId = 'arn:aws:cloudformation:us-east-1:000000000000:stack/Shop/33333333-3333-3333-3333-333333333333';
  const declares = (name = 'cache/alpine', id = stackId, type = 'AWS::ECR::Repository', now = 'CREATE_COMPLETE') =>
    account.cloudFormation.stack(id).status(now).resource('Repo', { type, physicalId: name });
  const asked = () => account.cloudFormation.calls.filter(({ operation }) => operation === 'DescribeStackResources');

  test.each([
    ['as a repository of a stack, although it carries no tag of CloudFormation', () => declares(),
      'CloudFormation lists that name in stack Shop: Repo, AWS::ECR::Repository, CREATE_COMPLETE'],
    ['as the physical id of another type', () => declares(undefined, undefined, 'Custom::Mirror'),
      'CloudFormation lists that name in stack Shop: Repo, Custom::Mirror'],
    ['of a deleted stack', () => declares(undefined, undefined, undefined, 'DELETE_COMPLETE'),
      'CloudFormation lists that name in stack Shop'],
    ['among all resources of the stack', () => {
      account.cloudFormation.stack(stackId).resource('Topic', { type: 'AWS::SNS::Topic' });
      declares();
      account.readings.set('physical-id-one-resource', 'other');
    }, 'CloudFormation lists that name in stack Shop: Repo, AWS::ECR::Repository'],
  ])('%s is kept, and the log names the stack', async (_what, prepare, owner) => {
    prepare();
    expect((await destroyed(prefixed())).answer).toMatchObject({ Status: 'SUCCESS' });
    expect([account.ecr.images('cache/alpine'), account.ecr.repository('cache/library/node').exists]).toEqual([6, false]);
    expect(logs()).toContain(`repository 'cache/alpine' in us-east-1 is kept: ${owner}`);
  });

  test('is not counted and causes no refusal', async () => {
    declares();
    account.ecr.addImage({ repositoryName: 'cache/alpine', tags: ['one-more'] });
    expect((await destroyed(prefixed({ maxImages: 6, maxRepositories: 1 }))).answer).toMatchObject({ Status: 'SUCCESS' });
    expect([account.ecr.images('cache/alpine'), account.ecr.repository('cache/library/node').exists]).toEqual([7, false]);
  });

  test('is looked up in its own Region', async () => {
    account.ecr.seed({ repositoryName: 'cache/alpine', images: 1, kind: 'flat', tags: TAGS, region: 'eu-west-1' });
    declares('cache/alpine', stackId.replace('us-east-1', 'eu-west-1'));
    expect((await destroyed(prefixed({ regions: ['us-east-1', 'eu-west-1'] }))).answer).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('cache/alpine').exists).toBe(false);
    expect(account.ecr.images('cache/alpine', { region: 'eu-west-1' })).toBe(1);
  });

  test('is kept if a stack takes it while others are deleted, because CloudFormation is called again before each deletion', async () => {
    account.ecr.onCall = ({ operation, repositoryName }) => {
      if (operation === 'DeleteRepository' && repositoryName === 'cache/alpine') declares('cache/library/node');
    };
    expect((await destroyed(prefixed())).answer).toMatchObject({ Status: 'SUCCESS' });
    expect([account.ecr.repository('cache/alpine').exists, account.ecr.images('cache/library/node')]).toEqual([false, 6]);
    expect(logs()).toContain('repository \'cache/library/node\' in us-east-1 is kept: CloudFormation lists that name in stack Shop');
  });

  test.each(['accessDenied', 'throttle', 'serverError', 'reset'] as const)('is unknown if CloudFormation fails (%s), so all are kept,'
    + ' the response names them, and CloudFormation is called only once', async kind => {
    account.cloudFormation.faults.add({ kind, operation: 'DescribeStackResources', times: Infinity });
    const { stack, answer } = await destroyed(prefixed());
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^Repositories under 'cache\/' were not all deleted: cache\/alpine in us-east-1: it is unknown whether a stack owns it, so it is kept \(cloudformation:DescribeStackResources: .*\), cache\/library\/node in us-east-1: it is unknown .*\. Fix the cause/),
    });
    expect([account.ecr.images('cache/alpine'), account.ecr.images('cache/library/node')]).toEqual([6, 6]);
    expect(new Set(asked().map(({ input }) => input.PhysicalResourceId))).toEqual(new Set(['cache/alpine']));
    account.cloudFormation.faults.clear();
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('cache/alpine').exists).toBe(false);
  });

  test('costs two calls for each deleted repository, and no call for one without the tag', async () => {
    account.ecr.seed({ repositoryName: 'cache/kept', tags: { stage: 'prod' } });
    expect((await destroyed(prefixed())).answer).toMatchObject({ Status: 'SUCCESS' });
    expect(asked().map(({ input }) => input.PhysicalResourceId).sort())
      .toEqual(['cache/alpine', 'cache/alpine', 'cache/library/node', 'cache/library/node']);
  });

  test.each([
    ['CloudFormation', 'aws:cloudformation:stack-id'], ['a teardown', 'cdk-ecr-keeper:teardown-by'],
    ['a lifecycle policy', 'cdk-ecr-keeper:lifecycle-policy-by'],
  ])('is protected by IAM if %s tags it between the read and the deletion', async (_what, key) => {
    account.cloudFormation.onCall = ({ operation, input }) => {
      if (operation === 'DescribeStackResources' && input.PhysicalResourceId === 'cache/alpine' && asked().length > 2) {
        account.ecr.retag('cache/alpine', { [key]: 'x:y' });
      }
    };
    expect((await destroyed(prefixed())).answer).toMatchObject({
      Status: 'FAILED', Reason: expect.stringMatching(/were not all deleted: cache\/alpine in us-east-1: .*not authorized to perform: ecr:DeleteRepository/),
    });
    expect(account.ecr.images('cache/alpine')).toBe(6);
  });
});

describe('a refusal because of', () => {
  test.each<[string, Partial<PrefixTeardownProps>, RegExp]>([
    ['too many repositories', { maxRepositories: 1 },
      /there are 2 repositories, more than its maxRepositories of 1 .*npx cdk-ecr-keeper teardown --prefix cache\/ --region us-east-1 --max-repositories 2 --require-tag 'stage=test' --dry-run\)\. To delete/],
    ['too many images in one', { maxImages: 5 },
      /cache\/alpine in us-east-1: it holds 6 images.*; and cache\/library\/node in us-east-1: it holds 6 images/],
    ['both', { maxImages: 5, maxRepositories: 1 }, /there are 2 repositories.*; and cache\/alpine/],
    ['protected tags', { protectedTags: ['v*'] },
      /cache\/alpine in us-east-1: \d images? ha(s a|ve) protected tags?: v.*; and cache\/library\/node in us-east-1: \d images? ha(s a|ve) protected tags?: v/],
    [
      'new images',
      { pushedWithin: Duration.days(36_000) },
      /cache\/alpine in us-east-1: 6 images were pushed within 36000 days: .*; and cache\/library\/node in us-east-1: 6 images were pushed/,
    ],
  ])('%s changes nothing, and the printed command lifts it', async (_what, props, message) => {
    const { stack, answer } = await destroyed(prefixed(props));
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(message) });
    expect(answer!.Reason).toMatch(/^Repositories under 'cache\/' were not deleted: /);
    expect([account.ecr.images('cache/alpine'), account.ecr.images('cache/library/node')]).toEqual([6, 6]);
    expect(account.ecr.calls.some(call => call.operation === 'DeleteRepository')).toBe(false);
    obey(answer);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('cache/library/node').exists).toBe(false);
  });

  test('several repositories can be continued with the same code', async () => {
    const { stack, answer } = await destroyed(prefixed({ maxImages: 5 }));
    obey(answer);
    account.ecr.faults.add({ kind: 'killAfter', operation: 'DeleteRepository' });
    expect(await send(stack, 'Delete')).toBeUndefined();
    expect(account.ecr.repository('cache/alpine').exists).toBe(false);
    expect(account.ecr.images('cache/library/node')).toBe(6);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
  });

  test('a limit is not lifted by the code of another limit', async () => {
    const { stack, answer } = await destroyed(prefixed({ maxImages: 5 }));
    obey(answer);
    const [id] = stack.logicalIds('Custom::EcrPrefixTeardown');
    const ResourceProperties = { ...stack.customResourceProperties(id), MaxImages: '4' };
    expect(await send(stack, 'Delete', { ResourceProperties })).toMatchObject({ Status: 'FAILED' });
    expect(account.ecr.images('cache/alpine')).toBe(6);
    expect(account.ecr.repository('cache/library/node').tags[CODE]).toBeDefined();
  });

  test('a limit is not lifted by a calculated code, which is removed', async () => {
    const stack = await deployed(prefixed({ maxImages: 5 }));
    const request = { StackId: stack.stackId } as Parameters<typeof overrideCode>[0];
    const limits = ['cache/alpine', 'cache/library/node'].map(name => ({ limit: `maxImages=5 of ${name} in us-east-1`, because: '' }));
    account.ecr.retag('cache/library/node', { [CODE]: overrideCode(request, 'prefix cache/', limits) });
    status(stack, 'DELETE_IN_PROGRESS');
    for (const isFirst of [true, false]) {
      const answer = await send(stack, 'Delete');
      expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/^Repositories under 'cache\/' were not deleted: /) });
      expect(answer!.Reason.includes(`The tag ${CODE} matched no refusal of the last 7 days and was removed. `)).toBe(isFirst);
      expect([account.ecr.images('cache/alpine'), account.ecr.images('cache/library/node')]).toEqual([6, 6]);
      expect(account.ecr.repository('cache/library/node').tags).toEqual(TAGS);
      if (!isFirst) obey(answer);
    }
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
  });

  test('a limit applies to one repository: another repository that reaches it is refused separately, and the command lifts'
    + ' all', async () => {
    const { stack, answer } = await destroyed(prefixed({ maxImages: 5 }));
    obey(answer);
    account.ecr.seed({ repositoryName: 'cache/aaa', images: 7, kind: 'flat', tags: TAGS });
    const second = await send(stack, 'Delete');
    expect(second?.Reason).toMatch(/^Repositories under 'cache\/' were not deleted: cache\/aaa in us-east-1: it holds 7 images, more than its maxImages of 5\. To delete[^]*Value=\w{12}\.\w{12}\.\w{12}\n/);
    obey(second);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
  });

  test('too many repositories has no command if the command line cannot leave out declared repositories', async () => {
    const stack = await deployed(prefixed({ maxRepositories: 1 }));
    status(stack, 'DELETE_IN_PROGRESS');
    const ResourceProperties = { ...stack.customResourceProperties(resourceOf(stack)), Excluded: ['cache/declared'] };
    expect((await send(stack, 'Delete', { ResourceProperties }))?.Reason).toMatch(/more than its maxRepositories of 1\. To delete/);
  });

  test('running workloads reads each Region once to wait and once to check, with its own repositories', async () => {
    account.ecr.seed({ repositoryName: 'cache/alpine', images: 1, kind: 'flat', tags: TAGS, region: 'eu-west-1' });
    const { answer } = await destroyed(prefixed({ inUseBy: [ImageUse.lambdaFunctions()], regions: ['us-east-1', 'eu-west-1'] }));
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(account.lambda.calls.map(({ region }) => region)).toEqual(['eu-west-1', 'us-east-1', 'eu-west-1', 'us-east-1']);
  });

  test('running workloads reads everything again after the wait', async () => {
    const image = '000000000000.dkr.ecr.us-east-1.amazonaws.com/cache/library/node:v1';
    const task = account.ecs.cluster('shop')
      .task({ taskDefinition: account.ecs.taskDefinition('web', { containers: [image] }), containers: [{ image }] });
    let polls = 0;
    account.ecs.onCall = ({ operation }) => {
      if (operation !== 'ListTasks' || ++polls !== 3) return;
      account.ecs.cluster('shop').changeTask(task, undefined);
      account.ecr.retag('cache/alpine', { stage: 'prod' });
      account.ecr.seed({ repositoryName: 'cache/late', images: 1, kind: 'flat', tags: TAGS });
    };
    expect((await destroyed(prefixed({ inUseBy: [ImageUse.ecs()] }))).answer).toMatchObject({ Status: 'SUCCESS' });
    expect([
      account.ecr.images('cache/alpine'), account.ecr.repository('cache/late').exists, account.ecr.repository('cache/library/node').exists,
    ]).toEqual([6, false, false]);
  });

  test('a workload that runs from one of the repositories', async () => {
    account.lambda.function('worker', {
      imageUri: '000000000000.dkr.ecr.us-east-1.amazonaws.com/cache/alpine:v1',
      imageDigest: account.ecr.repository('cache/alpine').images[0].digest,
    });
    const { answer } = await destroyed(prefixed({ inUseBy: [ImageUse.lambdaFunctions()] }));
    expect(answer).toMatchObject({
      Status: 'FAILED', Reason: expect.stringContaining('cache/alpine in us-east-1: its images are in use: Lambda function worker'),
    });
    expect(account.ecr.images('cache/library/node')).toBe(6);
  });

  test('a stack that never finished its creation is lifted by the command', async () => {
    const stack = DeployedStack.of('Test', prefixed());
    status(stack, 'CREATE_IN_PROGRESS', 'CREATE_FAILED', 'DELETE_IN_PROGRESS');
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('this stack never finished') });
    expect(account.ecr.images('cache/alpine')).toBe(6);
  });
});

describe('every image is kept unless the whole stack is deleted:', () => {
  test.each([
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'UPDATE_IN_PROGRESS',
  ])('%s', async now => {
    const stack = await deployed(prefixed());
    status(stack, now);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect([account.ecr.images('cache/alpine'), account.ecr.images('cache/library/node')]).toEqual([6, 6]);
    expect(account.ecr.calls).toEqual([]);
  });

  test('a changed prefix under the same logical id is refused, but not in a rollback', async () => {
    const stack = await deployed(prefixed());
    const OldResourceProperties = { ...stack.customResourceProperties(resourceOf(stack)), Prefix: 'other/' };
    status(stack, 'UPDATE_IN_PROGRESS');
    expect(await send(stack, 'Update', { OldResourceProperties }))
      .toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('cannot replace those under \'other/\'') });
    status(stack, 'UPDATE_ROLLBACK_IN_PROGRESS');
    expect(await send(stack, 'Update', { OldResourceProperties })).toMatchObject({ Status: 'SUCCESS' });
  });

  test.each(['', 'ROOT', '/', 'cache', 'Cache/'])('an invalid prefix that synthesis could not check does not decode:'
    + ' "%s"', async Prefix => {
    const stack = DeployedStack.of('Test', prefixed());
    const ResourceProperties = { ...stack.customResourceProperties(resourceOf(stack)), Prefix };
    status(stack, 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS');
    expect(await send(stack, 'Delete', { ResourceProperties }))
      .toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('\'Prefix\' must be') });
    expect(account.ecr.calls).toEqual([]);
  });
});

test('every granted permission is used, and IAM denies other repositories', async () => {
  const build = prefixed({ maxImages: 9, audit: TeardownAudit.toLogs(), regions: ['us-east-1'] });
  const stack = await deployed(build);
  crowd(stack);
  status(stack, 'DELETE_IN_PROGRESS');
  account.ecr.retag('cache/library/node', { [CODE]: '0123456789ab' });
  const MaxImages = { ...stack.customResourceProperties(resourceOf(stack)), MaxImages: '1' };
  expect(await send(stack, 'Delete', { ResourceProperties: MaxImages })).toMatchObject({ Status: 'FAILED' });
  expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
  const granted = stack.policy().flatMap((statement, index) => [statement.Action].flat().flatMap(action =>
    [statement.Resource].flat().map(resource => `${index} ${action} on ${resource}`)));
  const used = account.ecr.granted(account.roleOf(stack)).map(grant => `${grant.statementIndex} ${grant.action} on ${grant.resource}`);
  expect(granted.filter(grant => !used.includes(grant)).map(grant => grant.split(' ')[1]).sort())
    .toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  const ResourceProperties = { ...stack.customResourceProperties(resourceOf(stack)), Prefix: 'cached/' };
  expect(await send(stack, 'Delete', { ResourceProperties })).toMatchObject({ Status: 'FAILED' });
});
