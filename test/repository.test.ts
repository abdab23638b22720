import {
  App, Aspects, CfnDeletionPolicy, CfnParameter, CfnResource, Duration, Fn, RemovalPolicies, RemovalPolicy, Stack, Tags,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { IConstruct } from 'constructs';
import { app, newStackForEachTest, stack, switchTo } from './construct-scene';
import {
  ExistingRepository, ImageCopy, ImageCopyProps, ImageSource, ImageTags, LifecyclePolicy, Repository, RepositoryImage, RepositoryLifecycle,
  RepositoryProps, RepositoryTeardown, ScanGate, Teardown,
} from '../src';

const POLICY = JSON.stringify({
  rules: [{
    rulePriority: 1, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 5 }, action: { type: 'expire' },
  }],
});

newStackForEachTest();

function native(repository: Repository): ecr.CfnRepository {
  return repository.node.defaultChild as ecr.CfnRepository;
}

function theRepository(): { Properties: Record<string, unknown>; DeletionPolicy: string; UpdateReplacePolicy: string } {
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::ECR::Repository'));
  return resource as ReturnType<typeof theRepository>;
}

describe('defaults', () => {
  test.each<[string, ecr.RepositoryProps]>([
    ['no props', {}],
    ['a name', { repositoryName: 'team/app' }],
    ['a KMS key of AWS', { encryption: ecr.RepositoryEncryption.KMS }],
    ['native emptying', { removalPolicy: RemovalPolicy.DESTROY, emptyOnDelete: true }],
    ['lifecycle rules', { lifecycleRules: [{ maxImageCount: 5 }] }],
  ])('swapping the class of aws-ecr for ours changes scanning and mutability only: %s', (_case, props) => {
    const render = (Class: typeof ecr.Repository) => {
      const own = new Stack(new App(), 'Stack');
      new Class(own, 'Repository', props);
      return Template.fromStack(own).toJSON();
    };
    const [before, after] = [render(ecr.Repository), render(Repository)];
    const [[id, resource]] = Object.entries<any>(after.Resources).filter(([, r]) => r.Type === 'AWS::ECR::Repository');
    const { ImageScanningConfiguration, ImageTagMutability, ...rest } = resource.Properties;
    expect({ ImageScanningConfiguration, ImageTagMutability }).toEqual({
      ImageScanningConfiguration: { ScanOnPush: true },
      ImageTagMutability: 'IMMUTABLE',
    });
    const changed = { ...resource, Properties: rest };
    if (Object.keys(rest).length === 0) delete changed.Properties;
    expect({ ...after, Resources: { ...after.Resources, [id]: changed } }).toEqual(before);
  });

  test('explicit values are not changed', () => {
    new Repository(stack, 'Repository', { imageScanOnPush: false, imageTagMutability: ecr.TagMutability.MUTABLE });
    expect(theRepository().Properties).toEqual({ ImageScanningConfiguration: { ScanOnPush: false }, ImageTagMutability: 'MUTABLE' });
  });

  test('exclusion filters alone mean immutable with exclusion', () => {
    new Repository(stack, 'Repository', { imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard('dev-*')] });
    expect(theRepository().Properties.ImageTagMutability).toBe('IMMUTABLE_WITH_EXCLUSION');
  });
});

describe('property injectors for aws-ecr\'s Repository', () => {
  const inject = (Class: typeof ecr.Repository, injected: ecr.RepositoryProps, props: RepositoryProps = {}) => {
    const own = new Stack(new App({
      propertyInjectors: [{
        constructUniqueId: ecr.Repository.PROPERTY_INJECTION_ID, inject: original => ({ ...injected, ...original }),
      }],
    }), 'Stack');
    new Class(own, 'Repository', props);
    return Object.values<any>(Template.fromStack(own).findResources('AWS::ECR::Repository'))[0];
  };
  const scanned = { ImageScanningConfiguration: { ScanOnPush: true } };
  const immutable = { ImageTagMutability: 'IMMUTABLE' };

  test.each<[string, ecr.RepositoryProps, object]>([
    ['removalPolicy', { removalPolicy: RemovalPolicy.DESTROY }, { ...scanned, ...immutable }],
    ['repositoryName', { repositoryName: 'team/injected' }, { ...scanned, ...immutable }],
    ['emptyOnDelete', { emptyOnDelete: true, removalPolicy: RemovalPolicy.DESTROY }, { ...scanned, ...immutable }],
    ['imageTagMutability', { imageTagMutability: ecr.TagMutability.MUTABLE }, scanned],
    ['mutability with filters', {
      imageTagMutability: ecr.TagMutability.MUTABLE_WITH_EXCLUSION,
      imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard('v*')],
    }, scanned],
    ['lifecycleRules', { lifecycleRules: [{ maxImageCount: 5 }] }, { ...scanned, ...immutable }],
    ['imageScanOnPush', { imageScanOnPush: false }, immutable],
    ['encryption', { encryption: ecr.RepositoryEncryption.KMS }, { ...scanned, ...immutable }],
  ])('apply to ours, before its defaults: %s', (_name, injected, defaults) => {
    const plain = inject(ecr.Repository, injected);
    expect(inject(Repository, injected)).toEqual({ ...plain, Properties: { ...plain.Properties, ...defaults } });
  });

  test('do not replace what the user set', () => {
    const injected = { imageTagMutability: ecr.TagMutability.MUTABLE, imageScanOnPush: false, repositoryName: 'team/injected' };
    expect(inject(Repository, injected, {
      imageTagMutability: ecr.TagMutability.IMMUTABLE, imageScanOnPush: true, repositoryName: 'team/a--b',
    }).Properties).toEqual({ ...scanned, ...immutable, RepositoryName: 'team/a--b' });
  });

  test('do not bypass the warning of emptyOnDelete', () => {
    const own = new App({
      propertyInjectors: [{
        constructUniqueId: ecr.Repository.PROPERTY_INJECTION_ID,
        inject: original => ({ emptyOnDelete: true, removalPolicy: RemovalPolicy.DESTROY, ...original }),
      }],
    });
    new Repository(new Stack(own, 'Stack'), 'Repository');
    expect(own.synth().getStackByName('Stack').messages.map(({ entry }) => entry.data))
      .toEqual([expect.stringContaining('cdk-ecr-keeper:empty-on-delete')]);
  });

  test('that set lifecycle rules are an error beside a lifecycle policy', () => {
    expect(() => inject(Repository, { lifecycleRules: [{ maxImageCount: 5 }] }, { lifecycle: LifecyclePolicy.fromJson(POLICY) }))
      .toThrow('Stack/Repository: \'lifecycle\' must not be combined with the \'lifecycleRules\' of a property injector');
  });
});

