import { App, CfnParameter, CfnResource, Fn, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import { flat, text } from './flat-template';
import {
  ExistingRepository, ImageCopy, ImageSource, ImageTags, ImageTagsProps, Repository, RepositoryImage, TagRemovalPolicy,
} from '../src';

const OURS = { account: '111111111111', region: 'eu-west-1' };
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const ARN = (name: string, region = OURS.region) => `arn:aws:ecr:${region}:111111111111:repository/${name}`;
const CENTRAL_ARN = 'arn:aws:ecr:eu-west-1:222222222222:repository/team/shared';
const access = { roleArn: 'arn:aws:iam::222222222222:role/access', externalId: 'id' };

const TAG = 'ecr:BatchGetImage ecr:DescribeImages ecr:PutImage';
const TAG_AND_REMOVE = 'ecr:BatchDeleteImage ecr:BatchGetImage ecr:DescribeImages ecr:PutImage';

interface Rendered {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn: string[];
}

newStackForEachTest({ env: OURS });

const inOurAccount = (name = 'team/app', scope?: Construct) => imported({ id: `Import-${name.replace(/\//g, '-')}`, name }, scope);
const central = (scope: Construct = stack) => ExistingRepository.fromRepositoryArn(scope, 'Central', CENTRAL_ARN, { access });
const imageIn = (repository: aws_ecr.IRepositoryRef, tagOrDigest = 'build-123') => RepositoryImage.fromRepository(repository, tagOrDigest);
const tagged = (props: Partial<ImageTagsProps> = {}, scope: Construct = stack, id = 'Promotion') =>
  new ImageTags(scope, id, { image: props.image ?? imageIn(inOurAccount('team/app', scope)), tags: ['prod'], ...props });

function resourcesOf(of = stack): [string, Rendered][] {
  return Object.entries(Template.fromStack(of).toJSON().Resources as Record<string, Rendered>);
}

function tagsOf(of = stack): { readonly id: string } & Rendered {
  const found = resourcesOf(of).filter(([, { Type }]) => Type === 'Custom::EcrImageTags');
  expect(found).toHaveLength(1);
  return { id: found[0][0], ...found[0][1] };
}

function propertiesOf(of = stack): Record<string, any> {
  const { ServiceToken, ServiceTimeout, ...properties } = flat(tagsOf(of).Properties);
  expect([ServiceToken, ServiceTimeout]).toEqual([expect.stringMatching(/^<CdkEcrKeeperImageTagsFunction\w+\.Arn>$/), '960']);
  return properties;
}

/** Everything that the function may do beyond writing its log and asking about its own stack. */
function rightsOf(of = stack): string[] {
  const statements = resourcesOf(of)
    .filter(([, { Type, Properties }]) =>
      Type === 'AWS::IAM::Policy' && /"CdkEcrKeeperImageTagsRole/.test(JSON.stringify(Properties.Roles)))
    .flatMap(([, { Properties }]) =>
      flat(Properties.PolicyDocument.Statement) as { Action: string; Resource: string; Condition?: unknown }[]);
  expect(statements.every(({ Condition }) => Condition === undefined)).toBe(true);
  const rights = statements.map(({ Action, Resource }) =>
    `${[Action].flat().sort().join(' ')} on ${[Resource].flat().sort().join(' ')}`).sort();
  const own = rights.filter(right =>
    /^logs:CreateLogStream logs:PutLogEvents on <CdkEcrKeeperImageTagsLogs\w+\.Arn>$|^cloudformation:DescribeStacks on /.test(right));
  expect(own).toHaveLength(2);
  return rights.filter(right => !own.includes(right));
}

describe('the template', () => {
  test('the tags are retained by default, and the function cannot remove tags', () => {
    tagged();
    expect(propertiesOf()).toEqual({ RepositoryArn: ARN('team/app'), TagOrDigest: 'build-123', Tags: ['prod'], RemoveTags: false });
    expect(rightsOf()).toEqual([`${TAG} on ${ARN('team/app')}`]);
  });

  test('TagRemovalPolicy.RETAIN is the default', () => {
    tagged({ tagRemovalPolicy: TagRemovalPolicy.RETAIN });
    expect(propertiesOf().RemoveTags).toBe(false);
    expect(rightsOf()).toEqual([`${TAG} on ${ARN('team/app')}`]);
  });

  test('with TagRemovalPolicy.DESTROY the function may remove tags', () => {
    tagged({
      image: imageIn(inOurAccount(), DIGEST), tags: ['prod', 'stable'], trigger: 'spring', tagRemovalPolicy: TagRemovalPolicy.DESTROY,
    });
    expect(propertiesOf()).toEqual({
      RepositoryArn: ARN('team/app'), TagOrDigest: DIGEST, Tags: ['prod', 'stable'], Trigger: 'spring', RemoveTags: true,
    });
    expect(rightsOf()).toEqual([`${TAG_AND_REMOVE} on ${ARN('team/app')}`]);
  });

  test('one function and as many statements for 20 as for two', () => {
    for (let nth = 10; nth < 30; nth++) {
      const tagRemovalPolicy = nth % 2 ? TagRemovalPolicy.RETAIN : TagRemovalPolicy.DESTROY;
      tagged({ image: imageIn(inOurAccount(`r${nth}`)), tagRemovalPolicy }, stack, `T${nth}`);
    }
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
    const named = (remainder: number) =>
      Array.from({ length: 20 }, (_, nth) => nth + 10).filter(nth => nth % 2 === remainder).map(nth => ARN(`r${nth}`)).join(' ');
    expect(rightsOf()).toEqual([`${TAG_AND_REMOVE} on ${named(0)}`, `${TAG} on ${named(1)}`].sort());
  });

  test('more than a role\'s policies have room for are an error', () => {
    for (let nth = 0; nth < 100; nth++) tagged({ image: imageIn(inOurAccount(`${'x'.repeat(80)}-${nth}`)) }, stack, `T${nth}`);
    expect(() => app.synth())
      .toThrow(/the role of 'Stack\/CdkEcrKeeperImageTags' would have about \d{5} characters of policy, but IAM allows 10240/);
  });

  test('a repository of this stack, and one of another stack of the app', () => {
    const owner = new Stack(app, 'Owner', { env: OURS });
    const repository = new Repository(owner, 'App');
    tagged({ image: imageIn(repository) }, owner);
    tagged({ image: imageIn(repository) });
    expect(rightsOf(owner)).toEqual([expect.stringMatching(/^ecr:BatchGetImage .* on <App\w+\.Arn>$/)]);
    expect(rightsOf()).toEqual([expect.stringMatching(/^ecr:BatchGetImage .* on <Owner:ExportsOutputFnGetAttApp\w+>$/)]);
    expect(stack.dependencies).toEqual([owner]);
  });

  test('a repository of another Region', () => {
    tagged({ image: imageIn(ExistingRepository.fromRepositoryName(stack, 'Import', 'team/app', { region: 'us-east-1' })) });
    expect(propertiesOf()).toMatchObject({ RepositoryArn: ARN('team/app', 'us-east-1'), Region: 'us-east-1' });
    expect(rightsOf()).toEqual([`${TAG} on ${ARN('team/app', 'us-east-1')}`]);
  });

  test('a repository of another account with access: the function may only assume the role, and the tags wait for that', () => {
    tagged({ image: imageIn(central()) });
    expect(propertiesOf()).toMatchObject({ RepositoryArn: CENTRAL_ARN, RoleArn: access.roleArn, ExternalId: 'id' });
    expect(rightsOf()).toEqual([`sts:AssumeRole on ${access.roleArn}`]);
    const policies = resourcesOf().filter(([, { Type }]) => Type === 'AWS::IAM::Policy').map(([id]) => id);
    expect(policies).toHaveLength(2);
    expect(tagsOf().DependsOn).toEqual(expect.arrayContaining(policies));
    const roles = resourcesOf().filter(([, { Type }]) => Type === 'AWS::IAM::Role').map(([, { Properties }]) => Properties.RoleName);
    expect(roles).toEqual([expect.stringMatching(/^Stack-eu-west-1-image-tags-[0-9a-f]{8}$/)]);
  });

  test('a stack whose environment is not known', () => {
    const unknown = new Stack(app, 'Unknown');
    tagged({}, unknown);
    const arn = 'arn:aws:ecr:<AWS::Region>:<AWS::AccountId>:repository/team/app';
    expect(propertiesOf(unknown)).toEqual({ RepositoryArn: arn, TagOrDigest: 'build-123', Tags: ['prod'], RemoveTags: false });
    expect(rightsOf(unknown)).toEqual([`${TAG} on ${arn}`]);
  });

  test('a nested stack reads itself and the root stack', () => {
    const nested = new NestedStack(stack, 'Nested');
    tagged({}, nested);
    const policy = resourcesOf(nested).find(([, { Type }]) => Type === 'AWS::IAM::Policy')![1];
    expect(flat(policy.Properties.PolicyDocument.Statement)).toContainEqual({
      Action: 'cloudformation:DescribeStacks',
      Effect: 'Allow',
      Resource: ['<AWS::StackId>', expect.stringMatching(/^<referenceto\w*AWSStackId/)],
    });
  });

  test('two synths are byte by byte the same', () => {
    const synth = () => {
      const again = new Stack(new App(), 'Stack', { env: OURS });
      tagged({}, again);
      tagged({ image: imageIn(central(again)) }, again, 'Again');
      return JSON.stringify(Template.fromStack(again).toJSON());
    };
    expect(synth()).toBe(synth());
  });

  test('another literal repository is another resource, other tags are an update', () => {
    const idOf = (name: string, tagOrDigest = 'build-123', props: Partial<ImageTagsProps> = {}) => {
      const of = new Stack(new App(), 'Stack');
      tagged({ image: imageIn(inOurAccount(name, of), tagOrDigest), ...props }, of);
      return tagsOf(of).id;
    };
    const [one, other, update] = [idOf('team/a'), idOf('team/b'), idOf('team/a', 'build-124', { tags: ['x'], trigger: 'x' })];
    expect(other).not.toBe(one);
    expect(update).toBe(one);
  });
});

describe('uses of the image', () => {
  const AT_DIGEST = /^111111111111\.dkr\.ecr\.eu-west-1\.<AWS::URLSuffix>\/team\/app@sha256:<Promotion\w+\.ImageDigestHex>$/;

  test('a container of ECS, a function, and a resource with the URI use the image', () => {
    const tags = tagged();
    expect(tags.image.repository).toBe(inOurAccount());
    new ecs.FargateTaskDefinition(stack, 'Task').addContainer('App', { image: tags.image.toContainerImage() });
    new lambda.DockerImageFunction(stack, 'Function', { code: tags.image.toDockerImageCode() });
    new CfnResource(stack, 'Other', { type: 'Test::Other', properties: { Image: tags.image.imageUri } });
    const images = resourcesOf().flatMap(([, { Properties = {} }]) =>
      Properties.ContainerDefinitions?.[0].Image ?? Properties.Code?.ImageUri ?? Properties.Image ?? []);
    expect(images.map(text)).toEqual(Array(3).fill(expect.stringMatching(AT_DIGEST)));
  });

  test('another stack of the app', () => {
    const tags = tagged();
    const consumer = new Stack(app, 'Consumer', { env: OURS });
    new CfnResource(consumer, 'Other', { type: 'Test::Other', properties: { Image: tags.image.imageUri } });
    const [[, { Properties }]] = resourcesOf(consumer);
    expect(text(Properties.Image)).toMatch(/\/team\/app@sha256:<Stack:ExportsOutputFnGetAttPromotion\w+ImageDigestHex\w+>$/);
    expect(consumer.dependencies).toEqual([stack]);
  });

  test('a resource that depends on the construct is deployed after the tags', () => {
    const tags = tagged();
    new CfnResource(stack, 'Dependent', { type: 'Test::Dependent' }).node.addDependency(tags);
    expect(resourcesOf().find(([, { Type }]) => Type === 'Test::Dependent')![1].DependsOn).toContain(tagsOf().id);
  });
});

describe('values that are known only at deployment', () => {
  test('the tag or the digest of an image, as that of a copy', () => {
    const copy = new ImageCopy(stack, 'Copy', { source: ImageSource.fromRegistry('redis:7.4'), repository: inOurAccount() });
    tagged({ image: copy.image });
    expect(propertiesOf().TagOrDigest).toMatch(/^sha256:<Copy\w+\.ImageDigestHex>$/);
  });

  test('some of the tags', () => {
    tagged({ tags: ['prod', `v${Fn.importValue('Version')}`] });
    expect(propertiesOf().Tags).toEqual(['prod', 'v<Version>']);
  });

  test('all of the tags, as a list', () => {
    tagged({ tags: new CfnParameter(stack, 'Tags', { type: 'CommaDelimitedList' }).valueAsList });
    expect(propertiesOf().Tags).toBe('<Tags>');
  });
});

describe('invalid properties are refused', () => {
  test.each<[string, Partial<ImageTagsProps>, RegExp]>([
    ['no tag', { tags: [] }, /'tags' must have at least one tag, got none$/],
    ['a malformed tag', { tags: ['.x'] }, /'tags' must be tags .*, got: \.x$/],
    ['a tag twice', { tags: ['a', 'b', 'a'] }, /'tags' must contain each tag once, got twice: a$/],
    ['41 tags', { tags: Array.from({ length: 41 }, (_, nth) => `v${nth}`) }, /'tags' must have at most 40 tags, got: 41$/],
    ['41 tags, one of them known only at deploy', { tags: [Fn.importValue('Tag'), ...Array.from({ length: 40 }, (_, nth) => `v${nth}`)] },
      /'tags' must have at most 40 tags, got: 41$/],
    ['an empty trigger, which CloudFormation would hand over', { trigger: '' }, /'trigger' must/],
  ])('refuses %s', (_what, props, message) => {
    expect(() => tagged(props)).toThrow(message);
    expect(() => tagged(props, stack, 'Again')).toThrow(/^Stack\/Again: /);
  });

  test('refuses a repository of another account without access', () => {
    const repository = ExistingRepository.fromRepositoryArn(stack, 'Central', CENTRAL_ARN);
    expect(() => tagged({ image: imageIn(repository) }))
      .toThrow(/^Stack\/Promotion: 'image\.repository' is in account 222222222222, but the stack is in 111111111111\. Import it with the 'access'/);
  });

  test('refuses access from a nested stack, whose name is not known', () => {
    expect(() => tagged({ image: imageIn(central()) }, new NestedStack(stack, 'Nested')))
      .toThrow(/'access' requires a stack whose name is known/);
  });

  test('reports all problems in one error', () => {
    const repository = ExistingRepository.fromRepositoryArn(stack, 'Central', CENTRAL_ARN);
    expect(() => tagged({ image: imageIn(repository), tags: ['a b', 'a', 'a'], trigger: '' })).toThrow(/^Stack\/Promotion: 4 problems\n/);
  });
});

describe('a tag that two constructs write', () => {
  const warnings = (of: Construct) => of.node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => String(data));
  const copied = (id: string, repository: aws_ecr.IRepositoryRef, tags: string[]) =>
    new ImageCopy(stack, id, { source: ImageSource.fromRegistry('registry.example.com/app:1'), repository, tags });

  test('is warned of, with the path of the other one', () => {
    copied('Copy', inOurAccount(), ['v1', 'prod']);
    const both = tagged({ tags: ['prod', 'live'] });
    expect(warnings(both)).toEqual([expect.stringMatching(
      /^'Stack\/Copy' also writes the tag 'prod' in the same repository, so .* \[ack: cdk-ecr-keeper:tag-written-twice\]$/)]);
  });

  test('is found where the other one has the native resource of the same repository', () => {
    const repository = new Repository(stack, 'Repository');
    copied('Copy', repository, ['v1']);
    const native = repository.node.defaultChild as unknown as aws_ecr.IRepositoryRef;
    expect(warnings(copied('Again', native, ['v1']))).toHaveLength(1);
  });

  test('is no conflict in another repository, in another Region, or if only one construct writes the tag', () => {
    copied('Copy', inOurAccount(), ['v1']);
    const far = new Stack(app, 'Far', { env: { ...OURS, region: 'us-east-1' } });
    expect([
      ...warnings(copied('Other', inOurAccount('team/other'), ['v1'])),
      ...warnings(tagged({ tags: ['v1'] }, far)),
      ...warnings(copied('Newer', inOurAccount(), ['v2'])),
    ]).toEqual([]);
  });

  test('is not looked for among stacks without an environment, nor among tags that are known only at deployment', () => {
    const agnostic = ['One', 'Two'].map(id => new Stack(app, id));
    expect(agnostic.flatMap(of => warnings(tagged({ tags: ['prod'] }, of)))).toEqual([]);
    const parameter = new CfnParameter(stack, 'Tag');
    const twice = ['First', 'Second'].map(id => tagged({ tags: [parameter.valueAsString] }, stack, id));
    expect(twice.flatMap(warnings)).toEqual([]);
  });
});
