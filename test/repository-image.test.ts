import { CfnOutput, CfnParameter, Fn, Lazy, Resource, ResourceEnvironment, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { app, newStackForEachTest, stack } from './construct-scene';
import { flat, text } from './flat-template';
import { ExistingRepository, ImageCopy, ImageSource, ImageTags, Repository, RepositoryImage, RepositoryPrincipal, ScanGate } from '../src';

const OURS = { account: '111111111111', region: 'eu-west-1' };
const THEIRS = { account: '222222222222', region: 'eu-west-1' };
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];
const OUR_ACCOUNT = { AWS: 'arn:aws:iam::111111111111:root' };
const TOKEN = { Action: 'ecr:GetAuthorizationToken', Effect: 'Allow', Resource: '*' };
const NOT_GRANTED = 'cdk-ecr-keeper:pull-not-granted';
const FOREIGN_ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/foreign';
const DENY = { Effect: 'Deny', Principal: '*', Action: 'ecr:DeleteRepository' };

/** What the statement for Lambda must be, for functions of the stack. */
const LAMBDA_STATEMENT = {
  Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:lambda:eu-west-1:111111111111:function:*' } },
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
};

interface Statement {
  readonly Action: string[];
  readonly Resource: string;
}

newStackForEachTest({ env: OURS });

/** The least that a library's repository is: a name, an ARN, an environment. */
class ForeignRepository extends Construct implements aws_ecr.IRepositoryRef {
  public readonly repositoryRef: aws_ecr.RepositoryReference;

  constructor(scope: Construct, id: string, public readonly env: ResourceEnvironment = OURS) {
    super(scope, id);
    const repositoryArn = `arn:aws:ecr:${env.region}:${env.account}:repository/team/foreign`;
    this.repositoryRef = { repositoryName: 'team/foreign', repositoryArn };
  }
}

/** A construct of another library around an L1 repository, known by a literal name. */
class Wrapper extends Resource implements aws_ecr.IRepositoryRef {
  public readonly repositoryRef: aws_ecr.RepositoryReference;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    new ecr.CfnRepository(this, 'Resource', { repositoryName: 'team/wrapped' });
    const { account, region } = this.env;
    this.repositoryRef = { repositoryName: 'team/wrapped', repositoryArn: `arn:aws:ecr:${region}:${account}:repository/team/wrapped` };
  }
}

const l1 = (props: ecr.CfnRepositoryProps = {}, scope: Construct = stack) => new ecr.CfnRepository(scope, 'L1', props);
const imageIn = (repository: aws_ecr.IRepositoryRef, tagOrDigest = 'v1') => RepositoryImage.fromRepository(repository, tagOrDigest);
const run = (image: RepositoryImage, scope: Stack = stack) =>
  new ecs.FargateTaskDefinition(scope, 'Task').addContainer('App', { image: image.toContainerImage() });
const invoke = (image: RepositoryImage, scope: Stack = stack, id = 'Function') =>
  new lambda.DockerImageFunction(scope, id, { code: image.toDockerImageCode() });

function resourcesOfType(type: string, of = stack): Record<string, any>[] {
  return Object.values(Template.fromStack(of).findResources(type)).map(({ Properties }) => flat(Properties));
}

function containerImages(of = stack): string[] {
  return resourcesOfType('AWS::ECS::TaskDefinition', of).map(({ ContainerDefinitions: [{ Image }] }) => text(Image));
}

