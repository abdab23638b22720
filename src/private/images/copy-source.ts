import { createHash } from 'crypto';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { COPY_FROM } from './image-permissions';
import { ECR_PUBLIC_REGISTRY } from '../../core/images/image-reference';
import { PUBLIC_PARTITION } from '../../core/public-repository/region';
import { CREDENTIAL_PAIRS, credentialPair, ImageCopyProperties, PAIR_HASH_LENGTH } from '../../core/wire/image-copy';
import { HandlerFunction } from '../handler/handler-function';
import { knownPartition, throughService, viaService } from '../handler/partition';
import { accessOf, allowOnRepository, locateRepository, locationProblems } from '../repository/repository-location';

/** `ImageSource`, without the public class. */
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

/** The tag of the source; undefined if it is referenced by digest. */
export function tagOf(source: CopySource): string | undefined {
  if (source.kind === 'registry') return source.tag;
  return source.tagOrDigest.startsWith('sha256:') ? undefined : source.tagOrDigest;
}

/** Returns the problems of the source. A repository in another account does not need a role there if its policy allows the pull. */
export function sourceProblems(scope: Construct, source: CopySource): string[] {
  if (source.kind === 'registry') return [];
  const access = accessOf(source.repository);
  return access ? locationProblems(scope, source.repository, access) : [];
}

/** Allows the function to read the source, and returns the properties for it. */
export function readFrom(scope: Construct, handler: HandlerFunction, source: CopySource): {
  readonly source: ImageCopyProperties['source']; readonly tagOrDigest: string; readonly policies: iam.Policy[];
} {
  if (source.kind === 'ecr') {
    const { repository, tagOrDigest } = source;
    const access = accessOf(repository);
    const location = locateRepository(scope, repository, access);
    const policies = allowOnRepository(handler, scope, 'SourceAccessPolicy', location, { reads: [], statements: [] });
    if (!access) handler.allowOn(COPY_FROM, repository.repositoryRef.repositoryArn);
    return { source: { repositoryArn: repository.repositoryRef.repositoryArn, ...location }, tagOrDigest, policies };
  }
  const { registry, repositoryName, tag, digest, credentials } = source;
  const isPublic = registry === ECR_PUBLIC_REGISTRY && !credentials
    && (knownPartition(handler) ?? PUBLIC_PARTITION) === PUBLIC_PARTITION; // in another partition, the image is pulled without a token
  if (isPublic) allowPublicToken(handler);
  if (credentials) {
    readSecret(handler, credentials);
    handler.addToEnvironment(CREDENTIAL_PAIRS, declaredPair(handler, credentials, registry));
  }
  return {
    source: { registry, repositoryName, secretArn: credentials?.secretArn, withPublicToken: isPublic },
    tagOrDigest: digest ?? tag!,
    policies: [],
  };
}

/** Returns the pair, hashed if the ARN is known, because environment variables have little space. */
function declaredPair(scope: Construct, { secretArn }: secretsmanager.ISecret, registry: string): string {
  const arn: unknown = Stack.of(scope).resolve(secretArn);
  const pair = credentialPair(secretArn, registry);
  return typeof arn !== 'string' ? pair
    : createHash('sha256').update(credentialPair(arn, registry)).digest('base64url').slice(0, PAIR_HASH_LENGTH);
}

/** Allows reading the value of the secret only. Secrets Manager appends six characters to the name, which the ARN may not contain. */
export function readSecret(handler: HandlerFunction, secret: secretsmanager.ISecret): void {
  handler.allowOn(['secretsmanager:GetSecretValue'], secret.secretFullArn ?? `${secret.secretArn}-??????`);
  const { encryptionKey: key } = secret;
  if (!key) return;
  const { region } = Stack.of(handler);
  handler.allowOnce(new iam.PolicyStatement({
    actions: ['kms:Decrypt'], resources: [key.keyArn], conditions: throughService(handler, 'secretsmanager', region),
  }));
  for (const service of viaService(handler, 'secretsmanager', region)) { // in the key policy, if the app declares the key
    key.grantDecrypt(new kms.ViaServicePrincipal(service, handler.grantee.grantPrincipal));
  }
}

/** https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html */
function allowPublicToken(handler: HandlerFunction): void {
  handler.allowOnAnyResource(['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken']);
}
