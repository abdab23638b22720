import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { STSClient } from '@aws-sdk/client-sts';
import { CLIENT } from '../aws/clients';
import type { ClientLocation } from '../aws/ecr-clients';

/** Clients of the services that `ImageUse` searches. Tests pass clients of the real SDK that point at local fakes. */
export interface InUseClients {
  ecs(location: ClientLocation): ECSClient;
  lambda(location: ClientLocation): LambdaClient;
  sts(): STSClient;
}

/** Those of the services alone; whoever creates clients of ECR too has one of STS. */
export function awsServiceClients(): Omit<InUseClients, 'sts'> {
  return {
    ecs: location => new ECSClient({ ...CLIENT, ...location }),
    lambda: location => new LambdaClient({ ...CLIENT, ...location }),
  };
}

export function awsInUseClients(): InUseClients {
  return { ...awsServiceClients(), sts: () => new STSClient(CLIENT) };
}
