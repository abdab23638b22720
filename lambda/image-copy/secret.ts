import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Credentials } from './registry-authorization';
import { sendCommand } from '../shared/aws/send-command';
import { UserError, isNamed } from '../shared/protocol/errors';
import type { Task } from '../shared/protocol/job';

/**
 * Returns the user name and the password of a secret. Never includes the value of the secret in a message.
 *
 * @param whose whose credentials they are, for messages
 */
export async function readSecret(task: Task, client: SecretsManagerClient, secretArn: string, whose: string): Promise<Credentials> {
  task.progress(`reading the credentials of the ${whose}`);
  try {
    const answer = await sendCommand(task, client, GetSecretValueCommand, { SecretId: secretArn });
    const credentials = parseCredentials(answer?.SecretString);
    if (credentials) return credentials;
  } catch (error) {
    if (!isNamed(error, 'ResourceNotFoundException', 'InvalidRequestException', 'DecryptionFailure')) throw error;
    throw new UserError(`The secret ${secretArn} with the ${whose}'s credentials cannot be read.`
      + ` Check that it exists and is not being deleted. AWS returned: ${(error as Error).message}`);
  }
  throw new UserError(`The secret ${secretArn} must be a JSON object with 'username' and either 'password' or 'accessToken',`
    + ' as for pull through cache rules. Correct the secret, and deploy again.');
}

function parseCredentials(text: string | undefined): Credentials | undefined {
  try {
    const { username, password, accessToken } = JSON.parse(text ?? '') as Record<string, unknown>;
    const secret = password ?? accessToken;
    return typeof username === 'string' && typeof secret === 'string' ? { username, password: secret } : undefined;
  } catch {
    return undefined;
  }
}
