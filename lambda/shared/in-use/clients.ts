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

export function awsInUseClients(): InUseClients {
  return {
    ecs: location => new ECSClient({ ...CLIENT, ...location }),
    lambda: location => new LambdaClient({ ...CLIENT, ...location }),
    sts: () => new STSClient(CLIENT),
  };
}
