import { Stack } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { COPY_FROM } from './image-permissions';
import { allowAnywhere } from './image-resource';
import { ECR_PUBLIC_REGISTRY } from '../../core/images/image-reference';
import type { ImageCopyProperties } from '../../core/wire/image-copy';
import { HandlerFunction } from '../handler/handler-function';
import { accessOf, allowThere, locationOf, locationProblems } from '../repository/repository-location';

/** What `ImageSource` says. */
export type CopySource = EcrCopySource | RegistryCopySource;

export interface EcrCopySource {
  readonly kind: 'ecr';
  readonly repository: aws_ecr.IRepositoryRef;
  readonly tagOrDigest: string;
}

export interface RegistryCopySource {
  readonly kind: 'registry';
  readonly registry: string;
  readonly repositoryName: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly credentials?: secretsmanager.ISecret;
}

/** The tag of an image that is asked for by tag, where that is known. */
export function tagOf(source: CopySource): string | undefined {
  if (source.kind === 'registry') return source.tag;
  return source.tagOrDigest.startsWith('sha256:') ? undefined : source.tagOrDigest;
}

/** A repository of another account may let this one pull by its policy, so that a role there is not needed. */
export function sourceProblems(scope: Construct, source: CopySource): string[] {
  if (source.kind === 'registry') return [];
  const access = accessOf(source.repository);
  return access ? locationProblems(scope, source.repository, access) : [];
}

/** Gives the function what it needs to read the source, and says how it does. */
export function readFrom(scope: Construct, handler: HandlerFunction, source: CopySource): {
  readonly source: ImageCopyProperties['source']; readonly tagOrDigest: string; readonly policies: iam.Policy[];
} {
  if (source.kind === 'ecr') {
    const { repository, tagOrDigest } = source;
    const access = accessOf(repository);
    const place = locationOf(scope, repository, access);
    const policies = allowThere(handler, scope, 'SourceAccessPolicy', place, { reads: [], statements: [] });
    if (!access) handler.allowOn(COPY_FROM, repository.repositoryRef.repositoryArn);
    return { source: { repositoryArn: repository.repositoryRef.repositoryArn, ...place }, tagOrDigest, policies };
  }
  const { registry, repositoryName, tag, digest, credentials } = source;
  const isPublic = registry === ECR_PUBLIC_REGISTRY && !credentials;
  if (isPublic) allowPublicToken(handler);
  if (credentials) readSecret(handler, credentials);
  return {
    source: { registry, repositoryName, secretArn: credentials?.secretArn, withPublicToken: isPublic },
    tagOrDigest: digest ?? tag!,
    policies: [],
  };
}

/** The value, and nothing else of it. An ARN without its last six characters stands for what Secrets Manager adds to a name. */
function readSecret(handler: HandlerFunction, secret: secretsmanager.ISecret): void {
  handler.allowOn(['secretsmanager:GetSecretValue'], secret.secretFullArn ?? `${secret.secretArn}-??????`);
  const { encryptionKey: key } = secret;
  if (!key) return;
  const through = `secretsmanager.${Stack.of(handler).region}.amazonaws.com`;
  handler.allowOnce(new iam.PolicyStatement({
    actions: ['kms:Decrypt'], resources: [key.keyArn], conditions: { StringEquals: { 'kms:ViaService': through } },
  }));
  key.grantDecrypt(new kms.ViaServicePrincipal(through, handler.grantee.grantPrincipal)); // its policy, where that is the app's to write
}

/** https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html */
function allowPublicToken(handler: HandlerFunction): void {
  allowAnywhere(handler, ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken']);
}
