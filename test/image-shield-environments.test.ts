import { App, Aws, NestedStack, Stack, StackProps, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import { flat } from './flat-template';
import { AccountAccess, fleet, ImageUse } from '../src';

const { EnvironmentSelection, ImageShield, ImageUseRole, RepositorySelection } = fleet;
const OURS = { account: '111111111111', region: 'eu-west-1' };
const THEIRS = { account: '222222222222', region: 'eu-central-1' };
const access = { roleArn: 'arn:aws:iam::222222222222:role/image-use', externalId: 'image-shield' };
const ORGANIZATION = { roleName: 'image-use', externalId: 'image-shield', regions: ['eu-west-1', 'eu-north-1'] };
const LIST_ACCOUNTS = { roleArn: 'arn:aws:iam::999999999999:role/list-accounts', externalId: 'image-shield' };

newStackForEachTest({ env: OURS });

interface ShieldOptions extends Partial<fleet.ImageShieldProps> {
  readonly id?: string;
  readonly of?: Stack;
}

function add(environments: fleet.EnvironmentSelection, { id = 'Shield', of = stack, ...props }: ShieldOptions = {}): fleet.ImageShield {
  return new ImageShield(of, id, {
    repositories: RepositorySelection.prefixes('team/'), usedBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()], environments, ...props,
  });
}

/** The settings and the plan of the environments in the state machine of the runs. */
function planOf(of = stack): any {
  const [{ Properties }] = Object.entries(Template.fromStack(of).findResources('AWS::StepFunctions::StateMachine'))
    .filter(([id]) => id.startsWith('ShieldRun')).map(([, machine]) => machine);
  return JSON.parse(flat(Properties.DefinitionString)).States.Settings.Result;
}

interface Right {
  readonly actions: string[];
  readonly on: string[];
  readonly if?: unknown;
}

/** Rights in the policies of a function, inline and managed, without those on its log group and on the bucket. */
function rightsOf(id: 'Collect' | 'Protect' | 'Report', of = stack): Right[] {
  const template = Template.fromStack(of);
  return Object.entries({ ...template.findResources('AWS::IAM::Policy'), ...template.findResources('AWS::IAM::ManagedPolicy') })
    .filter(([logicalId]) => logicalId.startsWith(`Shield${id}`))
    .flatMap(([, { Properties }]) => flat(Properties.PolicyDocument.Statement) as any[])
    .filter(({ Action }) => !/^(logs|s3|events):/.test([Action].flat()[0]))
    .map(({ Action, Resource, Condition }) => ({
      actions: [Action].flat(), on: [Resource].flat(), ...Condition === undefined ? {} : { if: Condition },
    }));
}

const assuming = (...on: string[]): Right => ({ actions: ['sts:AssumeRole'], on });

/** Rights to search these Regions of the account of the shield. */
function searchRights(...regions: string[]): Right[] {
  const arns = (service: string, resource: string) => regions.map(region => `arn:aws:${service}:${region}:111111111111:${resource}`);
  const inClusters = { if: { ArnLike: { 'ecs:cluster': arns('ecs', 'cluster/*') } } };
  return [
    { actions: ['ecs:ListClusters', 'ecs:DescribeTaskDefinition'], on: ['*'] },
    { actions: ['ecs:ListTasks', 'ecs:ListServices'], on: ['*'], ...inClusters },
    { actions: ['ecs:DescribeTasks'], on: arns('ecs', 'task/*'), ...inClusters },
    { actions: ['ecs:DescribeServices', 'ecs:DescribeServiceRevisions'], on: arns('ecs', 'service/*'), ...inClusters },
    { actions: ['ecs:DescribeServiceRevisions'], on: arns('ecs', 'service-revision/*'), ...inClusters },
    { actions: ['lambda:ListFunctions'], on: ['*'] },
    { actions: ['lambda:GetFunction'], on: arns('lambda', 'function:*') },
  ];
}

