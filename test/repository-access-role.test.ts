import { App, Aws, CfnParameter, NestedStack, Stack, StackProps, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { newStackForEachTest, stack } from './construct-scene';
import { flat } from './flat-template';
import { ThirdPartyRepository } from './third-party-repository';
import {
  AccountAccess, ExistingRepository, ImageCopy, ImageSource, ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository,
  RepositoryAccessRole, RepositoryAccessRoleProps, RepositoryCapability, RepositoryPrincipal, RepositoryTeardown, RepositoryTeardownProps,
  Teardown,
} from '../src';

const OURS = { account: '111111111111', region: 'eu-west-1' };
const THEIRS = { account: '222222222222', region: 'eu-central-1' };
const STAGE = { key: 'stage', value: 'test' };
const ARN = 'arn:aws:ecr:eu-central-1:222222222222:repository/team/app';
const access = { roleArn: 'arn:aws:iam::222222222222:role/teardown-access', externalId: 'id' };

interface Statement {
  readonly Action: unknown;
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

newStackForEachTest({ env: OURS });

describe('the stack that uses it', () => {
  const attached = (props: Partial<RepositoryTeardownProps> = {}, scope = stack) => () => new RepositoryTeardown(scope, 'Teardown', {
    repository: Repository.fromRepositoryArn(scope, 'Import', ARN),
    teardown: Teardown.deleteWithImages({ requireTag: STAGE }),
    access,
    ...props,
  });
  const guarded = (...inUseBy: ImageUse[]) => ({ teardown: Teardown.empty({ requireTag: STAGE, inUseBy }) });

  test('must give a key to the role: its grants are retired with the rights of who deletes the repository', () => {
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:222222222222:key/1');
    expect(attached({ encryptionKey })).toThrow('Stack/Teardown: \'encryptionKey\' must not be combined with \'access\'. Set'
      + ' \'encryptionKeys\' of RepositoryCapability.teardown, because that role deletes the repository');
  });

  test('must search the account of the repository too for what runs', () => {
    const message = /'inUseBy' must have an ImageUse with 'access' to the account of the repository, where its images run, got none/;
    expect(attached(guarded(ImageUse.ecs(), ImageUse.lambdaFunctions({ region: 'eu-central-1' })))).toThrow(message);
    const there = ImageUse.ecs({ access: { roleArn: 'arn:aws:iam::222222222222:role/look' } });
    expect(attached(guarded(ImageUse.ecs(), there), new Stack(new App(), 'Sound', { env: OURS }))).not.toThrow();
  });

  test('must not be nested: a nested stack has no name that a role could trust', () => {
    expect(attached({}, new NestedStack(stack, 'Nested')))
      .toThrow(/'access' requires a stack whose name is known at synthesis.* The name of a nested stack is not known/);
  });

  test('has all problems in one error', () => {
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:222222222222:key/1');
    const teardown = Teardown.deleteWithImages({ inUseBy: [ImageUse.ecs()], replicaRegions: ['eu-central-1'] });
    expect(attached({ encryptionKey, teardown }, new NestedStack(stack, 'Nested'))).toThrow(/^Stack\/Nested\/Teardown: 5 problems\n/);
  });
});

const accessRole = (scope: Construct, props: Partial<RepositoryAccessRoleProps> = {}) => new RepositoryAccessRole(scope, 'Access', {
  repositories: [Repository.fromRepositoryName(scope, 'Import', 'team/app')],
  capabilities: [RepositoryCapability.statements()],
  trusted: { stackName: 'Stack', ...OURS },
  externalId: 'id',
  ...props,
});

/** The rights and the trust of the role, in its own app. */
function deployed(...capabilities: RepositoryCapability[]) {
  const theirs = new Stack(new App(), 'Theirs', { env: THEIRS });
  const repositories = ['team/app', 'team/web'].map(name => Repository.fromRepositoryName(theirs, name, name));
  accessRole(theirs, { repositories, capabilities });
  const template = Template.fromStack(theirs);
  const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  const statements: Statement[] = flat(policy.Properties.PolicyDocument.Statement);
  const trust = flat(role.Properties.AssumeRolePolicyDocument.Statement[0]);
  return {
    rights: statements.map(({ Action, Resource, Condition }) =>
      ({ actions: [Action as string | string[]].flat().sort(), on: Resource, ...Condition === undefined ? {} : { Condition } })),
    trusted: [trust.Condition.ArnEquals['aws:PrincipalArn']].flat() as string[],
  };
}

describe('a capability', () => {
  const BOTH = ['team/app', 'team/web'].map(name => `arn:aws:ecr:eu-central-1:222222222222:repository/${name}`);
  const PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
  const PUSH = [
    'ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:CompleteLayerUpload', 'ecr:DescribeImages', 'ecr:InitiateLayerUpload',
    'ecr:PutImage', 'ecr:UploadLayerPart',
  ];
  const DELETE = ['ecr:BatchDeleteImage'];
  const SCAN = [
    'ecr:BatchGetImage', 'ecr:BatchGetRepositoryScanningConfiguration', 'ecr:DescribeImageScanFindings', 'ecr:DescribeImages',
    'ecr:StartImageScan',
  ];
  const PUSH_TOKEN = ['ecr:GetAuthorizationToken'];
  const INSPECTOR = ['inspector2:ListCoverage', 'inspector2:ListFindings'];
  const TEARDOWN = Teardown.deleteWithImages({ requireTag: STAGE, replicaRegions: ['eu-north-1'] });
  const functionOf = (handler: string) =>
    expect.stringMatching(new RegExp(`^arn:aws:iam::111111111111:role/Stack-eu-west-1-${handler}-[0-9a-f]{8}$`));
  const marked = (handler: string) => ({ Null: { [`aws:ResourceTag/cdk-ecr-keeper:${handler}-by`]: 'false' } });
  const markable = (handler: string) => ({ 'ForAllValues:StringEquals': { 'aws:TagKeys': [`cdk-ecr-keeper:${handler}-by`] } });

  test('to pull allows the function that copies to read images', () => {
    expect(deployed(RepositoryCapability.pull())).toEqual({ rights: [{ actions: PULL, on: BOTH }], trusted: [functionOf('image-copy')] });
  });

  test('to push allows the functions that copy and tag to push, and not to delete', () => {
    const { rights, trusted } = deployed(RepositoryCapability.push());
    expect(rights).toEqual([{ actions: PUSH, on: BOTH }, { actions: PUSH_TOKEN, on: '*' }]);
    expect(trusted).toEqual([functionOf('image-copy'), functionOf('image-tags')]);
  });

  test('to delete images adds one action for the functions that copy and tag', () => {
    const { rights, trusted } = deployed(RepositoryCapability.push(), RepositoryCapability.deleteImages());
    expect(rights).toEqual([{ actions: [...DELETE, ...PUSH], on: BOTH }, { actions: PUSH_TOKEN, on: '*' }].map(right =>
      ({ ...right, actions: [...right.actions].sort() })));
    expect(trusted).toEqual([functionOf('image-copy'), functionOf('image-tags')]);
  });

  test('to scan allows starting scans and reading the findings of Amazon ECR and Amazon Inspector', () => {
    expect(deployed(RepositoryCapability.scan()))
      .toEqual({ rights: [{ actions: SCAN, on: BOTH }, { actions: INSPECTOR, on: '*' }], trusted: [functionOf('scan-gate')] });
  });

  test('for statements allows reading and writing the policy, for the function that writes and the one that checks', () => {
    expect(deployed(RepositoryCapability.statements())).toEqual({
      rights: [
        { actions: ['ecr:GetRepositoryPolicy'], on: BOTH },
        { actions: ['ecr:DeleteRepositoryPolicy', 'ecr:SetRepositoryPolicy'], on: BOTH },
      ],
      trusted: [functionOf('repository-policy'), functionOf('repository-policy-check')],
    });
  });

  test('for a lifecycle policy allows writing it where the mark is set, and setting the mark', () => {
    expect(deployed(RepositoryCapability.lifecycle())).toEqual({
      rights: [
        { actions: ['ecr:GetLifecyclePolicy', 'ecr:ListTagsForResource'], on: BOTH },
        ...BOTH.map(on => ({ actions: ['ecr:TagResource'], on, Condition: markable('lifecycle-policy') })),
        { actions: ['ecr:DeleteLifecyclePolicy', 'ecr:PutLifecyclePolicy'], on: BOTH, Condition: marked('lifecycle-policy') },
        { actions: ['ecr:UntagResource'], on: BOTH, Condition: { ...marked('lifecycle-policy'), ...markable('lifecycle-policy') } },
      ],
      trusted: [functionOf('lifecycle-policy')],
    });
  });

  test('for a lifecycle policy with a guard allows the preview, and what the guard reads', () => {
    const [reads] = deployed(RepositoryCapability.lifecycle({ lifecycleGuard: LifecycleGuard.refuse({ maxPercentage: 10 }) })).rights;
    expect(reads.actions).toEqual([
      'ecr:DescribeImages', 'ecr:GetLifecyclePolicy', 'ecr:GetLifecyclePolicyPreview', 'ecr:ListTagsForResource',
      'ecr:StartLifecyclePolicyPreview',
    ]);
  });

  test('for a teardown allows deleting marked repositories, and a replica only if it belongs to no stack', () => {
    const { rights } = deployed(RepositoryCapability.teardown(TEARDOWN));
    const deletes = rights.filter(({ actions }) => actions.includes('ecr:DeleteRepository'));
    expect(deletes.map(({ Condition }) => Condition)).toEqual([
      { ...marked('teardown'), StringEquals: { 'aws:ResourceTag/stage': 'test' } }, ...Array(2).fill({
        Null: {
          'aws:ResourceTag/cdk-ecr-keeper:teardown-by': 'true',
          'aws:ResourceTag/cdk-ecr-keeper:lifecycle-policy-by': 'true',
          'aws:ResourceTag/cdk-ecr-keeper:prefix-lifecycle-by': 'true',
          'aws:ResourceTag/aws:cloudformation:stack-id': 'true',
        },
      }),
    ]);
    expect(deletes.slice(1).map(({ on }) => on)).toEqual(BOTH.map(arn => arn.replace('eu-central-1', 'eu-north-1')));
  });

  test('for a teardown with replicas allows CloudFormation lookups of their owners, once for all repositories', () => {
    expect(deployed(RepositoryCapability.teardown(TEARDOWN)).rights.filter(({ on }) => on === '*')).toEqual([
      { actions: ['ecr:DescribeRegistry'], on: '*' },
      {
        actions: ['cloudformation:DescribeStackResources'],
        on: '*',
        Condition: { StringEquals: { 'aws:RequestedRegion': ['eu-north-1'] } },
      },
    ]);
  });

  test('for a teardown allows ECR to retire its grants on the keys that are named, by way of ECR in their Region', () => {
    const keys = new Stack(new App(), 'Keys');
    const encryptionKeys = ['eu-central-1', 'eu-north-1'].map(region =>
      kms.Key.fromKeyArn(keys, region, `arn:aws:kms:${region}:222222222222:key/1`));
    const retires = (capability: RepositoryCapability) =>
      deployed(capability).rights.filter(({ actions }) => actions.includes('kms:RetireGrant'));
    expect(retires(RepositoryCapability.teardown(TEARDOWN))).toEqual([]);
    expect(retires(RepositoryCapability.teardown(TEARDOWN, { encryptionKeys }))).toEqual(['eu-central-1', 'eu-north-1'].map(region => ({
      actions: ['kms:RetireGrant'],
      on: `arn:aws:kms:${region}:222222222222:key/1`,
      Condition: { StringEquals: { 'kms:ViaService': `ecr.${region}.amazonaws.com` } },
    })));
  });

  test('and others are one statement for the repositories, in which every action is once', () => {
    const { rights } = deployed(RepositoryCapability.pull(), RepositoryCapability.push(), RepositoryCapability.scan());
    expect(rights).toEqual([
      { actions: [...new Set([...PULL, ...PUSH, ...SCAN])].sort(), on: BOTH },
      { actions: PUSH_TOKEN, on: '*' },
      { actions: INSPECTOR, on: '*' },
    ]);
  });

  test('and others trust every function, each once', () => {
    const { trusted } = deployed(RepositoryCapability.pull(), RepositoryCapability.push(), RepositoryCapability.scan());
    expect(trusted).toHaveLength(3);
    expect(trusted).toEqual(expect.arrayContaining([functionOf('image-copy'), functionOf('image-tags'), functionOf('scan-gate')]));
  });

  test('for images changes nothing of what a teardown may do', () => {
    const conditional = (...others: RepositoryCapability[]) =>
      deployed(RepositoryCapability.teardown(TEARDOWN), ...others).rights.filter(right => 'Condition' in right);
    expect(conditional(RepositoryCapability.push(), RepositoryCapability.scan())).toEqual(conditional());
  });

  test('for statements allows nothing with images', () => {
    const actions = deployed(RepositoryCapability.statements()).rights.flatMap(right => right.actions);
    expect(actions.filter(action => [...PULL, ...PUSH, ...DELETE, ...PUSH_TOKEN, ...SCAN, ...INSPECTOR].includes(action))).toEqual([]);
  });

  test('to read the registry policy allows exactly that, and needs no repositories', () => {
    accessRole(stack, { repositories: undefined, capabilities: [RepositoryCapability.readRegistryPolicy()] });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [{ Action: 'ecr:GetRegistryPolicy', Effect: 'Allow', Resource: '*' }] },
    });
    const { rights, trusted } = deployed(RepositoryCapability.pull(), RepositoryCapability.readRegistryPolicy());
    expect(rights).toEqual([{ actions: PULL, on: BOTH }, { actions: ['ecr:GetRegistryPolicy'], on: '*' }]);
    expect(trusted).toEqual([functionOf('image-copy'), functionOf('registry-replication')]);
  });

  test('trusts the function that the other stack has', () => {
    const [trusted] = deployed(RepositoryCapability.pull()).trusted;
    new ImageCopy(stack, 'Copy', {
      source: ImageSource.fromEcrRepository(Repository.fromRepositoryName(stack, 'Builds', 'team/builds'), 'v1'),
      repository: ExistingRepository.fromRepositoryArn(stack, 'Import', BOTH[0], { access }),
    });
    const names = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role')).map(({ Properties }) => Properties.RoleName);
    expect(names).toEqual([trusted.split('/')[1]]);
  });
});

