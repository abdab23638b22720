import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { ImageUser } from '../../core/images/image-user';
import type { Guard } from '../../core/lifecycle/guard';
import { deployRoleFirst, roleReferenceProblems } from '../access/account-access';
import { HandlerFunction } from '../handler/handler-function';
import { throwProblems } from '../problems';

/** Read actions of every lifecycle guard; both preview actions change nothing. */
export const PREVIEW_READS = ['ecr:StartLifecyclePolicyPreview', 'ecr:GetLifecyclePolicyPreview'];

/** Allows what this guard needs beyond the preview, and nothing else. */
export function allowGuard(handler: HandlerFunction, guard: Guard): void {
  handler.allowReads(guardReads(guard));
  for (const user of guard.inUseBy) allowSearch(handler, user);
}

/** Read actions that this guard needs on the repository, beyond the preview. */
export function guardReads({ maxPercentage, pulledWithin, inUseBy }: Guard): string[] {
  return [
    ...maxPercentage !== undefined || pulledWithin !== undefined || inUseBy.length > 0 ? ['ecr:DescribeImages'] : [],
    ...inUseBy.length > 0 ? ['ecr:BatchGetImage'] : [],
  ];
}

/** Allows searching a service for what runs from a repository. */
export function allowSearch(handler: HandlerFunction, user: ImageUser): void {
  if (!user.role) {
    for (const statement of searchStatements(handler, user)) handler.allowOnce(statement);
    return;
  }
  throwProblems(`${Stack.of(handler).node.path}, ImageUse`, roleReferenceProblems(handler, user.role));
  handler.allowOnce(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: [user.role.roleArn] }));
  deployRoleFirst(handler, user.role);
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html and list_awslambda.html */
function searchStatements(handler: HandlerFunction, { service, clusters }: ImageUser): iam.PolicyStatement[] {
  const arn = (resource: string) => Stack.of(handler).formatArn({ service: 'ecs', region: '*', resource, resourceName: '*' });
  if (service === 'lambda') {
    return [
      new iam.PolicyStatement({ actions: ['lambda:ListFunctions'], resources: ['*'] }),
      new iam.PolicyStatement({
        actions: ['lambda:GetFunction'],
        resources: [`${Stack.of(handler).formatArn({ service: 'lambda', region: '*', resource: 'function' })}:*`],
      }),
    ];
  }
  return [
    ...clusters ? [] : [new iam.PolicyStatement({ actions: ['ecs:ListClusters'], resources: ['*'] })],
    new iam.PolicyStatement({ actions: ['ecs:ListTasks', 'ecs:ListServices', 'ecs:DescribeTaskDefinition'], resources: ['*'] }),
    new iam.PolicyStatement({ actions: ['ecs:DescribeTasks'], resources: [arn('task')] }),
    new iam.PolicyStatement({ actions: ['ecs:DescribeServices'], resources: [arn('service')] }),
  ];
}
