import { awsEcrClients, EcrClients } from '../shared/aws/ecr-clients';
import { awsInUseClients, InUseClients } from '../shared/in-use/clients';

/** Clients of ECR in other accounts and Regions, and of the services in which a guard looks for images in use. */
export interface LifecycleClients extends InUseClients, EcrClients {}

export function awsLifecycleClients(): LifecycleClients {
  return { ...awsInUseClients(), ...awsEcrClients() };
}
