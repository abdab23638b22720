import { CfnParameter, Stack } from 'aws-cdk-lib';
import { imported, MARK, owned } from './scene';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { Repository, Teardown } from '../../../src';
import type { StackResource } from '../../local-cloudformation/stack';
import { DeployedStack } from '../deployed-stack';
import { account, callsOf, logs, markOf, resourceOf, send, startForEachTest, status, success } from '../handler-scene';

const GUARDED = Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } });

const legacy = (name = 'team/legacy') => imported(GUARDED, 'Legacy', name);
const named = (name: string) => owned(Teardown.deleteWithImages(), 'App', name);

startForEachTest({ handler: teardownHandler, resourceType: 'Custom::EcrTeardown' });

describe('Create', () => {
  test('sets the mark on an imported repository once, and returns a physical id that never changes', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', tags: { owner: 'them' } });
    const stack = DeployedStack.of('Test', legacy());
    const mark = `11111111-1111-1111-1111-111111111111:${resourceOf(stack)}`;
    expect(await send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: mark });
    expect(account.ecr.repository('team/legacy').tags).toEqual({ owner: 'them', [MARK]: mark });
    expect(await send(stack, 'Create', { RequestId: 'again' })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: mark });
    expect(account.ecr.calls.filter(call => call.operation === 'TagResource')).toHaveLength(1);
  });

  test('fails if the repository does not exist', async () => {
    expect(await send(DeployedStack.of('Test', legacy()), 'Create')).toMatchObject({
      Status: 'FAILED',
      Reason: 'Repository \'team/legacy\' does not exist in this account and Region. Create it or correct its name, then deploy again.',
    });
  });

  test('fails if the repository has as many tags as ECR allows', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', tags: Object.fromEntries([...Array(50).keys()].map(i => [`k${i}`, 'v'])) });
    expect((await send(DeployedStack.of('Test', legacy()), 'Create'))?.Reason)
      .toMatch(/^Repository 'team\/legacy' already has the 50 tags that ECR allows, .*\. Remove a tag/);
  });

  test('waits for a repository of the stack that ECR shows a minute late', async () => {
    let readings = 0;
    account.ecr.onCall = ({ operation }) => {
      if (operation !== 'ListTagsForResource' || ++readings !== 20) return;
      const [{ repositoryName, tags }] = stack.nativeRepositories();
      account.ecr.seed({ repositoryName, tags });
    };
    const stack = DeployedStack.of('Test', named('team/app'));
    await success(send(stack, 'Create'));
    expect(readings).toBe(21);
  });

  test('fails if the mark of the template never appears', async () => {
    account.ecr.seed({ repositoryName: 'team/app' });
    const stack = DeployedStack.of('Test', named('team/app'));
    status(stack, 'CREATE_IN_PROGRESS');
    account.cloudFormation.stack(stack.stackId).resource(stack.logicalIds('AWS::ECR::Repository')[0], {
      type: 'AWS::ECR::Repository', physicalId: 'team/other',
    });
    expect((await send(stack, 'Create'))?.Reason)
      .toMatch(/^Repository 'team\/app' does not carry its mark: .* but is missing after 120 seconds\. Run this command, then deploy again:\naws ecr tag-resource --region us-east-1 /);
  });

  describe('of a repository with a generated name, which the function is not allowed to mark', () => {
    const generated = () => {
      const stack = DeployedStack.of('Test', scope => {
        new Repository(scope, 'App', { teardown: Teardown.deleteWithImages() });
      });
      account.ecr.principal(account.roleOf(stack), { policy: stack.policy() });
      status(stack, 'CREATE_IN_PROGRESS');
      const [{ repositoryName }] = stack.nativeRepositories();
      account.ecr.seed({ repositoryName });
      account.cloudFormation.stack(stack.stackId)
        .resource(stack.logicalIds('AWS::ECR::Repository')[0], { type: 'AWS::ECR::Repository', physicalId: repositoryName });
      return { stack, repositoryName };
    };

    test('accepts a mark that ECR shows a minute late', async () => {
      const { stack, repositoryName } = generated();
      let readings = 0;
      account.ecr.onCall = ({ operation }) => {
        if (operation === 'ListTagsForResource' && ++readings === 20) account.ecr.retag(repositoryName, { [MARK]: markOf(stack) });
      };
      await success(send(stack, 'Create'));
      expect(readings).toBeGreaterThan(20);
    });

    test('returns the command that sets a mark that never appears', async () => {
      const { stack } = generated();
      expect((await send(stack, 'Create'))?.Reason)
        .toMatch(/does not carry its mark: .* but is missing after 120 seconds\. Run this command, then deploy again:\naws ecr tag-resource /);
    });
  });

  describe('of a repository that CloudFormation imported into the stack', () => {
    const THEIRS = '22222222-2222-2222-2222-222222222222:Theirs';
    const importedResource: StackResource = { type: 'AWS::ECR::Repository', physicalId: 'team/app' };
    const importing = (tags: Record<string, string>, resource = importedResource) => {
      account.ecr.seed({ repositoryName: 'team/app', images: 3, kind: 'flat', tags });
      const stack = DeployedStack.of('Test', named('team/app'));
      account.ecr.principal(account.roleOf(stack), { policy: stack.policy() });
      status(stack, 'IMPORT_COMPLETE', 'UPDATE_IN_PROGRESS');
      account.cloudFormation.stack(stack.stackId).resource(stack.logicalIds('AWS::ECR::Repository')[0], resource);
      return stack;
    };

    test.each([
      ['without tags', {}],
      ['with the mark of a deleted stack', { [MARK]: THEIRS }],
      ['with the mark of another resource of this stack', { [MARK]: '11111111-1111-1111-1111-111111111111:Former' }],
    ])('%s, it sets the mark, because CloudFormation says that the repository belongs to the stack', async (_state, tags) => {
      const stack = importing({ owner: 'them', ...tags });
      await success(send(stack, 'Create'));
      expect(account.ecr.repository('team/app').tags).toEqual({ owner: 'them', [MARK]: markOf(stack) });
      expect(callsOf('TagResource')).toHaveLength(1);
      expect(logs()).toContain(`of this stack, so its mark was set (before: ${(tags as Record<string, string>)[MARK] ?? 'missing'}`);
    });

    test('accepts the tags of the template', async () => {
      const stack = importing({});
      account.ecr.retag('team/app', { [MARK]: markOf(stack) });
      await success(send(stack, 'Create'));
      expect(callsOf('TagResource')).toEqual([]);
      expect(account.cloudFormation.calls.map(({ operation }) => operation)).not.toContain('DescribeStackResource');
    });

    test('writes the tags of the template again if ECR shows them some seconds late', async () => {
      const stack = importing({});
      account.ecr.onCall = ({ operation }) => {
        if (operation === 'ListTagsForResource' && callsOf('ListTagsForResource').length === 1) {
          account.ecr.retag('team/app', { [MARK]: markOf(stack) });
        }
      };
      await success(send(stack, 'Create'));
      expect(callsOf('TagResource')).toEqual([]);
    });

    test.each<[string, StackResource]>([
      ['has another repository under that logical id', { type: 'AWS::ECR::Repository', physicalId: 'team/other' }],
      ['has deleted it', { type: 'AWS::ECR::Repository', physicalId: 'team/app', status: 'DELETE_IN_PROGRESS' }],
    ])('a stack that %s gets no mark', async (_state, resource) => {
      const stack = importing({ [MARK]: THEIRS }, resource);
      expect((await send(stack, 'Create'))?.Reason).toContain(`should be ${markOf(stack)} but is ${THEIRS} after 120 seconds`);
      expect(account.ecr.repository('team/app').tags).toEqual({ [MARK]: THEIRS });
      expect(callsOf('TagResource')).toEqual([]);
    });

    test('an Update sets no mark, because somebody may have removed it to keep the repository', async () => {
      const stack = importing({});
      const OldResourceProperties = stack.customResourceProperties(resourceOf(stack));
      expect((await send(stack, 'Update', { OldResourceProperties }))?.Reason).toContain('but is missing after 120 seconds');
      expect(callsOf('TagResource')).toEqual([]);
    });

    test('writes its mark again if another stack overwrites it based on an earlier read', async () => {
      const stack = importing({});
      let hasWritten = false;
      account.ecr.onCall = ({ operation }) => {
        if (operation !== 'TagResource' || hasWritten) return;
        hasWritten = true;
        account.ecr.retag('team/app', { [MARK]: THEIRS });
      };
      await success(send(stack, 'Create'));
      expect(account.ecr.repository('team/app').tags[MARK]).toBe(markOf(stack));
      expect(callsOf('TagResource')).toHaveLength(2);
    });

    test('IAM denies other tags, and tags of a repository with another name', async () => {
      const stack = importing({});
      const statement = stack.policy().find(({ Action }) => JSON.stringify(Action).includes('ecr:TagResource'));
      expect(statement).toMatchObject({
        Action: 'ecr:TagResource',
        Resource: ['arn:aws:ecr:us-east-1:000000000000:repository/team/app'],
        Condition: {
          'ForAllValues:StringEquals': { 'aws:TagKeys': [MARK] },
          'StringLike': { [`aws:RequestTag/${MARK}`]: '11111111-1111-1111-1111-111111111111:*' },
        },
      });
    });
  });

  test('sets a mark that ECR shows a minute late', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy' });
    let mark = '';
    let readings = 0;
    account.ecr.onCall = ({ operation }) => {
      if (operation === 'TagResource') {
        mark = account.ecr.repository('team/legacy').tags[MARK];
        account.ecr.retag('team/legacy', { [MARK]: undefined });
      }
      if (operation === 'ListTagsForResource' && mark !== '' && ++readings === 10) account.ecr.retag('team/legacy', { [MARK]: mark });
    };
    await success(send(DeployedStack.of('Test', legacy()), 'Create'));
    expect(readings).toBe(11);
  });

  test('does not name a culprit if its mark never appears', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy' });
    account.ecr.onCall = call => { if (call.operation === 'TagResource') account.ecr.retag('team/legacy', { [MARK]: undefined }); };
    expect((await send(DeployedStack.of('Test', legacy()), 'Create'))?.Reason)
      .toMatch(/does not carry its mark: .* but is missing after 120 seconds\. Deploy again\.$/);
  });

  test('does not count a mark that somebody immediately overwrites', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy' });
    account.ecr.onCall = call => { if (call.operation === 'TagResource') account.ecr.retag('team/legacy', { [MARK]: 'x:y' }); };
    expect((await send(DeployedStack.of('Test', legacy()), 'Create'))?.Reason)
      .toMatch(/^Repository 'team\/legacy' has its teardown from another stack \(its tag cdk-ecr-keeper:teardown-by is x:y\)/);
  });

  test('fails if somebody removes the mark whenever it is set', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy' });
    account.ecr.onCall = call => { if (call.operation === 'TagResource') account.ecr.retag('team/legacy', { [MARK]: undefined }); };
    expect((await send(DeployedStack.of('Test', legacy()), 'Create'))?.Reason)
      .toMatch(/does not carry its mark: .* but is missing after 120 seconds\. Deploy again/);
  });

  test('names the mark of another stack that sets it after the read, because IAM denies its own', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy' });
    const theirs = '22222222-2222-2222-2222-222222222222:Theirs';
    account.ecr.onCall = call => { if (call.operation === 'ListTagsForResource') account.ecr.retag('team/legacy', { [MARK]: theirs }); };
    expect((await send(DeployedStack.of('Test', legacy()), 'Create'))?.Reason).toContain(`(its tag ${MARK} is ${theirs})`);
    expect(account.ecr.repository('team/legacy').tags).toEqual({ [MARK]: theirs });
    expect(account.ecr.calls.filter(({ operation }) => operation === 'TagResource').map(({ outcome }) => outcome))
      .toEqual(['AccessDeniedException']);
  });

  test.each([
    ['eu-west-1', '000000000000'],
    ['us-east-1', '111111111111'],
  ])('fails if the deployment shows that the target is in another Region or account: %s, %s', async (region, owner) => {
    const stack = DeployedStack.of('Test', legacy());
    const ResourceProperties = {
      ...stack.customResourceProperties(resourceOf(stack)), RepositoryArn: `arn:aws:ecr:${region}:${owner}:repository/team/legacy`,
    };
    const answer = await send(stack, 'Create', { ResourceProperties });
    account.cloudFormation.stack(stack.stackId).status('ROLLBACK_IN_PROGRESS');
    expect(await send(stack, 'Delete', { ResourceProperties })).toMatchObject({ Status: 'SUCCESS' });
    expect(answer?.PhysicalResourceId).toBe('cdk-ecr-keeper:not-created');
    expect(answer?.Reason).toMatch(
      new RegExp(`^Repository 'team/legacy' is in account ${owner}, Region ${region}, but the stack is in .*\\. Declare the teardown`
        + ' in a stack of the'
        + ' repository\'s own account and Region, or use an ARN that is known at synthesis\\.$'));
    expect(account.ecr.calls).toEqual([]);
  });

  test.each([
    ['MaxImages', '-1', /'MaxImages' must be a whole number of at least 0, got: "-1"\. Correct the property/],
    ['MaxImages', 'many', /'MaxImages' must be a whole number/],
    ['RepositoryArn', 'arn:aws:s3:::x', /'RepositoryArn' must be the ARN of a private repository, got: "arn:aws:s3:::x"/],
    ['RequireTagKey', undefined, /'RequireTagKey' must be a string, got: nothing\. Correct the property/],
    ['OnStackDelete', 'explode', /'OnStackDelete' must be one of delete-with-images, empty, retain, got: "explode"/],
  ])('a property that only the deployment knew does not decode: %s=%s;'
    + ' the Delete that follows has nothing to do', async (name, value, message) => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 1, kind: 'flat' });
    const stack = DeployedStack.of('Test', legacy());
    const ResourceProperties = { ...stack.customResourceProperties(resourceOf(stack)), [name]: value };
    const answer = await send(stack, 'Create', { ResourceProperties });
    expect(answer?.Reason).toMatch(message);
    account.cloudFormation.stack(stack.stackId).status('DELETE_IN_PROGRESS');
    expect(await send(stack, 'Delete', { ResourceProperties, PhysicalResourceId: answer!.PhysicalResourceId }))
      .toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.calls).toEqual([]);
  });
});

