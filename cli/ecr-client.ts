import { ECRClient } from '@aws-sdk/client-ecr';

/** Returns the Region of the environment. Unlike the AWS CLI, the SDK for JavaScript ignores AWS_DEFAULT_REGION. */
export function regionOfEnvironment(): string | undefined {
  return process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || undefined;
}

/** Returns the configuration of a client. It finds the Region and the credentials like the AWS CLI. */
export function clientConfiguration(region = regionOfEnvironment()) {
  return {
    ...region === undefined ? {} : { region },
    retryMode: 'adaptive',
    maxAttempts: 10,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    customUserAgent: 'cdk-ecr-keeper',
  } as const;
}

export function createEcrClient(region?: string): ECRClient {
  return new ECRClient(clientConfiguration(region));
}
