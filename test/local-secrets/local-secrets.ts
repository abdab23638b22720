/** A local AWS Secrets Manager to read secrets from. Behavior and sources: README.md. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../local-ecr/aws-error';
import { optionalText, requiredText } from '../local-ecr/constraints';
import { epochSeconds } from '../local-ecr/epoch-seconds';
import { jsonWire } from '../local-ecr/json-wire';
import { keyArn } from '../local-ecr/kms';
import { LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import { DEFAULT_ACCOUNT } from '../local-ecr/principals';
import type { Place } from '../local-ecr/registry';

interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly value: string | Uint8Array;
  readonly versionId: string;
  readonly createdAt: number;
  /** @default - the key that AWS manages */
  readonly kmsKey?: string;
  isMarked: boolean;
}

const SUFFIX = '-AbCdEf';

export class LocalSecrets extends LocalService {
  static async start(options: LocalServiceOptions = {}): Promise<LocalSecrets> {
    const secrets = new LocalSecrets(options);
    await secrets.listen();
    return secrets;
  }

  private readonly secrets = new Map<string, Secret>();

  private constructor(options: LocalServiceOptions) {
    const errors = { message: 'Message', names: { ServerException: 'InternalServiceError' } };
    super(jsonWire('secretsmanager', 'secretsmanager', errors), options);
  }

  /** Creates or updates the secret, and returns its ARN. */
  secret(name: string, value: string | Uint8Array, place: Place & { readonly kmsKey?: string } = {}): string {
    const { account, region } = locationOf(place);
    const arn = `${prefix(account, region)}${name}${SUFFIX}`;
    const kmsKey = place.kmsKey === undefined ? {} : { kmsKey: keyArn(place.kmsKey, { account, region }) };
    this.secrets.set(arn, { arn, name, value, versionId: randomUUID(), createdAt: this.now().getTime(), ...kmsKey, isMarked: false });
    return arn;
  }

  /** Marks the secret for deletion, as Secrets Manager does for some days. */
  markForDeletion(name: string, place: Place = {}): void {
    this.existing(name, place).isMarked = true;
  }

  restore(name: string, place: Place = {}): void {
    this.existing(name, place).isMarked = false;
  }

  /** Deletes the secret permanently. */
  vanish(name: string, place: Place = {}): void {
    this.secrets.delete(this.existing(name, place).arn);
  }

  /** Returns a secret without IAM and log, as a service reads it with its own role. */
  stored(arn: string): Secret | undefined {
    const [, , , region, account] = arn.split(':');
    return this.find(arn, account, region);
  }

  protected perform({ operation, input, accessKeyId, region, fault }: ServiceRequest): object {
    if (operation !== 'GetSecretValue') throw new AwsError('UnknownOperationException', 'The operation is not known');
    if (fault?.kind === 'imageFailure') throw new Error(`${operation} cannot act out the fault "${fault.kind}"`);
    const id = requiredText('SecretId', input.SecretId, { min: 1, max: 2048 });
    const stage = optionalText('VersionStage', input.VersionStage) ?? 'AWSCURRENT';
    const versionId = optionalText('VersionId', input.VersionId);
    const secret = this.find(id, this.principals.find(accessKeyId).account, region);
    this.authorise(accessKeyId, secret?.arn ?? arnOf(id, this.principals.find(accessKeyId).account, region));
    if (!secret) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    if (secret.isMarked) {
      throw new AwsError('InvalidRequestException', "You can't perform this operation on the secret because it was marked for deletion.");
    }
    if (stage !== 'AWSCURRENT' || (versionId !== undefined && versionId !== secret.versionId)) {
      const what = versionId === undefined ? `staging label: ${stage}` : `VersionId: ${versionId}`;
      throw new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${what}`);
    }
    if (fault?.kind === 'kms') {
      throw new AwsError('DecryptionFailure', "Secrets Manager can't decrypt the protected secret text using the provided KMS key.");
    }
    this.requireKey(accessKeyId, secret, region);
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: secret.versionId,
      ...typeof secret.value === 'string' ? { SecretString: secret.value } : { SecretBinary: Buffer.from(secret.value).toString('base64') },
      VersionStages: ['AWSCURRENT'],
      CreatedDate: epochSeconds(secret.createdAt),
    };
  }

  private authorise(accessKeyId: string, resource: string): void {
    this.principals.authorise(accessKeyId, [{
      action: 'secretsmanager:GetSecretValue', resource, owner: { account: resource.split(':')[4] },
    }]);
  }

  private requireKey(accessKeyId: string, { kmsKey, arn }: Secret, region: string): void {
    if (kmsKey === undefined) return;
    const context = { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com`, 'kms:EncryptionContext:SecretARN': arn };
    if (!this.principals.permits(accessKeyId, { action: 'kms:Decrypt', resource: kmsKey, context })) {
      throw new AwsError('AccessDeniedException', 'Access to KMS is not allowed');
    }
  }

  private find(id: string, account: string, region: string): Secret | undefined {
    const arn = arnOf(id, account, region);
    const isComplete = id.startsWith('arn:') && /-[A-Za-z0-9]{6}$/.test(arn);
    const found = this.secrets.get(isComplete ? arn : `${arn}${SUFFIX}`);
    return found?.arn.startsWith(`arn:aws:secretsmanager:${region}:`) ? found : undefined;
  }

  private existing(name: string, place: Place): Secret {
    const { account, region } = locationOf(place);
    const secret = this.secrets.get(`${prefix(account, region)}${name}${SUFFIX}`);
    if (!secret) throw new Error(`no secret ${name}`);
    return secret;
  }
}

/** Returns the ARN with or without the six characters, as in the request, in the Region of the request. */
function arnOf(id: string, account: string, region: string): string {
  return id.startsWith('arn:') ? id.replace(/^(arn:[^:]+:[^:]+:)[^:]*/, `$1${region}`) : `${prefix(account, region)}${id}`;
}

function prefix(account: string, region: string): string {
  return `arn:aws:secretsmanager:${region}:${account}:secret:`;
}

function locationOf({ account = DEFAULT_ACCOUNT, region = 'us-east-1' }: Place): Required<Place> {
  return { account, region };
}
