import {
  BootstraplessSynthesizer, CfnElement, CliCredentialsStackSynthesizer, DefaultStackSynthesizer, LegacyStackSynthesizer, NestedStack, Stack,
  StackProps,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { app, newStackForEachTest, stack } from './construct-scene';
import { flat } from './flat-template';
import {
  DeletionLock, ImageCopy, ImageSource, ImageTags, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository, RepositoryImage,
  RepositoryPolicy, RepositoryPrincipal, RepositoryProps, RepositoryTeardown, ScanGate, TagRemovalPolicy, Teardown,
} from '../src';

const SID = 'CdkEcrKeeperDeletionLock';
const EXECUTION_ROLE = '<arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds-cfn-exec-role-${AWS::AccountId}-${AWS::Region}>';
const ADMIN = 'arn:aws:iam::111111111111:role/admin';

newStackForEachTest();

const admin = () => new iam.ArnPrincipal(ADMIN);

function locked(props: RepositoryProps = {}, scope: Construct = stack): Repository {
  return new Repository(scope, 'App', { repositoryName: 'team/app', deletionLock: DeletionLock.everyone(), ...props });
}

function statements(of: Stack = stack): any[] {
  const [repository] = Object.values<any>(Template.fromStack(of).findResources('AWS::ECR::Repository'));
  return flat(repository.Properties.RepositoryPolicyText?.Statement ?? []);
}

/** The ARNs that the lock exempts, with the logical ids of resources without their hash. */
function exempted(of: Stack = stack): string[] {
  const { Condition } = statements(of).find(({ Sid }) => Sid === SID);
  return [Condition.ArnNotLike['aws:PrincipalArn']].flat().map((arn: string) => arn.replace(/[0-9A-F]{8}\.Arn>$/, '>'));
}

test('a lock denies four actions to all principals but the role that deploys the stack', () => {
  locked();
  expect(statements()).toEqual([{
    Sid: SID,
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: ['ecr:BatchDeleteImage', 'ecr:DeleteLifecyclePolicy', 'ecr:DeleteRepository', 'ecr:PutLifecyclePolicy'],
    Condition: {
      ArnNotLike: { 'aws:PrincipalArn': [EXECUTION_ROLE] }, BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
    },
  }]);
});

test('a template without a lock, and one whose lock was removed, has no policy', () => {
  new Repository(stack, 'App', { repositoryName: 'team/app', deletionLock: undefined });
  expect(statements()).toEqual([]);
});

test('a lock is one statement among those that were granted and added', () => {
  const repository = locked();
  repository.grantPull(RepositoryPrincipal.accounts('111111111111'));
  repository.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'Mine', effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions: ['ecr:PutImage'],
  }));
  new RepositoryPolicy(stack, 'Policy', {
    repository,
    statements: [new iam.PolicyStatement({ sid: 'More', principals: [admin()], actions: ['ecr:DescribeImages'] })],
  });
  expect(statements().map(({ Sid, Effect }) => `${Sid} ${Effect}`).sort())
    .toEqual([`${SID} Deny`, 'Mine Deny', 'More Allow', 'undefined Allow']);
});

test('another statement must not have the Sid of the lock', () => {
  const repository = locked();
  expect(() => repository.addToResourcePolicy(new iam.PolicyStatement({
    sid: SID, principals: [new iam.AnyPrincipal()], actions: ['ecr:BatchGetImage'],
  }))).toThrow(`Stack/App: different statements must have different Sids, got more than one with: "${SID}"`);
});

