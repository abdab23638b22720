import { S3Client } from '@aws-sdk/client-s3';
import { CLIENT } from '../aws/clients';
import { awsLocationClients, LocationClients } from '../aws/location';
import { awsInUseClients, InUseClients } from '../in-use/clients';

/** What a teardown reaches beyond its own Region and account. */
export interface TeardownClients extends InUseClients, LocationClients {
  s3(): S3Client;
}

export function awsTeardownClients(): TeardownClients {
  return { ...awsInUseClients(), ...awsLocationClients(), s3: () => new S3Client({ ...CLIENT, followRegionRedirects: true }) };
}
