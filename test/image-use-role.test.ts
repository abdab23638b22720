import { App, Aws, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import { flat } from './flat-template';
import { fleet, ImageUse, Repository } from '../src';

const { EnvironmentSelection, ImageShield, ImageUseRole, RepositorySelection } = fleet;
const THEIRS = { account: '222222222222', region: 'eu-central-1' };
const SHIELD = { stackName: 'Shield', account: '111111111111', region: 'eu-west-1' };

newStackForEachTest({ env: THEIRS });

function add(props: Partial<fleet.ImageUseRoleProps> = {}, scope: Stack = stack): fleet.ImageUseRole {
  return new ImageUseRole(scope, 'ImageUse', { trusted: SHIELD, externalId: 'image-shield', ...props });
}

interface Right {
  readonly actions: string[];
  readonly on: string[];
  readonly if?: unknown;
}

function rights(of = stack): Right[] {
  const policies = Object.values(Template.fromStack(of).findResources('AWS::IAM::Policy'));
  expect(policies).toHaveLength(1);
  return (flat(policies[0].Properties.PolicyDocument.Statement) as any[]).map(({ Action, Resource, Condition, Effect }) => {
    expect(Effect).toBe('Allow');
    return { actions: [Action].flat(), on: [Resource].flat(), ...Condition === undefined ? {} : { if: Condition } };
  });
}

function roleProperties(of = stack): any {
  const [{ Properties }] = Object.values(Template.fromStack(of).findResources('AWS::IAM::Role'));
  return flat(Properties);
}

function trustedRoles(of = stack): string[] {
  return [roleProperties(of).AssumeRolePolicyDocument.Statement[0].Condition.ArnEquals['aws:PrincipalArn']].flat();
}

/** Rights to search Amazon ECS in these Regions. */
function ecsRights(regions: readonly string[], newest = true): Right[] {
  const arns = (resource: string) => regions.map(region => `arn:aws:ecs:${region}:222222222222:${resource}`);
  const inClusters = { if: { ArnLike: { 'ecs:cluster': arns('cluster/*') } } };
  return [
    { actions: ['ecs:ListClusters', 'ecs:DescribeTaskDefinition', ...newest ? ['ecs:ListTaskDefinitions'] : []], on: ['*'] },
    { actions: ['ecs:ListTasks', 'ecs:ListServices'], on: ['*'], ...inClusters },
    { actions: ['ecs:DescribeTasks'], on: arns('task/*'), ...inClusters },
    { actions: ['ecs:DescribeServices', 'ecs:DescribeServiceRevisions'], on: arns('service/*'), ...inClusters },
    { actions: ['ecs:DescribeServiceRevisions'], on: arns('service-revision/*'), ...inClusters },
  ];
}

function lambdaRights(regions: readonly string[]): Right[] {
  return [
    { actions: ['lambda:ListFunctions'], on: ['*'] },
    { actions: ['lambda:GetFunction'], on: regions.map(region => `arn:aws:lambda:${region}:222222222222:function:*`) },
  ];
}

function tagRights(regions: readonly string[], ...names: string[]): Right[] {
  const arn = (region: string, name: string) => `arn:aws:ecr:${region}:222222222222:repository/${name}`;
  return [
    { actions: ['ecr:DescribeRepositories'], on: regions.map(region => arn(region, '*')) },
    {
      actions: ['ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:PutImage', 'ecr:BatchDeleteImage', 'ecr:GetLifecyclePolicy'],
      on: regions.flatMap(region => names.map(name => arn(region, name))),
    },
  ];
}

const LIST_ACCOUNTS: Right = { actions: ['organizations:ListAccounts'], on: ['*'] };

describe('the role allows', () => {
  test('by default only the search of Amazon ECS and AWS Lambda, in all Regions of its account', () => {
    add();
    expect(rights()).toEqual([...ecsRights(['*']), ...lambdaRights(['*'])]);
  });

  test.each<[string, () => ImageUse[], Right[]]>([
    ['of Amazon ECS', () => [ImageUse.ecs()], ecsRights(['*'], false)],
    ['of AWS Lambda', () => [ImageUse.lambdaFunctions()], lambdaRights(['*'])],
    ['of one service twice', () => [ImageUse.lambdaFunctions(), ImageUse.lambdaFunctions()], lambdaRights(['*'])],
  ])('only the search %s, if usedBy says so', (_, usedBy, expected) => {
    add({ usedBy: usedBy() });
    expect(rights()).toEqual(expected);
  });

  test('only the Regions in regions', () => {
    const regions = ['eu-central-1', 'us-east-1'];
    add({ regions, repositories: RepositorySelection.prefixes('team/') });
    expect(rights()).toEqual([...ecsRights(regions), ...lambdaRights(regions), ...tagRights(regions, 'team/*')]);
  });

  test.each<[string, () => fleet.RepositorySelection, string[]]>([
    ['all', () => RepositorySelection.all(), ['*']],
    ['prefixes', () => RepositorySelection.prefixes('team/', 'shop-'), ['team/*', 'shop-*']],
    ['a list', () => RepositorySelection.of(imported(), imported({ id: 'Other', name: 'team/other' })), ['team/shared', 'team/other']],
    ['a replica in another Region', () => RepositorySelection.of(imported({ id: 'Far', region: 'us-east-1' })), ['team/shared']],
  ])('tags only in the selected repositories: %s', (_, select, names) => {
    add({ repositories: select() });
    expect(rights()).toEqual([...ecsRights(['*']), ...lambdaRights(['*']), ...tagRights(['*'], ...names)]);
  });

  test('tags in a repository whose name is known only at deployment', () => {
    add({ repositories: RepositorySelection.of(new Repository(stack, 'App')) });
    const tagging = rights().filter(({ actions }) => actions.includes('ecr:PutImage'));
    expect(tagging.map(({ on }) => on)).toEqual([[expect.stringMatching(/^arn:aws:ecr:\*:222222222222:repository\/<App\w+>$/)]]);
  });

  test('the list of the accounts of the organization only with canListAccounts', () => {
    add({ canListAccounts: true });
    expect(rights()).toEqual([...ecsRights(['*']), ...lambdaRights(['*']), LIST_ACCOUNTS]);
  });

  test('the same in a stack whose account is not known', () => {
    const agnostic = new Stack(new App(), 'Agnostic');
    add({ usedBy: [ImageUse.lambdaFunctions()] }, agnostic);
    expect(rights(agnostic)[1].on).toEqual(['arn:aws:lambda:*:<AWS::AccountId>:function:*']);
  });
});

describe('the role trusts', () => {
  const functionOf = (step: string) => expect.stringMatching(new RegExp(
    `^arn:aws:iam::111111111111:role/Shield-eu-west-1-image-shield-${step}-[0-9a-f]{8}$`));

  test('only roles of functions of the shield in its account, and only with the external ID', () => {
    add();
    expect(roleProperties()).toEqual({
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { AWS: 'arn:aws:iam::111111111111:root' },
          Condition: {
            StringEquals: { 'sts:ExternalId': 'image-shield' }, ArnEquals: { 'aws:PrincipalArn': [functionOf('collect')] },
          },
        }],
      },
      Description: 'cdk-ecr-keeper: lets the image shield of stack Shield of account 111111111111 find images in use',
    });
  });

  test.each<[string, Partial<fleet.ImageUseRoleProps>, string[]]>([
    ['which searches, by default', {}, ['collect']],
    ['which also tags, with repositories', { repositories: RepositorySelection.all() }, ['collect', 'protect']],
    ['which also lists accounts, with canListAccounts', { canListAccounts: true }, ['collect', 'report']],
    ['all three, with both', { repositories: RepositorySelection.all(), canListAccounts: true }, ['collect', 'protect', 'report']],
    ['which searches, without canListAccounts', { canListAccounts: false }, ['collect']],
  ])('the function %s', (_, props, steps) => {
    add(props);
    expect(trustedRoles()).toEqual(steps.map(functionOf));
  });

  test.each([
    ['with a short name', 'Shield'], ['with a name of 128 characters', `S${'hield'.repeat(25)}12`],
  ])('the roles that the functions of a shield in that stack have: a stack %s', (_, stackName) => {
    add({ trusted: { ...SHIELD, stackName }, repositories: RepositorySelection.all(), canListAccounts: true });
    const ours = new Stack(new App(), 'Ours', { stackName, env: { account: SHIELD.account, region: SHIELD.region } });
    new ImageShield(ours, 'AnyId', {
      repositories: RepositorySelection.all(),
      usedBy: [ImageUse.ecs()],
      environments: EnvironmentSelection.of({
        ...THEIRS, access: { roleArn: 'arn:aws:iam::222222222222:role/image-use', externalId: 'image-shield' },
      }),
    });
    const names = Object.values(Template.fromStack(ours).findResources('AWS::IAM::Role'))
      .map(({ Properties }) => Properties.RoleName as string | undefined).filter(name => name !== undefined);
    expect(names).toHaveLength(3);
    for (const name of names) expect(name).toMatch(/^[\w+=,.@-]{1,64}$/);
    expect(trustedRoles()).toEqual(names.map(name => `arn:aws:iam::111111111111:role/${name}`));
  });

  test('another function for another stack or Region', () => {
    const trustedBy = (trusted: fleet.ImageUseRoleProps['trusted']) => {
      const theirs = new Stack(new App(), 'Theirs', { env: THEIRS });
      add({ trusted }, theirs);
      return trustedRoles(theirs)[0];
    };
    const all = [SHIELD, { ...SHIELD, stackName: 'Other' }, { ...SHIELD, region: 'us-east-1' }, { ...SHIELD, account: '333333333333' }];
    expect(new Set(all.map(trustedBy)).size).toBe(4);
  });
});

