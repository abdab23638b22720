import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  App, Aspects, Duration, IAspect, InjectionContext, IPropertyInjector, PropertyInjectors, RemovalPolicy, Stack, Tags,
} from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { IConstruct } from 'constructs';
import { declareEveryConstruct } from './every-construct';
import * as keeper from '../src';
import * as descriptors from '../src/private/handler/descriptors';
import type { HandlerDescriptor } from '../src/private/handler/handler-function';
import * as shieldDescriptors from '../src/private/shield/descriptors';

// The rules are applied to the stacks that have every construct, so that a new handler is covered by its descriptor alone.

const BOUNDARY = 'arn:aws:iam::111111111111:policy/boundary';
const LOG_KEY = 'arn:aws:kms:us-east-1:111111111111:key/44444444-4444-4444-4444-444444444444';
const VPC = { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] };
const page = readFileSync(join(__dirname, '..', 'docs', 'operations', 'organization-rules.md'), 'utf8');
const handlers = [...Object.values(descriptors), ...Object.values(shieldDescriptors)];

interface Resource {
  readonly Type: string;
  readonly Properties?: any;
}

/** A resource, with the name of its stack and its logical id as `id`. */
type Named = Resource & { readonly id: string };

/** The rules of docs/operations/organization-rules.md. */
class Rules implements IAspect {
  public visit(node: IConstruct): void {
    if (node instanceof logs.CfnLogGroup) {
      node.retentionInDays = logs.RetentionDays.FIVE_YEARS;
      node.kmsKeyId = LOG_KEY;
    }
    if (node instanceof lambda.CfnFunction) {
      node.architectures = ['x86_64'];
      node.vpcConfig = VPC;
    }
    if (node instanceof lambda.Function) {
      node.role!.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole'));
    }
  }
}

/** Constructs whose functions call services that those of `declareEveryConstruct` call only with a role, or not at all. */
function declareEveryCall(stack: Stack): void {
  const inUseBy = [keeper.ImageUse.lambdaFunctions()];
  const lifecycle = keeper.LifecyclePolicy.fromRules([keeper.LifecycleRule.keepNewest(50)]);
  const lifecycleGuard = keeper.LifecycleGuard.refuse({ inUseBy });
  new keeper.Repository(stack, 'Owned', { lifecycle, lifecycleGuard, teardown: keeper.Teardown.deleteWithImages({ inUseBy }) });
  keeper.ExistingRepository.fromRepositoryName(stack, 'Existing', 'calls/existing', { lifecycle, lifecycleGuard });
  new keeper.PrefixTeardown(stack, 'Prefix', { prefix: 'calls/cache/', requireTag: { key: 'stage', value: 'test' }, inUseBy });
  new keeper.registry.PrefixLifecycle(stack, 'PrefixLifecycle', { prefix: 'calls/hub/', lifecycle, guard: lifecycleGuard });
  const central = keeper.ExistingRepository.fromRepositoryName(stack, 'Central', 'calls/central', {
    account: '222222222222', region: 'us-east-1', access: { roleArn: 'arn:aws:iam::222222222222:role/central' },
  });
  new keeper.RepositoryPolicy(stack, 'Policy', {
    repository: central,
    statements: [new iam.PolicyStatement({
      sid: 'Pull', principals: [keeper.RepositoryPrincipal.accounts('333333333333')], actions: ['ecr:BatchGetImage'],
    })],
    checkEvery: Duration.hours(1),
  });
  const { image } = new keeper.ImageCopy(stack, 'Copy', {
    source: keeper.ImageSource.fromEcrPublic('public.ecr.aws/nginx/nginx:1.27'), repository: central, tags: ['1.27'],
  });
  new keeper.ScanGate(stack, 'Gate', { image, limits: { critical: 0 } });
  new keeper.ImageTags(stack, 'Tags', { image, tags: ['prod'] });
  new keeper.fleet.ImageShield(stack, 'Shield', {
    repositories: keeper.fleet.RepositorySelection.prefixes('calls/'),
    tagPrefix: 'calls-',
    usedBy: inUseBy,
    environments: keeper.fleet.EnvironmentSelection.organization({
      roleName: 'image-use', externalId: 'a-long-external-id', regions: ['us-east-1'],
    }),
  });
}

