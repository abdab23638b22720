import { ArnFormat, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { dependsOnRegistry, Guards } from '../../core/images/guards';
import type { ImageUser, ListedUser } from '../../core/images/image-user';
import { keyPrefixOf } from '../../core/images/use-list';
import type { Guard } from '../../core/lifecycle/guard';
import { deployRoleFirst, roleReferenceProblems } from '../access/account-access';
import { HandlerFunction } from '../handler/handler-function';
import { throwProblems } from '../problems';

/** Read actions of every lifecycle guard; both preview actions change nothing. */
export const PREVIEW_READS = ['ecr:StartLifecyclePolicyPreview', 'ecr:GetLifecyclePolicyPreview'];

/** Grants only the permissions that this guard needs in addition to the preview. */
export function allowGuard(handler: HandlerFunction, guard: Guard): void {
  handler.allowReads(guardReads(guard));
  allowSearch(handler, guard.inUseBy, ANY_REGION);
  for (const statement of destinationStatements(handler, guard)) handler.allowOnce(statement);
}

/** The guards of a private repository are also checked where its registry repeats deletions. These Regions are not known at synthesis. */
export const ANY_REGION = ['*'];

export function readRulesStatement(): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['ecr:DescribeRegistry'], resources: ['*'] });
}

/**
 * Returns the statements to check the guards in all Regions where the registry repeats deletions.
 *
 * @param repositoryNames by default all repositories, so that the policy does not grow with their number
 */
export function destinationStatements(
  scope: IConstruct, guards: Guards, repositoryNames: readonly string[] = ['*'],
): iam.PolicyStatement[] {
  if (!dependsOnRegistry(guards)) return [];
  return [
    readRulesStatement(),
    new iam.PolicyStatement({
      actions: ['ecr:DescribeImages'],
      resources: repositoryNames.map(resourceName =>
        Stack.of(scope).formatArn({ service: 'ecr', region: '*', resource: 'repository', resourceName })),
    }),
  ];
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
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html, list_awslambda.html and
 * list_amazons3.html
 */
export function searchStatements(scope: IConstruct, user: ImageUser, regions: readonly string[]): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  if (user.service === 'listed') return listStatements(stack, user);
  if (user.service === 'lambda') {
    return [
      new iam.PolicyStatement({ actions: ['lambda:ListFunctions'], resources: ['*'] }),
      new iam.PolicyStatement({
        actions: ['lambda:GetFunction'],
        resources: regions.map(region => `${stack.formatArn({ service: 'lambda', region, resource: 'function' })}:*`),
      }),
    ];
  }
  const { clusters, newestTaskDefinitions } = user;
  const arnsOf = (resource: string, resourceName: string) =>
    regions.map(region => stack.formatArn({ service: 'ecs', region, resource, resourceName }));
  const searched = new Set((clusters ?? ['*']).flatMap(cluster => {
    const reference = clusterReference(cluster);
    return 'arn' in reference ? reference.arn : arnsOf('cluster', reference.name);
  }));
  const conditions = { ArnLike: { 'ecs:cluster': [...searched] } };
  const onAny = [
    ...clusters ? [] : ['ecs:ListClusters'], 'ecs:DescribeTaskDefinition',
    ...newestTaskDefinitions === undefined ? [] : ['ecs:ListTaskDefinitions'],
  ];
  return [
    new iam.PolicyStatement({ actions: onAny, resources: ['*'] }),
    new iam.PolicyStatement({ actions: ['ecs:ListTasks', 'ecs:ListServices'], resources: ['*'], conditions }),
    new iam.PolicyStatement({ actions: ['ecs:DescribeTasks'], resources: arnsOf('task', '*'), conditions }),
    new iam.PolicyStatement({
      actions: ['ecs:DescribeServices', 'ecs:DescribeServiceRevisions'], resources: arnsOf('service', '*'), conditions,
    }),
    new iam.PolicyStatement({ actions: ['ecs:DescribeServiceRevisions'], resources: arnsOf('service-revision', '*'), conditions }),
  ];
}

/** Allows reading only the files whose keys begin as the pattern does. */
function listStatements(stack: Stack, { bucket, keyPattern, encryptionKeyArn }: ListedUser): iam.PolicyStatement[] {
  const prefix = keyPrefixOf(keyPattern);
  const bucketArn = stack.formatArn({ service: 's3', region: '', account: '', resource: bucket, arnFormat: ArnFormat.NO_RESOURCE_NAME });
  return [
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucketArn],
      // the function also looks for one key, to learn whether it was deleted
      ...prefix === '' ? {} : { conditions: { StringLike: { 's3:prefix': `${prefix}*` } } },
    }),
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [`${bucketArn}/${prefix}*`] }),
    // S3 calls KMS with the permissions of the principal that reads: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    ...encryptionKeyArn === undefined ? [] : [new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [encryptionKeyArn] })],
  ];
}

/**
 * Returns the ARN or name of a cluster. Only a token of a cluster of the app shows which of the two it is. For other tokens, all clusters
 * are allowed.
 */
export function clusterReference(cluster: string): { readonly arn: string } | { readonly name: string } {
  if (!Token.isUnresolved(cluster)) return cluster.startsWith('arn:') ? { arn: cluster } : { name: cluster };
  const [token, ...others] = Tokenization.reverseString(cluster).tokens;
  if (others.length > 0 || !Reference.isReference(token) || !(token.target instanceof ecs.CfnCluster)) return { name: '*' };
  return token.displayName === 'Arn' ? { arn: cluster } : { name: cluster };
}
