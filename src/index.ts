// A repository that this stack declares
export * from './repository';
export * from './deletion-lock';

// One that it does not own, and who may use either
export * from './existing-repository';
export * from './account-access';
export * from './repository-access-role';
export * from './repository-capability';
export * from './repository-principal';

// Which images a repository keeps
export * from './lifecycle-policy';
export * from './lifecycle-rule';
export * from './lifecycle-decision';
export * from './lifecycle-images';
export * from './lifecycle-guard';
export * from './image-guards';
export * from './image-use';

// What happens to its images when the stack is deleted
export * from './teardown';
export * from './teardown-audit';
export * from './repository-teardown';
export * from './public-repository';
export * from './public-teardown';
export * from './prefix-teardown';

// Policies of repositories, also of those that this stack does not own
export * from './repository-policy';
export * from './repository-lifecycle';

// Checks of every repository of an app
export * from './repository-validator';

// Images as part of the stack
export * from './repository-image';
export * from './image-copy';
export * from './image-source';
export * from './scan-gate';
export * from './image-tags';
export * from './tag-removal-policy';
