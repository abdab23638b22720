import { App, Aspects, Aws, CfnOutput, CfnParameter, CfnResource, Duration, Fn, Lazy, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import { flat, text } from './flat-template';
import {
  ExistingRepository, ExistingRepositoryOptions, LifecycleGuard, LifecyclePolicy, PolicyManagement, Repository, RepositoryAccessRole,
  RepositoryCapability, RepositoryPolicy, RepositoryPrincipal, Teardown,
} from '../src';

const OURS = { account: '111111111111', region: 'eu-west-1' };
const CENTRAL = { account: '222222222222', region: 'eu-west-1' };
const ELSEWHERE = { policyManagement: PolicyManagement.EXTERNAL };
const OWN_ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/shared';
const CENTRAL_ARN = 'arn:aws:ecr:eu-west-1:222222222222:repository/team/shared';
const access = { roleArn: 'arn:aws:iam::222222222222:role/access', externalId: 'id' };

const READ = ['ecr:DescribeRepositories', 'ecr:DescribeImages'];
const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];
const PUSH = [
  'ecr:CompleteLayerUpload', 'ecr:UploadLayerPart', 'ecr:InitiateLayerUpload', 'ecr:BatchCheckLayerAvailability', 'ecr:PutImage',
];
const RETRIEVAL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

const LAMBDA = new iam.ServicePrincipal('lambda.amazonaws.com');
const SOMEBODY = new iam.AccountPrincipal('333333333333');
const SOMEBODY_ARN = 'arn:aws:iam::333333333333:root';
const LIFECYCLE = LifecyclePolicy.fromEcrRules([{ maxImageCount: 5 }]);
const TEARDOWN = Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } });

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Principal: Record<string, string | string[]>;
  readonly Condition?: unknown;
}

interface Rendered {
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
}

newStackForEachTest({ env: OURS });

const central = (options: ExistingRepositoryOptions = { access }, scope: Construct = stack) =>
  ExistingRepository.fromRepositoryArn(scope, 'Central', CENTRAL_ARN, options);
const roleIn = (scope: Construct, props: Partial<iam.RoleProps> = {}) =>
  new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com'), ...props });
const pull = (props: iam.PolicyStatementProps = {}) =>
  new iam.PolicyStatement({ principals: [SOMEBODY], actions: ['ecr:BatchGetImage'], ...props });

function resourcesOf(type: string, of = stack): Rendered[] {
  return Object.values(Template.fromStack(of).findResources(type)) as Rendered[];
}

function policiesOf(of = stack): Rendered[] {
  return resourcesOf('Custom::EcrRepositoryPolicy', of);
}

function policyIdOf(of = stack): string {
  const ids = Object.keys(Template.fromStack(of).findResources('Custom::EcrRepositoryPolicy'));
  expect(ids).toHaveLength(1);
  return ids[0];
}

function statementsOf(of = stack): Statement[] {
  const policies = policiesOf(of);
  expect(policies).toHaveLength(1);
  return JSON.parse(text(policies[0].Properties.Statements));
}

/** What the policies of a role or a user say. */
function identityOf(of = stack): Statement[] {
  const ofHandlers = /^CdkEcrKeeper|^EcrPolicy/;
  return Object.entries(Template.fromStack(of).findResources('AWS::IAM::Policy'))
    .filter(([id]) => !ofHandlers.test(id)).flatMap(([, policy]) => flat(policy.Properties.PolicyDocument.Statement));
}

function nothingIsDeployed(of = stack): void {
  Template.fromStack(of).resourceCountIs('Custom::EcrRepositoryPolicy', 0);
  expect(Object.keys(Template.fromStack(of).toJSON().Resources ?? {}).filter(id => /^CdkEcrKeeper|^EcrPolicy/.test(id))).toEqual([]);
}

function warningsOf(of = stack): string[] {
  return Annotations.fromStack(of).findWarning('*', Match.anyValue()).map(({ entry }) => text(entry.data));
}

describe('settings of an import', () => {
  test('one by name is in the stack\'s account and Region', () => {
    const repository = imported();
    expect(repository.repositoryName).toBe('team/shared');
    expect(text(stack.resolve(repository.repositoryArn))).toBe(OWN_ARN);
    expect(repository.env).toEqual(OURS);
    expect(repository.stack).toBe(stack);
  });

  test('an import by name can be in another Region and another account', () => {
    const repository = imported({ region: 'us-east-1', account: '222222222222' });
    expect(text(stack.resolve(repository.repositoryArn))).toBe('arn:aws:ecr:us-east-1:222222222222:repository/team/shared');
    expect(repository.env).toEqual({ account: '222222222222', region: 'us-east-1' });
  });

  test('an import by ARN is in the account and Region of the ARN', () => {
    const repository = ExistingRepository.fromRepositoryArn(stack, 'Import',
      'arn:aws-cn:ecr:cn-north-1:222222222222:repository/foo/bar/foo/fooo');
    expect(repository.repositoryArn).toBe('arn:aws-cn:ecr:cn-north-1:222222222222:repository/foo/bar/foo/fooo');
    expect(repository.repositoryName).toBe('foo/bar/foo/fooo');
    expect(repository.env).toEqual({ account: '222222222222', region: 'cn-north-1' });
  });

  test('one by attributes may be known only at deploy', () => {
    const repository = ExistingRepository.fromRepositoryAttributes(stack, 'Import', {
      repositoryArn: Fn.importValue('Arn'), repositoryName: Fn.importValue('Name'),
    });
    expect(stack.resolve([repository.repositoryArn, repository.repositoryName]))
      .toEqual([{ 'Fn::ImportValue': 'Arn' }, { 'Fn::ImportValue': 'Name' }]);
    expect(repository.env).toEqual(OURS);
    repository.grantPull(SOMEBODY);
    expect(policiesOf()[0].Properties.RepositoryArn).toEqual({ 'Fn::ImportValue': 'Arn' });
  });

  test('one by attributes without an ARN has the one that its name makes', () => {
    const repository = ExistingRepository.fromRepositoryAttributes(stack, 'Import', {
      repositoryName: 'team/shared', account: '222222222222',
    });
    expect(text(stack.resolve(repository.repositoryArn))).toBe(CENTRAL_ARN);
  });

  test('an ARN whose partition is known only at deployment still has an account and a Region', () => {
    const repository = ExistingRepository.fromRepositoryAttributes(stack, 'Import', {
      repositoryName: 'team/shared',
      repositoryArn: stack.formatArn({
        service: 'ecr', account: '222222222222', region: 'us-east-1', resource: 'repository', resourceName: 'team/shared',
      }),
    });
    expect(repository.env).toEqual({ account: '222222222222', region: 'us-east-1' });
  });

  test('it is an ecr.IRepository and an IResource', () => {
    expect(imported()).toBeInstanceOf(ecr.RepositoryBase);
    expect(ecr.Repository.isResource(imported({}, new Construct(stack, 'Again')))).toBe(true);
    expect(stack.resolve(central().repositoryRef)).toEqual({ repositoryName: 'team/shared', repositoryArn: CENTRAL_ARN });
  });

  test.each<[string, (of: typeof ecr.Repository) => ecr.IRepository]>([
    ['by name', of => of.fromRepositoryName(stack, 'Import', 'team/shared')],
    ['by ARN', of => of.fromRepositoryArn(stack, 'Import', 'arn:aws:ecr:us-east-1:585695036304:repository/foo/bar')],
    ['by tokens',
      of => of.fromRepositoryAttributes(stack, 'Import', { repositoryArn: Fn.importValue('Arn'), repositoryName: Fn.importValue('Name') })],
  ])('its URIs are those of aws-ecr: %s', (_case, make) => {
    const urisOf = (of: unknown) => {
      const repository = make(of as typeof ecr.Repository);
      stack.node.tryRemoveChild('Import');
      return stack.resolve([
        repository.repositoryUri, repository.registryUri, repository.repositoryUriForTag(), repository.repositoryUriForTag('v1'),
        repository.repositoryUriForDigest(), repository.repositoryUriForDigest('sha256:0'), repository.repositoryUriForTagOrDigest(),
        repository.repositoryUriForTagOrDigest('v1'), repository.repositoryUriForTagOrDigest('sha256:0'),
      ]);
    };
    expect(urisOf(ExistingRepository)).toEqual(urisOf(ecr.Repository));
  });

  test('a URI is that of the repository\'s account and Region', () => {
    const repository = imported({ region: 'us-east-1', account: '222222222222' });
    expect(text(stack.resolve(repository.repositoryUriForTag('v1'))))
      .toBe('222222222222.dkr.ecr.us-east-1.<AWS::URLSuffix>/team/shared:v1');
  });

  test('a URI can be an output, before and after the grants', () => {
    const repository = imported();
    new CfnOutput(stack, 'Before', { value: repository.repositoryUri });
    repository.grantPull(SOMEBODY);
    new CfnOutput(stack, 'After', { value: repository.repositoryUri });
    const outputs = Template.fromStack(stack).toJSON().Outputs;
    expect([outputs.Before, outputs.After].map(flat))
      .toEqual(Array(2).fill({ Value: '111111111111.dkr.ecr.eu-west-1.<AWS::URLSuffix>/team/shared' }));
  });

  test('an import alone deploys nothing', () => {
    imported();
    central();
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });

  test('Repository imports the same way', () => {
    const lookup = new Construct(stack, 'Lookup');
    for (const [id, repository] of Object.entries({
      Name: Repository.fromRepositoryName(stack, 'Name', 'team/shared'),
      Arn: Repository.fromRepositoryArn(stack, 'Arn', OWN_ARN),
      Attributes: Repository.fromRepositoryAttributes(stack, 'Attributes', { repositoryName: 'team/shared', repositoryArn: OWN_ARN }),
      Found: Repository.fromLookup(lookup, 'Found', { repositoryName: 'team/shared' }),
    })) {
      expect({ id, existing: repository instanceof ExistingRepository }).toEqual({ id, existing: true });
    }
  });
});

describe('what cannot be imported', () => {
  const NO_ARN = /^Stack\/Import: Repository arn should be in the format 'arn:<PARTITION>:ecr:<REGION>:<ACCOUNT>:repository\/<NAME>', got /;

  test.each([
    'arn:aws:ecr:us-east-1:123456789012:foo-ecr-repo-name',
    'arn:aws:ecr-public::123456789012:repository/foo',
    'arn:aws:ecr:us-east-1:123456789012:repository/',
    'arn:aws:s3:::bucket',
    'team/shared',
    '',
  ])('the ARN %j', arn => {
    expect(() => ExistingRepository.fromRepositoryArn(stack, 'Import', arn)).toThrow(NO_ARN);
    expect(() => ExistingRepository.fromRepositoryAttributes(stack, 'Import', { repositoryArn: arn, repositoryName: 'foo' }))
      .toThrow(NO_ARN);
    expect(stack.node.tryFindChild('Import')).toBeUndefined();
  });

  test('the error for an ARN that is known only at deployment names fromRepositoryAttributes', () => {
    expect(() => ExistingRepository.fromRepositoryArn(stack, 'Import', Fn.importValue('Arn'))).toThrow(/Use `fromRepositoryAttributes` instead/);
  });

  test.each<[string, ExistingRepositoryOptions, RegExp]>([
    ['account', { account: '333333333333' }, /'account' must match 'repositoryArn' \("222222222222"\), got: "333333333333"/],
    ['region', { region: 'us-east-1' }, /'region' must match 'repositoryArn' \("eu-west-1"\), got: "us-east-1"/],
  ])('an ARN that contradicts the %s', (_name, options, message) => {
    expect(() => central(options)).toThrow(message);
  });

  test('an ARN that contradicts the name', () => {
    expect(() => ExistingRepository.fromRepositoryAttributes(stack, 'Import', { repositoryName: 'team/other', repositoryArn: OWN_ARN }))
      .toThrow(/'repositoryName' must match 'repositoryArn' \("team\/shared"\), got: "team\/other"/);
  });

  test('what agrees with the ARN, or is known only at deploy, contradicts nothing', () => {
    expect(() => ExistingRepository.fromRepositoryAttributes(stack, 'Import', {
      repositoryName: 'team/shared', repositoryArn: OWN_ARN, ...OURS,
    })).not.toThrow();
    expect(() => central({ account: Aws.ACCOUNT_ID, region: Aws.REGION })).not.toThrow();
  });

  test.each(['1', '1111111111111', 'aaaaaaaaaaaa', ''])('the account %j', account => {
    expect(() => imported({ account })).toThrow(`Stack/Import: 'account' must have 12 digits, got: "${account}"`);
  });

  test.each(['Frankfurt', 'eu-west-1a', 'eu', ''])('the Region %j', region => {
    expect(() => imported({ region })).toThrow(`Stack/Import: 'region' must be the name of a Region, such as eu-west-1, got: "${region}"`);
  });

  test.each([
    'us-gov-west-1', 'cn-north-1', 'us-isob-east-1', 'eusc-de-east-1', 'ap-southeast-5', 'mx-central-1',
  ])('but one in the Region %s can', region => {
    expect(() => imported({ region })).not.toThrow();
  });

  test.each([
    ['account', 'arn:aws:ecr:eu-west-1:1:repository/team/shared'],
    ['Region', 'arn:aws:ecr:Frankfurt:111111111111:repository/team/shared'],
  ])('an ARN whose %s there cannot be', (_what, arn) => {
    expect(() => ExistingRepository.fromRepositoryArn(stack, 'Import', arn)).toThrow();
  });

  test.each(['a', 'aAa', 'a//b', '-a', 'team/', 'x'.repeat(257)])('the name %s', name => {
    expect(() => ExistingRepository.fromRepositoryName(stack, 'Import', name)).toThrow(/'repositoryName' must /);
    expect(() => ExistingRepository.fromRepositoryArn(stack, 'Import', `arn:aws:ecr:eu-west-1:111111111111:repository/${name}`))
      .toThrow(/'repositoryName' must /);
  });

  test('the access that no role could give', () => {
    expect(() => central({ access: { roleArn: 'arn:aws:iam::222222222222:user/me', externalId: ' ' } })).toThrow(new RegExp([
      'Stack/Central: 2 problems',
      '\'access.roleArn\' must be arn:<partition>:iam::<account>:role/<name>, got: "arn:aws:iam::222222222222:user/me"',
      '\'access.externalId\' must have 2 to 1,224 letters',
    ].join('[^]*')));
  });

  test('the access of a third account, whose registry the role would reach', () => {
    const third = { roleArn: 'arn:aws:iam::333333333333:role/access' };
    const message = '\'access.roleArn\' must be a role in the repository\'s account 222222222222, got a role in account 333333333333';
    expect(() => central({ access: third })).toThrow(`Stack/Central: ${message}`);
    expect(() => ExistingRepository.fromRepositoryName(stack, 'Import', 'team/app', { account: '222222222222', access: third }))
      .toThrow(message);
  });

  test('every problem at once', () => {
    expect(() => ExistingRepository.fromRepositoryName(stack, 'Import', 'A', {
      account: '1', region: 'x', lifecycleGuard: LifecycleGuard.refuse({ maxImages: 1 }),
    })).toThrow(/^Stack\/Import: 5 problems\n/);
  });
});

