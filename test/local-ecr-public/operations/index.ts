import type { PublicOperation } from '../operation';
import { getAuthorizationToken } from './authorization';
import { getRepositoryCatalogData, putRepositoryCatalogData } from './catalog-data';
import { batchDeleteImage } from './deleting';
import { describeImages, describeImageTags } from './listing';
import { describeRegistries, getRegistryCatalogData, putRegistryCatalogData } from './registries';
import { createRepository, deleteRepository, describeRepositories } from './repositories';
import { deleteRepositoryPolicy, getRepositoryPolicy, setRepositoryPolicy } from './repository-policy';
import { listTagsForResource, tagResource, untagResource } from './tagging';

export const operations: Readonly<Record<string, PublicOperation>> = {
  BatchDeleteImage: batchDeleteImage,
  CreateRepository: createRepository,
  DeleteRepository: deleteRepository,
  DeleteRepositoryPolicy: deleteRepositoryPolicy,
  DescribeImages: describeImages,
  DescribeImageTags: describeImageTags,
  DescribeRegistries: describeRegistries,
  DescribeRepositories: describeRepositories,
  GetAuthorizationToken: getAuthorizationToken,
  GetRegistryCatalogData: getRegistryCatalogData,
  GetRepositoryCatalogData: getRepositoryCatalogData,
  GetRepositoryPolicy: getRepositoryPolicy,
  ListTagsForResource: listTagsForResource,
  PutRegistryCatalogData: putRegistryCatalogData,
  PutRepositoryCatalogData: putRepositoryCatalogData,
  SetRepositoryPolicy: setRepositoryPolicy,
  TagResource: tagResource,
  UntagResource: untagResource,
};
