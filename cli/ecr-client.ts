import { ECRClient } from '@aws-sdk/client-ecr';

/** Configuration of a client for a command: the Region and the credentials are found as the AWS CLI finds them. */
export function clientConfiguration(region?: string) {
  // the SDK for JavaScript, unlike the AWS CLI, does not look at AWS_DEFAULT_REGION
  const configuredRegion = region ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || undefined);
  return {
    ...configuredRegion === undefined ? {} : { region: configuredRegion },
    retryMode: 'adaptive',
    maxAttempts: 10,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    customUserAgent: 'cdk-ecr-keeper',
  } as const;
}

export function createEcrClient(region?: string): ECRClient {
  return new ECRClient(clientConfiguration(region));
}
