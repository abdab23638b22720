import type { HandlerDescriptor } from './handler-function';
import { IMAGE_COPY_HANDLER } from '../../core/wire/image-copy';
import { IMAGE_TAGS_HANDLER } from '../../core/wire/image-tags';
import { LIFECYCLE_GUARD_HANDLER } from '../../core/wire/lifecycle-guard';
import { LIFECYCLE_POLICY_HANDLER } from '../../core/wire/lifecycle-policy';
import { PREFIX_LIFECYCLE_HANDLER } from '../../core/wire/prefix-lifecycle';
import { PREFIX_TEARDOWN_HANDLER } from '../../core/wire/prefix-teardown';
import { PUBLIC_REPOSITORY_HANDLER } from '../../core/wire/public-repository';
import { PULL_THROUGH_CACHE_HANDLER } from '../../core/wire/pull-through-cache';
import { REGISTRY_PERMISSIONS_HANDLER } from '../../core/wire/registry-permissions';
import { REGISTRY_REPLICATION_HANDLER } from '../../core/wire/registry-replication';
import { REGISTRY_SCANNING_HANDLER } from '../../core/wire/registry-scanning';
import { REPOSITORY_POLICY_HANDLER } from '../../core/wire/repository-policy';
import { REPOSITORY_POLICY_CHECK_HANDLER } from '../../core/wire/repository-policy-check';
import { SCAN_GATE_HANDLER } from '../../core/wire/scan-gate';
import { TEARDOWN_HANDLER } from '../../core/wire/teardown';
import { PREVIEW_READS } from '../lifecycle/guard-permissions';

// Permissions that single resources need in addition are added to the role of the function together with these resources.

export const IMAGE_COPY_FUNCTION: HandlerDescriptor = {
  handler: IMAGE_COPY_HANDLER,
  description: 'cdk-ecr-keeper: copies images into ECR repositories',
  memorySize: 512,
  reads: [],
  stackReads: ['cloudformation:DescribeStacks'],
  readsRoot: true,
};

export const IMAGE_TAGS_FUNCTION: HandlerDescriptor = {
  handler: IMAGE_TAGS_HANDLER,
  description: 'cdk-ecr-keeper: adds tags to images of ECR repositories',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks'],
  readsRoot: true,
};

export const LIFECYCLE_GUARD_FUNCTION: HandlerDescriptor = {
  handler: LIFECYCLE_GUARD_HANDLER,
  description: 'cdk-ecr-keeper: previews lifecycle policies of this stack\'s ECR repositories before they are deployed',
  reads: ['ecr:DescribeRepositories', 'ecr:GetLifecyclePolicy', ...PREVIEW_READS],
  stackReads: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackResource'],
  readsRoot: false,
};

export const LIFECYCLE_POLICY_FUNCTION: HandlerDescriptor = {
  handler: LIFECYCLE_POLICY_HANDLER,
  description: 'cdk-ecr-keeper: manages the lifecycle policies of ECR repositories that this stack does not own',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks'],
  readsRoot: false,
};

export const PREFIX_LIFECYCLE_FUNCTION: HandlerDescriptor = {
  handler: PREFIX_LIFECYCLE_HANDLER,
  description: 'cdk-ecr-keeper: manages the lifecycle policies of the ECR repositories under a prefix',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks'],
  readsRoot: false,
};

export const PREFIX_TEARDOWN_FUNCTION: HandlerDescriptor = {
  handler: PREFIX_TEARDOWN_HANDLER,
  description: 'cdk-ecr-keeper: deletes the ECR repositories under a prefix when this stack is deleted',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackEvents', 'cloudformation:DescribeEvents'],
  readsRoot: true,
};

export const PUBLIC_REPOSITORY_FUNCTION: HandlerDescriptor = {
  handler: PUBLIC_REPOSITORY_HANDLER,
  description: 'cdk-ecr-keeper: manages the ECR Public repositories of this stack',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackEvents', 'cloudformation:DescribeEvents'],
  readsRoot: true,
};

export const PULL_THROUGH_CACHE_FUNCTION: HandlerDescriptor = {
  handler: PULL_THROUGH_CACHE_HANDLER,
  description: 'cdk-ecr-keeper: manages the pull-through cache rules of this stack',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackEvents'],
  readsRoot: false,
};

export const REGISTRY_PERMISSIONS_FUNCTION: HandlerDescriptor = {
  handler: REGISTRY_PERMISSIONS_HANDLER,
  description: 'cdk-ecr-keeper: manages statements of this stack in the policy of the ECR registry',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks'],
  readsRoot: false,
};

export const REGISTRY_REPLICATION_FUNCTION: HandlerDescriptor = {
  handler: REGISTRY_REPLICATION_HANDLER,
  description: 'cdk-ecr-keeper: manages replication rules of this stack in the ECR registry',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks'],
  readsRoot: false,
};

export const REGISTRY_SCANNING_FUNCTION: HandlerDescriptor = {
  handler: REGISTRY_SCANNING_HANDLER,
  description: 'cdk-ecr-keeper: manages scan rules of this stack in the ECR registry',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks'],
  readsRoot: false,
};

export const REPOSITORY_POLICY_FUNCTION: HandlerDescriptor = {
  handler: REPOSITORY_POLICY_HANDLER,
  description: 'cdk-ecr-keeper: manages statements in the policies of ECR repositories that this stack does not own',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks'],
  readsRoot: false,
};

export const REPOSITORY_POLICY_CHECK_FUNCTION: HandlerDescriptor = {
  handler: REPOSITORY_POLICY_CHECK_HANDLER,
  description: 'cdk-ecr-keeper: checks that statements are still in the policies of ECR repositories that this stack does not own',
  reads: [],
  stackReads: [],
  readsRoot: false,
};

export const SCAN_GATE_FUNCTION: HandlerDescriptor = {
  handler: SCAN_GATE_HANDLER,
  description: 'cdk-ecr-keeper: checks the scan findings of images in ECR repositories',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks'],
  readsRoot: true,
};

export const TEARDOWN_FUNCTION: HandlerDescriptor = {
  handler: TEARDOWN_HANDLER,
  description: 'cdk-ecr-keeper: deletes ECR repositories or their images when this stack is deleted',
  reads: [],
  stackReads: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackEvents', 'cloudformation:DescribeEvents'],
  readsRoot: true,
};
