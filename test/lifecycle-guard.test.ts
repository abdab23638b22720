import { App, CfnCondition, CfnOutput, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { app, newStackForEachTest, stack, switchTo } from './construct-scene';
import { ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository, RepositoryLifecycle } from '../src';

const NEWEST = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]);
const GUARD = LifecycleGuard.refuse({ maxImages: 5 });
const TYPE = 'Custom::EcrLifecycleGuard';

newStackForEachTest();

const actions = (): string[] => Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
  .flatMap(policy => policy.Properties.PolicyDocument.Statement as Array<{ Action: string | string[] }>)
  .flatMap(statement => statement.Action);

describe('options', () => {
  test('without any it would never stop anything', () => {
    const message = /at least one option must be set, got none\. A guard without options would never stop anything/;
    expect(() => LifecycleGuard.refuse({})).toThrow(message);
    expect(() => LifecycleGuard.warn({ protectedTags: [], inUseBy: [] })).toThrow(message);
  });

  test('every problem at once', () => {
    expect(() => LifecycleGuard.refuse({
      maxImages: -1,
      maxPercentage: 101,
      protectedTags: ['*1*2*3*4*'],
      pushedWithin: Duration.days(Lazy.number({ produce: () => 1 })),
      pulledWithin: Duration.millis(1),
    })).toThrow(new RegExp([
      'LifecycleGuard.refuse: 5 problems',
      '\'maxPercentage\' must be between 0 and 100, got: 101',
      '\'maxImages\' must be a whole number of at least 0, got: -1',
      '\'protectedTags\\[0\\]\' must be a string with at most 4 wildcards',
      '\'pushedWithin\' must be known when the app is synthesized, got a token',
      '\'pulledWithin\' must be a whole number of seconds, at least 1, got: 1 ms',
    ].join('[^]*')));
  });

  test.each([['maxImages'], ['maxPercentage']])('%s must be known when the app is synthesized', name => {
    const token = Lazy.number({ produce: () => 1 });
    expect(() => LifecycleGuard.warn({ [name]: token }))
      .toThrow(`LifecycleGuard.warn: '${name}' must be known when the app is synthesized, got a token`);
  });

  test('the list of protected tags must be known when the app is synthesized, and each pattern must be able to match a tag', () => {
    expect(() => LifecycleGuard.refuse({ protectedTags: Lazy.list({ produce: () => ['v*'] }) }))
      .toThrow('LifecycleGuard.refuse: \'protectedTags\' must be known when the app is synthesized, got a token');
    expect(() => LifecycleGuard.refuse({ protectedTags: ['v*', 'team/app:v1'] }))
      .toThrow('\'protectedTags[1]\' cannot match any tag, because a tag consists of letters, digits, \'.\', \'_\', and \'-\', got:'
        + ' "team/app:v1"');
    expect(() => LifecycleGuard.refuse({ protectedTags: [Lazy.string({ produce: () => 'v*' })] })).not.toThrow();
  });

  test('of where to look', () => {
    expect(() => ImageUse.ecs({ access: { roleArn: 'look' }, clusters: [], region: 'EU' })).toThrow(new RegExp([
      'ImageUse: 3 problems',
      '\'access\.roleArn\' must be arn:<partition>:iam::<account>:role/<name>, got: "look"',
      '\'region\' must be the name of a Region, such as eu-west-1, got: "EU"',
      '\'clusters\' must contain at least one cluster, got none. Omit it to search all clusters',
    ].join('[^]*')));
    for (const newestTaskDefinitions of [0, 1.5, 101]) {
      expect(() => ImageUse.ecs({ newestTaskDefinitions }))
        .toThrow(`ImageUse: 'newestTaskDefinitions' must be a whole number from 1 to 100, got: ${newestTaskDefinitions}`);
    }
  });

  test('of the files to read', () => {
    const listed = (keyPattern: string, maxAge?: Duration) =>
      () => ImageUse.listed(s3.Bucket.fromBucketName(stack, `Uses${stack.node.children.length}`, 'uses'), keyPattern, { maxAge });
    expect(listed('')).toThrow('ImageUse.listed: \'keyPattern\' must not be empty, got: ""');
    expect(listed('*/*/*/*/*')).toThrow('ImageUse.listed: \'keyPattern\' must have at most 4 wildcards (*), got: "*/*/*/*/*"');
    expect(listed(Lazy.string({ produce: () => 'in-use/*' })))
      .toThrow('ImageUse.listed: \'keyPattern\' must be known when the app is synthesized, got a token');
    expect(listed('in-use/*', Duration.millis(1_500)))
      .toThrow('ImageUse.listed: \'maxAge\' must be a whole number of seconds, at least 1, got: 1500 ms');
    expect(listed('in-use/*', Duration.hours(1))).not.toThrow();
  });
});