function synthesize(): { readonly resources: readonly Named[]; readonly stackTags: ReadonlyArray<Record<string, string>> } {
  const app = new App({ analyticsReporting: false });
  declareEveryConstruct(app);
  declareEveryCall(new Stack(app, 'Calls', { env: { account: '111111111111', region: 'us-east-1' } }));
  iam.PermissionsBoundary.of(app).apply(iam.ManagedPolicy.fromManagedPolicyArn(app, 'Boundary', BOUNDARY));
  Tags.of(app).add('cost-center', 'images');
  Aspects.of(app).add(new Rules());
  const { stacks } = app.synth();
  return {
    resources: stacks.flatMap(({ stackName, template }) => Object.entries((template as { Resources: Record<string, Resource> }).Resources)
      .map(([id, resource]) => ({ ...resource, id: `${stackName} ${id}` }))),
    stackTags: stacks.map(({ tags }) => tags),
  };
}

describe('the rules of an organization apply to every resource of the stacks that have every construct', () => {
  const { resources, stackTags } = synthesize();
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
  const ids = (named: readonly Named[]) => named.map(({ id }) => id);
  // aws-cdk-lib creates it to empty the state bucket of a shield, and it is a resource without a class of its own
  const isOfCdk = ({ id }: Named) => id.includes('CustomS3AutoDeleteObjects');
  const ownFunctions = ofType('AWS::Lambda::Function')
    .filter(({ Properties }) => String(Properties.Description).startsWith('cdk-ecr-keeper:'));

  test('every handler has a function in these stacks', () => {
    const described = new Set(ownFunctions.map(({ Properties }) => Properties.Description));
    expect(described).toEqual(new Set(handlers.map(({ description }) => description)));
  });

  test('PermissionsBoundary.of(app) sets the boundary of every role', () => {
    const roles = ofType('AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(handlers.length);
    expect(ids(roles.filter(({ Properties }) => Properties.PermissionsBoundary !== BOUNDARY))).toEqual([]);
  });

  test('Tags.of(app) tags every resource whose type has tags, and the page lists the types that have none', () => {
    const isTagged = ({ Properties }: Resource) => JSON.stringify(Properties?.Tags ?? []).includes('cost-center');
    const untagged = resources.filter(resource => !isTagged(resource) && !isOfCdk(resource));
    const types = [...new Set(untagged.map(({ Type }) => Type))].filter(type => type.startsWith('AWS::')).sort();
    expect(types.filter(type => !page.includes(`\`${type}\``))).toEqual([]);
    expect(resources.filter(isTagged).map(({ Type }) => Type).filter(type => types.includes(type))).toEqual([]);
  });

  test('Tags.of(app) tags the stacks, so that CloudFormation tags what aws-cdk-lib creates without tags', () => {
    expect(stackTags.map(tags => tags['cost-center'])).toEqual(stackTags.map(() => 'images'));
  });

  test('an Aspect sets the retention and the key of every log group, and every function of the library has a log group', () => {
    const groups = ofType('AWS::Logs::LogGroup');
    expect(groups).toHaveLength(ownFunctions.length);
    expect(groups.map(({ Properties: { RetentionInDays, KmsKeyId } }) => [RetentionInDays, KmsKeyId]))
      .toEqual(groups.map(() => [logs.RetentionDays.FIVE_YEARS, LOG_KEY]));
    const withGroup = ownFunctions.map(({ id, Properties }) => `${id.split(' ')[0]} ${Properties.LoggingConfig?.LogGroup?.Ref}`);
    expect(new Set(withGroup)).toEqual(new Set(ids(groups)));
  });

  test('an Aspect moves every function of the library to x86_64', () => {
    expect(ids(ownFunctions.filter(({ Properties }) => String(Properties.Architectures) !== 'x86_64'))).toEqual([]);
  });

  test('an Aspect puts every function of the library into a VPC, with the permissions for it', () => {
    expect(ids(ownFunctions.filter(({ Properties }) => JSON.stringify(Properties.VpcConfig?.SubnetIds) !== '["subnet-1"]'))).toEqual([]);
    const withoutPolicy = ownFunctions.filter(fn =>
      !JSON.stringify(roleOf(fn).Properties.ManagedPolicyArns ?? []).includes('AWSLambdaVPCAccessExecutionRole'));
    expect(ids(withoutPolicy)).toEqual([]);
  });

  test.each(handlers)('the page has the endpoints of the services that $handler calls', ({ handler, description, ...descriptor }) => {
    const permitted = new Set(ownFunctions.filter(({ Properties }) => Properties.Description === description).flatMap(servicesOf));
    const called = clientsOf(handler).filter(service => permitted.has(service)).map(service => ENDPOINTS[service] ?? service);
    const expected = new Set([
      ...called,
      // a response to CloudFormation, and a layer, are objects in Amazon S3
      ...((descriptor as Partial<HandlerDescriptor>).stackReads ?? []).length > 0 ? ['s3'] : [],
      ...handler === 'image-copy' ? [ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER.shortName] : [],
    ]);
    const [, row = ''] = new RegExp(`^\\| \`${handler}\` \\| ([^|]*) \\|`, 'm').exec(page) ?? [];
    expect(row).toBe([...expected].sort().map(endpoint => `\`${endpoint}\``).join(', '));
  });

  test('the page says for what each endpoint is needed', () => {
    const needed = new Set([...page.matchAll(/^\| `[a-z-]+` \| ((?:`[a-z0-9.-]+`(?:, )?)+) \|$/gm)]
      .flatMap(([, row]) => row.split(', ')).map(name => name.slice(1, -1)));
    const explained = [...page.matchAll(/^\| `com\.amazonaws\.<region>\.([a-z0-9.-]+)`/gm)].map(([, name]) => name);
    expect(explained.sort()).toEqual([...needed].sort());
  });

  function roleOf(fn: Named): Named {
    const [stackName] = fn.id.split(' ');
    return resources.find(({ id }) => id === `${stackName} ${fn.Properties.Role['Fn::GetAtt'][0]}`)!;
  }

  /** Services of the actions in all policies of a function's role. */
  function servicesOf(fn: Named): string[] {
    const [stackName, role] = roleOf(fn).id.split(' ');
    const managed = (roleOf(fn).Properties.ManagedPolicyArns as any[]).map(arn => `${stackName} ${arn.Ref}`);
    const policies = resources.filter(({ id, Type, Properties }) => managed.includes(id)
      || (Type === 'AWS::IAM::Policy' && id.startsWith(`${stackName} `) && Properties.Roles.some((each: any) => each.Ref === role)));
    return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement as any[])
      .filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => [Action].flat() as string[]).map(action => action.split(':')[0]);
  }
});

