import { Duration, Stack } from 'aws-cdk-lib';
import { TYPE } from './scene';
import { scanGateHandler } from '../../../lambda/scan-gate/handler';
import { AccountAccess, ExistingRepository, Repository, RepositoryCapability, RepositoryImage, ScanGate } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, sendDuring, startForEachTest } from '../handler-scene';
import { EXTERNAL_ID, letIn, OUR_ENVIRONMENT, stackThatReachesOut, THEIR_ENVIRONMENT, THEIR_ROLE } from '../other-account';

const NAME = 'team/shared';
const WEST = { account: OUR_ENVIRONMENT.account, region: 'eu-west-1' };

startForEachTest({ handler: scanGateHandler, resourceType: TYPE });

const gated = (place: typeof WEST, access?: AccountAccess) => (stack: Stack) => {
  const arn = `arn:aws:ecr:${place.region}:${place.account}:repository/${NAME}`;
  new ScanGate(stack, 'Gate', {
    image: RepositoryImage.fromRepository(ExistingRepository.fromRepositoryArn(stack, 'Shared', arn, { access }), 'build-1'),
  });
};
const create = (stack: DeployedStack) => sendDuring(stack, 'Create', 'CREATE_IN_PROGRESS');
const seed = (place: typeof WEST) => {
  account.ecr.seed({ repositoryName: NAME, ...place });
  return account.ecr.addRealImage({ repositoryName: NAME, ...place, tags: ['build-1'], seed: 1 }).digest;
};
const finds = (digest: string, place: typeof WEST) => account.ecr.findings(NAME, digest, [{ name: 'CVE-1', severity: 'CRITICAL' }], place);

test.each(['BASIC', 'ENHANCED'] as const)('an image in another Region is checked there: %s', async type => {
  seed(OUR_ENVIRONMENT);
  const digest = seed(WEST);
  account.ecr.scanning(type, undefined, WEST);
  const stack = stackThatReachesOut(gated(WEST));
  expect(await create(stack)).toMatchObject({ Status: 'SUCCESS', Data: { ImageDigestHex: digest.slice('sha256:'.length) } });
  finds(digest, OUR_ENVIRONMENT);
  expect(await create(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(new Set(account.ecr.calls.map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
});

test('the command that lists all findings names the other Region', async () => {
  finds(seed(WEST), WEST);
  const reason = (await create(stackThatReachesOut(gated(WEST))))?.Reason;
  expect(reason).toContain('CVE-1');
  expect(reason).toMatch(/aws ecr describe-image-scan-findings .*--region eu-west-1/);
});

describe('in another account', () => {
  const ours = () => stackThatReachesOut(gated(THEIR_ENVIRONMENT, { roleArn: THEIR_ROLE, externalId: EXTERNAL_ID }));

  test.each(['BASIC', 'ENHANCED'] as const)('the image is checked there with both templates: %s', async type => {
    const digest = seed(THEIR_ENVIRONMENT);
    account.ecr.scanning(type, undefined, THEIR_ENVIRONMENT);
    const stack = ours();
    letIn(account, stack, NAME, [RepositoryCapability.scan()]);
    expect(await create(stack)).toMatchObject({ Status: 'SUCCESS', Data: { ImageDigestHex: digest.slice('sha256:'.length) } });
    account.ecr.vanish(NAME, THEIR_ENVIRONMENT);
    finds(seed(THEIR_ENVIRONMENT), THEIR_ENVIRONMENT);
    expect((await create(stack))?.Reason).toContain('CVE-1');
  });

  test('an index and a scan that does not end in time need no other permission', async () => {
    account.ecr.seed({ repositoryName: NAME, ...THEIR_ENVIRONMENT });
    account.ecr.addRealIndex({ repositoryName: NAME, ...THEIR_ENVIRONMENT, tags: ['build-1'], attestations: true });
    const stack = ours();
    letIn(account, stack, NAME, [RepositoryCapability.scan()]);
    account.ecr.scanPolls = Infinity;
    expect((await create(stack))?.Reason).toContain('is not finished (IN_PROGRESS, scan frequency MANUAL)');
  });

  test('the function has and needs no permissions for ECR in its own account', async () => {
    expect(JSON.stringify(ours().policy())).not.toMatch(/"(ecr|inspector2):/);
  });

  test('a role that does not trust the function is an error', async () => {
    seed(THEIR_ENVIRONMENT);
    const stack = ours();
    letIn(account, stack, NAME, [RepositoryCapability.push()]);
    expect((await create(stack))?.Reason).toMatch(/^Repository 'team\/shared': the role \S+ cannot be assumed\. /);
  });
});

describe('permissions', () => {
  const build = (scope: Stack) => {
    const image = RepositoryImage.fromRepository(Repository.fromRepositoryName(scope, 'App', NAME), 'build-1');
    new ScanGate(scope, 'Gate', { image, timeout: Duration.seconds(30) });
  };

  test('contain nothing unused, for each action, resource, and condition', async () => {
    account.ecr.seed({ repositoryName: NAME });
    account.ecr.addRealIndex({ repositoryName: NAME, tags: ['build-1'] });
    const stack = DeployedStack.of('Test', build);
    const created = await create(stack);
    expect(created).toMatchObject({ Status: 'SUCCESS' });
    account.ecr.scanning('ENHANCED');
    account.ecr.scanPolls = Infinity;
    const properties = stack.customResourceProperties(stack.logicalIds(TYPE)[0]);
    expect(await sendDuring(stack, 'Update', 'UPDATE_ROLLBACK_IN_PROGRESS', {
      OldResourceProperties: properties, PhysicalResourceId: created!.PhysicalResourceId,
    })).toMatchObject({ Status: 'SUCCESS' });
    const granted = stack.policy().flatMap((statement, index) => [statement.Action].flat().flatMap(action =>
      [statement.Resource].flat().map(resource => `${index} ${action} on ${resource} if ${JSON.stringify(statement.Condition ?? {})}`)));
    const used = account.ecr.granted(account.roleOf(stack)).map(grant =>
      `${grant.statementIndex} ${grant.action} on ${grant.resource} if ${JSON.stringify(grant.condition ?? {})}`);
    // the Lambda service uses the role of the function to write its output
    expect(granted.filter(grant => !used.includes(grant)).map(grant => grant.split(' ')[1]).sort())
      .toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  });

  test('are limited to this repository', async () => {
    seed(OUR_ENVIRONMENT);
    const stack = DeployedStack.of('Test', build);
    const other = {
      ...stack.customResourceProperties(stack.logicalIds(TYPE)[0]), RepositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/other',
    };
    expect((await sendDuring(stack, 'Create', 'CREATE_IN_PROGRESS', { ResourceProperties: other }))?.Reason)
      .toContain('the function\'s role was denied ecr:');
  });
});

test('an ARN of another account that is known only at deployment is an error', async () => {
  const stack = DeployedStack.of('Test', scope => {
    new ScanGate(scope, 'Gate', { image: RepositoryImage.fromRepository(Repository.fromRepositoryName(scope, 'App', NAME), 'build-1') });
  });
  const theirs = {
    ...stack.customResourceProperties(stack.logicalIds(TYPE)[0]), RepositoryArn: `arn:aws:ecr:us-east-1:222222222222:repository/${NAME}`,
  };
  expect((await sendDuring(stack, 'Create', 'CREATE_IN_PROGRESS', { ResourceProperties: theirs }))?.Reason)
    .toMatch(/^Repository 'team\/shared' is in account 222222222222, Region us-east-1/);
  expect(account.ecr.calls).toEqual([]);
});