describe('names that ECR accepts and aws-ecr rejects', () => {
  test.each(['a--b', 'a__b', 'team/a---b__c.d', '0'.repeat(256)])('the name %s', name => {
    new Repository(stack, 'Repository', { repositoryName: name });
    expect(theRepository().Properties.RepositoryName).toBe(name);
  });

  test('such a name is the one that another account sees', () => {
    const owner = new Stack(app, 'Owner', { env: { account: '111111111111', region: 'eu-west-1' } });
    const user = new Stack(app, 'User', { env: { account: '222222222222', region: 'eu-west-1' } });
    const repository = new Repository(owner, 'Repository', { repositoryName: 'team/a--b__c' });
    new CfnResource(user, 'Uses', { type: 'Test::Uses', properties: { Arn: repository.repositoryArn, Name: repository.repositoryName } });
    Template.fromStack(user).hasResourceProperties('Test::Uses', {
      Arn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':ecr:eu-west-1:111111111111:repository/team/a--b__c']] },
      Name: 'team/a--b__c',
    });
  });

  test('KMS_DSSE, with a key and without', () => {
    new Repository(stack, 'With', { encryption: ecr.RepositoryEncryption.KMS_DSSE, encryptionKey: new kms.Key(stack, 'Key') });
    new Repository(stack, 'Without', { encryption: ecr.RepositoryEncryption.KMS_DSSE });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ECR::Repository', {
      EncryptionConfiguration: { EncryptionType: 'KMS_DSSE', KmsKey: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] } },
    });
    template.hasResourceProperties('AWS::ECR::Repository', {
      EncryptionConfiguration: { EncryptionType: 'KMS_DSSE', KmsKey: Match.absent() },
    });
  });

  test('a name that is known only at deploy, and one that is generated when needed', () => {
    const name = new CfnResource(stack, 'Other', { type: 'Test::Name' }).ref;
    new Repository(stack, 'Repository', { repositoryName: name });
    expect(theRepository().Properties.RepositoryName).toEqual({ Ref: 'Other' });
  });
});