/**
 * Services whose clients are in the bundle, by the prefix of their actions. A function has permissions on further services that Amazon ECR
 * or Amazon S3 calls for it, and bundles contain clients that a function does not use.
 */
function clientsOf(handler: string): string[] {
  const bundle = readFileSync(join(__dirname, '..', 'assets', 'lambda', handler, 'index.js'), 'utf8');
  return [...bundle.matchAll(/serviceId\?\?"([A-Za-z0-9 ]+)"/g)].map(([, service]) => PREFIXES[service] ?? service.toLowerCase());
}

/** Services whose actions have a different prefix than the name of the service. */
const PREFIXES: Readonly<Record<string, string>> = {
  'ECR PUBLIC': 'ecr-public', 'EventBridge': 'events', 'Secrets Manager': 'secretsmanager',
};

/** Endpoints whose name differs from the prefix of the actions. */
const ENDPOINTS: Readonly<Record<string, string>> = { ecr: ec2.InterfaceVpcEndpointAwsService.ECR.shortName };

function resourcesOf(app: App, stackName: string): Resource[] {
  return Object.values((app.synth().getStackByName(stackName).template as { Resources: Record<string, Resource> }).Resources);
}

describe('a property injector', () => {
  /** Overrides what the library passes, as a rule that applies to everybody does. */
  class Injector implements IPropertyInjector {
    constructor(public readonly constructUniqueId: string, private readonly rules: object) {}

    public inject<T>(props: T, _context: InjectionContext): T {
      return { ...props, ...this.rules };
    }
  }

  test('sets the key, the retention, the boundary, and the architecture of a function, and an audit does not change the retention', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    PropertyInjectors.of(app).add(
      new Injector(logs.LogGroup.PROPERTY_INJECTION_ID, {
        retention: logs.RetentionDays.TEN_YEARS, encryptionKey: kms.Key.fromKeyArn(stack, 'LogKey', LOG_KEY),
      }),
      new Injector(lambda.Function.PROPERTY_INJECTION_ID, { architecture: lambda.Architecture.X86_64 }),
      new Injector(iam.Role.PROPERTY_INJECTION_ID, {
        permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', BOUNDARY),
      }),
    );
    new keeper.Repository(stack, 'Repository', {
      repositoryName: 'team/app', teardown: keeper.Teardown.deleteWithImages({ audit: keeper.TeardownAudit.toLogs() }),
    });
    const resources = resourcesOf(app, 'Stack');
    const propertiesOf = (type: string) => resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
    expect(propertiesOf('AWS::Logs::LogGroup')).toMatchObject([{ RetentionInDays: logs.RetentionDays.TEN_YEARS, KmsKeyId: LOG_KEY }]);
    expect(propertiesOf('AWS::Lambda::Function')).toMatchObject([{ Architectures: ['x86_64'] }]);
    expect(propertiesOf('AWS::IAM::Role')).toMatchObject([{ PermissionsBoundary: BOUNDARY }]);
  });
});

