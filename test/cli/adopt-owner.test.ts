import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { adoptAccountForEachTest, ENVIRONMENT } from './adopt-account';
import { Repository, Teardown } from '../../src';

jest.setTimeout(60_000);

const account = adoptAccountForEachTest();
const UUID = '11111111-2222-3333-4444-555555555555';
const ARN = 'arn:aws:ecr:us-east-1:000000000000:repository/team/app';
const untag = (key: string) => `aws ecr untag-resource --region us-east-1 --resource-arn ${ARN} --tag-keys ${key}`;
const stackId = (name: string, uuid = UUID, region = 'us-east-1') => `arn:aws:cloudformation:${region}:000000000000:stack/${name}/${uuid}`;
const owns = (name: string, status = 'CREATE_COMPLETE', resource: { type?: string; status?: string } = {}, logicalId = 'App') =>
  account().cloudFormation.stack(stackId(name)).status(status)
    .resource(logicalId, { type: 'AWS::ECR::Repository', physicalId: 'team/app', ...resource });

beforeEach(() => {
  account().declare();
  account().seed();
});

describe('for a stack that CloudFormation finds by the name, adopt', () => {
  test('reports REFUSED if the stack owns the repository, and explains how to release it', async () => {
    owns('Old', 'UPDATE_COMPLETE');
    expect(await account().harms()).toEqual([['owner', 'REFUSED', 'stack \'Old\' (UPDATE_COMPLETE) owns it as App (CREATE_COMPLETE).'
      + ' Set removalPolicy: RemovalPolicy.RETAIN on the repository in that stack and deploy it. Then remove the repository from the stack'
      + ' and deploy it again']]);
  });

  test.each([
    ['DELETE_FAILED', 'Delete the stack again, and retain the repository'],
    ['ROLLBACK_FAILED', 'Delete the stack. If the deletion fails, delete it again, and retain the repository'],
  ])('reports REFUSED if its status is %s, with the command that deletes the stack', async (status, remedy) => {
    owns('Old', status, { status: 'DELETE_FAILED' });
    const { findings: [{ message, command }] } = await account().report();
    expect([message, command]).toEqual([
      `stack 'Old' (${status}) owns it as App (DELETE_FAILED). ${remedy}`,
      'aws cloudformation delete-stack --region us-east-1 --stack-name Old --retain-resources App',
    ]);
  });

  test('reports only a note if the stack is deleted', async () => {
    owns('Old', 'DELETE_COMPLETE', { status: 'DELETE_SKIPPED' });
    const { harms, notes } = await account().report();
    expect(harms).toEqual([]);
    expect(notes).toEqual([['owner', 'stack \'Old\' retained it when the stack was deleted']]);
  });

  test('reports only a note if the stack no longer owns the repository', async () => {
    owns('Shop', 'UPDATE_COMPLETE', { status: 'DELETE_SKIPPED' });
    const { harms, notes } = await account().report();
    expect(harms).toEqual([]);
    expect(notes).toEqual([['owner', 'stack \'Shop\' no longer owns it: its App is DELETE_SKIPPED']]);
  });

  test('reports that there is nothing to adopt if the declared stack owns the repository', async () => {
    owns('Shop', 'UPDATE_COMPLETE', {}, 'AppF1B96344');
    expect(await account().harms()).toEqual([['owner', 'REFUSED',
      'stack \'Shop\' already owns it as AppF1B96344. You do not need to adopt it, because cdk deploy updates it']]);
    account().cloudFormation.stack(stackId('Shop')).resource('AppF1B96344', { type: 'AWS::ECR::Repository' })
      .resource('Before', { type: 'AWS::ECR::Repository', physicalId: 'team/app' });
    expect((await account().harms())[0][2]).toMatch(/^stack 'Shop' \(UPDATE_COMPLETE\) owns it as Before/);
  });

  test('finds the repository even if CloudFormation returns all resources of the stack', async () => {
    account().cloudFormation.readings.set('physical-id-one-resource', 'other');
    owns('Old').resource('Service', { type: 'AWS::ECS::Service', physicalId: 'team/app' });
    expect((await account().harms()).map(([setting, effect]) => [setting, effect])).toEqual([['owner', 'REFUSED']]);
  });

  test('reports UNKNOWN if the name belongs to another resource', async () => {
    owns('Old', 'CREATE_COMPLETE', { type: 'AWS::S3::Bucket' });
    expect(await account().harms()).toEqual([['owner', 'UNKNOWN', 'it is unknown whether a stack owns it, because CloudFormation found'
      + ' another resource with the name: App (AWS::S3::Bucket) of stack \'Old\'. If a stack owns the repository, CloudFormation refuses'
      + ' the import and changes nothing']]);
  });

  test('ignores a stack in another Region', async () => {
    account().cloudFormation.stack(stackId('Old', UUID, 'eu-west-1')).status('CREATE_COMPLETE')
      .resource('App', { type: 'AWS::ECR::Repository', physicalId: 'team/app' });
    expect(await account().harms()).toEqual([]);
  });
});

