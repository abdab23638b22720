import { isAccessDenied, isNamed } from '../lambda/shared/protocol/errors';

export interface AwsCall {
  readonly repositoryName: string;
  readonly registryId?: string;
  readonly region?: string;
  /** The IAM action of the call. */
  readonly action: string;
}

/** Why AWS did not answer, in the words of the command line. */
export function describeRefusal(error: unknown, { repositoryName, registryId, region, action }: AwsCall): string {
  const { message: said, name, code } = error as NodeJS.ErrnoException;
  // refused connections to several addresses have a code and no message
  const message = said || code || name;
  if (isNamed(error, 'RepositoryNotFoundException')) {
    return `repository '${repositoryName}' not found in ${region}${registryId === undefined ? '' : `, registry ${registryId}`}`
      + ' — see --region, --registry-id and your AWS profile';
  }
  if (isNamed(error, 'LifecyclePolicyNotFoundException')) {
    return `repository '${repositoryName}' has no lifecycle policy — name one with --policy`;
  }
  if (isAccessDenied(error)) return `access denied: ${action} on repository '${repositoryName}' — ${message}`;
  if (isNamed(error, 'CredentialsProviderError', 'TokenProviderError')) {
    const { AWS_PROFILE: profile } = process.env;
    return `no AWS credentials${profile ? ` (AWS_PROFILE is ${profile})` : ''}: ${message} — set AWS_PROFILE,`
      + ' or run aws configure or aws sso login';
  }
  if (isNamed(error, 'ExpiredTokenException', 'UnrecognizedClientException', 'InvalidSignatureException', 'InvalidClientTokenId')) {
    return `AWS does not accept the credentials: ${message} — sign in again`;
  }
  // a variable that is set to nothing is taken for a Region
  if (/^Region (is missing|not accepted: region="")/.test(message)) {
    return 'no Region — name it with --region, AWS_REGION or your AWS profile';
  }
  if (isNamed(error, 'ThrottlingException', 'Throttling', 'TooManyRequestsException')) {
    return 'AWS throttled every attempt — try again in a few minutes';
  }
  return `repository '${repositoryName}': ${action} failed: ${message}`;
}