describe('a role that a role in another account trusts by its name', () => {
  const CENTRAL = { account: '222222222222', region: 'eu-west-1', access: { roleArn: 'arn:aws:iam::222222222222:role/central' } };

  function build(change: (role: iam.CfnRole) => void, stackName?: string): App {
    const app = new App();
    const stack = new Stack(app, 'Build', { stackName, env: { account: '111111111111', region: 'eu-west-1' } });
    const options = { ...CENTRAL, teardown: keeper.Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } }) };
    for (const name of ['one', 'two']) keeper.ExistingRepository.fromRepositoryName(stack, name, name, options);
    Aspects.of(app).add({ visit: node => void (node instanceof iam.CfnRole && change(node)) });
    return app;
  }

  test.each<[string, (role: iam.CfnRole) => void, string]>([
    ['renames it', role => { role.roleName = `acme-${role.roleName}`; }, 'got the name "acme-Build-eu-west-1-teardown-'],
    ['overrides its name', role => role.addPropertyOverride('RoleName', 'acme'), 'got the name "acme" and the path "/"'],
    ['gives it a path', role => { role.path = '/acme/'; }, 'and the path "/acme/"'],
  ])('fails at synthesis when an Aspect %s', (_, change, message) => {
    const synth = () => build(change).synth();
    expect(synth).toThrow('the role \'Build/CdkEcrKeeperTeardown/Role/Resource\' must have the name');
    expect(synth).toThrow(message);
  });

  test('passes when an Aspect changes something else, and begins with the name of the stack', () => {
    const app = build(role => {
      role.permissionsBoundary = BOUNDARY;
      role.applyRemovalPolicy(RemovalPolicy.DESTROY);
    }, 'acme-build');
    expect(resourcesOf(app, 'acme-build').find(({ Type }) => Type === 'AWS::IAM::Role')!.Properties.RoleName).toMatch(/^acme-build-eu-west-1-teardown-/);
  });
});
