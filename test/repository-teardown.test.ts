import { App, CfnParameter, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Repository, RepositoryTeardown, Teardown } from '../src';

const GUARDED = Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } });
const ENV = { account: '111111111111', region: 'eu-west-1' };

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack');
});

const logicalIds = (type: string) => Object.keys(Template.fromStack(stack).findResources(type));

describe('on a repository of the same stack', () => {
  test.each<[string, (scope: Stack) => ecr.Repository]>([
    ['of aws-ecr', scope => new ecr.Repository(scope, 'Repository')],
    ['of ours', scope => new Repository(scope, 'Repository')],
  ])('it delegates to the native properties: %s', (_whose, make) => {
    const repository = make(stack);
    new RepositoryTeardown(stack, 'Teardown', { repository, teardown: Teardown.deleteWithImages() });
    Template.fromStack(stack).hasResource('AWS::ECR::Repository', {
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Retain',
      Properties: { Tags: [{ Key: 'cdk-ecr-keeper:teardown-by', Value: Match.anyValue() }] },
    });
    Template.fromStack(stack).hasResourceProperties('Custom::EcrTeardown', { Owned: true });
  });

  test('an import of its name or ARN is the repository itself', () => {
    const repository = new ecr.Repository(stack, 'Repository');
    const again = ecr.Repository.fromRepositoryName(stack, 'Again', repository.repositoryName);
    new RepositoryTeardown(stack, 'Teardown', { repository: again, teardown: Teardown.deleteWithImages() });
    Template.fromStack(stack).hasResourceProperties('Custom::EcrTeardown', { Owned: true });
  });

  test('contradictions throw', () => {
    const emptied = new ecr.Repository(stack, 'Emptied', { emptyOnDelete: true, removalPolicy: RemovalPolicy.DESTROY });
    expect(() => new RepositoryTeardown(stack, 'A', { repository: emptied, teardown: Teardown.deleteWithImages() })).toThrow(/'emptyOnDelete' must not be combined/);
    const auto = new ecr.Repository(stack, 'Auto', { autoDeleteImages: true, removalPolicy: RemovalPolicy.DESTROY });
    expect(() => new RepositoryTeardown(stack, 'B', { repository: auto, teardown: Teardown.deleteWithImages() })).toThrow(/'autoDeleteImages' must not be combined/);
    const twice = new Repository(stack, 'Twice', { teardown: Teardown.deleteWithImages() });
    expect(() => new RepositoryTeardown(stack, 'C', { repository: twice, teardown: Teardown.deleteWithImages() })).toThrow(/has a teardown already, given at 'Stack\/Twice'/);
  });
});

test('on a repository of another stack of the app it throws and says where to do it', () => {
  const repository = new Repository(new Stack(app, 'Owner'), 'Repository');
  expect(() => new RepositoryTeardown(stack, 'Teardown', { repository, teardown: GUARDED }))
    .toThrow(/Stack\/Teardown: 'repository' belongs to the stack 'Owner', .* 'Owner\/Repository\/Resource'/);
  const imported = Repository.fromRepositoryName(stack, 'Imported', repository.repositoryName);
  expect(() => new RepositoryTeardown(stack, 'Teardown2', { repository: imported, teardown: GUARDED })).toThrow(/belongs to the stack 'Owner'/);
});

