import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CLIENT } from '../aws/clients';
import { awsEcrClients, ClientLocation, EcrClients } from '../aws/ecr-clients';
import { awsInUseClients, InUseClients } from '../in-use/clients';

/** The clients that a teardown needs beyond its own Region and account. */
export interface TeardownClients extends InUseClients, EcrClients {
  cloudFormation(location: ClientLocation): CloudFormationClient;
}

export function awsTeardownClients(): TeardownClients {
  return {
    ...awsInUseClients(),
    ...awsEcrClients(),
    cloudFormation: location => new CloudFormationClient({ ...CLIENT, ...location }),
  };
}
