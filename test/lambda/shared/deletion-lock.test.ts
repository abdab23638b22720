import {
  BatchDeleteImageCommand, BatchGetImageCommand, DeleteLifecyclePolicyCommand, DeleteRepositoryCommand, ECRClient,
  PutLifecyclePolicyCommand, SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { teardownHandler } from '../../../lambda/teardown/handler';
import {
  DeletionLock, ImageTags, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository, RepositoryImage, RepositoryPrincipal,
  TagRemovalPolicy, Teardown,
} from '../../../src';
import type { PrincipalProps } from '../../local-ecr/principal';
import { clientOf } from '../../local-ecr/test-client';
import { DeployedStack } from '../deployed-stack';
import { account, send, startForEachTest, status, success } from '../handler-scene';

const HOME = '000000000000';
const OTHER = '222222222222';
const repository = { registryId: HOME, repositoryName: 'team/app' };
const lifecycle = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]);

/** A repository whose policy allows another account and a service every action. */
const withLock = (deletionLock?: DeletionLock) => (stack: Stack) => {
  const locked = new Repository(stack, 'App', {
    ...repository, lifecycle, lifecycleGuard: LifecycleGuard.refuse({ maxImages: 5 }), deletionLock, teardown: Teardown.deleteWithImages(),
  });
  locked.addToResourcePolicy(new iam.PolicyStatement({
    principals: [RepositoryPrincipal.accounts(OTHER), new iam.ServicePrincipal('ecr.amazonaws.com')], actions: ['ecr:*'],
  }));
  new ImageTags(stack, 'Tags', {
    image: RepositoryImage.fromRepository(locked, 'v1'), tags: ['live'], tagRemovalPolicy: TagRemovalPolicy.DESTROY,
  });
};
const unlocked = withLock();
const locking = withLock(DeletionLock.everyoneExcept(
  new iam.ArnPrincipal(`arn:aws:iam::${HOME}:user/named`), RepositoryPrincipal.roles(`arn:aws:iam::${OTHER}:role/cleanup-*`),
));

startForEachTest({ handler: teardownHandler, resourceType: 'Custom::EcrTeardown' });

let client: ECRClient;
beforeEach(() => {
  client = clientOf(account.ecr, 'caller');
  account.ecr.repositoryPolicies = 'enforced';
});
afterEach(() => client.destroy());

function seed(build: (stack: Stack) => void): DeployedStack {
  const stack = DeployedStack.of('Test', build);
  account.ecr.seed({
    ...repository, tags: stack.nativeRepositories()[0].tags, images: 2, kind: 'flat', policyText: stack.repositoryPolicy(),
  });
  return stack;
}

const sessionOf = (roleArn: string) => roleArn.replace(':iam::', ':sts::').replace(':role/', ':assumed-role/').concat('/session');

/** Sends the actions in an order in which each finds what it needs. */
const COMMANDS = [
  () => client.send(new PutLifecyclePolicyCommand({ ...repository, lifecyclePolicyText: lifecycle.toJson() })),
  () => client.send(new DeleteLifecyclePolicyCommand(repository)),
  () => client.send(new BatchDeleteImageCommand({ ...repository, imageIds: [{ imageTag: 'v1' }] })),
  () => client.send(new DeleteRepositoryCommand({ ...repository, force: true })),
];

/** Returns the outcome of each locked action. */
async function outcomes(caller: PrincipalProps): Promise<string[]> {
  account.ecr.principal('caller', caller);
  const ends = new Array<string>();
  for (const command of COMMANDS) {
    ends.push(await command().then(() => 'ok', (error: Error) => error.message.replace(/.* with an/, 'an')));
  }
  return [...new Set(ends)];
}

const DENIED = ['an explicit deny in a resource-based policy'];
const OK = ['ok'];

