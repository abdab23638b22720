import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { throwProblems } from '../problems';
import { ANYTHING, checkOptions, PropertyTypes, RULE_TARGET, TEXT } from '../property-types';

const RULE_TYPES: PropertyTypes<events.OnEventOptions> = {
  target: RULE_TARGET, eventPattern: ANYTHING, ruleName: TEXT, description: TEXT, crossStackScope: ANYTHING,
};

/** Checks the options of a method that creates a rule, with the types of its own options. */
export function checkRuleOptions<T>(method: string, options: events.OnEventOptions & T, own: PropertyTypes<T>): void {
  checkOptions<events.OnEventOptions & T>(method, options, { ...RULE_TYPES, ...own } as PropertyTypes<events.OnEventOptions & T>);
}

/** Adds the pattern and the target to the rule. */
export function completeRule(rule: events.Rule, pattern: events.EventPattern, target?: events.IRuleTarget): void {
  rule.addEventPattern(pattern);
  rule.addTarget(target);
}

/** Creates a rule as the methods of aws-cdk-lib do. */
export function eventRule(
  scope: Construct, id: string, { target, ...options }: events.OnEventOptions, pattern: events.EventPattern,
): events.Rule {
  throwProblems(`${scope.node.path}/${id}`, overlapProblems(pattern, options.eventPattern));
  const rule = new events.Rule(scope, id, options);
  completeRule(rule, pattern, target);
  return rule;
}

/**
 * Returns the problems of fields that both patterns restrict. aws-cdk-lib would accept the values of both, so that the pattern of the user
 * restricts nothing.
 */
export function overlapProblems(own: object, user: object | undefined, path = 'eventPattern'): string[] {
  return Object.entries(user ?? {}).flatMap(([field, value]) => {
    const known = (own as Readonly<Record<string, unknown>>)[field];
    if (known === undefined || value === undefined) return [];
    const name = `${path}.${field}`;
    return Array.isArray(known) || Array.isArray(value) || typeof value !== 'object' || value === null
      ? [`'${name}' must not be set, because the rule sets it already. Create an events.Rule of your own for other events`]
      : overlapProblems(known as object, value as object, name);
  });
}
