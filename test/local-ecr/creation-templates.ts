/** Templates of the repositories that ECR creates by itself. Behavior and sources: README.md, "Repository creation templates". */
import { invalidParameter } from './aws-error';
import { list, oneOf, optionalText, required, requiredText } from './constraints';
import { parseLifecyclePolicy } from './lifecycle-policy';
import type { Input } from './local-service';
import type { Readings } from './readings';
import type { Repository } from './repository';
import { parseRepositoryPolicy } from './repository-policy';
import { checkTags, RepositoryTag } from './repository-tags';
import { readMutability } from './tag-mutability';

export type CreationCause = 'PULL_THROUGH_CACHE' | 'REPLICATION' | 'CREATE_ON_PUSH';

export interface CreationTemplate extends Pick<Repository, 'mutability' | 'exclusionFilters'> {
  readonly prefix: string;
  readonly description?: string;
  readonly encryption: { readonly encryptionType: string; readonly kmsKey?: string };
  readonly tags: ReadonlyMap<string, string>;
  readonly repositoryPolicy?: string;
  readonly lifecyclePolicy?: string;
  readonly appliedFor: readonly CreationCause[];
  readonly customRoleArn?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** For all repositories without another template. */
const ROOT = 'ROOT';
const PREFIX = '((?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*/?|ROOT)';
const CAUSES: readonly CreationCause[] = ['PULL_THROUGH_CACHE', 'REPLICATION', 'CREATE_ON_PUSH'];
/** Without a slash, so that the role has no path. */
export const ROLE_ARN = { max: 2048, pattern: 'arn:aws[-a-z0-9]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,-.@_]*' };

/** "There is always an assumed / applied to the end of the prefix." */
export function prefixOf(value: unknown, at = 'prefix'): string {
  return requiredText(at, value, { min: 1, max: 256, pattern: PREFIX }).replace(/\/$/, '');
}

/** Reads a new template, or the changes of an existing one, which keeps what the call omits. */
export function readTemplate(input: Input, readings: Readings, now: number, existing?: CreationTemplate): CreationTemplate {
  const at = 'appliedFor';
  const appliedFor = list<unknown>(at, input.appliedFor, 0, 3)?.map(cause => required(at, oneOf(at, cause, CAUSES)));
  const policy = optionalText('repositoryPolicy', input.repositoryPolicy, { max: 10_240 });
  if (policy !== undefined) parseRepositoryPolicy(policy, readings);
  const lifecycle = optionalText('lifecyclePolicy', input.lifecyclePolicy, { max: 30_720 });
  if (lifecycle !== undefined) parseLifecyclePolicy(lifecycle, readings);
  const tags = list<RepositoryTag>('resourceTags', input.resourceTags, 0, 200);
  const given = {
    ...optional('description', optionalText('description', input.description, { max: 256 })),
    ...optional('encryption', input.encryptionConfiguration === undefined ? undefined : readEncryption(input.encryptionConfiguration)),
    ...optional('tags', tags && checkTags(tags, new Map())),
    ...input.imageTagMutability === undefined ? {} : readMutability(input, 'MUTABLE'),
    ...optional('repositoryPolicy', policy),
    ...optional('lifecyclePolicy', lifecycle),
    ...optional('appliedFor', appliedFor),
    ...optional('customRoleArn', optionalText('customRoleArn', input.customRoleArn, ROLE_ARN)),
    updatedAt: now,
  };
  const isReplaced = existing && readings.isOther('template-update-keeps');
  if (existing && !isReplaced) return { ...existing, ...given };
  return {
    prefix: prefixOf(input.prefix),
    encryption: { encryptionType: 'AES256' },
    tags: new Map(),
    mutability: 'MUTABLE',
    exclusionFilters: [],
    appliedFor: existing ? appliedFor ?? [] : required(at, appliedFor),
    createdAt: existing?.createdAt ?? now,
    ...given,
  };
}

/** Returns the template with the longest prefix of those for this cause. */
export function templateFor(
  templates: ReadonlyMap<string, CreationTemplate>, repositoryName: string, cause: CreationCause, readings: Readings,
): CreationTemplate | undefined {
  const matching = [...templates.values()].filter(({ prefix }) => prefix === ROOT || repositoryName.startsWith(`${prefix}/`));
  const length = ({ prefix }: CreationTemplate) => prefix === ROOT ? 0 : prefix.length;
  const inOrder = matching.sort((one, other) => length(other) - length(one));
  if (readings.isOther('template-of-cause')) return inOrder.slice(0, 1).find(({ appliedFor }) => appliedFor.includes(cause));
  return inOrder.find(({ appliedFor }) => appliedFor.includes(cause));
}

/** Whether only a role of the template can create repositories with these settings. */
export function needsRole({ tags, encryption }: CreationTemplate): boolean {
  return tags.size > 0 || encryption.encryptionType !== 'AES256';
}

function readEncryption(value: unknown): CreationTemplate['encryption'] {
  const { encryptionType, kmsKey } = value as { encryptionType?: unknown; kmsKey?: unknown };
  const at = 'encryptionConfiguration';
  const type = required(`${at}.encryptionType`, oneOf(`${at}.encryptionType`, encryptionType, ['AES256', 'KMS', 'KMS_DSSE']));
  const key = optionalText(`${at}.kmsKey`, kmsKey, { min: 1, max: 2048, pattern: 'arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+' });
  if (type === 'AES256' && key !== undefined) {
    throw invalidParameter(`${at}.kmsKey`, 'must not be specified with the encryption type AES256');
  }
  return { encryptionType: type, ...optional('kmsKey', key) };
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : { [key]: value } as Partial<Record<K, V>>;
}
