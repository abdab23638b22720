import { hash } from 'node:crypto';
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr-public';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { CopyClients } from './clients';
import { EcrSource } from './ecr-source';
import type { Credentials } from './registry-authorization';
import { RegistrySource } from './registry-source';
import type { ImageSource } from './source';
import { ECR_PUBLIC_REGISTRY } from '../../src/core/images/image-reference';
import { PUBLIC_PARTITION } from '../../src/core/public-repository/region';
import { credentialPair, ImageCopyProperties, PAIR_HASH_LENGTH, RegistrySourceProperties } from '../../src/core/wire/image-copy';
import { connectTo } from '../shared/aws/ecr-clients';
import { sendCommand } from '../shared/aws/send-command';
import { UserError, isNamed } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';

/** Returns the source that the properties name, with the credentials to read it. */
export async function openSource(job: Job<ImageCopyProperties>, clients: CopyClients): Promise<ImageSource> {
  const { source } = job.properties;
  if ('repositoryArn' in source) return new EcrSource(await connectTo(job, clients, source, job.request.StackId), source.repositoryArn);
  const { registry, repositoryName, secretArn, withPublicToken } = source;
  refuseUndeclaredCredentials(source, clients.credentialPairs);
  return new RegistrySource(job, {
    registry,
    repositoryName,
    credentials: secretArn ? await readCredentials(job, clients, secretArn) : undefined,
    authorization: withPublicToken && hasEcrPublic(job) ? await readPublicToken(job, clients) : undefined,
  });
}

/** A principal that can call the function must not be able to choose the registry that receives credentials. */
function refuseUndeclaredCredentials({ registry, secretArn, withPublicToken }: RegistrySourceProperties, credentialPairs: string): void {
  const pair = credentialPair(secretArn ?? '', registry);
  const declared = credentialPairs.split(' ');
  const isDeclared = declared.includes(pair) || declared.includes(hash('sha256', pair, 'base64url').slice(0, PAIR_HASH_LENGTH));
  if ((!secretArn || isDeclared) && (!withPublicToken || registry === ECR_PUBLIC_REGISTRY)) return;
  throw new UserError(`No credentials are sent to ${registry}, because the template declares no such copy.`
    + ' Deploy the copy with its stack.');
}

/** In another partition, the account has no token, and the image is pulled without one, which has a lower quota. */
function hasEcrPublic({ request: { StackId } }: Job<unknown>): boolean {
  return StackId.split(':')[1] === PUBLIC_PARTITION;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html#public-registry-auth-token */
async function readPublicToken(job: Job<unknown>, clients: CopyClients): Promise<string> {
  job.progress('requesting a token of ECR Public');
  const answer = await sendCommand(job, clients.ecrPublic(), GetAuthorizationTokenCommand, {});
  return `Bearer ${answer?.authorizationData?.authorizationToken ?? ''}`;
}

/** Never includes the value of the secret in a message. */
async function readCredentials(job: Job<unknown>, clients: CopyClients, secretArn: string): Promise<Credentials> {
  job.progress('reading the credentials of the registry');
  try {
    const input = { SecretId: secretArn };
    const answer = await sendCommand(job, clients.secrets(), GetSecretValueCommand, input);
    const credentials = parseCredentials(answer?.SecretString);
    if (credentials) return credentials;
  } catch (error) {
    if (!isNamed(error, 'ResourceNotFoundException', 'InvalidRequestException', 'DecryptionFailure')) throw error;
    throw new UserError(`The secret ${secretArn} with the registry's credentials cannot be read.`
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
