import type { PolicyPrincipals } from './policy-principals';
import type { ImageStatus, Repository } from './repository';
import { mapPrincipals, PolicyOrder, policyTextOf, RepositoryPolicy } from './repository-policy';

export interface ImageView {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly status: ImageStatus;
  readonly mediaType: string;
  readonly children: readonly string[];
  readonly subject?: string;
}

/** A snapshot of a repository. It is empty if the repository does not exist. */
export interface RepositoryView {
  readonly exists: boolean;
  readonly arn?: string;
  readonly tags: Record<string, string>;
  readonly images: readonly ImageView[];
  readonly imageTagMutability?: string;
  readonly encryption?: { readonly encryptionType: string; readonly kmsKey?: string };
  /** The current result of GetRepositoryPolicy. */
  readonly policyText?: string;
  /** The policy in its original order. */
  readonly policy?: RepositoryPolicy;
  /** As stored. */
  readonly lifecyclePolicyText?: string;
  readonly lifecyclePolicy?: unknown;
}

export function viewOf(repository: Repository | undefined, principals: PolicyPrincipals, order: PolicyOrder): RepositoryView {
  if (!repository) return { exists: false, tags: {}, images: [] };
  const { lifecyclePolicy } = repository;
  const policy = repository.policy && mapPrincipals(repository.policy, kept => principals.show(kept));
  return {
    exists: true,
    arn: repository.arn,
    tags: Object.fromEntries(repository.tags),
    images: repository.inOrder().map(({ digest, tags, status, mediaType, children, subject }) => ({
      digest, tags: [...tags], status, mediaType, children, ...subject === undefined ? {} : { subject },
    })),
    imageTagMutability: repository.mutability,
    encryption: repository.settings.encryption,
    ...policy ? { policyText: policyTextOf(policy, order), policy } : {},
    ...lifecyclePolicy ? { lifecyclePolicyText: lifecyclePolicy.text, lifecyclePolicy: JSON.parse(lifecyclePolicy.text) as unknown } : {},
  };
}
