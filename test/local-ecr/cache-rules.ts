/** Pull-through cache rules. Behavior and sources: README.md, "Pull-through caches". */
import { AwsError, invalidParameter } from './aws-error';
import { oneOf, optionalText, requiredText } from './constraints';
import { ROLE_ARN } from './creation-templates';
import type { Input } from './local-service';
import type { Readings } from './readings';

export interface CacheRule {
  readonly prefix: string;
  readonly upstreamRegistry: string;
  /** Host of the upstream registry. */
  readonly upstreamUrl: string;
  readonly upstreamPrefix: string;
  readonly credentialArn?: string;
  readonly customRoleArn?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

interface UpstreamKind {
  readonly name: string;
  readonly url: RegExp;
  readonly isAuthenticated: boolean;
}

const ROOT = 'ROOT';
const PREFIX = '((?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*/?|ROOT)';
const SECRET_ARN = {
  min: 50, max: 612, pattern: 'arn:aws(-\\w+)*:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr\\-pullthroughcache\\/[a-zA-Z0-9\\/_+=.@-]+',
};
/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html, and API, CreatePullThroughCacheRule */
const UPSTREAMS: readonly UpstreamKind[] = [
  { name: 'ecr', url: /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/, isAuthenticated: false },
  { name: 'ecr-public', url: /^public\.ecr\.aws$/, isAuthenticated: false },
  { name: 'quay', url: /^quay\.io$/, isAuthenticated: false },
  { name: 'k8s', url: /^registry\.k8s\.io$/, isAuthenticated: false },
  { name: 'docker-hub', url: /^registry-1\.docker\.io$/, isAuthenticated: true },
  { name: 'github-container-registry', url: /^ghcr\.io$/, isAuthenticated: true },
  { name: 'gitlab-container-registry', url: /^registry\.gitlab\.com$/, isAuthenticated: true },
  { name: 'azure-container-registry', url: /^[a-z0-9]+\.azurecr\.io$/i, isAuthenticated: true },
  { name: 'chainguard', url: /^cgr\.dev$/, isAuthenticated: true },
];

/** The registry of a rule. */
interface Here {
  readonly account: string;
  readonly region: string;
}

/** "There is always an assumed / applied to the end of the prefix." */
export function cachePrefixOf(value: unknown, at = 'ecrRepositoryPrefix'): string {
  return requiredText(at, value, { min: 2, max: 30, pattern: PREFIX }).replace(/\/$/, '');
}

export function readCacheRule(input: Input, registry: Here, readings: Readings, now: number): CacheRule {
  const prefix = cachePrefixOf(input.ecrRepositoryPrefix);
  const upstreamUrl = requiredText('upstreamRegistryUrl', input.upstreamRegistryUrl);
  const kind = UPSTREAMS.find(({ url }) => url.test(upstreamUrl));
  if (!kind) {
    throw unsupported(`The upstream registry URL ${upstreamUrl} is invalid. Specify a valid upstream registry URL and try again`);
  }
  const name = oneOf('upstreamRegistry', input.upstreamRegistry, UPSTREAMS.map(upstream => upstream.name)) ?? kind.name;
  if (name !== kind.name) throw invalidParameter('upstreamRegistry', `The URL ${upstreamUrl} is of the upstream registry ${kind.name}`);
  const upstreamPrefix = upstreamPrefixOf(input.upstreamRepositoryPrefix);
  if (prefix === ROOT && upstreamPrefix !== ROOT) throw invalidParameter('upstreamRepositoryPrefix', 'Must be ROOT for the prefix ROOT');
  const rule = {
    prefix, upstreamUrl, upstreamPrefix, upstreamRegistry: name, ...credentialsOf(input), createdAt: now, updatedAt: now,
  };
  if (kind.isAuthenticated && rule.credentialArn === undefined) {
    throw unsupported('The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN');
  }
  const isForeign = kind.name === 'ecr' && !upstreamUrl.startsWith(registry.account);
  if (isForeign && rule.customRoleArn === undefined) {
    throw invalidParameter('customRoleArn', 'A registry of another account needs a role');
  }
  checkCredentials(rule, registry, readings);
  return rule;
}

/** Returns the rule with other credentials. */
export function withCredentials(rule: CacheRule, input: Input, registry: Here, readings: Readings, now: number): CacheRule {
  const credentials = credentialsOf(input);
  if (Object.keys(credentials).length === 0) {
    throw new AwsError('InvalidParameterException',
      'Invalid input: Please set either credential arn or role arn to update the credentials');
  }
  const updated = { ...rule, ...credentials, updatedAt: now };
  checkCredentials(updated, registry, readings);
  return updated;
}

/** Returns the rule for a repository: the one with the longest prefix. */
export function cacheRuleFor(cacheRules: ReadonlyMap<string, CacheRule>, repositoryName: string): CacheRule | undefined {
  const matching = [...cacheRules.values()].filter(({ prefix }) => prefix === ROOT || repositoryName.startsWith(`${prefix}/`));
  const length = ({ prefix }: CacheRule) => prefix === ROOT ? 0 : prefix.length;
  return matching.sort((one, other) => length(other) - length(one)).at(0);
}

/** Returns the name that a repository has in the upstream registry. */
export function upstreamNameOf({ prefix, upstreamPrefix }: CacheRule, repositoryName: string): string {
  const name = prefix === ROOT ? repositoryName : repositoryName.slice(prefix.length + 1);
  return upstreamPrefix === ROOT ? name : `${upstreamPrefix}/${name}`;
}

function credentialsOf({ credentialArn, customRoleArn }: Input): Pick<CacheRule, 'credentialArn' | 'customRoleArn'> {
  const secret = optionalText('credentialArn', credentialArn, SECRET_ARN);
  const role = optionalText('customRoleArn', customRoleArn, ROLE_ARN);
  return { ...secret === undefined ? {} : { credentialArn: secret }, ...role === undefined ? {} : { customRoleArn: role } };
}

/** "The account and Region that the secret is in must match" (pull-through-cache-creating-rule). */
function checkCredentials({ upstreamRegistry, credentialArn }: CacheRule, registry: Here, readings: Readings): void {
  if (credentialArn === undefined) return;
  if (!credentialArn.split(':secret:')[0].endsWith(`:secretsmanager:${registry.region}:${registry.account}`)) {
    throw invalidParameter('credentialArn', 'The secret must be in the account and the Region of the registry');
  }
  const isNeeded = UPSTREAMS.some(({ name, isAuthenticated }) => name === upstreamRegistry && isAuthenticated);
  if (!isNeeded && !readings.isOther('cache-credential-unneeded')) {
    throw invalidParameter('credentialArn', `The upstream registry ${upstreamRegistry} has no credentials`);
  }
}

function upstreamPrefixOf(value: unknown): string {
  return value === undefined ? ROOT : cachePrefixOf(value, 'upstreamRepositoryPrefix');
}

function unsupported(because: string): AwsError {
  return new AwsError('UnsupportedUpstreamRegistryException', because);
}