describe('Update', () => {
  const updated = async (before: DeployedStack, after: DeployedStack) =>
    send(after, 'Update', { OldResourceProperties: before.customResourceProperties(resourceOf(before)), PhysicalResourceId: 'kept' });

  test('sets a removed mark again, and keeps the physical id', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy' });
    const stack = DeployedStack.of('Test', legacy());
    await send(stack, 'Create');
    account.ecr.retag('team/legacy', { [MARK]: undefined });
    expect(await updated(stack, stack)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'kept' });
    expect(account.ecr.repository('team/legacy').tags[MARK]).toContain(resourceOf(stack));
  });

  test('does not take a mark from another stack', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', tags: { [MARK]: 'other:stack' } });
    const stack = DeployedStack.of('Test', legacy());
    account.cloudFormation.stack(stack.stackId).status('UPDATE_IN_PROGRESS');
    expect((await updated(stack, stack))?.Reason).toContain('has its teardown from another stack');
    expect(account.ecr.repository('team/legacy').tags[MARK]).toBe('other:stack');
  });

  test('fails before any change if a token target changed', async () => {
    account.ecr.seed({ repositoryName: 'one', images: 1, kind: 'flat' });
    account.ecr.seed({ repositoryName: 'two', images: 1, kind: 'flat' });
    const build = (stack: Stack) => legacy(new CfnParameter(stack, 'Name').valueAsString)(stack);
    const template = (name: string) => {
      const stack = new Stack();
      build(stack);
      return new DeployedStack(
        DeployedStack.of('Test', legacy()).stackId, stack.resolve((stack as any)._toCloudFormation()).Resources, { Name: name },
      );
    };
    const [one, two] = [template('one'), template('two')];
    await send(one, 'Create');
    account.cloudFormation.stack(one.stackId).status('UPDATE_IN_PROGRESS');
    expect((await updated(one, two))?.Reason)
      .toMatch(/^Repository 'two' cannot replace 'one' in the same teardown\. Give the teardown a different construct id/);
    expect(account.ecr.repository('two').tags).toEqual({});
    account.cloudFormation.stack(one.stackId).status('UPDATE_ROLLBACK_IN_PROGRESS');
    expect(await updated(two, one)).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('one').tags[MARK]).toContain(resourceOf(one));
  });

  test('keeps an owned repository that was replaced, and logs that', async () => {
    const [before, after] = [DeployedStack.of('Test', named('old')), DeployedStack.of('Test', named('new'))];
    for (const stack of [before, after]) account.ecr.seed({ ...stack.nativeRepositories()[0], images: 2, kind: 'flat' });
    expect(await updated(before, after)).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.images('old')).toBe(2);
    expect(account.logs.join('\n'))
      .toContain('repository \'old\' was replaced by \'new\'; the old one is kept with its images, outside the stack;'
        + ' to adopt it: npx cdk-ecr-keeper adopt old');
  });

  test.each([
    ['another stack\'s mark', () => account.ecr.seed({ repositoryName: 'team/legacy', tags: { [MARK]: 'other:stack' } })],
    ['a missing repository', () => undefined],
  ])('nothing is refused while the stack rolls back: %s', async (_what, prepare) => {
    prepare();
    const stack = DeployedStack.of('Test', legacy());
    account.cloudFormation.stack(stack.stackId).status('UPDATE_ROLLBACK_IN_PROGRESS');
    expect(await updated(stack, stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(account.logs.join('\n')).toContain('the stack is rolling back, so this error is ignored');
  });
});