describe('a mark', () => {
  const mark = (handler = 'teardown', uuid = UUID) => account().ecr.retag('team/app', { [`cdk-ecr-keeper:${handler}-by`]: `${uuid}:Id` });

  test('of a deleted stack is only a note', async () => {
    account().cloudFormation.stack(stackId('Old')).status('DELETE_COMPLETE');
    mark();
    const { harms, notes } = await account().report();
    expect(harms).toEqual([]);
    expect(notes).toContainEqual(['mark', 'the mark cdk-ecr-keeper:teardown-by names stack \'Old\', which is deleted. The mark has no'
      + ' effect']);
  });

  test('of an existing stack on any page of the stacks is REFUSED', async () => {
    account().cloudFormation.stack(stackId('Old')).status('UPDATE_COMPLETE');
    for (const number of [1, 2, 3, 4]) account().cloudFormation.stack(stackId(`S${number}`, `${number}`)).status('CREATE_COMPLETE');
    mark('lifecycle-policy');
    const { harms, findings } = await account().report();
    expect(harms).toEqual([['mark', 'REFUSED', `the mark cdk-ecr-keeper:lifecycle-policy-by=${UUID}:Id names stack 'Old' (UPDATE_COMPLETE),`
      + ' which manages the lifecycle-policy of the repository. Remove that from the stack, and deploy it. If the stack no longer manages'
      + ' it, remove the mark']]);
    expect(findings[1].command).toBe(untag('cdk-ecr-keeper:lifecycle-policy-by'));
  });

  test('of the stack that imports the repository is only a note', async () => {
    account().cloudFormation.stack(stackId('Shop')).status('UPDATE_COMPLETE');
    mark();
    const { harms, notes } = await account().report();
    expect(harms).toEqual([]);
    expect(notes).toContainEqual(['mark', 'the mark cdk-ecr-keeper:teardown-by names the stack that imports the repository']);
  });

  test('of a nested stack counts as a mark of its root stack', async () => {
    account().synth((app: App) => new Repository(
      new NestedStack(new Stack(app, 'Shop', { env: ENVIRONMENT }), 'Nested'), 'App', { repositoryName: 'team/app' },
    ));
    const rootId = stackId('Shop', '9');
    account().cloudFormation.stack(rootId).status('UPDATE_COMPLETE');
    account().cloudFormation.stack(stackId('Shop-Nested-ABC'), { rootId, parentId: rootId }).status('UPDATE_COMPLETE');
    mark();
    expect(await account().harms()).toEqual([]);
    account().declare({}, () => undefined, { stackName: 'Other' });
    expect((await account().harms()).map(([setting, effect]) => [setting, effect])).toEqual([['mark', 'REFUSED']]);
  });

  test('of a stack that CloudFormation does not find is UNKNOWN, with the command that removes the mark', async () => {
    mark();
    const { harms, findings } = await account().report();
    expect(harms).toEqual([['mark', 'UNKNOWN', `the mark cdk-ecr-keeper:teardown-by=${UUID}:Id names a stack that CloudFormation does not`
      + ' find: it was deleted more than 90 days ago, or it is in another account or Region. If the stack no longer manages the repository,'
      + ' remove the mark']]);
    expect(findings[1].command).toBe(untag('cdk-ecr-keeper:teardown-by'));
  });
});

test('a repository that its teardown kept is safe to import, even with the mark of a deleted stack', async () => {
  account().declare({ teardown: Teardown.deleteWithImages() });
  owns('Shop', 'DELETE_COMPLETE', { status: 'DELETE_SKIPPED' });
  account().ecr.retag('team/app', { 'cdk-ecr-keeper:teardown-by': `${UUID}:AppTeardownDBD10BE2` });
  const { isSafe, notes } = await account().report();
  expect([isSafe, notes.map(([setting]) => setting)]).toEqual([true, ['owner', 'mark']]);
});

test('adopt ignores the tags of CloudFormation, because CloudFormation does not always set them', async () => {
  account().ecr.retag('team/app', { 'aws:cloudformation:stack-name': 'Gone', 'aws:cloudformation:stack-id': stackId('Gone') });
  expect(await account().harms()).toEqual([]);
});