describe('problems that are known at synthesis fail there', () => {
  test('a role without a capability allows nothing', () => {
    expect(() => deployed()).toThrow(
      'Theirs/Access: \'capabilities\' must have at least one capability, got none. A role without capabilities allows nothing');
  });

  test('a capability that is given twice is named', () => {
    const teardowns = [Teardown.deleteWithImages({ requireTag: STAGE }), Teardown.empty({ requireTag: STAGE })]
      .map(teardown => RepositoryCapability.teardown(teardown));
    const pulls = [RepositoryCapability.pull(), RepositoryCapability.pull()];
    expect(() => deployed(RepositoryCapability.pull(), ...teardowns, ...pulls)).toThrow(new RegExp([
      '^Theirs/Access: 2 problems',
      '  - \'capabilities\' must have each capability once, got RepositoryCapability\\.teardown\\(\\) more than once',
      '  - \'capabilities\' must have each capability once, got RepositoryCapability\\.pull\\(\\) more than once$',
    ].join('\n')));
  });

  test('deleting images without pushing is of no use', () => {
    expect(() => deployed(RepositoryCapability.deleteImages(), RepositoryCapability.pull()))
      .toThrow(/^Theirs\/Access: 'capabilities' must include RepositoryCapability\.push\(\) together with RepositoryCapability\.deleteImages\(\)/);
  });

  test('a teardown without a required tag is no capability: IAM allows the deletion only with it', () => {
    expect(() => RepositoryCapability.teardown(Teardown.deleteWithImages())).toThrow(
      'RepositoryCapability.teardown: \'teardown\' must have a \'requireTag\' with a key that is known at synthesis');
  });

  test('a teardown that removes nothing is no capability', () => {
    expect(() => RepositoryCapability.teardown(Teardown.retain())).toThrow(
      'RepositoryCapability.teardown: \'teardown\' must delete or empty repositories, got: Teardown.retain(). Omit this capability');
  });

  test('every problem of the properties is reported at once', () => {
    expect(() => accessRole(stack, {
      repositories: [Repository.fromRepositoryName(stack, 'Token', Aws.STACK_NAME)],
      capabilities: [],
      trusted: { stackName: Aws.STACK_NAME, account: '12', region: Aws.REGION },
      externalId: '',
    })).toThrow(new RegExp(['^Stack/Access: 6 problems', '\'capabilities\' must', '\'repositories\' must',
      '\'trusted.stackName\' must', '\'trusted.region\' must',
      '\'trusted.account\' must have 12 digits, got: "12"', '\'externalId\' must have 2 to 1,224 letters'].join('[^]*')));
  });

  test.each<[string, object, RegExp]>([
    ['a Region by the name of its place', { region: 'Ireland' }, /'trusted\.region' must be the name of a Region, .*, got: "Ireland"$/],
    ['the ARN of a stack', { stackName: 'arn:aws:cloudformation:x' }, /'trusted\.stackName' must be the name of a stack: .*, got: "arn:/],
    ['a stack whose name begins with a digit', { stackName: '1st' }, /'trusted\.stackName' must be the name of a stack/],
  ])('%s is refused as trusted', (_what, wrong, message) => {
    const trusted = { stackName: 'Shop', account: '111111111111', region: 'eu-west-1', ...wrong };
    expect(() => accessRole(stack, { trusted })).toThrow(message);
  });

  test('a role without repositories is refused', () => {
    expect(() => accessRole(stack, { repositories: [] }))
      .toThrow('Stack/Access: \'repositories\' must have at least one repository, got none');
  });

  test('repositories of a role that only reads the registry policy are refused', () => {
    expect(() => accessRole(stack, { capabilities: [RepositoryCapability.readRegistryPolicy()] }))
      .toThrow('Stack/Access: \'repositories\' must be omitted, because no capability is for repositories, got: 1');
  });

  const needsName = new RegExp([
    '^Stack/Access: \'repositories\' must have names that are known at synthesis, got a token for \'Stack/App\\S*\'\\. Give that',
    'repository a literal name, and import it by that name \\(ExistingRepository\\.fromRepositoryName\\)$',
  ].join(' '));

  test.each<[string, (scope: Stack) => NonNullable<RepositoryAccessRoleProps['repositories']>[number]]>([
    ['an L1 resource of the stack', scope => new ecr.CfnRepository(scope, 'App', { repositoryName: 'team/app' })],
    ['a repository of the stack', scope => new Repository(scope, 'App', { repositoryName: 'team/app' })],
  ])('a name that is known only at deployment is an error that says what to do: %s', (_what, repositoryOf) => {
    expect(() => accessRole(stack, { repositories: [repositoryOf(stack)] })).toThrow(needsName);
  });

  test('a construct of another library is taken if its name is literal', () => {
    const repository = new ThirdPartyRepository(stack, 'Third');
    accessRole(stack, { repositories: [repository] });
    const Resource: unknown = stack.resolve(repository.repositoryRef.repositoryArn);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [{ Action: 'ecr:GetRepositoryPolicy', Effect: 'Allow', Resource }, {}] },
    });
  });
});