function executionRoleStatements(of = stack): unknown[] {
  return resourcesOfType('AWS::IAM::Policy', of).filter(({ PolicyName }) => /^TaskExecutionRole/.test(PolicyName))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

function repositoryStatements(of = stack): unknown[] {
  return resourcesOfType('AWS::ECR::Repository', of).flatMap(({ RepositoryPolicyText }) => RepositoryPolicyText?.Statement ?? []);
}

describe('RepositoryImage.fromRepository', () => {
  test.each(['v1', DIGEST, `sha256:${Fn.importValue('Hex')}`, Fn.importValue('Tag')])('accepts the tag or digest %j', tagOrDigest => {
    expect(() => imageIn(l1(), tagOrDigest)).not.toThrow();
  });

  test.each([
    ['', /must be a digest, or a tag .*, got: $/],
    ['a/b', /or a tag of/],
    ['sha256:1', /must be a digest of 64 hexadecimal digits/],
    [`${DIGEST}0`, /must be a digest of 64 hexadecimal digits/],
  ])('refuses %j', (tagOrDigest, message) => {
    const repository = l1();
    expect(() => imageIn(repository, tagOrDigest)).toThrow(message);
    expect(() => imageIn(repository, tagOrDigest)).toThrow(/^RepositoryImage\.fromRepository: 'tagOrDigest' /);
  });

  test('keeps the repository', () => {
    const repository = l1();
    expect(imageIn(repository).repository).toBe(repository);
  });
});

describe('imageDigest', () => {
  test('is the digest that the image is referenced by', () => {
    expect(imageIn(l1(), DIGEST).imageDigest).toBe(DIGEST);
  });

  test.each(['v1', Fn.importValue('Tag')])('throws for an image that is referenced by the tag %j, and says where to get a digest', tag => {
    const message =
      /^RepositoryImage\.imageDigest: the digest .* is not known at synthesis, got: .* ImageTags, a ScanGate, or an ImageCopy$/;
    expect(() => imageIn(l1(), tag).imageDigest).toThrow(message);
  });

  test('of the image of a construct begins with sha256: at synthesis', () => {
    const tags = new ImageTags(stack, 'Tags', { image: imageIn(l1()), tags: ['prod'] });
    expect(text(stack.resolve(tags.image.imageDigest))).toMatch(/^sha256:<Tags\w+\.ImageDigestHex>$/);
  });
});

describe('imageUri', () => {
  const HOST = '111111111111.dkr.ecr.eu-west-1.<AWS::URLSuffix>';

  test.each<[string, () => aws_ecr.IRepositoryRef]>([
    ['an import of this library', () => ExistingRepository.fromRepositoryName(stack, 'Import', 'team/foreign')],
    ['an import of aws-ecr', () => ecr.Repository.fromRepositoryName(stack, 'Import', 'team/foreign')],
    ['a repository of another library', () => new ForeignRepository(stack, 'Foreign')],
  ])('is made of the name and the tag or the digest, for %s', (_what, create) => {
    const repository = create();
    expect(text(stack.resolve(imageIn(repository).imageUri))).toBe(`${HOST}/team/foreign:v1`);
    expect(text(stack.resolve(imageIn(repository, DIGEST).imageUri))).toBe(`${HOST}/team/foreign@${DIGEST}`);
  });

  test('of an L1 repository comes from its ARN and its name', () => {
    const uri = stack.resolve(imageIn(l1()).imageUri);
    expect(flat(uri['Fn::Join'][1]).at(-2)).toBe('<L1>');
    expect(JSON.stringify(uri)).toContain('{"Fn::GetAtt":["L1","Arn"]}');
    expect(text(uri)).toMatch(/\/<L1>:v1$/);
  });

  test('uses a token as a tag unless it begins with sha256:', () => {
    const tag = new CfnParameter(stack, 'Tag').valueAsString;
    const repository = new ForeignRepository(stack, 'Foreign');
    expect(text(stack.resolve(imageIn(repository, tag).imageUri))).toBe(`${HOST}/team/foreign:<Tag>`);
    expect(text(stack.resolve(imageIn(repository, `sha256:${tag}`).imageUri))).toBe(`${HOST}/team/foreign@sha256:<Tag>`);
  });

  test('of an import makes its user wait for the statements of the import', () => {
    const repository = ExistingRepository.fromRepositoryName(stack, 'Import', 'team/app');
    repository.grantPull(RepositoryPrincipal.accounts('333333333333'));
    invoke(imageIn(repository));
    const template = Template.fromStack(stack);
    const [[policyId], ...others] = Object.entries(template.findResources('Custom::EcrRepositoryPolicy'));
    expect(others).toEqual([]);
    const [{ DependsOn }] = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { PackageType: 'Image' } }));
    expect(DependsOn).toContain(policyId);
  });
});

