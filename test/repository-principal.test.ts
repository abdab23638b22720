import { App, Aws, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { app, newStackForEachTest, stack } from './construct-scene';
import { flat, text } from './flat-template';
import { ExistingRepository, PolicyManagement, Repository, RepositoryPolicy, RepositoryPrincipal } from '../src';

const READ = ['ecr:DescribeRepositories', 'ecr:DescribeImages'];
const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];
const PUSH = [
  'ecr:CompleteLayerUpload', 'ecr:UploadLayerPart', 'ecr:InitiateLayerUpload', 'ecr:BatchCheckLayerAvailability', 'ecr:PutImage',
];
const PULL_PUSH = [...new Set([...PULL, ...PUSH])];
const RETRIEVAL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

const GITHUB = 'token.actions.githubusercontent.com';
const ORGANIZATION = 'o-a1b2c3d4e5';
const UNIT = 'o-a1b2c3d4e5/r-ab12/ou-ab12-11111111';
const ROLE = 'arn:aws:iam::333333333333:role/team/execution';
const OTHER_ROLE = 'arn:aws:iam::444444444444:role/node-*';
const rootOf = (account: string) => `arn:aws:iam::${account}:root`;
const providerOf = (account: string, issuer = GITHUB) => `arn:aws:iam::${account}:oidc-provider/${issuer}`;
const functionsOf = (account: string, region = '*', name = '*') => `arn:aws:lambda:${region}:${account}:function:${name}`;

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Principal: Record<string, string | string[]>;
  readonly Condition?: unknown;
}

newStackForEachTest({ env: { account: '111111111111', region: 'eu-west-1' } });

const owned = (of = stack) => new Repository(of, 'Owned');
const existing = (of = stack) => ExistingRepository.fromRepositoryName(of, 'Existing', 'team/shared');
const theirs = (of = stack) => new ecr.Repository(of, 'Theirs');

function nativeStatements(of = stack): Statement[] {
  const [{ Properties }] = Object.values(Template.fromStack(of).findResources('AWS::ECR::Repository'));
  return flat(Properties.RepositoryPolicyText.Statement);
}

function writtenStatements(of = stack): Statement[] {
  const resources = Object.values(Template.fromStack(of).findResources('Custom::EcrRepositoryPolicy'));
  expect(resources).toHaveLength(1);
  return JSON.parse(text(resources[0].Properties.Statements));
}

/** What is granted, once on a repository that the stack owns, and once on one that it does not. */
function landed(grant: (repository: ecr.IRepository) => unknown): Statement[] {
  grant(owned());
  grant(existing());
  const statements = nativeStatements();
  expect(writtenStatements()).toEqual(statements);
  return statements;
}

const ways: Array<[string, (repository: ecr.IRepository, principal: iam.IGrantable) => iam.Grant, string[]]> = [
  ['grantRead', (repository, principal) => repository.grantRead(principal), READ],
  ['grantPull', (repository, principal) => repository.grantPull(principal), PULL],
  ['grantPush', (repository, principal) => repository.grantPush(principal), PUSH],
  ['grantPullPush', (repository, principal) => repository.grantPullPush(principal), PULL_PUSH],
];

