import { createHash } from 'node:crypto';
import { AwsError } from './aws-error';
import type { Fault } from './faults';
import type { Registry } from './registry';

/** Applies the fault `kms` if ECR needs the key before the operation. */
export function refuseKms({ fault }: { readonly fault?: Fault }, kmsKey: string | undefined): void {
  if (fault?.kind !== 'kms') return;
  requireKmsRepository(kmsKey);
  throw new AwsError('KmsException', 'The operation failed due to a KMS exception.', 400, { kmsError: 'KMSInternalException' });
}

export function refuseWithDisabledKey({ disabledKeys }: { readonly disabledKeys: ReadonlySet<string> }, kmsKey: string | undefined): void {
  if (kmsKey === undefined || !disabledKeys.has(kmsKey)) return;
  throw new AwsError('KmsException', `${kmsKey} is disabled.`, 400, { kmsError: 'DisabledException' });
}

/** A fault that cannot occur causes an error in the test. */
export function requireKmsRepository(kmsKey: string | undefined): void {
  if (kmsKey === undefined) throw new Error('the fault "kms" is for repositories with the encryption type KMS or KMS_DSSE');
}

/** Returns the key ARN that ECR returns for an alias, an id, or an ARN. */
export function keyArn(key: string, { account, region }: Pick<Registry, 'account' | 'region'>): string {
  if (/^arn:[^:]+:kms:[^:]+:\d{12}:key\//.test(key)) return key;
  const hex = createHash('sha256').update(key).digest('hex');
  const id = key.includes('alias/')
    ? `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}` : key;
  return `arn:aws:kms:${region}:${account}:key/${id}`;
}
