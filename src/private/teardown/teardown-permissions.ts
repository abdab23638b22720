import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { CommonPlan, RemovalPlan } from './teardown-plan';
import { dependsOnRegistry, needsImageDetails } from '../../core/images/guards';
import { hasExceptions } from '../../core/images/kept-images';
import { markKey } from '../../core/mark';
import { AUDIT_PREFIX, TeardownGuards } from '../../core/teardown/guards';
import { LIFECYCLE_POLICY_HANDLER } from '../../core/wire/lifecycle-policy';
import { PREFIX_LIFECYCLE_HANDLER } from '../../core/wire/prefix-lifecycle';
import { TEARDOWN_CODE_TAG, TEARDOWN_HANDLER } from '../../core/wire/teardown';
import { HandlerFunction, stackUuidToken } from '../handler/handler-function';
import { allowSearch, destinationStatements, readRulesStatement } from '../lifecycle/guard-permissions';
import { isRetained } from '../repository/native-repository';

/** Tag of CloudFormation on the resources that it creates. */
const STACK_TAG = 'aws:cloudformation:stack-id';

/** Read and write actions of a teardown on a private repository. */
export interface TeardownActions {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/**
 * Keys of the tags that a teardown removes from a repository: its mark if the repository is kept, and an override code that matches no
 * refusal.
 */
export const UNTAGGED_KEYS = [markKey(TEARDOWN_HANDLER), TEARDOWN_CODE_TAG];

/**
 * Returns the least privileges that a plan needs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 */
export function teardownActions(plan: RemovalPlan, isOwned: boolean): TeardownActions {
  const { guards, audit } = plan;
  if (plan.kind === 'empty') {
    const isSelective = hasExceptions(plan.exceptions);
    return {
      reads: [
        'ecr:ListTagsForResource', 'ecr:DescribeImages',
        ...countsImages(guards) && !isSelective ? ['ecr:ListImages'] : [],
        // not limited to marked repositories: a repeated request finds no mark and must detect that no image is left to remove
        ...isSelective ? ['ecr:BatchGetImage'] : [],
      ],
      writes: ['ecr:BatchDeleteImage'],
    };
  }
  const describesImages = audit !== undefined || needsImageDetails(guards) || plan.replicaRegions.length > 0;
  return {
    reads: [
      'ecr:ListTagsForResource', 'ecr:DescribeRepositories',
      ...isOwned || countsImages(guards) ? ['ecr:ListImages'] : [],
      ...describesImages ? ['ecr:DescribeImages'] : [],
    ],
    writes: ['ecr:DeleteRepository'],
  };
}

/** Whether images must be counted. This is not needed if a guard describes them anyway. */
function countsImages(guards: TeardownGuards): boolean {
  return guards.maxImages !== undefined && !needsImageDetails(guards);
}

/** Grants the permissions of a teardown outside of ECR: for services that run images of these Regions, and for the audit. */
export function allowSurroundings(handler: HandlerFunction, { guards: { inUseBy }, audit }: CommonPlan, regions: readonly string[]): void {
  allowSearch(handler, inUseBy, regions);
  if (!audit) return;
  handler.keepAudit();
  const { bucket } = audit;
  if (!bucket) return;
  handler.node.addValidation({ validate: () => bucketProblems(handler, bucket) });
  const objects = bucket.arnForObjects(`${AUDIT_PREFIX}${Stack.of(handler).stackName}/*`);
  handler.allowOnce(new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [objects] }));
  // S3 calls KMS with the permissions of the principal that writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
  if (bucket.encryptionKey) {
    handler.allowOnce(new iam.PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [bucket.encryptionKey.keyArn] }));
  }
}

