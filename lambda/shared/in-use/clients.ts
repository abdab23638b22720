import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { STSClient } from '@aws-sdk/client-sts';
import { CLIENT } from '../aws/clients';
import type { Place } from '../aws/location';

/** What a guard asks about running images. Tests hand in clients of the real SDK that point at local fakes. */
export interface InUseClients {
  ecs(place: Place): ECSClient;
  lambda(place: Place): LambdaClient;
  sts(): STSClient;
}

export function awsInUseClients(): InUseClients {
  return {
    ecs: place => new ECSClient({ ...CLIENT, ...place }),
    lambda: place => new LambdaClient({ ...CLIENT, ...place }),
    sts: () => new STSClient(CLIENT),
  };
}
