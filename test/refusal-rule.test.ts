import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import {
  fleet, LifecycleGuard, LifecyclePolicy, LifecycleRule, PrefixTeardown, PublicRepository, PublicTeardown, registry, Repository,
  RepositoryLifecycle, RepositoryTeardown, Teardown,
} from '../src';

newStackForEachTest();

const requireTag = { key: 'stage', value: 'test' };
const teardown = Teardown.deleteWithImages({ requireTag });
const lifecycle = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(5)]);
const refuses = LifecycleGuard.refuse({ maxImages: 5 });
const warns = LifecycleGuard.warn({ maxImages: 5 });

type Resources = Record<string, { Type: string; Properties: any; DependsOn?: string[] }>;
const resources = (of = stack) => Template.fromStack(of).toJSON().Resources as Resources;
const idsOf = (type: string, all: Resources) => Object.keys(all).filter(id => all[id].Type === type);

const all: Array<[string, () => { onRefused: Repository['onRefused'] }, string[]]> = [
  ['a repository with a teardown', () => new Repository(stack, 'App', { teardown }), ['Custom::EcrTeardown']],
  ['a repository that is emptied', () => new Repository(stack, 'App', { teardown: Teardown.empty() }), ['Custom::EcrTeardown']],
  ['a repository with a lifecycle guard', () => new Repository(stack, 'App', { lifecycle, lifecycleGuard: refuses }),
    ['Custom::EcrLifecycleGuard']],
  ['a repository with both', () => new Repository(stack, 'App', { teardown, lifecycle, lifecycleGuard: refuses }),
    ['Custom::EcrLifecycleGuard', 'Custom::EcrTeardown']],
  ['an import with both', () => imported({ teardown, lifecycle, lifecycleGuard: refuses }),
    ['Custom::EcrLifecyclePolicy', 'Custom::EcrTeardown']],
  ['a teardown', () => new RepositoryTeardown(stack, 'Teardown', { repository: imported(), teardown }), ['Custom::EcrTeardown']],
  ['a teardown of a prefix', () => new PrefixTeardown(stack, 'Prefix', { prefix: 'cache/', requireTag }), ['Custom::EcrPrefixTeardown']],
  ['a public repository', () => new PublicRepository(stack, 'Public', {
    repositoryName: 'tool', teardown: PublicTeardown.deleteWithImages(),
  }), ['Custom::EcrPublicRepository']],
  ['a lifecycle policy', () => new RepositoryLifecycle(stack, 'Lifecycle', {
    repository: imported(), lifecycle, lifecycleGuard: refuses,
  }), ['Custom::EcrLifecyclePolicy']],
  ['a lifecycle policy of a prefix', () => new registry.PrefixLifecycle(stack, 'Prefix', { prefix: 'cache/', lifecycle, guard: refuses }),
    ['Custom::EcrPrefixLifecycle']],
  ['a cache', () => new registry.PullThroughCache(stack, 'Cache', {
    upstream: registry.Upstream.ecrPublic(), prefix: 'cache', teardown: { requireTag },
  }), ['Custom::EcrPrefixTeardown']],
];

