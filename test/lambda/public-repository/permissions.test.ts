import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { logoFile, png } from './logo-file';
import { ASSETS, MARK, push, TYPE, UUID } from './public-stack';
import { publicRepositoryHandler } from '../../../lambda/public-repository/handler';
import { PublicRepository, PublicTeardown, TeardownAudit } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, crowd, sendTo, startForEachTest, status, success } from '../handler-scene';

const logo = logoFile(png(60));

/** Everything that needs a permission. The second deployment lacks what the first one set, which needs the other permissions. */
const build = (isFirst: boolean) => (stack: Stack) => {
  const audit = TeardownAudit.toBucket(s3.Bucket.fromBucketName(stack, 'Audit', 'audit-bucket'));
  const one = new PublicRepository(stack, 'One', {
    repositoryName: 'team/one', catalogData: { logo }, teardown: PublicTeardown.empty({ audit }), tags: isFirst ? { a: 'b' } : { c: 'd' },
  });
  if (isFirst) one.addToResourcePolicy(push('111111111111'));
  new PublicRepository(stack, 'Two', { repositoryName: 'team/two', teardown: PublicTeardown.deleteWithImages({ maxImages: 9 }) });
};

/** Granted permissions that the handler itself never uses. */
const USED_ON_OUR_BEHALF = [
  // The Lambda service writes a function's output with its role:
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
  'logs:CreateLogStream', 'logs:PutLogEvents',
];

startForEachTest({ handler: publicRepositoryHandler, resourceType: TYPE });

async function publish(stack: DeployedStack, id: string): Promise<void> {
  account.s3.bucket(ASSETS);
  account.s3.bucket('audit-bucket');
  const { LogoBucket: Bucket, LogoKey: Key } = stack.customResourceProperties(id) as Record<string, string>;
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: account.s3.endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: 'publisher', secretAccessKey: 'test' },
  });
  await client.send(new PutObjectCommand({ Bucket, Key, Body: 'picture' }));
}

test('every granted action, on each resource, under each condition, is used', async () => {
  const [stack, later] = [DeployedStack.of('Stack', build(true)), DeployedStack.of('Stack', build(false))];
  expect(later.policy()).toEqual(stack.policy());
  const [one, two] = stack.logicalIds(TYPE);
  await publish(stack, one);

  status(stack, 'CREATE_IN_PROGRESS');
  await success(sendTo(one, stack, 'Create'));
  await success(sendTo(two, stack, 'Create'));
  status(stack, 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS');
  await success(sendTo(one, later, 'Update', { OldResourceProperties: stack.customResourceProperties(one) }));
  account.ecrPublic.seed({ repositoryName: 'team/one', images: 3, kind: 'flat' });
  await success(sendTo(two, stack, 'Update', { OldResourceProperties: stack.customResourceProperties(two) }));
  status(stack, 'UPDATE_COMPLETE');
  crowd(stack);
  status(stack, 'DELETE_IN_PROGRESS');
  await success(sendTo(two, stack, 'Delete'));
  await success(sendTo(one, stack, 'Delete'));

  const granted = stack.policy().flatMap((statement, index) => [statement.Action].flat().flatMap(action =>
    [statement.Resource].flat().map(resource => `${index} ${action} on ${resource} if ${JSON.stringify(statement.Condition ?? {})}`)));
  const used = account.ecr.granted(account.roleOf(stack)).map(grant =>
    `${grant.statementIndex} ${grant.action} on ${grant.resource} if ${JSON.stringify(grant.condition ?? {})}`);
  const unused = granted.filter(grant => !used.includes(grant));
  expect(unused.map(grant => grant.split(' ')[1]).sort()).toEqual([...USED_ON_OUR_BEHALF].sort());
});

describe('a role is denied', () => {
  const plain = (scope: Stack) => {
    new PublicRepository(scope, 'One', { repositoryName: 'team/one', teardown: PublicTeardown.deleteWithImages() });
  };

  test('deleting a repository that its own stack did not mark', async () => {
    const stack = DeployedStack.of('Stack', plain);
    const [one] = stack.logicalIds(TYPE);
    account.ecrPublic.seed({ repositoryName: 'team/one', images: 3, kind: 'flat', tags: { [MARK]: `${UUID}:${one}` } });
    account.cloudFormation.stack(stack.stackId).status('CREATE_COMPLETE').status('DELETE_IN_PROGRESS');
    // the handler reads its own mark, and another stack's mark is there when it deletes
    account.cloudFormation.onCall = call => {
      if (call.operation === 'DescribeStackEvents') {
        account.ecrPublic.retag('team/one', { [MARK]: '99999999-9999-9999-9999-999999999999:One' });
      }
    };
    expect((await sendTo(one, stack, 'Delete'))?.Reason)
      .toMatch(
        /^Public repository 'team\/one': the function's role was denied ecr-public:DeleteRepository for 60 seconds\. Check for .*\nUser: /,
      );
    expect(account.ecrPublic.repository('team/one').images).toHaveLength(3);
  });

  test('creating or marking any repository except those that the template names', async () => {
    const stack = DeployedStack.of('Stack', plain);
    const [one] = stack.logicalIds(TYPE);
    const ResourceProperties = {
      ...stack.customResourceProperties(one), RepositoryArn: 'arn:aws:ecr-public::000000000000:repository/team/other',
    };
    const answer = await sendTo(one, stack, 'Create', { ResourceProperties });
    expect(answer?.Reason).toContain('was denied ecr-public:CreateRepository');
    expect(account.ecrPublic.repository('team/other').exists).toBe(false);
  });
});