const principals: Array<[string, () => RepositoryPrincipal, Omit<Statement, 'Action' | 'Effect'>]> = [
  ['an account', () => RepositoryPrincipal.accounts('333333333333'), { Principal: { AWS: rootOf('333333333333') } }],
  ['accounts', () => RepositoryPrincipal.accounts('333333333333', '444444444444'), {
    Principal: { AWS: [rootOf('333333333333'), rootOf('444444444444')] },
  }],
  ['an organization', () => RepositoryPrincipal.organizations(ORGANIZATION), {
    Principal: { AWS: '*' }, Condition: { StringEquals: { 'aws:PrincipalOrgID': [ORGANIZATION] } },
  }],
  ['organizations', () => RepositoryPrincipal.organizations(ORGANIZATION, 'o-1234567890'), {
    Principal: { AWS: '*' }, Condition: { StringEquals: { 'aws:PrincipalOrgID': [ORGANIZATION, 'o-1234567890'] } },
  }],
  ['an organizational unit', () => RepositoryPrincipal.organizationalUnits(UNIT), {
    Principal: { AWS: '*' }, Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': [`${UNIT}/*`] } },
  }],
  ['organizational units', () => RepositoryPrincipal.organizationalUnits(`${UNIT}/`, `${UNIT}/ou-ab12-22222222`), {
    Principal: { AWS: '*' },
    Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': [`${UNIT}/*`, `${UNIT}/ou-ab12-22222222/*`] } },
  }],
  ['a role', () => RepositoryPrincipal.roles(ROLE), {
    Principal: { AWS: rootOf('333333333333') }, Condition: { ArnLike: { 'aws:PrincipalArn': [ROLE] } },
  }],
  ['roles', () => RepositoryPrincipal.roles(ROLE, OTHER_ROLE), {
    Principal: { AWS: [rootOf('333333333333'), rootOf('444444444444')] },
    Condition: { ArnLike: { 'aws:PrincipalArn': [ROLE, OTHER_ROLE] } },
  }],
  ['an OIDC role', () => RepositoryPrincipal.oidcRoles(GITHUB, ROLE), {
    Principal: { AWS: rootOf('333333333333') },
    Condition: { ArnLike: { 'aws:PrincipalArn': [ROLE] }, StringEquals: { 'aws:FederatedProvider': [providerOf('333333333333'), GITHUB] } },
  }],
  ['OIDC roles', () => RepositoryPrincipal.oidcRoles('oidc.eks.eu-west-1.amazonaws.com/id/ABC', ROLE, OTHER_ROLE), {
    Principal: { AWS: [rootOf('333333333333'), rootOf('444444444444')] },
    Condition: {
      ArnLike: { 'aws:PrincipalArn': [ROLE, OTHER_ROLE] },
      StringEquals: {
        'aws:FederatedProvider': [
          ...['333333333333', '444444444444'].map(account => providerOf(account, 'oidc.eks.eu-west-1.amazonaws.com/id/ABC')),
          'oidc.eks.eu-west-1.amazonaws.com/id/ABC',
        ],
      },
    },
  }],
];

const lambdaStatement = (Action: string[], SourceArn: string): Statement => ({
  Action, Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Condition: { ArnLike: { 'aws:SourceArn': SourceArn } },
});
const accountStatement = (account: string): Statement => ({ Action: RETRIEVAL, Effect: 'Allow', Principal: { AWS: rootOf(account) } });

describe('grants', () => {
  test.each(principals.flatMap(([who, make, rest]) =>
    ways.map(([how, grant, Action]) => [how, who, make, grant, { Action, Effect: 'Allow', ...rest }] as const)))(
    '%s to %s is one statement, owned or not', (_how, _who, make, grant, statement) => {
      expect(landed(repository => expect(grant(repository, make()).success).toBe(true))).toEqual([statement]);
    },
  );

  test('on an owned repository nothing is deployed for it', () => {
    const repository = owned();
    for (const [, make] of principals) repository.grantPullPush(make());
    repository.grantPull(RepositoryPrincipal.lambdaFunctions('333333333333'));
    expect(Object.values(Template.fromStack(stack).toJSON().Resources).map(resource => (resource as { Type: string }).Type))
      .toEqual(['AWS::ECR::Repository']);
  });

  test('actions of the user\'s own choice', () => {
    expect(landed(repository => repository.grant(RepositoryPrincipal.organizations(ORGANIZATION), 'ecr:ListImages'))).toEqual([{
      Action: 'ecr:ListImages',
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Condition: { StringEquals: { 'aws:PrincipalOrgID': [ORGANIZATION] } },
    }]);
  });

  test('in statements of the user\'s own', () => {
    const statement = () => new iam.PolicyStatement({
      sid: 'Mine',
      actions: ['ecr:BatchGetImage'],
      principals: [RepositoryPrincipal.roles(ROLE)],
      conditions: { Bool: { 'aws:SecureTransport': 'true' } },
    });
    new RepositoryPolicy(stack, 'OnOwned', { repository: owned(), statements: [statement()] });
    new RepositoryPolicy(stack, 'OnExisting', { repository: existing(), statements: [statement()] });
    expect(writtenStatements()).toEqual(nativeStatements());
    expect(nativeStatements()).toEqual([{
      Sid: 'Mine',
      Action: 'ecr:BatchGetImage',
      Effect: 'Allow',
      Principal: { AWS: rootOf('333333333333') },
      Condition: { ArnLike: { 'aws:PrincipalArn': [ROLE] }, Bool: { 'aws:SecureTransport': 'true' } },
    }]);
  });

  test('in the repository of a central account', () => {
    const access = { roleArn: 'arn:aws:iam::222222222222:role/access', externalId: 'id' };
    ExistingRepository.fromRepositoryArn(stack, 'Central', 'arn:aws:ecr:eu-west-1:222222222222:repository/team/shared', { access })
      .grantPull(RepositoryPrincipal.organizations(ORGANIZATION));
    expect(writtenStatements()).toMatchObject([{ Action: PULL, Principal: { AWS: '*' } }]);
  });

  test('where its owner writes the policy it is a warning', () => {
    const repository = ExistingRepository.fromRepositoryName(stack, 'Import', 'team/shared', {
      policyManagement: PolicyManagement.EXTERNAL,
    });
    expect(repository.grantPull(RepositoryPrincipal.roles(ROLE)).success).toBe(false);
    const [{ entry }] = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
    expect(text(entry.data)).toContain(`"ArnLike":{"aws:PrincipalArn":["${ROLE}"]}`);
    Template.fromStack(stack).resourceCountIs('Custom::EcrRepositoryPolicy', 0);
  });

  test('one principal may be granted to on many repositories', () => {
    const principal = RepositoryPrincipal.oidcRoles(GITHUB, ROLE);
    const before = JSON.stringify(principal.policyFragment);
    for (const name of ['one', 'other']) ExistingRepository.fromRepositoryName(stack, name, name).grantPullPush(principal);
    const [one, other] = Object.values(Template.fromStack(stack).findResources('Custom::EcrRepositoryPolicy'));
    expect(one.Properties.Statements).toEqual(other.Properties.Statements);
    expect(JSON.stringify(principal.policyFragment)).toBe(before);
  });

  test.each(principals)('two that say the same are the same principal: %s', (_case, make) => {
    expect(make().dedupeString()).toBe(make().dedupeString());
    expect(new Set([...principals.map(([, other]) => other().dedupeString())]).size).toBe(principals.length);
  });
});