describe('onRefused', () => {
  test.each(all)('matches failures of the resources of the construct, which keep the rule and the topic: %s', (_what, build, types) => {
    const topic = new sns.Topic(stack, 'Topic');
    topic.addSubscription(new subscriptions.EmailSubscription('team@example.com'));
    build().onRefused('Refused', { target: new targets.SnsTopic(topic), description: 'refusals' });
    const template = resources();
    const ids = types.flatMap(type => idsOf(type, template));
    const [ruleId, ...more] = idsOf('AWS::Events::Rule', template);
    expect([ids.length, more]).toEqual([types.length, []]);
    const { EventPattern, Targets, Description } = template[ruleId].Properties;
    expect([EventPattern.source, EventPattern['detail-type'], EventPattern.detail['stack-id'], Description])
      .toEqual([['aws.cloudformation'], ['CloudFormation Resource Status Change'], [{ Ref: 'AWS::StackId' }], 'refusals']);
    expect([...EventPattern.detail['logical-resource-id']].sort()).toEqual(ids.sort());
    expect(Targets).toEqual([{ Arn: { Ref: expect.stringMatching(/^Topic/) }, Id: 'Target0' }]);
    for (const id of ids) {
      const kept = ['AWS::Events::Rule', 'AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'AWS::SNS::Subscription']
        .flatMap(type => idsOf(type, template));
      expect(kept).toHaveLength(4);
      expect(template[id].DependsOn).toEqual(expect.arrayContaining(kept));
    }
  });

  it('keeps also a target that is added later', () => {
    const rule = new Repository(stack, 'App', { teardown }).onRefused('Refused');
    rule.addTarget(new targets.SnsTopic(new sns.Topic(stack, 'Later')));
    const template = resources();
    const [id] = idsOf('Custom::EcrTeardown', template);
    expect(template[id].DependsOn).toEqual(expect.arrayContaining(idsOf('AWS::SNS::TopicPolicy', template)));
  });

  it('sends to an imported topic and to a topic of another stack', () => {
    const other = new Stack(app, 'Other');
    const topic = new sns.Topic(other, 'Topic');
    const rule = new Repository(stack, 'App', { teardown }).onRefused('Refused', { target: new targets.SnsTopic(topic) });
    rule.addTarget(new targets.SnsTopic(sns.Topic.fromTopicArn(stack, 'Imported', 'arn:aws:sns:eu-west-1:111111111111:team')));
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Targets: [{ Arn: { 'Fn::ImportValue': Match.anyValue() } }, { Arn: 'arn:aws:sns:eu-west-1:111111111111:team' }],
    });
    expect(stack.dependencies).toEqual([other]);
  });

  test.each<[string, () => { onRefused: Repository['onRefused'] }]>([
    ['a repository without a teardown', () => new Repository(stack, 'App')],
    ['a teardown that keeps the images', () => new Repository(stack, 'App', { teardown: Teardown.retain() })],
    ['a guard that only warns', () => new Repository(stack, 'App', { lifecycle, lifecycleGuard: warns })],
    ['an import with a policy that is not guarded', () => imported({ lifecycle })],
    ['a lifecycle policy with a guard that only warns', () =>
      new RepositoryLifecycle(stack, 'App', { repository: imported(), lifecycle, lifecycleGuard: warns })],
    ['a lifecycle policy of a prefix without a guard', () => new registry.PrefixLifecycle(stack, 'App', { prefix: 'cache/', lifecycle })],
    ['a public repository that is kept', () => new PublicRepository(stack, 'App', { repositoryName: 'tool' })],
    ['a cache without a teardown', () =>
      new registry.PullThroughCache(stack, 'App', { upstream: registry.Upstream.ecrPublic(), prefix: 'cache' })],
  ])('throws if nothing can be refused: %s', (_what, build) => {
    const construct = build();
    expect(() => construct.onRefused('Refused')).toThrow('/Refused: nothing can be refused here. Set a teardown that deletes or empties,'
      + ' or a LifecycleGuard.refuse');
  });

  it('throws for a rule in another stack, whose name of this stack would be wrong', () => {
    const repository = new Repository(stack, 'App', { teardown });
    expect(() => repository.onRefused('Refused', { crossStackScope: new Stack(app, 'Other') }))
      .toThrow('Stack/App/Refused: \'crossStackScope\' must be in the stack of the construct');
    expect(() => repository.onRefused('Refused', { crossStackScope: stack })).not.toThrow();
  });

  it('throws for a condition on a field that it sets', () => {
    const eventPattern = { detail: { 'status-details': { status: ['DELETE_FAILED'] } } };
    expect(() => new Repository(stack, 'App', { teardown }).onRefused('Refused', { eventPattern }))
      .toThrow('\'eventPattern.detail.status-details.status\' must not be set, because the rule sets it already');
  });

  it('adds nothing to the stack of a user who does not call it', () => {
    new Repository(stack, 'App', { teardown, lifecycle, lifecycleGuard: refuses });
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 0);
    expect(JSON.stringify(resources())).not.toContain('events:');
  });
});

describe('fleet.RefusalRule', () => {
  it('matches every type of resource that can refuse, in all stacks', () => {
    new fleet.RefusalRule(stack, 'Refusals', {
      targets: [new targets.SnsTopic(new sns.Topic(stack, 'Topic'))], ruleName: 'refusals', description: 'all refusals',
    });
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
    expect([...new Set(all.flatMap(([, , types]) => types))].sort()).toEqual([...Properties.EventPattern.detail['resource-type']].sort());
    expect(Properties).toMatchObject({ Name: 'refusals', Description: 'all refusals', Targets: [{ Id: 'Target0' }] });
    expect(Object.keys(Properties.EventPattern.detail)).toEqual(['resource-type', 'status-details']);
  });

  it('takes further conditions, but none on a field that it sets', () => {
    const detail = { 'stack-id': [{ prefix: 'arn:aws:cloudformation:eu-west-1:111111111111:stack/Prod' }] };
    new fleet.RefusalRule(stack, 'Refusals', { eventPattern: { detail } });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', { EventPattern: { detail } });
    expect(() => new fleet.RefusalRule(stack, 'Other', { eventPattern: { detail: { 'resource-type': ['AWS::S3::Bucket'] } } }))
      .toThrow('Stack/Other: \'eventPattern.detail.resource-type\' must not be set, because the rule sets it already');
  });
});
