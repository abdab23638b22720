/** The secrets of pull-through cache rules. Behavior and sources: README.md, "Pull-through caches". */
import { AwsError } from './aws-error';
import type { IamRequest } from './iam';
import type { Readings } from './readings';
import type { UpstreamCredentials } from './upstream-registry';

export interface StoredSecret {
  readonly arn: string;
  readonly value: string | Uint8Array;
  /** @default - the key that AWS manages */
  readonly kmsKey?: string;
  readonly isMarked: boolean;
}

/** The part of Secrets Manager that ECR reads with its service-linked role. */
export interface SecretStore {
  stored(arn: string): StoredSecret | undefined;
}

/** The request that sets a rule. */
interface Caller {
  readonly readings: Readings;
  permits(request: IamRequest): boolean;
}

export class CacheSecrets {
  store?: SecretStore;
  /** Number of calls that do not find a secret yet. */
  lateCalls = 0;

  /** Checks a secret when a rule is set. */
  check(arn: string, { readings, permits }: Caller): void {
    const isLate = this.lateCalls > 0;
    if (isLate) this.lateCalls -= 1;
    const secret = isLate ? undefined : this.store?.stored(arn);
    if (!secret) {
      throw new AwsError('SecretNotFoundException',
        'The ARN of the secret specified in the pull through cache rule was not found. Update the pull through cache rule with a valid'
          + ' secret ARN and try again.');
    }
    const isPermitted = readings.isOther('cache-secret-by-caller')
      || permits({ action: 'secretsmanager:GetSecretValue', resource: secret.arn });
    if (!isPermitted || secret.isMarked) {
      throw new AwsError('UnableToAccessSecretException',
        'The secret is unable to be accessed. Verify the resource permissions for the secret and try again.');
    }
    if (secret.kmsKey !== undefined) {
      throw new AwsError('UnableToDecryptSecretValueException',
        'The secret is accessible but is unable to be decrypted. Verify the resource permissions and try again.');
    }
  }

  /** Returns undefined for a secret that cannot be read, or does not have these two members. */
  credentialsOf(arn: string): UpstreamCredentials | undefined {
    const secret = this.store?.stored(arn);
    if (!secret || secret.isMarked || secret.kmsKey !== undefined) return undefined;
    try {
      const { username, accessToken } = JSON.parse(Buffer.from(secret.value).toString('utf8')) as Record<string, unknown>;
      return typeof username === 'string' && typeof accessToken === 'string' ? { username, accessToken } : undefined;
    } catch {
      return undefined;
    }
  }
}