describe('on an imported repository', () => {
  const imported = (name = 'team/legacy', id = 'Legacy') => Repository.fromRepositoryName(stack, id, name);

  test('its own policy may set the mark, and nothing else, on this repository, and outlives the custom resource', () => {
    new RepositoryTeardown(stack, 'Teardown', { repository: imported(), teardown: GUARDED });
    const [policyId] = logicalIds('AWS::IAM::Policy').filter(id => id.includes('MarkPolicy'));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{
          Action: 'ecr:TagResource',
          Effect: 'Allow',
          Resource: { 'Fn::Join': ['', Match.arrayWith([':repository/team/legacy'])] },
          Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cdk-ecr-keeper:teardown-by'] } },
        }],
      },
    });
    Template.fromStack(stack).hasResource('Custom::EcrTeardown', {
      Properties: { Owned: false, RequireTagKey: 'stage', RequireTagValue: 'test', RepositoryLogicalId: Match.absent() },
      DependsOn: Match.arrayWith([policyId]),
    });
    Template.fromStack(stack).resourceCountIs('AWS::ECR::Repository', 0);
  });

  test('another literal target is another resource and another policy; a token target is not', () => {
    const ids = (name: (scope: Stack) => string) => {
      stack = new Stack(new App(), 'Stack');
      new RepositoryTeardown(stack, 'Teardown', { repository: imported(name(stack)), teardown: GUARDED });
      return [...logicalIds('Custom::EcrTeardown'), ...logicalIds('AWS::IAM::Policy').filter(id => id.includes('MarkPolicy'))];
    };
    const [one, other, again] = [ids(() => 'team/one'), ids(() => 'team/other'), ids(() => 'team/one')];
    expect(again).toEqual(one);
    for (const id of other) expect(one).not.toContain(id);
    expect(ids(scope => new CfnParameter(scope, 'NameA').valueAsString)).toEqual(ids(scope => new CfnParameter(scope, 'NameB').valueAsString));
  });

  test('every problem at once', () => {
    stack = new Stack(app, 'Here', { env: ENV });
    const repository = Repository.fromRepositoryArn(stack, 'Elsewhere', 'arn:aws:ecr:us-east-1:222222222222:repository/team/app');
    expect(() => new RepositoryTeardown(stack, 'Teardown', { repository, teardown: Teardown.deleteWithImages({ alsoWhenRemoved: true }) })).toThrow(new RegExp([
      '3 problems',
      'is in account 222222222222, the stack in 111111111111: \'access\' must be given',
      '\'alsoWhenRemoved\' needs a repository that the same stack declares',
      '\'requireTag\' must be given',
    ].join('[^]*')));
  });

  test('one teardown per repository', () => {
    new RepositoryTeardown(stack, 'One', { repository: imported(), teardown: GUARDED });
    expect(() => new RepositoryTeardown(stack, 'Two', { repository: imported('team/legacy', 'Again'), teardown: GUARDED }))
      .toThrow(/has a teardown already, given at 'Stack\/One'/);
    stack = new Stack(app, 'Elsewhere');
    expect(() => new RepositoryTeardown(stack, 'Two', { repository: imported(), teardown: GUARDED })).not.toThrow();
  });

  test('one that the app declares under this very name is an error that says where', () => {
    new Repository(new Stack(app, 'Owner'), 'Repository', { repositoryName: 'team/legacy' });
    new RepositoryTeardown(stack, 'Teardown', { repository: imported(), teardown: GUARDED });
    expect(() => app.synth()).toThrow(/imported as 'team\/legacy', but the app declares it at 'Owner\/Repository\/Resource'/);
  });

  test('retain needs nothing', () => {
    new RepositoryTeardown(stack, 'Teardown', { repository: imported(), teardown: Teardown.retain() });
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Resources');
  });

  test('its KMS key is let go, one of another account by name', () => {
    stack = new Stack(app, 'Here', { env: ENV });
    const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:222222222222:key/1');
    new RepositoryTeardown(stack, 'Teardown', { repository: imported(), teardown: GUARDED, encryptionKey: key });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:RetireGrant', Resource: key.keyArn })]) },
    });
  });

  test('too many for one role is an error at synthesis', () => {
    for (let i = 0; i < 60; i++) new RepositoryTeardown(stack, `Teardown${i}`, { repository: imported(`team/${i}`, `Import${i}`), teardown: GUARDED });
    expect(() => app.synth()).toThrow(/would have about \d+ characters of policy, IAM allows 10240 — spread/);
  });
});

test('in a nested stack the function may read the root stack too', () => {
  const nested = new NestedStack(stack, 'Nested');
  new Repository(nested, 'Repository', { teardown: Teardown.deleteWithImages() });
  const statements = Object.values(Template.fromStack(nested).findResources('AWS::IAM::Policy'))[0].Properties.PolicyDocument.Statement;
  const [resources] = statements.filter((s: { Action: string[] }) => s.Action.includes('cloudformation:DescribeStacks')).map((s: { Resource: unknown }) => s.Resource);
  expect(resources).toEqual([{ Ref: 'AWS::StackId' }, { Ref: expect.stringContaining('StackId') }]);
  Template.fromStack(stack).hasResourceProperties('AWS::CloudFormation::Stack', { Parameters: Match.objectLike({ [resources[1].Ref]: { Ref: 'AWS::StackId' } }) });
});
