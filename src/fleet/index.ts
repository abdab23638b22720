export * from './image-shield';
export * from './repository-selection';
export * from './environment-selection';
export * from './image-use-role';
export * from './refusal-rule';
