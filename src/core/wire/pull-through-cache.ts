import { oneOf, optionalText, text, WireError } from './scalars';
import { CACHE_PREFIX, registryPrefixProblems } from '../registry-prefix';
import { UPSTREAM_REGISTRIES } from '../upstreams';

/** Contract between `src/private` and `lambda/pull-through-cache`: one rule of a registry. */
export const PULL_THROUGH_CACHE_RESOURCE_TYPE = 'Custom::EcrPullThroughCache';
export const PULL_THROUGH_CACHE_HANDLER = 'pull-through-cache';

export interface PullThroughCacheProperties {
  /** Prefix without a slash at its end, or ROOT. */
  readonly prefix: string;
  readonly upstreamRegistry: string;
  readonly upstreamUrl: string;
  /** Prefix in an upstream registry of Amazon ECR. */
  readonly upstreamPrefix?: string;
  /** ARN of the secret with the credentials for the upstream registry. */
  readonly credentialArn?: string;
  /** ARN of the role with which Amazon ECR reads a registry of another account. */
  readonly roleArn?: string;
}

/** Encodes the properties for the template. Values can be CDK tokens and are not changed. */
export function encodePullThroughCache(properties: PullThroughCacheProperties): Record<string, unknown> {
  return {
    Prefix: properties.prefix,
    UpstreamRegistry: properties.upstreamRegistry,
    UpstreamUrl: properties.upstreamUrl,
    UpstreamPrefix: properties.upstreamPrefix,
    CredentialArn: properties.credentialArn,
    RoleArn: properties.roleArn,
  };
}

/** @throws WireError naming the property that does not decode */
export function decodePullThroughCache(raw: Readonly<Record<string, unknown>>): PullThroughCacheProperties {
  const prefix = text(raw, 'Prefix');
  if (registryPrefixProblems(prefix, CACHE_PREFIX).length > 0) {
    throw new WireError('Prefix', 'the beginning of repository names of 2 to 30 characters, or ROOT', prefix);
  }
  return {
    prefix,
    upstreamRegistry: oneOf(raw, 'UpstreamRegistry', UPSTREAM_REGISTRIES),
    upstreamUrl: text(raw, 'UpstreamUrl'),
    upstreamPrefix: optionalText(raw, 'UpstreamPrefix'),
    credentialArn: optionalText(raw, 'CredentialArn'),
    roleArn: optionalText(raw, 'RoleArn'),
  };
}
