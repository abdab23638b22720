import type { Stack } from 'aws-cdk-lib';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { ExistingRepository, RepositoryCapability, RepositoryPrincipal } from '../../../src';
import type { Statement } from '../../../src/core/policy/document';
import { DeployedStack } from '../deployed-stack';
import { account, send, startForEachTest } from '../handler-scene';
import { EXTERNAL_ID, letIn, OUR_ENVIRONMENT, stackThatReachesOut, THEIR_ENVIRONMENT, THEIR_ROLE } from '../other-account';

const TYPE = 'Custom::EcrRepositoryPolicy';
const NAME = 'team/shared';
const WEST = { account: OUR_ENVIRONMENT.account, region: 'eu-west-1' };
const FOREIGN: Statement = { Sid: 'Theirs', Effect: 'Allow', Principal: { AWS: '555555555555' }, Action: 'ecr:BatchGetImage' };

startForEachTest({ handler: repositoryPolicyHandler, resourceType: TYPE });

const granting = (place: typeof WEST, access?: { roleArn: string; externalId: string }) => (stack: Stack) => {
  const arn = `arn:aws:ecr:${place.region}:${place.account}:repository/${NAME}`;
  ExistingRepository.fromRepositoryArn(stack, 'Shared', arn, { access }).grantPull(RepositoryPrincipal.accounts('333333333333'));
};
const seed = (place: typeof WEST) =>
  account.ecr.seed({ repositoryName: NAME, ...place, policyText: JSON.stringify({ Version: '2012-10-17', Statement: [FOREIGN] }) });
const statements = (place: typeof WEST) => account.ecr.repository(NAME, place).policy?.Statement ?? [];

describe('another Region', () => {
  beforeEach(() => {
    seed(OUR_ENVIRONMENT);
    seed(WEST);
  });
  afterEach(() => expect(statements(OUR_ENVIRONMENT)).toHaveLength(1));

  test.each([
    ['a stack whose environment is known', () => stackThatReachesOut(granting(WEST))],
    ['an environment-agnostic stack', () => DeployedStack.of('Build', stack => {
      const repository = ExistingRepository.fromRepositoryName(stack, 'Shared', NAME, { region: WEST.region });
      repository.grantPull(RepositoryPrincipal.accounts('333333333333'));
    })],
  ])('%s grants and revokes the permission there', async (_what, build) => {
    const stack = build();
    expect(await send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS' });
    expect(statements(WEST)).toHaveLength(2);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(statements(WEST)).toEqual([expect.objectContaining({ Sid: 'Theirs' })]);
    expect(new Set(account.ecr.calls.map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
  });

  test('the function may not write a repository in its own Region', async () => {
    const stack = stackThatReachesOut(granting(WEST));
    const ResourceProperties = {
      ...stack.customResourceProperties(stack.logicalIds(TYPE)[0]),
      RepositoryArn: `arn:aws:ecr:us-east-1:${WEST.account}:repository/${NAME}`,
      Region: undefined,
    };
    expect((await send(stack, 'Create', { ResourceProperties }))?.Status).toBe('FAILED');
  });
});

describe('another account', () => {
  const ours = (externalId = EXTERNAL_ID) => stackThatReachesOut(granting(THEIR_ENVIRONMENT, { roleArn: THEIR_ROLE, externalId }));
  beforeEach(() => seed(THEIR_ENVIRONMENT));

  test('with both templates, the permission is granted and revoked there', async () => {
    const stack = ours();
    letIn(account, stack, NAME, [RepositoryCapability.statements()]);
    expect(await send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS' });
    expect(statements(THEIR_ENVIRONMENT)).toHaveLength(2);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(statements(THEIR_ENVIRONMENT)).toEqual([expect.objectContaining({ Sid: 'Theirs' })]);
  });

  test('a role for another purpose cannot be assumed', async () => {
    const stack = ours();
    letIn(account, stack, NAME, [RepositoryCapability.lifecycle()]);
    const answer = await send(stack, 'Create');
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'cdk-ecr-keeper:not-created' });
    expect(answer?.Reason).toContain(`Repository '${NAME}': the role ${THEIR_ROLE} cannot be assumed. Let it trust this function's role`);
    expect(statements(THEIR_ENVIRONMENT)).toHaveLength(1);
  });

  test('a wrong external id fails the Create, and its Delete does nothing', async () => {
    const stack = ours('wrong');
    letIn(account, stack, NAME, [RepositoryCapability.statements()]);
    const answer = await send(stack, 'Create');
    expect(answer?.Status).toBe('FAILED');
    expect(await send(stack, 'Delete', { PhysicalResourceId: answer!.PhysicalResourceId })).toMatchObject({ Status: 'SUCCESS' });
  });

  test('the roles in both accounts have no unused permission', async () => {
    const stack = ours();
    letIn(account, stack, NAME, [RepositoryCapability.statements()]);
    await send(stack, 'Create');
    account.ecr.vanish(NAME, THEIR_ENVIRONMENT);
    account.ecr.seed({ repositoryName: NAME, ...THEIR_ENVIRONMENT });
    await send(stack, 'Create');
    account.cloudFormation.stack(stack.stackId).status('UPDATE_IN_PROGRESS');
    await send(stack, 'Delete');
    const used = [account.roleOf(stack), ...account.sts.sessions.map(({ accessKeyId }) => accessKeyId)]
      .flatMap(key => account.ecr.granted(key).map(grant => grant.action));
    expect(new Set(used)).toEqual(new Set([
      'sts:AssumeRole', 'cloudformation:DescribeStacks', 'ecr:GetRepositoryPolicy', 'ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy',
    ]));
    expect(stack.policy().flatMap(({ Action }) => [Action].flat()).sort()).toEqual([
      'cloudformation:DescribeStacks', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sts:AssumeRole',
    ]);
  });
});
