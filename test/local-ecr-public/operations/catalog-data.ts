import { AwsError } from '../../local-ecr/aws-error';
import { required } from '../../local-ecr/constraints';
import type { Readings } from '../../local-ecr/readings';
import { CatalogData, readCatalogData } from '../catalog-data';
import { onPublicRepository } from '../operation';

export const getRepositoryCatalogData = onPublicRepository('GetRepositoryCatalogData', ({ name, catalogData }, { registry, readings }) => {
  if (!catalogData && readings.isOther('public-catalog-before-put')) {
    throw new AwsError('RepositoryCatalogDataNotFoundException',
      `Catalog data does not exist for the repository with name '${name}' in the registry with id '${registry.account}'`);
  }
  return { catalogData: shown(catalogData ?? {}, readings) };
});

export const putRepositoryCatalogData = onPublicRepository('PutRepositoryCatalogData', (repository, { input, readings }) => {
  const written = required('catalogData', readCatalogData(input.catalogData));
  repository.catalogData = readings.isOther('public-catalog-write-replaces') ? { ...repository.catalogData, ...written } : written;
  return { catalogData: shown(repository.catalogData, readings) };
});

function shown(catalogData: CatalogData, readings: Readings): object {
  if (!readings.isOther('public-catalog-empty-lists')) return catalogData;
  return Object.fromEntries(Object.entries(catalogData).filter(([, member]) => !Array.isArray(member) || member.length > 0));
}
