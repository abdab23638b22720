import { AwsError } from '../../local-ecr/aws-error';
import { required } from '../../local-ecr/constraints';
import { readCatalogData } from '../catalog-data';
import { onPublicRepository } from '../operation';

export const getRepositoryCatalogData = onPublicRepository('GetRepositoryCatalogData', ({ name, catalogData }, { registry, readings }) => {
  if (!catalogData && readings.isOther('public-catalog-before-put')) {
    throw new AwsError('RepositoryCatalogDataNotFoundException',
      `Catalog data does not exist for the repository with name '${name}' in the registry with id '${registry.account}'`);
  }
  return { catalogData: catalogData ?? {} };
});

export const putRepositoryCatalogData = onPublicRepository('PutRepositoryCatalogData', (repository, { input, readings }) => {
  const written = required('catalogData', readCatalogData(input.catalogData));
  repository.catalogData = readings.isOther('public-catalog-write-replaces') ? { ...repository.catalogData, ...written } : written;
  return { catalogData: repository.catalogData };
});
