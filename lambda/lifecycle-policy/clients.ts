import { awsEcrClients, EcrClients } from '../shared/aws/ecr-clients';
import { awsInUseClients, InUseClients } from '../shared/in-use/clients';

/** Clients beyond those of the stack's own ECR: another Region or account, and the services that a guard searches. */
export interface LifecycleClients extends InUseClients, EcrClients {}

export function awsLifecycleClients(): LifecycleClients {
  return { ...awsInUseClients(), ...awsEcrClients() };
}
