import { hash } from 'node:crypto';
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr-public';
import type { CopyClients } from './clients';
import { EcrSource } from './ecr-source';
import { RegistrySource } from './registry-source';
import { readSecret } from './secret';
import type { ImageSource } from './source';
import { ECR_PUBLIC_REGISTRY } from '../../src/core/images/image-reference';
import { PUBLIC_PARTITION } from '../../src/core/public-repository/region';
import { credentialPair, ImageCopyProperties, PAIR_HASH_LENGTH, RegistrySourceProperties } from '../../src/core/wire/image-copy';
import { connectTo } from '../shared/aws/ecr-clients';
import { sendCommand } from '../shared/aws/send-command';
import { UserError } from '../shared/protocol/errors';
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
    credentials: secretArn ? await readSecret(job, clients.secrets(), secretArn, 'registry') : undefined,
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
