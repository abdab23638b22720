import { App, Aws, CfnParameter, Duration, Fn, Lazy, NestedStack, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as kms from 'aws-cdk-lib/aws-kms';
import { app, imported, newStackForEachTest, stack, switchTo } from './construct-scene';
import { ThirdPartyRepository } from './third-party-repository';
import {
  ImageUse, LifecycleGuard, PrefixTeardown, PublicRepository, PublicTeardown, Repository, RepositoryTeardown, Teardown,
} from '../src';

const GUARDED = Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } });
const ENV = { account: '111111111111', region: 'eu-west-1' };

newStackForEachTest();

const logicalIds = (type: string) => Object.keys(Template.fromStack(stack).findResources(type));

describe('a declared repository that does not carry its own required tag', () => {
  const CODE = /\[ack: cdk-ecr-keeper:required-tag-missing\]/;
  const warnings = () => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('required-tag-missing'))
    .map(({ entry }) => entry.data as string);
  const owned = (teardown = GUARDED) => new Repository(stack, 'App', { teardown });

  test.each<[string, () => void, string]>([
    ['has no such tag', () => owned(), 'has no such tag in the template'],
    ['has another value', () => Tags.of(owned()).add('stage', 'prod'), 'has the value "prod" in the template'],
    ['lost it to an Aspect', () => {
      Tags.of(owned()).add('stage', 'test');
      Tags.of(app).remove('stage', { priority: 500 });
    }, 'has no such tag in the template'],
    ['is emptied only', () => owned(Teardown.empty({ requireTag: { key: 'stage', value: 'test' } })), 'has no such tag'],
    ['is public', () => new PublicRepository(stack, 'Public', {
      repositoryName: 'app', teardown: PublicTeardown.empty({ requireTag: { key: 'stage', value: 'test' } }),
    }), 'has no such tag'],
  ])('is warned of when it %s', (_what, declare, got) => {
    declare();
    expect(warnings()).toEqual([expect.stringMatching(CODE)]);
    expect(warnings()[0]).toContain('the teardown requires the tag \'stage\' with the value "test", but the repository ');
    expect(warnings()[0]).toContain(got);
  });

  test.each<[string, () => void]>([
    ['carries it', () => Tags.of(owned()).add('stage', 'test')],
    ['gets it with all of its app', () => {
      owned();
      Tags.of(app).add('stage', 'test');
    }],
    ['gets it from the tags of its stack', () => {
      owned();
      stack.tags.setTag('stage', 'test');
    }],
    ['has a value that is known only at deployment', () => Tags.of(owned()).add('stage', Aws.REGION)],
    ['requires a value that is known only at deployment', () => {
      Tags.of(owned(Teardown.empty({ requireTag: { key: 'stage', value: Aws.REGION } }))).add('stage', 'test');
    }],
    ['requires no tag', () => owned(Teardown.deleteWithImages())],
    ['is kept after all', () => (owned().node.defaultChild as ecr.CfnRepository).applyRemovalPolicy(RemovalPolicy.RETAIN)],
    ['is public and carries it', () => Tags.of(new PublicRepository(stack, 'Public', {
      repositoryName: 'app', teardown: PublicTeardown.empty({ requireTag: { key: 'stage', value: 'test' } }),
    })).add('stage', 'test')],
  ])('is not warned of when it %s', (_what, declare) => {
    declare();
    expect(warnings()).toEqual([]);
  });
});

