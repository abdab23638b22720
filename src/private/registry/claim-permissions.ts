import { Fn, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { STACK_UUID_INDEX } from '../../core/mark';
import { claimPath } from '../../core/registry-rules/claim';
import type { HandlerFunction } from '../handler/handler-function';

/**
 * Lets the function read the claims of all stacks, and write that of its own stack. A function checks GetParametersByPath with the path.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-retrieval-authorization.html
 */
export function allowClaims(handler: HandlerFunction, kind: string): void {
  const stack = Stack.of(handler);
  const path = claimPath(kind).slice(1);
  const parameter = (resourceName: string) => stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName });
  handler.allowOnce(new iam.PolicyStatement({ actions: ['ssm:GetParametersByPath'], resources: [parameter(path)] }));
  handler.allowOnce(new iam.PolicyStatement({
    actions: ['ssm:PutParameter', 'ssm:DeleteParameter'],
    resources: [parameter(`${path}/${Fn.select(STACK_UUID_INDEX, Fn.split('/', stack.stackId))}`)],
  }));
}
