import { Annotations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import type { Rule } from '../../core/lifecycle/rule';
import { lifecycleWarnings } from '../../core/lifecycle/warnings';

/** Warns about rules that ECR accepts and that are probably mistakes, at the construct that uses the policy. */
export function warnOfLifecycle(scope: IConstruct, rules: readonly Rule[] | undefined): void {
  for (const { code, message } of lifecycleWarnings(rules ?? [])) Annotations.of(scope).addWarningV2(`cdk-ecr-keeper:${code}`, message);
}
