import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { REFUSING_RESOURCE_TYPES } from '../core/events/refusal';
import { overlapProblems } from '../private/events/event-rule';
import { refusalPattern } from '../private/events/refusals';
import { throwProblems } from '../private/problems';
import { ANYTHING, checkPropsAt, listOf, PropertyTypes, RULE_TARGET, TEXT } from '../private/property-types';

/**
 * Properties of `RefusalRule`.
 *
 * @stability stable
 */
export interface RefusalRuleProps {
  /**
   * Targets of the rule.
   *
   * @default - no target; add one with `addTarget`
   */
  readonly targets?: events.IRuleTarget[];

  /**
   * Name of the rule.
   *
   * @default - a generated name
   */
  readonly ruleName?: string;

  /**
   * Description of the rule.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Further conditions, for example a `stack-id` in the `detail`. They must not contain a field that the rule sets.
   *
   * @default - no further conditions
   */
  readonly eventPattern?: events.EventPattern;
}

const PROPERTY_TYPES: PropertyTypes<RefusalRuleProps> = {
  targets: listOf(RULE_TARGET), ruleName: TEXT, description: TEXT, eventPattern: ANYTHING,
};

/**
 * Rule for every refused teardown and lifecycle policy in the account and Region of the stack, in all its stacks.
 *
 * AWS CloudFormation sends the event when a resource of this library fails because a guard refused. The functions of the library send
 * nothing and need no permission. Declare the rule in a stack that is not deleted with the others. The teardown of the command line sends
 * no event.
 *
 * @throws if a property is invalid, or if `eventPattern` has a field that the rule sets
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
 *
 * @example
 * import * as targets from 'aws-cdk-lib/aws-events-targets';
 * import * as sns from 'aws-cdk-lib/aws-sns';
 * declare const topic: sns.ITopic;
 * new fleet.RefusalRule(this, 'Refusals', { targets: [new targets.SnsTopic(topic)] });
 * @stability stable
 */
export class RefusalRule extends events.Rule {
  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Targets and further conditions.
   */
  constructor(scope: Construct, id: string, props: RefusalRuleProps = {}) {
    const path = `${scope.node.path}/${id}`;
    checkPropsAt(path, props, PROPERTY_TYPES);
    const pattern = refusalPattern({ 'resource-type': REFUSING_RESOURCE_TYPES });
    throwProblems(path, overlapProblems(pattern, props.eventPattern));
    super(scope, id, props);
    this.addEventPattern(pattern);
  }
}
