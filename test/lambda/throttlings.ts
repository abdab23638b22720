import type { Throttling } from '../local-ecr/local-service';

/**
 * Ways in which AWS throttles. The names are in the list of the SDK (https://github.com/smithy-lang/smithy-typescript,
 * service-error-classification), except for ThrottleException, which only the user guide of ECR has
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors.html).
 */
export const THROTTLINGS: ReadonlyArray<{ readonly name: string; readonly throttling: Throttling }> = [
  { name: 'ThrottlingException', throttling: { code: 'ThrottlingException' } },
  { name: 'ThrottleException', throttling: { code: 'ThrottleException' } },
  { name: 'Throttling', throttling: { code: 'Throttling' } },
  { name: 'TooManyRequestsException with 429', throttling: { code: 'TooManyRequestsException', status: 429 } },
  { name: 'RequestLimitExceeded with 503', throttling: { code: 'RequestLimitExceeded', status: 503 } },
  { name: 'SlowDown with 503', throttling: { code: 'SlowDown', status: 503 } },
  { name: '429 without a name', throttling: { code: '', status: 429 } },
];
