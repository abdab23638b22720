import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CLIENT } from '../shared/aws/clients';
import { awsLocationClients, LocationClients } from '../shared/aws/location';

export interface CheckClients extends LocationClients {
  events(): EventBridgeClient;
}

export function awsCheckClients(): CheckClients {
  return { ...awsLocationClients(), events: () => new EventBridgeClient(CLIENT) };
}
