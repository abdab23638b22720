export * from './image-shield';
export * from './repository-selection';
