import { CfnElement, CustomResource, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct, IConstruct } from 'constructs';
import { checkRuleOptions, completeRule, overlapProblems } from './event-rule';
import { refusalDetail, RESOURCE_STATUS_CHANGE } from '../../core/events/refusal';
import { throwProblems } from '../problems';

const refusing = new WeakSet<IConstruct>();

/** Remembers that the handler of this resource can refuse. */
export function canRefuse(resource: CustomResource): CustomResource {
  refusing.add(resource);
  return resource;
}

/** Pattern for refusals of the account and Region. */
export function refusalPattern(detail: Readonly<Record<string, unknown>>): events.EventPattern {
  return {
    source: [RESOURCE_STATUS_CHANGE.source],
    detailType: [RESOURCE_STATUS_CHANGE.detailType],
    detail: { ...detail, ...refusalDetail() },
  };
}

/** Creates a rule for the refusals of the teardowns and guards in a construct. */
export function refusalRule(scope: Construct, id: string, options: events.OnEventOptions): events.Rule {
  checkRuleOptions(`${scope.node.path}.onRefused`, options, {});
  const { target, crossStackScope, ...settings } = options;
  const stack = Stack.of(scope);
  const resources = scope.node.findAll().filter(each => refusing.has(each)) as CustomResource[];
  const pattern = refusalPattern({
    'stack-id': [stack.stackId],
    'logical-resource-id': resources.map(resource => (resource.node.defaultChild as CfnElement).logicalId),
  });
  throwProblems(`${scope.node.path}/${id}`, [
    ...resources.length === 0 ? ['nothing can be refused here. Set a teardown that deletes or empties, or a LifecycleGuard.refuse'] : [],
    ...crossStackScope && Stack.of(crossStackScope) !== stack
      ? ['\'crossStackScope\' must be in the stack of the construct, because the rule must exist while the stack is deleted. In another'
        + ' stack, use a fleet.RefusalRule'] : [],
    ...overlapProblems(pattern, settings.eventPattern),
  ]);
  const rule = new KeptRule(scope, id, settings);
  rule.keepFor(resources);
  completeRule(rule, pattern, target);
  return rule;
}

/**
 * Rule that CloudFormation deletes after these resources, together with its targets. Without the dependencies, a stack deletion would
 * delete the rule or the policy of a topic before the resource fails. What becomes of them after the failure is UNCERTAIN
 * (delete-failed-keeps-function), but the event is sent by then.
 */
class KeptRule extends events.Rule {
  private dependents: readonly CustomResource[] = [];

  public keepFor(dependents: readonly CustomResource[]): void {
    this.dependents = dependents;
    for (const resource of dependents) resource.node.addDependency(this);
  }

  public addTarget(target?: events.IRuleTarget): void {
    super.addTarget(target && {
      bind: (rule, id) => {
        const config = target.bind(rule, id);
        const { targetResource } = config;
        if (targetResource) for (const resource of this.dependents) resource.node.addDependency(targetResource);
        return config;
      },
    });
  }
}
