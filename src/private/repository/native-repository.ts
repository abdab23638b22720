import { CfnDeletionPolicy, CfnResource, CfnTag, Lazy, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';
import { UNKNOWN_ENCRYPTION } from '../../core/wire/lifecycle-guard';
import { shortHash } from '../short-hash';

/** What finally stands in the template, after aspects, mixins and escape hatches. */
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
  /** Changes whenever CloudFormation would write the repository anew. */
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

/** The CloudFormation resource behind a repository, when an app declares it; undefined for an import. */
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

/** An import whose name or ARN was taken from a repository that the app declares is that repository. */
function referencedNative(attribute: string): ecr.CfnRepository | undefined {
  return Tokenization.reverseString(attribute).tokens
    .filter(token => Reference.isReference(token))
    .map(token => (token as Reference).target)
    .find(isNative);
}

/** Every repository that the app declares. */
export function allNatives(scope: IConstruct): ecr.CfnRepository[] {
  return scope.node.root.node.findAll().filter(isNative);
}

/** A repository of the app that carries this very name in this very environment, although an import speaks of it as foreign. */
export function namesake(scope: IConstruct, repository: aws_ecr.IRepositoryRef): ecr.CfnRepository | undefined {
  const { repositoryName } = repository.repositoryRef;
  if (Token.isUnresolved(repositoryName)) return undefined;
  return allNatives(scope).find(native =>
    native.repositoryName === repositoryName && native.stack.account === repository.env.account
      && native.stack.region === repository.env.region);
}

export function finalAttributes(native: ecr.CfnRepository): FinalAttributes {
  const stack = Stack.of(native);
  // Only here do raw overrides show; the method is public at run time and used by every synthesis.
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

/** What CloudFormation reads when it removes the repository. */
export type RemovalAttributes = Pick<FinalAttributes, 'deletionPolicy' | 'updateReplacePolicy' | 'emptyOnDelete' | 'tags'>;

/** The final attributes that matter for removal, without rendering the resource, unless something overrides what is rendered. */
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
 * RetainExceptOnCreate as a teardown sets it: CloudFormation keeps the repository, since only the function of the teardown deletes it. It
 * is a token, so that it differs from the same policy that a user sets, which means that the repository is kept.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export const DELETED_BY_TEARDOWN = Lazy.string({ produce: () => CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE }) as CfnDeletionPolicy;

/**
 * The deletion policy that is rendered in the end, as it was set: an unresolved token is DELETED_BY_TEARDOWN. To render the whole resource
 * takes longer than all else that is done for a repository.
 */
export function finalDeletionPolicy(native: ecr.CfnRepository): string | undefined {
  const { rawOverrides } = native as unknown as { readonly rawOverrides?: { readonly DeletionPolicy?: string } };
  return rawOverrides && 'DeletionPolicy' in rawOverrides ? rawOverrides.DeletionPolicy : native.cfnOptions.deletionPolicy;
}

/** Whether a deletion policy keeps the resource when its stack is deleted. */
export function isRetained(deletionPolicy: string | undefined): boolean {
  return deletionPolicy !== undefined && deletionPolicy !== CfnDeletionPolicy.DELETE && deletionPolicy !== DELETED_BY_TEARDOWN;
}

/** Leaves the deletion of the repository to a teardown, and keeps one that an update replaces. */
export function deleteByTeardown(native: ecr.CfnRepository): void {
  native.cfnOptions.deletionPolicy = DELETED_BY_TEARDOWN;
  native.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
}
