/** Beginning of the tags that hold an image while other tags are removed from it. */
export const HOLDING_TAG_PREFIX = 'cdk-ecr-keeper-hold-';