describe('a moving tag of a repository whose mutability is not set', () => {
  type Use = (repository: Repository) => unknown;
  const WARNING = 'whose tags are immutable because \'imageTagMutability\' is not set. The second push to that tag fails';
  const warningsOf = (use: Use, props: RepositoryProps = {}) => {
    use(new Repository(stack, 'Repository', props));
    return app.synth().getStackByName('Stack').messages.filter(({ entry }) => String(entry.data).includes('moving-tag'))
      .map(({ id, entry }) => `${id}: ${entry.data}`);
  };
  const taskOf = (repository: Repository, tag?: string) => new ecs.FargateTaskDefinition(stack, 'Task')
    .addContainer('app', { image: ecs.ContainerImage.fromEcrRepository(repository, tag) });

  test.each<[string, string, Use]>([
    ['a task', 'latest', repository => taskOf(repository)],
    ['a task of a stage', 'prod', repository => taskOf(repository, 'prod')],
    ['a function', 'latest', repository => new lambda.DockerImageFunction(stack, 'Function', {
      code: lambda.DockerImageCode.fromEcr(repository),
    })],
    ['a pipeline', 'latest', repository => new codepipeline.Pipeline(stack, 'Pipeline', {
      stages: [
        {
          stageName: 'Source',
          actions: [new actions.EcrSourceAction({
            actionName: 'Image', repository, output: new codepipeline.Artifact(),
          })],
        },
        { stageName: 'Approve', actions: [new actions.ManualApprovalAction({ actionName: 'Approve' })] },
      ],
    })],
    ['ImageTags', 'dev-latest', repository => new ImageTags(stack, 'Tags', {
      image: RepositoryImage.fromRepository(repository, 'build-1'), tags: ['dev-latest', 'v1.2.3'],
    })],
    ['ImageCopy', 'prod', repository => new ImageCopy(stack, 'Copy', {
      source: ImageSource.fromRegistry('redis:7.4.1'), repository, tags: ['prod', '7.4.1'],
    })],
    ['ImageCopy with the tag of its source', 'latest', repository => new ImageCopy(stack, 'Copy', {
      source: ImageSource.fromRegistry('nginx:latest'), repository,
    })],
    ['ImageCopy from it', 'latest', repository => new ImageCopy(stack, 'Copy', {
      source: ImageSource.fromEcrRepository(repository, 'latest'), repository: new Repository(stack, 'Mirror'), tags: ['v1'],
    })],
    ['ScanGate', 'latest', repository => new ScanGate(stack, 'Gate', { image: RepositoryImage.fromRepository(repository, 'latest') })],
    ['ImageTags of an import by its name', 'prod', repository => new ImageTags(stack, 'Tags', {
      image: RepositoryImage.fromRepository(ecr.Repository.fromRepositoryName(stack, 'Import', repository.repositoryName), 'build-1'),
      tags: ['prod'],
    })],
  ])('is warned about, with the filter that allows it: %s', (_case, tag, use) => {
    const filter = `imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard('${tag}')]`;
    const warnings = warningsOf(use);
    expect(warnings).toEqual([
      expect.stringContaining(`/Stack/Repository: the app uses the tag '${tag}' of this repository, ${WARNING}`),
    ]);
    expect(warnings[0]).toContain(filter);
  });

  test.each<[string, Use, RepositoryProps]>([
    ['a version', repository => taskOf(repository, 'v1.2.3'), {}],
    ['a digest', repository => taskOf(repository, `sha256:${'0'.repeat(64)}`), {}],
    ['no use', () => undefined, {}],
    ['the URI of the repository', repository => repository.repositoryUri, {}],
    ['a mutability that is set', repository => taskOf(repository), { imageTagMutability: ecr.TagMutability.IMMUTABLE }],
    ['filters that are set', repository => taskOf(repository), {
      imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard('latest')],
    }],
    ['a filter that matches', repository => taskOf(repository, 'dev-latest'), {
      imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard('dev-*')],
    }],
    ['filters that are known only at deployment', repository => {
      native(repository).imageTagMutabilityExclusionFilters = Fn.getAtt('Other', 'Filters');
      taskOf(repository);
    }, { imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard('dev-*')] }],
    ['a copy of a version', repository => new ImageCopy(stack, 'Copy', {
      source: ImageSource.fromRegistry('redis:7.4.1'), repository,
    }), {}],
    ['a mutability that an escape hatch sets', repository => {
      native(repository).imageTagMutability = 'MUTABLE';
      taskOf(repository);
    }, {}],
  ])('is not warned about: %s', (_case, use, props) => {
    expect(warningsOf(use, props)).toEqual([]);
  });
});