describe('functions of the stack', () => {
  const TEARDOWN = '<CdkEcrKeeperTeardownRole>';
  const tags = (repository: Repository, tagRemovalPolicy: TagRemovalPolicy, scope: Construct = stack) =>
    new ImageTags(scope, 'Tags', { image: RepositoryImage.fromRepository(repository, 'v1'), tags: ['live'], tagRemovalPolicy });

  test.each<[string, () => void, string[]]>([
    ['that delete the repository are exempt', () => locked({ teardown: Teardown.deleteWithImages() }), [TEARDOWN]],
    ['that empty the repository are exempt', () => locked({ teardown: Teardown.empty() }), [TEARDOWN]],
    ['of a RepositoryTeardown are exempt', () => {
      new RepositoryTeardown(stack, 'Teardown', { repository: locked(), teardown: Teardown.empty() });
    }, [TEARDOWN]],
    ['are not there for a repository that is kept', () => locked({ teardown: Teardown.retain() }), []],
    ['that remove tags are exempt', () => tags(locked(), TagRemovalPolicy.DESTROY), ['<CdkEcrKeeperImageTagsRole>']],
    ['that remove tags of copies are exempt', () => new ImageCopy(stack, 'Copy', {
      source: ImageSource.fromRegistry('docker.io/library/nginx:1.29'), repository: locked(), tagRemovalPolicy: TagRemovalPolicy.DESTROY,
    }), ['<CdkEcrKeeperImageCopyRole>']],
    ['are exempt through an import of the repository by its name', () => {
      const repository = Repository.fromRepositoryName(stack, 'Import', locked().repositoryName);
      new ImageTags(stack, 'Tags', {
        image: RepositoryImage.fromRepository(repository, 'v1'), tags: ['live'], tagRemovalPolicy: TagRemovalPolicy.DESTROY,
      });
    }, ['<CdkEcrKeeperImageTagsRole>']],
    ['that do not delete are not exempt', () => {
      const repository = locked({
        lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(5)]), lifecycleGuard: LifecycleGuard.refuse({ maxImages: 1 }),
      });
      tags(repository, TagRemovalPolicy.RETAIN);
      new ScanGate(stack, 'Gate', { image: RepositoryImage.fromRepository(repository, 'v1') });
    }, []],
    ['are exempt once each', () => {
      const repository = locked({ teardown: Teardown.deleteWithImages() });
      tags(repository, TagRemovalPolicy.DESTROY);
      new ImageTags(stack, 'MoreTags', {
        image: RepositoryImage.fromRepository(repository, 'v2'), tags: ['next'], tagRemovalPolicy: TagRemovalPolicy.DESTROY,
      });
    }, [TEARDOWN, '<CdkEcrKeeperImageTagsRole>']],
  ])('%s', (_what, build, expected) => {
    build();
    expect(exempted()).toEqual([EXECUTION_ROLE, ...expected]);
  });

  test('of another stack are an error, because the repository cannot depend on them', () => {
    const repository = locked();
    const other = new Stack(app, 'Other');
    expect(() => tags(repository, TagRemovalPolicy.DESTROY, other)).toThrow(new Error('Other/Tags: the \'deletionLock\' of'
      + ' \'Stack/App/Resource\' denies ecr:BatchDeleteImage to functions in other stacks than \'Stack\'. Declare the construct in that'
      + ' stack, or keep the tags (TagRemovalPolicy.RETAIN)'));
    expect(() => tags(repository, TagRemovalPolicy.RETAIN, new Stack(app, 'Another'))).not.toThrow();
  });

  test('of aws-ecr are an error, because their role depends on the repository', () => {
    expect(() => locked({ autoDeleteImages: true })).toThrow(new Error('Stack/App: \'autoDeleteImages\' must not be combined with'
      + ' \'deletionLock\', which denies the deletion to the function of aws-ecr, got: true. Use \'teardown: Teardown.deleteWithImages()\''
      + ' or'
      + ' \'emptyOnDelete\''));
  });

  test('do not make the resources of the stack depend on each other in a circle', () => {
    const release = new iam.Role(stack, 'Release', { assumedBy: new iam.AccountRootPrincipal() });
    const repository = locked({
      deletionLock: DeletionLock.everyoneExcept(release),
      encryption: ecr.RepositoryEncryption.KMS,
      teardown: Teardown.deleteWithImages({ replicaRegions: ['eu-west-1'] }),
    });
    repository.grantPullPush(release);
    tags(repository, TagRemovalPolicy.DESTROY);
    const { Resources } = Template.fromStack(stack).toJSON();
    expect(circle(Resources)).toBeUndefined();
    const [role, native] = [release, repository].map(({ node }) => stack.getLogicalId(node.defaultChild as CfnElement));
    Resources[role].Properties.Policies = [{ 'Fn::GetAtt': [native, 'Arn'] }];
    expect(circle(Resources)).toEqual(expect.arrayContaining([role, native]));
  });
});

