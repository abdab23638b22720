import { App, CfnOutput, CfnParameter, Duration, Lazy, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { app, newStackForEachTest, stack, switchTo } from './construct-scene';
import { ImageUse, PublicRepository, PublicRepositoryProps, PublicTeardown, Teardown, TeardownAudit } from '../src';
import { logoFile, png } from './lambda/public-repository/logo-file';

const TYPE = 'Custom::EcrPublicRepository';
const ACCOUNT = '111111111111';
const OTHER = '222222222222';
const NAME = 'team/tool';

newStackForEachTest();

const make = (props: Partial<PublicRepositoryProps> = {}, id = 'Gallery', scope = stack) =>
  new PublicRepository(scope, id, { repositoryName: NAME, ...props });
const resources = (of = stack) => Object.values(Template.fromStack(of).findResources(TYPE));
const logicalIds = (of = stack) => Object.keys(Template.fromStack(of).findResources(TYPE));
const statementsOf = (of = stack) => Object.values(Template.fromStack(of).findResources('AWS::IAM::Policy'))
  .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as any[]);
const push = (props: iam.PolicyStatementProps = {}) =>
  new iam.PolicyStatement({ principals: [new iam.AccountPrincipal(OTHER)], actions: ['ecr-public:PutImage'], ...props });

test.each(['us-east-1', 'eu-west-1', undefined])('in Region %s it is the same custom resource, and never the native one', region => {
  switchTo(new Stack(app, 'Here', { env: region ? { region, account: ACCOUNT } : undefined }));
  make({
    catalogData: { description: 'A tool', architectures: ['x86-64'] },
    tags: { a: 'b' },
    teardown: PublicTeardown.deleteWithImages({ maxImages: 5 }),
  });
  const [{ Properties }] = resources();
  expect(Properties).toMatchObject({
    HasCatalog: true, Description: 'A tool', Architectures: ['x86-64'], Tags: { a: 'b' }, OnStackDelete: 'delete-with-images', MaxImages: 5,
  });
  expect(JSON.stringify(Properties.RepositoryArn)).toContain(`:ecr-public::${region ? ACCOUNT : '"'}`);
  Template.fromStack(stack).resourceCountIs('AWS::ECR::PublicRepository', 0);
});

