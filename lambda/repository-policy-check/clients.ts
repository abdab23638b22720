import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CLIENT } from '../shared/aws/clients';
import { awsEcrClients, EcrClients } from '../shared/aws/ecr-clients';

export interface CheckClients extends EcrClients {
  events(): EventBridgeClient;
}

export function awsCheckClients(): CheckClients {
  return { ...awsEcrClients(), events: () => new EventBridgeClient(CLIENT) };
}