describe('on a repository of the same stack', () => {
  test.each<[string, (scope: Stack) => ecr.Repository]>([
    ['of aws-ecr', scope => new ecr.Repository(scope, 'Repository')],
    ['of ours', scope => new Repository(scope, 'Repository')],
  ])('it delegates to the native properties: %s', (_whose, make) => {
    const repository = make(stack);
    new RepositoryTeardown(stack, 'Teardown', { repository, teardown: Teardown.deleteWithImages() });
    Template.fromStack(stack).hasResource('AWS::ECR::Repository', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: { Tags: [{ Key: 'cdk-ecr-keeper:teardown-by', Value: Match.anyValue() }] },
    });
    Template.fromStack(stack).hasResourceProperties('Custom::EcrTeardown', { Owned: true });
  });

  test('an import of its name or ARN is the repository itself', () => {
    const repository = new ecr.Repository(stack, 'Repository');
    const again = ecr.Repository.fromRepositoryName(stack, 'Again', repository.repositoryName);
    new RepositoryTeardown(stack, 'Teardown', { repository: again, teardown: Teardown.deleteWithImages() });
    Template.fromStack(stack).hasResourceProperties('Custom::EcrTeardown', { Owned: true });
  });

  test('contradictions throw', () => {
    const emptied = new ecr.Repository(stack, 'Emptied', { emptyOnDelete: true, removalPolicy: RemovalPolicy.DESTROY });
    expect(() => new RepositoryTeardown(stack, 'A', { repository: emptied, teardown: Teardown.deleteWithImages() }))
      .toThrow(/'emptyOnDelete' must not be combined/);
    const auto = new ecr.Repository(stack, 'Auto', { autoDeleteImages: true, removalPolicy: RemovalPolicy.DESTROY });
    expect(() => new RepositoryTeardown(stack, 'B', { repository: auto, teardown: Teardown.deleteWithImages() }))
      .toThrow(/'autoDeleteImages' must not be combined/);
    const twice = new Repository(stack, 'Twice', { teardown: Teardown.deleteWithImages() });
    expect(() => new RepositoryTeardown(stack, 'C', { repository: twice, teardown: Teardown.deleteWithImages() }))
      .toThrow(/already has a teardown, set at 'Stack\/Twice'/);
  });
});

test('on a repository of another stack of the app it throws and says where to do it', () => {
  const repository = new Repository(new Stack(app, 'Owner'), 'Repository');
  expect(() => new RepositoryTeardown(stack, 'Teardown', { repository, teardown: GUARDED }))
    .toThrow(/Stack\/Teardown: 'repository' belongs to the stack 'Owner', .* 'Owner\/Repository\/Resource'/);
  const again = Repository.fromRepositoryName(stack, 'Imported', repository.repositoryName);
  expect(() => new RepositoryTeardown(stack, 'Teardown2', { repository: again, teardown: GUARDED }))
    .toThrow(/belongs to the stack 'Owner'/);
});

