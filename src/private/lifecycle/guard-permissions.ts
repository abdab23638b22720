import { Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { ImageUser } from '../../core/images/image-user';
import type { Guard } from '../../core/lifecycle/guard';
import { deployRoleFirst, roleReferenceProblems } from '../access/account-access';
import { HandlerFunction } from '../handler/handler-function';
import { throwProblems } from '../problems';

/** Read actions of every lifecycle guard; both preview actions change nothing. */
export const PREVIEW_READS = ['ecr:StartLifecyclePolicyPreview', 'ecr:GetLifecyclePolicyPreview'];

/** Grants only the permissions that this guard needs in addition to the preview. */
export function allowGuard(handler: HandlerFunction, guard: Guard): void {
  handler.allowReads(guardReads(guard));
  allowSearch(handler, guard.inUseBy, [Stack.of(handler).region]);
}

/** Returns the read actions on the repository that this guard needs in addition to the preview. */
export function guardReads({ maxPercentage, pulledWithin, inUseBy }: Guard): string[] {
  return [
    ...maxPercentage !== undefined || pulledWithin !== undefined || inUseBy.length > 0 ? ['ecr:DescribeImages'] : [],
    ...inUseBy.length > 0 ? ['ecr:BatchGetImage'] : [],
  ];
}

/**
 * Allows searching services for workloads that run from repositories.
 *
 * @param regions Regions of the repositories, for image users without a Region
 */
export function allowSearch(handler: HandlerFunction, users: readonly ImageUser[], regions: readonly string[]): void {
  for (const user of users) {
    if (!user.role) {
      for (const statement of searchStatements(handler, user, user.region ? [user.region] : regions)) handler.allowOnce(statement);
      continue;
    }
    throwProblems(`${Stack.of(handler).node.path}, ImageUse`, roleReferenceProblems(handler, user.role));
    handler.allowOnce(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: [user.role.roleArn] }));
    deployRoleFirst(handler, user.role);
  }
}

/**
 * Allows the search only in these Regions and clusters. Actions that are allowed on `*` support neither resources nor conditions.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html and list_awslambda.html
 */
function searchStatements(handler: HandlerFunction, { service, clusters }: ImageUser, regions: readonly string[]): iam.PolicyStatement[] {
  const stack = Stack.of(handler);
  if (service === 'lambda') {
    return [
      new iam.PolicyStatement({ actions: ['lambda:ListFunctions'], resources: ['*'] }),
      new iam.PolicyStatement({
        actions: ['lambda:GetFunction'],
        resources: regions.map(region => `${stack.formatArn({ service: 'lambda', region, resource: 'function' })}:*`),
      }),
    ];
  }
  const arnsOf = (resource: string, resourceName: string) =>
    regions.map(region => stack.formatArn({ service: 'ecs', region, resource, resourceName }));
  const searched = new Set((clusters ?? ['*']).flatMap(cluster => {
    const reference = clusterReference(cluster);
    return 'arn' in reference ? reference.arn : arnsOf('cluster', reference.name);
  }));
  const conditions = { ArnLike: { 'ecs:cluster': [...searched] } };
  return [
    new iam.PolicyStatement({ actions: [...clusters ? [] : ['ecs:ListClusters'], 'ecs:DescribeTaskDefinition'], resources: ['*'] }),
    new iam.PolicyStatement({ actions: ['ecs:ListTasks', 'ecs:ListServices'], resources: ['*'], conditions }),
    new iam.PolicyStatement({ actions: ['ecs:DescribeTasks'], resources: arnsOf('task', '*'), conditions }),
    new iam.PolicyStatement({ actions: ['ecs:DescribeServices'], resources: arnsOf('service', '*'), conditions }),
  ];
}

/**
 * Returns the ARN or name of a cluster. Only a token of a cluster of the app shows which of the two it is. For other tokens, all clusters
 * are allowed.
 */
function clusterReference(cluster: string): { readonly arn: string } | { readonly name: string } {
  if (!Token.isUnresolved(cluster)) return cluster.startsWith('arn:') ? { arn: cluster } : { name: cluster };
  const [token, ...others] = Tokenization.reverseString(cluster).tokens;
  if (others.length > 0 || !Reference.isReference(token) || !(token.target instanceof ecs.CfnCluster)) return { name: '*' };
  return token.displayName === 'Arn' ? { arn: cluster } : { name: cluster };
}
