/** Sid of the statement that a deletion lock adds to the policy of a repository. */
export const DELETION_LOCK_SID = 'CdkEcrKeeperDeletionLock';

/** Actions that delete a repository or its images, or decide which images expire. */
export const LOCKED_ACTIONS: readonly string[] = [
  'ecr:BatchDeleteImage', 'ecr:DeleteLifecyclePolicy', 'ecr:DeleteRepository', 'ecr:PutLifecyclePolicy',
];
