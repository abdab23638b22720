import { App, CfnOutput, Duration, Environment, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import * as keeper from '../src';
import { logoFile, png } from './lambda/public-repository/logo-file';

/** Where the stacks are deployed. */
export interface Place {
  readonly partition: string;
  /** Regions of the partition, by the names that this file uses. Each stands for itself if it is not here. */
  readonly regions?: Readonly<Record<string, string>>;
  /** Whether the partition has Amazon ECR Public. */
  readonly hasEcrPublic: boolean;
  /** Whether the stacks know their account and Region. What works with roles of other accounts needs them. */
  readonly isKnown: boolean;
}

const COMMERCIAL: Place = { partition: 'aws', hasEcrPublic: true, isKnown: true };
let place = COMMERCIAL;

/** Region of the place that stands for a Region of the partition `aws`. */
function at(region: string): string {
  return place.regions?.[region] ?? region;
}

function environment(account: string, region: string): Environment {
  return place.isKnown ? { account, region: at(region) } : {};
}

function arn(service: string, region: string, resource: string, account = '111111111111'): string {
  return `arn:${place.partition}:${service}:${at(region)}:${account}:${resource}`;
}

function accessTo(account: string, roleName: string) {
  return { roleArn: `arn:${place.partition}:iam::${account}:role/${roleName}`, externalId: EXTERNAL_ID };
}

const EXTERNAL_ID = 'a-long-external-id';
const CENTRAL = '222222222222';
const requireTag = { key: 'stage', value: 'test' };

function pull(account: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'Pull', principals: [keeper.RepositoryPrincipal.accounts(account)], actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  });
}

function imageGuards(scope: Construct, id: string) {
  return {
    maxImages: 100,
    protectedTags: ['prod-*'],
    pushedWithin: Duration.days(1),
    pulledWithin: Duration.days(30),
    inUseBy: [
      keeper.ImageUse.ecs({ clusters: ['main'], region: at('eu-west-1'), newestTaskDefinitions: 3 }),
      keeper.ImageUse.lambdaFunctions({ access: accessTo('333333333333', id) }),
      keeper.ImageUse.listed(s3.Bucket.fromBucketName(scope, `${id}Uses`, 'uses'), 'in-use/*.jsonl'),
    ],
    audit: keeper.TeardownAudit.toBucket(s3.Bucket.fromBucketName(scope, `${id}Audit`, 'audit')),
  };
}

/** Repositories that the stack declares, with everything that their properties add. */
function declareOwned(stack: Stack): void {
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', arn('kms', 'us-east-1', 'key/11111111-1111-1111-1111-111111111111'));
  const lifecycle = keeper.LifecyclePolicy.fromRules([
    keeper.LifecycleRule.keep('prod-*'), keeper.LifecycleRule.expireOlderThan(Duration.days(90)),
  ]);
  const { audit, ...guards } = imageGuards(stack, 'Owned');
  const repository = new keeper.Repository(stack, 'Owned', {
    repositoryName: 'team/owned',
    encryptionKey,
    lifecycle,
    lifecycleGuard: keeper.LifecycleGuard.refuse({ ...guards, maxPercentage: 50 }),
    teardown: keeper.Teardown.deleteWithImages({ ...guards, audit, requireTag, replicaRegions: [at('eu-west-1')] }),
  });
  repository.grantPull(keeper.RepositoryPrincipal.accounts(CENTRAL));
  output(stack, 'Owned', repository);
  repository.onPush('Push');
  repository.onFinding('Finding');
  repository.onRefused('Refused', { target: new targets.SnsTopic(new sns.Topic(stack, 'OwnedRefusals')) });
  repository.metricPullCount().createAlarm(stack, 'OwnedPulls', { threshold: 1_000, evaluationPeriods: 1 });
  new keeper.RepositoryPolicy(stack, 'OwnedPolicy', { repository, statements: [pull('333333333333')] });

  const native = new ecr.Repository(stack, 'Native', { repositoryName: 'team/native' });
  const attached = new keeper.RepositoryLifecycle(stack, 'NativeLifecycle', {
    repository: native, lifecycle, lifecycleGuard: keeper.LifecycleGuard.warn({ maxPercentage: 10 }),
  });
  output(stack, 'NativeLifecycle', attached);
  new keeper.RepositoryTeardown(stack, 'NativeTeardown', {
    repository: native,
    teardown: keeper.Teardown.empty({ exceptTags: ['base-*'], exceptNewest: 3, trigger: '1', audit: keeper.TeardownAudit.toLogs() }),
  });
}

