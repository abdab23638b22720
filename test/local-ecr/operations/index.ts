import type { Operation } from '../operation';
import { batchDeleteImage } from './deleting';
import { describeImages, listImages } from './listing';
import { batchGetImage } from './pulling';
import { putImage } from './pushing';
import { listImageReferrers } from './referrers';
import { createRepository, deleteRepository, describeRepositories } from './repositories';
import { updateImageStorageClass } from './storage-class';
import { putImageTagMutability } from './tag-mutability';
import { listTagsForResource, tagResource, untagResource } from './tagging';

export const operations: Readonly<Record<string, Operation>> = {
  BatchDeleteImage: batchDeleteImage,
  BatchGetImage: batchGetImage,
  CreateRepository: createRepository,
  DeleteRepository: deleteRepository,
  DescribeImages: describeImages,
  DescribeRepositories: describeRepositories,
  ListImageReferrers: listImageReferrers,
  ListImages: listImages,
  ListTagsForResource: listTagsForResource,
  PutImage: putImage,
  PutImageTagMutability: putImageTagMutability,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateImageStorageClass: updateImageStorageClass,
};
