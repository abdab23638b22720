import { DeleteRepositoryCommand, TagResourceCommand } from '@aws-sdk/client-ecr';
import type { Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { Repository, RepositoryTeardown, Teardown } from '../../../src';
import type { IamStatement } from '../../local-ecr/iam';
import { DeployedStack } from '../deployed-stack';
import { account, crowd, sendTo, startForEachTest, status, success } from '../handler-scene';

const MARK = 'cdk-ecr-keeper:teardown-by';

const build = (stack: Stack) => {
  new Repository(stack, 'App', {
    repositoryName: 'team/app', encryption: ecr.RepositoryEncryption.KMS, teardown: Teardown.deleteWithImages({ maxImages: 9 }),
  });
  new RepositoryTeardown(stack, 'Legacy', {
    repository: Repository.fromRepositoryName(stack, 'Import', 'team/legacy'),
    teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } }),
  });
};

/** Granted permissions that the handler itself never uses. */
const USED_ON_OUR_BEHALF = [
  // The Lambda service writes a function's output with its role:
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
  'logs:CreateLogStream', 'logs:PutLogEvents',
];

startForEachTest({ handler: teardownHandler, resourceType: 'Custom::EcrTeardown' });

test('every granted action, on each resource, under each condition, is used', async () => {
  const stack = DeployedStack.of('Test', build);
  const [app, legacy] = stack.logicalIds('Custom::EcrTeardown');

  account.ecr.seed({ ...stack.nativeRepositories()[0], images: 3, kind: 'flat', encryption: { encryptionType: 'KMS' } });
  account.ecr.seed({ repositoryName: 'team/legacy', images: 3, kind: 'flat', tags: { stage: 'test' } });
  // as if the stack had imported it
  account.ecr.retag('team/app', { [MARK]: undefined });
  account.cloudFormation.stack(stack.stackId)
    .resource(stack.logicalIds('AWS::ECR::Repository')[0], { type: 'AWS::ECR::Repository', physicalId: 'team/app' });
  status(stack, 'CREATE_IN_PROGRESS');
  await success(sendTo(app, stack, 'Create'));
  await success(sendTo(legacy, stack, 'Create'));
  status(stack, 'CREATE_COMPLETE', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  await success(sendTo(legacy, stack, 'Delete'));
  crowd(stack);
  status(stack, 'DELETE_IN_PROGRESS');
  await success(sendTo(app, stack, 'Delete'));
  expect(account.logs.join('\n')).not.toContain('could not be retired');

  const actionsOf = ({ Effect, Action }: IamStatement) => Effect === 'Allow' ? [Action].flat() : [];
  const granted = stack.policy().flatMap((statement, index) => actionsOf(statement).flatMap(action =>
    [statement.Resource].flat().map(resource => `${index} ${action} on ${resource} if ${JSON.stringify(statement.Condition ?? {})}`)));
  const used = account.ecr.granted(account.roleOf(stack)).map(grant =>
    `${grant.statementIndex} ${grant.action} on ${grant.resource} if ${JSON.stringify(grant.condition ?? {})}`);
  const unused = granted.filter(grant => !used.includes(grant));
  expect(unused.map(grant => grant.split(' ')[1]).sort()).toEqual([...USED_ON_OUR_BEHALF].sort());
});

describe('without the mark of its own stack, a role is denied', () => {
  test('deleting and untagging', async () => {
    const stack = DeployedStack.of('Test', build);
    const [app] = stack.logicalIds('Custom::EcrTeardown');
    account.ecr.seed({
      repositoryName: 'team/app', images: 3, kind: 'flat', tags: { [MARK]: `11111111-1111-1111-1111-111111111111:${app}` },
    });
    account.cloudFormation.stack(stack.stackId).status('CREATE_COMPLETE').status('DELETE_IN_PROGRESS');
    // the handler reads its own mark, and another stack's mark is there when it deletes
    account.cloudFormation.onCall = () => account.ecr.retag('team/app', { [MARK]: '99999999-9999-9999-9999-999999999999:App' });
    expect(await sendTo(app, stack, 'Delete')).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(
        /^Repository 'team\/app': the function's role was denied ecr:DeleteRepository for 60 seconds\. Check for .*\nUser: /,
      ),
    });
    expect(account.ecr.images('team/app')).toBe(3);
  });

  test('marking any repository except the named one', async () => {
    const stack = DeployedStack.of('Test', build);
    const [, legacy] = stack.logicalIds('Custom::EcrTeardown');
    account.ecr.seed({ repositoryName: 'team/other' });
    const ResourceProperties = {
      ...stack.customResourceProperties(legacy), RepositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/team/other',
    };
    expect((await sendTo(legacy, stack, 'Create', { ResourceProperties }))?.Reason).toContain('was denied ecr:TagResource');
    expect(account.ecr.repository('team/other').tags).toEqual({});
  });
});

