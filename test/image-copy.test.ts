import { createHash } from 'node:crypto';
import { App, CfnOutput, CfnParameter, CfnResource, Fn, NestedStack, Stack, Token, Tokenization } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { app, newStackForEachTest, stack } from './construct-scene';
import { flat, text } from './flat-template';
import { ExistingRepository, ImageCopy, ImageCopyProps, ImageSource, Repository, TagRemovalPolicy } from '../src';

const OURS = { account: '111111111111', region: 'eu-west-1' };
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const ARN = (name: string, account = OURS.account, region = OURS.region) => `arn:aws:ecr:${region}:${account}:repository/${name}`;
const CENTRAL_ARN = ARN('team/shared', '222222222222');
const access = { roleArn: 'arn:aws:iam::222222222222:role/access', externalId: 'id' };

const HUB = ImageSource.fromRegistry('docker.io/library/redis:7.4');

const COPY_TO = 'ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:CompleteLayerUpload ecr:DescribeImages ecr:InitiateLayerUpload'
  + ' ecr:PutImage ecr:UploadLayerPart';
const COPY_TO_AND_REMOVE = COPY_TO.replace('ecr:BatchGetImage', 'ecr:BatchDeleteImage ecr:BatchGetImage');
const COPY_FROM = 'ecr:BatchGetImage ecr:GetDownloadUrlForLayer';
/** For the endpoint that takes layers. */
const PUSH_TOKEN = 'ecr:GetAuthorizationToken on *';
const PUBLIC_TOKEN = 'ecr-public:GetAuthorizationToken sts:GetServiceBearerToken on *';
const ASSUME = `sts:AssumeRole on ${access.roleArn}`;

interface Rendered {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn: string[];
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: unknown;
}

newStackForEachTest({ env: OURS });

/** The same import however often it is asked for. */
const mirror = (name = 'team/mirror', scope: Construct = stack): ecr.IRepository => {
  const id = `Import-${name.replace(/\//g, '-')}`;
  return scope.node.tryFindChild(id) as ExistingRepository | undefined ?? ExistingRepository.fromRepositoryName(scope, id, name);
};
const central = (scope: Construct = stack, id = 'Central') => ExistingRepository.fromRepositoryArn(scope, id, CENTRAL_ARN, { access });
const copied = (props: Partial<ImageCopyProps> = {}, scope: Construct = stack, id = 'Copy') =>
  new ImageCopy(scope, id, { source: HUB, repository: props.repository ?? mirror('team/mirror', scope), ...props });

function resourcesOf(of = stack): [string, Rendered][] {
  return Object.entries(Template.fromStack(of).toJSON().Resources as Record<string, Rendered>);
}

function copyOf(of = stack): { readonly id: string } & Rendered {
  const copies = resourcesOf(of).filter(([, { Type }]) => Type === 'Custom::EcrImageCopy');
  expect(copies).toHaveLength(1);
  return { id: copies[0][0], ...copies[0][1] };
}

function propertiesOf(of = stack): Record<string, any> {
  const { ServiceToken, ServiceTimeout, ...properties } = flat(copyOf(of).Properties);
  expect([text(ServiceToken), ServiceTimeout]).toEqual([expect.stringMatching(/^<CdkEcrKeeperImageCopyFunction\w+\.Arn>$/), '960']);
  return properties;
}

/** Everything that the function may do beyond writing its log and asking about its own stack. */
function rightsOf(of = stack): string[] {
  const resources = resourcesOf(of);
  const [[roleId, role], ...others] = resources.filter(([id, { Type }]) =>
    Type === 'AWS::IAM::Role' && id.startsWith('CdkEcrKeeperImageCopy'));
  expect(others).toEqual([]);
  expect([role.Properties.ManagedPolicyArns, role.Properties.Policies]).toEqual([undefined, undefined]);
  const statements = resources
    .filter(([, { Type, Properties }]) =>
      Type === 'AWS::IAM::Policy' && JSON.stringify(Properties.Roles) === JSON.stringify([{ Ref: roleId }]))
    .flatMap(([, { Properties }]): Statement[] => flat(Properties.PolicyDocument.Statement));
  expect(statements.every(({ Effect }) => Effect === 'Allow')).toBe(true);
  const rights = statements.map(({ Action, Resource, Condition }) =>
    `${[Action].flat().sort().join(' ')} on`
      + ` ${[Resource].flat().sort().join(' ')}${Condition === undefined ? '' : ` ${JSON.stringify(Condition)}`}`).sort();
  const own = rights.filter(right =>
    /^logs:CreateLogStream logs:PutLogEvents on <CdkEcrKeeperImageCopyLogs\w+\.Arn>$|^cloudformation:DescribeStacks on /.test(right));
  expect(own).toHaveLength(2);
  return rights.filter(right => !own.includes(right));
}

