import { Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { HandlerFunction } from '../handler/handler-function';

/** Allows ECR to retire its grants on the key of a repository that is about to be deleted, where it is encrypted with KMS at all. */
export function allowRetireGrantFor(handler: HandlerFunction, native: ecr.CfnRepository): void {
  const encryption = Stack.of(native).resolve(native.encryptionConfiguration) as { encryptionType?: string; kmsKey?: unknown } | undefined;
  if (!encryption?.encryptionType?.startsWith('KMS')) return;
  allowRetireGrantOn(handler, typeof encryption.kmsKey === 'string' ? encryption.kmsKey : undefined);
}

/** Keys of the stack's own account share one statement, so that the policy does not grow with them; a key of another account is named. */
export function allowRetireGrantOn(handler: HandlerFunction, keyArn: string | undefined, region?: string): void {
  const account = keyArn === undefined || Token.isUnresolved(keyArn) ? undefined : keyArn.split(':')[4];
  const foreign = account !== undefined && account !== Stack.of(handler).account && !Token.isUnresolved(Stack.of(handler).account);
  handler.allowRetireGrant(foreign ? keyArn : undefined, region);
}