/** Rights to protect images in these Regions of the account of the shield. */
function tagRights(...regions: string[]): Right[] {
  const arns = (name: string) => regions.map(region => `arn:aws:ecr:${region}:111111111111:repository/${name}`);
  return [
    { actions: ['ecs:DescribeTaskDefinition'], on: ['*'] },
    { actions: ['ecs:DescribeServices', 'ecs:DescribeServiceRevisions'], on: ['arn:aws:ecs:eu-west-1:111111111111:service/*'] },
    { actions: ['ecs:DescribeServiceRevisions'], on: ['arn:aws:ecs:eu-west-1:111111111111:service-revision/*'] },
    { actions: ['ecr:DescribeRepositories'], on: arns('*') },
    {
      actions: ['ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:PutImage', 'ecr:BatchDeleteImage', 'ecr:GetLifecyclePolicy'],
      on: arns('team/*'),
    },
  ];
}

function roleNames(of = stack): unknown[] {
  return Object.values(Template.fromStack(of).findResources('AWS::IAM::Role'))
    .map(({ Properties }) => Properties.RoleName).filter(name => name !== undefined);
}

const regionsNamed = (count: number) => Array.from({ length: count }, (_, index) => `ap-southeast-${index + 1}`);

describe('a run searches', () => {
  test('the listed accounts and Regions, in the account of the stack by default', () => {
    add(EnvironmentSelection.of({ ...THEIRS, access }, { region: 'us-east-1' }));
    expect(planOf().environments).toEqual({
      own: OURS,
      usedBy: [{ service: 'ecs' }, { service: 'lambda' }],
      listed: [{ ...THEIRS, role: access }, { account: '111111111111', region: 'us-east-1' }],
    });
    expect(planOf().settings).not.toHaveProperty('organization');
  });

  test('the Regions of an organization, whose accounts are known in the run', () => {
    add(EnvironmentSelection.organization({ ...ORGANIZATION, excludedAccounts: ['333333333333'], access: LIST_ACCOUNTS }));
    const { settings, environments } = planOf();
    const scope = { regions: ['eu-west-1', 'eu-north-1'], excludedAccounts: ['333333333333'] };
    expect(environments).toEqual({
      own: OURS,
      usedBy: [{ service: 'ecs' }, { service: 'lambda' }],
      listed: [],
      organization: {
        roleArn: ['arn:aws:iam::', ':role/image-use'], externalId: 'image-shield', ...scope, access: LIST_ACCOUNTS,
      },
    });
    expect(settings.organization).toEqual(scope);
  });

  test('an organization without excluded accounts and without a role to list them by default', () => {
    add(EnvironmentSelection.organization({ ...ORGANIZATION, roleName: 'team/image-use' }));
    expect(planOf().environments.organization).toEqual({
      roleArn: ['arn:aws:iam::', ':role/team/image-use'], externalId: 'image-shield', regions: ORGANIZATION.regions, excludedAccounts: [],
    });
  });

  test('a listed Region in the account of the deployment, if the account of the stack is not known', () => {
    const agnostic = new Stack(new App(), 'Agnostic');
    add(EnvironmentSelection.of({ region: 'us-east-1' }, { account: agnostic.account, region: 'us-west-2' }), { of: agnostic });
    expect(planOf(agnostic).environments.listed).toEqual(
      ['us-east-1', 'us-west-2'].map(region => ({ account: '<AWS::AccountId>', region })));
    expect(rightsOf('Protect', agnostic).filter(({ actions }) => actions.includes('ecr:PutImage')).flatMap(({ on }) => on)).toEqual(
      ['<AWS::Region>', 'us-east-1', 'us-west-2'].map(region => `arn:aws:ecr:${region}:<AWS::AccountId>:repository/team/*`));
  });

  test('files that list images together with services of other accounts', () => {
    const lists = s3.Bucket.fromBucketName(stack, 'Lists', 'lists');
    add(EnvironmentSelection.of({ region: 'us-east-1' }), { usedBy: [ImageUse.listed(lists, '*.jsonl'), ImageUse.ecs()] });
    expect(planOf().environments.usedBy.map(({ service }: { service: string }) => service)).toEqual(['listed', 'ecs']);
    expect(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy')).toEqual({});
  });
});

describe('permissions', () => {
  test('for listed accounts: the own account and Region, the roles, and replicas in the Regions that are searched', () => {
    add(EnvironmentSelection.of({ ...THEIRS, access }, { ...THEIRS, region: 'eu-north-1', access }));
    expect(rightsOf('Collect')).toEqual([...searchRights('eu-west-1'), assuming(access.roleArn)]);
    expect(rightsOf('Protect')).toEqual([...tagRights('eu-west-1', 'eu-central-1', 'eu-north-1'), assuming(access.roleArn)]);
    expect(rightsOf('Report')).toEqual([]);
  });

  test('for other Regions of the own account: the search and the selected repositories there, and no role', () => {
    add(EnvironmentSelection.of({ region: 'us-east-1' }, { account: '111111111111', region: 'us-west-2' }));
    expect(rightsOf('Collect')).toEqual(searchRights('eu-west-1', 'us-east-1', 'us-west-2'));
    expect(rightsOf('Protect')).toEqual(tagRights('eu-west-1', 'us-east-1', 'us-west-2'));
    expect(rightsOf('Report')).toEqual([]);
  });

  test('for an organization: its Regions, the role of each account by name, and the list of the accounts', () => {
    add(EnvironmentSelection.organization(ORGANIZATION));
    const anyAccount = assuming('arn:aws:iam::*:role/image-use');
    expect(rightsOf('Collect')).toEqual([...searchRights('eu-west-1', 'eu-north-1'), anyAccount]);
    expect(rightsOf('Protect')).toEqual([...tagRights('eu-west-1', 'eu-north-1'), anyAccount]);
    expect(rightsOf('Report')).toEqual([{ actions: ['organizations:ListAccounts'], on: ['*'] }]);
  });

  test('for an organization that a role lists: only that role lists the accounts, and only the function that reports assumes it', () => {
    add(EnvironmentSelection.organization({ ...ORGANIZATION, access: LIST_ACCOUNTS }));
    const anyAccount = assuming('arn:aws:iam::*:role/image-use');
    expect(rightsOf('Collect')).toEqual([...searchRights('eu-west-1', 'eu-north-1'), anyAccount]);
    expect(rightsOf('Protect')).toEqual([...tagRights('eu-west-1', 'eu-north-1'), anyAccount]);
    expect(rightsOf('Report')).toEqual([assuming(LIST_ACCOUNTS.roleArn)]);
  });

  test('for listed repositories: their replicas have the same names in the Regions that are searched', () => {
    add(EnvironmentSelection.of({ region: 'us-east-1' }), { repositories: RepositorySelection.of(imported()) });
    expect(rightsOf('Protect').filter(({ actions }) => actions.includes('ecr:PutImage')).map(({ on }) => on)).toEqual([
      ['eu-west-1', 'us-east-1'].map(region => `arn:aws:ecr:${region}:111111111111:repository/team/shared`),
    ]);
  });

  test('of the state machine: it reads only the lists of environments, no state', () => {
    add(EnvironmentSelection.of({ region: 'us-east-1' }));
    const reads = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('ShieldRunRole'))
      .flatMap(({ Properties }) => flat(Properties.PolicyDocument.Statement) as any[])
      .filter(({ Action }) => [Action].flat().includes('s3:GetObject'));
    expect(reads.map(({ Resource }) => Resource))
      .toEqual([expect.stringMatching(/^<ShieldStateBucket\w+\.Arn>\/runs\/\*\/environments\.json$/)]);
  });

  test('for 36 Regions: each policy fits into IAM, and each Region can be searched', () => {
    add(EnvironmentSelection.organization({ ...ORGANIZATION, regions: regionsNamed(36) }));
    const template = Template.fromStack(stack);
    const lengths = (type: string) => Object.values(template.findResources(type))
      .map(({ Properties }) => JSON.stringify(flat(Properties.PolicyDocument)).length);
    expect(Math.max(...lengths('AWS::IAM::Policy'))).toBeLessThanOrEqual(10_240);
    expect(lengths('AWS::IAM::ManagedPolicy')).toHaveLength(3);
    expect(Math.max(...lengths('AWS::IAM::ManagedPolicy'))).toBeLessThanOrEqual(6_144);
    const rights = rightsOf('Collect');
    for (const action of ['ecs:DescribeTasks', 'ecs:DescribeServices', 'ecs:DescribeServiceRevisions', 'lambda:GetFunction']) {
      const searched = rights.filter(({ actions }) => actions.includes(action)).flatMap(({ on }) => on.map(arn => arn.split(':')[3]));
      expect([action, [...new Set(searched)]]).toEqual([action, ['eu-west-1', ...regionsNamed(36)]]);
    }
  });

  test('for 300 roles: they are in managed policies that fit into IAM, and each role is in one of them', () => {
    const roles = accountIds(300).map(account => `arn:aws:iam::${account}:role/image-use`);
    add(EnvironmentSelection.of(...accountIds(300).map((account, index) => (
      { account, region: 'eu-west-1', access: { roleArn: roles[index], externalId: 'image-shield' } }))));
    const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'))
      .map(({ Properties }) => flat(Properties.PolicyDocument));
    expect(policies.length).toBeGreaterThan(2);
    expect(policies.length).toBeLessThanOrEqual(20); // at most 10 for each of two functions
    expect(Math.max(...policies.map(policy => JSON.stringify(policy).length))).toBeLessThanOrEqual(6_144);
    for (const id of ['Collect', 'Protect'] as const) {
      expect(rightsOf(id).filter(({ actions }) => actions[0] === 'sts:AssumeRole').flatMap(({ on }) => on)).toEqual(roles);
    }
  });

  test('for 30 roles in 30 Regions, and 6 listed repositories: the policies of each function fit into IAM', () => {
    const names = Array.from({ length: 6 }, (_, index) => `team/service-${index}`);
    add(EnvironmentSelection.of(...accountIds(30).map((account, index) => ({
      account, region: regionsNamed(30)[index], access: { roleArn: `arn:aws:iam::${account}:role/image-use`, externalId: 'image-shield' },
    }))), { repositories: RepositorySelection.of(...names.map(name => imported({ id: name, name }))) });
    const lengths = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .map(({ Properties }) => JSON.stringify(flat(Properties.PolicyDocument)).length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(10_240);
  });
});

function accountIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(200_000_000_000 + index));
}

