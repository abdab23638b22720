import { Stack } from 'aws-cdk-lib';
import { imageTagsHandler } from '../../../lambda/image-tags/handler';
import {
  AccountAccess, ExistingRepository, ImageTags, Repository, RepositoryCapability, RepositoryImage, TagRemovalPolicy,
} from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, sendDuring, startForEachTest } from '../handler-scene';
import { EXTERNAL_ID, letIn, OUR_ENVIRONMENT, stackThatReachesOut, THEIR_ENVIRONMENT, THEIR_ROLE } from '../other-account';

const TYPE = 'Custom::EcrImageTags';
const NAME = 'team/shared';
const WEST = { account: OUR_ENVIRONMENT.account, region: 'eu-west-1' };

startForEachTest({ handler: imageTagsHandler, resourceType: TYPE });

const tagged = (place: typeof WEST, access?: AccountAccess) => (stack: Stack) => {
  const arn = `arn:aws:ecr:${place.region}:${place.account}:repository/${NAME}`;
  const image = RepositoryImage.fromRepository(ExistingRepository.fromRepositoryArn(stack, 'Shared', arn, { access }), 'build-1');
  new ImageTags(stack, 'Tags', { image, tags: ['prod'], tagRemovalPolicy: TagRemovalPolicy.DESTROY });
};
const seed = (place: typeof WEST) => {
  account.ecr.seed({ repositoryName: NAME, ...place });
  return account.ecr.addRealImage({ repositoryName: NAME, ...place, tags: ['build-1'], seed: 1 }).digest;
};
const tagsIn = (place: typeof WEST) => account.ecr.repository(NAME, place).images.map(({ tags }) => [...tags].sort());

