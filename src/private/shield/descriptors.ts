import type { FunctionDescriptor } from '../handler/bundled-function';

// Only the state machines of an image shield call these functions. None of them serves a custom resource.

export const IMAGE_SHIELD_COLLECT_FUNCTION: FunctionDescriptor = {
  handler: 'image-shield-collect',
  description: 'cdk-ecr-keeper: finds the images that run in an account and Region',
};

export const IMAGE_SHIELD_PROTECT_FUNCTION: FunctionDescriptor = {
  handler: 'image-shield-protect',
  description: 'cdk-ecr-keeper: adds and removes the tags that keep images in use',
};

export const IMAGE_SHIELD_REPORT_FUNCTION: FunctionDescriptor = {
  handler: 'image-shield-report',
  description: 'cdk-ecr-keeper: begins and ends the runs of an image shield, and reports its findings',
};
