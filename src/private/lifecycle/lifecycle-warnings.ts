import { Annotations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import type { Rule } from '../../core/lifecycle/rule';
import { lifecycleWarnings } from '../../core/lifecycle/warnings';

/** Shows what ECR would accept and the user regret, where the policy is used. */
export function warnOfLifecycle(scope: IConstruct, rules: readonly Rule[] | undefined): void {
  for (const { code, message } of lifecycleWarnings(rules ?? [])) Annotations.of(scope).addWarningV2(`cdk-ecr-keeper:${code}`, message);
}