/** Returns the problems of a bucket that would be deleted together with the recorded images. */
function bucketProblems(handler: HandlerFunction, bucket: s3.IBucket): string[] {
  const native = bucket.node.defaultChild;
  if (!(native instanceof s3.CfnBucket) || Stack.of(native) !== Stack.of(handler)) return [];
  if (isRetained(native.cfnOptions.deletionPolicy)) return [];
  return [`the bucket of 'audit' must not be deleted with the stack, but '${native.node.path}' is. Set the removal policy RETAIN on the`
    + ' bucket, or use a bucket of another stack'];
}

/**
 * Denies write actions without the required tag, so that the owner of a repository decides, even if the role has permissions on
 * repositories with its mark.
 */
export function denyWithoutTag(
  { guards: { requireTag } }: RemovalPlan, repositoryArn: string, writes: readonly string[],
): iam.PolicyStatement {
  return new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    actions: [...writes],
    resources: [repositoryArn],
    // also matches a repository without the tag
    conditions: { StringNotEquals: { [`aws:ResourceTag/${requireTag!.key}`]: requireTag!.value } },
  });
}

/** Handlers whose marks say only which stack sets the lifecycle policy. */
const LIFECYCLE_HANDLERS = [LIFECYCLE_POLICY_HANDLER, PREFIX_LIFECYCLE_HANDLER];

/** Conditions for repositories that belong to no stack: without a mark and without the tag of CloudFormation. */
export const OF_NO_STACK: iam.Conditions = without([...[TEARDOWN_HANDLER, ...LIFECYCLE_HANDLERS].map(markKey), STACK_TAG]);

/** Conditions for repositories that belong to no other stack: a mark of this stack may say that it sets their lifecycle policy. */
export function ofNoOtherStack(): iam.Conditions {
  const ofStack = `${stackUuidToken()}:*`;
  return {
    Null: without([markKey(TEARDOWN_HANDLER), STACK_TAG]),
    // a repository without a mark does not have these keys
    StringLikeIfExists: Object.fromEntries(LIFECYCLE_HANDLERS.map(handler => [`aws:ResourceTag/${markKey(handler)}`, ofStack])),
  };
}

function without(tagKeys: readonly string[]): iam.Conditions {
  return Object.fromEntries(tagKeys.map(key => [`aws:ResourceTag/${key}`, 'true']));
}

/**
 * Allows checking with CloudFormation whether a stack owns a repository. The call does not name a stack, so the statement cannot name a
 * resource. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
 */
export function ownerLookupStatement(regions: readonly string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['cloudformation:DescribeStackResources'],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:RequestedRegion': [...regions] } },
  });
}

/** Returns the statements for replicas, and for registries where deletions are repeated, that do not name each replica. */
export function registryStatements(scope: IConstruct, plan: RemovalPlan, repositoryNames?: readonly string[]): iam.PolicyStatement[] {
  const hasReplicas = plan.kind !== 'empty' && plan.replicaRegions.length > 0;
  return [
    ...hasReplicas && !dependsOnRegistry(plan.guards) ? [readRulesStatement()] : [],
    ...hasReplicas ? [ownerLookupStatement(plan.replicaRegions)] : [],
    ...destinationStatements(scope, plan.guards, repositoryNames),
  ];
}

/**
 * Returns the statements for the replicas of a repository. Replicas carry no mark, so each is named. The mark of the source counts for
 * them.
 */
export function replicaStatements(scope: Construct, repositoryName: string, plan: RemovalPlan): iam.PolicyStatement[] {
  if (plan.kind === 'empty' || plan.replicaRegions.length === 0) return [];
  const resources = plan.replicaRegions.map(region =>
    Stack.of(scope).formatArn({ service: 'ecr', region, resource: 'repository', resourceName: repositoryName }));
  return [
    new iam.PolicyStatement({
      actions: [
        'ecr:DescribeImages', 'ecr:DescribeRepositories', 'ecr:ListTagsForResource',
        ...countsImages(plan.guards) ? ['ecr:ListImages'] : [],
      ],
      resources,
    }),
    new iam.PolicyStatement({ actions: ['ecr:DeleteRepository'], resources, conditions: { Null: OF_NO_STACK } }),
  ];
}
