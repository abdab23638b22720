import { newStackForEachTest, stack } from './construct-scene';
import * as library from '../src';

/** What JavaScript sees, where nothing has a type. */
const {
  DeletionLock, ExistingRepository, ImageCopy, ImageCopyFunction, ImageSource, ImageTags, ImageUse, LifecycleGuard, LifecyclePolicy,
  LifecycleRule, PrefixTeardown, PublicRepository, PublicTeardown, Repository, RepositoryAccessRole, RepositoryCapability,
  RepositoryImage, RepositoryLifecycle, RepositoryPolicy, RepositoryTeardown, ScanGate, Teardown, TeardownAudit, fleet,
  registry,
} = library as Record<keyof typeof library, any>;

newStackForEachTest({ env: { account: '111111111111', region: 'eu-west-1' } });

const source = () => ImageSource.fromRegistry('registry.example.com/nginx:1.29');
const repository = () => new Repository(stack, 'App');
const image = () => RepositoryImage.fromRepository(repository(), 'v1');
const requireTag = { key: 'stage', value: 'test' };

describe('a value of another type names the property, what it takes, and what came', () => {
  test.each<[string, () => void, string]>([
    ['a day as text to simulate', () => LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1)]).simulate([], '2026-01-01'),
      'LifecyclePolicy.simulate: \'at\' must be a Date, such as new Date(\'2027-01-31\'), got: "2026-01-01"'],
    ['an image that was never pushed', () =>
      LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1)]).simulate([{ imageDigest: 'sha256:1' }], new Date()),
    'LifecyclePolicy.simulate: \'images[0].imagePushedAt\' must be a Date, such as new Date(\'2027-01-31\'), got: undefined'],
    ['one rule instead of a list', () => LifecyclePolicy.fromRules(LifecycleRule.keepNewest(1)),
      'LifecyclePolicy.fromRules: \'rules\' must be a list, got: an instance of LifecycleRule'],
    ['JSON as a rule', () => LifecyclePolicy.fromRules([{ rulePriority: 1 }]),
      'LifecyclePolicy.fromRules: \'rules[0]\' must be a LifecycleRule, such as LifecycleRule.keepNewest(50), got: an object with'
      + ' rulePriority'],
    ['an object as JSON', () => LifecyclePolicy.fromJson({ rules: [] }),
      'LifecyclePolicy.fromJson: \'policyText\' must be a string, got: an object with rules'],
    ['a number as an age', () => LifecycleRule.expireOlderThan(7),
      'LifecycleRule.expireOlderThan: \'age\' must be a Duration, such as Duration.days(7), got: 7'],
    ['a number as a time', () => LifecycleRule.archiveNotPulledFor(7),
      'LifecycleRule.archiveNotPulledFor: \'time\' must be a Duration, such as Duration.days(7), got: 7'],
    ['a number as the time in the archive', () => LifecycleRule.expireArchivedFor(90),
      'LifecycleRule.expireArchivedFor: \'time\' must be a Duration, such as Duration.days(7), got: 90'],
    ['no pattern to keep', () => LifecycleRule.keep(), 'LifecycleRule.keep: \'tagPattern\' is required, got nothing'],
    ['text as a teardown', () => new Repository(stack, 'App', { teardown: 'delete' }),
      'Stack/App: \'teardown\' must be a Teardown, such as Teardown.deleteWithImages(), got: "delete"'],
    ['a number as a name', () => new Repository(stack, 'App', { repositoryName: 42 }),
      'Stack/App: \'repositoryName\' must be a string, got: 42'],
    ['JSON as a lifecycle policy', () => new Repository(stack, 'App', { lifecycle: { rules: [] } }),
      'Stack/App: \'lifecycle\' must be a LifecyclePolicy, such as LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]),'
      + ' got: an object with rules'],
    ['a flag as a guard', () => new Repository(stack, 'App', { lifecycleGuard: true }),
      'Stack/App: \'lifecycleGuard\' must be a LifecycleGuard, such as LifecycleGuard.refuse({ maxImages: 100 }), got: true'],
    ['text as a percentage', () => LifecycleGuard.warn({ maxPercentage: '5' }),
      'LifecycleGuard.warn: \'maxPercentage\' must be a number, got: "5"'],
    ['a flag as a lock', () => new Repository(stack, 'App', { deletionLock: true }),
      'Stack/App: \'deletionLock\' must be a DeletionLock, such as DeletionLock.everyone(), got: true'],
    ['the ARN of a role as a principal', () => DeletionLock.everyoneExcept('arn:aws:iam::111111111111:role/admin'),
      'DeletionLock.everyoneExcept: \'principals[0]\' must be a principal, such as a role, got: "arn:aws:iam::111111111111:role/admin"'],
    ['a list of principals', () => DeletionLock.everyone().deployedBy([]),
      'DeletionLock.deployedBy: \'principals[0]\' must be a principal, such as a role, got: a list'],
    ['nothing among principals', () => DeletionLock.everyoneExcept(undefined),
      'DeletionLock.everyoneExcept: \'principals[0]\' is required, got nothing'],
    ['a number as the name of an import', () => ExistingRepository.fromRepositoryName(stack, 'Import', 42),
      'Stack/Import: \'repositoryName\' must be a string, got: 42'],
    ['text as the management of a policy', () => ExistingRepository.fromRepositoryName(stack, 'Import', 'team/app', {
      policyManagement: 'HERE',
    }),
    'Stack/Import: \'policyManagement\' must be PolicyManagement.MERGE or PolicyManagement.EXTERNAL, got: "HERE"'],
    ['a teardown without a repository', () => new RepositoryTeardown(stack, 'Teardown', { teardown: Teardown.empty() }),
      'Stack/Teardown: \'repository\' is required, got nothing'],
    ['a name as a repository', () => new RepositoryTeardown(stack, 'Teardown', { repository: 'app', teardown: Teardown.empty() }),
      'Stack/Teardown: \'repository\' must be a repository, got: "app"'],
    ['a lifecycle policy that is left out', () => new RepositoryLifecycle(stack, 'Lifecycle', { repository: repository() }),
      'Stack/Lifecycle: \'lifecycle\' is required, got nothing'],
    ['JSON as a statement', () =>
      new RepositoryPolicy(stack, 'Policy', { repository: repository(), statements: [{ Effect: 'Allow' }] }),
    'Stack/Policy: \'statements[0]\' must be a PolicyStatement, got: an object with Effect'],
    ['an access role with nothing', () => new RepositoryAccessRole(stack, 'Access', {}),
      'Stack/Access: 3 problems\n  - \'capabilities\' is required, got nothing\n'
      + '  - \'trusted\' is required, got nothing\n  - \'externalId\' is required, got nothing'],
    ['text as a capability', () => new RepositoryAccessRole(stack, 'Access', {
      repositories: [repository()], capabilities: ['pull'], externalId: 'id', trusted: { stackName: 'A', account: '2', region: 'x' },
    }), 'Stack/Access: \'capabilities[0]\' must be a RepositoryCapability, such as RepositoryCapability.pull(), got: "pull"'],
    ['options as the teardown of a capability', () => RepositoryCapability.teardown({ maxImages: 5 }),
      'RepositoryCapability.teardown: \'teardown\' must be a Teardown, such as Teardown.deleteWithImages(), got: an object with maxImages'],
    ['text as a source of images', () => new ImageCopy(stack, 'Copy', { source: 'nginx:1', repository: repository() }),
      'Stack/Copy: \'source\' must be an ImageSource, such as ImageSource.fromRegistry(\'docker.io/library/nginx:1.29\'), got: "nginx:1"'],
    ['a copy without a repository', () => new ImageCopy(stack, 'Copy', { source: source() }),
      'Stack/Copy: \'repository\' is required, got nothing'],
    ['a copy without properties', () => new ImageCopy(stack, 'Copy'),
      'Stack/Copy: the properties must be an object with source, repository, tags, platforms, referrers, trigger, tagRemovalPolicy,'
      + ' copyFunction, got: undefined'],
    ['a function of Lambda as a function for copies', () => new ImageCopy(stack, 'Copy', {
      source: source(), repository: repository(), copyFunction: { functionArn: 'arn' },
    }), 'Stack/Copy: \'copyFunction\' must be an ImageCopyFunction, such as new ImageCopyFunction(this, \'CopyFunction\', { vpc }), got: an'
      + ' object with functionArn'],
    ['names of everything in a function for copies', () => new ImageCopyFunction(stack, 'Copier', {
      vpc: 'vpc-1',
      vpcSubnets: 'private',
      securityGroups: ['sg-1'],
      role: 'arn',
      memorySize: '512',
      proxyUrl: 3128,
      proxySecret: 'arn',
      noProxy: 'a',
    }), 'Stack/Copier: 8 problems\n  - \'vpc\' must be a VPC, got: "vpc-1"\n  - \'vpcSubnets\' must be a selection of subnets, such as'
      + ' { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }, got: "private"\n'
      + '  - \'securityGroups[0]\' must be a security group, got: "sg-1"\n'
      + '  - \'role\' must be a role, got: "arn"\n  - \'memorySize\' must be a number, got: "512"\n'
      + '  - \'proxyUrl\' must be a string, got: 3128\n  - \'proxySecret\' must be a secret, got: "arn"\n'
      + '  - \'noProxy\' must be a list, got: "a"'],
    ['one text as tags', () => new ImageCopy(stack, 'Copy', { source: source(), repository: repository(), tags: 'v1' }),
      'Stack/Copy: \'tags\' must be a list, got: "v1"'],
    ['one text as platforms', () => new ImageCopy(stack, 'Copy', { source: source(), repository: repository(), platforms: 'linux/amd64' }),
      'Stack/Copy: \'platforms\' must be a list, got: "linux/amd64"'],
    ['nothing among tags', () => new ImageTags(stack, 'Tags', { image: image(), tags: ['v1', undefined] }),
      'Stack/Tags: \'tags[1]\' is required, got nothing'],
    ['text as a removal policy', () => new ImageTags(stack, 'Tags', { image: image(), tags: ['v1'], tagRemovalPolicy: 'delete' }),
      'Stack/Tags: \'tagRemovalPolicy\' must be TagRemovalPolicy.RETAIN or TagRemovalPolicy.DESTROY, got: "delete"'],
    ['a repository as an image', () => new ImageTags(stack, 'Tags', { image: repository(), tags: ['v1'] }),
      'Stack/Tags: \'image\' must be a RepositoryImage, such as RepositoryImage.fromRepository(repository, tag), got: an instance of'
      + ' Repository'],
    ['text as an image', () => new ScanGate(stack, 'Gate', { image: 'app:v1' }),
      'Stack/Gate: \'image\' must be a RepositoryImage, such as RepositoryImage.fromRepository(repository, tag), got: "app:v1"'],
    ['names as ignored findings', () => new ScanGate(stack, 'Gate', { image: image(), ignored: ['CVE-2026-1'] }),
      'Stack/Gate: \'ignored[0]\' must be an object with name, until, got: "CVE-2026-1"'],
    ['text as a date', () => new ScanGate(stack, 'Gate', { image: image(), ignored: [{ name: 'CVE-2026-1', until: '2027-01-01' }] }),
      'Stack/Gate: \'ignored[0].until\' must be a Date, such as new Date(\'2027-01-31\'), got: "2027-01-01"'],
    ['a date that is none', () => new ScanGate(stack, 'Gate', { image: image(), ignored: [{ name: 'X', until: new Date('soon') }] }),
      'Stack/Gate: \'ignored[0].until\' must be a Date, such as new Date(\'2027-01-31\'), got: Invalid Date'],
    ['text as a flag', () => new ScanGate(stack, 'Gate', { image: image(), allowUnsupported: 'no' }),
      'Stack/Gate: \'allowUnsupported\' must be true or false, got: "no"'],
    ['a number as a duration', () => Teardown.deleteWithImages({ pulledWithin: 7 }),
      'Teardown.deleteWithImages: \'pulledWithin\' must be a Duration, such as Duration.days(7), got: 7'],
    ['text as a number', () => Teardown.empty({ maxImages: '5' }), 'Teardown.empty: \'maxImages\' must be a number, got: "5"'],
    ['one text as patterns', () => Teardown.deleteWithImages({ protectedTags: 'release-*' }),
      'Teardown.deleteWithImages: \'protectedTags\' must be a list, got: "release-*"'],
    ['one text as a tag of a repository', () => PublicTeardown.empty({ requireTag: 'stage=test' }),
      'PublicTeardown.empty: \'requireTag\' must be an object with key, value, got: "stage=test"'],
    ['a tag without a value', () => Teardown.deleteWithImages({ requireTag: { key: 'stage', value: undefined } }),
      'Teardown.deleteWithImages: \'requireTag.value\' is required, got nothing'],
    ['names as users of images', () => Teardown.deleteWithImages({ inUseBy: ['ecs'] }),
      'Teardown.deleteWithImages: \'inUseBy[0]\' must be an ImageUse, such as ImageUse.ecs(), got: "ecs"'],
    ['a flag as an audit', () => PublicTeardown.deleteWithImages({ audit: true }),
      'PublicTeardown.deleteWithImages: \'audit\' must be a TeardownAudit, such as TeardownAudit.toLogs(), got: true'],
    ['the name of a bucket as a bucket', () => TeardownAudit.toBucket('audit'),
      'TeardownAudit.toBucket: \'bucket\' must be a bucket, got: "audit"'],
    ['null as options', () => PublicTeardown.deleteWithImages(null),
      'PublicTeardown.deleteWithImages: the properties must be an object with maxImages, protectedTags, pushedWithin, requireTag, audit,'
      + ' got: null'],
    ['one text as clusters', () => ImageUse.ecs({ clusters: 'shop' }), 'ImageUse.ecs: \'clusters\' must be a list, got: "shop"'],
    ['a text as a number of task definitions', () => ImageUse.ecs({ newestTaskDefinitions: '3' }),
      'ImageUse.ecs: \'newestTaskDefinitions\' must be a number, got: "3"'],
    ['the name of a bucket as a bucket', () => ImageUse.listed('uses', 'in-use/*'),
      'ImageUse.listed: \'bucket\' must be a bucket, got: "uses"'],
    ['a number as the age of files', () => ImageUse.listed({ bucketArn: 'arn', bucketName: 'uses' }, 'in-use/*', { maxAge: 1 }),
      'ImageUse.listed: \'maxAge\' must be a Duration, such as Duration.days(7), got: 1'],
    ['the ARN of a role as access', () => ImageUse.lambdaFunctions({ access: 'arn:aws:iam::111111111111:role/reader' }),
      'ImageUse.lambdaFunctions: \'access\' must be an object with roleArn and, optionally, externalId,'
      + ' got: "arn:aws:iam::111111111111:role/reader"'],
    ['a number as a reference', () => ImageSource.fromRegistry(5), 'ImageSource.fromRegistry: \'reference\' must be a string, got: 5'],
    ['the name of a secret as credentials', () => ImageSource.fromRegistry('registry.example.com/a:1', { credentials: 'secret' }),
      'ImageSource.fromRegistry: \'credentials\' must be a secret, got: "secret"'],
    ['a repository as the image of a source', () => ImageSource.fromImage(repository()),
      'ImageSource.fromImage: \'image\' must be a RepositoryImage, such as RepositoryImage.fromRepository(repository, tag), got: an'
      + ' instance of Repository'],
    ['a name as a repository', () => RepositoryImage.fromRepository('app', 'v1'),
      'RepositoryImage.fromRepository: \'repository\' must be a repository, got: "app"'],
    ['a number as a tag', () => ImageSource.fromEcrRepository(repository(), 5),
      'ImageSource.fromEcrRepository: \'tagOrDigest\' must be a string, got: 5'],
    ['a public repository without a name', () => new PublicRepository(stack, 'Public', {}),
      'Stack/Public: \'repositoryName\' is required, got nothing'],
    ['the teardown of a private repository on a public one', () =>
      new PublicRepository(stack, 'Public', { repositoryName: 'tool', teardown: Teardown.deleteWithImages() }),
    'Stack/Public: \'teardown\' must be a PublicTeardown, such as PublicTeardown.deleteWithImages(), got: an instance of Teardown'],
    ['a teardown of a prefix without a tag', () => new PrefixTeardown(stack, 'Prefix', { prefix: 'cache/' }),
      'Stack/Prefix: \'requireTag\' is required, got nothing'],
    ['a shield without properties', () => new fleet.ImageShield(stack, 'Shield', {}),
      'Stack/Shield: 2 problems\n  - \'repositories\' is required, got nothing\n  - \'usedBy\' is required, got nothing'],
    ['a prefix as the repositories of a shield', () =>
      new fleet.ImageShield(stack, 'Shield', { repositories: 'team/', usedBy: [ImageUse.ecs()] }),
    'Stack/Shield: \'repositories\' must be a RepositorySelection, such as RepositorySelection.prefixes(\'team/\'), got: "team/"'],
    ['one source of a shield instead of a list', () =>
      new fleet.ImageShield(stack, 'Shield', { repositories: fleet.RepositorySelection.all(), usedBy: ImageUse.ecs() }),
    'Stack/Shield: \'usedBy\' must be a list, got: an instance of ImageUse'],
    ['hours as the interval of a shield', () =>
      new fleet.ImageShield(stack, 'Shield', { repositories: fleet.RepositorySelection.all(), usedBy: [ImageUse.ecs()], every: 6 }),
    'Stack/Shield: \'every\' must be a Duration, such as Duration.days(7), got: 6'],
    ['days as the age of released images', () =>
      new fleet.ImageShield(stack, 'Shield', { repositories: fleet.RepositorySelection.all(), usedBy: [ImageUse.ecs()] })
        .releasedRule({ sincePush: 30 }),
    'ImageShield.releasedRule: \'sincePush\' must be a Duration, such as Duration.days(7), got: 30'],
    ['the rules of a prefix as a list', () => new registry.PrefixLifecycle(stack, 'Prefix', { prefix: 'cache/', lifecycle: [] }),
      'Stack/Prefix: \'lifecycle\' must be a LifecyclePolicy, such as'
      + ' LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]), got: a list'],
    ['a number as the guard of a prefix', () => new registry.PrefixLifecycle(stack, 'Prefix', { prefix: 'cache/', guard: 5 }),
      'Stack/Prefix: 2 problems\n  - \'lifecycle\' is required, got nothing\n  - \'guard\' must be a LifecycleGuard, such as'
      + ' LifecycleGuard.refuse({ maxImages: 100 }), got: 5'],
    ['a statement as an object', () => new registry.RegistryPermissions(stack, 'Registry', { statements: [{ Effect: 'Allow' }] }),
      'Stack/Registry: \'statements[0]\' must be a PolicyStatement, got: an object with Effect'],
    ['a rule without destinations', () => new registry.RegistryReplication(stack, 'Registry', { rules: [{ prefixes: ['team/'] }] }),
      'Stack/Registry: \'rules[0].destinations\' is required, got nothing'],
    ['a filter as a rule', () => new registry.RegistryScanning(stack, 'Registry', { rules: ['team/*'] }),
      'Stack/Registry: \'rules[0]\' must be a ScanRule, such as ScanRule.onPush(\'*\'), got: "team/*"'],
    ['an account that is no list', () => registry.RegistryStatement.replicationFrom('111111111111'),
      'RegistryStatement.replicationFrom: \'accountIds\' must be a list, got: "111111111111"'],
    ['an account as a principal', () => registry.RegistryStatement.createOnPush('111111111111'),
      'RegistryStatement.createOnPush: \'principal\' must be a principal, such as a role, got: "111111111111"'],
    ['the name of a secret as credentials of a cache', () => registry.Upstream.dockerHub('ecr-pullthroughcache/hub'),
      'Upstream.dockerHub: \'credentials\' must be a secret, got: "ecr-pullthroughcache/hub"'],
    ['a host as an upstream registry', () => new registry.PullThroughCache(stack, 'Cache', { upstream: 'quay.io', prefix: 'quay' }),
      'Stack/Cache: \'upstream\' must be an Upstream, such as Upstream.dockerHub(credentials), got: "quay.io"'],
    ['a teardown of a cache without its tag', () => new registry.PullThroughCache(stack, 'Cache', {
      upstream: registry.Upstream.quay(), prefix: 'quay', teardown: {},
    }), 'Stack/Cache: \'teardown.requireTag\' is required, got nothing'],
    ['a number as a tag of a template', () => new registry.RepositoryTemplate(stack, 'Template', {
      prefix: 'team/', appliedFor: ['REPLICATION'], tags: { stage: 5 },
    }), 'Stack/Template: \'tags\' must be an object with a string for each key, got: an object with stage'],
    ['text as a use of a template', () => new registry.RepositoryTemplate(stack, 'Template', { prefix: 'team/', appliedFor: ['push'] }),
      'Stack/Template: \'appliedFor[0]\' must be TemplateUse.PULL_THROUGH_CACHE or TemplateUse.REPLICATION or TemplateUse.CREATE_ON_PUSH,'
      + ' got: "push"'],
    ['a list as prefixes', () => fleet.RepositorySelection.prefixes(['team/']),
      'RepositorySelection.prefixes: \'prefixes[0]\' must be a string, got: a list'],
    ['a name as a repository of a selection', () => fleet.RepositorySelection.of('team/app'),
      'RepositorySelection.of: \'repositories[0]\' must be a repository, got: "team/app"'],
    ['a Region as the environments of a shield', () => new fleet.ImageShield(stack, 'Shield', {
      repositories: fleet.RepositorySelection.all(), usedBy: [ImageUse.ecs()], environments: 'us-east-1',
    }), 'Stack/Shield: \'environments\' must be an EnvironmentSelection, such as EnvironmentSelection.of({ region: \'eu-west-1\' }),'
      + ' got: "us-east-1"'],
    ['a Region as a searched environment', () => fleet.EnvironmentSelection.of('us-east-1'),
      'EnvironmentSelection.of: \'environments[0]\' must be an object with account, region, access, got: "us-east-1"'],
    ['a searched environment without a Region', () => fleet.EnvironmentSelection.of({ account: '222222222222' }),
      'EnvironmentSelection.of: \'environments[0].region\' is required, got nothing'],
    ['an organization without options', () => fleet.EnvironmentSelection.organization({}),
      'EnvironmentSelection.organization: 3 problems\n  - \'roleName\' is required, got nothing\n  - \'externalId\' is required, got'
      + ' nothing\n  - \'regions\' is required, got nothing'],
    ['an account as a number', () => fleet.EnvironmentSelection.organization({
      roleName: 'image-use', externalId: 'image-shield', regions: ['eu-west-1'], excludedAccounts: [333333333333],
    }), 'EnvironmentSelection.organization: \'excludedAccounts[0]\' must be a string, got: 333333333333'],
    ['a role for a shield without properties', () => new fleet.ImageUseRole(stack, 'ImageUse', {}),
      'Stack/ImageUse: 2 problems\n  - \'trusted\' is required, got nothing\n  - \'externalId\' is required, got nothing'],
    ['a prefix as the repositories of a role', () => new fleet.ImageUseRole(stack, 'ImageUse', {
      trusted: { stackName: 'Shield', account: '111111111111', region: 'eu-west-1' }, externalId: 'image-shield', repositories: 'team/',
    }), 'Stack/ImageUse: \'repositories\' must be a RepositorySelection, such as RepositorySelection.prefixes(\'team/\'), got: "team/"'],
    ['the ARN of a topic as a target', () => repository().onPush('Push', { target: 'arn:aws:sns:eu-west-1:111111111111:team' }),
      'Stack/App.onPush: \'target\' must be a target of a rule, such as new targets.SnsTopic(topic), got:'
      + ' "arn:aws:sns:eu-west-1:111111111111:team"'],
    ['one tag instead of a list', () => repository().onPush('Push', { imageTags: 'latest' }),
      'Stack/App.onPush: \'imageTags\' must be a list, got: "latest"'],
    ['a severity in other letters', () => repository().onFinding('Finding', { minimumSeverity: 'high' }),
      'Stack/App.onFinding: \'minimumSeverity\' must be FindingSeverity.CRITICAL or FindingSeverity.HIGH or FindingSeverity.MEDIUM or'
      + ' FindingSeverity.LOW or FindingSeverity.INFORMATIONAL or FindingSeverity.UNTRIAGED, got: "high"'],
    ['an option that is not known', () => repository().onFinding('Finding', { severity: 'HIGH' }),
      'Stack/App.onFinding: \'severity\' is unknown. The properties are target, eventPattern, ruleName, description, crossStackScope,'
      + ' imageTags, minimumSeverity'],
    ['a number as the description of a rule', () => repository().onRefused('Refused', { description: 5 }),
      'Stack/App.onRefused: \'description\' must be a string, got: 5'],
    ['a topic as a target', () => new fleet.RefusalRule(stack, 'Refusals', { targets: [{ topicArn: 'arn:aws:sns:…' }] }),
      'Stack/Refusals: \'targets[0]\' must be a target of a rule, such as new targets.SnsTopic(topic), got: an object with topicArn'],
    ['one text as Regions', () => new PrefixTeardown(stack, 'Prefix', { prefix: 'cache/', requireTag, regions: 'eu-west-1' }),
      'Stack/Prefix: \'regions\' must be a list, got: "eu-west-1"'],
  ])('%s', (_what, call, message) => {
    expect(call).toThrow(new Error(message));
  });

  test('a long value is cut off, an object shows its properties, and a function is called one', () => {
    const message = (value: unknown) => {
      try {
        Teardown.deleteWithImages({ maxImages: value });
      } catch (error) {
        return (error as Error).message.split('got: ')[1];
      }
      return undefined;
    };
    expect(message('x'.repeat(500))).toBe(`"${'x'.repeat(60)}"`);
    expect([{ days: 7 }, {}, [1], () => 1, new Map(), NaN, 7n].map(message)).toEqual([
      'an object with days', 'an object with nothing', 'a list', 'a function', 'an instance of Map', 'NaN', '7',
    ]);
  });

  test('all of them at once', () => {
    expect(() => Teardown.deleteWithImages({ maxImages: '5', pulledWithin: 7 })).toThrow(new Error(
      'Teardown.deleteWithImages: 2 problems\n'
      + '  - \'maxImages\' must be a number, got: "5"\n'
      + '  - \'pulledWithin\' must be a Duration, such as Duration.days(7), got: 7'));
  });
});