describe('lookup', () => {
  const found = (context: Record<string, unknown>, use: (repository: ExistingRepository) => void = () => undefined) => {
    const looking = new Stack(new App({ context }), 'Stack', { env: OURS });
    const repository = ExistingRepository.fromLookup(looking, 'Found', { repositoryName: 'team/shared' });
    use(repository);
    return { looking, repository };
  };
  const contextKey = () => (found({}).looking.node.root as App).synth().manifest.missing![0].key;

  test('the first pass has a dummy of the stack\'s account, grants and all', () => {
    const repository = ExistingRepository.fromLookup(stack, 'Found', { repositoryName: 'does-not-exist' }, {
      lifecycle: LIFECYCLE, teardown: TEARDOWN,
    });
    expect(repository.env).toEqual(OURS);
    repository.grantPull(SOMEBODY);
    repository.grantPull(roleIn(stack));
    repository.addToResourcePolicy(pull({ sid: 'Mine' }));
    new lambda.DockerImageFunction(stack, 'Function', { code: lambda.DockerImageCode.fromEcr(repository) });
    expect(() => app.synth()).not.toThrow();
  });

  test.each<[string, (id: string) => unknown]>([
    ['statements of one Sid',
      id => ExistingRepository.fromLookup(stack, id, { repositoryName: `team/${id}` }).addToResourcePolicy(pull({ sid: 'Mine' }))],
    ['lifecycles', id => ExistingRepository.fromLookup(stack, id, { repositoryName: `team/${id}` }, { lifecycle: LIFECYCLE })],
    ['teardowns', id => ExistingRepository.fromLookup(stack, id, { repositoryName: `team/${id}` }, { teardown: TEARDOWN })],
    ['intervals',
      id => ExistingRepository.fromLookup(stack, id, { repositoryName: `team/${id}` }, { checkEvery: Duration.hours(id.length) })
        .grantPull(SOMEBODY)],
  ])('the first pass tells several repositories apart: %s', (_case, use) => {
    expect(() => ['a', 'bb'].forEach(use)).not.toThrow();
  });

  test('the second synthesis has the repository that was found, and its options', () => {
    const context = { [contextKey()]: [{ Arn: OWN_ARN }] };
    const { looking, repository } = found(context, it => it.grantPull(SOMEBODY));
    expect(repository.repositoryName).toBe('team/shared');
    expect(text(looking.resolve(repository.repositoryArn))).toBe(OWN_ARN);
    expect(repository.env).toEqual(OURS);
    expect(statementsOf(looking)).toEqual([{ Action: PULL, Effect: 'Allow', Principal: { AWS: SOMEBODY_ARN } }]);
  });

  test('a lookup by ARN uses the name of the repository', () => {
    ExistingRepository.fromLookup(stack, 'Found', { repositoryArn: OWN_ARN });
    expect(app.synth().manifest.missing![0].props)
      .toMatchObject({ typeName: 'AWS::ECR::Repository', exactIdentifier: 'team/shared', ...OURS });
  });

  test('a lookup accepts the options of every import', () => {
    const repository = ExistingRepository.fromLookup(stack, 'Found', { repositoryName: 'team/shared' }, ELSEWHERE);
    expect(repository.addToResourcePolicy(pull()).statementAdded).toBe(false);
    expect(() => ExistingRepository.fromLookup(stack, 'Bad', { repositoryName: 'team/shared' }, { region: 'x' }))
      .toThrow(/Stack\/Bad: 2 problems[^]*'region' must be/);
  });

  test.each<[string, ecr.RepositoryLookupOptions, ExistingRepositoryOptions, string]>([
    ['an ARN of another account', { repositoryArn: CENTRAL_ARN }, {},
      `ExistingRepository.fromRepositoryArn(this, 'Found', '${CENTRAL_ARN}')`],
    ['an ARN of another Region', { repositoryArn: OWN_ARN.replace('eu-west-1', 'us-east-1') }, {},
      'ExistingRepository.fromRepositoryArn(this'],
    ['another account', { repositoryName: 'team/shared' }, { account: '222222222222' },
      'ExistingRepository.fromRepositoryName(this, \'Found\', \'team/shared\', { account: \'222222222222\' })'],
    ['another Region', { repositoryName: 'team/shared' }, { region: 'us-east-1' },
      'ExistingRepository.fromRepositoryName(this, \'Found\', \'team/shared\', { region: \'us-east-1\' })'],
  ])('%s cannot be looked up from here, and the error has the import that works', (_case, lookup, options, remedy) => {
    expect(() => ExistingRepository.fromLookup(stack, 'Found', lookup, options))
      .toThrow('a lookup finds only repositories of the stack\'s account and Region (111111111111, eu-west-1). Import the repository with'
        + ` ${remedy}`);
  });

  test.each<[string, () => ecr.RepositoryLookupOptions, RegExp]>([
    ['nothing', () => ({}), /At least one of `repositoryName` or `repositoryArn` must be provided/],
    ['a name known at deploy', () => ({ repositoryName: new CfnParameter(stack, 'Name').valueAsString }), /tokenized name or ARN/],
    ['an ARN known at deploy', () => ({ repositoryArn: new CfnParameter(stack, 'Arn').valueAsString }), /tokenized name or ARN/],
  ])('%s cannot be looked up', (_case, options, message) => {
    expect(() => ExistingRepository.fromLookup(stack, 'Found', options())).toThrow(message);
  });

  test('an agnostic stack cannot look up', () => {
    expect(() => ExistingRepository.fromLookup(new Stack(app, 'Agnostic'), 'Found', { repositoryName: 'team/shared' }))
      .toThrow(/account\/region/);
  });
});