/** Repositories that exist already: in the environment of the stack, in another Region, and in another account. */
function declareExisting(stack: Stack): void {
  const { audit, ...guards } = imageGuards(stack, 'Existing');
  const lifecycle = keeper.LifecyclePolicy.fromRules([keeper.LifecycleRule.archiveNotPulledFor(Duration.days(90))]);
  const existing = keeper.ExistingRepository.fromRepositoryName(stack, 'Existing', 'team/existing', {
    replaceExistingSids: true,
    force: true,
    dropDeadPrincipals: true,
    trigger: '1',
    checkEvery: Duration.hours(1),
    lifecycle,
    lifecycleGuard: keeper.LifecycleGuard.refuse({ ...guards, maxPercentage: 50 }),
    teardown: keeper.Teardown.deleteWithImages({ ...guards, audit, requireTag }),
  });
  existing.addToResourcePolicy(pull(CENTRAL));

  const repository = keeper.ExistingRepository.fromRepositoryName(stack, 'OtherRegion', 'team/other-region', { region: at('eu-west-1') });
  new keeper.RepositoryPolicy(stack, 'OtherRegionPolicy', { repository, statements: [pull(CENTRAL)], checkEvery: Duration.hours(1) });
  const attached = new keeper.RepositoryLifecycle(stack, 'OtherRegionLifecycle', {
    repository, lifecycle, overwrite: true, onDelete: lifecycle, lifecycleGuard: keeper.LifecycleGuard.warn({ maxImages: 10 }),
  });
  output(stack, 'OtherRegionLifecycle', attached);
  new keeper.RepositoryTeardown(stack, 'OtherRegionTeardown', {
    repository,
    encryptionKey: kms.Key.fromKeyArn(stack, 'OtherKey', arn('kms', 'eu-west-1', 'key/22222222-2222-2222-2222-222222222222')),
    teardown: keeper.Teardown.empty({ requireTag, exceptNewest: 1 }),
  });

  if (place.isKnown) {
    const central = keeper.ExistingRepository.fromRepositoryName(stack, 'Central', 'team/central', {
      account: CENTRAL,
      region: at('us-east-1'),
      access: accessTo(CENTRAL, 'central'),
      lifecycle,
      teardown: keeper.Teardown.deleteWithImages({ requireTag }),
    });
    central.addToResourcePolicy(pull('111111111111'));
  }

  new keeper.PrefixTeardown(stack, 'Prefix', {
    ...imageGuards(stack, 'Prefix'), prefix: 'cache/', requireTag, maxRepositories: 20, regions: [at('us-east-1'), at('eu-west-1')],
  });
}

