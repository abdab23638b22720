import { isAccessDenied, isNamed } from '../lambda/shared/protocol/errors';

export interface AwsCall {
  readonly repositoryName: string;
  readonly registryId?: string;
  readonly region?: string;
  /** The IAM action of the call. */
  readonly action: string;
}

/** Describes a failed call to AWS for a user of the command line. */
export function describeRefusal(error: unknown, { repositoryName, registryId, region, action }: AwsCall): string {
  const { message: text, name, code } = error as NodeJS.ErrnoException;
  // An error about refused connections to several addresses has a code, but no message.
  const message = text || code || name;
  if (isNamed(error, 'RepositoryNotFoundException')) {
    return `repository '${repositoryName}' not found in ${region}${registryId === undefined ? '' : `, registry ${registryId}`}`
      + '. Check --region, --registry-id, and your AWS profile';
  }
  if (isNamed(error, 'LifecyclePolicyNotFoundException')) {
    return `repository '${repositoryName}' has no lifecycle policy. Specify one with --policy`;
  }
  if (isAccessDenied(error)) return `access denied to ${action} on repository '${repositoryName}': ${message}`;
  if (isNamed(error, 'CredentialsProviderError', 'TokenProviderError')) {
    const { AWS_PROFILE: profile } = process.env;
    return `no AWS credentials${profile ? ` (AWS_PROFILE is ${profile})` : ''}: ${message}. Set AWS_PROFILE,`
      + ' or run aws configure or aws sso login';
  }
  if (isNamed(error, 'ExpiredTokenException', 'UnrecognizedClientException', 'InvalidSignatureException', 'InvalidClientTokenId')) {
    return `AWS rejected the credentials: ${message}. Sign in again`;
  }
  // The SDK treats a variable with an empty value as a Region.
  if (/^Region (is missing|not accepted: region="")/.test(message)) {
    return 'no Region. Specify one with --region, AWS_REGION, or your AWS profile';
  }
  if (isNamed(error, 'ThrottlingException', 'Throttling', 'TooManyRequestsException')) {
    return 'AWS throttled every attempt. Try again in a few minutes';
  }
  return `repository '${repositoryName}': ${action} failed: ${message}`;
}