/** The first circle among the resources of a template. */
function circle(resources: Record<string, unknown>): string[] | undefined {
  const done = new Set<string>();
  const search = (id: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(id)) return [...path, id];
    if (done.has(id)) return undefined;
    const text = JSON.stringify(resources[id]);
    for (const next of Object.keys(resources).filter(other => other !== id && text.includes(`"${other}"`))) {
      const found = search(next, [...path, id]);
      if (found) return found;
    }
    done.add(id);
    return undefined;
  };
  for (const id of Object.keys(resources)) {
    const found = search(id, []);
    if (found) return found;
  }
  return undefined;
}

describe('the role that deploys the stack', () => {
  test.each<[string, StackProps, string]>([
    ['is the one of the bootstrap stack', {}, EXECUTION_ROLE],
    ['is the one of the bootstrap stack in a known environment', { env: { account: '111111111111', region: 'eu-west-1' } },
      '<arn:${AWS::Partition}:iam::111111111111:role/cdk-hnb659fds-cfn-exec-role-111111111111-eu-west-1>'],
    ['has the qualifier of the synthesizer', {
      env: { account: '111111111111', region: 'eu-west-1' }, synthesizer: new DefaultStackSynthesizer({ qualifier: 'team' }),
    }, '<arn:${AWS::Partition}:iam::111111111111:role/cdk-team-cfn-exec-role-111111111111-eu-west-1>'],
    ['is the one that the synthesizer was given',
      { synthesizer: new DefaultStackSynthesizer({ cloudFormationExecutionRole: ADMIN }) }, ADMIN],
    ['is the one of the bootstrap stack for a BootstraplessSynthesizer without a role, which deploys with it',
      { synthesizer: new BootstraplessSynthesizer() }, EXECUTION_ROLE],
    ['is the one that a BootstraplessSynthesizer was given',
      { synthesizer: new BootstraplessSynthesizer({ cloudFormationExecutionRoleArn: ADMIN }) }, ADMIN],
  ])('%s', (_what, props, expected) => {
    const own = new Stack(app, 'Own', props);
    locked({}, own);
    expect(exempted(own)).toEqual([expected]);
    const { cloudFormationExecutionRoleArn } = app.synth().getStackArtifact('Own').manifest.properties as any;
    expect(`${expected.replace(/[<>]/g, '')}`).toBe(cloudFormationExecutionRoleArn);
  });

  test('of a nested stack is that of its root', () => {
    const root = new Stack(app, 'Root', { synthesizer: new DefaultStackSynthesizer({ cloudFormationExecutionRole: ADMIN }) });
    const nested = new NestedStack(root, 'Nested');
    locked({}, nested);
    expect(exempted(nested)).toEqual([ADMIN]);
  });

  test.each([
    ['CliCredentialsStackSynthesizer', new CliCredentialsStackSynthesizer()], ['LegacyStackSynthesizer', new LegacyStackSynthesizer()],
  ])('must be named for a %s, which has none', (name, synthesizer) => {
    const own = new Stack(app, 'Own', { synthesizer });
    expect(() => locked({ deletionLock: DeletionLock.everyoneExcept(admin()) }, own)).toThrow(new Error(
      `Own/App: 'deletionLock' must name the role that deploys the stack 'Own', because its synthesizer (${name}) has no role, and`
        + ' CloudFormation could not delete the repository. Use DeletionLock.everyone().deployedBy(iam.Role.fromRoleName(this,'
      + ' \'Deployer\', \'<name of the role>\'))'));
    locked({ deletionLock: DeletionLock.everyone().deployedBy(admin()) }, new Stack(app, 'Another', { synthesizer }));
  });

  test('that is named replaces the role of the synthesizer, in addition to the exempt principals', () => {
    const lock = DeletionLock.everyoneExcept(new iam.ArnPrincipal('arn:aws:iam::111111111111:user/ann'));
    locked({ deletionLock: lock.deployedBy(admin()) });
    expect(exempted()).toEqual([ADMIN, 'arn:aws:iam::111111111111:user/ann']);
  });

  test('is named in a copy of the lock, and the first lock is not changed', () => {
    const lock = DeletionLock.everyone();
    lock.deployedBy(admin());
    locked({ deletionLock: lock });
    expect(exempted()).toEqual([EXECUTION_ROLE]);
  });
});

