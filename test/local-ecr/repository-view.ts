import type { ImageStatus, Repository } from './repository';

export interface ImageView {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly status: ImageStatus;
  readonly mediaType: string;
  readonly children: readonly string[];
  readonly subject?: string;
}

/** A repository as it is when looked at; empty where it does not exist. */
export interface RepositoryView {
  readonly exists: boolean;
  readonly arn?: string;
  readonly tags: Record<string, string>;
  readonly images: readonly ImageView[];
  readonly imageTagMutability?: string;
  readonly encryption?: { readonly encryptionType: string; readonly kmsKey?: string };
}

export function viewOf(repository: Repository | undefined): RepositoryView {
  if (!repository) return { exists: false, tags: {}, images: [] };
  return {
    exists: true,
    arn: repository.arn,
    tags: Object.fromEntries(repository.tags),
    images: repository.inOrder().map(({ digest, tags, status, mediaType, children, subject }) => ({
      digest, tags: [...tags], status, mediaType, children, ...subject === undefined ? {} : { subject },
    })),
    imageTagMutability: repository.mutability,
    encryption: repository.settings.encryption,
  };
}
