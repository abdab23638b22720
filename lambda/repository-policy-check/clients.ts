import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CLIENT } from '../shared/aws/clients';
import { awsPlaceClients, PlaceClients } from '../shared/aws/location';

export interface CheckClients extends PlaceClients {
  events(): EventBridgeClient;
}

export function awsCheckClients(): CheckClients {
  return { ...awsPlaceClients(), events: () => new EventBridgeClient(CLIENT) };
}
