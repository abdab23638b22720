/** ECR Public is one registry for all Regions, with its API in this one. https://docs.aws.amazon.com/general/latest/gr/ecr-public.html */
export const PUBLIC_REGION = 'us-east-1';
