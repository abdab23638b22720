import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';

/**
 * A KMS repository holds grants that ECR retires with the rights of whoever deletes it.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
 */
export function retireGrant(keyArn: string, region: string = Aws.REGION): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['kms:RetireGrant'],
    resources: [keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `ecr.${region}.amazonaws.com` } },
  });
}
