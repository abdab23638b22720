import { CatalogDataInput, readCatalogData } from './catalog-data';
import { publicName } from './constraints';
import type { Place, PublicRegistry } from './registry';
import { PublicRepository } from './repository';
import type { PolicyPrincipals } from '../local-ecr/policy-principals';
import { mapPrincipals, parseLivePolicy } from '../local-ecr/repository-policy';
import { NewImage as PrivateImage, seedImages, SeedImages as PrivateImages } from '../local-ecr/seed';

/** An image without storage class and last pull time, which public images do not have. */
export type NewImage = Omit<PrivateImage, 'status' | 'lastArchivedAt' | 'lastActivatedAt' | 'lastRecordedPullTime'>;
export type SeedImages = Omit<PrivateImages, 'archived'>;

/** A repository to create or update. Tags are added, and catalog data and policies are replaced. */
export interface SeedRepository extends Place {
  readonly repositoryName: string;
  /** @default - 2026-01-01 */
  readonly createdAt?: Date;
  readonly tags?: Record<string, string>;
  readonly catalogData?: CatalogDataInput;
  /** It can contain everything: ECR may accept more than this fake. */
  readonly policyText?: string;
}

export function seed(options: SeedRepository & Partial<SeedImages>, registry: PublicRegistry, principals: PolicyPrincipals): void {
  const { repositoryName, tags = {}, catalogData, policyText, images, kind = 'flat', untagged, tagsPerImage } = options;
  const name = publicName(repositoryName);
  const repository = registry.repositories.get(name)
    ?? new PublicRepository(registry, name, options.createdAt?.getTime() ?? Date.UTC(2026, 0, 1));
  for (const [key, value] of Object.entries(tags)) repository.tags.set(key, value);
  if (catalogData !== undefined) repository.catalogData = readCatalogData(catalogData);
  if (policyText !== undefined) repository.policy = mapPrincipals(parseLivePolicy(policyText), principal => principals.bind(principal));
  registry.add(repository);
  if (images !== undefined) seedImages(repository, { images, kind, untagged, tagsPerImage });
}
