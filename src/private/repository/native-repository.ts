import { CfnDeletionPolicy, CfnResource, CfnTag, Lazy, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';
import { UNKNOWN_ENCRYPTION } from '../../core/wire/lifecycle-guard';
import { shortHash } from '../short-hash';

/** Final values in the template, after aspects, mixins, and escape hatches. */
export interface FinalAttributes {
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
  readonly emptyOnDelete?: unknown;
  readonly tags: ReadonlyArray<{ readonly Key: string; readonly Value: unknown }>;
  readonly repositoryName?: unknown;
  readonly lifecyclePolicyText?: unknown;
  readonly repositoryPolicyText?: unknown;
  readonly encryptionType?: unknown;
  readonly kmsKey?: unknown;
  /** Value that changes whenever CloudFormation would update the repository. */
  readonly fingerprint: string;
}

interface NativeTemplate {
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties?: {
    readonly EmptyOnDelete?: unknown;
    readonly Tags?: FinalAttributes['tags'];
    readonly RepositoryName?: unknown;
    readonly RepositoryPolicyText?: unknown;
    readonly LifecyclePolicy?: { readonly LifecyclePolicyText?: unknown };
    readonly EncryptionConfiguration?: { readonly EncryptionType?: unknown; readonly KmsKey?: unknown };
  };
}

/** Returns the CloudFormation resource of a repository that the app declares, or undefined for an import. */
export function nativeRepository(repository: aws_ecr.IRepositoryRef): ecr.CfnRepository | undefined {
  if (isNative(repository)) return repository;
  const child = repository.node.defaultChild;
  if (isNative(child)) return child;
  const { repositoryName, repositoryArn } = repository.repositoryRef;
  return referencedNative(repositoryName) ?? referencedNative(repositoryArn);
}

function isNative(construct: unknown): construct is ecr.CfnRepository {
  return construct instanceof CfnResource && construct.cfnResourceType === ecr.CfnRepository.CFN_RESOURCE_TYPE_NAME;
}

/** Returns the repository of the app whose name or ARN an import uses. */
function referencedNative(attribute: string): ecr.CfnRepository | undefined {
  return Tokenization.reverseString(attribute).tokens
    .filter(token => Reference.isReference(token))
    .map(token => (token as Reference).target)
    .find(isNative);
}

/** Returns every repository that the app declares. */
export function allNatives(scope: IConstruct): ecr.CfnRepository[] {
  return scope.node.root.node.findAll().filter(isNative);
}

/** Returns the repository that the app declares with the same name in the same environment as an import. */
export function namesake(scope: IConstruct, repository: aws_ecr.IRepositoryRef): ecr.CfnRepository | undefined {
  const { repositoryName } = repository.repositoryRef;
  if (Token.isUnresolved(repositoryName)) return undefined;
  return allNatives(scope).find(native =>
    native.repositoryName === repositoryName && native.stack.account === repository.env.account
      && native.stack.region === repository.env.region);
}

export function finalAttributes(native: ecr.CfnRepository): FinalAttributes {
  const stack = Stack.of(native);
  // Only the rendered resource contains raw overrides. The method is public at run time, and every synthesis uses it.
  const rendered = (native as unknown as { _toCloudFormation(): unknown })._toCloudFormation();
  const template = stack.resolve(rendered) as { Resources: Record<string, NativeTemplate> };
  const [{ DeletionPolicy, UpdateReplacePolicy, Properties = {} }] = Object.values(template.Resources);
  const encryption = Properties.EncryptionConfiguration;
  return {
    deletionPolicy: DeletionPolicy,
    updateReplacePolicy: UpdateReplacePolicy,
    emptyOnDelete: Properties.EmptyOnDelete,
    tags: Properties.Tags ?? [],
    repositoryName: Properties.RepositoryName,
    repositoryPolicyText: Properties.RepositoryPolicyText,
    lifecyclePolicyText: Properties.LifecyclePolicy?.LifecyclePolicyText,
    encryptionType: encryption && 'EncryptionType' in encryption ? encryption.EncryptionType : encryption && UNKNOWN_ENCRYPTION,
    kmsKey: encryption?.KmsKey,
    fingerprint: shortHash(JSON.stringify(Properties), 16),
  };
}

/** Attributes that CloudFormation uses when it removes the repository. */
export type RemovalAttributes = Pick<FinalAttributes, 'deletionPolicy' | 'updateReplacePolicy' | 'emptyOnDelete' | 'tags'>;

/** Returns the final attributes that matter for removal. Renders the resource only if something overrides the rendered values. */
export function removalAttributes(native: ecr.CfnRepository): RemovalAttributes {
  const { rawOverrides } = native as unknown as { readonly rawOverrides?: object };
  if (native.constructor !== ecr.CfnRepository || rawOverrides === undefined || Object.keys(rawOverrides).length > 0) {
    return finalAttributes(native);
  }
  const { deletionPolicy, updateReplacePolicy } = native.cfnOptions;
  const { tags, ...resolved } = Stack.of(native).resolve({
    deletionPolicy, updateReplacePolicy, emptyOnDelete: native.emptyOnDelete, tags: native.tags.renderTags() ?? [],
  }) as Omit<RemovalAttributes, 'tags'> & { readonly tags: CfnTag[] };
  return { ...resolved, tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
}

/**
 * Deletion policy RetainExceptOnCreate of a teardown. CloudFormation keeps the repository, because only the function of the teardown
 * deletes it. The value is a token, so that it differs from the same policy of a user, which means that the repository is kept.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export const DELETED_BY_TEARDOWN = Lazy.string({ produce: () => CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE }) as CfnDeletionPolicy;

/**
 * Returns the final deletion policy, unresolved: a token is DELETED_BY_TEARDOWN. The resource is not rendered, because this takes longer
 * than everything else for a repository.
 */
export function finalDeletionPolicy(native: ecr.CfnRepository): string | undefined {
  const { rawOverrides } = native as unknown as { readonly rawOverrides?: { readonly DeletionPolicy?: string } };
  return rawOverrides && 'DeletionPolicy' in rawOverrides ? rawOverrides.DeletionPolicy : native.cfnOptions.deletionPolicy;
}

/** Whether a deletion policy keeps the resource when its stack is deleted. */
export function isRetained(deletionPolicy: string | undefined): boolean {
  return deletionPolicy !== undefined && deletionPolicy !== CfnDeletionPolicy.DELETE && deletionPolicy !== DELETED_BY_TEARDOWN;
}

/** Leaves the deletion of the repository to a teardown, and keeps a repository that an update replaces. */
export function deleteByTeardown(native: ecr.CfnRepository): void {
  native.cfnOptions.deletionPolicy = DELETED_BY_TEARDOWN;
  native.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
}
