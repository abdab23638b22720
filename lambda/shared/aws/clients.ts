import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { ECRClient } from '@aws-sdk/client-ecr';
import type { Agents, Clock, Surroundings } from '../protocol/job';

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

/** The real time. */
export const CLOCK: Clock = { now: () => Date.now(), sleep: milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)) };

/** Returns the configuration of clients whose connections are opened by the agents. A proxy may take longer to open one. */
export function clientConfiguration(agents?: Agents) {
  if (!agents) return CLIENT;
  const requestHandler = {
    ...CLIENT.requestHandler, connectionTimeout: 15_000, httpAgent: agents['http:'], httpsAgent: agents['https:'],
  };
  return { ...CLIENT, requestHandler };
}

export function awsSurroundings(agents?: Agents): Surroundings {
  const configuration = clientConfiguration(agents);
  let cloudFormation: CloudFormationClient | undefined;
  return {
    ecr: new ECRClient(configuration),
    agents,
    cloudFormation: () => cloudFormation ??= new CloudFormationClient(configuration),
    clock: CLOCK,
    log: line => { console.log(line); },
  };
}
