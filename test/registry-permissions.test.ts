import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { registry, RepositoryPrincipal } from '../src';
import { app, newStackForEachTest, stack } from './construct-scene';

const { RegistryPermissions, RegistryStatement } = registry;
const TYPE = 'Custom::EcrRegistryPermissions';
const ORGANIZATION = RepositoryPrincipal.organizations('o-a1b2c3d4e5');

newStackForEachTest({ env: { account: '111111111111', region: 'eu-west-1' } });

/** The statements in the template of the stack, with readable references. */
function statements(): any[] {
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources(TYPE));
  const text = Properties.Statements['Fn::Join']?.[1].map((part: any) => typeof part === 'string' ? part : `\${${part.Ref}}`).join('')
    ?? Properties.Statements;
  return JSON.parse(text);
}

const allow = (props: iam.PolicyStatementProps = {}) => new iam.PolicyStatement({
  principals: [new iam.AccountPrincipal('222222222222')],
  actions: ['ecr:ReplicateImage'],
  resources: ['arn:aws:ecr:eu-west-1:111111111111:repository/*'],
  ...props,
});

test('the statements are in one resource of the stack, whose function may only read and write the registry policy', () => {
  new RegistryPermissions(stack, 'One', { statements: [RegistryStatement.replicationFrom(['222222222222'])] });
  new RegistryPermissions(stack, 'Two', { statements: [allow({ sid: 'Mine' })], trigger: 'spring' });
  const template = Template.fromStack(stack);
  template.resourceCountIs(TYPE, 1);
  template.hasResourceProperties(TYPE, { RegistryId: '111111111111', Trigger: 'spring', Force: Match.absent() });
  expect(statements()).toHaveLength(2);
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([{
        Effect: 'Allow', Action: ['ecr:GetRegistryPolicy', 'ecr:PutRegistryPolicy', 'ecr:DeleteRegistryPolicy'], Resource: '*',
      }]),
    },
  });
});

const REPOSITORIES = 'arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository';
const OTHERS = ['arn:${AWS::Partition}:iam::222222222222:root', 'arn:${AWS::Partition}:iam::333333333333:root'];
const PUSH = ['BatchCheckLayerAvailability', 'CompleteLayerUpload', 'InitiateLayerUpload', 'PutImage', 'UploadLayerPart']
  .map(name => `ecr:${name}`);
