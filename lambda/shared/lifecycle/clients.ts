import { awsEcrClients, EcrClients } from '../aws/ecr-clients';
import { awsInUseClients, InUseClients } from '../in-use/clients';

/** Clients of ECR in other accounts and Regions, and of the services in which a guard searches for images in use. */
export interface LifecycleClients extends InUseClients, EcrClients {}

export function awsLifecycleClients(): LifecycleClients {
  return { ...awsInUseClients(), ...awsEcrClients() };
}
