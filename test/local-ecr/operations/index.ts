import type { Operation } from '../operation';
import { getAccountSetting, putAccountSetting } from './account-settings';
import { getAuthorizationToken } from './authorization-token';
import {
  createRepositoryCreationTemplate, deleteRepositoryCreationTemplate, describeRepositoryCreationTemplates, updateRepositoryCreationTemplate,
} from './creation-templates';
import { batchDeleteImage } from './deleting';
import { completeLayerUpload, initiateLayerUpload, uploadLayerPart } from './layer-uploads';
import { batchCheckLayerAvailability, getDownloadUrlForLayer } from './layers';
import { deleteLifecyclePolicy, getLifecyclePolicy, putLifecyclePolicy } from './lifecycle-policy';
import { getLifecyclePolicyPreview, startLifecyclePolicyPreview } from './lifecycle-preview';
import { describeImages, listImages } from './listing';
import {
  createPullThroughCacheRule, deletePullThroughCacheRule, describePullThroughCacheRules, updatePullThroughCacheRule,
  validatePullThroughCacheRule,
} from './pull-through-cache';
import { batchGetImage } from './pulling';
import { putImage } from './pushing';
import { listImageReferrers } from './referrers';
import { deleteRegistryPolicy, getRegistryPolicy, putRegistryPolicy } from './registry-policy';
import { describeRegistry, putReplicationConfiguration } from './replication';
import {
  describeReplicationBackfillResults, listReplicationBackfills, startReplicationBackfill, stopReplicationBackfill,
} from './replication-backfill';
import { createRepository, deleteRepository, describeRepositories } from './repositories';
import { deleteRepositoryPolicy, getRepositoryPolicy, setRepositoryPolicy } from './repository-policy';
import { describeImageScanFindings, startImageScan } from './scanning';
import {
  batchGetRepositoryScanningConfiguration, getRegistryScanningConfiguration, putRegistryScanningConfiguration,
} from './scanning-configuration';
import { updateImageStorageClass } from './storage-class';
import { putImageTagMutability } from './tag-mutability';
import { listTagsForResource, tagResource, untagResource } from './tagging';

export const operations: Readonly<Record<string, Operation>> = {
  BatchCheckLayerAvailability: batchCheckLayerAvailability,
  BatchDeleteImage: batchDeleteImage,
  BatchGetImage: batchGetImage,
  BatchGetRepositoryScanningConfiguration: batchGetRepositoryScanningConfiguration,
  CompleteLayerUpload: completeLayerUpload,
  CreatePullThroughCacheRule: createPullThroughCacheRule,
  CreateRepository: createRepository,
  CreateRepositoryCreationTemplate: createRepositoryCreationTemplate,
  DeleteLifecyclePolicy: deleteLifecyclePolicy,
  DeletePullThroughCacheRule: deletePullThroughCacheRule,
  DeleteRegistryPolicy: deleteRegistryPolicy,
  DeleteRepository: deleteRepository,
  DeleteRepositoryCreationTemplate: deleteRepositoryCreationTemplate,
  DeleteRepositoryPolicy: deleteRepositoryPolicy,
  DescribeImageScanFindings: describeImageScanFindings,
  DescribeImages: describeImages,
  DescribePullThroughCacheRules: describePullThroughCacheRules,
  DescribeRegistry: describeRegistry,
  DescribeReplicationBackfillResults: describeReplicationBackfillResults,
  DescribeRepositories: describeRepositories,
  DescribeRepositoryCreationTemplates: describeRepositoryCreationTemplates,
  GetAccountSetting: getAccountSetting,
  GetAuthorizationToken: getAuthorizationToken,
  GetDownloadUrlForLayer: getDownloadUrlForLayer,
  GetLifecyclePolicy: getLifecyclePolicy,
  GetLifecyclePolicyPreview: getLifecyclePolicyPreview,
  GetRegistryPolicy: getRegistryPolicy,
  GetRegistryScanningConfiguration: getRegistryScanningConfiguration,
  GetRepositoryPolicy: getRepositoryPolicy,
  InitiateLayerUpload: initiateLayerUpload,
  ListImageReferrers: listImageReferrers,
  ListImages: listImages,
  ListReplicationBackfills: listReplicationBackfills,
  ListTagsForResource: listTagsForResource,
  PutAccountSetting: putAccountSetting,
  PutImage: putImage,
  PutImageTagMutability: putImageTagMutability,
  PutLifecyclePolicy: putLifecyclePolicy,
  PutRegistryPolicy: putRegistryPolicy,
  PutRegistryScanningConfiguration: putRegistryScanningConfiguration,
  PutReplicationConfiguration: putReplicationConfiguration,
  SetRepositoryPolicy: setRepositoryPolicy,
  StartImageScan: startImageScan,
  StartLifecyclePolicyPreview: startLifecyclePolicyPreview,
  StartReplicationBackfill: startReplicationBackfill,
  StopReplicationBackfill: stopReplicationBackfill,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateImageStorageClass: updateImageStorageClass,
  UpdatePullThroughCacheRule: updatePullThroughCacheRule,
  UpdateRepositoryCreationTemplate: updateRepositoryCreationTemplate,
  UploadLayerPart: uploadLayerPart,
  ValidatePullThroughCacheRule: validatePullThroughCacheRule,
};
