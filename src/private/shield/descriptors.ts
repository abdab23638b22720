import type { FunctionDescriptor } from '../handler/bundled-function';

// Only the state machines of an image shield call these functions. None of them serves a custom resource.

/** The largest inputs of the bench, such as 50,000 images in use in a repository, take up to 292 MB. */
const MEMORY_FOR_LARGE_INPUTS = 512;

export const IMAGE_SHIELD_COLLECT_FUNCTION: FunctionDescriptor = {
  handler: 'image-shield-collect',
  description: 'cdk-ecr-keeper: finds the images that run in an account and Region',
  memorySize: MEMORY_FOR_LARGE_INPUTS,
};

export const IMAGE_SHIELD_PROTECT_FUNCTION: FunctionDescriptor = {
  handler: 'image-shield-protect',
  description: 'cdk-ecr-keeper: adds and removes the tags that keep images in use',
  memorySize: MEMORY_FOR_LARGE_INPUTS,
};

export const IMAGE_SHIELD_REPORT_FUNCTION: FunctionDescriptor = {
  handler: 'image-shield-report',
  description: 'cdk-ecr-keeper: begins and ends the runs of an image shield, and reports its findings',
};
