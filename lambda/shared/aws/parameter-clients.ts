import { SSMClient } from '@aws-sdk/client-ssm';
import { CLIENT } from './clients';

/** Creates clients of Parameter Store in the Region of the function. Tests pass clients of the real SDK that point at a local fake. */
export interface ParameterClients {
  ssm(): SSMClient;
}

export function awsParameterClients(): ParameterClients {
  return { ssm: () => new SSMClient(CLIENT) };
}
