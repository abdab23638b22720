/**
 * Errors of AWS that no operation declares in the model of the SDK, with the side whose fault they are.
 *
 * Sources: "Common errors", which is the same for all services, in the version of 2026
 * (https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html). The older version contains InvalidAction and InvalidClientTokenId
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html).
 */
const ALL_SERVICES: Readonly<Record<string, 'client' | 'server'>> = {
  AccessDeniedException: 'client',
  ExpiredTokenException: 'client',
  IncompleteSignature: 'client',
  InternalFailure: 'server',
  InvalidAction: 'client',
  InvalidClientTokenId: 'client',
  MalformedHttpRequestException: 'client',
  NotAuthorized: 'client',
  OptInRequired: 'client',
  RequestAbortedException: 'client',
  RequestEntityTooLargeException: 'client',
  RequestExpired: 'client',
  RequestTimeoutException: 'client',
  ServiceUnavailable: 'server',
  UnknownOperationException: 'client',
  UnrecognizedClientException: 'client',
  ValidationError: 'client',
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
  InvalidSignatureException: 'client',
  MissingAuthenticationTokenException: 'client',
  // AWS Storage Gateway user guide, "Error responses": a JSON payload that is not well-formed
  SerializationException: 'client',
};

/**
 * Names that AWS services use for throttling, in the list of the SDK for JavaScript (https://github.com/smithy-lang/smithy-typescript,
 * service-error-classification) and in the ECR user guide ("ThrottleException"). A test can let any fake throttle with any of them.
 */
const THROTTLING = [
  'BandwidthLimitExceeded', 'EC2ThrottledException', 'PriorRequestNotComplete', 'ProvisionedThroughputExceededException',
  'RequestLimitExceeded', 'RequestThrottled', 'RequestThrottledException', 'SlowDown', 'ThrottledException', 'ThrottleException',
  'Throttling', 'ThrottlingException', 'TooManyRequestsException', 'TransactionInProgressException',
];

/** Whether the error says that the caller calls too often. Services send it with status codes of both sides: 400, 429, and 503. */
export function isThrottling(code: string): boolean {
  return THROTTLING.includes(code);
}

/** Errors that the services of a protocol name differently, as in messages of the AWS CLI. */
const QUERY: typeof ALL_SERVICES = {
  AccessDenied: 'client', MissingAuthenticationToken: 'client', SignatureDoesNotMatch: 'client',
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; the model declares few of them. */
const S3: typeof ALL_SERVICES = {
  AccessDenied: 'client',
  InternalError: 'server',
  KeyTooLongError: 'client',
  NoSuchBucket: 'client',
  NoSuchKey: 'client',
  NotImplemented: 'server',
  PreconditionFailed: 'client',
  SignatureDoesNotMatch: 'client',
};

/** For values outside of the limits of the model. With PutEvents: awslabs/aws-service-catalog-puppet#563; SSM: aws/aws-sdk-js-v3#5928. */
const VALIDATION: typeof ALL_SERVICES = { ValidationException: 'client' };

const OF_SERVICE: Readonly<Record<string, typeof ALL_SERVICES>> = {
  cloudformation: QUERY,
  sts: QUERY,
  s3: S3,
  events: VALIDATION,
  lambda: VALIDATION,
  ssm: VALIDATION,
};

/** Returns whose fault a common error of the service is; undefined for others. */
export function commonError(signingName: string, code: string): 'client' | 'server' | undefined {
  return OF_SERVICE[signingName]?.[code] ?? ALL_SERVICES[code];
}