describe('access', () => {
  const inApp = (props: Partial<RepositoryAccessRoleProps> = {}, theirProps: StackProps = { env: THEIRS }) => {
    const app = new App();
    const [theirs, ours] = [new Stack(app, 'Theirs', theirProps), new Stack(app, 'Stack', { env: OURS })];
    const capabilities = [RepositoryCapability.statements(), RepositoryCapability.lifecycle()];
    return { app, theirs, ours, role: accessRole(theirs, { capabilities, ...props }) };
  };
  const use = (ours: Stack, roleAccess: AccountAccess) => {
    ExistingRepository.fromRepositoryArn(ours, 'Shared', ARN, {
      access: roleAccess, lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(5)]),
    }).grantPull(RepositoryPrincipal.accounts('333333333333'));
  };
  const propertiesOf = (template: Template) => Object.values({
    ...template.findResources('Custom::EcrRepositoryPolicy'), ...template.findResources('Custom::EcrLifecyclePolicy'),
  }).map(({ Properties }) => flat(Properties) as Record<string, unknown>);

  test('of a role with a name is its ARN in another account of the same app, which is deployed after it', () => {
    const { app, theirs, ours, role } = inApp({ roleName: 'team-access' });
    use(ours, role.access);
    const assembly = app.synth();
    expect(propertiesOf(Template.fromStack(ours)).map(({ RoleArn, ExternalId }) => [RoleArn, ExternalId]))
      .toEqual(Array(2).fill(['arn:aws:iam::222222222222:role/team-access', 'id']));
    Template.fromStack(theirs).hasResourceProperties('AWS::IAM::Role', { RoleName: 'team-access' });
    expect(assembly.getStackByName('Stack').dependencies.map(({ id }) => id)).toContain('Theirs');
  });

  test('of a role without a name is an ARN with a name that both stacks have', () => {
    const { theirs, ours, role } = inApp();
    use(ours, role.access);
    const [{ RoleArn }] = propertiesOf(Template.fromStack(ours));
    const [{ Properties }] = Object.values(Template.fromStack(theirs).findResources('AWS::IAM::Role'));
    expect(Properties.RoleName).toMatch(/^[\w+=,.@-]{1,64}$/);
    expect(RoleArn).toBe(`arn:aws:iam::222222222222:role/${Properties.RoleName}`);
  });

  test('that no other environment uses leaves the name to CloudFormation', () => {
    const [{ Properties }] = Object.values(Template.fromStack(inApp().theirs).findResources('AWS::IAM::Role'));
    expect(Properties).not.toHaveProperty('RoleName');
  });

  test('that is written out by another app is the same ARN', () => {
    const { role } = inApp({ roleName: 'team-access' });
    use(stack, { roleArn: 'arn:aws:iam::222222222222:role/team-access', externalId: role.access.externalId });
    expect(propertiesOf(Template.fromStack(stack)).map(({ RoleArn }) => RoleArn))
      .toEqual(Array(2).fill('arn:aws:iam::222222222222:role/team-access'));
  });

  test('is taken by RepositoryTeardown and ImageUse as well', () => {
    const { app, ours, role } = inApp({ roleName: 'team-access' });
    new RepositoryTeardown(ours, 'Teardown', {
      repository: Repository.fromRepositoryArn(ours, 'Import', ARN),
      access: role.access,
      teardown: Teardown.empty({ requireTag: STAGE, inUseBy: [ImageUse.ecs({ access: role.access })] }),
    });
    const assembly = app.synth();
    const [{ Properties }] = Object.values(Template.fromStack(ours).findResources('Custom::EcrTeardown'));
    expect(JSON.stringify(flat(Properties)).split('role/team-access')).toHaveLength(3);
    expect(assembly.getStackByName('Stack').dependencies.map(({ id }) => id)).toContain('Theirs');
  });

  const beginning = '\'access\' is used in a different environment than its role \'Theirs/Access/Resource/Resource\', so the';
  const nameless = new RegExp(`${beginning} role needs a 'roleName' that is known at synthesis$`);
  const placeless = new RegExp(`${beginning} stack 'Theirs' needs an 'env' with account and Region$`);
  const parameter = (theirs: Stack) => new CfnParameter(theirs, 'Name').valueAsString;

  test.each<[string, (role: RepositoryAccessRole, ours: Stack) => unknown]>([
    ['ExistingRepository', (role, ours) => ExistingRepository.fromRepositoryArn(ours, 'Shared', ARN, { access: role.access })],
    ['RepositoryTeardown', (role, ours) => new RepositoryTeardown(ours, 'Teardown', {
      repository: Repository.fromRepositoryArn(ours, 'Import', ARN), access: role.access, teardown: Teardown.empty({ requireTag: STAGE }),
    })],
    ['ImageUse', (role, ours) => new Repository(ours, 'App', {
      teardown: Teardown.empty({ inUseBy: [ImageUse.ecs({ access: role.access })] }),
    })],
  ])('in another environment, of a role whose name or account is unknown, is an error that says what to do: %s', (_what, useIn) => {
    const app = new App();
    const theirs = new Stack(app, 'Theirs', { env: THEIRS });
    const role = accessRole(theirs, { roleName: parameter(theirs) });
    expect(() => useIn(role, new Stack(app, 'Ours', { env: OURS }))).toThrow(nameless);
    for (const roleName of [undefined, 'team-access']) {
      const unknown = inApp({ roleName }, {});
      expect(() => useIn(unknown.role, unknown.ours)).toThrow(placeless);
    }
  });

  test('of a role of the CDK without a name is the same error', () => {
    const { theirs, ours } = inApp();
    const role = new iam.Role(theirs, 'Own', { assumedBy: new iam.AccountPrincipal(OURS.account) });
    expect(() => use(ours, { roleArn: role.roleArn }))
      .toThrow(/its role 'Theirs\/Own\/Resource', so the role needs a 'roleName' that is known at synthesis$/);
  });

  test('in another stage of the app is taken, and deployed in the order of the stages', () => {
    const app = new App();
    const role = accessRole(new Stack(new Stage(app, 'Shared'), 'Theirs', { env: THEIRS }));
    const ours = new Stack(new Stage(app, 'Test'), 'Stack', { env: OURS });
    expect(() => {
      use(ours, role.access);
      app.synth();
    }).not.toThrow();
  });

  test('in the same environment refers to the role itself', () => {
    const app = new App();
    const role = accessRole(new Stack(app, 'Theirs', { env: THEIRS }), { trusted: { stackName: 'Stack', ...THEIRS } });
    const ours = new Stack(app, 'Stack', { env: THEIRS });
    use(ours, role.access);
    expect(app.synth().getStackByName('Stack').dependencies.map(({ id }) => id)).toContain('Theirs');
    const [{ Properties }] = Object.values(Template.fromStack(ours).findResources('Custom::EcrRepositoryPolicy'));
    expect(Properties.RoleArn).toHaveProperty(['Fn::ImportValue']);
  });

  test('without an external ID assumes the role without one', () => {
    use(stack, { roleArn: access.roleArn });
    for (const properties of propertiesOf(Template.fromStack(stack))) expect(properties).not.toHaveProperty('ExternalId');
  });

  test('with an ARN or an external ID that is invalid is an error, wherever it is given', () => {
    const invalid = { roleArn: 'arn:aws:iam::1:role/x', externalId: '!' };
    const problems = new RegExp([
      ': 2 problems', '  - \'access\\.roleArn\' must be arn:<partition>:iam::<account>:role/<name>, got: "arn:aws:iam::1:role/x"',
      '  - \'access\\.externalId\' must have 2 to 1,224 letters',
    ].join('\n'));
    expect(() => ExistingRepository.fromRepositoryArn(stack, 'Import', ARN, { access: invalid })).toThrow(problems);
    expect(() => ImageUse.lambdaFunctions({ access: invalid })).toThrow(problems);
    expect(() => new RepositoryTeardown(stack, 'Teardown', {
      repository: Repository.fromRepositoryArn(stack, 'App', ARN), access: invalid, teardown: Teardown.empty({ requireTag: STAGE }),
    })).toThrow(problems);
  });
});