describe('the functions have names that other accounts can trust', () => {
  test.each<[string, () => fleet.EnvironmentSelection]>([
    ['with a role of a listed account', () => EnvironmentSelection.of({ ...THEIRS, access })],
    ['with an organization', () => EnvironmentSelection.organization(ORGANIZATION)],
  ])('%s', (_, environments) => {
    add(environments());
    expect(roleNames()).toEqual(['collect', 'protect', 'report'].map(step =>
      expect.stringMatching(new RegExp(`^Stack-eu-west-1-image-shield-${step}-[0-9a-f]{8}$`))));
  });

  test('but not if only the own account is searched, because a named role cannot be replaced', () => {
    add(EnvironmentSelection.of({ region: 'us-east-1' }));
    expect(roleNames()).toEqual([]);
  });
});

describe('a role that the app declares in another account', () => {
  const inApp = (use: (access: AccountAccess) => fleet.EnvironmentSelection, props: Partial<fleet.ImageUseRoleProps> = {}) => {
    const theirs = new Stack(app, 'Theirs', { env: THEIRS });
    const role = new ImageUseRole(theirs, 'ImageUse', {
      trusted: { stackName: 'Stack', ...OURS }, externalId: 'image-shield', ...props,
    });
    add(use(role.access));
    return { dependencies: app.synth().getStackByName('Stack').dependencies.map(({ id }) => id), name: roleNames(theirs)[0] };
  };

  test('gets a name that both stacks have, and is deployed first', () => {
    const { dependencies, name } = inApp(role => EnvironmentSelection.of({ ...THEIRS, access: role }));
    expect(name).toMatch(/^[\w+=,.@-]{1,64}$/);
    expect(dependencies).toContain('Theirs');
    const roleArn = `arn:aws:iam::222222222222:role/${name}`;
    expect(planOf().environments.listed).toEqual([{ ...THEIRS, role: { roleArn, externalId: 'image-shield' } }]);
    expect(rightsOf('Collect')).toContainEqual(assuming(roleArn));
  });

  test('keeps its name, and is deployed first', () => {
    const { dependencies, name } = inApp(role => EnvironmentSelection.of({ ...THEIRS, access: role }), { roleName: 'image-use' });
    expect([name, planOf().environments.listed[0].role.roleArn]).toEqual(['image-use', 'arn:aws:iam::222222222222:role/image-use']);
    expect(dependencies).toContain('Theirs');
  });

  test('can list the accounts of the organization, and is deployed first', () => {
    const { dependencies, name } = inApp(
      role => EnvironmentSelection.organization({ ...ORGANIZATION, access: role }), { canListAccounts: true });
    expect(planOf().environments.organization.access.roleArn).toBe(`arn:aws:iam::222222222222:role/${name}`);
    expect(dependencies).toContain('Theirs');
  });

  test('serves several Regions of its account', () => {
    inApp(role => EnvironmentSelection.of({ ...THEIRS, access: role }, { ...THEIRS, region: 'us-east-1', access: role }));
    expect(rightsOf('Collect').filter(({ actions }) => actions[0] === 'sts:AssumeRole')).toHaveLength(1);
  });

  test('is deployed in the order of the stages if it is in another stage', () => {
    const theirs = new Stack(new Stage(app, 'Workloads'), 'Theirs', { env: THEIRS });
    const role = new ImageUseRole(theirs, 'ImageUse', { trusted: { stackName: 'Stack', ...OURS }, externalId: 'image-shield' });
    expect(() => {
      add(EnvironmentSelection.of({ ...THEIRS, access: role.access }), { of: new Stack(new Stage(app, 'Build'), 'Stack', { env: OURS }) });
      app.synth();
    }).not.toThrow();
  });
});