describe('a tag that a repository does not allow to move', () => {
  const { IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE, MUTABLE_WITH_EXCLUSION } = ecr.TagMutability;
  const wildcard = (pattern: string) => [ecr.ImageTagMutabilityExclusionFilter.wildcard(pattern)];
  const warningsOf = () => app.synth().getStackByName('Stack').messages.filter(({ entry }) => String(entry.data).includes('moving-tag'))
    .map(({ id, entry }) => `${id}: ${entry.data}`);
  const copy = (props: Partial<ImageCopyProps>, mirror: ecr.RepositoryProps = { imageTagMutability: IMMUTABLE }) =>
    new ImageCopy(stack, 'Copy', {
      source: ImageSource.fromRegistry('redis:7.4'),
      repository: props.repository ?? new ecr.Repository(stack, 'Mirror', mirror),
      trigger: '2',
      ...props,
    });
  const tagProd = (props: RepositoryProps) => new ImageTags(stack, 'Tags', {
    image: RepositoryImage.fromRepository(new Repository(stack, 'Mirror', props), 'build'), tags: ['prod'], trigger: '2',
  });

  test('is warned about where other tags may', () => {
    tagProd({ imageTagMutabilityExclusionFilters: wildcard('dev-*') });
    expect(warningsOf()).toEqual([expect.stringMatching(new RegExp(
      '^/Stack/Mirror: the app uses the tag \'prod\' of this repository, and no filter of \'imageTagMutabilityExclusionFilters\' allows'
        + ' the tag to move. The second push to that tag fails. Add ecr\\.ImageTagMutabilityExclusionFilter\\.wildcard\\(\'prod\'\\)'))]);
  });

  test.each<[string, string, () => unknown]>([
    ['Copy', '7.4', () => copy({})],
    ['Copy', 'prod', () => copy({ tags: ['prod', 'v1'] })],
    ['Copy', '7.4', () => copy({}, {
      imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: wildcard('dev-*'),
    })],
    ['Copy', '7.4', () => copy({}, {
      imageTagMutability: MUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: wildcard('7.*'),
    })],
    ['Copy', '7.4', () => copy({ repository: new ecr.CfnRepository(stack, 'Mirror', { imageTagMutability: IMMUTABLE }) }, {})],
    ['Copy', '7.4', () => copy({ repository: new Repository(stack, 'Mirror') }, {})],
    ['Copy', '7.4', () => copy({
      source: ImageSource.fromEcrRepository(new ecr.Repository(stack, 'Builds', { imageTagMutability: MUTABLE }), '7.4'),
    })],
    ['Tags', 'prod', () => tagProd({
      imageTagMutability: MUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: wildcard('prod'),
    })],
  ])('is warned about where a trigger has its source looked up again: %s writes %s', (name, tag, write) => {
    write();
    expect(warningsOf()).toEqual([expect.stringContaining(
      `/Stack/Mirror: 'Stack/${name}' looks up the tag of its source again when 'trigger' changes, but`
      + ` the tag '${tag}' that it writes here is immutable. If the tag of the source has moved, the deployment fails`)]);
  });

  test.each<[string, () => unknown]>([
    ['nothing is looked up again', () => copy({ trigger: undefined })],
    ['the source is a digest', () => copy({ source: ImageSource.fromRegistry(`redis@sha256:${'0'.repeat(64)}`), tags: ['prod'] })],
    ['the tag has the trigger in it', () => copy({ source: ImageSource.fromRegistry('redis:7.4-2') })],
    ['the tag is that of one build', () => copy({ source: ImageSource.fromRegistry('redis:20261129'), trigger: '3' })],
    ['the tag is the hash of an asset', () => copy({ source: ImageSource.fromRegistry(`redis:${'0a1b'.repeat(16)}`) })],
    ['the tag may be another one each time', () => copy({ tags: ['v1.2.3'] })],
    ['the tag is a token', () => copy({ tags: [new CfnParameter(stack, 'Tag').valueAsString] })],
    ['the tags can be moved', () => copy({}, { imageTagMutability: MUTABLE })],
    ['the tag can be moved', () => copy({}, {
      imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: wildcard('7.*'),
    })],
    ['the repository is not known', () => copy({ repository: ecr.Repository.fromRepositoryName(stack, 'Import', 'team/mirror') })],
    ['the tag of the source cannot be moved either', () => copy({
      source: ImageSource.fromEcrRepository(new ecr.Repository(stack, 'Builds', { imageTagMutability: IMMUTABLE }), '7.4'),
    })],
    ['the tag of the image cannot be moved either', () => tagProd({ imageTagMutability: IMMUTABLE })],
  ])('is not warned about where %s', (_case, write) => {
    write();
    expect(warningsOf()).toEqual([]);
  });
});

describe('bad props', () => {
  test('every problem at once, before anything is created', () => {
    expect(() => new Repository(stack, 'Repository', {
      repositoryName: 'A',
      removalPolicy: RemovalPolicy.RETAIN,
      autoDeleteImages: true,
      emptyOnDelete: true,
      lifecycle: LifecyclePolicy.fromJson(POLICY),
      lifecycleRules: [{ maxImageCount: 1 }],
      teardown: Teardown.deleteWithImages(),
    })).toThrow(new RegExp([
      'Stack/Repository: 6 problems',
      '\'repositoryName\' must have at least 2 and no more than 256 characters, got: 1',
      '\'repositoryName\' must consist of .*, got: A',
      '\'lifecycle\' must not be combined with \'lifecycleRules\', got both',
      '\'removalPolicy\' must be omitted or DESTROY with this \'teardown\', got: RETAIN',
      '\'emptyOnDelete\' must not be combined with \'teardown\', got: true. Remove \'emptyOnDelete\', because the teardown decides when'
        + ' images are deleted. Or remove \'teardown\'',
      '\'autoDeleteImages\' must not be combined with \'teardown\', got: true',
    ].join('[^]*')));
    expect(stack.node.tryFindChild('Repository')).toBeUndefined();
  });

  test.each(['a/', '/a', 'a//b', 'a_', 'a___b', 'a..b', 'a.-b', 'team/App', 'a b'])('the name %s', name => {
    expect(() => new Repository(stack, 'Repository', { repositoryName: name })).toThrow(/'repositoryName' must consist of/);
  });

  test.each<[string, RemovalPolicy, Teardown]>([
    ['RETAIN', RemovalPolicy.RETAIN, Teardown.deleteWithImages()],
    ['RETAIN_ON_UPDATE_OR_DELETE', RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, Teardown.deleteWithImages()],
    ['DESTROY', RemovalPolicy.DESTROY, Teardown.retain()],
  ])('a removal policy that contradicts the teardown: %s', (_name, removalPolicy, teardown) => {
    expect(() => new Repository(stack, 'Repository', { removalPolicy, teardown })).toThrow(/'removalPolicy' must be omitted or/);
  });
});