describe('functions of other accounts', () => {
  test('can use its images: AWS Lambda and the account can retrieve them', () => {
    expect(landed(repository => repository.grantPull(RepositoryPrincipal.lambdaFunctions('333333333333')))).toEqual([
      accountStatement('333333333333'), lambdaStatement(RETRIEVAL, functionsOf('333333333333')),
    ]);
  });

  test.each<[string, { region?: string; functionName?: string }, string]>([
    ['a Region', { region: 'us-east-1' }, functionsOf('333333333333', 'us-east-1')],
    ['a name', { functionName: 'team-*' }, functionsOf('333333333333', '*', 'team-*')],
    ['both', { region: 'us-east-1', functionName: 'one' }, functionsOf('333333333333', 'us-east-1', 'one')],
  ])('only those of %s', (_case, options, arn) => {
    expect(landed(repository => repository.grantPull(RepositoryPrincipal.lambdaFunctions('333333333333', options)))[1])
      .toEqual(lambdaStatement(RETRIEVAL, arn));
  });

  test.each(ways.filter(([how]) => how !== 'grantPull'))('%s is for AWS Lambda alone', (_how, grant, actions) => {
    expect(landed(repository => grant(repository, RepositoryPrincipal.lambdaFunctions('333333333333'))))
      .toEqual([lambdaStatement(actions, functionsOf('333333333333'))]);
  });

  test('the grant is a success', () => {
    for (const repository of [owned(), existing()]) {
      expect(repository.grantPull(RepositoryPrincipal.lambdaFunctions('333333333333')).success).toBe(true);
    }
  });

  test('beside those of the stack\'s own account', () => {
    const statements = landed(repository => {
      repository.grantPull(new iam.ServicePrincipal('lambda.amazonaws.com'));
      repository.grantPull(RepositoryPrincipal.lambdaFunctions('333333333333'));
    });
    expect(statements).toEqual(expect.arrayContaining([
      lambdaStatement(RETRIEVAL, [functionsOf('111111111111', 'eu-west-1'), functionsOf('333333333333')] as unknown as string),
      accountStatement('333333333333'),
    ]));
    expect(statements).toHaveLength(2);
  });

  test('of many accounts are two statements', () => {
    const accounts = ['333333333333', '444444444444', '555555555555'];
    const statements = landed(repository =>
      accounts.forEach(account => repository.grantPull(RepositoryPrincipal.lambdaFunctions(account))));
    expect(statements).toEqual([
      { ...accountStatement(''), Principal: { AWS: accounts.map(rootOf) } },
      lambdaStatement(RETRIEVAL, accounts.map(account => functionsOf(account)) as unknown as string),
    ]);
  });
});