describe('a deletion lock is enforced:', () => {
  test.each<[string, (stack: DeployedStack) => PrincipalProps, string[]]>([
    ['a user of the console is denied', () => ({ arn: `arn:aws:iam::${HOME}:user/ann` }), DENIED],
    ['an administrator is denied', () => ({ arn: sessionOf(`arn:aws:iam::${HOME}:role/Administrator`) }), DENIED],
    ['the root user is denied', () => ({ arn: `arn:aws:iam::${HOME}:root` }), DENIED],
    ['a role of another account that the policy allows is denied',
      () => ({ account: OTHER, arn: sessionOf(`arn:aws:iam::${OTHER}:role/build`) }), DENIED],
    ['a named role of another account is allowed', () => ({ account: OTHER, arn: sessionOf(`arn:aws:iam::${OTHER}:role/cleanup-1`) }), OK],
    ['a role of this account with the name of an exempt role of another account is denied',
      () => ({ arn: sessionOf(`arn:aws:iam::${HOME}:role/cleanup-1`) }), DENIED],
    ['a named user is allowed', () => ({ arn: `arn:aws:iam::${HOME}:user/named` }), OK],
    ['the role that deploys the stack is allowed',
      () => ({ arn: sessionOf(`arn:aws:iam::${HOME}:role/cdk-hnb659fds-cfn-exec-role-${HOME}-us-east-1`) }), OK],
    ['the role that starts deployments is denied',
      () => ({ arn: sessionOf(`arn:aws:iam::${HOME}:role/cdk-hnb659fds-deploy-role-${HOME}-us-east-1`) }), DENIED],
    ['the function of the teardown is allowed', stack => ({ arn: sessionOf(stack.roleArn('Teardown')) }), OK],
    ['the function that removes tags is allowed', stack => ({ arn: sessionOf(stack.roleArn('ImageTags')) }), OK],
    ['the function of a guard is denied', stack => ({ arn: sessionOf(stack.roleArn('LifecycleGuard')) }), DENIED],
    ['an AWS service is allowed what the policy allows', () => ({ service: 'ecr.amazonaws.com' }), OK],
  ])('%s', async (_what, caller, expected) => {
    const stack = seed(locking);
    expect(await outcomes(caller(stack))).toEqual(expected);
    expect(account.ecr.repository('team/app').exists).toBe(expected === DENIED);
  });

  test.each(['assumed', 'other'] as const)('a role with a path is exempt by its ARN if IAM compares the path, and otherwise it is denied'
    + ' (principal-arn-path: %s)', async reading => {
    account.readings.set('principal-arn-path', reading);
    const roleArn = `arn:aws:iam::${HOME}:role/operations/cleanup`;
    seed(withLock(DeletionLock.everyoneExcept(new iam.ArnPrincipal(roleArn))));
    const arn = `arn:aws:sts::${HOME}:assumed-role/cleanup/session`;
    expect(await outcomes({ arn, roleArn })).toEqual(reading === 'assumed' ? OK : DENIED);
    expect(account.ecr.repository('team/app').exists).toBe(reading === 'other');
  });

  test.each(['assumed', 'other'] as const)('an AWS service is not denied, whether or not everybody includes services'
    + ' (star-matches-services: %s)', async reading => {
    account.readings.set('star-matches-services', reading);
    seed(withLock(DeletionLock.everyone()));
    expect(await outcomes({ service: 'ecr.amazonaws.com' })).toEqual(OK);
  });

  test('a lock for everyone allows only the deployments', async () => {
    seed(withLock(DeletionLock.everyone()));
    expect(await outcomes({ arn: `arn:aws:iam::${HOME}:user/named` })).toEqual(DENIED);
  });

  test('an update that removes the lock lifts it', async () => {
    seed(locking);
    const ann = { arn: `arn:aws:iam::${HOME}:user/ann` };
    expect(await outcomes(ann)).toEqual(DENIED);
    seed(unlocked);
    expect(await outcomes(ann)).toEqual(OK);
  });

  test('a principal that may set the policy of the repository can remove the lock', async () => {
    seed(locking);
    account.ecr.principal('caller', { arn: `arn:aws:iam::${HOME}:user/ann` });
    await client.send(new BatchGetImageCommand({ ...repository, imageIds: [{ imageTag: 'v1' }] }));
    await client.send(new SetRepositoryPolicyCommand({ ...repository, policyText: DeployedStack.of('Test', unlocked).repositoryPolicy() }));
    expect(await outcomes({ arn: `arn:aws:iam::${HOME}:user/ann` })).toEqual(OK);
  });
});

describe('a teardown of a locked repository', () => {
  async function destroyAs(stack: DeployedStack, roleArn: string) {
    account.ecr.principal(account.roleOf(stack), { policy: stack.policy(), arn: sessionOf(roleArn) });
    status(stack, 'CREATE_IN_PROGRESS');
    await success(send(stack, 'Create'));
    status(stack, 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS');
    return send(stack, 'Delete');
  }

  test('deletes it with its stack', async () => {
    const stack = seed(locking);
    expect(await destroyAs(stack, stack.roleArn('Teardown'))).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/app').exists).toBe(false);
  });

  test('names the lock if its role is not exempt', async () => {
    const stack = seed(locking);
    expect(await destroyAs(stack, `arn:aws:iam::${HOME}:role/other`)).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(new RegExp(
        '^Repository \'team/app\': the policy of the repository denies ecr:DeleteRepository to the calling role\\. If its statement'
        + ' \'CdkEcrKeeperDeletionLock\' does, the repository has a \'deletionLock\'. Exempt the role there'
        + ' \\(DeletionLock\\.everyoneExcept\\) or remove the lock, and deploy that stack first\\.\nUser: .* is not authorized',
      )),
    });
    expect(account.ecr.images('team/app')).toBe(2);
  });

  test('names the policy if another statement denies a read', async () => {
    const stack = seed(locking);
    account.ecr.seed({
      ...repository,
      policyText: JSON.stringify({
        Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action: 'ecr:ListTagsForResource' }],
      }),
    });
    status(stack, 'CREATE_IN_PROGRESS');
    expect(await send(stack, 'Create')).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(
        /^Repository 'team\/app': the policy of the repository denies ecr:ListTagsForResource to the calling role\. Change the statement,/,
      ),
    });
  });
});
