// A repository that this stack declares
export * from './repository';
export * from './lifecycle-policy';

// What happens to its images when the stack goes
export * from './teardown';
export * from './repository-teardown';

// Policies of repositories, also of those that this stack does not own
export * from './repository-policy';
export * from './repository-lifecycle';
