import { hasIntrinsics } from '../../../src/core/intrinsics';
import { isJsonObject, JsonObject } from '../../../src/core/json';
import { Finding, findingsAbout } from '../finding';
import type { LiveRepository } from '../live-repository';
import { Code, expression } from '../typescript';

const FACTORIES: Readonly<Record<string, string>> = { AES256: 'AES_256', KMS: 'KMS', KMS_DSSE: 'KMS_DSSE' };
/** An ARN or id of a key. An alias does not match, because it can refer to any key. */
const KEY = /^(arn:[^:]+:kms:[^:]+:\d+:key\/.+|[\da-f-]{36}|mrk-[\da-f]+)$/;

const finding = findingsAbout('encryption');

/**
 * Encryption is set at creation, so CloudFormation replaces a repository to change it. UNCERTAIN: whether an import with a different
 * encryption replaces it immediately. cloudformation-coverage-roadmap issue 2502 shows that a later update does.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
 */
export function compareEncryption({ EncryptionConfiguration: declared }: JsonObject, { encryption }: LiveRepository): Finding[] {
  const { EncryptionType: type = 'AES256', KmsKey: key } = isJsonObject(declared) ? declared : {};
  const { type: liveType, kmsKey: liveKey } = encryption;
  const remedy = { code: codeOf(encryption) };
  const replacement = 'the import would replace the repository';
  if (hasIntrinsics(type) || (isJsonObject(declared) && declared.EncryptionType === undefined)) {
    return [finding('UNKNOWN', `its encryption is ${liveType}, and the declared encryption is unknown until deployment`, remedy)];
  }
  if (type !== liveType) {
    const target = declared === undefined ? 'no encryption, which means AES256' : String(type);
    return [finding('REPLACED', `${replacement}: its encryption is ${liveType}, but the declaration has ${target}`, remedy)];
  }
  if (type === 'AES256' || isSameKey(key, liveKey)) return [];
  if (typeof key === 'string' && KEY.test(key)) {
    return [finding('REPLACED', `${replacement}: its key is ${liveKey}, but the declaration has ${key}`, remedy)];
  }
  const target = key === undefined ? 'the key that AWS manages' : typeof key === 'string' ? key : 'a key that is unknown until deployment';
  return [finding('UNKNOWN', `its key is ${liveKey}, and the declaration has ${target}. If the keys differ, ${replacement}`, remedy)];
}

/**
 * A declaration can contain the ARN or the id of a key.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html
 */
function isSameKey(declared: unknown, live: string | undefined): boolean {
  return live !== undefined && (declared === live || declared === live.split(':key/')[1]);
}

function codeOf({ type, kmsKey }: LiveRepository['encryption']): Code {
  return {
    imports: ['ecr', ...kmsKey === undefined ? [] : ['kms'] as const],
    properties: [
      `encryption: ecr.RepositoryEncryption.${FACTORIES[type] ?? type}`,
      ...kmsKey === undefined ? [] : [`encryptionKey: kms.Key.fromKeyArn(this, 'RepositoryKey', ${expression(kmsKey)})`],
    ],
  };
}
