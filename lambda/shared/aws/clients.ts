import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { ECRClient } from '@aws-sdk/client-ecr';
import type { Surroundings } from '../protocol/job';

/**
 * Throttling is expected: ECR publishes no rate for most of the operations used here.
 * A single attempt may take long, because AWS does not document how long DeleteRepository takes for a full repository.
 */
export const CLIENT = {
  retryMode: 'adaptive',
  maxAttempts: 10,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 300_000, throwOnRequestTimeout: true },
  customUserAgent: 'cdk-ecr-keeper',
} as const;

export function awsSurroundings(): Surroundings {
  let cloudFormation: CloudFormationClient | undefined;
  return {
    ecr: new ECRClient(CLIENT),
    cloudFormation: () => cloudFormation ??= new CloudFormationClient(CLIENT),
    clock: { now: () => Date.now(), sleep: milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)) },
    log: line => { console.log(line); },
  };
}
