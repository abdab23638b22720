import { Aws, Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { HandlerFunction } from '../handler/handler-function';
import { throughService } from '../handler/partition';

/**
 * ECR retires its grants on the key of a repository with the permissions of the principal that deletes the repository.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
 */
export function retireGrant(scope: IConstruct, keyArn: string, region: string = Aws.REGION): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['kms:RetireGrant'],
    resources: [keyArn],
    conditions: throughService(scope, 'ecr', region),
  });
}

/** Allows retiring grants on the key of a repository of this stack, if the repository is encrypted with KMS. */
export function allowRetireGrantFor(handler: HandlerFunction, native: ecr.CfnRepository): void {
  const encryption = Stack.of(native).resolve(native.encryptionConfiguration) as { encryptionType?: string; kmsKey?: unknown } | undefined;
  if (!encryption?.encryptionType?.startsWith('KMS')) return;
  allowRetireGrantOn(handler, typeof encryption.kmsKey === 'string' ? encryption.kmsKey : undefined);
}

/**
 * Allows retiring grants on a key. Keys of the account of the stack share one statement, so that the policy does not grow with them. A key
 * of another account is added by its ARN.
 */
export function allowRetireGrantOn(handler: HandlerFunction, keyArn: string | undefined, region?: string): void {
  const stack = Stack.of(handler);
  const account = keyArn === undefined || Token.isUnresolved(keyArn) ? undefined : keyArn.split(':')[4];
  const isOfAnotherAccount = account !== undefined && account !== stack.account && !Token.isUnresolved(stack.account);
  const everyKey = stack.formatArn({ service: 'kms', region, resource: 'key', resourceName: '*' });
  handler.allowOnce(retireGrant(handler, isOfAnotherAccount ? keyArn! : everyKey, region));
}
