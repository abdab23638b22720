import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { HandlerFunction } from '../handler/handler-function';

/**
 * Lets the function create the role that a service needs, when it configures the service for the first time.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-service-linked-role.html
 */
export function allowServiceLinkedRole(handler: HandlerFunction, service: string, roleName: string): void {
  handler.allowOnce(new iam.PolicyStatement({
    actions: ['iam:CreateServiceLinkedRole'],
    resources: [Stack.of(handler).formatArn({
      service: 'iam', region: '', resource: 'role', resourceName: `aws-service-role/${service}/${roleName}`,
    })],
    conditions: { StringEquals: { 'iam:AWSServiceName': service } },
  }));
}
