import { S3Client } from '@aws-sdk/client-s3';
import { CLIENT } from '../aws/clients';
import { awsPlaceClients, PlaceClients } from '../aws/location';
import { awsInUseClients, InUseClients } from '../in-use/clients';

/** What a teardown reaches beyond its own Region and account. */
export interface TeardownClients extends InUseClients, PlaceClients {
  s3(): S3Client;
}

export function awsTeardownClients(): TeardownClients {
  return { ...awsInUseClients(), ...awsPlaceClients(), s3: () => new S3Client({ ...CLIENT, followRegionRedirects: true }) };
}