describe('on an imported repository', () => {
  const legacy = (name = 'team/legacy', id = 'Legacy') => imported({ id, name });

  test('its own policy may set the mark, and nothing else, on this repository, denies deleting it without the tag, and outlives the custom'
    + ' resource', () => {
    new RepositoryTeardown(stack, 'Teardown', { repository: legacy(), teardown: GUARDED });
    const [policyId] = logicalIds('AWS::IAM::Policy').filter(id => id.includes('MarkPolicy'));
    const ofThisStack = {
      'Fn::Join': ['', [{ 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }, ':*']],
    };
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{
          Action: 'ecr:TagResource',
          Effect: 'Allow',
          Resource: { 'Fn::Join': ['', Match.arrayWith([':repository/team/legacy'])] },
          Condition: {
            'ForAllValues:StringEquals': { 'aws:TagKeys': ['cdk-ecr-keeper:teardown-by'] },
            'StringLike': { 'aws:RequestTag/cdk-ecr-keeper:teardown-by': ofThisStack },
            'StringLikeIfExists': { 'aws:ResourceTag/cdk-ecr-keeper:teardown-by': ofThisStack },
          },
        }, {
          Action: 'ecr:DeleteRepository',
          Effect: 'Deny',
          Resource: { 'Fn::Join': ['', Match.arrayWith([':repository/team/legacy'])] },
          Condition: { StringNotEquals: { 'aws:ResourceTag/stage': 'test' } },
        }],
      },
    });
    Template.fromStack(stack).hasResource('Custom::EcrTeardown', {
      Properties: { Owned: false, RequireTagKey: 'stage', RequireTagValue: 'test', RepositoryLogicalId: Match.absent() },
      DependsOn: Match.arrayWith([policyId]),
    });
    Template.fromStack(stack).resourceCountIs('AWS::ECR::Repository', 0);
  });

  test('another literal target is another resource and another policy; a token target is not', () => {
    const ids = (name: (scope: Stack) => string) => {
      switchTo(new Stack(new App(), 'Stack'));
      new RepositoryTeardown(stack, 'Teardown', { repository: legacy(name(stack)), teardown: GUARDED });
      return [...logicalIds('Custom::EcrTeardown'), ...logicalIds('AWS::IAM::Policy').filter(id => id.includes('MarkPolicy'))];
    };
    const [one, other, again] = [ids(() => 'team/one'), ids(() => 'team/other'), ids(() => 'team/one')];
    expect(again).toEqual(one);
    for (const id of other) expect(one).not.toContain(id);
    expect(ids(scope => new CfnParameter(scope, 'NameA').valueAsString))
      .toEqual(ids(scope => new CfnParameter(scope, 'NameB').valueAsString));
  });

  test('every problem at once', () => {
    switchTo(new Stack(app, 'Here', { env: ENV }));
    const repository = Repository.fromRepositoryArn(stack, 'Elsewhere', 'arn:aws:ecr:us-east-1:222222222222:repository/team/app');
    expect(() => new RepositoryTeardown(stack, 'Teardown', { repository, teardown: Teardown.deleteWithImages() })).toThrow(new RegExp([
      '2 problems',
      'is in account 222222222222, but the stack is in 111111111111. Import it with the \'access\'',
      '\'requireTag\' is required',
    ].join('[^]*')));
  });

  test('one teardown per repository', () => {
    new RepositoryTeardown(stack, 'One', { repository: legacy(), teardown: GUARDED });
    expect(() => new RepositoryTeardown(stack, 'Two', { repository: legacy('team/legacy', 'Again'), teardown: GUARDED }))
      .toThrow(/already has a teardown, set at 'Stack\/One'/);
    switchTo(new Stack(app, 'Elsewhere'));
    expect(() => new RepositoryTeardown(stack, 'Two', { repository: legacy(), teardown: GUARDED })).not.toThrow();
  });

  test('one that the app declares under this very name is an error that says where', () => {
    new Repository(new Stack(app, 'Owner'), 'Repository', { repositoryName: 'team/legacy' });
    new RepositoryTeardown(stack, 'Teardown', { repository: legacy(), teardown: GUARDED });
    expect(() => app.synth()).toThrow(/imported as 'team\/legacy', but the app declares it at 'Owner\/Repository\/Resource'/);
  });

  test('retain needs nothing', () => {
    new RepositoryTeardown(stack, 'Teardown', { repository: legacy(), teardown: Teardown.retain() });
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Resources');
  });

  test('its KMS key is let go, one of another account by name', () => {
    switchTo(new Stack(app, 'Here', { env: ENV }));
    const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:222222222222:key/1');
    new RepositoryTeardown(stack, 'Teardown', { repository: legacy(), teardown: GUARDED, encryptionKey: key });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:RetireGrant', Resource: key.keyArn })]) },
    });
  });

  test('too many for one role is an error at synthesis', () => {
    for (let i = 0; i < 60; i++) {
      new RepositoryTeardown(stack, `Teardown${i}`, { repository: legacy(`team/${i}`, `Import${i}`), teardown: GUARDED });
    }
    expect(() => app.synth()).toThrow(/would have about \d+ characters of policy, but IAM allows 10240\. Spread/);
  });
});

describe('an L1 resource', () => {
  test('of the stack gets the removal policy, the mark, and a teardown', () => {
    const repository = new ecr.CfnRepository(stack, 'Native');
    new RepositoryTeardown(stack, 'Teardown', { repository, teardown: Teardown.deleteWithImages() });
    Template.fromStack(stack).hasResource('AWS::ECR::Repository', {
      Properties: { Tags: [{ Key: 'cdk-ecr-keeper:teardown-by', Value: Match.anyValue() }] },
    });
    Template.fromStack(stack).hasResourceProperties('Custom::EcrTeardown', { Owned: true });
  });

  test('of another stack is changed by that stack only', () => {
    const repository = new ecr.CfnRepository(new Stack(app, 'Owner'), 'Native');
    expect(() => new RepositoryTeardown(stack, 'Teardown', { repository, teardown: GUARDED })).toThrow(
      "Stack/Teardown: 'repository' belongs to the stack 'Owner', and only that stack can change it. Set the teardown there,"
      + " on 'Owner/Native'");
  });
});

