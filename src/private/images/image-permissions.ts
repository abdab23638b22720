/** Actions on a repository that images are copied from. Listing the referrers of an image is authorized as the first of them. */
export const COPY_FROM = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** Actions on a repository that images are copied to. */
export const COPY_TO = [
  'ecr:BatchCheckLayerAvailability', 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload',
  'ecr:PutImage', 'ecr:BatchGetImage', 'ecr:DescribeImages',
];

/**
 * For the endpoint that layers are sent to. Supports no resource-level permissions.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 */
export const PUSH_TOKEN = ['ecr:GetAuthorizationToken'];

/** Actions on a repository whose images are tagged. */
export const TAG = ['ecr:BatchGetImage', 'ecr:PutImage', 'ecr:DescribeImages'];

/** Actions to remove tags. */
export const REMOVE_TAGS = ['ecr:BatchDeleteImage'];

/** Actions on a repository whose images are scanned. */
export const SCAN = [
  'ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:DescribeImageScanFindings', 'ecr:StartImageScan',
  'ecr:BatchGetRepositoryScanningConfiguration',
];

/**
 * The findings of enhanced scanning belong to Amazon Inspector, which supports no resource-level permissions for them.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
 */
export const INSPECTOR_READS = ['inspector2:ListFindings', 'inspector2:ListCoverage'];