describe('lifecycle', () => {
  test('a whole policy is the native property', () => {
    new Repository(stack, 'Repository', { lifecycle: LifecyclePolicy.fromJson(POLICY), lifecycleRegistryId: '111111111111' });
    expect(theRepository().Properties.LifecyclePolicy).toEqual({ LifecyclePolicyText: POLICY, RegistryId: '111111111111' });
  });

  test('rules of aws-ecr merge, given early or late', () => {
    const repository = new Repository(stack, 'Repository', { lifecycleRules: [{ tagPrefixList: ['v'], maxImageCount: 9 }] });
    repository.addLifecycleRule({ maxImageCount: 5 });
    const text = (theRepository().Properties.LifecyclePolicy as { LifecyclePolicyText: string }).LifecyclePolicyText;
    expect(JSON.parse(text).rules.map((rule: { rulePriority: number }) => rule.rulePriority)).toEqual([1, 2]);
  });

  const untagged = { tagStatus: ecr.TagStatus.UNTAGGED };
  const warnings = () => app.synth().getStackByName('Stack').messages.map(({ entry }) => String(entry.data));
  const early = (rules: ecr.LifecycleRule[]) => new Repository(stack, 'Repository', { lifecycleRules: rules });
  const late = (rules: ecr.LifecycleRule[]) => {
    const repository = new Repository(stack, 'Repository');
    for (const rule of rules) repository.addLifecycleRule(rule);
  };

  test.each([['lifecycleRules', early], ['addLifecycleRule', late]])('rules that ECR refuses fail synthesis: %s', (_how, give) => {
    give([{ ...untagged, maxImageAge: Duration.days(7) }, { ...untagged, maxImageCount: 0 }]);
    expect(() => app.synth()).toThrow(
      /the lifecycle rules result in a policy that Amazon ECR rejects: rules\[1\][^]*at least 1, got: 0/);
  });

  test.each<[string, (rules: ecr.LifecycleRule[]) => unknown]>([['lifecycleRules', early], ['addLifecycleRule', late]])(
    'rules that are probably mistakes are warned about like those of a LifecyclePolicy: %s', (_how, give) => {
      const rules: ecr.LifecycleRule[] = [{ tagPrefixList: ['prod', 'staging'], maxImageCount: 10 }, { maxImageAge: Duration.days(7) }];
      give(rules);
      const own = new App();
      new Repository(new Stack(own, 'Stack'), 'Repository', { lifecycle: LifecyclePolicy.fromEcrRules(rules) });
      expect(warnings().length).toBeGreaterThan(0);
      expect(warnings()).toEqual(own.synth().getStackByName('Stack').messages.map(({ entry }) => String(entry.data)));
    });

  test('a number that is known only at deployment fails synthesis, because aws-ecr renders it as text', () => {
    early([{ maxImageCount: new CfnParameter(stack, 'Count', { type: 'Number' }).valueAsNumber }]);
    expect(() => app.synth()).toThrow(/the lifecycle rules result in a policy that Amazon ECR rejects/);
  });

  test.each<[string, () => unknown]>([
    ['a list of rules', () => new Repository(stack, 'Repository', { lifecycle: [{ maxImageCount: 5 }] as any })],
    ['a text', () => new Repository(stack, 'Repository', { lifecycle: POLICY as any })],
    ['an import', () => ExistingRepository.fromRepositoryName(stack, 'Repository', 'team/app', { lifecycle: {} as any })],
    ['a construct', () => new RepositoryLifecycle(stack, 'Repository', {
      repository: Repository.fromRepositoryName(stack, 'Import', 'team/app'), lifecycle: undefined as any,
    })],
  ])('a value that is not a LifecyclePolicy is an error: %s', (_case, make) => {
    expect(make).toThrow(/^Stack\/Repository: 'lifecycle' (must be a LifecyclePolicy, such as LifecyclePolicy\.fromRules\(.*\), got: |is required, got nothing)/);
  });

  test('a rule for a repository with a whole policy throws', () => {
    const repository = new Repository(stack, 'Repository', { lifecycle: LifecyclePolicy.fromJson(POLICY) });
    expect(() => repository.addLifecycleRule({ maxImageCount: 5 })).toThrow(/a rule cannot be added .* Put the rule into that policy/);
  });
});

describe('imports', () => {
  const ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app';
  beforeEach(() => switchTo(new Stack(app, 'Known', { env: { account: '111111111111', region: 'eu-west-1' } })));

  const imports: Array<[string, () => ecr.IRepository]> = [
    ['fromRepositoryName', () => Repository.fromRepositoryName(stack, 'Import', 'team/app')],
    ['fromRepositoryArn', () => Repository.fromRepositoryArn(stack, 'Import', ARN)],
    ['fromRepositoryAttributes',
      () => Repository.fromRepositoryAttributes(stack, 'Import', { repositoryArn: ARN, repositoryName: 'team/app' })],
    ['fromLookup', () => Repository.fromLookup(stack, 'Import', { repositoryName: 'team/app' })],
  ];

  test.each(imports)('%s: what needs a policy statement gets it, a role its own rights', (_name, make) => {
    const repository = make();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    expect(repository.grantPull(role).success).toBe(true);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['ecr:BatchGetImage']) })]) },
    });
    Template.fromStack(stack).resourceCountIs('Custom::EcrRepositoryPolicy', 0);
    expect(repository).toBeInstanceOf(ExistingRepository);
  });

  test.each(imports)('%s: a grant to others is written', (_name, make) => {
    const repository = make();
    repository.grantPull(new iam.AccountPrincipal('333333333333'));
    repository.grantPull(new iam.ServicePrincipal('lambda.amazonaws.com'));
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('Custom::EcrRepositoryPolicy'));
    expect(JSON.stringify(Properties.Statements)).toMatch(/333333333333[^]*lambda\.amazonaws\.com/);
  });

  test('fromRepositoryArn has the account and Region of the ARN, and refuses an invalid ARN', () => {
    const here = new Stack(app, 'Here', { env: { account: '333333333333', region: 'eu-west-1' } });
    expect(Repository.fromRepositoryArn(here, 'Import', ARN))
      .toMatchObject({ repositoryName: 'team/app', env: { account: '111111111111', region: 'eu-west-1' } });
    expect(() => Repository.fromRepositoryArn(stack, 'Bad', 'arn:aws:s3:::bucket'))
      .toThrow(/^Known\/Bad: Repository arn should be in the format 'arn:.*\/<NAME>', got arn:aws:s3:::bucket\.$/);
    expect(() => Repository.fromRepositoryArn(stack, 'Token', stack.resolve(stack.stackId) && stack.stackId))
      .toThrow(/Use `fromRepositoryAttributes` instead/);
  });
});

