import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CLIENT } from '../shared/aws';
import { awsPlaceClients, PlaceClients } from '../shared/place';

export interface CheckClients extends PlaceClients {
  events(): EventBridgeClient;
}

export function awsCheckClients(): CheckClients {
  return { ...awsPlaceClients(), events: () => new EventBridgeClient(CLIENT) };
}
