import { App, Fn, SecretValue, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { LifecyclePolicy, LifecycleRule, registry, RepositoryPrincipal } from '../src';
import { app, newStackForEachTest, stack } from './construct-scene';

const { PullThroughCache, RepositoryTemplate, TemplateUse, Upstream } = registry;
const TYPE = 'Custom::EcrPullThroughCache';
const ENV = { account: '111111111111', region: 'eu-west-1' };
const NAME = 'ecr-pullthroughcache/hub';
const ARN = `arn:aws:secretsmanager:eu-west-1:111111111111:secret:${NAME}-a1B2c3`;

newStackForEachTest({ env: ENV });

const secret = (arn = ARN, scope: Stack = stack) => secretsmanager.Secret.fromSecretCompleteArn(scope, 'Secret', arn);

function add(props: Partial<registry.PullThroughCacheProps> = {}, id = 'Hub', scope = stack) {
  return new PullThroughCache(scope, id, { upstream: Upstream.kubernetes(), prefix: 'hub', ...props });
}

/** Properties of the only rule, without those of every custom resource. */
function rule(one = stack): Record<string, unknown> {
  const [{ Properties: { ServiceToken: _token, ServiceTimeout: _timeout, ...properties } }] =
    Object.values(Template.fromStack(one).findResources(TYPE));
  return properties;
}

/** Statements of all roles, with readable references. */
function statements(one = stack): any[] {
  const join = (value: any): any => Array.isArray(value) ? value.map(join)
    : value['Fn::Join']?.[1].map((part: any) => typeof part === 'string' ? part : `\${${part.Ref}}`).join('') ?? value;
  return Object.values(Template.fromStack(one).findResources('AWS::IAM::Policy'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .map((statement: any) => ({ ...statement, Resource: join(statement.Resource) }));
}

describe('the rule for', () => {
  test.each<[string, () => registry.Upstream, object]>([
    ['Docker Hub', () => Upstream.dockerHub(secret()),
      { UpstreamRegistry: 'docker-hub', UpstreamUrl: 'registry-1.docker.io', CredentialArn: ARN }],
    ['GitHub', () => Upstream.gitHub(secret()),
      { UpstreamRegistry: 'github-container-registry', UpstreamUrl: 'ghcr.io', CredentialArn: ARN }],
    ['GitLab', () => Upstream.gitLab(secret()),
      { UpstreamRegistry: 'gitlab-container-registry', UpstreamUrl: 'registry.gitlab.com', CredentialArn: ARN }],
    ['Chainguard', () => Upstream.chainguard(secret()), { UpstreamRegistry: 'chainguard', UpstreamUrl: 'cgr.dev', CredentialArn: ARN }],
    ['Azure', () => Upstream.azure('team-a.azurecr.io', secret()),
      { UpstreamRegistry: 'azure-container-registry', UpstreamUrl: 'team-a.azurecr.io', CredentialArn: ARN }],
    ['Amazon ECR Public', () => Upstream.ecrPublic(), { UpstreamRegistry: 'ecr-public', UpstreamUrl: 'public.ecr.aws' }],
    ['Quay', () => Upstream.quay(), { UpstreamRegistry: 'quay', UpstreamUrl: 'quay.io' }],
    ['Kubernetes', () => Upstream.kubernetes(), { UpstreamRegistry: 'k8s', UpstreamUrl: 'registry.k8s.io' }],
    ['another Region of Amazon ECR', () => Upstream.ecr({ region: 'eu-north-1', repositoryPrefix: 'team/' }), {
      UpstreamRegistry: 'ecr',
      UpstreamUrl: { 'Fn::Join': ['', ['111111111111.dkr.ecr.eu-north-1.', { Ref: 'AWS::URLSuffix' }]] },
      UpstreamPrefix: 'team',
    }],
  ])('%s has the registry and the credentials that it needs', (_name, upstream, expected) => {
    add({ upstream: upstream() });
    expect(rule()).toEqual({ Prefix: 'hub', ...expected });
  });

  test('another account of Amazon ECR has a role that only copies between the two prefixes', () => {
    add({ upstream: Upstream.ecr({ account: '222222222222', repositoryPrefix: 'team' }), prefix: 'mirror/team' });
    expect(rule()).toMatchObject({ RoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^Hub.*UpstreamRole/), 'Arn'] } });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'pullthroughcache.ecr.amazonaws.com' } }],
      },
    });
    Template.fromStack(stack).hasResource(TYPE, { DependsOn: Match.arrayWith([Match.stringLikeRegexp('UpstreamRoleDefaultPolicy')]) });
    expect(statements().find(({ Action }) => Action.includes('ecr:PutImage')).Resource).toEqual([
      'arn:${AWS::Partition}:ecr:eu-west-1:111111111111:repository/mirror/team/*',
      'arn:${AWS::Partition}:ecr:eu-west-1:222222222222:repository/team/*',
    ]);
  });

  test('another account of Amazon ECR takes a role of the app, and may pass it only to Amazon ECR', () => {
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/cache');
    add({ upstream: Upstream.ecr({ account: '222222222222', role }), prefix: 'ROOT' });
    expect(rule()).toMatchObject({ Prefix: 'ROOT', RoleArn: 'arn:aws:iam::111111111111:role/cache' });
    expect(statements()).toContainEqual({
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: 'arn:aws:iam::111111111111:role/cache',
      Condition: { StringEquals: { 'iam:PassedToService': ['pullthroughcache.ecr.amazonaws.com', 'ecr.amazonaws.com'] } },
    });
  });

  test('a secret that was imported by name may be read with any suffix', () => {
    add({ upstream: Upstream.dockerHub(secretsmanager.Secret.fromSecretNameV2(stack, 'ByName', NAME)) });
    expect(statements()).toContainEqual({
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: `arn:\${AWS::Partition}:secretsmanager:eu-west-1:111111111111:secret:${NAME}-??????`,
    });
  });

  test('a secret of the stack refers to the secret, which therefore exists before', () => {
    const own = new secretsmanager.Secret(stack, 'Own', { secretName: NAME, secretStringValue: SecretValue.unsafePlainText('{}') });
    add({ upstream: Upstream.dockerHub(own) });
    expect(rule()).toMatchObject({ CredentialArn: { Ref: stack.getLogicalId(own.node.defaultChild as never) } });
  });
});