test('the least: kept, and the gallery, the policy and tags are not spoken of', () => {
  make();
  const [{ Properties, DependsOn }] = resources();
  expect(Properties).toMatchObject({ HasCatalog: false, OnStackDelete: 'retain' });
  for (const absent of ['Description', 'Tags', 'Statements', 'LogoKey', 'Audit', 'EmptyTrigger']) {
    expect(Properties).not.toHaveProperty(absent);
  }
  expect(DependsOn).toHaveLength(Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Policy')).length + 1);
});

test('one function for several, and two syntheses are the same', () => {
  const render = () => {
    const scope = new Stack(new App(), 'Stack');
    for (const name of ['a/one', 'a/two']) make({ repositoryName: name, teardown: PublicTeardown.deleteWithImages() }, name, scope);
    return Template.fromStack(scope);
  };
  render().resourceCountIs('AWS::Lambda::Function', 1);
  expect(render().toJSON()).toEqual(render().toJSON());
});

test('another literal name is another resource; a token name is not', () => {
  const idOf = (name: (scope: Stack) => string) => {
    const scope = new Stack(new App(), 'Stack');
    make({ repositoryName: name(scope) }, 'Gallery', scope);
    return logicalIds(scope)[0];
  };
  expect(idOf(() => 'team/one')).toBe(idOf(() => 'team/one'));
  expect(idOf(() => 'team/one')).not.toBe(idOf(() => 'team/two'));
  const token = (id: string) => (scope: Stack) => new CfnParameter(scope, id).valueAsString;
  expect(idOf(token('A'))).toBe(idOf(token('B')));
});

test('the same name twice is refused, in another account it is not', () => {
  make({}, 'One');
  expect(() => make({}, 'Two'))
    .toThrow(/Stack\/Two: a public repository 'team\/tool' of the same account is already declared at 'Stack\/One'/);
  const east = new Stack(app, 'East', { env: { account: ACCOUNT, region: 'us-east-1' } });
  const west = new Stack(app, 'West', { env: { account: ACCOUNT, region: 'us-west-2' } });
  const other = new Stack(app, 'Other', { env: { account: OTHER, region: 'us-east-1' } });
  make({}, 'One', east);
  expect(() => make({}, 'One', west)).toThrow(/already declared at 'East\/One'/);
  expect(() => make({}, 'One', other)).not.toThrow();
});

test('name, ARN and URI are the resource\'s attributes, and literal for another environment', () => {
  switchTo(new Stack(app, 'Here', { env: { account: ACCOUNT, region: 'eu-west-1' } }));
  const repository = make();
  const [id] = [stack.getLogicalId(repository.node.defaultChild!.node.defaultChild as any)];
  expect(stack.resolve([repository.repositoryName, repository.repositoryArn, repository.repositoryUri])).toEqual(
    ['RepositoryName', 'Arn', 'RepositoryUri'].map(name => ({ 'Fn::GetAtt': [id, name] })));
  expect(stack.resolve(repository.repositoryUriForTag('v1')))
    .toEqual({ 'Fn::Join': ['', [{ 'Fn::GetAtt': [id, 'RepositoryUri'] }, ':v1']] });
  expect(stack.resolve(repository.repositoryUriForTag())).toEqual({ 'Fn::GetAtt': [id, 'RepositoryUri'] });
  expect(stack.resolve(repository.repositoryUriForDigest('sha256:1')))
    .toEqual({ 'Fn::Join': ['', [{ 'Fn::GetAtt': [id, 'RepositoryUri'] }, '@sha256:1']] });
  const elsewhere = new Stack(app, 'Elsewhere', { env: { account: OTHER, region: 'us-east-1' } });
  new CfnOutput(elsewhere, 'Arn', { value: repository.repositoryArn });
  Template.fromStack(elsewhere)
    .hasOutput('Arn', { Value: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ecr-public::${ACCOUNT}:repository/${NAME}`]] } });
});

describe('a name that ECR Public rejects fails at synthesis', () => {
  test('all problems at once', () => {
    expect(() => make({
      repositoryName: 'Team--Tool',
      catalogData: { description: 'x'.repeat(1_025), logo: logoFile(png(59)) },
      tags: { 'cdk-ecr-keeper:teardown': 'code' },
    })).toThrow(new RegExp([
      'Stack/Gallery: 4 problems',
      '\'repositoryName\' must consist of lowercase letters',
      '\'catalogData.description\' must have at most 1024',
      '\'catalogData.logo\' must be between 60 and 2048 pixels wide and high, got: 59 x 59',
      '\'tags\' must not have keys that start with \'cdk-ecr-keeper:\'',
    ].join('[^]*')));
  });

  test.each([
    ['that is not there', () => '/nowhere/logo.png', /must be the path of a PNG file that can be read, got: \/nowhere\/logo.png \(ENOENT/],
    ['that is a folder', () => __dirname, /must be the path of a PNG file that can be read/],
    ['of another format', () => logoFile(Buffer.from('GIF89a')), /must be a PNG file, got something else/],
  ])('a logo %s', (_what, logo, message) => {
    expect(() => make({ catalogData: { logo: logo() } })).toThrow(message);
  });

  test('a name that is known only at deployment is not checked', () => {
    make({
      repositoryName: new CfnParameter(stack, 'Name').valueAsString,
      catalogData: { description: new CfnParameter(stack, 'Text').valueAsString },
    });
    expect(resources()[0].Properties)
      .toMatchObject({ Description: { Ref: 'Text' }, RepositoryArn: { 'Fn::Join': ['', expect.arrayContaining([{ Ref: 'Name' }])] } });
  });
});

describe('the teardown', () => {
  test('options: every problem at once', () => {
    const guards = { maxImages: -1, protectedTags: ['a b'], pushedWithin: Duration.millis(1), requireTag: { key: 'aws:x', value: '' } };
    expect(() => PublicTeardown.deleteWithImages(guards)).toThrow(new RegExp(['PublicTeardown.deleteWithImages: 4 problems',
      '\'maxImages\' must be a whole number of at least 0, got: -1', '\'protectedTags\\[0\\]\' cannot match any tag',
      '\'pushedWithin\' must be a whole number of seconds', '\'requireTag.key\' must not start'].join('[^]*')));
    expect(() => PublicTeardown.empty({ ...guards, trigger: '' }))
      .toThrow(/PublicTeardown.empty: 5 problems[^]*'trigger' must have between 1 and 256 characters/);
    expect(() => PublicTeardown.empty({ pushedWithin: Duration.days(Lazy.number({ produce: () => 1 })) }))
      .toThrow(/'pushedWithin' must be known when the app is synthesized, got a token/);
  });

  test('the custom resource has the guards and the trigger', () => {
    const requireTag = { key: 'stage', value: 'test' };
    make({
      teardown: PublicTeardown.empty({ maxImages: 5, protectedTags: ['v*'], pushedWithin: Duration.hours(1), requireTag, trigger: 'one' }),
    });
    expect(resources()[0].Properties).toMatchObject({
      OnStackDelete: 'empty',
      MaxImages: 5,
      ProtectedTags: ['v*'],
      PushedWithin: 3_600,
      RequireTagKey: 'stage',
      RequireTagValue: 'test',
      EmptyTrigger: 'one',
    });
  });

  test('an option that cannot work for ECR Public does not compile', () => {
    const attempts = [
      // @ts-expect-error the teardown of a private repository is another type
      () => make({ teardown: Teardown.deleteWithImages() }),
      // @ts-expect-error ECR Public keeps no pull times
      () => PublicTeardown.deleteWithImages({ pulledWithin: Duration.days(1) }),
      // @ts-expect-error anybody may run its images anywhere
      () => PublicTeardown.deleteWithImages({ inUseBy: [ImageUse.ecs()] }),
      // @ts-expect-error ECR Public has no Regions to replicate to
      () => PublicTeardown.deleteWithImages({ replicaRegions: ['eu-west-1'] }),
      // @ts-expect-error ECR Public does not tell what an index refers to
      () => PublicTeardown.empty({ exceptTags: ['v*'] }),
      // @ts-expect-error ECR Public does not tell what an index refers to
      () => PublicTeardown.empty({ exceptNewest: 3 }),
    ];
    expect(attempts).toHaveLength(6);
  });
});

describe('the logo', () => {
  test('is an asset that only this function can read, and a different logo has a different key', () => {
    const keyOf = (side: number) => {
      const scope = new Stack(new App(), 'Stack');
      make({ catalogData: { logo: logoFile(png(side)) } }, 'Gallery', scope);
      const [{ Properties }] = resources(scope);
      const [reading] = statementsOf(scope).filter(({ Action }) => Action === 's3:GetObject');
      expect(JSON.stringify(reading.Resource)).toContain(`/${Properties.LogoKey}`);
      expect(JSON.stringify(reading.Resource)).not.toContain('*');
      return Properties.LogoKey;
    };
    expect(keyOf(60)).toMatch(/^[0-9a-f]{64}\.png$/);
    expect(keyOf(60)).toBe(keyOf(60));
    expect(keyOf(60)).not.toBe(keyOf(61));
  });
});

describe('tags', () => {
  test('of Tags.of() reach it', () => {
    Tags.of(app).add('stage', 'test');
    const repository = make({ tags: { team: 'tools' } });
    Tags.of(repository).add('only', 'here');
    expect(resources()[0].Properties.Tags).toEqual({ only: 'here', stage: 'test', team: 'tools' });
  });

  test.each([
    ['cdk-ecr-keeper:teardown', 'start with \'cdk-ecr-keeper:\''], ['aws:x', 'start with \'aws:\''],
  ])('%s from an Aspect is refused at the end', (key, message) => {
    make();
    Tags.of(app).add(key, 'x');
    expect(() => app.synth()).toThrow(message);
  });
});

describe('the policy', () => {
  test('statements added late are in it', () => {
    const repository = make();
    expect(repository.addToResourcePolicy(push()).statementAdded).toBe(true);
    repository.addToResourcePolicy(push({ sid: 'Late', actions: ['ecr-public:UploadLayerPart'] }));
    const statements = JSON.stringify(resources()[0].Properties.Statements);
    for (const part of ['ecr-public:PutImage', 'Late', OTHER]) expect(statements).toContain(part);
  });

  test('statements that ECR rejects throw immediately', () => {
    const repository = make();
    repository.addToResourcePolicy(push({ sid: 'A' }));
    expect(() => repository.addToResourcePolicy(push({ sid: 'A' }))).toThrow('every Sid must be unique, got twice: A');
    expect(() => repository.addToResourcePolicy(new iam.PolicyStatement({ resources: ['*'], actions: ['ecr:PutImage'], sid: 'not/ok' })))
      .toThrow(new RegExp([
        '4 problems', 'must not have resources', 'must have actions of ECR Public only \\(ecr-public:…\\), got: ecr:PutImage',
        'a Sid of letters, digits, spaces, \'-\', and \'_\'', 'must have a principal',
      ].join('[^]*')));
  });

  test('one that is too long fails at synthesis', () => {
    const repository = make();
    for (let i = 0; i < 12; i++) {
      repository.addToResourcePolicy(push({
        principals: [...Array(20).keys()].map(j => new iam.ArnPrincipal(`arn:aws:iam::1111111111${10 + i}:role/a-role-${j}`)),
      }));
    }
    expect(() => app.synth()).toThrow(/the policy would have about \d+ characters, but ECR allows 10240/);
  });
});

describe('grants', () => {
  const roleIn = (scope: Stack, name?: string) =>
    new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com'), roleName: name });
  const of = (account: string, id: string) => new Stack(app, id, { env: { account, region: 'eu-west-1' } });
  const TOKEN = { Action: ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'], Effect: 'Allow', Resource: '*' };
  const PUSH = {
    Action: expect.arrayContaining(['ecr-public:PutImage', 'ecr-public:InitiateLayerUpload']), Effect: 'Allow', Resource: expect.anything(),
  };

  test('push, same account: the role\'s own policy, and no statement', () => {
    expect(make().grantPush(roleIn(stack)).success).toBe(true);
    expect(statementsOf()).toEqual(expect.arrayContaining([TOKEN, PUSH]));
    expect(resources()[0].Properties).not.toHaveProperty('Statements');
  });

  test('push, another account, by a role that may be younger: a statement for the account and that role\'s tag', () => {
    const [here, there] = [of(ACCOUNT, 'Here'), of(OTHER, 'There')];
    const repository = make({}, 'Gallery', here);
    repository.grantPush(roleIn(there, 'pusher'));
    expect(statementsOf(there)).toEqual(expect.arrayContaining([TOKEN, PUSH]));
    const statements = JSON.stringify(resources(here)[0].Properties.Statements);
    for (const part of [OTHER, 'aws:PrincipalTag/aws-cdk:id', 'ecr-public:PutImage']) expect(statements).toContain(part);
  });

  test('push, another account, by a role that is there: a statement for the role', () => {
    const here = of(ACCOUNT, 'Here');
    make({}, 'Gallery', here).grantPush(iam.Role.fromRoleArn(here, 'Role', `arn:aws:iam::${OTHER}:role/pusher`));
    expect(JSON.stringify(resources(here)[0].Properties.Statements)).toContain(`arn:aws:iam::${OTHER}:role/pusher`);
  });

  test('push, a whole account: a statement', () => {
    expect(make().grantPush(new iam.AccountPrincipal(OTHER)).success).toBe(true);
    expect(JSON.stringify(resources()[0].Properties.Statements)).toContain(OTHER);
  });

  test('pull is the token, and nothing of this repository', () => {
    make().grantPull(roleIn(stack));
    expect(statementsOf()).toContainEqual(TOKEN);
    expect(resources()[0].Properties).not.toHaveProperty('Statements');
  });

  test.each<[string, () => iam.IGrantable]>([
    ['a role of the same account', () => roleIn(stack)],
    ['a whole account', () => new iam.AccountPrincipal(OTHER)],
    ['a role of another account', () => iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${OTHER}:role/pusher`)],
  ])('pull and push is what push is, since the token is for both and the images are public: %s', (_who, grantee) => {
    const templateOf = (method: 'grantPush' | 'grantPullPush') => {
      switchTo(new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: 'eu-west-1' } }));
      expect(make()[method](grantee()).success).toBe(true);
      return Template.fromStack(stack).toJSON();
    };
    expect(templateOf('grantPullPush')).toEqual(templateOf('grantPush'));
  });

  test('grantPull for a principal without a policy in the app throws, and the error says that pulls need no grant', () => {
    expect(() => make().grantPull(new iam.AccountPrincipal(OTHER))).toThrow(/Public images can be pulled without a grant/);
  });

  test('any actions of ECR Public, and no others', () => {
    const repository = make();
    repository.grant(roleIn(stack), 'ecr-public:DescribeImages');
    expect(statementsOf()).toContainEqual({ Action: 'ecr-public:DescribeImages', Effect: 'Allow', Resource: expect.anything() });
    expect(() => repository.grant(roleIn(new Stack(app, 'S')), 'ecr:DescribeImages'))
      .toThrow('\'actions\' must be of ECR Public (ecr-public:…), got: ecr:DescribeImages');
  });
});