describe('the template', () => {
  test('of a copy with defaults', () => {
    copied();
    expect(propertiesOf()).toEqual({
      RepositoryArn: ARN('team/mirror'),
      Source: { Registry: 'docker.io', RepositoryName: 'library/redis', WithPublicToken: false },
      TagOrDigest: '7.4',
      Tags: ['7.4'],
      Referrers: false,
      RemoveTags: false,
    });
    expect(copyOf()).toMatchObject({ UpdateReplacePolicy: 'Delete', DeletionPolicy: 'Delete' });
  });

  test('of a copy with all properties', () => {
    const platforms = ['linux/amd64', 'linux/arm64'];
    copied({ tags: ['a', 'b'], platforms, referrers: true, trigger: 'spring', tagRemovalPolicy: TagRemovalPolicy.DESTROY });
    expect(propertiesOf()).toMatchObject({ Tags: ['a', 'b'], Platforms: platforms, Referrers: true, Trigger: 'spring', RemoveTags: true });
  });

  test('the image is used by resources of the template', () => {
    const repository = new Repository(stack, 'Mirror');
    const copy = copied({ repository });
    expect(copy.image.repository).toBe(repository);
    expect(propertiesOf().RepositoryArn).toMatch(/^<Mirror\w+\.Arn>$/);
  });

  test('one function for all copies of a stack, with memory for layers', () => {
    for (const name of ['a1', 'b1', 'c1']) copied({ repository: mirror(name) }, stack, name);
    const functions = resourcesOf().filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
    expect(functions.map(([, { Properties }]) => [Properties.MemorySize, Properties.Timeout])).toEqual([[512, 900]]);
    const tokens = resourcesOf().filter(([, { Type }]) => Type === 'Custom::EcrImageCopy')
      .map(([, { Properties }]) => text(Properties.ServiceToken));
    expect([tokens.length, new Set(tokens).size]).toEqual([3, 1]);
  });

  test('another stack has its own function, and the same source serves both', () => {
    const other = new Stack(app, 'Other', { env: OURS });
    copied();
    copied({}, other);
    for (const each of [stack, other]) {
      Template.fromStack(each).resourceCountIs('AWS::Lambda::Function', 1);
      expect(propertiesOf(each).TagOrDigest).toBe('7.4');
    }
  });

  test('two synths are byte by byte the same', () => {
    const synth = () => {
      const again = new Stack(new App(), 'Stack', { env: OURS });
      copied({ referrers: true, tagRemovalPolicy: TagRemovalPolicy.DESTROY }, again);
      copied({ repository: central(again), source: ImageSource.fromEcrRepository(mirror('team/builds', again), 'v1') }, again, 'Again');
      return JSON.stringify(Template.fromStack(again).toJSON());
    };
    expect(synth()).toBe(synth());
  });
});