describe('the name of the role', () => {
  test('is generated by CloudFormation if no other environment uses the role', () => {
    add();
    expect(roleProperties()).not.toHaveProperty('RoleName');
  });

  test('is the given one, with which an organization and another app find the role', () => {
    const { access } = add({ roleName: 'image-use' });
    expect(roleProperties().RoleName).toBe('image-use');
    expect(access.externalId).toBe('image-shield');
    expect(stack.resolve(access.roleArn)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^ImageUse/), 'Arn'] });
  });
});

describe('a role is refused', () => {
  test.each<[string, () => Partial<fleet.ImageUseRoleProps>, string]>([
    ['without a service', () => ({ usedBy: [] }), '\'usedBy\' must contain at least one ImageUse, such as ImageUse.ecs(), got none'],
    ['with a list of images', () => ({ usedBy: [ImageUse.ecs(), ImageUse.listed(s3.Bucket.fromBucketName(stack, 'Lists', 'lists'), '*')] }),
      '\'usedBy[1]\' must be a service of the account, got ImageUse.listed, which the shield reads with its own role. Remove it'],
    ['with clusters', () => ({ usedBy: [ImageUse.ecs({ clusters: ['main'] })] }),
      '\'usedBy[0]\' must not have \'clusters\', because the shield searches all clusters of the account. Remove it'],
    ['with a Region of a service', () => ({ usedBy: [ImageUse.ecs({ region: 'us-east-1' })] }),
      '\'usedBy[0]\' must not have \'region\', because the shield decides which accounts and Regions it searches, got: us-east-1. Remove'
      + ' it, and select the account and Region in \'environments\' of the shield'],
    ['with no Region', () => ({ regions: [] }), '\'regions\' must contain at least one Region, got none'],
    ['with a Region that does not exist, whose place is named', () => ({ regions: ['*', 'Europe'] }),
      '\'regions[1]\' must be the name of a Region, such as eu-west-1, got: "Europe"'],
    ['with a repository of another account', () => ({
      repositories: RepositorySelection.of(imported(),
        Repository.fromRepositoryArn(stack, 'Far', 'arn:aws:ecr:eu-central-1:333333333333:repository/team/app')),
    }),
    '\'repositories\' contains a repository of another account (repositories[1], team/app, in account 333333333333), but the role is in'
    + ' account 222222222222. Declare an ImageUseRole for it in a stack of that account'],
    ['with an empty name', () => ({ roleName: '' }), '\'roleName\' must have 1 to 64 letters, digits, or characters of _+=,.@-, got: ""'],
    ['with a path in its name', () => ({ roleName: 'team/image-use' }),
      '\'roleName\' must have 1 to 64 letters, digits, or characters of _+=,.@-, got: "team/image-use"'],
    ['with a short account ID of the shield', () => ({ trusted: { ...SHIELD, account: '12' } }),
      '\'trusted.account\' must have 12 digits, got: "12"'],
    ['with a stack of the shield that is known only at deployment', () => ({ trusted: { ...SHIELD, stackName: Aws.STACK_NAME } }),
      '\'trusted.stackName\' must be known at synthesis, got a token'],
    ['with an external ID that is too short', () => ({ externalId: 'x' }),
      '\'externalId\' must have 2 to 1,224 letters, digits, or characters of _+=,.@:/-, got: "x"'],
  ])('%s', (_, props, message) => {
    expect(() => add(props())).toThrow(new Error(`Stack/ImageUse: ${message}`));
  });

  test('with all problems in one error', () => {
    expect(() => add({
      trusted: { stackName: '1', account: '1', region: 'x' }, externalId: '', usedBy: [], regions: ['x'], roleName: '/',
    })).toThrow(new RegExp([
      '^Stack/ImageUse: 7 problems', '  - \'trusted\\.account\' .*', '  - \'trusted\\.region\' .*', '  - \'trusted\\.stackName\' .*',
      '  - \'externalId\' .*', '  - \'usedBy\' .*', '  - \'regions\\[0\\]\' .*', '  - \'roleName\' .*$',
    ].join('\n')));
  });

  const regionsNamed = (count: number) => Array.from({ length: count }, (_, index) => `ap-southeast-${index + 1}`);

  test('with permissions that do not fit into the policy of a role', () => {
    expect(() => add({ regions: regionsNamed(36) })).toThrow(
      /^Stack\/ImageUse: 'regions' and 'repositories' need a policy of about \d{5} characters, but a role can have 10240\. Remove 'regions'/);
    const fitting = { regions: regionsNamed(15), repositories: RepositorySelection.prefixes('team/') };
    expect(() => add(fitting, new Stack(app, 'Other'))).not.toThrow();
  });

  test('not at the limit: its policy fits into IAM', () => {
    const fits = (count: number) => {
      const theirs = new Stack(new App(), 'Theirs', { env: THEIRS });
      try {
        add({ regions: regionsNamed(count) }, theirs);
      } catch {
        return undefined;
      }
      const [{ Properties }] = Object.values(Template.fromStack(theirs).findResources('AWS::IAM::Policy'));
      return JSON.stringify(flat(Properties.PolicyDocument)).length;
    };
    const lengths = Array.from({ length: 10 }, (_, index) => fits(15 + index));
    expect(lengths).toContain(undefined);
    const accepted = lengths.filter(length => length !== undefined);
    expect(Math.max(...accepted)).toBeLessThanOrEqual(10_240);
    expect(Math.max(...accepted)).toBeGreaterThan(9_000);
  });
});

test('a role can be in a nested stack, and in the account of the shield to list the accounts of the organization', () => {
  expect(() => add({}, new NestedStack(stack, 'Nested') as Stack)).not.toThrow();
  const ours = new Stack(app, 'Ours', { env: { account: SHIELD.account, region: SHIELD.region } });
  expect(() => add({ canListAccounts: true }, ours)).not.toThrow();
});