describe('a misspelt property is an error, because it would silently do nothing', () => {
  test.each<[string, () => void, string]>([
    ['a guard', () => Teardown.deleteWithImages({ maxImage: 5 }),
      'Teardown.deleteWithImages: \'maxImage\' is unknown. The properties are maxImages, protectedTags, pushedWithin, pulledWithin,'
      + ' inUseBy, requireTag, audit, replicaRegions'],
    ['an option of a rule', () => LifecycleRule.keepNewest(5, { tagPatterns: ['build-*'] }),
      'LifecycleRule.keepNewest: \'tagPatterns\' is unknown. The properties are description, rulePriority, tagStatus, tagPatternList,'
      + ' tagPrefixList'],
    ['a limit', () => new ScanGate(stack, 'Gate', { image: image(), limits: { crit: 1 } }),
      'Stack/Gate: \'limits.crit\' is unknown. The properties are critical, high, medium, low, informational, untriaged'],
    ['a cluster', () => ImageUse.ecs({ cluster: 'shop' }),
      'ImageUse.ecs: \'cluster\' is unknown. The properties are region, access, clusters, newestTaskDefinitions'],
    ['a property of a construct', () => new ImageCopy(stack, 'Copy', { source: source(), repository: repository(), platform: ['a/b'] }),
      'Stack/Copy: \'platform\' is unknown. The properties are source, repository, tags, platforms, referrers, trigger, tagRemovalPolicy,'
      + ' copyFunction'],
  ])('%s', (_what, call, message) => {
    expect(call).toThrow(new Error(message));
  });

  test('but a construct may be given more than it takes', () => {
    const props = { source: source(), repository: repository(), team: 'shop', owner: undefined };
    expect(() => new ImageCopy(stack, 'Copy', props)).not.toThrow();
  });

  test('and undefined and null are not given', () => {
    expect(() => Teardown.deleteWithImages({ maxImages: undefined, audit: null, maxImage: undefined })).not.toThrow();
  });
});

test('a class that a bundler renamed is known by the name that jsii gave it, and one of the same name is not', () => {
  const renamed = (fqn: string) => {
    const made = ImageUse.ecs();
    const Other = class t {};
    Object.assign(Other, { [Symbol.for('jsii.rtti')]: { fqn, version: '0.0.0' } });
    return Object.setPrototypeOf({ _user: made._user }, Other.prototype);
  };
  expect(() => Teardown.deleteWithImages({ inUseBy: [renamed('cdk-ecr-keeper.ImageUse')] })).not.toThrow();
  expect(() => Teardown.deleteWithImages({ inUseBy: [renamed('another.Thing')] })).toThrow(/must be an ImageUse, .* an instance of Thing$/);
});