describe('principals that are exempt', () => {
  test.each<[string, () => iam.IGrantable, string[]]>([
    ['a role of the stack', () => new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }), ['<Role>']],
    ['a role that gets no policies',
      () => new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }).withoutPolicyUpdates(), ['<Role>']],
    ['a user', () => new iam.User(stack, 'User'), ['<User>']],
    ['a role by its name', () => iam.Role.fromRoleName(stack, 'Import', 'ops'), ['arn:aws:iam::<AWS::AccountId>:role/ops']],
    ['a role by its ARN', () => iam.Role.fromRoleArn(stack, 'Import', ADMIN), [ADMIN]],
    ['the role of a function', () => new lambda.Function(stack, 'Function', {
      code: lambda.Code.fromInline('x'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
    }), ['<FunctionServiceRole>']],
    ['an ARN with wildcards', () => new iam.ArnPrincipal('arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*/Admin_?*'),
      ['arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*/Admin_?*']],
    ['roles of other accounts', () => RepositoryPrincipal.roles(ADMIN, 'arn:aws:iam::222222222222:role/*'),
      [ADMIN, 'arn:aws:iam::222222222222:role/*']],
    ['several', () => new iam.CompositePrincipal(admin(), new iam.ArnPrincipal('arn:aws:iam::111111111111:user/ann')),
      [ADMIN, 'arn:aws:iam::111111111111:user/ann']],
  ])('%s', (_what, principal, expected) => {
    locked({ deletionLock: DeletionLock.everyoneExcept(principal()) });
    expect(exempted()).toEqual([EXECUTION_ROLE, ...expected]);
  });

  test.each<[string, () => iam.IGrantable, string]>([
    ['everybody', () => new iam.AnyPrincipal(), '{"AWS":["*"]}'],
    ['everybody as a star', () => new iam.StarPrincipal(), '{"LiteralString":["*"]}'],
    ['an account by its ID', () => new iam.ArnPrincipal('111111111111'), '{"AWS":["111111111111"]}'],
    ['an account of a RepositoryPrincipal', () => RepositoryPrincipal.accounts('111111111111'),
      '{"AWS":["arn:${AWS.Partition}:iam::111111111111:root"]}'],
    ['an organization', () => RepositoryPrincipal.organizations('o-a1b2c3d4e5'),
      '{"AWS":["*"]} with {"StringEquals":{"aws:PrincipalOrgID":["o-a1b2c3d4e5"]}}'],
    ['a role in sessions of a CI system', () => RepositoryPrincipal.oidcRoles('example.com', ADMIN), '{"AWS":["arn:${AWS.Partition}:iam:'],
    ['a role with a condition', () => admin().withConditions({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
      `{"AWS":["${ADMIN}"]} with {"Bool":{"aws:MultiFactorAuthPresent":"true"}}`],
    ['a service', () => new iam.ServicePrincipal('lambda.amazonaws.com'), '{"Service":['],
    ['a session', () => new iam.ArnPrincipal('arn:aws:sts::111111111111:assumed-role/admin/ann'),
      '{"AWS":["arn:aws:sts::111111111111:assumed-role/admin/ann"]}'],
    ['a role of any account', () => new iam.ArnPrincipal('arn:aws:iam::*:role/admin'), '{"AWS":["arn:aws:iam::*:role/admin"]}'],
  ])('must not be %s', (_what, principal, got) => {
    const message = `'principals[1]' must be a role or a user without conditions, got: ${got}`;
    expect(() => DeletionLock.everyoneExcept(admin(), principal())).toThrow(`DeletionLock.everyoneExcept: ${message}`);
    expect(() => DeletionLock.everyone().deployedBy(admin(), principal())).toThrow(`DeletionLock.deployedBy: ${message}`);
  });

  test.each<[string, () => iam.IPrincipal]>([
    ['an account', () => new iam.AccountPrincipal('111111111111')],
    ['the account of the stack', () => new iam.AccountRootPrincipal()],
  ])('must not be %s, whose ARN only the stack knows', (_what, principal) => {
    locked({ deletionLock: DeletionLock.everyoneExcept(admin(), principal()) });
    expect(() => app.synth()).toThrow(/Stack\/App\] 'deletionLock' must exempt roles and users, got: "arn:.*:iam::.*:root\"\. For the roles/);
  });

  test('must contain at least one principal', () => {
    expect(() => DeletionLock.everyoneExcept())
      .toThrow(new Error('DeletionLock.everyoneExcept: \'principals\' must have at least one principal, got none'));
    expect(() => DeletionLock.everyone().deployedBy())
      .toThrow(new Error('DeletionLock.deployedBy: \'principals\' must have at least one principal, got none'));
  });
});