describe('teardown', () => {
  test('deleteWithImages: CloudFormation keeps the repository, the mark is in the native tags, nothing is emptied natively', () => {
    new Repository(stack, 'Repository', { repositoryName: 'team/app', teardown: Teardown.deleteWithImages({ maxImages: 3 }) });
    const repository = theRepository();
    expect(repository).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    expect(repository.Properties).not.toHaveProperty('EmptyOnDelete');
    expect(repository.Properties.Tags).toEqual([{
      Key: 'cdk-ecr-keeper:teardown-by',
      Value: {
        'Fn::Join': [
          '', [{ 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }, expect.stringMatching(/^:RepositoryTeardown/)],
        ],
      },
    }]);
    Template.fromStack(stack).hasResource('Custom::EcrTeardown', {
      Properties: {
        OnStackDelete: 'delete-with-images',
        Owned: true,
        MaxImages: 3,
        ServiceTimeout: '960',
        RepositoryLogicalId: Match.stringLikeRegexp('^Repository'),
      },
      DependsOn: [Match.stringLikeRegexp('EventInvokeConfig'), Match.stringLikeRegexp('Policy')],
    });
  });

  test('retain: RETAIN twice, no function', () => {
    new Repository(stack, 'Repository', { teardown: Teardown.retain() });
    expect(theRepository()).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 0);
  });

  test('options: every problem at once', () => {
    expect(() => Teardown.deleteWithImages({ maxImages: -1, requireTag: { key: 'aws:x', value: 'v'.repeat(257) } })).toThrow(new RegExp([
      'Teardown.deleteWithImages: 3 problems',
      '\'maxImages\' must be a whole number of at least 0, got: -1',
      '\'requireTag.key\' must not start with',
      '\'requireTag.value\' must have at most 256 characters, got: 257',
    ].join('[^]*')));
    expect(() => Teardown.deleteWithImages({ maxImages: 1.5 })).toThrow('got: 1.5');
    expect(() => Teardown.deleteWithImages({ requireTag: { key: '', value: '' } }))
      .toThrow('\'requireTag.key\' must have between 1 and 128 characters, got: 0');
  });

  test('one function for all repositories of a stack, with a policy of constant size', () => {
    const policyOf = (count: number) => {
      const own = new Stack(new App(), 'Stack');
      for (let i = 0; i < count; i++) new Repository(own, `Repository${i}`, { teardown: Teardown.deleteWithImages() });
      const template = Template.fromStack(own);
      template.resourceCountIs('AWS::Lambda::Function', 1);
      return template.findResources('AWS::IAM::Policy');
    };
    expect(policyOf(20)).toEqual(policyOf(1));
  });

  test('the right to mark 240 repositories is in a few managed policies that IAM accepts, each repository once', () => {
    for (let i = 0; i < 240; i++) {
      new Repository(stack, `Repository${i}`, { repositoryName: `team/service-${i}/api`, teardown: Teardown.deleteWithImages() });
    }
    const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'));
    expect(policies.length).toBeLessThan(6);
    const documents = policies.map(({ Properties }) => Properties.PolicyDocument);
    const inAccount = (document: unknown) => JSON.stringify(document)
      .replace(/\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},":ecr:",\{"Ref":"AWS::Region"\},":",\{"Ref":"AWS::AccountId"\},"([^"]+)"\]\]\}/g,
        '"arn:aws:ecr:ap-northeast-1:111111111111$1"');
    for (const document of documents) expect(inAccount(document).length).toBeLessThanOrEqual(6_144);
    const names = documents.flatMap(document => inAccount(document).match(/repository\/team\/service-\d+\/api/g));
    expect(new Set(names).size).toBe(240);
    expect(names).toHaveLength(240);
  });

  test('more repositories than the managed policies of one role have room for are an error', () => {
    expect(() => {
      for (let i = 0; i < 240; i++) {
        new Repository(stack, `Repository${i}`, { repositoryName: `${'x'.repeat(250)}-${i}`, teardown: Teardown.deleteWithImages() });
      }
    }).toThrow(/more than 10 managed policies, which IAM does not allow\. Spread the repositories over several stacks/);
  });

  test('a repository with a generated name needs no right to be marked, since it cannot be imported', () => {
    new Repository(stack, 'Repository', { teardown: Teardown.deleteWithImages() });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
    expect(JSON.stringify(template.toJSON())).not.toContain('ecr:TagResource');
  });

  test('kms:RetireGrant, through ECR, only where a repository is encrypted with KMS', () => {
    const rights = () => JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    new Repository(stack, 'Plain', { teardown: Teardown.deleteWithImages() });
    expect(rights()).not.toContain('kms:');
    switchTo(new Stack(new App(), 'Second'));
    new Repository(stack, 'One', { encryption: ecr.RepositoryEncryption.KMS, teardown: Teardown.deleteWithImages() });
    new Repository(stack, 'Two', { encryptionKey: new kms.Key(stack, 'Key'), teardown: Teardown.deleteWithImages() });
    expect(rights().match(/kms:RetireGrant/g)).toHaveLength(1);
    expect(rights()).toContain('"kms:ViaService"');
  });
});

