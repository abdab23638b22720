import { hasIntrinsics } from '../../../src/core/intrinsics';
import { isJsonObject, JsonObject } from '../../../src/core/json';
import { Finding, findingsAbout } from '../finding';
import type { LiveRepository } from '../live-repository';
import { Code, expression } from '../typescript';

const FACTORIES: Readonly<Record<string, string>> = { AES256: 'AES_256', KMS: 'KMS', KMS_DSSE: 'KMS_DSSE' };
/** A key that is named by itself, not by an alias, which may be that of any key. */
const KEY = /^(arn:[^:]+:kms:[^:]+:\d+:key\/.+|[\da-f-]{36}|mrk-[\da-f]+)$/;

const finding = findingsAbout('encryption');

/**
 * Encryption is set at creation; CloudFormation replaces a repository to change it. Whether an import with other encryption replaces it at
 * once is UNCERTAIN: cloudformation-coverage-roadmap issue 2502 shows that a later update does.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
 */
export function compareEncryption({ EncryptionConfiguration: declared }: JsonObject, { encryption }: LiveRepository): Finding[] {
  const { EncryptionType: type = 'AES256', KmsKey: key } = isJsonObject(declared) ? declared : {};
  const { type: liveType, kmsKey: liveKey } = encryption;
  const remedy = { code: codeOf(encryption) };
  const replacement = 'the import would replace the repository';
  if (hasIntrinsics(type) || (isJsonObject(declared) && declared.EncryptionType === undefined)) {
    return [finding('UNKNOWN', `its encryption is ${liveType}, and what is declared is known only at deployment`, remedy)];
  }
  if (type !== liveType) {
    const target = declared === undefined ? 'none, which is AES256' : String(type);
    return [finding('REPLACED', `${replacement}: its encryption is ${liveType}, the declaration has ${target}`, remedy)];
  }
  if (type === 'AES256' || isSameKey(key, liveKey)) return [];
  if (typeof key === 'string' && KEY.test(key)) {
    return [finding('REPLACED', `${replacement}: its key is ${liveKey}, the declaration has ${key}`, remedy)];
  }
  const target = key === undefined ? 'the key that AWS manages' : typeof key === 'string' ? key : 'a key that is known only at deployment';
  return [finding('UNKNOWN', `its key is ${liveKey}, the declaration has ${target}; if that is another key, ${replacement}`, remedy)];
}

/** A key is named by its ARN or its id. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html */
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
