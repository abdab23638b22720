// Repositories of the stack
export * from './repository';
export * from './deletion-lock';
export * from './on-push-options';
export * from './finding-severity';

// Repositories that the stack does not own, and access
export * from './existing-repository';
export * from './account-access';
export * from './repository-access-role';
export * from './repository-capability';
export * from './repository-principal';

// Lifecycle policies and guards
export * from './lifecycle-policy';
export * from './lifecycle-rule';
export * from './lifecycle-decision';
export * from './lifecycle-images';
export * from './lifecycle-guard';
export * from './image-guards';
export * from './image-use';

// Teardowns
export * from './teardown';
export * from './teardown-audit';
export * from './repository-teardown';
export * from './public-repository';
export * from './public-teardown';
export * from './prefix-teardown';

// Policies of repositories that exist already
export * from './repository-policy';
export * from './repository-lifecycle';

// Checks of every repository of an app
export * from './repository-validator';

// Images
export * from './repository-image';
export * from './image-copy';
export * from './image-copy-function';
export * from './image-source';
export * from './scan-gate';
export * from './image-tags';
export * from './tag-removal-policy';

// Repositories of a registry, all the time
export * as fleet from './fleet';

// Settings that exist once per registry
export * as registry from './registry';
