import { isDigest, isTag } from './digest';

/** An image in some registry, as `docker pull` is told of it. */
export interface ImageReference {
  /** Host, with its port where it has one. */
  readonly registry: string;
  readonly repositoryName: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::\d{1,5})?$/;

/** Docker Hub's name for users, and the host that answers for it. https://docs.docker.com/reference/cli/docker/image/tag/ */
const DOCKER_HUB = 'docker.io';
const OLD_DOCKER_HUB = 'index.docker.io';

export const ECR_PUBLIC_REGISTRY = 'public.ecr.aws';

/**
 * 169.254.0.0/16, fe80::/10, the addresses that stand for this computer, IPv4 within IPv6, and the metadata of instances.
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
 * Takes `[registry/]name[:tag][@digest]` apart. A first part without a dot, a port or `localhost` is a part of a name on Docker Hub, as
 * Docker has it.
 *
 * @returns undefined when it is no reference
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

/** Of this computer, with a port or without. */
export function isOwnHost(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(host);
}

/**
 * Whether it is an address of this computer or of its network link, as `URL.hostname` has it. Functions and containers find their own
 * credentials there. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint.html
 */
export function isLinkedHost(hostname: string): boolean {
  return isOwnHost(hostname) || LINKED.test(hostname);
}

/** Where a registry answers. This computer's own is spoken to without TLS, as Docker does. */
export function registryUrl(registry: string): string {
  return `${isOwnHost(registry) ? 'http' : 'https'}://${registry === DOCKER_HUB ? 'registry-1.docker.io' : registry}`;
}