describe('emptyOnDelete without a teardown', () => {
  const WARNING = /with 'emptyOnDelete', CloudFormation deletes all images whenever .* with the stack, but also when the repository is removed from the template, is replaced, or .* rolls back/;
  const warnings = () => app.synth().getStackByName('Stack').messages.filter(({ level }) => level === 'warning')
    .map(({ entry }) => String(entry.data));

  test('empties as in aws-ecr, deploys no function, and warns when CloudFormation deletes images', () => {
    new Repository(stack, 'Repository', { emptyOnDelete: true, removalPolicy: RemovalPolicy.DESTROY });
    expect(theRepository()).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete', Properties: { EmptyOnDelete: true } });
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 0);
    expect(warnings()).toEqual([expect.stringMatching(WARNING)]);
    expect(warnings()[0]).toContain('[ack: cdk-ecr-keeper:empty-on-delete]');
  });

  test('needs the removal policy DESTROY, as in aws-ecr', () => {
    const message = 'Cannot use \'emptyOnDelete\' property on a repository without setting removal policy to \'DESTROY\'.';
    expect(() => new Repository(stack, 'Repository', { emptyOnDelete: true })).toThrow(message);
    expect(() => new ecr.Repository(stack, 'Native', { emptyOnDelete: true })).toThrow(message);
  });

  test.each([
    [{}], [{ emptyOnDelete: false }], [{ teardown: Teardown.deleteWithImages() }],
  ])('%j has no warning', props => {
    new Repository(stack, 'Repository', props);
    expect(warnings()).toEqual([]);
  });
});

describe('the removal policy DESTROY without a teardown', () => {
  const warnings = () => app.synth().getStackByName('Stack').messages.map(({ entry }) => String(entry.data));
  const WARNING = /^the removal policy is DESTROY, but CloudFormation fails .* \[ack: cdk-ecr-keeper:destroy-without-teardown\]$/;

  test.each<[string, () => void]>([
    ['as a property', () => new Repository(stack, 'Repository', { removalPolicy: RemovalPolicy.DESTROY })],
    ['beside emptyOnDelete: false', () =>
      new Repository(stack, 'Repository', { removalPolicy: RemovalPolicy.DESTROY, emptyOnDelete: false })],
    ['afterwards', () => new Repository(stack, 'Repository').applyRemovalPolicy(RemovalPolicy.DESTROY)],
  ])('%s is warned of', (_how, make) => {
    make();
    expect(warnings()).toEqual([expect.stringMatching(WARNING)]);
  });

  test.each<[string, () => void]>([
    ['with emptyOnDelete', () => new Repository(stack, 'Repository', { removalPolicy: RemovalPolicy.DESTROY, emptyOnDelete: true })],
    ['with autoDeleteImages', () => new Repository(stack, 'Repository', { removalPolicy: RemovalPolicy.DESTROY, autoDeleteImages: true })],
    ['with a teardown', () => new Repository(stack, 'Repository', { teardown: Teardown.deleteWithImages() })],
    ['with a teardown that is attached later', () => {
      const repository = new Repository(stack, 'Repository', { removalPolicy: RemovalPolicy.DESTROY });
      new RepositoryTeardown(stack, 'Teardown', { repository, teardown: Teardown.deleteWithImages() });
    }],
    ['not set', () => new Repository(stack, 'Repository')],
  ])('%s is not', (_how, make) => {
    make();
    expect(warnings().filter(warning => WARNING.test(warning))).toEqual([]);
  });
});

