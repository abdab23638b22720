import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import { ThirdPartyRepository } from './third-party-repository';
import { LifecycleGuard, LifecyclePolicy, Repository, RepositoryLifecycle } from '../src';

const UNTAGGED = LifecyclePolicy.fromEcrRules([{ tagStatus: ecr.TagStatus.UNTAGGED, maxImageAge: Duration.days(14) }]);
const NEWEST = LifecyclePolicy.fromEcrRules([{ maxImageCount: 50 }]);

newStackForEachTest();

test('rules of aws-ecr become the text that aws-ecr renders', () => {
  new ecr.Repository(stack, 'Theirs', { lifecycleRules: [{ tagStatus: ecr.TagStatus.UNTAGGED, maxImageAge: Duration.days(14) }] });
  new Repository(stack, 'Ours', { lifecycle: UNTAGGED });
  const texts = Object.values(Template.fromStack(stack).findResources('AWS::ECR::Repository'))
    .map(r => r.Properties.LifecyclePolicy.LifecyclePolicyText);
  expect(texts[1]).toBe(texts[0]);
  expect(() => LifecyclePolicy.fromEcrRules([])).toThrow('\'rules\' must have 1 to 50 rules, got: none');
  expect(() => LifecyclePolicy.fromEcrRules([{ tagStatus: ecr.TagStatus.TAGGED, maxImageCount: 1 }]))
    .toThrow(/must have tagPatternList or tagPrefixList with tagStatus "tagged"/);
});

describe('on a repository of the same stack', () => {
  test('it is the native property, without a function', () => {
    new RepositoryLifecycle(stack, 'Lifecycle', { repository: new ecr.Repository(stack, 'Repository'), lifecycle: UNTAGGED });
    Template.fromStack(stack).hasResourceProperties('AWS::ECR::Repository', {
      LifecyclePolicy: { LifecyclePolicyText: Match.serializedJson({ rules: Match.anyValue() }) },
    });
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 0);
  });

  test('existing rules and rules that are added later are not silently lost', () => {
    const early = new ecr.Repository(stack, 'Early', { lifecycleRules: [{ maxImageCount: 1 }] });
    expect(() => new RepositoryLifecycle(stack, 'A', { repository: early, lifecycle: UNTAGGED })).toThrow(/already has lifecycle rules/);
    const late = new ecr.Repository(stack, 'Late');
    new RepositoryLifecycle(stack, 'B', { repository: late, lifecycle: UNTAGGED });
    late.addLifecycleRule({ maxImageCount: 1 });
    expect(() => app.synth()).toThrow(/lifecycle rules were added to a repository that has a RepositoryLifecycle/);
  });

  test('overwrite and onDelete mean nothing there', () => {
    expect(() => new RepositoryLifecycle(stack, 'Lifecycle', {
      repository: new Repository(stack, 'R'), lifecycle: UNTAGGED, overwrite: true, onDelete: NEWEST,
    })).toThrow(/2 problems[^]*'overwrite' must not be set[^]*'onDelete' must not be set/);
  });
});

test('on one of another stack of the app it throws and says where', () => {
  const repository = new Repository(new Stack(app, 'Owner'), 'Repository');
  expect(() => new RepositoryLifecycle(stack, 'Lifecycle', { repository, lifecycle: UNTAGGED })).toThrow(/belongs to the stack 'Owner'/);
});

test('on an imported one a function of the stack writes it, only where this stack\'s mark is', () => {
  new RepositoryLifecycle(stack, 'Lifecycle', { repository: imported(), lifecycle: UNTAGGED, onDelete: NEWEST });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('Custom::EcrLifecyclePolicy', {
    PolicyText: Match.serializedJson({ rules: [Match.objectLike({ selection: Match.objectLike({ tagStatus: 'untagged' }) })] }),
    OnDeleteText: Match.stringLikeRegexp('imageCountMoreThan'),
    Overwrite: false,
  });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({
        Action: ['ecr:PutLifecyclePolicy', 'ecr:DeleteLifecyclePolicy'],
        Condition: { StringLike: { 'aws:ResourceTag/cdk-ecr-keeper:lifecycle-policy-by': Match.anyValue() } },
      })]),
    },
  });
});

describe('an L1 resource', () => {
  test('of the stack gets the native property', () => {
    new RepositoryLifecycle(stack, 'Lifecycle', { repository: new ecr.CfnRepository(stack, 'Native'), lifecycle: UNTAGGED });
    Template.fromStack(stack).hasResourceProperties('AWS::ECR::Repository', {
      LifecyclePolicy: { LifecyclePolicyText: UNTAGGED.toJson() },
    });
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 0);
  });

  test('of the stack gets a guard that it depends on', () => {
    const repository = new ecr.CfnRepository(stack, 'Native');
    const lifecycleGuard = LifecycleGuard.refuse({ maxImages: 3 });
    new RepositoryLifecycle(stack, 'Lifecycle', { repository, lifecycle: UNTAGGED, lifecycleGuard });
    const [guard] = Object.keys(Template.fromStack(stack).findResources('Custom::EcrLifecycleGuard'));
    Template.fromStack(stack).hasResource('AWS::ECR::Repository', { DependsOn: [guard] });
  });

  test('that has a lifecycle policy already is refused', () => {
    const repository = new ecr.CfnRepository(stack, 'Native', { lifecyclePolicy: { lifecyclePolicyText: NEWEST.toJson() } });
    expect(() => new RepositoryLifecycle(stack, 'Lifecycle', { repository, lifecycle: UNTAGGED }))
      .toThrow(/already has lifecycle rules\. Put all rules into one policy/);
  });

  test('of another stack is changed by that stack only', () => {
    const repository = new ecr.CfnRepository(new Stack(app, 'Owner'), 'Native');
    expect(() => new RepositoryLifecycle(stack, 'Lifecycle', { repository, lifecycle: UNTAGGED })).toThrow(
      "Stack/Lifecycle: 'repository' belongs to the stack 'Owner', and only that stack can change it. Set the lifecycle policy there,"
      + " on 'Owner/Native'");
  });
});

test('a construct of another library, which has a name and an ARN only, gets the policy from a function', () => {
  const repository = new ThirdPartyRepository(stack, 'Third');
  new RepositoryLifecycle(stack, 'Lifecycle', { repository, lifecycle: UNTAGGED });
  const RepositoryArn: unknown = stack.resolve(repository.repositoryRef.repositoryArn);
  Template.fromStack(stack).hasResourceProperties('Custom::EcrLifecyclePolicy', { RepositoryArn });
  expect(() => new RepositoryLifecycle(stack, 'Again', { repository, lifecycle: UNTAGGED }))
    .toThrow(/already has a lifecycle policy, set at 'Stack\/Lifecycle'/);
});

test('a construct of another library in another account cannot have access, and must be imported', () => {
  const here = new Stack(app, 'Here', { env: { account: '111111111111', region: 'eu-west-1' } });
  const repository = new ThirdPartyRepository(here, 'Third', { account: '222222222222' });
  expect(() => new RepositoryLifecycle(here, 'Lifecycle', { repository, lifecycle: UNTAGGED })).toThrow(
    /'repository' is in account 222222222222, but the stack is in 111111111111\. Import it with the 'access'.*ExistingRepository/);
});

test('one lifecycle policy per repository', () => {
  new RepositoryLifecycle(stack, 'One', { repository: imported(), lifecycle: UNTAGGED });
  expect(() => new RepositoryLifecycle(stack, 'Two', { repository: imported({ id: 'Again' }), lifecycle: NEWEST }))
    .toThrow(/already has a lifecycle policy, set at 'Stack\/One'/);
});