describe('a role may delete a repository that the stack does not own only while it carries the tag of its owner', () => {
  test.each<[string, Record<string, string>, boolean]>([
    ['with the tag', { stage: 'test' }, true], ['with another value', { stage: 'prod' }, false], ['without it', {}, false],
  ])('%s, whatever its mark, even if the stack has repositories of its own', async (_what, tags, isAllowed) => {
    const stack = DeployedStack.of('Test', build);
    const mark = { [MARK]: '11111111-1111-1111-1111-111111111111:Legacy' };
    account.ecr.seed({ repositoryName: 'team/legacy', tags: { ...tags, ...mark } });
    account.ecr.seed({ repositoryName: 'team/app', tags: mark });
    const client = account.surroundings(account.roleOf(stack)).ecr;
    const deletion = client.send(new DeleteRepositoryCommand({ repositoryName: 'team/legacy', force: true }));
    if (isAllowed) await deletion;
    else await expect(deletion).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(account.ecr.repository('team/legacy').exists).toBe(!isAllowed);
    await client.send(new DeleteRepositoryCommand({ repositoryName: 'team/app', force: true }));
  });

  test('a tag that is removed between the read and the deletion is enforced by IAM', async () => {
    const stack = DeployedStack.of('Test', build);
    const [, legacy] = stack.logicalIds('Custom::EcrTeardown');
    account.ecr.seed({
      repositoryName: 'team/legacy',
      images: 3,
      kind: 'flat',
      tags: { stage: 'test', [MARK]: `11111111-1111-1111-1111-111111111111:${legacy}` },
    });
    status(stack, 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS');
    account.ecr.onCall = ({ operation }) => {
      if (operation === 'ListTagsForResource') account.ecr.retag('team/legacy', { stage: 'prod' });
    };
    expect((await sendTo(legacy, stack, 'Delete'))?.Reason).toContain('was denied ecr:DeleteRepository');
    expect(account.ecr.images('team/legacy')).toBe(3);
  });
});

describe('a role may set the mark of its own stack only', () => {
  const UUID = '11111111-1111-1111-1111-111111111111';
  const THEIRS = '99999999-9999-9999-9999-999999999999:Theirs';
  const tag = async (tags: Record<string, string>) => {
    const stack = DeployedStack.of('Test', build);
    const client = account.surroundings(account.roleOf(stack)).ecr;
    await client.send(new TagResourceCommand({
      resourceArn: 'arn:aws:ecr:us-east-1:000000000000:repository/team/legacy',
      tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }));
  };

  test.each<[string, Record<string, string>, Record<string, string>, boolean]>([
    ['on a repository without a mark', {}, { [MARK]: `${UUID}:Legacy` }, true],
    ['on a repository with a mark of its own', { [MARK]: `${UUID}:Before` }, { [MARK]: `${UUID}:Legacy` }, true],
    ['not on a repository with a mark of another stack', { [MARK]: THEIRS }, { [MARK]: `${UUID}:Legacy` }, false],
    ['not a mark of another stack', {}, { [MARK]: THEIRS }, false],
    ['not with another tag', {}, { [MARK]: `${UUID}:Legacy`, stage: 'test' }, false],
    ['not another tag alone', {}, { stage: 'test' }, false],
  ])('%s', async (_what, tags, wanted, isAllowed) => {
    account.ecr.seed({ repositoryName: 'team/legacy', tags });
    const result = tag(wanted);
    if (isAllowed) await result;
    else await expect(result).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(account.ecr.repository('team/legacy').tags).toEqual(isAllowed ? { ...tags, ...wanted } : tags);
  });
});
