import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CommonPlan, RemovalPlan } from './teardown-plan';
import { hasExceptions } from '../../core/images/kept-images';
import { markKey } from '../../core/mark';
import { AUDIT_PREFIX } from '../../core/teardown/guards';
import { TEARDOWN_CODE_TAG, TEARDOWN_HANDLER } from '../../core/wire/teardown';
import { HandlerFunction } from '../handler/handler-function';
import { allowSearch } from '../lifecycle/guard-permissions';
import { isRetained } from '../repository/native-repository';

/** What a teardown reads of a private repository, and does to it. */
export interface TeardownActions {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Tags that it takes off what stays. */
  readonly untags: readonly string[];
}

/** The least that a plan needs. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html */
export function teardownActions(plan: RemovalPlan, isOwned: boolean): TeardownActions {
  const { guards: { maxImages, pulledWithin }, isAudited } = plan;
  if (plan.kind === 'empty') {
    const isSelective = hasExceptions(plan.exceptions);
    const counts = maxImages !== undefined && pulledWithin === undefined && !isSelective;
    return {
      reads: ['ecr:ListTagsForResource', 'ecr:DescribeImages', ...counts ? ['ecr:ListImages'] : [], ...isSelective ? ['ecr:BatchGetImage'] : []],
      writes: ['ecr:BatchDeleteImage'],
      untags: [markKey(TEARDOWN_HANDLER), TEARDOWN_CODE_TAG],
    };
  }
  const lists = isAudited || pulledWithin !== undefined || plan.replicaRegions.length > 0;
  const counts = isOwned || (maxImages !== undefined && pulledWithin === undefined);
  return {
    reads: ['ecr:ListTagsForResource', 'ecr:DescribeRepositories', ...counts ? ['ecr:ListImages'] : [], ...lists ? ['ecr:DescribeImages'] : []],
    writes: ['ecr:DeleteRepository'],
    untags: [markKey(TEARDOWN_HANDLER)],
  };
}

/** What is asked beside ECR, and where the audit goes. */
export function allowSurroundings(handler: HandlerFunction, { guards: { inUseBy }, isAudited, auditBucket }: CommonPlan): void {
  for (const user of inUseBy) allowSearch(handler, user);
  if (isAudited) handler.keepAudit();
  if (!auditBucket) return;
  handler.node.addValidation({ validate: () => confirmStackDeletion(handler, auditBucket) });
  handler.allowOnce(new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [auditBucket.arnForObjects(`${AUDIT_PREFIX}${Stack.of(handler).stackName}/*`)] }));
  // S3 asks KMS in the name of whoever writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
  if (auditBucket.encryptionKey) handler.allowOnce(new iam.PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [auditBucket.encryptionKey.keyArn] }));
}

/** An audit that is deleted with what it speaks of is none. */
function confirmStackDeletion(handler: HandlerFunction, bucket: s3.IBucket): string[] {
  const native = bucket.node.defaultChild;
  if (!(native instanceof s3.CfnBucket) || Stack.of(native) !== Stack.of(handler)) return [];
  if (isRetained(native.cfnOptions.deletionPolicy)) return [];
  return [`'auditBucket' must outlive the stack, but '${native.node.path}' is deleted with it — give it the removal policy RETAIN, or take a bucket of`
    + ' another stack'];
}

/** Replicas carry no mark, so each is named; the source's mark speaks for them. */
export function replicaStatements(scope: Construct, repositoryName: string, plan: RemovalPlan): iam.PolicyStatement[] {
  if (plan.kind === 'empty' || plan.replicaRegions.length === 0) return [];
  const { guards: { maxImages, pulledWithin } } = plan;
  const resources = plan.replicaRegions.map(region =>
    Stack.of(scope).formatArn({ service: 'ecr', region, resource: 'repository', resourceName: repositoryName }));
  return [
    new iam.PolicyStatement({ actions: ['ecr:DescribeRegistry'], resources: ['*'] }),
    new iam.PolicyStatement({
      actions: [
        'ecr:DescribeImages', 'ecr:DescribeRepositories', 'ecr:ListTagsForResource',
        ...maxImages !== undefined && pulledWithin === undefined ? ['ecr:ListImages'] : [],
      ],
      resources,
    }),
    // what a stack of that Region tears down is that one's
    new iam.PolicyStatement({
      actions: ['ecr:DeleteRepository'],
      resources,
      conditions: { Null: { [`aws:ResourceTag/${markKey(TEARDOWN_HANDLER)}`]: 'true' } },
    }),
  ];
}