describe('environments are refused', () => {
  const messageOf = (use: () => unknown): string | undefined => {
    try {
      use();
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };
  const their = (props: Partial<fleet.SearchedEnvironment>) => EnvironmentSelection.of({ ...THEIRS, access, ...props });

  test.each<[string, () => unknown, string]>([
    ['without an environment', () => EnvironmentSelection.of(), '\'environments\' must contain at least one account and Region, got none'],
    ['with a short account ID', () => their({ account: '12' }), '\'environments[0].account\' must have 12 digits, got: "12"'],
    ['with the name of a city', () => their({ region: 'Frankfurt' }),
      '\'environments[0].region\' must be the name of a Region, such as eu-west-1, got: "Frankfurt"'],
    ['with a Region that is known only at deployment', () => their({ region: Aws.REGION }),
      '\'environments[0].region\' must be known when the app is synthesized, got a token'],
    ['with the ARN of a user', () => EnvironmentSelection.of({ region: 'us-east-1' }, {
      ...THEIRS, access: { roleArn: 'arn:aws:iam::222222222222:user/me' },
    }), '\'environments[1].access.roleArn\' must be arn:<partition>:iam::<account>:role/<name>, got: "arn:aws:iam::222222222222:user/me"'],
    ['with an external ID that is too short', () => their({ access: { ...access, externalId: '!' } }),
      '\'environments[0].access.externalId\' must have 2 to 1,224 letters, digits, or characters of _+=,.@:/-, got: "!"'],
  ])('in a list %s', (_, select, message) => {
    expect(messageOf(select)).toBe(`EnvironmentSelection.of: ${message}`);
  });

  test('with all problems of a list in one error', () => {
    expect(messageOf(() => their({ account: '1', region: 'x', access: { roleArn: 'role', externalId: '' } }))).toMatch(new RegExp([
      '^EnvironmentSelection.of: 4 problems', '  - \'environments\\[0\\]\\.account\' .*', '  - \'environments\\[0\\]\\.region\' .*',
      '  - \'environments\\[0\\]\\.access\\.roleArn\' .*', '  - \'environments\\[0\\]\\.access\\.externalId\' .*$',
    ].join('\n')));
  });

  test.each<[string, Partial<fleet.OrganizationOptions>, string]>([
    ['without a Region', { regions: [] }, '\'regions\' must contain at least one Region, got none'],
    ['with a Region that does not exist', { regions: ['eu-west-1', 'Europe'] },
      '\'regions[1]\' must be the name of a Region, such as eu-west-1, got: "Europe"'],
    ['with a Region that is known only at deployment', { regions: [Aws.REGION] },
      '\'regions[0]\' must be known when the app is synthesized, got a token'],
    ['with a Region twice', { regions: ['eu-west-1', 'eu-west-1'] },
      '\'regions\' must contain each Region once, got eu-west-1 more than once'],
    ['with the ARN of a role', { roleName: 'arn:aws:iam::222222222222:role/x' },
      '\'roleName\' must be the name of a role, such as image-use, or team/image-use with the path /team/,'
      + ' got: "arn:aws:iam::222222222222:role/x"'],
    ['with a path that begins with a slash', { roleName: '/team/image-use' },
      '\'roleName\' must be the name of a role, such as image-use, or team/image-use with the path /team/, got: "/team/image-use"'],
    ['with a wildcard as the name of the role', { roleName: '*' },
      '\'roleName\' must be the name of a role, such as image-use, or team/image-use with the path /team/, got: "*"'],
    ['with a name of the role that is known only at deployment', { roleName: Aws.STACK_NAME },
      '\'roleName\' must be known when the app is synthesized, got a token'],
    ['with an external ID that is too short', { externalId: 'x' },
      '\'externalId\' must have 2 to 1,224 letters, digits, or characters of _+=,.@:/-, got: "x"'],
    ['with the name of an account', { excludedAccounts: ['333333333333', 'sandbox'] },
      '\'excludedAccounts[1]\' must have 12 digits, got: "sandbox"'],
    ['with an account that is known only at deployment', { excludedAccounts: [Aws.ACCOUNT_ID] },
      '\'excludedAccounts[0]\' must be known when the app is synthesized, got a token'],
    ['with a role that is none', { access: { roleArn: 'list-accounts' } },
      '\'access.roleArn\' must be arn:<partition>:iam::<account>:role/<name>, got: "list-accounts"'],
  ])('in an organization %s', (_, wrong, message) => {
    expect(messageOf(() => EnvironmentSelection.organization({ ...ORGANIZATION, ...wrong })))
      .toBe(`EnvironmentSelection.organization: ${message}`);
  });

  test('with all problems of an organization in one error', () => {
    expect(messageOf(() => EnvironmentSelection.organization({
      roleName: '', externalId: '', regions: [], excludedAccounts: ['1'], access: { roleArn: 'x' },
    }))).toMatch(new RegExp([
      '^EnvironmentSelection.organization: 5 problems', '  - \'roleName\' .*', '  - \'externalId\' .*', '  - \'regions\' .*',
      '  - \'excludedAccounts\\[0\\]\' .*', '  - \'access\\.roleArn\' .*$',
    ].join('\n')));
  });

  test.each<[string, () => [fleet.EnvironmentSelection, ShieldOptions?], string]>([
    ['if they contain the account and Region of the stack', () => [EnvironmentSelection.of({ region: 'eu-west-1' })],
      '\'environments\' must not contain 111111111111/eu-west-1, the account and Region of the stack, which are always searched. Remove'
      + ' it'],
    ['if they contain an environment twice', () => [EnvironmentSelection.of({ ...THEIRS, access }, { ...THEIRS, access })],
      '\'environments\' must contain each account and Region once, got 222222222222/eu-central-1 more than once'],
    ['if they contain a Region of the own account twice, with and without its account',
      () => [EnvironmentSelection.of({ region: 'us-east-1' }, { account: '111111111111', region: 'us-east-1' })],
      '\'environments\' must contain each account and Region once, got 111111111111/us-east-1 more than once'],
    ['without a role in another account', () => [EnvironmentSelection.of({ region: 'us-east-1' }, THEIRS)],
      '\'environments[1].access\' is required, because account 222222222222 is not known to be the account of the stack. Declare an'
      + ' ImageUseRole in that account, and use its \'access\''],
    ['with a role of a third account', () => [EnvironmentSelection.of({
      ...THEIRS, access: { roleArn: 'arn:aws:iam::333333333333:role/image-use' },
    })], '\'environments[0].access.roleArn\' must be a role in account 222222222222, got a role in account 333333333333'],
    ['with a role in the own account', () => [EnvironmentSelection.of({
      region: 'us-east-1', access: { roleArn: 'arn:aws:iam::111111111111:role/image-use' },
    })],
    '\'environments[0].access\' must not be set, because the functions of the shield search the account of their stack. Remove it'],
    ['with an account that is known only at deployment', () => [EnvironmentSelection.of({ ...THEIRS, account: Aws.ACCOUNT_ID, access })],
      '\'environments[0].account\' must be known when the app is synthesized, got a token'],
    ['if only files that list images are read', () => [EnvironmentSelection.of({ region: 'us-east-1' }), {
      usedBy: [ImageUse.listed(s3.Bucket.fromBucketName(stack, 'Lists', 'lists'), '*.jsonl')],
    }], '\'environments\' needs a service in \'usedBy\', because lists are read only once. Remove \'environments\', or add ImageUse.ecs()'],
    ['if only some clusters are searched', () => [EnvironmentSelection.of({ region: 'us-east-1' }), {
      usedBy: [ImageUse.lambdaFunctions(), ImageUse.ecs({ clusters: ['main'] })],
    }],
    '\'usedBy[1]\' must not have \'clusters\' together with \'environments\', because clusters differ between accounts and Regions. Remove'
    + ' \'clusters\', so that all clusters are searched'],
    ['if they are too many for a state machine', () => [EnvironmentSelection.of(...accountIds(60).flatMap(account => regionsNamed(30).map(
      region => ({ account, region, access: { roleArn: `arn:aws:iam::${account}:role/image-use`, externalId: 'image-shield' } }))))],
    '\'environments\' lists 1800 accounts and Regions, more than fit into the input of a state machine. Use'
    + ' EnvironmentSelection.organization, or several shields with different values of tagPrefix'],
    ['if their roles do not fit into the policies of a function', () => [EnvironmentSelection.of(...accountIds(110).map(account => ({
      account, region: 'eu-west-1', access: { roleArn: `arn:aws:iam::${account}:role/${'x/'.repeat(250)}image-use` },
    })))],
    '\'environments\' has 110 roles, whose ARNs are too long for the 10 policies of one role. Use EnvironmentSelection.organization'],
    ['in an organization with a role of the app whose name and account are unknown', () => [EnvironmentSelection.organization({
      ...ORGANIZATION,
      access: {
        roleArn: new iam.Role(new Stack(app, 'Unknown'), 'Role', {
          assumedBy: new iam.AccountPrincipal('111111111111'),
        }).roleArn,
      },
    })],
    '\'environments.access\' is used in a different environment than its role \'Unknown/Role/Resource\', so the stack \'Unknown\' needs an'
    + ' \'env\' with account and Region'],
  ])('%s', (_, options, message) => {
    expect(messageOf(() => add(...options()))).toBe(`Stack/Shield: ${message}`);
  });

  test('with all problems in one error, together with those of other properties', () => {
    expect(messageOf(() => add(EnvironmentSelection.of({ region: 'eu-west-1' }, THEIRS), {
      usedBy: [ImageUse.ecs({ region: 'us-east-1', clusters: ['main'] })], tagPrefix: '-',
    }))).toMatch(new RegExp([
      '^Stack/Shield: 5 problems', '  - \'usedBy\\[0\\]\' must not have \'region\'.*', '  - \'environments\' must not contain .*',
      '  - \'environments\\[1\\]\\.access\' is required.*', '  - \'usedBy\\[0\\]\' must not have \'clusters\'.*', '  - \'tagPrefix\' .*$',
    ].join('\n')));
  });

  const needsPlace = (path: string) => '\'environments\' has roles of other accounts, which trust the stack by its name and Region, so the'
    + ` stack '${path}' must not be nested and needs an 'env' with account and Region`;

  test('with a role in a stack whose Region is not known', () => {
    for (const environments of [EnvironmentSelection.of({ ...THEIRS, access }), EnvironmentSelection.organization(ORGANIZATION)]) {
      expect(messageOf(() => add(environments, { of: new Stack(new App(), 'Agnostic') }))).toBe(
        `Agnostic/Shield: ${needsPlace('Agnostic')}`);
    }
  });

  test('with a role in a nested stack, but not without one', () => {
    const nested = new NestedStack(stack, 'Nested');
    expect(messageOf(() => add(EnvironmentSelection.of({ ...THEIRS, access }), { of: nested }))).toContain(needsPlace('Stack/Nested'));
    const own = EnvironmentSelection.of({ region: 'us-east-1' });
    expect(messageOf(() => add(own, { of: nested, id: 'Own', tagPrefix: 'own-' }))).toBeUndefined();
  });
});

describe('two shields', () => {
  test('with roles of other accounts must be in two stacks, because the roles trust the stack for one shield', () => {
    add(EnvironmentSelection.of({ ...THEIRS, access }));
    expect(() => add(EnvironmentSelection.organization(ORGANIZATION), { id: 'Other', tagPrefix: 'other-' })).toThrow(
      'Stack/Other: \'environments\' must not have roles of other accounts, because those of the image shield \'Stack/Shield\' trust this'
      + ' stack by its name, for one shield. Declare this shield in another stack');
    expect(() => add(EnvironmentSelection.of({ region: 'us-east-1' }), { id: 'Own', tagPrefix: 'own-' })).not.toThrow();
    expect(() => add(EnvironmentSelection.of({ ...THEIRS, access }), {
      of: new Stack(app, 'Second', { env: OURS }), tagPrefix: 'second-',
    })).not.toThrow();
  });

  test.each<[string, StackProps, fleet.EnvironmentSelection]>([
    ['the Region of the other', { env: { ...OURS, region: 'us-east-1' } }, EnvironmentSelection.of({ region: 'us-west-2' })],
    ['a third Region', { env: { ...OURS, region: 'eu-north-1' } }, EnvironmentSelection.of({ region: 'us-east-1' })],
    ['a Region of another account, for replicas', { env: { ...OURS, region: 'eu-north-1' } },
      EnvironmentSelection.of({ ...THEIRS, region: 'us-east-1', access })],
    ['the Regions of an organization', { env: { ...OURS, region: 'eu-north-1' } },
      EnvironmentSelection.organization({ ...ORGANIZATION, regions: ['us-east-1'] })],
  ])('cannot write the same tags in one Region of their account: %s', (_, props, environments) => {
    add(EnvironmentSelection.of({ region: 'us-east-1' }));
    const second = new Stack(app, 'Second', props);
    expect(() => add(environments, { of: second })).toThrow(
      'Second/Shield: \'tagPrefix\' in-use- overlaps with in-use- of the image shield \'Stack/Shield\', which also tags images in'
      + ' 111111111111/us-east-1. Use one shield, or tag prefixes of which neither begins with the other');
    expect(() => add(environments, { of: new Stack(app, 'Third', props), tagPrefix: 'other-' })).not.toThrow();
  });

  test('can search one account with a role, because each protects its own registry', () => {
    add(EnvironmentSelection.of({ ...THEIRS, access }));
    expect(() => new ImageShield(new Stack(app, 'Theirs', { env: THEIRS }), 'Shield', {
      repositories: RepositorySelection.prefixes('team/'), usedBy: [ImageUse.ecs()],
    })).not.toThrow();
  });
});
