import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SMALLEST_PART } from './layer-parts';
import { proxyAgents, ProxyAuthorization } from './proxy';
import { basicHeader } from './registry-authorization';
import { readSecret } from './secret';
import { PUBLIC_REGION } from '../../src/core/public-repository/region';
import { CREDENTIAL_PAIRS, FORWARD_PROXY } from '../../src/core/wire/image-copy';
import { awsSurroundings, CLIENT, clientConfiguration, CLOCK } from '../shared/aws/clients';
import { awsEcrClients, EcrClients } from '../shared/aws/ecr-clients';
import { PATIENCE } from '../shared/aws/send-command';
import type { Agents, Clock, Surroundings } from '../shared/protocol/job';

type Environment = Readonly<Record<string, string | undefined>>;

/** Clients for repositories in other Regions and accounts, for secrets, and for ECR Public. */
export interface CopyClients extends EcrClients {
  /** The pairs of secret and registry that the template declares. */
  readonly credentialPairs: string;
  /** Size of the smallest part of a layer that ECR accepts, in bytes. Tests that send thousands of layers use a smaller one. */
  readonly smallestPart: number;
  secrets(): SecretsManagerClient;
  ecrPublic(): ECRPUBLICClient;
}

/** Returns the surroundings and the clients of the function, which use the proxy of its environment. */
export function awsCopySurroundings(environment: Environment = process.env): readonly [Surroundings, CopyClients] {
  const { [FORWARD_PROXY.secret]: proxySecret } = environment;
  const direct = () => new SecretsManagerClient(CLIENT);
  const agents = agentsOf(environment, proxySecret === undefined ? undefined : proxyAuthorization(direct, CLOCK, proxySecret));
  const configuration = clientConfiguration(agents);
  return [awsSurroundings(agents), {
    ...awsEcrClients(agents),
    // the proxy must not be needed to read its own password
    secrets: () => proxySecret === undefined ? new SecretsManagerClient(configuration) : direct(),
    ecrPublic: () => new ECRPUBLICClient({ ...configuration, region: PUBLIC_REGION }),
    credentialPairs: environment[CREDENTIAL_PAIRS] ?? '',
    smallestPart: SMALLEST_PART,
  }];
}

/** Returns the agents for the proxy of the environment, if it has one. */
export function agentsOf(environment: Environment, authorization?: ProxyAuthorization): Agents | undefined {
  const { [FORWARD_PROXY.url]: url, [FORWARD_PROXY.exceptions]: exceptions } = environment;
  return url === undefined ? undefined : proxyAgents({ url, exceptions: exceptions?.split(' ') ?? [], authorization });
}

/** Reads the user name and the password of a proxy when they are needed first. No request is aborted because of that. */
export function proxyAuthorization(client: () => SecretsManagerClient, clock: Clock, secretArn: string): ProxyAuthorization {
  const task = {
    clock, patience: PATIENCE, signal: new AbortController().signal, deadline: 0, log: () => undefined, progress: () => undefined,
  };
  const read = async () => basicHeader(await readSecret({ ...task, deadline: clock.now() + PATIENCE }, client(), secretArn, 'proxy'));
  return { read };
}
