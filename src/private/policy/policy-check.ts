import { Aws, CfnElement, CustomResource, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { POLICY_READS } from './policy-permissions';
import type { RepositoryLocation } from '../../core/wire/location';
import { CHECK_METRIC, encodeRepositoryPolicyCheck, MAX_INPUT_LENGTH } from '../../core/wire/repository-policy-check';
import { REPOSITORY_POLICY_CHECK_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { textLength } from '../handler/policy-length';
import { throwProblems } from '../problems';
import { allowOnRepository } from '../repository/repository-location';

/** Statements of one custom resource that the check expects. */
export interface CheckedPolicy {
  readonly repositoryArn: string;
  readonly resource: CustomResource;
  readonly location: RepositoryLocation;
  /** Returns the statements, which are rendered as late as those of the resource. */
  statements(): string;
  replaceExistingSids(): string[];
}

/** Checks the statements at an interval with a function of the stack. */
export function checkPolicy(scope: Construct, policy: CheckedPolicy, interval: Duration): void {
  const stack = Stack.of(scope);
  const handler = HandlerFunction.of(scope, REPOSITORY_POLICY_CHECK_FUNCTION);
  handler.allowOnce(new iam.PolicyStatement({
    actions: ['events:PutEvents'], resources: [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
  }));
  const policies = allowOnRepository(handler, scope, 'ReadPolicy', policy.location, { reads: POLICY_READS, statements: [] });
  const input = encodeRepositoryPolicyCheck({
    repositoryArn: policy.repositoryArn,
    stackId: Aws.STACK_ID,
    logicalId: (policy.resource.node.defaultChild as CfnElement).logicalId,
    statements: Lazy.uncachedString({ produce: () => policy.statements() }),
    replaceExistingSids: Lazy.uncachedList({ produce: () => policy.replaceExistingSids() }, { omitEmpty: true }),
    ...policy.location,
  });
  const rule = handler.callEvery(scope, 'Check', interval, events.RuleTargetInput.fromObject(input));
  rule.node.addDependency(policy.resource, ...policies); // the rule is deleted before the statements
  scope.node.addValidation({
    validate: () => {
      const length = textLength(stack.resolve(input));
      return length <= MAX_INPUT_LENGTH ? []
        : [`'checkEvery' supports at most ${MAX_INPUT_LENGTH} characters of statements, which is the limit for the input of a rule, got`
          + ` about ${length}. Grant to an organization instead of its accounts, or omit 'checkEvery'`];
    },
  });
}

export function intervalProblems(interval: Duration | undefined): string[] {
  return interval === undefined || (interval.toSeconds() >= 60 && interval.toSeconds() % 60 === 0) ? []
    : [`'checkEvery' must be a whole number of minutes, at least 1, got: ${interval.toSeconds()} seconds`];
}

/** Returns the metric that the function logs at each check. */
export function missingStatementsMetric(
  scope: Construct, { repositoryRef: { repositoryName } }: aws_ecr.IRepositoryRef, checkEvery: Duration | undefined,
  props?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  if (!checkEvery) throwProblems(scope.node.path, ['the metric requires \'checkEvery\', got nothing']);
  return new cloudwatch.Metric({
    namespace: CHECK_METRIC.namespace,
    metricName: CHECK_METRIC.name,
    dimensionsMap: { RepositoryName: repositoryName, StackName: Stack.of(scope).stackName },
    statistic: cloudwatch.Stats.MAXIMUM,
    period: checkEvery,
    ...props,
  });
}
