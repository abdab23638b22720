import { ECR_PUBLIC_REGISTRY } from './images/image-reference';

/** A registry that Amazon ECR can cache. */
export interface Upstream {
  /** Name of the registry in the API. */
  readonly registry: string;
  /** Host. Some registries have one for each customer. */
  readonly url?: string;
  /** Whether the name of an image always has a namespace, such as `library/nginx`. */
  readonly hasNamespaces: boolean;
}

/**
 * The upstream registries of Amazon ECR. Which require a secret: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 * Names: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PullThroughCacheRule.html
 * Hosts: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html, and for Chainguard
 * https://github.com/chainguard-demo/platform-examples/pull/322
 */
export const UPSTREAMS = {
  ecr: { registry: 'ecr', hasNamespaces: false },
  ecrPublic: { registry: 'ecr-public', url: ECR_PUBLIC_REGISTRY, hasNamespaces: true },
  quay: { registry: 'quay', url: 'quay.io', hasNamespaces: true },
  kubernetes: { registry: 'k8s', url: 'registry.k8s.io', hasNamespaces: false },
  dockerHub: { registry: 'docker-hub', url: 'registry-1.docker.io', hasNamespaces: true },
  gitHub: { registry: 'github-container-registry', url: 'ghcr.io', hasNamespaces: true },
  gitLab: { registry: 'gitlab-container-registry', url: 'registry.gitlab.com', hasNamespaces: true },
  azure: { registry: 'azure-container-registry', hasNamespaces: false },
  chainguard: { registry: 'chainguard', url: 'cgr.dev', hasNamespaces: true },
} as const satisfies Record<string, Upstream>;

export const UPSTREAM_REGISTRIES: readonly string[] = Object.values(UPSTREAMS).map(({ registry }) => registry);

/** Hosts with which users name images that they pull. */
const HOSTS: readonly string[] = [
  'docker.io', 'index.docker.io', ...Object.values<Upstream>(UPSTREAMS).flatMap(({ url }) => url ?? []),
];

/** Whether the host is that of an upstream registry, or an alias of it. */
export function isUpstreamHost(host: string): boolean {
  return HOSTS.includes(host) || AZURE_HOST.test(host);
}

/** https://learn.microsoft.com/en-us/azure/container-registry/container-registry-concepts */
export const AZURE_HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.azurecr\.io$/;

/** The beginning that the name of a secret must have. https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html */
export const SECRET_PREFIX = 'ecr-pullthroughcache/';

/** The characters that can follow. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html */
const SECRET_NAME = /^ecr-pullthroughcache\/[a-zA-Z0-9/_+=.@-]+$/;

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}