function declareRegistry(stack: Stack): void {
  const organization = keeper.RepositoryPrincipal.organizations('o-a1b2c3d4e5');
  const { audit, ...guards } = imageGuards(stack, 'PrefixLifecycle');
  const existing = new keeper.registry.PrefixLifecycle(stack, 'PrefixLifecycle', {
    prefix: 'docker-hub/',
    lifecycle: keeper.LifecyclePolicy.fromRules([keeper.LifecycleRule.keepNewest(20)]),
    guard: keeper.LifecycleGuard.refuse({ ...guards, maxPercentage: 50 }),
    maxRepositories: 300,
    overwrite: true,
    excludedRepositories: ['docker-hub/library/nginx'],
    trigger: '1',
  });
  output(stack, 'PrefixLifecycle', existing);
  new keeper.registry.RegistryPermissions(stack, 'Registry', {
    replaceExistingSids: true,
    dropDeadPrincipals: true,
    trigger: '1',
    statements: [
      keeper.registry.RegistryStatement.replicationFrom([CENTRAL], { prefixes: ['team/'] }),
      keeper.registry.RegistryStatement.createOnPush(organization),
      keeper.registry.RegistryStatement.pullThrough(organization, { prefixes: ['docker-hub/'] }),
    ],
  });
  const access = place.isKnown ? accessTo(CENTRAL, 'central') : undefined;
  const destinations = [{ region: at('eu-west-1'), account: CENTRAL, access }];
  new keeper.registry.RegistryReplication(stack, 'Replication', {
    rules: [{ prefixes: ['team/'], destinations, deleteReplication: true }], backfill: true, trigger: '1',
  });
  new keeper.registry.RegistryScanning(stack, 'Scanning', {
    rules: [keeper.registry.ScanRule.continuous('team/*'), keeper.registry.ScanRule.onPush('*')],
    scanType: keeper.registry.ScanType.ENHANCED,
    trigger: '1',
  });
  const { Upstream } = keeper.registry;
  const cache = new keeper.registry.PullThroughCache(stack, 'Cache', {
    upstream: Upstream.dockerHub(secretsmanager.Secret.fromSecretNameV2(stack, 'HubCredentials', 'ecr-pullthroughcache/docker-hub')),
    prefix: 'docker-hub',
    repositories: { tags: { stage: 'test' } },
    teardown: { requireTag },
  });
  cache.grantPull(new iam.Role(stack, 'Puller', { assumedBy: new iam.AccountRootPrincipal() }));
  if (place.isKnown) {
    new keeper.registry.PullThroughCache(stack, 'CentralCache', {
      upstream: Upstream.ecr({ account: CENTRAL, region: at('us-east-1'), repositoryPrefix: 'team' }), prefix: 'central',
    });
  }
  new keeper.registry.RepositoryTemplate(stack, 'Template', {
    prefix: 'team/created/',
    appliedFor: [keeper.registry.TemplateUse.CREATE_ON_PUSH, keeper.registry.TemplateUse.REPLICATION],
    lifecycle: keeper.LifecyclePolicy.fromRules([keeper.LifecycleRule.keepNewest(50)]),
    statements: [pull(CENTRAL)],
    tags: { stage: 'test' },
    encryptionKey: kms.Key.fromKeyArn(stack, 'TemplateKey', arn('kms', 'us-east-1', 'key/11111111-1111-1111-1111-111111111111')),
    imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard('latest')],
    description: 'Repositories of the team',
  });
}

function declarePublic(stack: Stack): void {
  const repository = new keeper.PublicRepository(stack, 'Public', {
    repositoryName: 'team-public',
    catalogData: {
      description: 'A description',
      aboutText: 'About',
      usageText: 'Usage',
      architectures: ['x86-64'],
      operatingSystems: ['Linux'],
      logo: logoFile(png(60)),
    },
    tags: { team: 'one' },
    teardown: keeper.PublicTeardown.deleteWithImages({ maxImages: 10, protectedTags: ['prod-*'], audit: keeper.TeardownAudit.toLogs() }),
  });
  repository.grantPullPush(new iam.AccountPrincipal(CENTRAL));
  new CfnOutput(stack, 'PublicUri', { value: repository.repositoryUri });
  new keeper.PublicRepository(stack, 'PublicEmptied', {
    repositoryName: 'emptied', teardown: keeper.PublicTeardown.empty({ requireTag, trigger: '1' }),
  });
}

/** An image on its way: copied from each kind of source, checked, tagged, used. */
function declareImages(stack: Stack): void {
  const repository = new keeper.Repository(stack, 'Images', {
    repositoryName: 'team/images', imageTagMutability: ecr.TagMutability.MUTABLE,
  });
  const credentials = secretsmanager.Secret.fromSecretCompleteArn(
    stack, 'Credentials', arn('secretsmanager', 'us-east-1', 'secret:hub-AbCdEf'),
  );
  const copy = new keeper.ImageCopy(stack, 'Copy', {
    source: keeper.ImageSource.fromRegistry('registry-1.docker.io/library/nginx:1.27', { credentials }),
    repository,
    tags: ['1.27'],
    platforms: ['linux/arm64'],
    referrers: true,
    trigger: '1',
    tagRemovalPolicy: keeper.TagRemovalPolicy.DESTROY,
  });
  const gate = new keeper.ScanGate(stack, 'Gate', {
    image: copy.image,
    limits: { critical: 0, high: 1, medium: 10 },
    ignored: [{ name: 'CVE-2024-1', until: new Date('2030-01-01') }],
    timeout: Duration.minutes(5),
    allowUnsupported: true,
    trigger: '1',
  });
  const { image } = new keeper.ImageTags(stack, 'Promote', {
    image: gate.image, tags: ['prod'], trigger: '1', tagRemovalPolicy: keeper.TagRemovalPolicy.DESTROY,
  });
  if (place.isKnown) {
    new keeper.ImageCopy(stack, 'CopyToCentral', {
      source: keeper.ImageSource.fromImage(image),
      repository: keeper.ExistingRepository.fromRepositoryName(stack, 'Destination', 'team/images', {
        account: CENTRAL, region: at('eu-west-1'), access: accessTo(CENTRAL, 'central'),
      }),
      tags: ['prod'],
    });
  }
  output(stack, 'Copy', copy);
  output(stack, 'Gate', gate);
  new ecs.FargateTaskDefinition(stack, 'Task').addContainer('app', { image: image.toContainerImage() });
  new lambda.DockerImageFunction(stack, 'Job', { code: image.toDockerImageCode() });
}

