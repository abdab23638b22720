import { awsLocationClients, LocationClients } from '../shared/aws/location';
import { awsInUseClients, InUseClients } from '../shared/in-use/clients';

/** What the handler reaches beyond the policy itself: another Region or account, and what runs, for its guard. */
export interface LifecycleClients extends InUseClients, LocationClients {}

export function awsLifecycleClients(): LifecycleClients {
  return { ...awsInUseClients(), ...awsLocationClients() };
}
