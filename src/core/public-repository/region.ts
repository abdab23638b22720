/** ECR Public is one registry for all Regions, with its API in this one. https://docs.aws.amazon.com/general/latest/gr/ecr-public.html */
export const PUBLIC_REGION = 'us-east-1';

/**
 * Partition of that Region. Credentials of another partition are not valid there, so a stack in China or GovCloud cannot call the API. The
 * images of the gallery can be pulled without credentials.
 * https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 * https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-ecr.html
 */
export const PUBLIC_PARTITION = 'aws';
