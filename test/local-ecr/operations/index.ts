import type { Operation } from '../operation';
import { batchDeleteImage } from './deleting';
import { deleteLifecyclePolicy, getLifecyclePolicy, putLifecyclePolicy } from './lifecycle-policy';
import { getLifecyclePolicyPreview, startLifecyclePolicyPreview } from './lifecycle-preview';
import { describeImages, listImages } from './listing';
import { batchGetImage } from './pulling';
import { putImage } from './pushing';
import { listImageReferrers } from './referrers';
import { describeRegistry, putReplicationConfiguration } from './replication';
import { createRepository, deleteRepository, describeRepositories } from './repositories';
import { deleteRepositoryPolicy, getRepositoryPolicy, setRepositoryPolicy } from './repository-policy';
import { updateImageStorageClass } from './storage-class';
import { putImageTagMutability } from './tag-mutability';
import { listTagsForResource, tagResource, untagResource } from './tagging';

export const operations: Readonly<Record<string, Operation>> = {
  BatchDeleteImage: batchDeleteImage,
  BatchGetImage: batchGetImage,
  CreateRepository: createRepository,
  DeleteLifecyclePolicy: deleteLifecyclePolicy,
  DeleteRepository: deleteRepository,
  DeleteRepositoryPolicy: deleteRepositoryPolicy,
  DescribeImages: describeImages,
  DescribeRegistry: describeRegistry,
  DescribeRepositories: describeRepositories,
  GetLifecyclePolicy: getLifecyclePolicy,
  GetLifecyclePolicyPreview: getLifecyclePolicyPreview,
  GetRepositoryPolicy: getRepositoryPolicy,
  ListImageReferrers: listImageReferrers,
  ListImages: listImages,
  ListTagsForResource: listTagsForResource,
  PutImage: putImage,
  PutImageTagMutability: putImageTagMutability,
  PutLifecyclePolicy: putLifecyclePolicy,
  PutReplicationConfiguration: putReplicationConfiguration,
  SetRepositoryPolicy: setRepositoryPolicy,
  StartLifecyclePolicyPreview: startLifecyclePolicyPreview,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateImageStorageClass: updateImageStorageClass,
};
