export * from './registry-permissions';
export * from './registry-statement';
