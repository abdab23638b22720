import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { namesUnder } from '../../core/registry-prefix';

/** AWS does not document which of these a template needs when, so every role has all of them. */
const CREATE = ['ecr:CreateRepository', 'ecr:ReplicateImage', 'ecr:TagResource'];
const ENCRYPT = ['kms:CreateGrant', 'kms:RetireGrant', 'kms:DescribeKey'];

/**
 * Creates the role with which Amazon ECR creates repositories with tags or a key.
 *
 * The documented policy is for all repositories and keys. The conditions of the calls are not documented, so it is limited by resource.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-create-iam.html
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-custom.html
 */
export function createTemplateRole(scope: Construct, prefix: string, key: kms.IKey | undefined): iam.Role {
  const role = new iam.Role(scope, 'Role', {
    assumedBy: new iam.ServicePrincipal('ecr.amazonaws.com'),
    description: `cdk-ecr-keeper: lets Amazon ECR create repositories with the template for ${prefix}`,
  });
  role.addToPolicy(new iam.PolicyStatement({
    actions: CREATE,
    resources: [Stack.of(scope).formatArn({ service: 'ecr', resource: 'repository', resourceName: `${namesUnder(prefix)}*` })],
  }));
  key?.grant(role, ...ENCRYPT);
  return role;
}
