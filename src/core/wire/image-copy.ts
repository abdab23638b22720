import { decodeTags } from './image-tag-list';
import { decodeLocation, decodeRepositoryArn, encodeLocation, RepositoryLocation } from './location';
import { flag, optionalText, text, texts, WireError } from './scalars';

/** Contract between `src/private` and `lambda/image-copy`: source, destination, and tags of a copy. */
export const IMAGE_COPY_RESOURCE_TYPE = 'Custom::EcrImageCopy';
export const IMAGE_COPY_HANDLER = 'image-copy';

/** Source in a private ECR repository, which is read with the ECR API. */
export interface EcrSourceProperties extends RepositoryLocation {
  readonly repositoryArn: string;
}

/** Source in any registry, which is read according to the OCI distribution specification. */
export interface RegistrySourceProperties {
  readonly registry: string;
  readonly repositoryName: string;
  /** ARN of the secret in Secrets Manager. */
  readonly secretArn?: string;
  /** Whether to get a token from ECR Public, which allows more pulls to authenticated clients. */
  readonly withPublicToken: boolean;
}

export interface ImageCopyProperties extends RepositoryLocation {
  readonly repositoryArn: string;
  readonly source: EcrSourceProperties | RegistrySourceProperties;
  readonly tagOrDigest: string;
  readonly tags: readonly string[];
  readonly platforms?: readonly string[];
  readonly referrers: boolean;
  readonly removeTags: boolean;
  /** Value whose change looks up the tag of the source again. */
  readonly trigger?: string;
}

/** Attributes for `Fn::GetAtt`. */
export const IMAGE_COPY_ATTRIBUTES = { digestHex: 'ImageDigestHex', bytesSent: 'BytesSent', bytesSkipped: 'BytesSkipped' } as const;

/** Variable of the function's environment: the pairs of secret and registry that it accepts, separated by spaces. */
export const CREDENTIAL_PAIRS = 'CREDENTIAL_PAIRS';

/**
 * Variables of the function's environment that describe its forward proxy: its URL, the ARN of the secret with its user name and password,
 * and the hosts and domains that are reached directly, separated by spaces. They do not have the usual names, because the Lambda runtime
 * must not use the proxy for its own requests.
 */
export const FORWARD_PROXY = { url: 'FORWARD_PROXY_URL', secret: 'FORWARD_PROXY_SECRET', exceptions: 'FORWARD_PROXY_EXCEPTIONS' } as const;

/** Returns a pair of a secret and the registry to which its value may be sent. Neither an ARN nor a host contains the separator. */
export function credentialPair(secretArn: string, registry: string): string {
  return `${secretArn}|${registry}`;
}

/** Number of base64 digits of the SHA-256 of a pair: 96 bits, so that nobody can find a different host with the same digits. */
export const PAIR_HASH_LENGTH = 16;

export function encodeImageCopy(properties: ImageCopyProperties): Record<string, unknown> {
  const { source } = properties;
  return {
    RepositoryArn: properties.repositoryArn,
    Source: 'repositoryArn' in source ? { RepositoryArn: source.repositoryArn, ...encodeLocation(source) } : {
      Registry: source.registry,
      RepositoryName: source.repositoryName,
      SecretArn: source.secretArn,
      WithPublicToken: source.withPublicToken,
    },
    TagOrDigest: properties.tagOrDigest,
    Tags: properties.tags.length === 0 ? undefined : properties.tags,
    Platforms: properties.platforms,
    Referrers: properties.referrers,
    RemoveTags: properties.removeTags,
    Trigger: properties.trigger,
    ...encodeLocation(properties),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeImageCopy(raw: Readonly<Record<string, unknown>>): ImageCopyProperties {
  return {
    repositoryArn: decodeRepositoryArn(raw),
    source: decodeSource(raw.Source),
    tagOrDigest: text(raw, 'TagOrDigest'),
    tags: decodeTags(raw, 'Tags'),
    platforms: texts(raw, 'Platforms'),
    referrers: flag(raw, 'Referrers'),
    removeTags: flag(raw, 'RemoveTags'),
    trigger: optionalText(raw, 'Trigger'),
    ...decodeLocation(raw),
  };
}

function decodeSource(value: unknown): EcrSourceProperties | RegistrySourceProperties {
  if (typeof value !== 'object' || value === null) throw new WireError('Source', 'an object', value);
  const raw = value as Readonly<Record<string, unknown>>;
  if (raw.RepositoryArn !== undefined) return { repositoryArn: decodeRepositoryArn(raw), ...decodeLocation(raw) };
  return {
    registry: text(raw, 'Registry'),
    repositoryName: text(raw, 'RepositoryName'),
    secretArn: optionalText(raw, 'SecretArn'),
    withPublicToken: flag(raw, 'WithPublicToken'),
  };
}
