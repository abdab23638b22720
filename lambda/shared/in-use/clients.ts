import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { CLIENT } from '../aws/clients';
import type { ClientLocation } from '../aws/ecr-clients';

/** Clients of the services that `ImageUse` searches. Tests pass clients of the real SDK that point at local fakes. */
export interface InUseClients {
  ecs(location: ClientLocation): ECSClient;
  lambda(location: ClientLocation): LambdaClient;
  /** Client for buckets in any Region. */
  s3(): S3Client;
  sts(): STSClient;
}

export function awsInUseClients(): InUseClients {
  return {
    ecs: location => new ECSClient({ ...CLIENT, ...location }),
    lambda: location => new LambdaClient({ ...CLIENT, ...location }),
    s3: () => new S3Client({ ...CLIENT, followRegionRedirects: true }),
    sts: () => new STSClient(CLIENT),
  };
}
