import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { CLIENT } from '../shared/aws/clients';
import type { ClientLocation } from '../shared/aws/ecr-clients';

export interface OrganizationClients {
  organizations(location: ClientLocation): OrganizationsClient;
  sts(): STSClient;
}

export interface ReportClients extends OrganizationClients {
  s3(): S3Client;
  events(): EventBridgeClient;
}

export function awsReportClients(): ReportClients {
  return {
    organizations: location => new OrganizationsClient({ ...CLIENT, ...location }),
    sts: () => new STSClient(CLIENT),
    s3: () => new S3Client(CLIENT),
    events: () => new EventBridgeClient(CLIENT),
  };
}
