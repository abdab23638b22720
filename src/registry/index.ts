export * from './prefix-lifecycle';
export * from './registry-permissions';
export * from './registry-statement';
export * from './registry-replication';
export * from './registry-scanning';
export * from './scan-rule';
export * from './repository-template';
