import { isAccessDenied, isNamed, isRegionDisabled, isThrottled } from '../lambda/shared/protocol/errors';

export interface AwsCall {
  readonly repositoryName: string;
  readonly registryId?: string;
  readonly region?: string;
  /** The IAM action of the call. */
  readonly action: string;
}

/** Describes a failed call to ECR for a user of the command line. */
export function describeRefusal(error: unknown, { repositoryName, registryId, region, action }: AwsCall): string {
  const message = messageOf(error);
  if (isNamed(error, 'RepositoryNotFoundException')) {
    return `repository '${repositoryName}' not found in ${region}${registryId === undefined ? '' : `, registry ${registryId}`}`
      + '. Check --region, --registry-id, and your AWS profile';
  }
  if (isNamed(error, 'LifecyclePolicyNotFoundException')) {
    return `repository '${repositoryName}' has no lifecycle policy. Specify one with --policy`;
  }
  if (isAccessDenied(error)) return `access denied to ${action} on repository '${repositoryName}': ${message}`;
  return describeAnyRefusal(error) ?? `repository '${repositoryName}': ${describeFailure(action, error)}`;
}

export function messageOf(error: unknown): string {
  const { message, name, code } = error as NodeJS.ErrnoException;
  // An error about refused connections to several addresses has a code, but no message.
  return message || code || name;
}

/** What AWS STS and AWS CloudFormation say of a Region that is not enabled: https://github.com/segmentio/aws-okta/issues/225 */
const UNKNOWN_TO_STS = 'InvalidClientTokenId';

const REJECTED_CREDENTIALS = [
  'ExpiredTokenException', 'UnrecognizedClientException', 'InvalidSignatureException', UNKNOWN_TO_STS,
  // the names of S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  'ExpiredToken', 'InvalidAccessKeyId', 'SignatureDoesNotMatch',
];

/** Whether the credentials are the reason, so that no other call can succeed either. */
export function isRejection(error: unknown): boolean {
  return isNamed(error, 'CredentialsProviderError', 'TokenProviderError', ...REJECTED_CREDENTIALS);
}

/** Describes a failure of a call that only its message explains. */
export function describeFailure(action: string, error: unknown): string {
  const isUnreachable = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test((error as NodeJS.ErrnoException).code ?? '');
  const { AWS_ENDPOINT_URL: endpoint } = process.env;
  const advice = isUnreachable ? `. Check your network${endpoint ? ` and AWS_ENDPOINT_URL, which is ${endpoint}` : ''}` : '';
  return `${action} failed: ${messageOf(error)}${advice}`;
}

/** Describes a failure that every service has; undefined for others. */
export function describeAnyRefusal(error: unknown): string | undefined {
  const message = messageOf(error);
  if (isNamed(error, 'CredentialsProviderError', 'TokenProviderError')) {
    const { AWS_PROFILE: profile } = process.env;
    return profile ? `no AWS credentials for profile '${profile}': ${message}. aws configure list-profiles lists the profiles, and`
      + ` aws sso login --profile ${profile} signs in` : `no AWS credentials: ${message}. Set AWS_PROFILE, or run aws configure or aws sso`
      + ' login';
  }
  if (isNamed(error, ...REJECTED_CREDENTIALS)) {
    const region = isRegionDisabled(error) || isNamed(error, UNKNOWN_TO_STS)
      ? ', or check whether the account has enabled the Region' : '';
    return `AWS rejected the credentials: ${message}. Sign in again${region}`;
  }
  // The SDK treats a variable with an empty value as a Region.
  if (/^Region (is missing|not accepted: region="")/.test(message)) {
    return 'no Region. Specify one with --region, AWS_REGION, or your AWS profile';
  }
  return isThrottled(error) ? 'AWS throttled every attempt. Try again in a few minutes' : undefined;
}