describe('grants to the app\'s own principals of the repository\'s account', () => {
  test.each<[string, (repository: ecr.IRepository, grantee: iam.IGrantable) => iam.Grant, string[], boolean]>([
    ['grantRead', (repository, grantee) => repository.grantRead(grantee), READ, false],
    ['grantPull', (repository, grantee) => repository.grantPull(grantee), PULL, true],
    ['grantPush', (repository, grantee) => repository.grantPush(grantee), PUSH, true],
    ['grantPullPush', (repository, grantee) => repository.grantPullPush(grantee), [...new Set([...PULL, ...PUSH])], true],
    ['grant', (repository, grantee) => repository.grant(grantee, 'ecr:ListImages', 'ecr:DescribeImages'),
      ['ecr:ListImages', 'ecr:DescribeImages'], false],
  ])('%s is a policy of the role alone', (_name, give, actions, needsToken) => {
    const grant = give(imported(), roleIn(stack));
    expect(grant.success).toBe(true);
    expect(identityOf()).toEqual([
      { Action: actions, Effect: 'Allow', Resource: OWN_ARN },
      ...needsToken ? [{ Action: 'ecr:GetAuthorizationToken', Effect: 'Allow', Resource: '*' }] : [],
    ]);
    nothingIsDeployed();
  });

  test.each<[string, () => iam.IGrantable]>([
    ['a user', () => new iam.User(stack, 'User')],
    ['a group', () => new iam.Group(stack, 'Group')],
    ['a function', () =>
      new lambda.Function(stack, 'Function', { runtime: lambda.Runtime.NODEJS_22_X, handler: 'x', code: lambda.Code.fromInline('x') })],
    ['a role by ARN', () => iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/x')],
    ['a role by name', () => iam.Role.fromRoleName(stack, 'Role', 'x')],
  ])('%s needs no statement either', (_case, make) => {
    expect(imported().grantPull(make()).success).toBe(true);
    expect(identityOf().map(({ Action }) => Action)).toEqual([PULL, 'ecr:GetAuthorizationToken']);
    nothingIsDeployed();
  });

  test.each<[string, () => iam.IGrantable]>([
    ['an immutable role', () => iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/x', { mutable: false })],
    ['a role without policy updates', () => roleIn(stack).withoutPolicyUpdates()],
  ])('%s is taken to have its rights already, as aws-ecr does', (_case, make) => {
    expect(imported().grantPull(make()).success).toBe(true);
    expect(identityOf()).toEqual([]);
    nothingIsDeployed();
  });

  test('a role of another stack of the account gets its policy there', () => {
    const other = new Stack(app, 'Other', { env: OURS });
    imported().grantPull(roleIn(other));
    expect(identityOf(other)[0]).toEqual({ Action: PULL, Effect: 'Allow', Resource: OWN_ARN });
    nothingIsDeployed();
    nothingIsDeployed(other);
  });

  test('a role of the repository\'s own account needs no statement there, wherever the import is', () => {
    const theirs = new Stack(app, 'Theirs', { env: CENTRAL });
    central({}).grantPull(roleIn(theirs));
    expect(identityOf(theirs)[0]).toEqual({ Action: PULL, Effect: 'Allow', Resource: CENTRAL_ARN });
    nothingIsDeployed();
  });
});

describe('grants of aws-ecr', () => {
  interface Sides {
    readonly success: boolean;
    readonly statements: Statement[];
    readonly user: Record<string, unknown>;
  }
  type Give = (repository: ecr.IRepository, grantee: iam.IGrantable) => iam.Grant;
  type Grantee = (user: Stack, owner: Stack) => iam.IGrantable;

  const sidesOf = (make: (owner: Stack) => ecr.IRepository, grantee: Grantee, give: Give): Sides => {
    const own = new App();
    const owner = new Stack(own, 'Owner', { env: CENTRAL });
    const user = new Stack(own, 'User', { env: OURS });
    const { success } = give(make(owner), grantee(user, owner));
    const natives = resourcesOf('AWS::ECR::Repository', owner);
    const statements = natives.length > 0 ? flat(natives[0].Properties.RepositoryPolicyText?.Statement ?? [])
      : policiesOf(owner).length > 0 ? statementsOf(owner) : [];
    return { success, statements, user: flat(Template.fromStack(user).toJSON().Resources) };
  };
  const native = (owner: Stack) => new ecr.Repository(owner, 'Repository', { repositoryName: 'team/shared' });
  const existing = (owner: Stack) => ExistingRepository.fromRepositoryName(owner, 'Repository', 'team/shared');
  const named = { roleName: 'named' };

  const grantees: Array<[string, Grantee]> = [
    ['anybody', () => new iam.AnyPrincipal()],
    ['anybody, as a star', () => new iam.StarPrincipal()],
    ['an account', () => SOMEBODY],
    ['the account itself', () => new iam.AccountRootPrincipal()],
    ['an organization', () => new iam.OrganizationPrincipal('o-a1b2c3d4e5')],
    ['an ARN', () => new iam.ArnPrincipal('arn:aws:iam::333333333333:role/x')],
    ['a service', () => new iam.ServicePrincipal('codebuild.amazonaws.com')],
    ['a principal with conditions', () => SOMEBODY.withConditions({ StringEquals: { 'aws:PrincipalTag/team': 'x' } })],
    ['several', () => new iam.CompositePrincipal(SOMEBODY, new iam.AccountPrincipal('444444444444'))],
    ['a role of another account', user => roleIn(user)],
    ['a named role of another account', user => roleIn(user, named)],
    ['a named role of a stack that goes before', (user, owner) => {
      owner.addDependency(user);
      return roleIn(user, named);
    }],
    ['a named role with conditions',
      user => new iam.PrincipalWithConditions(roleIn(user, named), { Bool: { 'aws:SecureTransport': 'true' } })],
    ['a user of another account', user => new iam.User(user, 'User')],
    ['a function of another account', user => new lambda.Function(user, 'Function', {
      runtime: lambda.Runtime.NODEJS_22_X, handler: 'x', code: lambda.Code.fromInline('x'),
    })],
    ['a role of another account, by ARN', user => iam.Role.fromRoleArn(user, 'Role', 'arn:aws:iam::111111111111:role/x')],
    ['an immutable role of another account',
      user => iam.Role.fromRoleArn(user, 'Role', 'arn:aws:iam::111111111111:role/x', { mutable: false })],
    ['a role of a third account, by ARN', user => iam.Role.fromRoleArn(user, 'Role', 'arn:aws:iam::333333333333:role/x')],
  ];
  const ways: Array<[string, Give]> = [
    ['grantRead', (repository, grantee) => repository.grantRead(grantee)],
    ['grantPull', (repository, grantee) => repository.grantPull(grantee)],
    ['grantPush', (repository, grantee) => repository.grantPush(grantee)],
    ['grantPullPush', (repository, grantee) => repository.grantPullPush(grantee)],
  ];

  test.each(grantees.flatMap(([who, grantee]) => ways.map(([how, give]) => [how, who, grantee, give] as const)))(
    '%s to %s says the same on both sides', (_how, _who, grantee, give) => {
      const ours = sidesOf(existing, grantee, give);
      expect(ours).toEqual(sidesOf(native, grantee, give));
      expect(ours.statements).not.toEqual([]);
      expect(ours.success).toBe(true);
    },
  );

  test('a role without a name in a stack that is deployed first fails in the same way', () => {
    const grantee: Grantee = (user, owner) => {
      owner.addDependency(user);
      return roleIn(user);
    };
    const message = /Cannot use resource 'User\/Role' in a cross-environment fashion/;
    expect(() => sidesOf(native, grantee, ways[1][1])).toThrow(message);
    expect(() => sidesOf(existing, grantee, ways[1][1])).toThrow(message);
  });

  test('a role that may not exist yet is identified by a tag', () => {
    const role = roleIn(stack);
    expect(central().grantPull(role).success).toBe(true);
    const tag = { Key: 'aws-cdk:id', Value: `Stack_${role.node.addr}` };
    expect(resourcesOf('AWS::IAM::Role').map(({ Properties }) => Properties.Tags).filter(tags => tags)).toEqual([[tag]]);
    expect(statementsOf()).toEqual([{
      Action: PULL,
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111111111111:root' },
      Condition: { StringEquals: { [`aws:PrincipalTag/${tag.Key}`]: tag.Value } },
    }]);
    expect(identityOf()[0]).toEqual({ Action: PULL, Effect: 'Allow', Resource: CENTRAL_ARN });
  });
});

describe('grants to others', () => {
  test('are one custom resource and one function, which may write nowhere else', () => {
    const grant = imported().grantPull(SOMEBODY);
    expect(grant.success).toBe(true);
    expect(() => grant.assertSuccess()).not.toThrow();
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Lambda::Function', 1);
    expect(statementsOf()).toEqual([{ Action: PULL, Effect: 'Allow', Principal: { AWS: SOMEBODY_ARN } }]);
    const policies = Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap(policy => flat(policy.Properties.PolicyDocument.Statement));
    expect(policies.filter(({ Action }) => JSON.stringify(Action).includes('ecr:'))).toEqual(expect.arrayContaining([
      { Action: ['ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy'], Effect: 'Allow', Resource: OWN_ARN },
      { Action: 'ecr:GetRepositoryPolicy', Effect: 'Allow', Resource: 'arn:aws:ecr:eu-west-1:111111111111:repository/*' },
    ]));
    expect(policies.filter(({ Action }) => JSON.stringify(Action).includes('ecr:'))).toHaveLength(2);
  });

  test('what comes after a grant comes after the statement', () => {
    const resource = new CfnResource(stack, 'After', { type: 'Test::After' });
    imported().grantPull(SOMEBODY).applyBefore(resource);
    expect(resourcesOf('Test::After')[0].DependsOn).toContain(policyIdOf());
  });

  test('what comes after a grant to a role comes after the statement too', () => {
    const resource = new CfnResource(stack, 'After', { type: 'Test::After' });
    central().grantPull(roleIn(stack)).applyBefore(resource);
    expect(resourcesOf('Test::After')[0].DependsOn).toContain(policyIdOf());
  });

  test('an added statement has a dependable', () => {
    const { statementAdded, policyDependable } = imported().addToResourcePolicy(pull());
    expect(statementAdded).toBe(true);
    const resource = new CfnResource(stack, 'After', { type: 'Test::After' });
    resource.node.addDependency(policyDependable!);
    expect(resourcesOf('Test::After')[0].DependsOn).toContain(policyIdOf());
  });

  test('a statement lands as it was given', () => {
    imported().addToResourcePolicy(pull({
      sid: 'Mine',
      effect: iam.Effect.DENY,
      actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      conditions: { Bool: { 'aws:SecureTransport': 'false' } },
    }));
    expect(statementsOf()).toEqual([{
      Sid: 'Mine',
      Effect: 'Deny',
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Principal: { AWS: SOMEBODY_ARN },
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }]);
  });

  test('statements that ECR rejects throw immediately', () => {
    const repository = imported();
    expect(() => repository.addToResourcePolicy(pull({ resources: ['*'] }))).toThrow(/Stack\/Import: .* must not have resources/);
    expect(() => repository.addToResourcePolicy(pull({ actions: ['s3:GetObject'] }))).toThrow(/must have actions of ECR only/);
    expect(() => repository.addToResourcePolicy(pull({ sid: 'not/ok' }))).toThrow(/must have a Sid of letters, digits, spaces, '-', and '_'/);
  });

  test.each<[string, iam.PolicyStatementProps, (statement: iam.PolicyStatement) => void, RegExp]>([
    ['action', { principals: [SOMEBODY] }, statement => statement.addActions('ecr:BatchGetImage'), /'statements\[0\]' must have an action/],
    ['principal', { actions: ['ecr:BatchGetImage'] }, statement => statement.addPrincipals(SOMEBODY),
      /'statements\[0\]' must have a principal/],
  ])('an %s may be added to a statement later, and its absence fails synthesis', (_what, props, complete, message) => {
    const statement = new iam.PolicyStatement(props);
    imported().addToResourcePolicy(statement);
    expect(() => app.synth()).toThrow(message);
    complete(statement);
    expect(statementsOf()).toEqual([{ Action: 'ecr:BatchGetImage', Effect: 'Allow', Principal: { AWS: SOMEBODY_ARN } }]);
  });

  test.each(['new policy', 'allow-pull', 'a_b'])('the Sid %j is accepted, also to replace an existing one', sid => {
    imported({ replaceExistingSids: true }).addToResourcePolicy(pull({ sid }));
    new Repository(stack, 'Owned').addToResourcePolicy(pull({ sid }));
    expect(statementsOf()[0].Sid).toBe(sid);
    expect(policiesOf()[0].Properties.ReplaceExistingSids).toEqual([sid]);
    expect(resourcesOf('AWS::ECR::Repository')[0].Properties.RepositoryPolicyText.Statement[0].Sid).toBe(sid);
  });

  test('an equal statement that is added twice is rendered once, with a Sid and without', () => {
    const owned = new Repository(stack, 'Owned');
    for (const repository of [imported(), imported(), owned, owned]) {
      repository.addToResourcePolicy(pull({ sid: 'Mine' }));
      repository.addToResourcePolicy(pull({ notPrincipals: [SOMEBODY], principals: undefined }));
    }
    expect(statementsOf()).toHaveLength(2);
    expect(resourcesOf('AWS::ECR::Repository')[0].Properties.RepositoryPolicyText.Statement).toHaveLength(2);
  });

  test('the action * is accepted with a warning, since ECR may refuse it', () => {
    imported().addToResourcePolicy(pull({ actions: ['*'] }));
    expect(statementsOf()[0].Action).toBe('*');
    expect(warningsOf()).toEqual([expect.stringMatching(/the action '\*', which Amazon ECR may reject, .* Use 'ecr:\*'/)]);
  });

  test('a refused statement does not affect synthesis', () => {
    const repository = imported();
    expect(() => repository.addToResourcePolicy(pull({ resources: ['*'] }))).toThrow();
    expect(() => app.synth()).not.toThrow();
  });

  test('a statement may still be changed after it was added', () => {
    const statement = pull();
    imported().addToResourcePolicy(statement);
    statement.addActions('ecr:ListImages');
    expect(statementsOf()[0].Action).toEqual(['ecr:BatchGetImage', 'ecr:ListImages']);
  });
});

describe('AWS Lambda', () => {
  const retrievalOf = (account: string, region = 'eu-west-1') => ({
    Action: RETRIEVAL,
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:lambda:${region}:${account}:function:*` } },
  });
  const functionOf = (repository: ecr.IRepository, scope: Construct = stack) =>
    new lambda.DockerImageFunction(scope, 'Function', { code: lambda.DockerImageCode.fromEcr(repository, { tagOrDigest: 'v1' }) });
  const imageFunction = (of = stack) =>
    resourcesOf('AWS::Lambda::Function', of).find(({ Properties }) => Properties.PackageType === 'Image')!;

  test('a function of an image waits for the statement that lets Lambda retrieve it', () => {
    functionOf(imported());
    expect(statementsOf()).toEqual([retrievalOf('111111111111')]);
    expect(imageFunction().DependsOn).toContain(policyIdOf());
    expect(text(imageFunction().Properties.Code.ImageUri)).toBe('111111111111.dkr.ecr.eu-west-1.<AWS::URLSuffix>/team/shared:v1');
  });

  test.each<[string, () => string, typeof OURS | undefined]>([
    ['by literal values', () => 'cdk-hnb659fds-container-assets-111111111111-eu-west-1', OURS],
    ['by pseudo parameters', () => `cdk-other1-container-assets-${Aws.ACCOUNT_ID}-${Aws.REGION}`, OURS],
    ['in an agnostic stack', () => `cdk-hnb659fds-container-assets-${Aws.ACCOUNT_ID}-${Aws.REGION}`, undefined],
  ])('the asset repository of the bootstrap is open to Lambda already, so nothing is deployed for it: %s', (_case, nameOf, env) => {
    const user = new Stack(app, 'User', { env });
    const repository = Repository.fromRepositoryName(user, 'Assets', nameOf());
    functionOf(repository, user);
    expect(repository.grantPull(LAMBDA).success).toBe(true);
    expect(resourcesOf('AWS::Lambda::Function', user)).toHaveLength(1);
    nothingIsDeployed(user);
  });

  test.each<[string, string, ExistingRepositoryOptions]>([
    ['of another Region', 'cdk-hnb659fds-container-assets-111111111111-us-east-1', { region: 'us-east-1' }],
    ['of another name', 'cdk-hnb659fds-container-assets-111111111111-eu-west-1/app', {}],
  ])('a repository like that of the bootstrap gets its statement: %s', (_case, name, options) => {
    functionOf(imported({ name, ...options }));
    expect(statementsOf()).toHaveLength(1);
  });

  test('many functions are one statement', () => {
    const repository = imported();
    for (const id of ['One', 'Other', 'Third']) functionOf(repository, new Construct(stack, id));
    expect(statementsOf()).toEqual([retrievalOf('111111111111')]);
  });

  test('many functions of an owned repository are one statement', () => {
    const repository = new Repository(stack, 'Repository');
    for (const id of ['One', 'Other', 'Third']) functionOf(repository, new Construct(stack, id));
    expect(flat(resourcesOf('AWS::ECR::Repository')[0].Properties.RepositoryPolicyText.Statement)).toEqual([retrievalOf('111111111111')]);
  });

  test('by digest, and as the code of any function', () => {
    new lambda.Function(stack, 'Function', {
      code: lambda.Code.fromEcrImage(imported(), { tagOrDigest: 'sha256:0' }),
      handler: lambda.Handler.FROM_IMAGE,
      runtime: lambda.Runtime.FROM_IMAGE,
    });
    expect(imageFunction().DependsOn).toContain(policyIdOf());
    expect(text(imageFunction().Properties.Code.ImageUri)).toMatch(/\/team\/shared@sha256:0$/);
  });

  test('of a central account it may retrieve, and the account of the function too', () => {
    functionOf(central());
    expect(statementsOf()).toEqual(expect.arrayContaining([
      retrievalOf('111111111111'),
      expect.objectContaining({ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:root' } }),
    ]));
  });

  test('of a central account without access a warning has the statements that its owner must add', () => {
    functionOf(central({}));
    expect(warningsOf()).toEqual([
      expect.stringMatching(/\(it is in account 222222222222 and was imported without 'access'\).*"Principal":\{"AWS":.*111111111111:root/),
      expect.stringMatching(/unless the owner adds the statement .*"Principal":\{"Service":"lambda\.amazonaws\.com"\}.*111111111111:function/),
    ]);
    nothingIsDeployed();
  });

  test('in another Region it acts for functions of that Region', () => {
    imported({ region: 'us-east-1' }).grantPull(LAMBDA);
    expect(statementsOf()).toEqual([retrievalOf('111111111111', 'us-east-1')]);
  });

  test.each<[string, (repository: ecr.IRepository) => unknown]>([
    ['push', repository => repository.grantPush(LAMBDA)],
    ['pull and push', repository => repository.grantPullPush(LAMBDA)],
    ['describe', repository => repository.grantRead(LAMBDA)],
    ['grant', repository => repository.grant(LAMBDA, 'ecr:ListImages')],
    ['statement', repository => repository.addToResourcePolicy(pull({ principals: [LAMBDA] }))],
    ['statement with another condition', repository =>
      repository.addToResourcePolicy(pull({ principals: [LAMBDA], conditions: { Bool: { 'aws:SecureTransport': 'true' } } }))],
    ['statement with an addition', repository =>
      repository.addToResourcePolicy(pull({ principals: [new iam.ServicePrincipal('lambda.amazonaws.com', { conditions: {} })] }))],
    ['principal with a condition', repository => repository.grantPull(LAMBDA.withConditions({ Bool: { 'aws:SecureTransport': 'true' } }))],
    ['principal of several', repository => repository.grantPull(new iam.CompositePrincipal(LAMBDA, SOMEBODY))],
    ['statement for several', repository => repository.addToResourcePolicy(pull({ principals: [LAMBDA, SOMEBODY] }))],
    ['statement of JSON', repository => repository.addToResourcePolicy(iam.PolicyStatement.fromJson({
      Effect: 'Allow', Action: 'ecr:BatchGetImage', Principal: { Service: 'lambda.amazonaws.com' },
    }))],
  ])('a statement that the user wrote is rendered as it was written: %s', (_case, use) => {
    const [plain, owned] = [new Stack(app, 'Plain', { env: OURS }), new Stack(app, 'Owned', { env: OURS })];
    use(imported());
    use(new Repository(owned, 'Repository'));
    use(new ecr.Repository(plain, 'Repository'));
    const nativesOf = (of: Stack): Statement[] =>
      flat(resourcesOf('AWS::ECR::Repository', of)[0].Properties.RepositoryPolicyText.Statement);
    expect(nativesOf(owned)).toEqual(nativesOf(plain));
    expect(statementsOf()).toEqual(nativesOf(plain));
  });

  test('functions of a second account that may pull can use the image beside those of the stack\'s account', () => {
    const owned = new Stack(app, 'Owned', { env: OURS });
    for (const repository of [imported(), new Repository(owned, 'Repository')]) {
      functionOf(repository, new Construct(repository.stack, 'Scope'));
      repository.grantPull(SOMEBODY);
    }
    const limited = {
      ...retrievalOf('111111111111'),
      Condition: {
        ArnLike: { 'aws:SourceArn': ['111111111111', '333333333333'].map(id => `arn:aws:lambda:eu-west-1:${id}:function:*`) },
      },
    };
    expect(statementsOf()).toContainEqual(limited);
    expect(flat(resourcesOf('AWS::ECR::Repository', owned)[0].Properties.RepositoryPolicyText.Statement)).toContainEqual(limited);
  });

  test.each<[string, (repository: ExistingRepository) => unknown, unknown[]]>([
    ['an organization', repository => repository.grantPull(RepositoryPrincipal.organizations('o-a1b2c3d4e5')), [
      retrievalOf('111111111111').Condition, { StringEquals: { 'aws:SourceOrgID': 'o-a1b2c3d4e5' } },
    ]],
    ['units', repository => repository.grantPull(RepositoryPrincipal.organizationalUnits('o-a1b2c3d4e5/r-ab12/ou-ab12-11111111')), [
      retrievalOf('111111111111').Condition,
      { 'ForAnyValue:StringLike': { 'aws:SourceOrgPaths': 'o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*' } },
    ]],
    ['everybody', repository => repository.grantPull(new iam.AnyPrincipal()), [undefined]],
    ['everybody of an account', repository => repository.addToResourcePolicy(pull({
      actions: ['ecr:Batch*'],
      principals: [new iam.AnyPrincipal()],
      conditions: { StringEquals: { 'aws:PrincipalAccount': '333333333333' } },
    })), [{
      ArnLike: { 'aws:SourceArn': ['111111111111', '333333333333'].map(id => `arn:aws:lambda:eu-west-1:${id}:function:*`) },
    }]],
    ['everybody of a network', repository => repository.addToResourcePolicy(pull({
      principals: [new iam.AnyPrincipal()], conditions: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } },
    })), [retrievalOf('111111111111').Condition]],
    ['the account itself', repository => repository.grantPull(new iam.AccountRootPrincipal()), [retrievalOf('111111111111').Condition]],
    ['an account that may only push', repository => repository.grantPush(SOMEBODY), [retrievalOf('111111111111').Condition]],
  ])('grantPull to Lambda includes the functions of who may pull by the policy: %s', (_case, give, conditions) => {
    const repository = imported();
    repository.grantPull(LAMBDA);
    give(repository);
    const forLambda = statementsOf().filter(({ Principal }) => Principal.Service === 'lambda.amazonaws.com');
    expect(forLambda.map(({ Condition }) => Condition)).toEqual(conditions);
  });

  test('an account whose functions were limited to one keeps that limit', () => {
    const repository = imported();
    repository.grantPull(LAMBDA);
    repository.grantPull(RepositoryPrincipal.lambdaFunctions('333333333333', { functionName: 'one' }));
    const sources = statementsOf().map(({ Condition }) => (Condition as any)?.ArnLike?.['aws:SourceArn']).filter(Boolean).flat();
    expect(sources).toEqual(['arn:aws:lambda:eu-west-1:111111111111:function:*', 'arn:aws:lambda:*:333333333333:function:one']);
  });

  test('a static service principal of Lambda is limited to functions too', () => {
    imported().grantPull(iam.ServicePrincipal.fromStaticServicePrincipleName('lambda.amazonaws.com'));
    expect(statementsOf()).toEqual([retrievalOf('111111111111')]);
  });

  test.each([
    { StringEquals: { 'aws:SourceAccount': '333333333333' } },
    { ArnEquals: { 'AWS:SourceArn': 'arn:aws:lambda:eu-west-1:333333333333:function:one' } },
  ])('what says for whose functions stands as it is: %j', conditions => {
    imported().addToResourcePolicy(pull({ principals: [LAMBDA], conditions }));
    expect(statementsOf()[0].Condition).toEqual(conditions);
  });

  test('a denial for Lambda applies to the functions of all accounts', () => {
    imported().addToResourcePolicy(pull({ principals: [LAMBDA], effect: iam.Effect.DENY }));
    expect(statementsOf()[0].Condition).toBeUndefined();
  });

  test('on an owned repository its statement is native, and no function is deployed for it', () => {
    functionOf(new Repository(stack, 'Repository'));
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
    nothingIsDeployed();
    expect(flat(resourcesOf('AWS::ECR::Repository')[0].Properties.RepositoryPolicyText)).toEqual({
      Version: '2012-10-17', Statement: [retrievalOf('111111111111')],
    });
  });

  test('other services get no condition', () => {
    imported().grantPull(new iam.ServicePrincipal('codebuild.amazonaws.com'));
    expect(statementsOf()).toEqual([{ Action: PULL, Effect: 'Allow', Principal: { Service: 'codebuild.amazonaws.com' } }]);
  });

  test('a function in a stack of no known account is of that account', () => {
    const agnostic = new Stack(app, 'Agnostic');
    functionOf(imported({}, agnostic), agnostic);
    expect(statementsOf(agnostic)).toEqual([retrievalOf('<AWS::AccountId>', '<AWS::Region>')]);
    expect(imageFunction(agnostic).DependsOn).toContain(policyIdOf(agnostic));
  });
});

describe('a container image', () => {
  const taskOf = (repository: ecr.IRepository, scope: Construct = stack) => {
    const task = new ecs.FargateTaskDefinition(scope, 'Task');
    task.addContainer('app', { image: ecs.ContainerImage.fromEcrRepository(repository, 'v1') });
    return task;
  };
  const theTask = (of = stack) => resourcesOf('AWS::ECS::TaskDefinition', of)[0];

  test('of the stack\'s account needs the execution role\'s policy and nothing else', () => {
    taskOf(imported());
    expect(identityOf()).toEqual([
      { Action: PULL, Effect: 'Allow', Resource: OWN_ARN }, { Action: 'ecr:GetAuthorizationToken', Effect: 'Allow', Resource: '*' },
    ]);
    expect(text(theTask().Properties.ContainerDefinitions[0].Image)).toBe('111111111111.dkr.ecr.eu-west-1.<AWS::URLSuffix>/team/shared:v1');
    expect(theTask().DependsOn).toBeUndefined();
    nothingIsDeployed();
  });

  test('of a central account is allowed there, and the task waits for it', () => {
    taskOf(central());
    expect(statementsOf()).toMatchObject([{ Action: PULL, Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:root' } }]);
    expect(policiesOf()[0].Properties)
      .toMatchObject({ RepositoryArn: CENTRAL_ARN, RoleArn: access.roleArn, ExternalId: access.externalId });
    expect(theTask().DependsOn).toEqual([policyIdOf()]);
    expect(text(theTask().Properties.ContainerDefinitions[0].Image)).toBe('222222222222.dkr.ecr.eu-west-1.<AWS::URLSuffix>/team/shared:v1');
    expect(identityOf()[0]).toEqual({ Action: PULL, Effect: 'Allow', Resource: CENTRAL_ARN });
  });

  test('of a central account without access grants as aws-ecr does, and a warning has the statement that its owner must add', () => {
    taskOf(central({}));
    const plain = new Stack(new App(), 'Stack', { env: OURS });
    taskOf(ecr.Repository.fromRepositoryArn(plain, 'Central', CENTRAL_ARN), plain);
    expect(flat(Template.fromStack(stack).toJSON().Resources)).toEqual(flat(Template.fromStack(plain).toJSON().Resources));
    expect(warningsOf()).toEqual([expect.stringMatching(
      /the owner adds the statement .*PrincipalTag\/aws-cdk:id":"Stack_\w+".*"Principal":\{"AWS":"arn:aws:iam::111111111111:root"\}/)]);
  });

  test('of a central account that manages its policy itself is a warning', () => {
    taskOf(central(ELSEWHERE));
    expect(identityOf()[0]).toEqual({ Action: PULL, Effect: 'Allow', Resource: CENTRAL_ARN });
    expect(warningsOf()).toEqual([expect.stringMatching(/'team\/shared' \(PolicyManagement\.EXTERNAL\).*ecr:BatchGetImage/)]);
    expect(() => app.synth()).not.toThrow();
    nothingIsDeployed();
  });

  test('of a build is the same', () => {
    new codebuild.Project(stack, 'Project', {
      environment: { buildImage: codebuild.LinuxBuildImage.fromEcrRepository(central(), 'v1') },
      buildSpec: codebuild.BuildSpec.fromObject({ version: '0.2' }),
    });
    expect(statementsOf()).toMatchObject([{ Action: PULL, Principal: { AWS: 'arn:aws:iam::111111111111:root' } }]);
    expect(resourcesOf('AWS::CodeBuild::Project')[0].DependsOn).toContain(policyIdOf());
  });

  test('waits without a deprecated call where aws-cdk-lib has the successor of addDependency', () => {
    const prototype = CfnResource.prototype as CfnResource & { addResourceDependency?(on: CfnResource): void };
    const original = Object.getOwnPropertyDescriptor(prototype, 'addResourceDependency');
    const deprecated = jest.spyOn(prototype, 'addDependency');
    const successor = jest.fn();
    Object.defineProperty(prototype, 'addResourceDependency', { configurable: true, value: successor });
    try {
      const repository = imported();
      new CfnResource(stack, 'Uses', { type: 'Test::Uses', properties: { Image: repository.repositoryUriForTag('v1') } });
      repository.grantPull(SOMEBODY);
      Template.fromStack(stack);
      expect(successor.mock.calls.map(([target]) => stack.resolve(target.logicalId))).toEqual([policyIdOf()]);
      expect(deprecated.mock.contexts.map(dependent => (dependent as CfnResource).node.id)).not.toContain('Uses');
    } finally {
      deprecated.mockRestore();
      if (original) Object.defineProperty(prototype, 'addResourceDependency', original);
      else delete prototype.addResourceDependency;
    }
  });

  test('waits too where the URI was taken before the first grant', () => {
    const repository = imported();
    new CfnResource(stack, 'Early', { type: 'Test::Early', properties: { Image: repository.repositoryUriForTag('v1') } });
    repository.grantPull(SOMEBODY);
    expect(resourcesOf('Test::Early')[0].DependsOn).toEqual([policyIdOf()]);
  });

  test('waits too where the URI is a part of a longer text', () => {
    const repository = imported();
    repository.grantPull(SOMEBODY);
    const script = Fn.base64(`docker pull ${repository.repositoryUriForDigest('sha256:0')}\n`);
    new CfnResource(stack, 'Instance', { type: 'Test::Instance', properties: { UserData: script } });
    expect(resourcesOf('Test::Instance')[0].DependsOn).toEqual([policyIdOf()]);
  });

  test('of another stack of the app is still what it was', () => {
    const repository = imported();
    repository.grantPull(SOMEBODY);
    const other = new Stack(app, 'Other', { env: OURS });
    taskOf(repository, other);
    expect(text(theTask(other).Properties.ContainerDefinitions[0].Image))
      .toBe('111111111111.dkr.ecr.eu-west-1.<AWS::URLSuffix>/team/shared:v1');
    expect(statementsOf()).toHaveLength(1);
  });

  test('what does not use the URI waits for nothing', () => {
    imported().grantPull(SOMEBODY);
    new CfnResource(stack, 'Other', { type: 'Test::Other' });
    expect(resourcesOf('Test::Other')[0].DependsOn).toBeUndefined();
  });

  test('the grants of many tasks are one statement', () => {
    const repository = central();
    for (const id of ['One', 'Other', 'Third']) taskOf(repository, new Construct(stack, id));
    expect(statementsOf()).toMatchObject([{
      Principal: { AWS: 'arn:aws:iam::111111111111:root' },
      Condition: { StringEquals: { 'aws:PrincipalTag/aws-cdk:id': Array(3).fill(expect.stringMatching(/^Stack_/)) } },
    }]);
  });

  test('of one task for two imports of the repository waits once', () => {
    const task = taskOf(central());
    task.addContainer('sidecar', { image: ecs.ContainerImage.fromEcrRepository(central({ access }, new Construct(stack, 'Again')), 'v2') });
    expect(theTask().DependsOn).toEqual([policyIdOf()]);
  });
});

describe('the policy is written by its owner', () => {
  test('a role of the account gets its rights, without a warning', () => {
    expect(imported(ELSEWHERE).grantPull(roleIn(stack)).success).toBe(true);
    expect(identityOf()[0]).toEqual({ Action: PULL, Effect: 'Allow', Resource: OWN_ARN });
    expect(warningsOf()).toEqual([]);
    nothingIsDeployed();
  });

  test('a role of another account gets its rights, and the warning has the statement', () => {
    expect(central(ELSEWHERE).grantPull(roleIn(stack)).success).toBe(true);
    expect(identityOf()[0]).toEqual({ Action: PULL, Effect: 'Allow', Resource: CENTRAL_ARN });
    expect(warningsOf()).toEqual([
      expect.stringMatching(/unless the owner adds the statement \{.*"Action":\["ecr:BatchCheckLayerAvailability".*PrincipalTag/),
    ]);
    nothingIsDeployed();
  });

  test.each<[string, (repository: ExistingRepository) => unknown, RegExp]>([
    ['an account', repository => repository.grantPull(SOMEBODY), /333333333333/],
    ['a service', repository => repository.grantPull(new iam.ServicePrincipal('codebuild.amazonaws.com')), /codebuild\.amazonaws\.com/],
    ['an organization', repository => repository.grantPull(RepositoryPrincipal.organizations('o-a1b2c3d4e5')), /aws:PrincipalOrgID/],
    ['AWS Lambda', repository => repository.grantPull(LAMBDA), /"Condition":\{"ArnLike":\{"aws:SourceArn":.*111111111111:function:\*/],
    ['a statement', repository => repository.addToResourcePolicy(pull({ sid: 'Mine' })), /"Sid":"Mine"/],
  ])('%s: a warning with the statement, and never an error', (_case, use, statement) => {
    for (const repository of [imported(ELSEWHERE), central(ELSEWHERE)]) expect(() => use(repository)).not.toThrow();
    expect(warningsOf().filter(warning => statement.test(warning))).toHaveLength(2);
    expect(() => app.synth()).not.toThrow();
    nothingIsDeployed();
  });

  test('what was not written is not said to be', () => {
    const repository = imported(ELSEWHERE);
    expect(repository.grantPull(SOMEBODY).success).toBe(false);
    expect(repository.addToResourcePolicy(pull()).statementAdded).toBe(false);
  });

  test('a function of an image deploys nothing else and waits for nothing', () => {
    new lambda.DockerImageFunction(stack, 'Function', { code: lambda.DockerImageCode.fromEcr(central(ELSEWHERE)) });
    expect(resourcesOf('AWS::Lambda::Function')).toHaveLength(1);
    expect(warningsOf()).toEqual(expect.arrayContaining([
      expect.stringMatching(/"Principal":\{"Service":"lambda\.amazonaws\.com"\}/),
      expect.stringMatching(/"Principal":\{"AWS":.*111111111111:root/),
    ]));
    nothingIsDeployed();
  });

  test('a warning can be acknowledged', () => {
    const repository = central(ELSEWHERE);
    repository.grantPull(SOMEBODY);
    expect(warningsOf()[0]).toContain('[ack: cdk-ecr-keeper:policy-external]');
  });

  test('one of a name known only at deploy warns as well', () => {
    const repository = ExistingRepository.fromRepositoryName(stack, 'Token', Fn.importValue('Name'), ELSEWHERE);
    expect(() => repository.grantPull(SOMEBODY)).not.toThrow();
    expect(warningsOf()).toEqual([expect.stringContaining('PolicyManagement.EXTERNAL')]);
  });

  test('the options of writing a policy are not for it', () => {
    expect(() => imported({
      ...ELSEWHERE, replaceExistingSids: true, force: true, dropDeadPrincipals: true, trigger: 'one', checkEvery: Duration.hours(1),
    })).toThrow(/^Stack\/Import: 5 problems\n(  - '\w+' must not be set with PolicyManagement\.EXTERNAL, got: .*\n?){5}$/);
  });

  test('lifecycle policy and teardown are applied all the same', () => {
    central({ ...ELSEWHERE, access, lifecycle: LIFECYCLE, teardown: TEARDOWN });
    Template.fromStack(stack).resourceCountIs('Custom::EcrLifecyclePolicy', 1);
    Template.fromStack(stack).resourceCountIs('Custom::EcrTeardown', 1);
  });

  test('PolicyManagement.MERGE is the default, and can be set', () => {
    imported({ policyManagement: PolicyManagement.MERGE }).grantPull(SOMEBODY);
    expect(statementsOf()).toHaveLength(1);
  });
});

describe('an account that is known only at deploy', () => {
  let agnostic: Stack;
  beforeEach(() => { agnostic = new Stack(app, 'Agnostic'); });

  test.each<[string, () => ExistingRepository]>([
    ['by name', () => imported({}, agnostic)],
    ['by name and account', () => imported({ account: '222222222222' }, agnostic)],
    ['by ARN', () => central({}, agnostic)],
    ['by an ARN known at deploy', () => ExistingRepository.fromRepositoryAttributes(agnostic, 'Import', {
      repositoryName: 'team/shared', repositoryArn: Fn.importValue('Arn'),
    })],
  ])('is the stack\'s own: %s', (_case, make) => {
    const repository = make();
    expect(repository.grantPull(roleIn(agnostic)).success).toBe(true);
    const task = new ecs.FargateTaskDefinition(agnostic, 'Task');
    task.addContainer('app', { image: ecs.ContainerImage.fromEcrRepository(repository) });
    nothingIsDeployed(agnostic);
    expect(identityOf(agnostic).filter(({ Action }) => Array.isArray(Action))).toHaveLength(2);
  });

  test('also where the import is in a known one', () => {
    const repository = ExistingRepository.fromRepositoryName(stack, 'Import', 'team/shared');
    repository.grantPull(roleIn(agnostic));
    nothingIsDeployed();
    expect(identityOf(agnostic)[0]).toEqual({ Action: PULL, Effect: 'Allow', Resource: OWN_ARN });
  });

  test('two known accounts are distinguished: a role of one account needs a statement in the other', () => {
    central({}, agnostic).grantPull(iam.Role.fromRoleArn(agnostic, 'Role', 'arn:aws:iam::333333333333:role/x'));
    expect(warningsOf(agnostic)).toEqual([expect.stringContaining('arn:aws:iam::333333333333:role/x')]);
    nothingIsDeployed(agnostic);
  });

  const named: Array<[string, (options?: ExistingRepositoryOptions) => ExistingRepository]> = [
    ['by ARN', options => central(options ?? {}, agnostic)],
    ['by account', options => imported({ account: '222222222222', ...options }, agnostic)],
  ];

  test.each(named)('cannot write where an import names an account, and a warning has the statement: %s', (_case, make) => {
    const repository = make();
    repository.grantPull(SOMEBODY);
    repository.grantPull(LAMBDA);
    expect(warningsOf(agnostic)).toEqual(expect.arrayContaining([
      expect.stringContaining('333333333333'), expect.stringContaining('lambda.amazonaws.com'),
    ]));
    nothingIsDeployed(agnostic);
  });

  test.each(named.flatMap(([how, make]) => [
    [how, 'a statement', () => make().addToResourcePolicy(pull())],
    [how, 'a lifecycle policy', () => make({ lifecycle: LIFECYCLE })],
    [how, 'a teardown', () => make({ teardown: TEARDOWN })],
  ] as Array<[string, string, () => unknown]>))('warns what to set for an import %s: %s', (_how, _what, use) => {
    use();
    expect(warningsOf(agnostic)).toEqual([expect.stringMatching(
      /account 222222222222, and the account of the stack is not known\. .* Set the account of the stack, `env: \{ account: '222222222222' \}`/)]);
  });

  test('by name it is in the Region of the stack', () => {
    imported({}, agnostic).grantPull(SOMEBODY);
    expect(policiesOf(agnostic)[0].Properties.Region).toBeUndefined();
    expect(text(policiesOf(agnostic)[0].Properties.RepositoryArn))
      .toBe('arn:aws:ecr:<AWS::Region>:<AWS::AccountId>:repository/team/shared');
  });

  test('with access the repository is in another account, so that a role needs a statement', () => {
    const known = new Stack(app, 'Known', { env: { region: 'eu-west-1' } });
    central({ access }, known).grantPull(roleIn(known));
    expect(statementsOf(known)).toMatchObject([{ Action: PULL, Effect: 'Allow' }]);
  });

  test('access needs a Region that is known', () => {
    expect(() => central({ access }, agnostic).grantPull(SOMEBODY)).toThrow(/'access' requires a stack whose Region is known/);
  });
});

describe('one resource per repository and stack', () => {
  test('however many grants there are', () => {
    const repository = imported();
    for (const account of ['333333333333', '444444444444', '555555555555']) repository.grantPull(new iam.AccountPrincipal(account));
    repository.grantPush(SOMEBODY);
    repository.grantPull(LAMBDA);
    repository.addToResourcePolicy(pull({ sid: 'Mine' }));
    expect(statementsOf()).toHaveLength(4);
    expect(statementsOf()[0].Principal)
      .toEqual({ AWS: ['333333333333', '444444444444', '555555555555'].map(id => `arn:aws:iam::${id}:root`) });
  });

  test('however many imports there are', () => {
    imported().grantPull(SOMEBODY);
    Repository.fromRepositoryName(stack, 'Second', 'team/shared').grantPull(new iam.AccountPrincipal('444444444444'));
    imported({ region: 'eu-west-1', account: '111111111111' }, new Construct(stack, 'Third'))
      .grantPull(new iam.AccountPrincipal('555555555555'));
    new RepositoryPolicy(stack, 'Policy', {
      repository: ecr.Repository.fromRepositoryName(stack, 'Fourth', 'team/shared'), statements: [pull({ sid: 'Mine' })],
    });
    expect(statementsOf().map(({ Sid, Principal }) => [Sid, [Principal.AWS].flat().length])).toEqual([[undefined, 3], ['Mine', 1]]);
  });

  test('whether they are by name or by ARN', () => {
    imported().grantPull(SOMEBODY);
    ExistingRepository.fromRepositoryArn(stack, 'ByArn', OWN_ARN).grantPull(new iam.AccountPrincipal('444444444444'));
    expect(policiesOf()).toHaveLength(1);
  });

  test('other repositories and other stacks have their own', () => {
    const other = new Stack(app, 'Other', { env: OURS });
    imported().grantPull(SOMEBODY);
    imported({}, other).grantPull(SOMEBODY);
    ExistingRepository.fromRepositoryName(stack, 'Second', 'team/second').grantPull(SOMEBODY);
    imported({ region: 'us-east-1' }, new Construct(stack, 'Region')).grantPull(SOMEBODY);
    expect(policiesOf()).toHaveLength(3);
    expect(policiesOf(other)).toHaveLength(1);
    expect(resourcesOf('AWS::Lambda::Function')).toHaveLength(1);
  });

  test('also of a name that is known only at deploy', () => {
    const name = new CfnParameter(stack, 'Name').valueAsString;
    for (const id of ['One', 'Other']) ExistingRepository.fromRepositoryName(stack, id, name).grantPull(SOMEBODY);
    expect(statementsOf()).toHaveLength(1);
  });

  test('the same grant twice is one statement', () => {
    const repository = imported();
    for (const grantee of [SOMEBODY, new iam.AccountPrincipal('333333333333')]) repository.grantPull(grantee);
    expect(statementsOf()).toEqual([{ Action: PULL, Effect: 'Allow', Principal: { AWS: SOMEBODY_ARN } }]);
  });

  test('statements that differ in several parts are not merged', () => {
    const repository = imported();
    const other = new iam.AccountPrincipal('444444444444');
    repository.grantPull(SOMEBODY);
    repository.grantPush(other);
    repository.addToResourcePolicy(pull({ principals: [other], effect: iam.Effect.DENY }));
    repository.addToResourcePolicy(pull({ principals: [other], conditions: { StringNotEquals: { 'aws:PrincipalTag/a': 'x' } } }));
    repository.addToResourcePolicy(pull({ principals: [other], conditions: { StringNotEquals: { 'aws:PrincipalTag/a': 'y' } } }));
    repository.addToResourcePolicy(pull({ sid: 'One' }));
    repository.addToResourcePolicy(pull({ sid: 'Two' }));
    expect(statementsOf()).toHaveLength(7);
  });

  test('a Sid is used once in all of them', () => {
    imported().addToResourcePolicy(pull({ sid: 'Mine' }));
    expect(() => new RepositoryPolicy(stack, 'Policy', {
      repository: imported({}, new Construct(stack, 'Again')), statements: [pull({ sid: 'Mine', actions: ['ecr:ListImages'] })],
    })).toThrow('Stack/Policy: different statements must have different Sids, got more than one with: "Mine"');
  });

  test('its logical id does not change when constructs are renamed', () => {
    const idOf = (...ids: string[]) => {
      const renamed = new Stack(new App(), ids[0], { env: OURS });
      const scope = new Construct(renamed, ids[1]);
      ExistingRepository.fromRepositoryName(scope, ids[2], 'team/shared').grantPull(SOMEBODY);
      return policyIdOf(renamed);
    };
    expect(idOf('One', 'A', 'Import')).toBe(idOf('Two', 'B', 'Renamed'));
  });

  test('its logical id does not change when statements are moved between constructs', () => {
    imported().addToResourcePolicy(pull());
    const other = new Stack(app, 'Other', { env: OURS });
    new RepositoryPolicy(other, 'Policy', { repository: imported({}, other), statements: [pull()] });
    expect(policyIdOf()).toBe(policyIdOf(other));
    expect(statementsOf()).toEqual(statementsOf(other));
  });

  test('two syntheses are the same, byte for byte', () => {
    const synthesized = () => {
      const own = new App();
      const one = new Stack(own, 'Stack', { env: OURS });
      const repository = central({ access, checkEvery: Duration.hours(1), lifecycle: LIFECYCLE, teardown: TEARDOWN }, one);
      new lambda.DockerImageFunction(one, 'Function', { code: lambda.DockerImageCode.fromEcr(repository) });
      repository.grantPull(roleIn(one));
      repository.grantPullPush(RepositoryPrincipal.accounts('333333333333', '444444444444'));
      return JSON.stringify(own.synth().getStackByName('Stack').template);
    };
    expect(synthesized()).toBe(synthesized());
  });
});

describe('grants after the fact', () => {
  const late = new iam.AccountPrincipal('444444444444');
  const accountsOf = (of = stack) => statementsOf(of).flatMap(({ Principal }) => [Principal.AWS].flat().map(arn => arn.split(':')[4]));

  test('after everything else was made', () => {
    const repository = imported();
    repository.grantPull(SOMEBODY);
    new lambda.DockerImageFunction(stack, 'Function', { code: lambda.DockerImageCode.fromEcr(repository) });
    repository.grantPull(late);
    expect(JSON.stringify(statementsOf())).toContain('444444444444');
  });

  test('in an aspect, as the first or as one more', () => {
    for (const first of [true, false]) {
      const own = new Stack(new App(), 'Stack', { env: OURS });
      const repository = imported({}, own);
      if (!first) repository.grantPull(SOMEBODY);
      Aspects.of(own).add({ visit: node => { if (node === own) repository.grantPull(late); } });
      expect(accountsOf(own)).toEqual([...first ? [] : ['333333333333'], '444444444444']);
    }
  });

  test('in an aspect, to a role of the stack that the repository\'s account must allow', () => {
    const repository = central();
    const role = roleIn(stack);
    Aspects.of(stack).add({ visit: node => { if (node === stack) repository.grantPull(role); } });
    expect(statementsOf()).toMatchObject([{ Condition: { StringEquals: { 'aws:PrincipalTag/aws-cdk:id': `Stack_${role.node.addr}` } } }]);
    expect(resourcesOf('AWS::IAM::Role').filter(({ Properties }) => JSON.stringify(Properties.Tags ?? []).includes(role.node.addr)))
      .toHaveLength(1);
  });

  test('in an aspect, after another one has looked at every property', () => {
    const repository = imported();
    repository.grantPull(SOMEBODY);
    Aspects.of(stack).add({ visit: node => { if (CfnResource.isCfnResource(node)) stack.resolve(node._toCloudFormation()); } });
    Aspects.of(stack).add({ visit: node => { if (node === stack.node.findChild('Last')) repository.grantPull(late); } }, { priority: 900 });
    new Construct(stack, 'Last');
    expect(accountsOf()).toEqual(['333333333333', '444444444444']);
  });

  test('in a lazy value, as the first or as one more', () => {
    for (const before of [[], ['333333333333']]) {
      const own = new Stack(new App(), 'Stack', { env: OURS });
      const repository = imported({}, own);
      for (const account of before) repository.grantPull(new iam.AccountPrincipal(account));
      let given = false;
      new CfnResource(own, 'Lazy', {
        type: 'Test::Lazy',
        properties: {
          Value: Lazy.string({
            produce: () => {
              if (!given) repository.grantPull(late);
              given = true;
              return 'value';
            },
          }),
        },
      });
      expect(accountsOf(own)).toEqual([...before, '444444444444']);
    }
  });
});

describe('references', () => {
  test('a principal of another stack of the app makes an export', () => {
    const other = new Stack(app, 'Other', { env: OURS });
    imported().addToResourcePolicy(pull({ principals: [roleIn(other)] }));
    const [{ Export }] = Object.values(Template.fromStack(other).toJSON().Outputs as Record<string, { Export: { Name: string } }>);
    expect(policiesOf()[0].Properties.Statements['Fn::Join'][1]).toContainEqual({ 'Fn::ImportValue': Export.Name });
    expect(stack.dependencies).toEqual([other]);
  });

  test('a principal of the same stack is created before its statement', () => {
    imported().addToResourcePolicy(pull({ principals: [roleIn(stack)] }));
    expect(statementsOf()[0].Principal.AWS).toMatch(/^<Role\w+\.Arn>$/);
  });

  test('a principal that uses the URI does not wait for the statement that names it', () => {
    const repository = central();
    const role = roleIn(stack, { description: repository.repositoryUri });
    repository.addToResourcePolicy(pull({ principals: [role] }));
    expect(statementsOf()).toHaveLength(1);
    expect(resourcesOf('AWS::IAM::Role').find(({ Properties }) => Properties.Description)!.DependsOn).toBeUndefined();
  });

  test('a function that its own statement names does not wait for it', () => {
    const repository = imported();
    const handler = new lambda.DockerImageFunction(stack, 'Function', { code: lambda.DockerImageCode.fromEcr(repository) });
    repository.addToResourcePolicy(pull({ principals: [LAMBDA], conditions: { ArnLike: { 'aws:SourceArn': handler.functionArn } } }));
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test.each<[string, (repository: ExistingRepository) => unknown]>([
    ['an alias of the function', repository => {
      const handler = new lambda.DockerImageFunction(stack, 'Function', { code: lambda.DockerImageCode.fromEcr(repository) });
      const alias = new lambda.Alias(stack, 'Alias', { aliasName: 'live', version: handler.currentVersion });
      return repository.addToResourcePolicy(pull({
        principals: [LAMBDA], conditions: { ArnLike: { 'aws:SourceArn': alias.functionArn } },
      }));
    }],
    ['a role with a managed policy', repository => repository.addToResourcePolicy(pull({
      principals: [roleIn(stack, {
        managedPolicies: [new iam.ManagedPolicy(stack, 'Managed', {
          description: repository.repositoryUri,
          statements: [new iam.PolicyStatement({ actions: ['ecr:ListImages'], resources: [repository.repositoryArn] })],
        })],
      })],
    }))],
    ['a resource that waits', repository => {
      const role = roleIn(stack);
      role.node.addDependency(new CfnResource(stack, 'Uses', { type: 'Test::Uses', properties: { Image: repository.repositoryUri } }));
      return repository.addToResourcePolicy(pull({ principals: [role] }));
    }],
  ])('a principal behind which the URI is used makes no circle: %s', (_case, use) => {
    use(central());
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('a nested stack has its own resource, and what it makes waits for it', () => {
    const nested = new NestedStack(stack, 'Nested');
    new lambda.DockerImageFunction(nested, 'Function', { code: lambda.DockerImageCode.fromEcr(imported({}, nested)) });
    expect(statementsOf(nested)).toHaveLength(1);
    expect(resourcesOf('AWS::Lambda::Function', nested).find(({ Properties }) => Properties.PackageType)!.DependsOn)
      .toContain(policyIdOf(nested));
    nothingIsDeployed();
  });

  test('what a nested stack makes of an import of its parent waits for the parent\'s', () => {
    const nested = new NestedStack(stack, 'Nested');
    new lambda.DockerImageFunction(nested, 'Function', { code: lambda.DockerImageCode.fromEcr(imported()) });
    expect(statementsOf()).toHaveLength(1);
    expect(resourcesOf('AWS::CloudFormation::Stack')[0].DependsOn).toContain(policyIdOf());
  });

  describe('a repository that another stack of the app declares', () => {
    type Owner = new (scope: Construct, id: string, props?: ecr.RepositoryProps) => ecr.Repository;
    const NAME = { repositoryName: 'team/shared' };
    const MISSING = 'the policy of \'repository\' belongs to the stack \'Owner\', and the app declares it at'
      + ' \'Owner/Repository/Resource\'. Set the statements there: on the construct \'Owner/Repository\', call repository.';
    const declared = (Class: Owner, env: typeof OURS | undefined) => new Class(new Stack(app, 'Owner', { env }), 'Repository', NAME);
    const imageFunctionOf = (repository: ecr.IRepository) => new lambda.DockerImageFunction(repository.stack, 'Function', {
      code: lambda.DockerImageCode.fromEcr(repository, { tagOrDigest: 'v1' }),
    });
    const cases: Array<[string, Owner, typeof OURS | undefined]> = [
      ['ours', Repository, OURS], ['that of aws-ecr', ecr.Repository, OURS],
      ['ours, in agnostic stacks', Repository, undefined], ['that of aws-ecr, in agnostic stacks', ecr.Repository, undefined],
    ];

    test.each(cases)('is accepted for a function where the declaration grants Lambda the pull: %s', (_case, Class, env) => {
      const owner = declared(Class, env);
      const user = new Stack(app, 'User', { env });
      imageFunctionOf(Repository.fromRepositoryName(user, 'Import', 'team/shared'));
      owner.grantPull(LAMBDA); // after the import, too
      expect(() => app.synth()).not.toThrow();
      expect(resourcesOf('AWS::Lambda::Function', user)).toHaveLength(1);
      nothingIsDeployed(user);
    });

    test.each(cases)('names the call that grants it where nothing does: %s', (_case, Class, env) => {
      declared(Class, env);
      imageFunctionOf(Repository.fromRepositoryName(new Stack(app, 'User', { env }), 'Import', 'team/shared'));
      expect(() => app.synth()).toThrow(`${MISSING}grantPull(new iam.ServicePrincipal('lambda.amazonaws.com'))`);
    });

    test('is accepted when it is imported by its reference', () => {
      const owner = new Repository(new Stack(app, 'Owner', { env: OURS }), 'Repository');
      imageFunctionOf(Repository.fromRepositoryName(stack, 'Import', owner.repositoryName));
      expect(() => app.synth()).toThrow(MISSING);
      owner.grantPull(LAMBDA);
      expect(() => app.synth()).not.toThrow();
      nothingIsDeployed();
    });

    test('needs any other statement too, in a call that can be pasted', () => {
      const owner = declared(Repository, OURS);
      imported().grantPull(SOMEBODY);
      const statement = '{"Action":["ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:BatchGetImage"],"Effect":"Allow",'
        + '"Principal":{"AWS":`arn:${Aws.PARTITION}:iam::333333333333:root`}}';
      expect(() => app.synth()).toThrow(`${MISSING}addToResourcePolicy(iam.PolicyStatement.fromJson(${statement}))`);
      owner.grantPullPush(SOMEBODY);
      expect(() => app.synth()).not.toThrow();
    });

    test('a grant to a narrower principal does not suffice', () => {
      const owner = declared(Repository, OURS);
      imported().grantPull(new iam.AnyPrincipal());
      owner.grantPull(SOMEBODY);
      expect(() => app.synth()).toThrow(MISSING);
    });

    test('a denial must be there as it is', () => {
      const owner = declared(Repository, OURS);
      const denial = () => pull({ effect: iam.Effect.DENY, sid: 'Mine' });
      imported().addToResourcePolicy(denial());
      expect(() => app.synth()).toThrow(MISSING);
      owner.addToResourcePolicy(denial());
      expect(() => app.synth()).not.toThrow();
    });

    test('must be created before the import that needs its statements', () => {
      imported().grantPull(SOMEBODY);
      const owner = declared(Repository, OURS);
      expect(() => app.synth()).toThrow(MISSING);
      owner.grantPull(SOMEBODY);
      expect(() => app.synth()).toThrow(/has the statements already\. Create the stack 'Owner' before the import/);
    });

    test('accepts no settings for a function that writes the policy', () => {
      declared(Repository, OURS);
      expect(() => imported({ checkEvery: Duration.hours(1) }).grantPull(SOMEBODY))
        .toThrow('\'checkEvery\' must not be set for a repository that the app declares');
    });

    test('an L1 resource names its property', () => {
      new ecr.CfnRepository(new Stack(app, 'Owner', { env: OURS }), 'Native', NAME);
      imported().grantPull(LAMBDA);
      expect(() => app.synth()).toThrow(/Set the statements there: allow it in the 'repositoryPolicyText': \{/);
    });
  });

  test('an import by the name of a repository of the same stack writes natively', () => {
    const repository = new ecr.Repository(stack, 'Repository');
    ExistingRepository.fromRepositoryName(stack, 'Import', repository.repositoryName).grantPull(SOMEBODY);
    expect(resourcesOf('AWS::ECR::Repository')[0].Properties.RepositoryPolicyText.Statement).toHaveLength(1);
    nothingIsDeployed();
  });
});

describe('another Region', () => {
  test('the function works there, and has rights there only', () => {
    imported({ region: 'us-east-1', checkEvery: Duration.hours(1) }).grantPull(SOMEBODY);
    expect(policiesOf()[0].Properties).toMatchObject({ Region: 'us-east-1' });
    const rights = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .flatMap(policy => flat(policy.Properties.PolicyDocument.Statement) as Array<{ Action: string; Resource: string }>)
      .filter(({ Action }) => JSON.stringify(Action).includes('"ecr:'));
    expect(rights.length).toBeGreaterThan(2);
    expect(rights.filter(({ Resource }) => !Resource.startsWith('arn:aws:ecr:us-east-1:111111111111:repository/'))).toEqual([]);
  });

  test('the check names the final logical id of a policy that is renamed after it was created', () => {
    imported({ checkEvery: Duration.hours(1) }).grantPull(SOMEBODY);
    for (const each of stack.node.findAll()) {
      if (each instanceof CfnResource && each.cfnResourceType === 'Custom::EcrRepositoryPolicy') each.overrideLogicalId('Renamed');
    }
    expect(text(resourcesOf('AWS::Events::Rule')[0].Properties.Targets[0].Input)).toContain('"LogicalId":"Renamed"');
  });

  test('the Region of the stack is omitted', () => {
    imported({ region: 'eu-west-1' }).grantPull(SOMEBODY);
    expect(policiesOf()[0].Properties.Region).toBeUndefined();
  });

  test('lifecycle policy and teardown are applied there', () => {
    imported({ region: 'us-east-1', lifecycle: LIFECYCLE, teardown: TEARDOWN });
    for (const type of ['Custom::EcrLifecyclePolicy', 'Custom::EcrTeardown']) {
      expect(resourcesOf(type).map(({ Properties }) => [Properties.Region, text(Properties.RepositoryArn)]))
        .toEqual([['us-east-1', 'arn:aws:ecr:us-east-1:111111111111:repository/team/shared']]);
    }
  });
});

describe('another account', () => {
  test('the function assumes the role there, and has no other permissions', () => {
    central({ access, checkEvery: Duration.hours(1) }).grantPull(SOMEBODY);
    const rights = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .flatMap(policy => policy.Properties.PolicyDocument.Statement);
    expect(rights.filter(({ Action }) => JSON.stringify(Action).includes('"ecr:'))).toEqual([]);
    expect(rights.filter(({ Action }) => Action === 'sts:AssumeRole'))
      .toEqual(Array(2).fill({ Action: 'sts:AssumeRole', Effect: 'Allow', Resource: access.roleArn }));
  });

  test('the role that RepositoryAccessRole makes there trusts the roles of the functions by their names', () => {
    central({ access, checkEvery: Duration.hours(1), lifecycle: LIFECYCLE, teardown: TEARDOWN }).grantPull(SOMEBODY);
    const theirs = new Stack(app, 'Theirs', { env: CENTRAL });
    new RepositoryAccessRole(theirs, 'Access', {
      repositories: [imported({}, theirs)],
      capabilities: [RepositoryCapability.statements(), RepositoryCapability.lifecycle(), RepositoryCapability.teardown(TEARDOWN)],
      trusted: { stackName: 'Stack', ...OURS },
      externalId: 'id',
    });
    const names = resourcesOf('AWS::IAM::Role').map(({ Properties }) => Properties.RoleName);
    const [role] = resourcesOf('AWS::IAM::Role', theirs);
    expect(flat(role.Properties.AssumeRolePolicyDocument.Statement[0].Condition.ArnEquals['aws:PrincipalArn']).sort())
      .toEqual(names.map(name => `arn:aws:iam::111111111111:role/${name}`).sort());
  });

  test.each<[string, (repository: ExistingRepository) => unknown]>([
    ['a statement', repository => repository.addToResourcePolicy(pull())],
    ['a construct', repository => new RepositoryPolicy(stack, 'Policy', { repository, statements: [pull()] })],
  ])('without access an error has the calls for both ways out: %s', (_case, use) => {
    expect(() => use(central({}))).toThrow(
      'Import it with the \'access\' of a RepositoryAccessRole \'role\' in account 222222222222:'
      + ` ExistingRepository.fromRepositoryArn(this, 'Central', '${CENTRAL_ARN}', { access: role.access }). If its owner adds the`
      + ` statement instead, import it with ExistingRepository.fromRepositoryArn(this, 'Central', '${CENTRAL_ARN}',`
      + ' { policyManagement: PolicyManagement.EXTERNAL })');
  });

  test.each<[string, (repository: ExistingRepository) => unknown]>([
    ['an account', repository => repository.grantPull(SOMEBODY)],
    ['a service', repository => repository.grantPush(new iam.ServicePrincipal('codebuild.amazonaws.com'))],
    ['an organization', repository => repository.grantRead(RepositoryPrincipal.organizations('o-a1b2c3d4e5'))],
  ])('without access a grant changes nothing there, and a warning has the statement: %s', (_case, use) => {
    use(central({}));
    expect(warningsOf()).toEqual([expect.stringMatching(/imported without 'access'\)\. The grant has no effect unless the owner adds the statement/)]);
    nothingIsDeployed();
  });

  test('without access lifecycle policy and teardown are errors', () => {
    expect(() => central({ lifecycle: LIFECYCLE }, new Construct(stack, 'One'))).toThrow(/Import it with the 'access' of a RepositoryAccessRole/);
    expect(() => central({ teardown: TEARDOWN }, new Construct(stack, 'Other'))).toThrow(/Import it with the 'access' of a RepositoryAccessRole/);
  });

  test('a nested stack has no name that a role there could trust', () => {
    expect(() => central({ access }, new NestedStack(stack, 'Nested')).grantPull(SOMEBODY))
      .toThrow(/'access' requires a stack whose name is known/);
  });

  test('the settings of an import apply to constructs that use it', () => {
    new RepositoryPolicy(stack, 'Policy', { repository: central(), statements: [pull()] });
    expect(policiesOf()[0].Properties).toMatchObject({ RoleArn: access.roleArn, ExternalId: 'id' });
  });
});

describe('options', () => {
  const retained = () => resourcesOf('AWS::Logs::LogGroup').map(group => (group as unknown as { DeletionPolicy: string }).DeletionPolicy);

  test('options that are not set are omitted', () => {
    imported().grantPull(SOMEBODY);
    expect(Object.keys(policiesOf()[0].Properties).sort()).toEqual(['RepositoryArn', 'ServiceTimeout', 'ServiceToken', 'Statements']);
    expect(retained()).toEqual(['Delete']);
  });

  test('replaceExistingSids lists the Sids of the statements, and retains the log with replaced statements', () => {
    const repository = imported({ replaceExistingSids: true });
    repository.addToResourcePolicy(pull({ sid: 'Mine' }));
    repository.grantPull(SOMEBODY);
    expect(policiesOf()[0].Properties.ReplaceExistingSids).toEqual(['Mine']);
    expect(retained()).toEqual(['Retain']);
  });

  test('replaceExistingSids of one construct does not apply to another', () => {
    imported({ replaceExistingSids: true }).addToResourcePolicy(pull({ sid: 'Mine' }));
    new RepositoryPolicy(stack, 'Policy', {
      repository: imported({}, new Construct(stack, 'Again')), statements: [pull({ sid: 'Other' })],
    });
    expect(policiesOf()[0].Properties.ReplaceExistingSids).toEqual(['Mine']);
  });

  test('dropDeadPrincipals keeps the log of whom it dropped', () => {
    imported({ dropDeadPrincipals: true }).grantPull(SOMEBODY);
    expect(policiesOf()[0].Properties.DropDeadPrincipals).toBe(true);
    expect(retained()).toEqual(['Retain']);
  });

  test('force is passed to the function', () => {
    imported({ force: true }).grantPull(SOMEBODY);
    expect(policiesOf()[0].Properties.Force).toBe(true);
  });

  test('another trigger changes the resource', () => {
    const withToken = (trigger?: string) => {
      const own = new Stack(new App(), 'Stack', { env: OURS });
      imported({ trigger }, own).grantPull(SOMEBODY);
      return policiesOf(own)[0].Properties;
    };
    expect(withToken('one').Trigger).toBe('one');
    expect(withToken('two')).not.toEqual(withToken('one'));
    expect(withToken()).toEqual({ ...withToken('one'), Trigger: undefined });
  });

  test('the tokens of all imports count', () => {
    for (const trigger of ['one', 'two', 'one']) {
      imported({ trigger }, new Construct(stack, `${trigger}${stack.node.children.length}`)).grantPull(SOMEBODY);
    }
    expect(policiesOf()[0].Properties.Trigger).toBe('one two');
  });

  test('checkEvery has a function look at what the resource wrote, late grants and all', () => {
    const repository = imported({ checkEvery: Duration.hours(6) });
    repository.grantPull(SOMEBODY);
    repository.grantPush(SOMEBODY);
    const [rule] = resourcesOf('AWS::Events::Rule');
    expect(rule.Properties.ScheduleExpression).toBe('rate(6 hours)');
    const input = JSON.parse(text(rule.Properties.Targets[0].Input));
    expect(input).toMatchObject({ RepositoryArn: OWN_ARN, StackId: '<AWS::StackId>', LogicalId: policyIdOf() });
    expect(JSON.parse(input.Statements)).toEqual(statementsOf());
    expect(rule.DependsOn).toContain(policyIdOf());
    expect(resourcesOf('AWS::Lambda::Permission')).toHaveLength(1);
  });

  test('checkEvery deploys nothing where there is nothing to look for', () => {
    imported({ checkEvery: Duration.hours(6) }).grantPull(roleIn(stack));
    nothingIsDeployed();
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 0);
  });

  test.each([Duration.seconds(30), Duration.seconds(90), Duration.minutes(0)])('checkEvery is whole minutes, not %p', checkEvery => {
    expect(() => imported({ checkEvery }).grantPull(SOMEBODY))
      .toThrow(/Stack\/Import: 'checkEvery' must be a whole number of minutes, at least 1, got: \d+ seconds/);
  });

  test('checkEvery is one for all of a stack\'s statements', () => {
    imported({ checkEvery: Duration.hours(1) }).grantPull(SOMEBODY);
    imported({ checkEvery: Duration.minutes(60) }, new Construct(stack, 'Same')).grantPull(SOMEBODY);
    expect(() => imported({ checkEvery: Duration.hours(2) }, new Construct(stack, 'Other')).grantPull(SOMEBODY))
      .toThrow(
        /Stack\/Other\/Import: 'checkEvery' must be the same for all of the stack's statements for one repository, got 1 hour and 2 hours/,
      );
  });

  test('checkEvery supports as many statements as the input of a rule can contain', () => {
    const principals = [...Array(170).keys()].map(n => new iam.ArnPrincipal(`arn:aws:iam::333333333333:role/the-role-${100 + n}`));
    imported({ checkEvery: Duration.hours(1) }).addToResourcePolicy(pull({ principals }));
    expect(() => app.synth())
      .toThrow(/'checkEvery' supports at most 8192 characters of statements, which is the limit for the input of a rule, got about \d+/);
  });

  test('the metric has the number of missing statements', () => {
    const metric = imported({ checkEvery: Duration.hours(1) }).metricMissingStatements();
    expect(metric.toMetricConfig().metricStat).toMatchObject({
      namespace: 'cdk-ecr-keeper',
      metricName: 'MissingStatements',
      dimensions: [{ name: 'RepositoryName', value: 'team/shared' }, { name: 'StackName', value: 'Stack' }],
      statistic: 'Maximum',
      period: Duration.hours(1),
    });
  });

  test('the metric accepts options, and requires checkEvery', () => {
    const repository = imported({ checkEvery: Duration.hours(1) });
    expect(repository.metricMissingStatements({ statistic: 'Sum', period: Duration.days(1) }))
      .toMatchObject({ statistic: 'Sum', period: Duration.days(1), metricName: 'MissingStatements' });
    expect(() => central().metricMissingStatements()).toThrow('Stack/Central: the metric requires \'checkEvery\', got nothing');
  });
});

describe('statements that lock the deployer out', () => {
  const deny = (props: iam.PolicyStatementProps) => new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['ecr:*'], ...props });
  const REFUSED =
    /must not prevent the deploying principal from changing the policy.*Exempt the principal with a condition, or set 'force: true' on an/;
  const lockOuts: Array<[string, () => iam.PolicyStatement]> = [
    ['everybody', () => deny({ principals: [new iam.AnyPrincipal()] })],
    ['a star', () => deny({ principals: [new iam.StarPrincipal()] })],
    ['the account', () => deny({ principals: [new iam.AccountPrincipal('111111111111')] })],
    ['the account of the stack', () => deny({ principals: [new iam.AccountRootPrincipal()] })],
    ['the account in full', () => deny({ principals: [new iam.ArnPrincipal('arn:aws:iam::111111111111:root')] })],
    ['the account by its id', () => deny({ principals: [new iam.ArnPrincipal('111111111111')] })],
    ['the account among others', () => deny({ principals: [SOMEBODY, new iam.AccountPrincipal('111111111111')] })],
    ['all but one', () => deny({ notPrincipals: [SOMEBODY] })],
    ['all actions but pulls', () => deny({ actions: undefined, notActions: ['ecr:BatchGetImage'], principals: [new iam.AnyPrincipal()] })],
    ['setting alone', () => deny({ actions: ['ecr:SetRepositoryPolicy'], principals: [new iam.AnyPrincipal()] })],
    ['a pattern', () => deny({ actions: ['ECR:*RepositoryPolicy'], principals: [new iam.AnyPrincipal()] })],
  ];

  test.each(lockOuts)('are refused: %s', (_case, make) => {
    expect(() => imported().addToResourcePolicy(make())).toThrow(REFUSED);
    expect(() => new Repository(stack, 'Owned').addToResourcePolicy(make()))
      .toThrow(/must not prevent the deploying principal from changing the policy/);
  });

  test.each(lockOuts)('are taken with force: %s', (_case, make) => {
    imported({ force: true }).addToResourcePolicy(make());
    expect(policiesOf()[0].Properties.Force).toBe(true);
    expect(statementsOf()).toMatchObject([{ Effect: 'Deny' }]);
  });

  test.each<[string, () => iam.PolicyStatement]>([
    ['deny others', () => deny({ principals: [SOMEBODY] })],
    ['deny pulls', () => deny({ actions: PULL, principals: [new iam.AnyPrincipal()] })],
    ['have a condition',
      () => deny({ principals: [new iam.AnyPrincipal()], conditions: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } } })],
    ['allow', () => deny({ effect: iam.Effect.ALLOW, principals: [new iam.AnyPrincipal()] })],
    ['spare these actions',
      () => deny({ actions: undefined, notActions: ['ecr:*RepositoryPolicy'], principals: [new iam.AnyPrincipal()] })],
  ])('are not those that %s', (_case, make) => {
    expect(() => imported().addToResourcePolicy(make())).not.toThrow();
  });

  test('in a central account the deployer is the role there', () => {
    expect(() => central().addToResourcePolicy(deny({ principals: [new iam.AccountPrincipal('222222222222')] }))).toThrow(REFUSED);
  });

  test('in a central account, a statement can deny everything to the principal that deploys the stack', () => {
    expect(() => central().addToResourcePolicy(deny({ principals: [new iam.AccountPrincipal('111111111111')] }))).not.toThrow();
  });

  test('force of one import does not let those of another in', () => {
    imported({ force: true }).grantPull(SOMEBODY);
    expect(() => imported({}, new Construct(stack, 'Again')).addToResourcePolicy(deny({ principals: [new iam.AnyPrincipal()] })))
      .toThrow(REFUSED);
  });
});

describe('room', () => {
  const accounts = (count: number) => [...Array(count).keys()].map(n => `${100000000000 + n}`);
  const makers: Array<[string, () => ecr.IRepository]> = [['imported', () => imported()], ['owned', () => new Repository(stack, 'Owned')]];

  test.each(makers)('many principals of one right are one statement: %s', (_case, make) => {
    const repository = make();
    for (const account of accounts(50)) repository.grantPull(new iam.AccountPrincipal(account));
    const statements = repository instanceof ExistingRepository ? statementsOf()
      : flat(resourcesOf('AWS::ECR::Repository')[0].Properties.RepositoryPolicyText.Statement);
    expect(statements).toEqual([{ Action: PULL, Effect: 'Allow', Principal: { AWS: accounts(50).map(id => `arn:aws:iam::${id}:root`) } }]);
  });

  test.each(makers)('what ECR has room for is not refused: %s', (_case, make) => {
    const repository = make();
    for (const account of accounts(250)) repository.grantPull(new iam.AccountPrincipal(account));
    const length = JSON.stringify(accounts(250).map(id => `arn:aws:iam::${id}:root`)).length;
    expect(length).toBeLessThan(9_500);
    expect(() => app.synth()).not.toThrow();
  });

  test.each(makers)('a policy that is too long is an error that lists the remedies and the largest statements: %s', (_case, make) => {
    const repository = make();
    for (const account of accounts(400)) repository.grantPull(new iam.AccountPrincipal(account));
    repository.addToResourcePolicy(pull({ sid: 'Small' }));
    expect(() => app.synth()).toThrow(new RegExp([
      'would have about \\d+ characters, but a repository policy can have 10240 in total', 'organization',
      'organizational unit instead of its accounts', 'RepositoryPrincipal',
      'an account instead of its roles', 'Sids', 'The largest of 2: one of \\d{5,} characters, for \\["ecr:BatchCheckLayerAvailability"',
    ].join('[^]*')));
  });

  test.each<[number, string | undefined]>([[24, undefined], [60, 'a repository policy can have 10240 in total']])(
    'the statements of all imports count together: %d of them', (count, message) => {
      for (let n = 0; n < count; n++) {
        const statement = pull({ sid: `S${n}`, principals: [new iam.ArnPrincipal(`arn:aws:iam::333333333333:role/${'r'.repeat(60)}`)] });
        const repository = imported({}, new Construct(stack, `Scope${n}`));
        if (n % 2 === 0) repository.addToResourcePolicy(statement);
        else new RepositoryPolicy(stack, `Policy${n}`, { repository, statements: [statement] });
      }
      if (message === undefined) expect(() => app.synth()).not.toThrow();
      else expect(() => app.synth()).toThrow(message);
    },
  );

  test('the Sids that the handler writes count too', () => {
    const statement = (n: number) =>
      pull({ sid: `S${n}`, principals: [new iam.ArnPrincipal(`arn:aws:iam::333333333333:role/${'r'.repeat(40)}`)] });
    const statements = [...Array(50).keys()].map(statement);
    expect(JSON.stringify(statements.map(one => one.toStatementJson())).length).toBeLessThan(10_240);
    for (const one of statements) imported({}, new Construct(stack, one.sid!)).addToResourcePolicy(one);
    expect(() => app.synth()).toThrow(/a repository policy can have 10240 in total/);
  });
});

describe('lifecycle and teardown', () => {
  test('a lifecycle policy is applied by the handler', () => {
    imported({ lifecycle: LIFECYCLE });
    Template.fromStack(stack).hasResourceProperties('Custom::EcrLifecyclePolicy', {
      RepositoryArn: Match.anyValue(),
      PolicyText: Match.stringLikeRegexp('imageCountMoreThan'),
      Overwrite: false,
      Region: Match.absent(),
      RoleArn: Match.absent(),
    });
    expect(policiesOf()).toEqual([]);
  });

  test('its guard is removed with it', () => {
    imported({ lifecycle: LIFECYCLE, lifecycleGuard: LifecycleGuard.refuse({ maxImages: 3 }) });
    expect(JSON.stringify(resourcesOf('Custom::EcrLifecyclePolicy')[0].Properties)).toMatch(/Guard/);
  });

  test('a guard without a lifecycle policy guards nothing', () => {
    expect(() => imported({ lifecycleGuard: LifecycleGuard.refuse({ maxImages: 3 }) }))
      .toThrow(/'lifecycleGuard' must be set together with 'lifecycle', got no lifecycle/);
  });

  test('a teardown is applied by the handler', () => {
    imported({ teardown: TEARDOWN });
    Template.fromStack(stack).hasResourceProperties('Custom::EcrTeardown', {
      Owned: false, OnStackDelete: 'delete-with-images', RequireTagKey: 'stage', RequireTagValue: 'test',
    });
  });

  test('a teardown needs the owner\'s word', () => {
    expect(() => imported({ teardown: Teardown.deleteWithImages() }))
      .toThrow(/'requireTag' is required for a repository that the stack does not own/);
  });

  test('a retained repository deploys no function', () => {
    imported({ teardown: Teardown.retain() });
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });

  test('in another account both go through the role', () => {
    central({ access, lifecycle: LIFECYCLE, teardown: TEARDOWN });
    for (const type of ['Custom::EcrLifecyclePolicy', 'Custom::EcrTeardown']) {
      expect(resourcesOf(type)[0].Properties).toMatchObject({ RepositoryArn: CENTRAL_ARN, RoleArn: access.roleArn, ExternalId: 'id' });
    }
  });

  test('each is given once for one repository', () => {
    imported({ lifecycle: LIFECYCLE, teardown: TEARDOWN });
    const again = new Construct(stack, 'Again');
    expect(() => imported({ lifecycle: LIFECYCLE }, again)).toThrow(/already has a lifecycle policy, set at 'Stack\/Import\/Lifecycle'/);
    expect(() => imported({ teardown: TEARDOWN }, new Construct(stack, 'More')))
      .toThrow(/already has a teardown, set at 'Stack\/Import\/Teardown'/);
  });
});

describe('events', () => {
  const target = { bind: () => ({ arn: 'ARN', id: '' }) };

  test.each<[string, (repository: ecr.IRepository) => unknown]>([
    ['onEvent', repository => repository.onEvent('Rule', { target })],
    ['onCloudTrailEvent', repository => repository.onCloudTrailEvent('Rule', { target })],
    ['onCloudTrailImagePushed', repository => repository.onCloudTrailImagePushed('Rule', { target })],
    ['onCloudTrailImagePushed with a tag', repository => repository.onCloudTrailImagePushed('Rule', { target, imageTag: 'v1' })],
    ['onImageScanCompleted', repository => repository.onImageScanCompleted('Rule', { target })],
    ['onImageScanCompleted with tags', repository => repository.onImageScanCompleted('Rule', { target, imageTags: ['v1', 'v2'] })],
  ])('%s is that of aws-ecr', (_name, use) => {
    const ruleOf = (of: { fromRepositoryName(scope: Construct, id: string, name: string): ecr.IRepository }) => {
      const own = new Stack(new App(), 'Stack', { env: OURS });
      use(of.fromRepositoryName(own, 'Import', 'team/shared'));
      return Template.fromStack(own).toJSON().Resources;
    };
    const rules = ruleOf(ExistingRepository);
    expect(Object.values(rules)).toMatchObject([{ Type: 'AWS::Events::Rule' }]);
    expect(JSON.stringify(rules)).toContain('team/shared');
    expect(rules).toEqual(ruleOf(ecr.Repository));
  });
});