describe('where it is copied from', () => {
  const fromEcr = (repository: ecr.IRepository, tagOrDigest = 'v1') => ImageSource.fromEcrRepository(repository, tagOrDigest);

  test.each([
    ['redis:7.4', 'library/redis', '7.4', ['7.4']],
    [`redis@${DIGEST}`, 'library/redis', DIGEST, undefined],
    [`grafana/grafana:11@${DIGEST}`, 'grafana/grafana', DIGEST, ['11']],
  ])('Docker Hub: %s', (reference, name, tagOrDigest, tags) => {
    copied({ source: ImageSource.fromRegistry(reference) });
    expect(propertiesOf()).toMatchObject({ Source: { Registry: 'docker.io', RepositoryName: name }, TagOrDigest: tagOrDigest });
    expect(propertiesOf().Tags).toEqual(tags);
  });

  test('any registry: nothing more is allowed for it', () => {
    copied({ source: ImageSource.fromRegistry('registry.example.com:5000/team/app:v1') });
    expect(propertiesOf().Source).toEqual({ Registry: 'registry.example.com:5000', RepositoryName: 'team/app', WithPublicToken: false });
    expect(rightsOf()).toEqual([PUSH_TOKEN, `${COPY_TO} on ${ARN('team/mirror')}`].sort());
  });

  test('ECR Public: with a token of this account', () => {
    copied({ source: ImageSource.fromEcrPublic('public.ecr.aws/docker/library/redis:7.4') });
    expect(propertiesOf()).toMatchObject({
      Source: { Registry: 'public.ecr.aws', RepositoryName: 'docker/library/redis', WithPublicToken: true },
      TagOrDigest: '7.4',
      Tags: ['7.4'],
    });
    expect(rightsOf()).toEqual([PUSH_TOKEN, PUBLIC_TOKEN, `${COPY_TO} on ${ARN('team/mirror')}`].sort());
  });

  test('a repository of the same registry', () => {
    copied({ source: fromEcr(mirror('team/builds')) });
    expect(propertiesOf()).toMatchObject({ Source: { RepositoryArn: ARN('team/builds') }, TagOrDigest: 'v1', Tags: ['v1'] });
    expect(propertiesOf().Source).toEqual({ RepositoryArn: ARN('team/builds') });
    expect(rightsOf()).toEqual([`${COPY_TO} on ${ARN('team/mirror')}`, `${COPY_FROM} on ${ARN('team/builds')}`, PUSH_TOKEN].sort());
  });

  test('a source by digest does not become a tag', () => {
    copied({ source: fromEcr(mirror('team/builds'), DIGEST) });
    expect(propertiesOf().TagOrDigest).toBe(DIGEST);
    expect(propertiesOf()).not.toHaveProperty('Tags');
  });

  test('tags replace the tag of the source, and can be an empty list', () => {
    copied({ tags: ['latest'], repository: mirror('one') }, stack, 'One');
    copied({ tags: [], repository: mirror('none') }, stack, 'None');
    const tags = resourcesOf().filter(([, { Type }]) => Type === 'Custom::EcrImageCopy').map(([, { Properties }]) => Properties.Tags);
    expect(tags).toEqual([['latest'], undefined]);
  });

  test('a repository of this stack', () => {
    const builds = new Repository(stack, 'Builds');
    copied({ source: fromEcr(builds) });
    expect(rightsOf())
      .toEqual([`${COPY_TO} on ${ARN('team/mirror')}`, `${COPY_FROM} on ${text(stack.resolve(builds.repositoryArn))}`, PUSH_TOKEN].sort());
  });

  test('a repository of another Region', () => {
    copied({ source: fromEcr(ExistingRepository.fromRepositoryArn(stack, 'Builds', ARN('team/builds', OURS.account, 'us-east-1'))) });
    expect(propertiesOf().Source).toEqual({ RepositoryArn: ARN('team/builds', OURS.account, 'us-east-1'), Region: 'us-east-1' });
    expect(propertiesOf()).not.toHaveProperty('Region');
    expect(rightsOf()).toEqual(
      [`${COPY_TO} on ${ARN('team/mirror')}`, `${COPY_FROM} on ${ARN('team/builds', OURS.account, 'us-east-1')}`, PUSH_TOKEN].sort(),
    );
  });

  test.each<[string, (arn: string) => ecr.IRepository]>([
    ['of this library', arn => ExistingRepository.fromRepositoryArn(stack, 'Builds', arn)],
    ['of aws-ecr', arn => ecr.Repository.fromRepositoryArn(stack, 'Builds', arn)],
  ])('a repository of another account, whose policy lets the role pull: an import %s', (_what, make) => {
    copied({ source: fromEcr(make(CENTRAL_ARN)) });
    expect(propertiesOf().Source).toEqual({ RepositoryArn: CENTRAL_ARN });
    expect(rightsOf()).toEqual([`${COPY_TO} on ${ARN('team/mirror')}`, `${COPY_FROM} on ${CENTRAL_ARN}`, PUSH_TOKEN].sort());
  });

  test('a repository of another account with access: the role reads, and the function may only assume it', () => {
    copied({ source: fromEcr(central()) });
    expect(propertiesOf().Source).toEqual({ RepositoryArn: CENTRAL_ARN, RoleArn: access.roleArn, ExternalId: 'id' });
    expect(propertiesOf()).not.toHaveProperty('RoleArn');
    expect(rightsOf()).toEqual([`${COPY_TO} on ${ARN('team/mirror')}`, ASSUME, PUSH_TOKEN].sort());
    const roles = resourcesOf().filter(([, { Type }]) => Type === 'AWS::IAM::Role').map(([, { Properties }]) => Properties.RoleName);
    expect(roles).toEqual([expect.stringMatching(/^Stack-eu-west-1-image-copy-[0-9a-f]{8}$/)]);
  });

  test('a repository of another stack of the app', () => {
    const owner = new Stack(app, 'Owner', { env: OURS });
    copied({ source: fromEcr(new Repository(owner, 'Builds')) });
    const { RepositoryArn } = propertiesOf().Source;
    expect(RepositoryArn).toMatch(/^<Owner:ExportsOutputFnGetAttBuilds/);
    expect(stack.dependencies).toEqual([owner]);
    expect(rightsOf()).toEqual([`${COPY_TO} on ${ARN('team/mirror')}`, `${COPY_FROM} on ${RepositoryArn}`, PUSH_TOKEN].sort());
  });

  test('a repository of a stack of another Region of the app', () => {
    const owner = new Stack(app, 'Owner', { env: { ...OURS, region: 'eu-central-1' } });
    copied({ source: fromEcr(new Repository(owner, 'Builds', { repositoryName: 'team/builds' })) });
    expect(propertiesOf().Source).toEqual({ RepositoryArn: ARN('team/builds', OURS.account, 'eu-central-1'), Region: 'eu-central-1' });
    expect(rightsOf()).toEqual(
      [`${COPY_TO} on ${ARN('team/mirror')}`, `${COPY_FROM} on ${ARN('team/builds', OURS.account, 'eu-central-1')}`, PUSH_TOKEN].sort(),
    );
  });

  test('what another copy made', () => {
    const first = copied();
    copied({ source: ImageSource.fromImage(first.image), repository: mirror('team/second') }, stack, 'Second');
    const [, second] = resourcesOf().filter(([, { Type }]) => Type === 'Custom::EcrImageCopy');
    expect(flat(second[1].Properties)).toMatchObject({ TagOrDigest: expect.stringMatching(/^sha256:<Copy\w+\.ImageDigestHex>$/) });
    expect(second[1].Properties).not.toHaveProperty('Tags');
  });

  test('a tag that is known only at deploy, with tags that are known or not', () => {
    const tag = new CfnParameter(stack, 'Tag').valueAsString;
    copied({ source: fromEcr(mirror('team/builds'), tag), tags: ['prod', tag] });
    expect(propertiesOf()).toMatchObject({ TagOrDigest: '<Tag>', Tags: ['prod', '<Tag>'] });
  });

  test('tags that are a list known only at deploy', () => {
    copied({ tags: new CfnParameter(stack, 'Tags', { type: 'CommaDelimitedList' }).valueAsList });
    expect(propertiesOf().Tags).toBe('<Tags>');
  });

  describe('with credentials', () => {
    const GET_SECRET = 'secretsmanager:GetSecretValue on ';
    const source = (credentials: secretsmanager.ISecret, reference = 'ghcr.io/team/app:v1') =>
      ImageSource.fromRegistry(reference, { credentials });

    test('the function may read the value of the secret, and waits for that', () => {
      copied({ source: source(new secretsmanager.Secret(stack, 'Secret')) });
      expect(propertiesOf().Source).toEqual({
        Registry: 'ghcr.io', RepositoryName: 'team/app', SecretArn: expect.stringMatching(/^<Secret\w+>$/), WithPublicToken: false,
      });
      expect(rightsOf())
        .toEqual([`${COPY_TO} on ${ARN('team/mirror')}`, PUSH_TOKEN, `${GET_SECRET}${propertiesOf().Source.SecretArn}`].sort());
      const [[policyId]] = resourcesOf().filter(([, { Type, Properties }]) =>
        Type === 'AWS::IAM::Policy' && JSON.stringify(Properties).includes('secretsmanager'));
      expect(copyOf().DependsOn).toContain(policyId);
    });

    test('its key lets the function\'s role decrypt, by way of Secrets Manager', () => {
      copied({ source: source(new secretsmanager.Secret(stack, 'Secret', { encryptionKey: new kms.Key(stack, 'Key') })) });
      const [[, key]] = resourcesOf().filter(([, { Type }]) => Type === 'AWS::KMS::Key');
      expect(flat(key.Properties.KeyPolicy.Statement)).toContainEqual({
        Action: 'kms:Decrypt',
        Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
        Effect: 'Allow',
        Principal: { AWS: expect.stringMatching(/^<CdkEcrKeeperImageCopyRole\w+\.Arn>$/) },
        Resource: '*',
      });
    });

    test('a key that is imported cannot be told, so that the role is allowed to decrypt with it', () => {
      const keyArn = 'arn:aws:kms:eu-west-1:111111111111:key/1';
      copied({
        source: source(secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', {
          secretCompleteArn: 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:hub-AbCdEf',
          encryptionKey: kms.Key.fromKeyArn(stack, 'Key', keyArn),
        })),
      });
      expect(rightsOf().filter(right => right.startsWith('kms:'))).toEqual([expect.stringContaining(`kms:Decrypt on ${keyArn}`)]);
    });

    test('an imported secret', () => {
      const secretArn = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:ecr-pullthroughcache/hub-AbCdEf';
      copied({ source: source(secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', secretArn)) });
      expect(propertiesOf().Source.SecretArn).toBe(secretArn);
      expect(rightsOf()).toEqual([`${COPY_TO} on ${ARN('team/mirror')}`, PUSH_TOKEN, `${GET_SECRET}${secretArn}`].sort());
    });

    test('an imported secret by name', () => {
      copied({ source: source(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'hub')) });
      const arn = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:hub';
      expect(propertiesOf().Source.SecretArn).toBe(arn);
      expect(rightsOf()).toEqual([`${COPY_TO} on ${ARN('team/mirror')}`, PUSH_TOKEN, `${GET_SECRET}${arn}-??????`].sort());
    });

    test('one of another stack', () => {
      const owner = new Stack(app, 'Owner', { env: OURS });
      copied({ source: source(new secretsmanager.Secret(owner, 'Secret')) });
      expect(propertiesOf().Source.SecretArn).toMatch(/^<Owner:ExportsOutputRefSecret/);
      expect(stack.dependencies).toEqual([owner]);
    });

    test('the same one for several copies is allowed once, and each of them waits', () => {
      const credentials = new secretsmanager.Secret(stack, 'Secret');
      for (const name of ['a1', 'b1']) copied({ source: source(credentials), repository: mirror(name) }, stack, name);
      expect(rightsOf().filter(right => right.startsWith(GET_SECRET))).toHaveLength(1);
      const copies = resourcesOf().filter(([, { Type }]) => Type === 'Custom::EcrImageCopy');
      expect(copies.map(([, { DependsOn }]) => DependsOn.some(id => id.startsWith('CdkEcrKeeperImageCopyPolicy')))).toEqual([true, true]);
    });

    const environmentOf = () => flat(resourcesOf().find(([, { Type }]) => Type === 'AWS::Lambda::Function')![1].Properties.Environment);
    const arnOf = (name: string) => `arn:aws:secretsmanager:eu-west-1:111111111111:secret:${name}-AbCdEf`;
    const hashOf = (name: string, registry = 'ghcr.io') =>
      createHash('sha256').update(`${arnOf(name)}|${registry}`).digest('base64url').slice(0, 16);

    test('the function knows each pair of secret and registry once, as a hash', () => {
      for (const [index, name] of ['one', 'one', 'two'].entries()) {
        const credentials = secretsmanager.Secret.fromSecretCompleteArn(stack, `Secret${index}`, arnOf(name));
        copied({ source: source(credentials), repository: mirror(`to${index}`) }, stack, `Copy${index}`);
      }
      expect(environmentOf()).toEqual({ Variables: { CREDENTIAL_PAIRS: `${hashOf('one')} ${hashOf('two')}` } });
    });

    test('a secret that the app declares is in its pair by its ARN', () => {
      copied({ source: source(new secretsmanager.Secret(stack, 'Secret')) });
      expect(environmentOf().Variables.CREDENTIAL_PAIRS).toMatch(/^<Secret\w+>\|ghcr\.io$/);
    });

    test('a function whose copies need no credentials has no environment', () => {
      copied();
      expect(environmentOf()).toBeUndefined();
    });

    /** One secret for many registries, so that the policy of the role stays short. */
    const manyRegistries = (count: number, credentials: secretsmanager.ISecret) => {
      const repository = mirror('all');
      for (let nth = 0; nth < count; nth++) {
        copied({ source: source(credentials, `registry-${nth}.example/team/app:v1`), repository, tags: [`v${nth}`] }, stack, `Copy${nth}`);
      }
    };

    test('200 pairs fit into the environment', () => {
      manyRegistries(200, secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', arnOf('hub')));
      expect(environmentOf().Variables.CREDENTIAL_PAIRS.split(' ')).toHaveLength(200);
      expect(JSON.stringify(environmentOf().Variables).length).toBeLessThan(4_096);
    });

    test.each([
      ['260 pairs', 260, () => secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', arnOf('hub'))],
      ['40 pairs with a secret whose ARN is known only at deployment', 40, () => new secretsmanager.Secret(stack, 'Secret')],
    ])('more pairs than fit are an error that says what to do: %s', (_what, count, secretOf) => {
      manyRegistries(count, secretOf());
      expect(() => app.synth()).toThrow(new RegExp('the environment of \'Stack/CdkEcrKeeperImageCopy\' would have about \\d+ bytes, but'
        + ' Lambda allows 4096. Spread the copies with \'credentials\' over several stacks, or import the secrets by their complete ARN'));
    });

    test('ECR Public is read with those credentials and no token of this account', () => {
      copied({ source: source(new secretsmanager.Secret(stack, 'Secret'), 'public.ecr.aws/team/app:v1') });
      expect(propertiesOf().Source.WithPublicToken).toBe(false);
      expect(rightsOf()).not.toContain(PUBLIC_TOKEN);
    });
  });
});

describe('where it is copied to', () => {
  test('a repository of this stack', () => {
    copied({ repository: new Repository(stack, 'Mirror') });
    expect(rightsOf()).toEqual([PUSH_TOKEN, `${COPY_TO} on ${propertiesOf().RepositoryArn}`].sort());
  });

  test('to take tags off again is allowed only where that was asked for', () => {
    copied({ repository: mirror('team/stays') }, stack, 'Stays');
    copied({ repository: mirror('team/goes'), tagRemovalPolicy: TagRemovalPolicy.DESTROY }, stack, 'Goes');
    expect(rightsOf()).toEqual([PUSH_TOKEN, `${COPY_TO} on ${ARN('team/stays')}`, `${COPY_TO_AND_REMOVE} on ${ARN('team/goes')}`].sort());
  });

  test('a repository of another Region', () => {
    copied({ repository: ExistingRepository.fromRepositoryName(stack, 'Import', 'team/mirror', { region: 'us-east-1' }) });
    expect(propertiesOf()).toMatchObject({ RepositoryArn: ARN('team/mirror', OURS.account, 'us-east-1'), Region: 'us-east-1' });
    expect(rightsOf()).toEqual([PUSH_TOKEN, `${COPY_TO} on ${ARN('team/mirror', OURS.account, 'us-east-1')}`].sort());
  });

  test('an import of aws-ecr', () => {
    copied({ repository: ecr.Repository.fromRepositoryName(stack, 'Import', 'team/mirror') });
    expect(rightsOf()).toEqual([PUSH_TOKEN, `${COPY_TO} on ${ARN('team/mirror')}`].sort());
  });

  test('another account with access: the function may only assume the role, whatever is asked for', () => {
    copied({ repository: central(), tagRemovalPolicy: TagRemovalPolicy.DESTROY });
    expect(propertiesOf()).toMatchObject({ RepositoryArn: CENTRAL_ARN, RoleArn: access.roleArn, ExternalId: 'id', RemoveTags: true });
    expect(rightsOf()).toEqual([ASSUME]);
  });

  test('another account with access, from a repository of this account or of that one', () => {
    copied({ repository: central(), source: ImageSource.fromEcrRepository(mirror('team/builds'), 'v1') }, stack, 'Ours');
    const theirs = new Stack(app, 'Theirs', { env: OURS });
    const builds = ExistingRepository.fromRepositoryArn(theirs, 'Builds', ARN('team/builds', '222222222222'), { access });
    copied({ repository: central(theirs), source: ImageSource.fromEcrRepository(builds, 'v1') }, theirs);
    expect(rightsOf()).toEqual([`${COPY_FROM} on ${ARN('team/builds')}`, ASSUME].sort());
    expect(new Set(rightsOf(theirs))).toEqual(new Set([ASSUME]));
    expect(propertiesOf(theirs)).toMatchObject({ RoleArn: access.roleArn, Source: { RoleArn: access.roleArn, ExternalId: 'id' } });
  });

  test('it waits for every policy that it needs', () => {
    copied({ repository: central(), source: ImageSource.fromEcrRepository(central(stack, 'Source'), 'v1') });
    const policies = resourcesOf().filter(([, { Type }]) => Type === 'AWS::IAM::Policy').map(([id]) => id);
    expect(policies).toHaveLength(3);
    expect(copyOf().DependsOn).toEqual(expect.arrayContaining(policies));
  });

  test('a repository of another stack of the app', () => {
    const owner = new Stack(app, 'Owner', { env: OURS });
    const copy = copied({ repository: new Repository(owner, 'Mirror') });
    new CfnOutput(stack, 'Uri', { value: copy.image.imageUri });
    expect(propertiesOf().RepositoryArn).toMatch(/^<Owner:ExportsOutputFnGetAttMirror/);
    expect(stack.dependencies).toEqual([owner]);
  });
});

describe('many copies', () => {
  const many = (count: number, name: (nth: number) => string) => {
    for (let nth = 0; nth < count; nth++) {
      copied({
        repository: mirror(name(nth)),
        source: nth % 2 === 0 ? ImageSource.fromEcrRepository(mirror(`from/${name(nth)}`), 'v1')
          : ImageSource.fromEcrPublic(`public.ecr.aws/team/${name(nth)}:v1`),
      }, stack, `Copy${nth}`);
    }
  };

  test('20 of them need as many statements as two', () => {
    many(20, nth => `r${10 + nth}`);
    expect(rightsOf()).toHaveLength(4);
    expect(rightsOf().find(right => right.startsWith(COPY_TO))!.split(' on ')[1].split(' '))
      .toEqual(Array.from({ length: 20 }, (_, nth) => ARN(`r${10 + nth}`)));
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
  });

  test('several to one repository name it once', () => {
    const repository = new Repository(stack, 'Mirror');
    for (const tag of ['1', '2', '3']) copied({ repository, source: ImageSource.fromRegistry(`redis:${tag}`) }, stack, `Copy${tag}`);
    for (const tag of ['4', '5']) copied({ repository: mirror('again', new Construct(stack, `Scope${tag}`)) }, stack, `Copy${tag}`);
    expect(rightsOf()).toEqual([PUSH_TOKEN, `${COPY_TO} on ${text(stack.resolve(repository.repositoryArn))} ${ARN('again')}`].sort());
  });

  test('more than a role\'s policies have room for are an error that says what to do', () => {
    many(100, nth => `a-long-name/${'x'.repeat(80)}-${nth}`);
    expect(() => app.synth())
      .toThrow(/the role of 'Stack\/CdkEcrKeeperImageCopy' would have about \d{5} characters of policy, but IAM allows 10240\. Spread .* over several stacks/);
  });
});

describe('uses of the image', () => {
  const AT_DIGEST = /^111111111111\.dkr\.ecr\.eu-west-1\.<AWS::URLSuffix>\/team\/mirror@sha256:<Copy\w+\.ImageDigestHex>$/;

  test('its URI is that of the digest in the repository', () => {
    const copy = copied();
    expect(text(stack.resolve(copy.image.imageUri))).toMatch(AT_DIGEST);
    expect(text(stack.resolve(copy.image.imageDigest))).toMatch(/^sha256:<Copy\w+\.ImageDigestHex>$/);
  });

  test('a container of ECS takes the digest', () => {
    const copy = copied();
    const task = new ecs.FargateTaskDefinition(stack, 'Task');
    task.addContainer('App', { image: copy.image.toContainerImage() });
    const [[, { Properties }]] = resourcesOf().filter(([, { Type }]) => Type === 'AWS::ECS::TaskDefinition');
    expect(text(Properties.ContainerDefinitions[0].Image)).toMatch(AT_DIGEST);
  });

  test('a function takes it', () => {
    const copy = copied();
    new lambda.DockerImageFunction(stack, 'Function', { code: copy.image.toDockerImageCode() });
    const [[, { Properties }]] = resourcesOf().filter(([, { Properties: { PackageType } }]) => PackageType === 'Image');
    expect(text(Properties.Code.ImageUri)).toMatch(AT_DIGEST);
  });

  test('and both take one of a repository of the stack', () => {
    const copy = copied({ repository: new Repository(stack, 'Mirror') });
    new ecs.FargateTaskDefinition(stack, 'Task').addContainer('App', { image: copy.image.toContainerImage() });
    new lambda.DockerImageFunction(stack, 'Function', { code: copy.image.toDockerImageCode() });
    const images = resourcesOf().flatMap(([, { Properties = {} }]) =>
      Properties.ContainerDefinitions?.[0].Image ?? Properties.Code?.ImageUri ?? []);
    expect(images.map(text)).toEqual(Array(2).fill(expect.stringMatching(/^[^@]+@sha256:<Copy\w+\.ImageDigestHex>$/)));
  });

  test('another stack of the app takes it, and is deployed afterwards', () => {
    const copy = copied();
    const consumer = new Stack(app, 'Consumer', { env: OURS });
    new CfnOutput(consumer, 'Uri', { value: copy.image.imageUri });
    const [uri] = Object.values<{ Value: unknown }>(Template.fromStack(consumer).toJSON().Outputs);
    expect(text(uri.Value)).toMatch(/\/team\/mirror@sha256:<Stack:ExportsOutputFnGetAttCopy\w+ImageDigestHex\w+>$/);
    expect(consumer.dependencies).toEqual([stack]);
    expect(JSON.stringify(Template.fromStack(stack).toJSON().Outputs)).toContain('"ImageDigestHex"');
  });

  test('a resource that depends on the construct is deployed after the copy', () => {
    const copy = copied();
    new CfnResource(stack, 'Dependent', { type: 'Test::Dependent' }).node.addDependency(copy);
    const [[, dependent]] = resourcesOf().filter(([, { Type }]) => Type === 'Test::Dependent');
    expect(dependent.DependsOn).toContain(copyOf().id);
  });

  test('a grant on the repository makes no circular dependency', () => {
    const copy = copied();
    new lambda.DockerImageFunction(stack, 'Function', { code: copy.image.toDockerImageCode() });
    new CfnOutput(stack, 'Uri', { value: copy.image.imageUri });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('how much was sent are numbers that are known at deploy', () => {
    const copy = copied();
    expect([copy.bytesSent, copy.bytesSkipped].map(count => [typeof count, Token.isUnresolved(count), text(stack.resolve(count))]))
      .toEqual([
        ['number', true, expect.stringMatching(/^<Copy\w+\.BytesSent>$/)],
        ['number', true, expect.stringMatching(/^<Copy\w+\.BytesSkipped>$/)],
      ]);
    expect(text(stack.resolve(Tokenization.stringifyNumber(copy.bytesSent)))).toMatch(/^<Copy\w+\.BytesSent>$/);
  });
});

describe('logical ids', () => {
  const idOf = (props: (scope: Stack) => Partial<ImageCopyProps>, env?: typeof OURS) => {
    const of = new Stack(new App(), 'Stack', { env });
    copied(props(of), of);
    return copyOf(of).id;
  };

  test.each([
    ['known', OURS], ['unknown', undefined],
  ])('another literal repository is another resource, in an environment that is %s', (_what, env) => {
    const [one, same, other] = ['team/a', 'team/a', 'team/b'].map(name => idOf(scope => ({ repository: mirror(name, scope) }), env));
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  test('so is another Region or account', () => {
    const ids = [{}, { region: 'us-east-1' }, { account: '222222222222', access }]
      .map(options => idOf(scope => ({ repository: ExistingRepository.fromRepositoryName(scope, 'Import', 'team/a', options) }), OURS));
    expect(new Set(ids).size).toBe(3);
  });

  test('another source, other tags or another trigger are an update', () => {
    const ids = [{}, { source: ImageSource.fromRegistry('redis:8') }, { tags: ['x'] }, { trigger: 'x' }, { platforms: ['linux/amd64'] }]
      .map(props => idOf(() => props, OURS));
    expect(new Set(ids).size).toBe(1);
  });

  test('a repository of the template has a generated name, so the id does not change with it', () => {
    const ids = ['team/a', 'team/b'].map(repositoryName =>
      idOf(scope => ({ repository: new Repository(scope, 'Mirror', { repositoryName }) }), OURS));
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('a stack', () => {
  test('that is nested reads itself and the root stack', () => {
    const nested = new NestedStack(new NestedStack(stack, 'Outer'), 'Nested');
    copied({}, nested);
    const [[, policy]] = resourcesOf(nested).filter(([, { Type }]) => Type === 'AWS::IAM::Policy');
    const [asks] = flat(policy.Properties.PolicyDocument.Statement)
      .filter(({ Action }: { Action: string }) => Action === 'cloudformation:DescribeStacks');
    expect(asks.Resource).toEqual(['<AWS::StackId>', expect.stringMatching(/^<referenceto\w*AWSStackId/)]);
    expect(propertiesOf(nested).RepositoryArn).toBe(ARN('team/mirror'));
    const [[, outer]] = resourcesOf().filter(([, { Type }]) => Type === 'AWS::CloudFormation::Stack');
    expect(Object.values(outer.Properties.Parameters)).toContainEqual({ Ref: 'AWS::StackId' });
  });

  test('that is not nested reads only itself', () => {
    copied();
    expect(JSON.stringify(flat(resourcesOf().find(([, { Type }]) => Type === 'AWS::IAM::Policy')![1].Properties)))
      .toContain('"Action":"cloudformation:DescribeStacks","Effect":"Allow","Resource":"<AWS::StackId>"');
  });

  test('whose environment is not known copies from and to everywhere', () => {
    const unknown = new Stack(app, 'Unknown');
    copied({ source: ImageSource.fromEcrRepository(mirror('team/builds', unknown), 'v1') }, unknown);
    expect(propertiesOf(unknown)).toEqual({
      RepositoryArn: 'arn:aws:ecr:<AWS::Region>:<AWS::AccountId>:repository/team/mirror',
      Source: { RepositoryArn: 'arn:aws:ecr:<AWS::Region>:<AWS::AccountId>:repository/team/builds' },
      TagOrDigest: 'v1',
      Tags: ['v1'],
      Referrers: false,
      RemoveTags: false,
    });
    const arn = (name: string) => `arn:aws:ecr:<AWS::Region>:<AWS::AccountId>:repository/${name}`;
    expect(rightsOf(unknown)).toEqual([`${COPY_TO} on ${arn('team/mirror')}`, `${COPY_FROM} on ${arn('team/builds')}`, PUSH_TOKEN].sort());
  });

  test('whose environment is not known names the Region of an ARN', () => {
    const unknown = new Stack(app, 'Unknown');
    copied({
      repository: ExistingRepository.fromRepositoryArn(unknown, 'Mirror', ARN('team/mirror')),
      source: ImageSource.fromEcrRepository(ecr.Repository.fromRepositoryArn(unknown, 'Builds', ARN('team/builds')), 'v1'),
    }, unknown);
    expect(propertiesOf(unknown)).toMatchObject({ Region: 'eu-west-1', Source: { Region: 'eu-west-1' } });
    expect(rightsOf(unknown)).toEqual([`${COPY_TO} on ${ARN('team/mirror')}`, `${COPY_FROM} on ${ARN('team/builds')}`, PUSH_TOKEN].sort());
  });
});

describe('invalid properties are refused', () => {
  test('refuses a repository of another account without access, with the name of the property', () => {
    const repository = ExistingRepository.fromRepositoryArn(stack, 'Central', CENTRAL_ARN);
    expect(() => copied({ repository }))
      .toThrow(/^Stack\/Copy: 'repository' is in account 222222222222, but the stack is in 111111111111\. Import it with the 'access'/);
  });

  test('refuses a repository of another account that a stack of the app declares', () => {
    const owner = new Stack(app, 'Owner', { env: { ...OURS, account: '222222222222' } });
    expect(() => copied({ repository: new Repository(owner, 'Mirror', { repositoryName: 'team/mirror' }) }))
      .toThrow(/is in account 222222222222/);
  });

  test.each<[string, Partial<ImageCopyProps>, RegExp]>([
    ['a malformed tag', { tags: ['a b'] }, /'tags' must be tags .*, got: a b$/],
    ['a digest as a tag', { tags: [DIGEST] }, /'tags' must be tags/],
    ['a tag twice', { tags: ['a', 'a'] }, /'tags' must contain each tag once, got twice: a$/],
    ['41 tags', { tags: Array.from({ length: 41 }, (_, nth) => `v${nth}`) }, /'tags' must have at most 40 tags, got: 41$/],
    ['41 tags, one of them known only at deploy', { tags: [Fn.importValue('Tag'), ...Array.from({ length: 40 }, (_, nth) => `v${nth}`)] },
      /'tags' must have at most 40 tags, got: 41$/],
    ['no platform', { platforms: [] }, /'platforms' must contain at least one platform, got none$/],
    ['a malformed platform', { platforms: ['amd64'] }, /'platforms' must be <operating system>\/<architecture>.*, got: amd64$/],
    ['a platform twice', { platforms: ['linux/amd64', 'linux/amd64'] }, /'platforms' must contain each platform once/],
    ['an empty trigger, which CloudFormation would hand over', { trigger: '' }, /'trigger' must/],
  ])('refuses %s', (_what, props, message) => {
    expect(() => copied(props)).toThrow(message);
    expect(() => copied(props, stack, 'Again')).toThrow(/^Stack\/Again: /);
  });

  test('reports all problems in one error', () => {
    expect(() => copied({
      repository: ExistingRepository.fromRepositoryArn(stack, 'Central', CENTRAL_ARN),
      tags: ['a b', 'a', 'a'],
      platforms: ['amd64'],
    })).toThrow(/^Stack\/Copy: 4 problems\n/);
  });

  test('refuses missing tags if the tag of the source is known only at deployment', () => {
    const source = ImageSource.fromEcrRepository(mirror('team/builds'), `build-${Fn.importValue('Build')}`);
    expect(() => copied({ source }))
      .toThrow(/^Stack\/Copy: 'tags' is required if the tag or digest of the source is known only at deployment, got nothing$/);
    expect(() => copied({ source, tags: [] }, stack, 'None')).not.toThrow();
    expect(() => copied({ source: ImageSource.fromEcrRepository(mirror('other'), `sha256:${Fn.importValue('Hex')}`) }, stack, 'Digest'))
      .not.toThrow();
  });

  test('refuses access from a stack whose name or Region is not known', () => {
    expect(() => copied({ repository: central() }, new NestedStack(stack, 'Nested'))).toThrow(/'access' requires a stack whose name is known/);
    const unknown = new Stack(app, 'Unknown');
    expect(() => copied({ source: ImageSource.fromEcrRepository(central(unknown), 'v1') }, unknown))
      .toThrow(/'access' requires a stack whose Region is known/);
  });

  test('a problem that source and repository share is reported once', () => {
    const nested = new NestedStack(stack, 'Nested');
    const problemsOf = (): string[] => {
      try {
        copied({ repository: central(nested), source: ImageSource.fromEcrRepository(central(nested, 'Source'), 'v1') }, nested);
      } catch (error) {
        return (error as Error).message.split('\n  - ').slice(1);
      }
      return [];
    };
    const problems = problemsOf();
    expect(new Set(problems).size).toBe(problems.length);
  });
});

describe('a source', () => {
  test.each([
    'v1', DIGEST, `sha256:${Fn.importValue('Hex')}`, Fn.importValue('Tag'),
  ])('of ECR takes a tag or a digest, also one that is known only at deploy', tagOrDigest => {
    expect(() => ImageSource.fromEcrRepository(mirror(), tagOrDigest)).not.toThrow();
  });

  test.each([
    ['', /must be a digest, or a tag .*, got: $/], ['a b', /or a tag of/], ['sha256:0', /must be a digest of 64 hexadecimal digits/],
  ])('of ECR takes nothing else: %j', (tagOrDigest, message) => {
    expect(() => ImageSource.fromEcrRepository(mirror(), tagOrDigest)).toThrow(message);
    expect(() => ImageSource.fromEcrRepository(mirror('again'), tagOrDigest)).toThrow(/^ImageSource\.fromEcrRepository: 'tagOrDigest' /);
  });

  test.each([
    'public.ecr.aws/docker/library/redis:7.4', `public.ecr.aws/team/app@${DIGEST}`, `public.ecr.aws/team/app:v1@${DIGEST}`,
  ])('of ECR Public: %s', reference => {
    expect(() => ImageSource.fromEcrPublic(reference)).not.toThrow();
  });

  test.each([
    ['another registry', 'docker.io/library/redis:7.4', /'reference' must begin with public\.ecr\.aws\//],
    ['no registry', 'redis:7.4', /'reference' must begin with public\.ecr\.aws\//],
    ['a registry that begins like it', 'public.ecr.aws.example.com/team/app:v1', /'reference' must begin with public\.ecr\.aws\//],
    ['no alias', 'public.ecr.aws/redis:7.4', /'reference' must/],
    ['no tag', 'public.ecr.aws/team/app', /'reference' must have a tag or a digest/],
    ['no reference', 'public.ecr.aws/Team/App:v1', /'reference' must be /],
    ['a token', Fn.importValue('Reference'), /'reference' must be known when the app is synthesized, got a token$/],
    ['what is partly known only at deploy', `public.ecr.aws/team/app:${Fn.importValue('Tag')}`,
      /'reference' must be known when the app is synthesized/],
  ])('of ECR Public is not: %s', (_what, reference, message) => {
    expect(() => ImageSource.fromEcrPublic(reference)).toThrow(message);
    expect(() => ImageSource.fromEcrPublic(reference)).toThrow(/^ImageSource\.fromEcrPublic: /);
  });

  test.each([
    ['no reference', 'https://ghcr.io/team/app:v1',
      /'reference' must be <host>\/<name>:<tag> or <host>\/<name>@<digest>, got: https:\/\/ghcr\.io\/team\/app:v1$/],
    ['nothing', '', /'reference' must be/],
    ['a name in capitals', 'ghcr.io/Team/App:v1', /'reference' must be/],
    ['no tag', 'ghcr.io/team/app',
      /'reference' must have a tag or a digest, because 'latest' is rarely intended, got: ghcr\.io\/team\/app$/],
    ['a private repository of ECR', '111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1',
      /must not be an image of a private ECR repository, got: .* Use fromEcrRepository/],
    ['one in China', '111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/team/app:v1', /Use fromEcrRepository/],
    ['one by its dual-stack endpoint', '111111111111.dkr-ecr.eu-west-1.on.aws/team/app:v1', /Use fromEcrRepository/],
    ['a token', Fn.importValue('Reference'), /'reference' must be known when the app is synthesized, got a token$/],
  ])('of a registry is not: %s', (_what, reference, message) => {
    expect(() => ImageSource.fromRegistry(reference)).toThrow(message);
    expect(() => ImageSource.fromRegistry(reference)).toThrow(/^ImageSource\.fromRegistry: /);
  });

  test('all problems of a reference are in one error', () => {
    expect(() => ImageSource.fromEcrPublic('docker.io/library/redis'))
      .toThrow(/2 problems[^]*must begin with public\.ecr\.aws[^]*must have a tag or a digest/);
    expect(() => ImageSource.fromRegistry('111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/app')).toThrow(/2 problems/);
  });

  test('of another account is not refused, as its policy may allow it, while a malformed tag is', () => {
    const theirs = ExistingRepository.fromRepositoryArn(stack, 'Central', CENTRAL_ARN);
    expect(() => copied({ source: ImageSource.fromEcrRepository(theirs, 'v1') })).not.toThrow();
  });
});