test('the function of a cache without credentials may only manage rules and create the service-linked role', () => {
  add();
  expect(statements()).toEqual([
    expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
    expect.objectContaining({ Action: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackEvents'] }),
    {
      Effect: 'Allow',
      Action: ['CreatePullThroughCacheRule', 'UpdatePullThroughCacheRule', 'DeletePullThroughCacheRule', 'DescribePullThroughCacheRules',
        'ValidatePullThroughCacheRule'].map(name => `ecr:${name}`),
      Resource: '*',
    },
    {
      Effect: 'Allow',
      Action: 'iam:CreateServiceLinkedRole',
      Resource: 'arn:${AWS::Partition}:iam::111111111111:role/aws-service-role/pullthroughcache.ecr.amazonaws.com/'
        + 'AWSServiceRoleForECRPullThroughCache',
      Condition: { StringEquals: { 'iam:AWSServiceName': 'pullthroughcache.ecr.amazonaws.com' } },
    },
  ]);
});

const other = () => new Stack(new App(), 'Other', { env: ENV });
const owned = (props: secretsmanager.SecretProps) => Upstream.dockerHub(new secretsmanager.Secret(other(), 'Owned', props));

test.each<[string, () => Partial<registry.PullThroughCacheProps>, RegExp]>([
  ['a prefix of one character', () => ({ prefix: 'a' }), /'prefix' must be the beginning of repository names, .*, of 2 to 30 characters/],
  ['a prefix of 31 characters', () => ({ prefix: 'a'.repeat(31) }), /'prefix' must be the beginning/],
  ['a prefix that is a token', () => ({ prefix: Fn.importValue('x') }), /'prefix' must be known when the app is synthesized/],
  ['a secret with another name', () => ({ upstream: Upstream.dockerHub(secret(ARN.replace(NAME, 'hub'), other())) }),
    /the secret of 'upstream' must have a name that begins with ecr-pullthroughcache\/, got: hub$/],
  ['a secret with a generated name', () => ({ upstream: owned({}) }),
    /the secret of 'upstream' must have a 'secretName' that begins with ecr-pullthroughcache\/, got none/],
  ['a secret with a customer managed key', () => {
    const encryptionKey = kms.Key.fromKeyArn(other(), 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/x');
    return { upstream: owned({ secretName: NAME, encryptionKey }) };
  }, /must be encrypted with the default key aws\/secretsmanager, because .* Omit its 'encryptionKey'/],
  ['an imported secret with another name', () => ({
    upstream: Upstream.dockerHub(secretsmanager.Secret.fromSecretNameV2(other(), 'ByName', 'hub')),
  }), /the secret of 'upstream' must have a name that begins with ecr-pullthroughcache\/, got: hub$/],
  ['an imported secret with a customer managed key', () => {
    const scope = other();
    const encryptionKey = kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/x');
    const imported = secretsmanager.Secret.fromSecretAttributes(scope, 'Imported', { secretCompleteArn: ARN, encryptionKey });
    return { upstream: Upstream.dockerHub(imported) };
  }, /must be encrypted with the default key aws\/secretsmanager/],
  ['a secret of another Region', () => ({ upstream: Upstream.dockerHub(secret(ARN.replace('eu-west-1', 'us-east-1'), other())) }),
    /the secret of 'upstream' must be in the Region of the stack, eu-west-1, got: us-east-1/],
  ['a secret of another account', () => ({ upstream: Upstream.dockerHub(secret(ARN.replace('111111111111', '222222222222'), other())) }),
    /the secret of 'upstream' must be in the account of the stack, 111111111111, got: 222222222222/],
  ['its own registry', () => ({ upstream: Upstream.ecr({ account: '111111111111', region: 'eu-west-1' }) }),
    /'upstream' must be another registry than the one of the stack. Specify its 'account' or its 'region'/],
  ['a registry without account and Region', () => ({ upstream: Upstream.ecr({}) }), /'upstream' must be another registry/],
  ['an account that is none', () => ({ upstream: Upstream.ecr({ account: '2' }) }), /'upstream.account' must have 12 digits, got: "2"/],
  ['a Region that is none', () => ({ upstream: Upstream.ecr({ region: 'Ireland' }) }), /'upstream.region' must be the name of a Region/],
  ['an upstream prefix that is too short', () => ({ upstream: Upstream.ecr({ region: 'eu-north-1', repositoryPrefix: 'a' }) }),
    /'upstream.repositoryPrefix' must be the beginning of repository names/],
  ['an upstream prefix with ROOT', () => ({ upstream: Upstream.ecr({ region: 'eu-north-1', repositoryPrefix: 'team' }), prefix: 'ROOT' }),
    /'upstream.repositoryPrefix' must not be combined with the prefix ROOT, got: team/],
  ['a role of another account', () => ({
    upstream: Upstream.ecr({ account: '222222222222', role: iam.Role.fromRoleArn(other(), 'Role', 'arn:aws:iam::222222222222:role/x') }),
  }), /'upstream.role' must be in the account of the stack, 111111111111, got: 222222222222/],
  ['settings of repositories that are invalid', () => ({ repositories: { tags: { 'aws:x': '' } } }),
    /'repositories.tags' must not have keys that start with 'aws:'/],
  ['a teardown of ROOT', () => ({ prefix: 'ROOT', teardown: { requireTag: { key: 'a', value: 'b' } } }),
    /'teardown' must not be combined with the prefix ROOT, which stands for every repository/],
  ['a guard that is invalid', () => ({ teardown: { requireTag: { key: 'a', value: 'b' }, maxImages: -1 } }),
    /'teardown.maxImages' must be a whole number of at least 0, got: -1/],
  ['a teardown whose tag is not in the template', () => ({
    repositories: { tags: { stage: 'prod' } }, teardown: { requireTag: { key: 'stage', value: 'test' } },
  }), /'teardown.requireTag' must be one of 'repositories.tags', because .*. Add stage: "test" there/],
  ['problems of everything at once', () => ({
    prefix: 'a', upstream: owned({}), repositories: { description: 'x'.repeat(257) }, teardown: { requireTag: { key: '', value: '' } },
  }), /5 problems/],
])('%s is an error', (_what, props, message) => {
  expect(() => add(props())).toThrow(message);
});

test('a host that is not one of Azure is an error', () => {
  expect(() => Upstream.azure('team.example.com', secret())).toThrow(/Upstream.azure: 'host' must be the host of a registry, such as team/);
});

test('two caches of one registry have different prefixes', () => {
  add({ prefix: 'hub/' });
  expect(() => add({}, 'Again', new Stack(app, 'Other', { env: ENV }))).toThrow(
    /'prefix' hub already has a pull-through cache at 'Stack\/Hub', and a registry can have only one/);
});

test('another prefix is another resource', () => {
  const idOf = (prefix: string) => {
    const one = new Stack(new App(), 'Stack');
    add({ prefix }, 'Hub', one);
    return Object.keys(Template.fromStack(one).findResources(TYPE))[0];
  };
  expect(idOf('one')).not.toBe(idOf('two'));
  expect(idOf('one')).toBe(idOf('one/'));
});

describe('the settings of the repositories', () => {
  const repositories = { tags: { stage: 'test' }, lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(20)]) };

  test('are in a template for the cache, which exists before the rule', () => {
    add({ repositories });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ECR::RepositoryCreationTemplate', {
      Prefix: 'hub', AppliedFor: ['PULL_THROUGH_CACHE'], ResourceTags: [{ Key: 'stage', Value: 'test' }],
    });
    template.hasResource(TYPE, { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^HubTemplate')]) });
  });

  test('cannot be those of a second template for the prefix', () => {
    new RepositoryTemplate(stack, 'First', { prefix: 'hub', appliedFor: [TemplateUse.PULL_THROUGH_CACHE] });
    expect(() => add({ repositories })).toThrow(/Stack\/Hub\/Template: 'prefix' hub already has a template at 'Stack\/First'/);
  });

  test('with a teardown include its tag, and the rule is deleted before the repositories', () => {
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/11111111-1111-1111-1111-111111111111');
    add({ repositories: { ...repositories, encryptionKey }, teardown: { requireTag: { key: 'stage', value: 'test' }, maxImages: 5 } });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('Custom::EcrPrefixTeardown', {
      Prefix: 'hub/', RequireTagKey: 'stage', RequireTagValue: 'test', MaxImages: 5,
    });
    template.hasResource(TYPE, { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^HubTeardown[0-9a-f]{8}[0-9A-F]{8}$')]) });
    expect(statements()).toContainEqual(expect.objectContaining({ Action: 'kms:RetireGrant' }));
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });

  test('that another template may set cause a warning about the tag of the teardown', () => {
    add({ teardown: { requireTag: { key: 'stage', value: 'test' } } });
    Annotations.fromStack(stack).hasWarning('/Stack/Hub', Match.stringLikeRegexp('the tag \'stage\'.*Add \'repositories\' with this tag'));
  });
});

describe('grantPull', () => {
  const role = (scope = stack) => new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });

  test.each([['hub', 'hub/*'], ['ROOT', '*']])('allows the first pull under the prefix %s', (prefix, names) => {
    const puller = role();
    expect(add({ prefix, upstream: Upstream.ecr({ region: 'eu-north-1' }) }).grantPull(puller).success).toBe(true);
    expect(statements().filter(({ Action }) => JSON.stringify(Action).includes('Authorization') || Action.includes('ecr:BatchGetImage')))
      .toEqual([{
        Effect: 'Allow',
        Action: [
          'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository', 'ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage',
          'ecr:GetDownloadUrlForLayer',
        ],
        Resource: `arn:\${AWS::Partition}:ecr:eu-west-1:111111111111:repository/${names}`,
      }, { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }]);
  });

  test.each<[string, () => iam.IGrantable, RegExp]>([
    ['a role of another account', () => role(new Stack(app, 'Other', { env: { ...ENV, account: '222222222222' } })),
      /'grantee' must be a principal of the account of the cache, 111111111111, got one of account 222222222222. For others, add Registry/],
    ['an organization', () => ({ grantPrincipal: RepositoryPrincipal.organizations('o-a1b2c3d4e5') }),
      /'grantee' must be a principal of the account of the cache whose policy the app can change/],
    ['a service', () => new iam.ServicePrincipal('lambda.amazonaws.com'), /whose policy the app can change, got: ServicePrincipal\(lambda/],
  ])('is an error for %s', (_what, grantee, message) => {
    expect(() => add().grantPull(grantee())).toThrow(message);
  });
});

describe('imageUri', () => {
  const DIGEST = `sha256:${'0'.repeat(64)}`;
  const URI = '111111111111.dkr.ecr.eu-west-1.${Token}/';
  const uri = (upstream: registry.Upstream, name: string, tag = '1', prefix = 'hub') =>
    add({ upstream, prefix }).imageUri(name, tag).replace(/\$\{Token\[[^\]]+\]\}/, '${Token}');
  const inEcr = (repositoryPrefix?: string) => Upstream.ecr({ region: 'eu-north-1', repositoryPrefix });

  test.each<[string, () => registry.Upstream, string, string]>([
    ['an official image of Docker Hub', () => Upstream.dockerHub(secret()), 'nginx', 'hub/library/nginx:1'],
    ['an official image of Docker Hub with its namespace', () => Upstream.dockerHub(secret()), 'library/nginx', 'hub/library/nginx:1'],
    ['another image of Docker Hub', () => Upstream.dockerHub(secret()), 'grafana/grafana', 'hub/grafana/grafana:1'],
    ['an image of Kubernetes without a namespace', () => Upstream.kubernetes(), 'pause', 'hub/pause:1'],
    ['an image of Kubernetes', () => Upstream.kubernetes(), 'ingress-nginx/controller', 'hub/ingress-nginx/controller:1'],
    ['an image of the Amazon ECR Public Gallery', () => Upstream.ecrPublic(), 'docker/library/nginx', 'hub/docker/library/nginx:1'],
    ['an image of Azure without a namespace', () => Upstream.azure('a.azurecr.io', secret()), 'app', 'hub/app:1'],
    ['an image of another registry of Amazon ECR', () => inEcr(), 'app', 'hub/app:1'],
    ['an image under a prefix of another registry of Amazon ECR', () => inEcr('team/'), 'team/app', 'hub/app:1'],
  ])('is right for %s', (_what, upstream, name, expected) => {
    expect(uri(upstream(), name)).toBe(`${URI}${expected}`);
  });

  test('is right for a digest, a token as a tag, and the prefix ROOT', () => {
    expect(uri(inEcr(), 'team/app', DIGEST, 'ROOT')).toBe(`${URI}team/app@${DIGEST}`);
    expect(add({ prefix: 'other' }, 'Other').imageUri('pause', Fn.importValue('tag'))).toMatch(/\/other\/pause:\$\{Token/);
  });

  test.each<[string, () => registry.Upstream, string, string, RegExp]>([
    ['a name with the registry', () => Upstream.quay(), 'quay.io/team/app', '1', /'name' must not begin with the registry, got: quay.io/],
    ['a name with the alias of Docker Hub', () => Upstream.dockerHub(secret()), 'docker.io/nginx', '1', /must not begin with the registry/],
    ['a name with the registry of Azure', () => Upstream.azure('a.azurecr.io', secret()), 'a.azurecr.io/app', '1', /not begin with the reg/],
    ['a name without its namespace', () => Upstream.gitHub(secret()), 'app', '1', /'name' must have the namespace of the image .*, got: app/],
    ['a name of other upstream repositories', () => inEcr('team'), 'teams/app', '1', /'name' must begin with team\/, the prefix of the ups/],
    ['a name in capitals', () => Upstream.quay(), 'Team/app', '1', /'name' must consist of lowercase letters/],
    ['a name with a tag', () => Upstream.quay(), 'team/app:1', '1', /'name' must consist of lowercase letters/],
    ['a tag that is none', () => Upstream.quay(), 'team/app', '-1', /'tagOrDigest' must be a digest, or a tag/],
  ])('throws for %s', (_what, upstream, name, tag, message) => {
    expect(() => uri(upstream(), name, tag)).toThrow(message);
  });
});

test('a stack without an environment accepts another account as an upstream registry', () => {
  const agnostic = new Stack(new App(), 'Agnostic');
  add({ upstream: Upstream.ecr({ account: '222222222222' }) }, 'Hub', agnostic);
  expect(rule(agnostic)).toMatchObject({ RoleArn: expect.anything() });
});
