import { ECRClient } from '@aws-sdk/client-ecr';
import { S3Client } from '@aws-sdk/client-s3';
import { CLIENT } from '../aws';
import { awsInUseClients, InUseClients, Place } from '../in-use/clients';

/** What a teardown reaches beyond its own Region and account. */
export interface TeardownClients extends InUseClients {
  ecr(place: Place): ECRClient;
  s3(): S3Client;
}

export function awsTeardownClients(): TeardownClients {
  return {
    ...awsInUseClients(),
    ecr: place => new ECRClient({ ...CLIENT, ...place }),
    s3: () => new S3Client({ ...CLIENT, followRegionRedirects: true }),
  };
}
