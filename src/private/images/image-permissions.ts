/** What is done to a repository that images are copied from. Listing what refers to an image is authorised as the first of them. */
export const COPY_FROM = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** And to one that they are copied to. */
export const COPY_TO = [
  'ecr:BatchCheckLayerAvailability', 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload',
  'ecr:PutImage', 'ecr:BatchGetImage', 'ecr:DescribeImages',
];

/** For the endpoint that takes layers. No resource can be named. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html */
export const PUSH_TOKEN = ['ecr:GetAuthorizationToken'];

/** To one whose images get more tags. */
export const TAG = ['ecr:BatchGetImage', 'ecr:PutImage', 'ecr:DescribeImages'];

/** To take tags off again. */
export const REMOVE_TAGS = ['ecr:BatchDeleteImage'];

/** To one whose images are scanned. */
export const SCAN = [
  'ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:DescribeImageScanFindings', 'ecr:StartImageScan', 'ecr:BatchGetRepositoryScanningConfiguration',
];

/**
 * What enhanced scanning found belongs to Amazon Inspector, which knows no rights on single resources.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
 */
export const INSPECTOR_READS = ['inspector2:ListFindings', 'inspector2:ListCoverage'];