/** A copy whose function has each setting: in a VPC, behind a proxy, with more memory. */
function declarePrivateCopy(stack: Stack): void {
  const secretArn = arn('secretsmanager', 'us-east-1', 'secret:proxy-AbCdEf');
  const copyFunction = new keeper.ImageCopyFunction(stack, 'CopyFunction', {
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1', availabilityZones: [`${at('us-east-1')}a`], isolatedSubnetIds: ['subnet-1'],
    }),
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    memorySize: 1024,
    proxyUrl: 'http://proxy.example.com:3128',
    proxySecret: secretsmanager.Secret.fromSecretCompleteArn(stack, 'Proxy', secretArn),
    noProxy: ['.internal.example.com'],
  });
  new keeper.ImageCopy(stack, 'Copy', {
    source: keeper.ImageSource.fromRegistry('registry.example.com/library/nginx:1.27'),
    repository: keeper.ExistingRepository.fromRepositoryName(stack, 'Destination', 'team/images'),
    copyFunction,
  });
}

/** A shield with every service that it searches, and the parts that its methods add. */
function declareShield(stack: Stack): void {
  const shield = new keeper.fleet.ImageShield(stack, 'Shield', {
    repositories: keeper.fleet.RepositorySelection.prefixes('team/'),
    usedBy: [keeper.ImageUse.ecs(), keeper.ImageUse.lambdaFunctions()],
  });
  const target = new targets.SnsTopic(new sns.Topic(stack, 'Findings'));
  shield.onFinding('Finding', { target });
  new keeper.fleet.RefusalRule(stack, 'Refusals', { targets: [target] });
  shield.metricHoursSinceSuccess().createAlarm(stack, 'Late', { threshold: 24, evaluationPeriods: 2 });
  new keeper.Repository(stack, 'Shielded', {
    repositoryName: 'team/shielded',
    lifecycle: keeper.LifecyclePolicy.fromRules([
      shield.keepRule, shield.releasedRule({ sincePush: Duration.days(30) }), keeper.LifecycleRule.keepNewest(50),
    ]),
  });
}

/** A shield that searches another account and another Region of its own account. */
function declareSearch(stack: Stack, { access: offered }: keeper.fleet.ImageUseRole): void {
  new keeper.fleet.ImageShield(stack, 'Shield', {
    repositories: keeper.fleet.RepositorySelection.prefixes('team/'),
    usedBy: [keeper.ImageUse.ecs(), keeper.ImageUse.lambdaFunctions()],
    tagPrefix: place.regions && 'search-', // in a partition with two Regions, two shields search the same one
    environments: keeper.fleet.EnvironmentSelection.of(
      { account: CENTRAL, region: at('ap-south-1'), access: offered }, { region: at('eu-central-1') },
    ),
  });
}

/** A shield that searches the accounts of an organization, which a role in another account lists. */
function declareOrganization(stack: Stack, { access: offered }: keeper.fleet.ImageUseRole): void {
  new keeper.fleet.ImageShield(stack, 'Shield', {
    repositories: keeper.fleet.RepositorySelection.all(),
    usedBy: [keeper.ImageUse.lambdaFunctions()],
    tagPrefix: place.regions && 'organization-',
    environments: keeper.fleet.EnvironmentSelection.organization({
      roleName: 'image-use',
      externalId: EXTERNAL_ID,
      regions: [at('us-west-2'), at('eu-north-1')],
      excludedAccounts: [CENTRAL],
      access: offered,
    }),
  });
}