test('a construct of another library, which has a name and an ARN only, gets a teardown like an import', () => {
  const repository = new ThirdPartyRepository(stack, 'Third');
  expect(() => new RepositoryTeardown(stack, 'Unguarded', { repository, teardown: Teardown.deleteWithImages() }))
    .toThrow(/'requireTag' is required/);
  new RepositoryTeardown(stack, 'Teardown', { repository, teardown: GUARDED });
  const RepositoryArn: unknown = stack.resolve(repository.repositoryRef.repositoryArn);
  Template.fromStack(stack).hasResourceProperties('Custom::EcrTeardown', { Owned: false, RepositoryArn });
});

test('in a nested stack the function may read the root stack too', () => {
  const nested = new NestedStack(stack, 'Nested');
  new Repository(nested, 'Repository', { teardown: Teardown.deleteWithImages() });
  const statements = Object.values(Template.fromStack(nested).findResources('AWS::IAM::Policy'))[0].Properties.PolicyDocument.Statement;
  const [resources] = statements.filter((s: { Action: string[] }) => s.Action.includes('cloudformation:DescribeStacks'))
    .map((s: { Resource: unknown }) => s.Resource);
  expect(resources).toEqual([{ Ref: 'AWS::StackId' }, { Ref: expect.stringContaining('StackId') }]);
  Template.fromStack(stack)
    .hasResourceProperties('AWS::CloudFormation::Stack', { Parameters: Match.objectLike({ [resources[1].Ref]: { Ref: 'AWS::StackId' } }) });
});