const IN_ORGANIZATION = { Principal: { AWS: '*' }, Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-a1b2c3d4e5'] } } };

test.each<[string, () => iam.PolicyStatement, object]>([
  ['replication from accounts', () => RegistryStatement.replicationFrom(['222222222222', '333333333333']), {
    Principal: { AWS: OTHERS }, Action: ['ecr:CreateRepository', 'ecr:ReplicateImage'], Resource: `${REPOSITORIES}/*`,
  }],
  ['replication into existing repositories',
    () => RegistryStatement.replicationFrom(['222222222222'], { createRepositories: false, prefixes: ['team/', 'shared/'] }), {
      Principal: { AWS: OTHERS[0] }, Action: 'ecr:ReplicateImage', Resource: [`${REPOSITORIES}/team/*`, `${REPOSITORIES}/shared/*`],
    }],
  ['creation on push', () => RegistryStatement.createOnPush(ORGANIZATION, { prefixes: ['team/'] }), {
    ...IN_ORGANIZATION, Action: expect.arrayContaining(['ecr:CreateRepository', ...PUSH]), Resource: `${REPOSITORIES}/team/*`,
  }],
  ['the first pull through a cache', () => RegistryStatement.pullThrough(ORGANIZATION, { prefixes: ['docker-hub/'] }), {
    ...IN_ORGANIZATION, Action: ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'], Resource: `${REPOSITORIES}/docker-hub/*`,
  }],
])('a statement for %s', (_what, create, expected) => {
  new RegistryPermissions(stack, 'Permissions', { statements: [create()] });
  expect(statements()).toEqual([{ Effect: 'Allow', ...expected }]);
});

test('an equal statement of two constructs is rendered once', () => {
  const equal = () => [RegistryStatement.replicationFrom(['222222222222'])];
  for (const id of ['One', 'Two']) new RegistryPermissions(stack, id, { statements: equal() });
  expect(statements()).toHaveLength(1);
});

test.each<[string, iam.PolicyStatementProps, RegExp]>([
  ['no resources', { resources: [] }, /'statements\[0\]' must have resources: ARNs of repositories of the registry, such as `arn:/],
  ['every resource', { resources: ['*'] }, /'statements\[0\]' must have only repositories of the registry .*, got: \*/],
  ['a repository of another account', { resources: ['arn:aws:ecr:eu-west-1:222222222222:repository/*'] }, /got: arn:aws:ecr:eu-west-1:2222/],
  ['a repository of another Region', { resources: ['arn:aws:ecr:us-east-1:111111111111:repository/*'] }, /got: arn:aws:ecr:us-east-1:1111/],
  ['an action of another service', { actions: ['s3:GetObject'] }, /'statements\[0\]' must have actions of ECR only/],
  ['an incomplete account', { principals: [new iam.ArnPrincipal('arn:aws:iam::22:root')] }, /an account has 12 digits/],
])('a statement with %s is an error', (_what, props, message) => {
  expect(() => new RegistryPermissions(stack, 'Permissions', { statements: [allow(props)] })).toThrow(message);
});

test('all problems of all statements are in one error', () => {
  expect(() => new RegistryPermissions(stack, 'Permissions', { statements: [allow({ resources: ['*'] }), allow({ actions: ['s3:Get'] })] }))
    .toThrow(/2 problems\n.*statements\[0\].*\n.*statements\[1\]/);
});

test('without a statement, the synthesis fails', () => {
  new RegistryPermissions(stack, 'Permissions');
  expect(() => app.synth()).toThrow(/'statements' must have at least one statement, got none/);
});

test('a policy that is too long fails the synthesis', () => {
  const accounts = Array.from({ length: 400 }, (_, nth) => String(200_000_000_000 + nth));
  new RegistryPermissions(stack, 'Permissions', { statements: [RegistryStatement.replicationFrom(accounts)] });
  expect(() => app.synth()).toThrow(/but a registry policy can have 10240 in total/);
});

test('an account or a prefix that is invalid is an error of the factory', () => {
  expect(() => RegistryStatement.replicationFrom(['1'])).toThrow(/IDs of 12 digits/);
  expect(() => RegistryStatement.replicationFrom(['111111111111'], { prefixes: ['team/', 'team/a'] }))
    .toThrow(/RegistryStatement.replicationFrom: .*'prefixes\[1\]' team\/a is covered by the prefix team\//);
  expect(() => RegistryStatement.createOnPush(ORGANIZATION, { prefixes: [] })).toThrow(/at least one prefix/);
});

test('a resource that depends on the construct depends on its custom resource', () => {
  const permissions = new RegistryPermissions(stack, 'Permissions', { statements: [allow()] });
  const dependent = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
  dependent.node.addDependency(permissions);
  const DependsOn = Match.arrayWith([Match.stringLikeRegexp('EcrRegistryPermissions')]);
  Template.fromStack(stack).hasResource('AWS::IAM::Role', { DependsOn });
});

test('the log is kept if it can contain the only copy of a statement', () => {
  new RegistryPermissions(stack, 'Permissions', { statements: [allow({ sid: 'Dr' })], replaceExistingSids: true });
  Template.fromStack(stack).hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' });
});

test('a stack without an account accepts ARNs with references', () => {
  const agnostic = new Stack(new App(), 'Agnostic');
  new RegistryPermissions(agnostic, 'Permissions', { statements: [RegistryStatement.replicationFrom(['222222222222'])] });
  expect(() => Template.fromStack(agnostic)).not.toThrow();
});