/** A role for each of the two shields. */
function declareUseRoles(stack: Stack): { readonly search: keeper.fleet.ImageUseRole; readonly organization: keeper.fleet.ImageUseRole } {
  const role = (id: string, stackName: string, region: string, props: Partial<keeper.fleet.ImageUseRoleProps>) =>
    new keeper.fleet.ImageUseRole(stack, id, {
      trusted: { stackName, account: '111111111111', region: at(region) }, externalId: EXTERNAL_ID, ...props,
    });
  return {
    search: role('ImageUse', 'Search', 'eu-west-1', {}),
    organization: role('Accounts', 'Organization', 'us-west-2', {
      usedBy: [keeper.ImageUse.lambdaFunctions()],
      regions: [at('us-west-2'), at('eu-north-1')],
      repositories: keeper.fleet.RepositorySelection.prefixes('team/'),
      canListAccounts: true,
      roleName: 'image-use',
    }),
  };
}

/** Every attribute that the construct offers. */
function output(stack: Stack, id: string, construct: Construct): void {
  const getters = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(construct) as object))
    .filter(([name, { get }]) => get !== undefined && name !== 'physicalName').map(([name]) => name);
  expect(getters).not.toEqual([]);
  const attributes = construct as unknown as Record<string, unknown>;
  for (const name of getters) new CfnOutput(stack, `${id}-${name}`, { value: String(attributes[name]) });
}

/** The stack of the account whose repositories the others use. */
function declareCentral(stack: Stack): void {
  const { audit, ...guards } = imageGuards(stack, 'Central');
  const { access: offered } = new keeper.RepositoryAccessRole(stack, 'Access', {
    repositories: [keeper.ExistingRepository.fromRepositoryName(stack, 'Central', 'team/central')],
    capabilities: [
      keeper.RepositoryCapability.pull(),
      keeper.RepositoryCapability.push(),
      keeper.RepositoryCapability.deleteImages(),
      keeper.RepositoryCapability.scan(),
      keeper.RepositoryCapability.statements(),
      keeper.RepositoryCapability.readRegistryPolicy(),
      keeper.RepositoryCapability.lifecycle({ lifecycleGuard: keeper.LifecycleGuard.refuse({ ...guards, maxPercentage: 50 }) }),
      keeper.RepositoryCapability.teardown(keeper.Teardown.deleteWithImages({ ...guards, audit, requireTag }), {
        encryptionKeys: [kms.Key.fromKeyArn(stack, 'Key', arn('kms', 'us-east-1', 'key/33333333-3333-3333-3333-333333333333', CENTRAL))],
      }),
    ],
    trusted: { stackName: 'All', account: '111111111111', region: at('us-east-1') },
    externalId: EXTERNAL_ID,
    roleName: 'central',
  });
  new CfnOutput(stack, 'RoleArn', { value: offered.roleArn });
}

/**
 * Adds stacks that have every construct of the library, every property that adds a resource or a permission, and every attribute, as far as
 * the place has them.
 */
export function declareEveryConstruct(app: App, where = COMMERCIAL): void {
  place = where;
  const all = new Stack(app, 'All', { env: environment('111111111111', 'us-east-1') });
  declareOwned(all);
  declareExisting(all);
  declareRegistry(all);
  if (place.hasEcrPublic) declarePublic(all);
  declareImages(all);
  declareShield(all);
  const central = new Stack(app, 'Central', { env: environment(CENTRAL, 'us-east-1') });
  declareCentral(central);
  declarePrivateCopy(new Stack(app, 'PrivateCopy', { env: environment('111111111111', 'us-east-1') }));
  const roles = declareUseRoles(central);
  if (!place.isKnown) return;
  declareSearch(new Stack(app, 'Search', { env: environment('111111111111', 'eu-west-1') }), roles.search);
  declareOrganization(new Stack(app, 'Organization', { env: environment('111111111111', 'us-west-2') }), roles.organization);
}