describe('on an owned repository', () => {
  test('the native resource depends on a check that does not refer to it', () => {
    new Repository(stack, 'App', { repositoryName: 'team/app', lifecycle: NEWEST, lifecycleGuard: GUARD });
    const template = Template.fromStack(stack);
    const [guardId] = Object.keys(template.findResources(TYPE));
    const [repositoryId] = Object.keys(template.findResources('AWS::ECR::Repository'));
    template.hasResource('AWS::ECR::Repository', { DependsOn: [guardId] });
    template.hasResourceProperties(TYPE, {
      RepositoryLogicalId: repositoryId,
      PolicyText: NEWEST.toJson(),
      Guard: { Mode: 'refuse', MaxImages: 5 },
      DeclaredName: 'team/app',
      DeclaredEncryption: Match.absent(),
    });
    const others = JSON.stringify(Object.entries(template.toJSON().Resources).filter(([id]) => id !== repositoryId));
    expect(others).not.toContain(`"Ref":"${repositoryId}"`);
    expect(others).not.toContain(`"Fn::GetAtt":["${repositoryId}"`);
  });

  test('it gets the values that an escape hatch changed', () => {
    const key = new kms.Key(stack, 'Key');
    const repository = new Repository(stack, 'App', { lifecycleRules: [{ maxImageCount: 3 }], lifecycleGuard: GUARD, encryptionKey: key });
    repository.addLifecycleRule({ tagPrefixList: ['v'], maxImageCount: 9 });
    (repository.node.defaultChild as ecr.CfnRepository).addPropertyOverride('RepositoryName', 'late');
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      DeclaredName: 'late',
      DeclaredEncryption: 'KMS',
      DeclaredKey: stack.resolve(key.keyArn),
      PolicyText: Match.serializedJson({ rules: [Match.objectLike({ rulePriority: 1 }), Match.objectLike({ rulePriority: 2 })] }),
    });
  });

  test('it is called whenever CloudFormation would update the repository', () => {
    const fingerprint = (props: object) => {
      const other = new Stack(new App(), 'Stack');
      new Repository(other, 'App', { lifecycle: NEWEST, lifecycleGuard: GUARD, ...props });
      return Object.values(Template.fromStack(other).findResources(TYPE))[0].Properties.Fingerprint;
    };
    expect(fingerprint({})).toBe(fingerprint({}));
    expect(fingerprint({})).not.toBe(fingerprint({ imageScanOnPush: false }));
  });

  test('encryption that is known only at deployment does not count as no encryption', () => {
    const repository = new Repository(stack, 'App', { lifecycle: NEWEST, lifecycleGuard: GUARD });
    const condition = new CfnCondition(stack, 'Condition');
    (repository.node.defaultChild as ecr.CfnRepository).addPropertyOverride('EncryptionConfiguration', {
      'Fn::If': [condition.logicalId, { EncryptionType: 'KMS' }, { Ref: 'AWS::NoValue' }],
    });
    Template.fromStack(stack).hasResourceProperties(TYPE, { DeclaredEncryption: 'unknown' });
  });

  test('without a policy there is nothing to guard', () => {
    new Repository(stack, 'App', { lifecycleGuard: GUARD });
    expect(() => app.synth()).toThrow(/'lifecycleGuard' requires a lifecycle policy, got none\. Set a policy, or omit the guard/);
  });

  test('through RepositoryLifecycle too', () => {
    new RepositoryLifecycle(stack, 'Lifecycle', { repository: new ecr.Repository(stack, 'App'), lifecycle: NEWEST, lifecycleGuard: GUARD });
    Template.fromStack(stack).hasResource('AWS::ECR::Repository', { DependsOn: [Match.stringLikeRegexp('LifecycleGuard')] });
  });

  test('several guards share one function', () => {
    for (const id of ['A', 'B']) new Repository(stack, id, { lifecycle: NEWEST, lifecycleGuard: GUARD });
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
  });
});

