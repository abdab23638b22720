import { isDigest, isTag } from './digest';

/** Image in a registry, as `docker pull` takes it. */
export interface ImageReference {
  /** Host, with its port if it has one. */
  readonly registry: string;
  readonly repositoryName: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::\d{1,5})?$/;

/** Name of Docker Hub for users, and its old host name. https://docs.docker.com/reference/cli/docker/image/tag/ */
const DOCKER_HUB = 'docker.io';
const OLD_DOCKER_HUB = 'index.docker.io';

export const ECR_PUBLIC_REGISTRY = 'public.ecr.aws';

/**
 * 169.254.0.0/16, fe80::/10, addresses of this computer, IPv4 within IPv6, and the instance metadata service.
 * https://www.rfc-editor.org/rfc/rfc6890
 */
const LINKED_V6 = '::1?|::ffff:(?:0:0|7f..:.+|a9fe:.+)|fe[89ab].:.+|fd00:ec2:.+';
const LINKED = new RegExp(`^(?:(?:.+\\.)?localhost\\.?|0\\.0\\.0\\.0|169\\.254\\.\\d+\\.\\d+|\\[(?:${LINKED_V6})\\])$`);

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html#registry_concepts */
const SUFFIXES = [
  'amazonaws.com', 'amazonaws.com.cn', 'amazonaws.eu', 'on.aws', 'on.amazonwebservices.com.cn',
  'c2s.ic.gov', 'sc2s.sgov.gov', 'csp.hci.ic.gov', 'cloud.adc-e.uk', // of partitions that are not connected to the internet
].map(suffix => suffix.replaceAll('.', '\\.'));

export const ECR_PRIVATE_REGISTRY = new RegExp(`^\\d{12}\\.dkr[.-]ecr(?:-fips)?\\.[a-z0-9-]+\\.(?:${SUFFIXES.join('|')})$`);

/**
 * Parses `[registry/]name[:tag][@digest]`. As in Docker, a first part without a dot, a port, or `localhost` is part of a name on Docker
 * Hub.
 *
 * @returns undefined if the text is not a reference
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const [, rest, tag, digest] = /^([^@]+?)(?::([^/:@]+))?(?:@(.+))?$/.exec(text) ?? [];
  if (rest === undefined || (tag !== undefined && !isTag(tag)) || (digest !== undefined && !isDigest(digest))) return undefined;
  const slash = rest.indexOf('/');
  const first = slash < 0 ? '' : rest.slice(0, slash);
  const isRegistry = /[.:]/.test(first) || first === 'localhost';
  const registry = isRegistry && first !== OLD_DOCKER_HUB ? first : DOCKER_HUB;
  const name = isRegistry ? rest.slice(slash + 1) : rest;
  const repositoryName = registry === DOCKER_HUB && !name.includes('/') ? `library/${name}` : name;
  if (!REGISTRY.test(registry) || !NAME.test(repositoryName)) return undefined;
  return { registry, repositoryName, ...tag === undefined ? {} : { tag }, ...digest === undefined ? {} : { digest } };
}

/** Whether the host is this computer, with or without a port. */
export function isOwnHost(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(host);
}

/**
 * Whether the host is an address of this computer or of its network link, in the form of `URL.hostname`. Functions and containers get their
 * credentials from such addresses. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint.html
 */
export function isLinkedHost(hostname: string): boolean {
  return isOwnHost(hostname) || LINKED.test(hostname);
}

/** Returns the URL of a registry. As in Docker, a registry on this computer is called without TLS. */
export function registryUrl(registry: string): string {
  return `${isOwnHost(registry) ? 'http' : 'https'}://${registry === DOCKER_HUB ? 'registry-1.docker.io' : registry}`;
}
