import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SMALLEST_PART } from './layer-parts';
import { PUBLIC_REGION } from '../../src/core/public-repository/region';
import { CREDENTIAL_PAIRS } from '../../src/core/wire/image-copy';
import { CLIENT } from '../shared/aws/clients';
import { awsEcrClients, EcrClients } from '../shared/aws/ecr-clients';

/** Clients for repositories in other Regions and accounts, for secrets, and for ECR Public. */
export interface CopyClients extends EcrClients {
  /** The pairs of secret and registry that the template declares. */
  readonly credentialPairs: string;
  /** Size of the smallest part of a layer that ECR accepts, in bytes. Tests that send thousands of layers use a smaller one. */
  readonly smallestPart: number;
  secrets(): SecretsManagerClient;
  ecrPublic(): ECRPUBLICClient;
}

export function awsCopyClients(): CopyClients {
  return {
    ...awsEcrClients(),
    secrets: () => new SecretsManagerClient(CLIENT),
    ecrPublic: () => new ECRPUBLICClient({ ...CLIENT, region: PUBLIC_REGION }),
    credentialPairs: process.env[CREDENTIAL_PAIRS] ?? '',
    smallestPart: SMALLEST_PART,
  };
}
