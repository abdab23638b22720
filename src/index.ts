// A repository that this stack declares
export * from './repository';
export * from './lifecycle-policy';

// What happens to its images when the stack goes
export * from './teardown';
export * from './repository-teardown';
