import { Annotations } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { IConstruct } from 'constructs';
import { parseLifecyclePolicy } from '../../core/lifecycle/parse';
import type { Rule } from '../../core/lifecycle/rule';
import { lifecycleWarnings } from '../../core/lifecycle/warnings';
import { finalAttributes } from '../repository/native-repository';

/** Warns about rules that ECR accepts and that are probably mistakes, at the construct that uses the policy. */
export function warnOfLifecycle(scope: IConstruct, rules: readonly Rule[] | undefined): void {
  for (const { code, message } of lifecycleWarnings(rules ?? [])) Annotations.of(scope).addWarningV2(`cdk-ecr-keeper:${code}`, message);
}

/**
 * Returns the problems of the policy that aws-ecr rendered from its rules, after aspects and escape hatches, and adds the same warnings as
 * for other policies. A text that is known only at deployment is not checked.
 */
export function renderedLifecycleProblems(scope: IConstruct, native: ecr.CfnRepository): string[] {
  const text = finalAttributes(native).lifecyclePolicyText;
  if (typeof text !== 'string') return [];
  const { rules, problems } = parseLifecyclePolicy(text);
  if (problems.length === 0) warnOfLifecycle(scope, rules);
  return problems.map(problem => `the lifecycle rules result in a policy that Amazon ECR rejects: ${problem}`);
}