describe('toContainerImage', () => {
  test('lets the execution role pull from a repository of aws-ecr', () => {
    const repository = new ecr.Repository(stack, 'App');
    run(imageIn(repository));
    const resource: unknown = expect.stringMatching(/^<App\w+\.Arn>$/);
    expect(executionRoleStatements()).toEqual([{ Action: PULL, Effect: 'Allow', Resource: resource }, TOKEN]);
    expect(containerImages()).toEqual([expect.stringMatching(/:v1$/)]);
  });

  test('lets the execution role pull from an L1 repository', () => {
    run(imageIn(l1({ repositoryName: 'team/l1' })));
    expect(executionRoleStatements()).toEqual([{ Action: PULL, Effect: 'Allow', Resource: '<L1.Arn>' }, TOKEN]);
    expect(containerImages()).toEqual([expect.stringMatching(/\/<L1>:v1$/)]);
    expect(repositoryStatements()).toEqual([]);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('lets the execution role pull from a repository of another library', () => {
    run(imageIn(new ForeignRepository(stack, 'Foreign'), DIGEST));
    expect(executionRoleStatements()).toEqual([{ Action: PULL, Effect: 'Allow', Resource: FOREIGN_ARN }, TOKEN]);
    expect(containerImages()).toEqual([expect.stringMatching(`/team/foreign@${DIGEST}$`)]);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('uses the grants of the L2 construct around an L1 repository', () => {
    const owner = new Stack(app, 'Owner', { env: THEIRS });
    const repository = new Repository(owner, 'App', { repositoryName: 'team/app' });
    run(imageIn(repository.node.defaultChild as ecr.CfnRepository));
    expect(repositoryStatements(owner)).toEqual([expect.objectContaining({ Action: PULL, Principal: OUR_ACCOUNT })]);
  });

  test('adds a statement to the policy of a repository of another library that the app declares in another account', () => {
    const owner = new Stack(app, 'Owner', { env: THEIRS });
    run(imageIn(new Wrapper(owner, 'Wrapper')));
    expect(executionRoleStatements()).toEqual([expect.objectContaining({ Action: PULL }), TOKEN]);
    expect(repositoryStatements(owner)).toEqual([expect.objectContaining({ Action: PULL, Principal: OUR_ACCOUNT })]);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('warns with the statement that a repository in another account needs, if the app does not declare it', () => {
    run(imageIn(new ForeignRepository(stack, 'Foreign', THEIRS)));
    expect(executionRoleStatements()).toEqual([expect.objectContaining({ Action: PULL }), TOKEN]);
    const [{ entry }, ...others] = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(NOT_GRANTED));
    expect(others).toEqual([]);
    expect(entry.data).toMatch(/'Stack\/Foreign' has the statement \{.*"ecr:BatchGetImage".*\}\. Import the repository with Existing/);
  });

  test('of the image of a construct makes the task definition wait for the construct', () => {
    const gate = new ScanGate(stack, 'Gate', { image: imageIn(l1()) });
    run(gate.image);
    expect(containerImages()).toEqual([expect.stringMatching(/\/<L1>@sha256:<Gate\w+\.ImageDigestHex>$/)]);
  });
});

describe('toDockerImageCode', () => {
  test('lets Lambda pull from a repository of this library', () => {
    invoke(imageIn(new Repository(stack, 'App')));
    expect(repositoryStatements()).toEqual([LAMBDA_STATEMENT]);
  });

  test('adds the statement for Lambda to an L1 repository without a policy', () => {
    invoke(imageIn(l1(), DIGEST));
    expect(repositoryStatements()).toEqual([LAMBDA_STATEMENT]);
    const [{ Code }] = resourcesOfType('AWS::Lambda::Function');
    expect(text(Code.ImageUri)).toMatch(new RegExp(`/<L1>@${DIGEST}$`));
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test.each<[string, () => unknown]>([
    ['an object', () => ({ Version: '2008-10-17', Statement: [DENY] })],
    ['an object with one statement', () => ({ Version: '2008-10-17', Statement: DENY })],
    ['a PolicyDocument', () => iam.PolicyDocument.fromJson({ Statement: [DENY] })],
  ])('keeps the statements of an L1 repository whose policy is %s', (_what, create) => {
    invoke(imageIn(l1({ repositoryPolicyText: create() })));
    expect(repositoryStatements()).toEqual([DENY, LAMBDA_STATEMENT]);
  });

  test('keeps the version of a policy', () => {
    invoke(imageIn(l1({ repositoryPolicyText: { Version: '2008-10-17', Statement: [] } })));
    expect(resourcesOfType('AWS::ECR::Repository')[0].RepositoryPolicyText.Version).toBe('2008-10-17');
  });

  test.each<[string, ecr.CfnRepositoryProps]>([
    ['without a policy', {}], ['with a policy', { repositoryPolicyText: { Version: '2012-10-17', Statement: [] } }],
  ])('adds the statement once for several functions, to an L1 repository %s', (_what, props) => {
    const image = imageIn(l1(props));
    for (const id of ['One', 'Two']) invoke(image, stack, id);
    expect(repositoryStatements()).toEqual([LAMBDA_STATEMENT]);
  });

  test('allows the account of the function too where the repository is in another account', () => {
    const owner = new Stack(app, 'Owner', { env: THEIRS });
    invoke(imageIn(new Wrapper(owner, 'Wrapper')));
    expect(repositoryStatements(owner)).toEqual([
      { Action: LAMBDA_STATEMENT.Action, Effect: 'Allow', Principal: OUR_ACCOUNT }, LAMBDA_STATEMENT,
    ]);
  });

  test('warns with the statement where the policy of an L1 repository is a token', () => {
    invoke(imageIn(l1({ repositoryPolicyText: Lazy.any({ produce: () => ({ Version: '2012-10-17', Statement: [] }) }) })));
    const [{ entry }] = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(NOT_GRANTED));
    expect(entry.data).toMatch(/'Stack\/L1' has the statement \{.*"lambda\.amazonaws\.com".*\}\. Add it to the 'repositoryPolicyText'/);
    expect(repositoryStatements()).toEqual([]);
  });

  test('warns with the statement for a repository of another library, which the app does not declare', () => {
    invoke(imageIn(new ForeignRepository(stack, 'Foreign')));
    const [{ entry }] = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(NOT_GRANTED));
    expect(entry.data).toContain(`has the statement ${JSON.stringify(LAMBDA_STATEMENT).replace('arn:aws', 'arn:${AWS::Partition}')}`);
  });

  test('adds the statement to the L1 repository inside a construct of another library', () => {
    invoke(imageIn(new Wrapper(stack, 'Wrapper')));
    expect(repositoryStatements()).toEqual([LAMBDA_STATEMENT]);
  });

  test.each<[string, () => aws_ecr.IRepositoryRef]>([['aws-ecr', () => new ecr.Repository(stack, 'App')], ['an L1', l1]])(
    'hands command, entry point and working directory over, for %s', (_what, create) => {
      const code = imageIn(create()).toDockerImageCode({ cmd: ['a'], entrypoint: ['b'], workingDirectory: '/c' });
      new lambda.DockerImageFunction(stack, 'Function', { code });
      const ImageConfig = { Command: ['a'], EntryPoint: ['b'], WorkingDirectory: '/c' };
      expect(resourcesOfType('AWS::Lambda::Function')).toMatchObject([{ ImageConfig }]);
    });

  test('refuses a tag or digest beside the one of the image', () => {
    const image = imageIn(l1());
    const problem = '\'tagOrDigest\' must be omitted, because the image already has a tag or digest, got: v2';
    expect(() => image.toDockerImageCode({ tagOrDigest: 'v2' })).toThrow(`RepositoryImage.toDockerImageCode: ${problem}`);
    expect(() => image.toDockerImageCode({ tag: 'v2' })).toThrow(/'tag' must be omitted/);
  });
});

describe.each<[string, () => aws_ecr.IRepositoryRef, string, RegExp]>([
  ['an L1 repository', () => l1({ repositoryName: 'team/l1' }), '<L1.Arn>', /\/<L1>@sha256:<\w+\.ImageDigestHex>$/],
  [
    'a repository of another library', () => new ForeignRepository(stack, 'Foreign'), FOREIGN_ARN,
    /\/team\/foreign@sha256:<\w+\.ImageDigestHex>$/,
  ],
])('%s works in', (_what, create, arn, uri) => {
  const expectTarget = (resourceType: string, image: RepositoryImage, action: string) => {
    expect(resourcesOfType(resourceType)).toEqual([expect.objectContaining({ RepositoryArn: arn })]);
    expect(text(stack.resolve(image.imageUri))).toMatch(uri);
    const statements: Statement[] = resourcesOfType('AWS::IAM::Policy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect(statements.filter(({ Action }) => Action.includes(action)).map(({ Resource: resource }) => resource)).toEqual([arn]);
  };

  test('ImageCopy as the repository', () => {
    const copy = new ImageCopy(stack, 'Copy', { source: ImageSource.fromRegistry('redis:7.4'), repository: create() });
    expectTarget('Custom::EcrImageCopy', copy.image, 'ecr:PutImage');
  });

  test('ImageCopy as the source', () => {
    new ImageCopy(stack, 'Copy', { source: ImageSource.fromImage(imageIn(create())), repository: new Repository(stack, 'Mirror') });
    const [properties] = resourcesOfType('Custom::EcrImageCopy');
    expect(properties).toMatchObject({ Source: { RepositoryArn: arn }, TagOrDigest: 'v1', Tags: ['v1'] });
  });

  test('ImageTags', () => {
    const tags = new ImageTags(stack, 'Tags', { image: imageIn(create()), tags: ['prod'] });
    expectTarget('Custom::EcrImageTags', tags.image, 'ecr:PutImage');
  });

  test('ScanGate', () => {
    const gate = new ScanGate(stack, 'Gate', { image: imageIn(create()) });
    expectTarget('Custom::EcrScanGate', gate.image, 'ecr:StartImageScan');
  });
});

test('copy, gate, promotion and container are one line each, in this order', () => {
  const source = ImageSource.fromEcrPublic('public.ecr.aws/docker/library/redis:7.4');
  const copy = new ImageCopy(stack, 'Copy', { source, repository: new Repository(stack, 'App') });
  const gate = new ScanGate(stack, 'Gate', { image: copy.image });
  const promotion = new ImageTags(stack, 'Promotion', { image: gate.image, tags: ['prod'] });
  run(promotion.image);
  expect(resourcesOfType('Custom::EcrScanGate')[0].TagOrDigest).toMatch(/^sha256:<Copy\w+\.ImageDigestHex>$/);
  expect(resourcesOfType('Custom::EcrImageTags')[0].TagOrDigest).toMatch(/^sha256:<Gate\w+\.ImageDigestHex>$/);
  expect(containerImages()).toEqual([expect.stringMatching(/@sha256:<Promotion\w+\.ImageDigestHex>$/)]);
});

test('another stack of the app gets the image, and is deployed afterwards', () => {
  const copy = new ImageCopy(stack, 'Copy', { source: ImageSource.fromRegistry('redis:7.4'), repository: l1() });
  const consumer = new Stack(app, 'Consumer', { env: OURS });
  run(copy.image, consumer);
  new CfnOutput(consumer, 'Uri', { value: copy.image.imageUri });
  expect(containerImages(consumer)).toEqual([expect.stringMatching(/@sha256:<Stack:ExportsOutputFnGetAttCopy\w+ImageDigestHex\w+>$/)]);
  expect(consumer.dependencies).toEqual([stack]);
});
