import type { CatalogData } from './catalog-data';
import type { PublicRepository } from './repository';
import type { PolicyPrincipals } from '../local-ecr/policy-principals';
import type { PolicyOrder } from '../local-ecr/repository-policy';
import { ImageView as PrivateImageView, RepositoryView as PrivateView, viewOf as privateViewOf } from '../local-ecr/repository-view';

export type ImageView = Omit<PrivateImageView, 'status'>;

/** A snapshot of a repository. It is empty if the repository does not exist. */
export interface RepositoryView extends Pick<PrivateView, 'exists' | 'arn' | 'tags' | 'policyText' | 'policy'> {
  readonly uri?: string;
  readonly images: readonly ImageView[];
  readonly catalogData?: CatalogData;
}

export function viewOf(repository: PublicRepository | undefined, principals: PolicyPrincipals, order: PolicyOrder): RepositoryView {
  const { exists, arn, tags, policyText, policy, images } = privateViewOf(repository, principals, order);
  return {
    exists,
    tags,
    images: images.map(({ status: _status, ...image }) => image),
    ...repository ? { arn, uri: repository.uri } : {},
    ...policy ? { policyText, policy } : {},
    ...repository?.catalogData ? { catalogData: repository.catalogData } : {},
  };
}
