import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CommonPlan, RemovalPlan } from './teardown-plan';
import { needsImageDetails } from '../../core/images/guards';
import { hasExceptions } from '../../core/images/kept-images';
import { markKey } from '../../core/mark';
import { AUDIT_PREFIX, TeardownGuards } from '../../core/teardown/guards';
import { LIFECYCLE_POLICY_HANDLER } from '../../core/wire/lifecycle-policy';
import { TEARDOWN_CODE_TAG, TEARDOWN_HANDLER } from '../../core/wire/teardown';
import { HandlerFunction } from '../handler/handler-function';
import { allowSearch } from '../lifecycle/guard-permissions';
import { isRetained } from '../repository/native-repository';

/** What a teardown reads of a private repository, and does to it. */
export interface TeardownActions {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** Keys of the tags that a teardown takes off a repository: its mark where it stays, and a code that answers no refusal. */
export const UNTAGGED_KEYS = [markKey(TEARDOWN_HANDLER), TEARDOWN_CODE_TAG];

/**
 * The least that a plan needs. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 */
export function teardownActions(plan: RemovalPlan, isOwned: boolean): TeardownActions {
  const { guards, audit } = plan;
  if (plan.kind === 'empty') {
    const isSelective = hasExceptions(plan.exceptions);
    return {
      reads: [
        'ecr:ListTagsForResource', 'ecr:DescribeImages',
        ...countsImages(guards) && !isSelective ? ['ecr:ListImages'] : [],
        // not bound to the mark: a request that is repeated after its end finds the mark gone, and must see that nothing is left to remove
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

/** Images are only counted where no guard describes them anyway. */
function countsImages(guards: TeardownGuards): boolean {
  return guards.maxImages !== undefined && !needsImageDetails(guards);
}

/** Allows what a teardown reads and writes outside of ECR: services that run images of these Regions, and the audit. */
export function allowSurroundings(
  handler: HandlerFunction, { guards: { inUseBy }, audit }: CommonPlan, regions: readonly string[] = [Stack.of(handler).region],
): void {
  allowSearch(handler, inUseBy, regions);
  if (!audit) return;
  handler.keepAudit();
  const { bucket } = audit;
  if (!bucket) return;
  handler.node.addValidation({ validate: () => bucketProblems(handler, bucket) });
  const objects = bucket.arnForObjects(`${AUDIT_PREFIX}${Stack.of(handler).stackName}/*`);
  handler.allowOnce(new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [objects] }));
  // S3 calls KMS with the rights of whoever writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
  if (bucket.encryptionKey) {
    handler.allowOnce(new iam.PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [bucket.encryptionKey.keyArn] }));
  }
}

/** An audit that is deleted with the images that it records is useless. */
function bucketProblems(handler: HandlerFunction, bucket: s3.IBucket): string[] {
  const native = bucket.node.defaultChild;
  if (!(native instanceof s3.CfnBucket) || Stack.of(native) !== Stack.of(handler)) return [];
  if (isRetained(native.cfnOptions.deletionPolicy)) return [];
  return [`the bucket of 'audit' must not be deleted with the stack, but '${native.node.path}' is. Set the removal policy RETAIN on the`
    + ' bucket, or use a bucket of another stack'];
}

/** The owner of a repository decides with a tag, also where the same role has rights on what carries its mark. */
export function denyWithoutTag(
  { guards: { requireTag } }: RemovalPlan, repositoryArn: string, writes: readonly string[],
): iam.PolicyStatement {
  return new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    actions: [...writes],
    resources: [repositoryArn],
    // holds for a repository without the tag too
    conditions: { StringNotEquals: { [`aws:ResourceTag/${requireTag!.key}`]: requireTag!.value } },
  });
}

/** Tags by which IAM keeps a repository that belongs to a stack: a mark, or the tag of CloudFormation. */
export const OF_NO_STACK: iam.Conditions = Object.fromEntries(
  [...[TEARDOWN_HANDLER, LIFECYCLE_POLICY_HANDLER].map(markKey), 'aws:cloudformation:stack-id']
    .map(key => [`aws:ResourceTag/${key}`, 'true']),
);

/**
 * Asking CloudFormation whether a stack owns a repository. It is called without naming a stack, so that there is no resource to name here.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
 */
export function ownerLookupStatement(regions: readonly string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['cloudformation:DescribeStackResources'],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:RequestedRegion': [...regions] } },
  });
}

/** What a teardown reads of replicas that is not of one repository. The statements are the same for every repository. */
export function registryStatements(plan: RemovalPlan): iam.PolicyStatement[] {
  if (plan.kind === 'empty' || plan.replicaRegions.length === 0) return [];
  return [
    new iam.PolicyStatement({ actions: ['ecr:DescribeRegistry'], resources: ['*'] }),
    ownerLookupStatement(plan.replicaRegions),
  ];
}

/** Replicas carry no mark, so each is named; the mark of the source stands for them. */
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