describe('the native attributes are looked at once more, after aspects and escape hatches', () => {
  const deleted = () => new Repository(stack, 'Repository', { teardown: Teardown.deleteWithImages() });
  const onStackDelete = () => Object.values(Template.fromStack(stack).findResources('Custom::EcrTeardown'))[0].Properties.OnStackDelete;

  test('Retain wins: an override', () => {
    native(deleted()).addOverride('DeletionPolicy', 'Retain');
    expect(onStackDelete()).toBe('retain');
    Annotations.fromStack(stack).hasWarning('/Stack/Repository', Match.stringLikeRegexp('will be kept'));
  });

  const rendered = (skipValidation: boolean) => {
    const { template } = app.synth({ skipValidation }).getStackArtifact(stack.artifactId);
    const resources = Object.values(template.Resources as Record<string, { Type: string; DeletionPolicy?: string; Properties: any }>);
    const { DeletionPolicy } = resources.find(({ Type }) => Type === 'AWS::ECR::Repository')!;
    return [DeletionPolicy, resources.find(({ Type }) => Type === 'Custom::EcrTeardown')!.Properties.OnStackDelete];
  };

  describe.each([false, true])('with skipValidation %s', skipValidation => {
    test('RetainExceptOnCreate of the teardown itself leaves the deletion to the function', () => {
      deleted();
      expect(rendered(skipValidation)).toEqual(['RetainExceptOnCreate', 'delete-with-images']);
    });

    test.each<[string, () => void]>([
      ['an Aspect', () => Aspects.of(app).add({
        visit: (node: IConstruct) => {
          if (node instanceof ecr.CfnRepository) node.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
        },
      })],
      ['RemovalPolicies', () => RemovalPolicies.of(app).retainOnUpdateOrDelete()],
      ['an override', () => native(stack.node.findChild('Repository') as Repository).addOverride('DeletionPolicy', 'RetainExceptOnCreate')],
      ['applyRemovalPolicy', () =>
        (stack.node.findChild('Repository') as Repository).applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)],
    ])('RetainExceptOnCreate that a user sets keeps the repository: %s', (_how, set) => {
      deleted();
      set();
      expect(rendered(skipValidation)).toEqual(['RetainExceptOnCreate', 'retain']);
    });
  });

  test('Retain wins: an Aspect', () => {
    deleted();
    Aspects.of(app).add({
      visit: (node: IConstruct) => { if (node instanceof ecr.CfnRepository) node.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN; },
    });
    expect(onStackDelete()).toBe('retain');
  });

  test.each<[string, () => void]>([
    ['an Aspect', () => RemovalPolicies.of(app).destroy()],
    ['an override', () => native(stack.node.findChild('Repository') as Repository).addOverride('DeletionPolicy', 'Delete')],
  ])('DESTROY leaves the deletion to the function all the same: %s', (_how, set) => {
    deleted();
    set();
    expect(rendered(false)).toEqual(['RetainExceptOnCreate', 'delete-with-images']);
  });

  test('Retain wins: applyRemovalPolicy, and RemovalPolicies', () => {
    deleted().applyRemovalPolicy(RemovalPolicy.RETAIN);
    expect(onStackDelete()).toBe('retain');
  });

  test.each(['aspect', 'override'])('Retain wins over a later DESTROY: %s', how => {
    const repository = new Repository(stack, 'Repository', { teardown: Teardown.retain() });
    if (how === 'aspect') RemovalPolicies.of(app).destroy();
    else native(repository).addOverride('DeletionPolicy', 'Delete');
    expect(theRepository()).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    Annotations.fromStack(stack).hasWarning('/Stack/Repository', Match.stringLikeRegexp('It was set back to Retain'));
  });

  test('a replaced repository is retained whatever an Aspect says', () => {
    deleted();
    RemovalPolicies.of(app).destroy();
    expect(theRepository()).toMatchObject({ UpdateReplacePolicy: 'Retain' });
  });

  test.each<[string, (cfn: ecr.CfnRepository) => void]>([
    ['an escape hatch', cfn => cfn.addPropertyOverride('EmptyOnDelete', true)],
    ['a property', cfn => { cfn.emptyOnDelete = true; }],
    ['a token', cfn => { cfn.emptyOnDelete = new CfnResource(stack, 'Other', { type: 'Test::Flag' }).getAtt('Flag'); }],
  ])('an EmptyOnDelete that bypasses the guards is an error: %s', (_how, set) => {
    set(native(deleted()));
    expect(() => app.synth()).toThrow(/'EmptyOnDelete' was set on a repository with a teardown/);
  });

  test('EmptyOnDelete false is nothing to object to', () => {
    native(deleted()).emptyOnDelete = false;
    expect(onStackDelete()).toBe('delete-with-images');
  });

  test('app-wide tags neither replace nor remove the mark', () => {
    deleted();
    Tags.of(app).add('cdk-ecr-keeper:teardown-by', 'somebody');
    Tags.of(app).remove('cdk-ecr-keeper:teardown-by');
    expect(JSON.stringify(theRepository().Properties.Tags)).toContain(':RepositoryTeardown');
  });

  test('a mark that an escape hatch removed is an error', () => {
    native(deleted()).addPropertyDeletionOverride('Tags');
    expect(() => app.synth()).toThrow(/the tag 'cdk-ecr-keeper:teardown-by' was removed/);
  });

  test.each([Teardown.deleteWithImages(), Teardown.empty(), Teardown.retain()])(
    'the tag that lifts a refusal fails synthesis (%#)', teardown => {
      Tags.of(new Repository(stack, 'Repository', { teardown })).add('cdk-ecr-keeper:teardown', 'code');
      expect(() => app.synth()).toThrow(/must not be in a template/);
    });
});