describe('many are few statements', () => {
  /** Whatever order its lists have, and whether or not a single value is a list. */
  const sorted = (value: any): any => {
    if (typeof value !== 'object') return [value];
    if (Array.isArray(value)) return [...value].sort();
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sorted(one)]));
  };

  test.each<[string, RepositoryPrincipal[], () => RepositoryPrincipal]>([
    ['accounts', ['333333333333', '444444444444', '555555555555'].map(id => RepositoryPrincipal.accounts(id)),
      () => RepositoryPrincipal.accounts('333333333333', '444444444444', '555555555555')],
    ['organizations', [ORGANIZATION, 'o-1234567890'].map(id => RepositoryPrincipal.organizations(id)),
      () => RepositoryPrincipal.organizations(ORGANIZATION, 'o-1234567890')],
    ['organizational units', [UNIT, `${UNIT}/ou-ab12-22222222`].map(path => RepositoryPrincipal.organizationalUnits(path)),
      () => RepositoryPrincipal.organizationalUnits(UNIT, `${UNIT}/ou-ab12-22222222`)],
    ['roles of one account', [ROLE, `${ROLE}-2`].map(arn => RepositoryPrincipal.roles(arn)),
      () => RepositoryPrincipal.roles(ROLE, `${ROLE}-2`)],
    ['OIDC roles of one account', [ROLE, `${ROLE}-2`].map(arn => RepositoryPrincipal.oidcRoles(GITHUB, arn)),
      () => RepositoryPrincipal.oidcRoles(GITHUB, ROLE, `${ROLE}-2`)],
  ])('granted to one after the other is granted to all at once: %s', (_case, each, all) => {
    const own = new Stack(new App(), 'Own', { env: { account: '111111111111', region: 'eu-west-1' } });
    existing(own).grantPull(all());
    const statements = landed(repository => each.forEach(principal => repository.grantPull(principal)));
    expect(statements.map(sorted)).toEqual(writtenStatements(own).map(sorted));
  });

  test('roles of several accounts are one statement where they are granted together', () => {
    expect(landed(repository => repository.grantPull(RepositoryPrincipal.roles(ROLE, OTHER_ROLE)))).toHaveLength(1);
  });

  test('roles of several accounts that are granted one after the other are one statement for each account', () => {
    expect(landed(repository => [ROLE, OTHER_ROLE].forEach(arn => repository.grantPull(RepositoryPrincipal.roles(arn))))).toHaveLength(2);
  });

  test('pull and push to the same are one statement', () => {
    const statements = landed(repository => {
      repository.grantPull(RepositoryPrincipal.accounts('333333333333'));
      repository.grantPush(RepositoryPrincipal.accounts('333333333333'));
      repository.grantRead(RepositoryPrincipal.accounts('333333333333'));
    });
    expect(statements.map(sorted)).toEqual([
      sorted({ Action: [...PULL_PUSH, ...READ], Effect: 'Allow', Principal: { AWS: rootOf('333333333333') } }),
    ]);
  });

  test('a principal does not get the grants of another principal', () => {
    const statements = landed(repository => {
      repository.grantPull(RepositoryPrincipal.accounts('333333333333'));
      repository.grantPullPush(RepositoryPrincipal.accounts('444444444444'));
      repository.grantPush(RepositoryPrincipal.oidcRoles(GITHUB, ROLE));
      repository.grantPush(RepositoryPrincipal.roles(ROLE));
      repository.grantPull(RepositoryPrincipal.organizations(ORGANIZATION));
      repository.grantPull(RepositoryPrincipal.organizationalUnits(UNIT));
    });
    const of333 = { Effect: 'Allow', Principal: { AWS: rootOf('333333333333') } };
    const ofAll = { Action: PULL, Effect: 'Allow', Principal: { AWS: '*' } };
    const expected = [
      { ...of333, Action: PULL },
      { Action: PULL_PUSH, Effect: 'Allow', Principal: { AWS: rootOf('444444444444') } },
      {
        ...of333,
        Action: PUSH,
        Condition: {
          ArnLike: { 'aws:PrincipalArn': ROLE }, StringEquals: { 'aws:FederatedProvider': [providerOf('333333333333'), GITHUB] },
        },
      },
      { ...of333, Action: PUSH, Condition: { ArnLike: { 'aws:PrincipalArn': ROLE } } },
      { ...ofAll, Condition: { StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION } } },
      { ...ofAll, Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${UNIT}/*` } } },
    ];
    expect(statements).toHaveLength(expected.length);
    expect(statements.map(sorted)).toEqual(expect.arrayContaining(expected.map(sorted)));
  });

  test('an account twice is one principal', () => {
    expect(landed(repository => {
      repository.grantPull(RepositoryPrincipal.accounts('333333333333', '333333333333'));
      repository.grantPull(RepositoryPrincipal.accounts('333333333333'));
    })[0].Principal).toEqual({ AWS: rootOf('333333333333') });
  });

  test('roles of one account name it once', () => {
    expect(landed(repository => repository.grantPull(RepositoryPrincipal.roles(ROLE, `${ROLE}-2`)))[0].Principal)
      .toEqual({ AWS: rootOf('333333333333') });
  });
});

describe('invalid principals', () => {
  test.each<[string, string, () => RepositoryPrincipal]>([
    ['accounts', 'accountIds', () => RepositoryPrincipal.accounts()],
    ['organizations', 'organizationIds', () => RepositoryPrincipal.organizations()],
    ['organizationalUnits', 'paths', () => RepositoryPrincipal.organizationalUnits()],
    ['roles', 'roleArns', () => RepositoryPrincipal.roles()],
    ['oidcRoles', 'roleArns', () => RepositoryPrincipal.oidcRoles(GITHUB)],
  ])('%s of nobody', (method, property, make) => {
    expect(make).toThrow(`RepositoryPrincipal.${method}: '${property}' must have at least one entry, got none`);
  });

  test.each<[string, (value: string) => RepositoryPrincipal, string, string[]]>([
    ['accounts: \'accountIds\'', value => RepositoryPrincipal.accounts(value), 'IDs of 12 digits',
      ['1', '1111111111111', 'an-account', rootOf('333333333333'), '']],
    ['organizations: \'organizationIds\'', value => RepositoryPrincipal.organizations(value), 'IDs such as o-a1b2c3d4e5',
      ['a1b2c3d4e5', 'o-short', 'O-A1B2C3D4E5', 'o-*', UNIT, '']],
    ['organizationalUnits: \'paths\'', value => RepositoryPrincipal.organizationalUnits(value),
      'paths such as o-a1b2c3d4e5/r-ab12/ou-ab12-11111111',
      ['ou-ab12-11111111', 'o-a1b2c3d4e5', 'o-a1b2c3d4e5/ou-ab12-11111111', 'r-ab12/ou-ab12-11111111', `${UNIT}/*`, `/${UNIT}`, '']],
    ['roles: \'roleArns\'', value => RepositoryPrincipal.roles(value), 'arn:<partition>:iam::<account>:role/<name>', [
      'execution', 'arn:aws:iam::333333333333:user/me', rootOf('333333333333'), 'arn:aws:iam::*:role/x', 'arn:aws:iam::333333333333:role/',
      'arn:aws:sts::333333333333:assumed-role/x/y', '',
    ]],
    ['oidcRoles: \'roleArns\'', value => RepositoryPrincipal.oidcRoles(GITHUB, value), 'arn:<partition>:iam::<account>:role/<name>',
      ['execution', 'arn:aws:iam::1:role/x']],
    ['oidcRoles: \'issuer\'', value => RepositoryPrincipal.oidcRoles(value, ROLE), 'the host of the provider, without https://',
      [`https://${GITHUB}`, 'github', `${GITHUB}/`, '']],
    ['lambdaFunctions: \'account\'', value => RepositoryPrincipal.lambdaFunctions(value), 'an ID of 12 digits', ['1', 'an-account', '']],
  ])('a wrong one of %s', (name, make, expected, values) => {
    for (const value of values) expect(() => make(value)).toThrow(`RepositoryPrincipal.${name} must be ${expected}, got: "${value}"`);
  });

  test('all wrong ones at once', () => {
    expect(() => RepositoryPrincipal.accounts('1', '333333333333', '2')).toThrow(
      /^RepositoryPrincipal\.accounts: 2 problems\n  - 'accountIds' must be IDs of 12 digits, got: "1"\n  - 'accountIds' .* got: "2"$/,
    );
  });

  test.each([
    'arn:aws-cn:iam::333333333333:role/x',
    'arn:aws-us-gov:iam::333333333333:role/a/b/c',
    'arn:aws:iam::333333333333:role/aws-service-role/x/Y_+=,.@-1',
  ])(
    'but not %s', arn => {
      expect(() => RepositoryPrincipal.roles(arn)).not.toThrow();
    },
  );
});

describe('values that are known only at deployment', () => {
  const parameter = (id: string) => new CfnParameter(stack, id).valueAsString;

  test('an account', () => {
    expect(landed(repository => repository.grantPull(RepositoryPrincipal.accounts(Aws.ACCOUNT_ID, '333333333333')))[0].Principal)
      .toEqual({ AWS: [rootOf('<AWS::AccountId>'), rootOf('333333333333')] });
  });

  test('an organization', () => {
    const id = parameter('Id');
    expect(landed(repository => repository.grantPull(RepositoryPrincipal.organizations(id)))[0].Condition)
      .toEqual({ StringEquals: { 'aws:PrincipalOrgID': ['<Id>'] } });
  });

  test('an organizational unit', () => {
    const path = parameter('Path');
    expect(landed(repository => repository.grantPull(RepositoryPrincipal.organizationalUnits(path)))[0].Condition)
      .toEqual({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': ['<Path>/*'] } });
  });

  test('a role, and with it its account', () => {
    const [statement] = landed(repository => repository.grantPull(RepositoryPrincipal.roles(Fn.importValue('Arn'))));
    expect(statement.Condition).toEqual({ ArnLike: { 'aws:PrincipalArn': ['<Arn>'] } });
    Template.fromStack(stack).hasResourceProperties('AWS::ECR::Repository', {
      RepositoryPolicyText: {
        Statement: [{
          Principal: {
            AWS: {
              'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::',
                { 'Fn::Select': [4, { 'Fn::Split': [':', { 'Fn::ImportValue': 'Arn' }] }] }, ':root']],
            },
          },
        }],
      },
    });
  });

  test('an OIDC role', () => {
    const [statement] = landed(repository => repository.grantPull(RepositoryPrincipal.oidcRoles(GITHUB, Fn.importValue('Arn'))));
    expect(JSON.stringify(statement.Condition))
      .toMatch(/"aws:FederatedProvider":\["arn:aws:iam::<4\..*>:oidc-provider\/token\.actions\.githubusercontent\.com","token\.actions\.githubusercontent\.com"\]/);
  });

  test('functions of an account', () => {
    const account = parameter('Account');
    expect(landed(repository => repository.grantPull(RepositoryPrincipal.lambdaFunctions(account)))).toEqual([
      accountStatement('<Account>'), lambdaStatement(RETRIEVAL, functionsOf('<Account>')),
    ]);
  });

  test('a role of another stack of the app', () => {
    const other = new Stack(app, 'Other', { env: { account: '111111111111', region: 'eu-west-1' } });
    const role = new iam.Role(other, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    const [statement] = landed(repository => repository.grantPull(RepositoryPrincipal.roles(role.roleArn)));
    expect(JSON.stringify(statement.Condition)).toMatch(/\{"ArnLike":\{"aws:PrincipalArn":\["<Other:Exports\w+>"\]\}\}/);
  });

  test('nothing else than the principals: a wrong one beside it is still found', () => {
    expect(() => RepositoryPrincipal.accounts(Aws.ACCOUNT_ID, '1')).toThrow(/'accountIds' must be IDs of 12 digits, got: "1"$/);
  });
});

describe('on a repository of aws-ecr', () => {
  test.each(principals.flatMap(([who, make, rest]) =>
    ways.map(([how, grant, Action]) => [how, who, make, grant, { Action, Effect: 'Allow', ...rest }] as const)))(
    '%s to %s is the same statement', (_how, _who, make, grant, statement) => {
      expect(grant(theirs(), make()).success).toBe(true);
      expect(nativeStatements()).toEqual([statement]);
    },
  );

  test('functions of other accounts get what aws-ecr calls pulling', () => {
    theirs().grantPull(RepositoryPrincipal.lambdaFunctions('333333333333'));
    expect(nativeStatements()).toEqual([lambdaStatement(PULL, functionsOf('333333333333'))]);
  });

  test('there is no role to give a policy to', () => {
    const grant = theirs().grantPull(RepositoryPrincipal.accounts('333333333333'));
    expect(grant.principalStatements).toEqual([]);
    expect(grant.resourceStatements).toHaveLength(1);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
  });
});