describe('imports', () => {
  const role = (scope = stack) => iam.Role.fromRoleArn(scope, 'Role', `arn:aws:iam::${ACCOUNT}:role/r`);
  const here = () => new Stack(app, 'Here', { env: { account: ACCOUNT, region: 'eu-west-1' } });

  test('by name, ARN and attributes', () => {
    const arn = `arn:aws:ecr-public::${OTHER}:repository/${NAME}`;
    const byName = PublicRepository.fromRepositoryName(stack, 'Name', NAME);
    expect(stack.resolve(byName.repositoryArn)).toEqual({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':ecr-public::', { Ref: 'AWS::AccountId' }, `:repository/${NAME}`]],
    });
    const byArn = PublicRepository.fromRepositoryArn(here(), 'Arn', arn);
    expect([byArn.repositoryArn, byArn.repositoryName, byArn.env.account]).toEqual([arn, NAME, OTHER]);
    const whole = PublicRepository.fromRepositoryAttributes(stack, 'Whole', {
      repositoryName: NAME, registryAlias: 'acme', account: OTHER,
    });
    expect(whole.repositoryUri).toBe(`public.ecr.aws/acme/${NAME}`);
    expect(whole.repositoryUriForTag('v1')).toBe(`public.ecr.aws/acme/${NAME}:v1`);
    expect(stack.resolve(whole.repositoryArn))
      .toEqual({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ecr-public::${OTHER}:repository/${NAME}`]] });
    expect(() => PublicRepository.fromRepositoryArn(stack, 'Private', `arn:aws:ecr:eu-west-1:${OTHER}:repository/${NAME}`))
      .toThrow(/'repositoryArn' must be arn:<partition>:ecr-public::/);
    expect(() => PublicRepository.fromRepositoryArn(stack, 'Token', new CfnParameter(stack, 'P').valueAsString))
      .toThrow(/use fromRepositoryAttributes/);
  });

  test('a URI without an alias, and a statement, throw rather than lie', () => {
    const scope = here();
    const byName = PublicRepository.fromRepositoryName(scope, 'Name', NAME);
    expect(() => byName.repositoryUri).toThrow(/the alias is not known\. Import it with PublicRepository.fromRepositoryAttributes/);
    expect(() => byName.repositoryUriForDigest('sha256:1')).toThrow(/the alias is not known/);
    expect(() => byName.addToResourcePolicy(push())).toThrow(/which this stack does not own\. Add it where the repository is declared/);
    expect(() => byName.grantPush(new iam.AccountPrincipal(OTHER)))
      .toThrow(/cannot be added to the policy of public repository 'team\/tool'/);
    const theirs = PublicRepository.fromRepositoryAttributes(scope, 'Theirs', { repositoryName: NAME, account: OTHER });
    expect(() => theirs.grantPush(role(scope))).toThrow(/cannot be added to the policy/);
    expect(() => theirs.grantPull(new iam.Role(scope, 'New', { assumedBy: new iam.AccountRootPrincipal() }))).not.toThrow();
  });

  test('a grant within the account is added to the policy of the role', () => {
    const scope = here();
    PublicRepository.fromRepositoryName(scope, 'Name', NAME)
      .grantPush(new iam.Role(scope, 'New', { assumedBy: new iam.AccountRootPrincipal() }));
    expect(JSON.stringify(statementsOf(scope))).toContain('ecr-public:PutImage');
  });

  test('grantPullPush gives the token and pushing to a role of the same account, and throws where the policy of the import'
    + ' would need a statement', () => {
    const scope = here();
    const byName = PublicRepository.fromRepositoryName(scope, 'Name', NAME);
    expect(byName.grantPullPush(new iam.Role(scope, 'New', { assumedBy: new iam.AccountRootPrincipal() })).success).toBe(true);
    for (const action of ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken', 'ecr-public:PutImage']) {
      expect(JSON.stringify(statementsOf(scope))).toContain(action);
    }
    expect(() => byName.grantPullPush(new iam.AccountPrincipal(OTHER)))
      .toThrow(/cannot be added to the policy of public repository 'team\/tool'/);
  });
});

describe('permissions', () => {
  const actions = (...props: Array<Partial<PublicRepositoryProps>>) => {
    const scope = new Stack(new App(), 'Stack');
    props.forEach((each, index) => make({ repositoryName: `a/r${index}`, ...each }, `R${index}`, scope));
    return statementsOf(scope).flatMap(({ Action }) => Action as string[]);
  };

  test('deleting images is allowed only for a teardown that needs it', () => {
    expect(actions({})).not.toEqual(expect.arrayContaining(['ecr-public:DescribeImages']));
    expect(actions({ teardown: PublicTeardown.deleteWithImages() })).not.toContain('ecr-public:BatchDeleteImage');
    expect(actions({ teardown: PublicTeardown.empty() })).toContain('ecr-public:BatchDeleteImage');
  });

  test('a repository can be created only by its name, with a mark of this stack, and without another mark', () => {
    make();
    const [making] = statementsOf().filter(({ Action }) => Action.includes('ecr-public:CreateRepository'));
    expect(JSON.stringify(making.Resource)).toContain(`:repository/${NAME}`);
    expect(making.Condition)
      .toEqual({
        StringLike: { 'aws:RequestTag/cdk-ecr-keeper:public-repository-by': { 'Fn::Join': ['', [expect.anything(), ':*']] } },
        StringLikeIfExists: { 'aws:ResourceTag/cdk-ecr-keeper:public-repository-by': { 'Fn::Join': ['', [expect.anything(), ':*']] } },
      });
  });

  test('write actions require the mark of the stack, and the statements do not grow with the number of repositories', () => {
    make({ teardown: PublicTeardown.empty() });
    for (const { Action, Condition } of statementsOf().filter(each =>
      /Delete|Put|Set|Untag/.test(String(each.Action)) && !/logs:/.test(String(each.Action)))) {
      expect([Action, Object.keys(Condition?.StringLike ?? {})]).toEqual([Action, ['aws:ResourceTag/cdk-ecr-keeper:public-repository-by']]);
    }
    expect(actions(...Array(10).fill({})).length - actions(...Array(9).fill({})).length).toBe(2);
  });

  test('an audit has permission on its bucket, and a log group that is retained', () => {
    make({
      teardown: PublicTeardown.deleteWithImages({ audit: TeardownAudit.toBucket(s3.Bucket.fromBucketName(stack, 'Audit', 'audit')) }),
    });
    expect(statementsOf()).toContainEqual(expect.objectContaining({ Action: 's3:PutObject' }));
    Template.fromStack(stack).hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' });
    expect(resources()[0].Properties).toMatchObject({ Audit: true, AuditBucket: 'audit' });
  });
});

test('a removal policy is no teardown, and says so', () => {
  const repository = make();
  expect(() => repository.applyRemovalPolicy(RemovalPolicy.DESTROY))
    .toThrow(/has no effect on a public repository, got: DESTROY\. Set 'teardown' instead/);
  expect(() => repository.applyRemovalPolicy(RemovalPolicy.RETAIN)).not.toThrow();
  expect(() => make({ repositoryName: 'a/b', teardown: PublicTeardown.deleteWithImages() }, 'Other')
    .applyRemovalPolicy(RemovalPolicy.RETAIN)).toThrow(/got: RETAIN/);
});