describe('problems that are known at synthesis fail there, all in one error', () => {
  const problemsOf = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };

  test('Teardown.empty', () => {
    const message = problemsOf(() => Teardown.empty({
      maxImages: -1,
      requireTag: { key: 'aws:x', value: 'v'.repeat(257) },
      protectedTags: ['ok', 'a*b*c*d*e*f', 'not a tag'],
      pushedWithin: Duration.millis(500),
      pulledWithin: Duration.millis(1_500),
      exceptTags: ['ok', '', 'a*b*c*d*e*f'],
      exceptNewest: 1.5,
      trigger: '',
    }));
    expect(message).toMatch(/^Teardown\.empty: 11 problems\n/);
    for (const name of [
      'maxImages', 'requireTag.key', 'requireTag.value', 'protectedTags[1]', 'protectedTags[2]', 'pushedWithin', 'pulledWithin',
      'exceptTags[1]', 'exceptTags[2]',
      'exceptNewest', 'trigger',
    ]) expect(message).toContain(`  - '${name}' `);
  });

  test('Teardown.deleteWithImages', () => {
    const message = problemsOf(() => Teardown.deleteWithImages({
      maxImages: NaN, requireTag: { key: '', value: '' }, replicaRegions: ['EU', 'eu-west-1', 'eu-west-1', Aws.REGION],
    }));
    expect(message).toMatch(/^Teardown\.deleteWithImages: 5 problems\n/);
    for (const text of ['\'maxImages\' must be a whole number', '\'requireTag.key\' must have between 1 and 128',
      '\'replicaRegions[0]\' must be the name of a Region, such as eu-west-1, got: EU',
      '\'replicaRegions[3]\' must be the name of a Region, such as eu-west-1, got: a token',
      '\'replicaRegions\' must name each Region once']) expect(message).toContain(text);
  });

  const unset = undefined as unknown as string;

  test.each<[string, () => unknown, RegExp]>([
    ['the key of a required tag', () => Teardown.empty({ requireTag: { key: unset, value: 'test' } }),
      /'requireTag\.key' is required, got nothing$/],
    ['the value of a required tag', () => Teardown.deleteWithImages({ requireTag: { key: 'stage', value: unset } }),
      /'requireTag\.value' is required, got nothing$/],
    ['a required tag that is nothing at all', () => Teardown.empty({ requireTag: {} as never }),
      /'requireTag\.key' is required.*\n.*'requireTag\.value' is required/],
    ['a protected tag', () => Teardown.empty({ protectedTags: ['v*', unset] }), /'protectedTags\[1\]' is required, got nothing$/],
    ['a tag to keep', () => Teardown.empty({ exceptTags: [unset] }), /'exceptTags\[0\]' is required, got nothing$/],
    ['a service that runs images', () => Teardown.empty({ inUseBy: [undefined as never] }),
      /'inUseBy\[0\]' is required, got nothing$/],
    ['a cluster', () => ImageUse.ecs({ clusters: [unset] }), /'clusters\[0\]' is required, got nothing$/],
    ['the role of another account', () => ImageUse.ecs({ access: { roleArn: unset } }),
      /'access\.roleArn' must be the ARN of a role, got: undefined$/],
    ['a tag of a lifecycle guard', () => LifecycleGuard.refuse({ protectedTags: [unset] }),
      /'protectedTags\[0\]' is required, got nothing$/],
    ['the value of a tag for a public repository', () => PublicTeardown.empty({ requireTag: { key: 'stage', value: unset } }),
      /'requireTag\.value' is required, got nothing$/],
    ['the value of a tag for a prefix',
      () => new PrefixTeardown(stack, 'Prefix', { prefix: 'a/', requireTag: { key: 'stage', value: unset } }),
      /'requireTag\.value' is required, got nothing$/],
  ])('a guard that is given without a value is an error, and does not silently vanish: %s', (_what, declare, message) => {
    expect(declare).toThrow(message);
  });

  test('a guard that is itself undefined was not given', () => {
    expect(() => Teardown.empty({ requireTag: undefined, protectedTags: undefined, maxImages: undefined, inUseBy: undefined }))
      .not.toThrow();
  });

  test.each<[string, () => Teardown]>([
    ['the least of everything',
      () => Teardown.empty({
        maxImages: 0,
        exceptNewest: 0,
        exceptTags: [],
        trigger: 'x',
        protectedTags: [],
        pushedWithin: Duration.seconds(1),
        pulledWithin: Duration.seconds(1),
        inUseBy: [],
      })],
    ['the most',
      () => Teardown.empty({
        requireTag: { key: 'k'.repeat(128), value: 'v'.repeat(256) },
        trigger: 't'.repeat(256),
        exceptTags: ['a*b*c*d*e'],
        protectedTags: ['a*b*c*d*e'],
      })],
    ['tokens', () => Teardown.empty({
      maxImages: Lazy.number({ produce: () => 3 }),
      requireTag: { key: Aws.STACK_NAME, value: Aws.REGION },
      exceptTags: [Aws.STACK_NAME],
      protectedTags: [Aws.STACK_NAME],
      trigger: Aws.STACK_NAME,
    })],
  ])('in order: %s', (_what, make) => {
    expect(problemsOf(make)).toBe('');
  });

  test.each<[string, () => Teardown]>([
    ['pushedWithin', () => Teardown.empty({ pushedWithin: Duration.seconds(Lazy.number({ produce: () => 3 })) })],
    ['pulledWithin', () => Teardown.deleteWithImages({ pulledWithin: Duration.seconds(Lazy.number({ produce: () => 3 })) })],
    ['protectedTags', () => Teardown.deleteWithImages({ protectedTags: Fn.split(',', Aws.STACK_NAME) })],
    ['exceptTags', () => Teardown.empty({ exceptTags: Fn.split(',', Aws.STACK_NAME) })],
  ])('%s must be known when the app is synthesized', (name, make) => {
    expect(problemsOf(make)).toMatch(new RegExp(`'${name}' must be known when the app is synthesized, got a token`));
  });

  test.each([
    ['exceptNewest', { exceptNewest: new CfnParameter(new Stack(), 'Keep', { type: 'Number' }).valueAsNumber },
      'must be a whole number of at least 0, known when the app is synthesized, got: a token'],
    ['exceptTags[1]', { exceptTags: ['v1', 'team/app:v1'] },
      'cannot match any tag, because a tag consists of letters, digits, \'.\', \'_\', and \'-\', got: "team/app:v1"'],
    ['exceptTags[0]', { exceptTags: ['v1 '] }, 'cannot match any tag'],
    ['exceptTags[0]', { exceptTags: ['.hidden', '-x'] }, 'cannot match any tag'],
    ['exceptTags[0]', { exceptTags: ['sha256:abc'] }, 'cannot match any tag'],
  ])('Teardown.empty: %s of %j', (name, options, message) => {
    expect(problemsOf(() => Teardown.empty(options))).toContain(`'${name}' ${message}`);
  });

  test('a repository is no replica of itself', () => {
    const teardown = Teardown.deleteWithImages({
      replicaRegions: ['eu-central-1', 'eu-west-1'], requireTag: { key: 'stage', value: 'test' },
    });
    const message = /'replicaRegions' must not name the Region of the repository itself, got: eu-west-1/;
    const known = new Stack(new App(), 'Known', { env: ENV });
    expect(problemsOf(() => new Repository(known, 'Own', { teardown }))).toMatch(message);
    const elsewhere = Repository.fromRepositoryArn(known, 'Import', 'arn:aws:ecr:eu-central-1:111111111111:repository/team/app');
    expect(problemsOf(() => new RepositoryTeardown(known, 'Elsewhere', { repository: elsewhere, teardown })))
      .toMatch(/the Region of the repository itself, got: eu-central-1/);
    expect(problemsOf(() => new Repository(stack, 'Unknown', { teardown }))).toBe('');
  });

  test('RepositoryTeardown: access', () => {
    const repository = Repository.fromRepositoryArn(stack, 'Import', 'arn:aws:ecr:eu-west-1:222222222222:repository/team/app');
    const access = { roleArn: 'arn:aws:iam::1:role/x', externalId: '!' };
    expect(problemsOf(() => new RepositoryTeardown(stack, 'A', { repository, teardown: GUARDED, access })))
      .toMatch(/^Stack\/A: 2 problems\n  - 'access\.roleArn' must be .*\n  - 'access\.externalId' must/);
    const sound = { roleArn: 'arn:aws:iam::222222222222:role/x', externalId: 'id' };
    expect(problemsOf(() => new RepositoryTeardown(stack, 'B', { repository, teardown: GUARDED, access: sound })))
      .toMatch(/'access' requires a stack whose Region is known/);
    const own = new Repository(stack, 'Own');
    expect(problemsOf(() => new RepositoryTeardown(stack, 'C', { repository: own, teardown: GUARDED, access: sound })))
      .toMatch(/'access' must not be set for a repository of the same stack/);
  });
});