test('tags of a repository in another Region are set and removed there', async () => {
  for (const place of [OUR_ENVIRONMENT, WEST]) seed(place);
  const stack = stackThatReachesOut(tagged(WEST));
  const answer = await sendDuring(stack, 'Create', 'CREATE_IN_PROGRESS');
  expect(answer).toMatchObject({ Status: 'SUCCESS' });
  expect([tagsIn(WEST), tagsIn(OUR_ENVIRONMENT)]).toEqual([[['build-1', 'prod']], [['build-1']]]);
  expect(await sendDuring(stack, 'Delete', 'DELETE_IN_PROGRESS', { PhysicalResourceId: answer!.PhysicalResourceId }))
    .toMatchObject({ Status: 'SUCCESS' });
  expect(tagsIn(WEST)).toEqual([['build-1']]);
  expect(new Set(account.ecr.calls.map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
});

describe('in another account', () => {
  const ours = () => stackThatReachesOut(tagged(THEIR_ENVIRONMENT, { roleArn: THEIR_ROLE, externalId: EXTERNAL_ID }));

  test('with both templates, tags are set there, moved back there in a rollback, and removed there', async () => {
    const digest = seed(THEIR_ENVIRONMENT);
    const stack = ours();
    letIn(account, stack, NAME, [RepositoryCapability.push(), RepositoryCapability.deleteImages()]);
    const created = await sendDuring(stack, 'Create', 'CREATE_IN_PROGRESS');
    expect(created).toMatchObject({ Status: 'SUCCESS', Data: { ImageDigestHex: digest.slice('sha256:'.length) } });
    expect(tagsIn(THEIR_ENVIRONMENT)).toEqual([['build-1', 'prod']]);

    account.ecr.addRealImage({ repositoryName: NAME, ...THEIR_ENVIRONMENT, tags: ['build-1'], seed: 2 });
    const properties = stack.customResourceProperties(stack.logicalIds(TYPE)[0]);
    const updated = await sendDuring(stack, 'Update', 'UPDATE_IN_PROGRESS', {
      PhysicalResourceId: created!.PhysicalResourceId,
      ResourceProperties: { ...properties, Trigger: '2' },
      OldResourceProperties: properties,
    });
    expect(updated).toMatchObject({ Status: 'SUCCESS' });
    expect(tagsIn(THEIR_ENVIRONMENT)).toEqual([[], ['build-1', 'prod']]);
    expect(await sendDuring(stack, 'Delete', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', {
      PhysicalResourceId: updated!.PhysicalResourceId,
    })).toMatchObject({ Status: 'SUCCESS' });
    expect(tagsIn(THEIR_ENVIRONMENT)).toEqual([['prod'], ['build-1']]);

    account.ecr.addRealImage({ repositoryName: NAME, ...THEIR_ENVIRONMENT, tags: ['theirs'], seed: 1 });
    expect(await sendDuring(stack, 'Delete', 'DELETE_IN_PROGRESS', { PhysicalResourceId: created!.PhysicalResourceId }))
      .toMatchObject({ Status: 'SUCCESS' });
    expect(tagsIn(THEIR_ENVIRONMENT)).toEqual([['theirs'], ['build-1']]);
  });

  test('a role that does not trust the function is an error', async () => {
    seed(THEIR_ENVIRONMENT);
    const stack = ours();
    letIn(account, stack, NAME, [RepositoryCapability.scan()]);
    expect((await sendDuring(stack, 'Create', 'CREATE_IN_PROGRESS'))?.Reason)
      .toMatch(/^Repository 'team\/shared': the role \S+ cannot be assumed\. /);
    expect(tagsIn(THEIR_ENVIRONMENT)).toEqual([['build-1']]);
  });
});

test('an ARN of another account that is known only at deployment is an error, and its Delete does nothing', async () => {
  const stack = DeployedStack.of('Test', scope => {
    const image = RepositoryImage.fromRepository(Repository.fromRepositoryName(scope, 'App', NAME), 'build-1');
    new ImageTags(scope, 'Tags', { image, tags: ['prod'], tagRemovalPolicy: TagRemovalPolicy.DESTROY });
  });
  const theirs = {
    ...stack.customResourceProperties(stack.logicalIds(TYPE)[0]), RepositoryArn: `arn:aws:ecr:us-east-1:222222222222:repository/${NAME}`,
  };
  const answer = await sendDuring(stack, 'Create', 'CREATE_IN_PROGRESS', { ResourceProperties: theirs });
  expect(answer?.Reason).toMatch(/^Repository 'team\/shared' is in account 222222222222, Region us-east-1/);
  for (const PhysicalResourceId of [answer!.PhysicalResourceId, `11111111-1111-1111-1111-111111111111:${stack.logicalIds(TYPE)[0]}`]) {
    expect(await sendDuring(stack, 'Delete', 'DELETE_IN_PROGRESS', { ResourceProperties: theirs, PhysicalResourceId }))
      .toMatchObject({ Status: 'SUCCESS' });
  }
  expect(account.ecr.calls).toEqual([]);
});

describe('permissions', () => {
  const build = (tagRemovalPolicy: TagRemovalPolicy) => (scope: Stack) => {
    const image = RepositoryImage.fromRepository(Repository.fromRepositoryName(scope, 'App', NAME), 'build-1');
    new ImageTags(scope, 'Tags', { image, tags: ['prod'], tagRemovalPolicy });
  };

  test.each([
    TagRemovalPolicy.DESTROY, TagRemovalPolicy.RETAIN,
  ])('contain nothing unused, for each action, resource, and condition, with %s', async tagRemovalPolicy => {
    seed(OUR_ENVIRONMENT);
    const stack = DeployedStack.of('Test', build(tagRemovalPolicy));
    const created = await sendDuring(stack, 'Create', 'CREATE_IN_PROGRESS');
    expect(created).toMatchObject({ Status: 'SUCCESS' });
    expect(await sendDuring(stack, 'Delete', 'DELETE_IN_PROGRESS', { PhysicalResourceId: created!.PhysicalResourceId }))
      .toMatchObject({ Status: 'SUCCESS' });
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
    account.ecr.seed({ repositoryName: `${NAME}-too` });
    account.ecr.addRealImage({ repositoryName: `${NAME}-too`, tags: ['build-1'] });
    const stack = DeployedStack.of('Test', build(TagRemovalPolicy.DESTROY));
    const other = {
      ...stack.customResourceProperties(stack.logicalIds(TYPE)[0]),
      RepositoryArn: `arn:aws:ecr:us-east-1:000000000000:repository/${NAME}-too`,
    };
    expect((await sendDuring(stack, 'Create', 'CREATE_IN_PROGRESS', { ResourceProperties: other }))?.Reason)
      .toContain('the function\'s role was denied ecr:');
  });
});