test('on an imported repository it is part of the handler that writes the policy', () => {
  new RepositoryLifecycle(stack, 'Lifecycle', {
    repository: Repository.fromRepositoryName(stack, 'Import', 'team/shared'), lifecycle: NEWEST, lifecycleGuard: GUARD,
  });
  const template = Template.fromStack(stack);
  template.resourceCountIs(TYPE, 0);
  template.hasResourceProperties('Custom::EcrLifecyclePolicy', { Guard: { Mode: 'refuse', MaxImages: 5 } });
  expect(actions()).toEqual(expect.arrayContaining(['ecr:StartLifecyclePolicyPreview', 'ecr:GetLifecyclePolicyPreview']));
});

describe('rights', () => {
  const guarded = (guard: LifecycleGuard) => new Repository(stack, 'App', { lifecycle: NEWEST, lifecycleGuard: guard });

  test('counting needs the preview alone', () => {
    guarded(GUARD);
    expect(actions().filter(action => /^ecr|^ecs|^lambda|^sts/.test(action)).sort()).toEqual([
      'ecr:DescribeRepositories', 'ecr:GetLifecyclePolicy', 'ecr:GetLifecyclePolicyPreview', 'ecr:StartLifecyclePolicyPreview',
    ]);
  });

  test('looking at pulls needs the images, looking at what runs also the services and manifests', () => {
    guarded(LifecycleGuard.refuse({ pulledWithin: Duration.days(1) }));
    expect(actions()).toContain('ecr:DescribeImages');
    expect(actions()).not.toContain('ecr:BatchGetImage');
    switchTo(new Stack(new App(), 'Other'));
    guarded(LifecycleGuard.refuse({ inUseBy: [ImageUse.ecs(), ImageUse.lambdaFunctions(), ImageUse.lambdaFunctions()] }));
    expect(actions()).toEqual(expect.arrayContaining(['ecr:BatchGetImage', 'ecs:DescribeTasks', 'lambda:GetFunction']));
    expect(actions().filter(action => action === 'lambda:GetFunction')).toHaveLength(1);
  });

  test('another account is looked at with its role alone', () => {
    const there = { access: { roleArn: 'arn:aws:iam::222222222222:role/look', externalId: 'id' }, region: 'eu-west-1', clusters: ['shop'] };
    guarded(LifecycleGuard.refuse({ inUseBy: [ImageUse.ecs(there)] }));
    expect(actions().filter(action => /^ecs|^lambda|^sts/.test(action))).toEqual(['sts:AssumeRole']);
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      Guard: { InUseBy: [{ Service: 'ecs', RoleArn: there.access.roleArn, ExternalId: 'id', Region: 'eu-west-1', Clusters: ['shop'] }] },
    });
  });
});

describe('results of the guard', () => {
  test('comes back as attributes', () => {
    const repository = new Repository(stack, 'App', { lifecycle: NEWEST, lifecycleGuard: GUARD });
    const imported = Repository.fromRepositoryName(stack, 'I', 'x/y');
    const lifecycle = new RepositoryLifecycle(stack, 'Lifecycle', { repository: imported, lifecycle: NEWEST, lifecycleGuard: GUARD });
    for (const [id, value] of Object.entries({
      A: String(repository.expiringImageCount),
      B: String(repository.archivingImageCount),
      C: repository.lifecycleFindings,
      D: String(lifecycle.expiringImageCount),
    })) new CfnOutput(stack, id, { value });
    const outputs = Object.values(Template.fromStack(stack).findOutputs('*')).map(output => output.Value['Fn::GetAtt'][1]);
    expect(outputs).toEqual(['ExpiringImageCount', 'ArchivingImageCount', 'Findings', 'ExpiringImageCount']);
  });

  test('is unknown without a guard', () => {
    const repository = new Repository(stack, 'App', { lifecycle: NEWEST });
    expect(() => repository.expiringImageCount)
      .toThrow('Stack/App: a lifecycle policy is previewed only with a \'lifecycleGuard\', got none. Set \'lifecycleGuard\'');
    const lifecycle = new RepositoryLifecycle(stack, 'Lifecycle', {
      repository: Repository.fromRepositoryName(stack, 'I', 'x/y'), lifecycle: NEWEST,
    });
    expect(() => lifecycle.lifecycleFindings).toThrow(/is previewed only with a 'lifecycleGuard'/);
  });
});