describe('Teardown.empty keeps the repository', () => {
  test('in the template, whatever an escape hatch says, with a mark', () => {
    const repository = new Repository(stack, 'Repository', { teardown: Teardown.empty() });
    (repository.node.defaultChild as ecr.CfnRepository).applyRemovalPolicy(RemovalPolicy.DESTROY);
    Template.fromStack(stack).hasResource('AWS::ECR::Repository', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { Tags: [{ Key: 'cdk-ecr-keeper:teardown-by' }], EmptyOnDelete: Match.absent() },
    });
  });

  test.each([RemovalPolicy.DESTROY, RemovalPolicy.SNAPSHOT])('a removal policy of %s contradicts it', removalPolicy => {
    expect(() => new Repository(stack, 'Repository', { teardown: Teardown.empty(), removalPolicy }))
      .toThrow(/'removalPolicy' must be omitted or RETAIN with this 'teardown'/);
  });

  test('it needs a required tag where the stack does not own it', () => {
    const repository = Repository.fromRepositoryName(stack, 'Import', 'team/app');
    expect(() => new RepositoryTeardown(stack, 'Teardown', { repository, teardown: Teardown.empty() }))
      .toThrow(/'requireTag' is required/);
  });

  test('the custom resource has all properties that are set, and no others', () => {
    const guards = { maxImages: 0, protectedTags: ['c*'], pushedWithin: Duration.days(1), pulledWithin: Duration.hours(2) };
    new Repository(stack, 'All', { teardown: Teardown.empty({ exceptTags: ['a*', 'b'], exceptNewest: 3, trigger: 't', ...guards }) });
    new Repository(stack, 'None', { teardown: Teardown.empty() });
    const [all, none] = Object.entries(Template.fromStack(stack).findResources('Custom::EcrTeardown')).sort()
      .map(([, { Properties }]) => Properties as object);
    expect(all).toMatchObject({
      OnStackDelete: 'empty',
      ExceptTags: ['a*', 'b'],
      ExceptNewest: 3,
      EmptyTrigger: 't',
      MaxImages: 0,
      ProtectedTags: ['c*'],
      PushedWithin: 86_400,
      PulledWithin: 7_200,
    });
    expect(Object.keys(none).sort())
      .toEqual(['OnStackDelete', 'Owned', 'RepositoryArn', 'RepositoryLogicalId', 'ServiceTimeout', 'ServiceToken']);
  });
});
