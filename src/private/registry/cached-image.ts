import { EcrSource, upstreamPrefix, UpstreamSource } from './upstream';
import { tagOrDigestProblems } from '../../core/images/digest';
import { namesUnder } from '../../core/registry-prefix';
import { repositoryNameProblems } from '../../core/repository-name';
import { isUpstreamHost, UPSTREAMS } from '../../core/upstreams';
import { unlessToken } from '../problems';

/** Names an image of the upstream registry, as users do. */
export interface NamedImage {
  readonly name: string;
  readonly tagOrDigest: string;
}

/**
 * Returns the name of the repository that caches an image, or the problems of the image.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-working-pulling.html
 */
export function cachedRepository(
  prefix: string, source: UpstreamSource, { name, tagOrDigest }: NamedImage,
): { readonly repositoryName: string; readonly problems: readonly string[] } {
  const [host] = name.split('/');
  if (isUpstreamHost(host)) return failed([`'name' must not begin with the registry, got: ${name}`]);
  const isOfficial = source.kind === 'dockerHub' && !name.includes('/');
  const within = isOfficial ? `library/${name}` : source.kind === 'ecr' ? nameUnder(source, name) : name;
  if (within === undefined) {
    const expected = `${upstreamPrefix(source as EcrSource)}/`;
    return failed([`'name' must begin with ${expected}, the prefix of the upstream repositories, got: ${name}`]);
  }
  const repositoryName = `${namesUnder(prefix)}${within}`;
  return {
    repositoryName,
    problems: [
      ...UPSTREAMS[source.kind].hasNamespaces && !within.includes('/')
        ? [`'name' must have the namespace of the image in the upstream registry, such as team/app, got: ${name}`] : [],
      ...repositoryNameProblems(repositoryName, 'name'),
      ...unlessToken(tagOrDigest, text => tagOrDigestProblems(text, 'tagOrDigest')),
    ],
  };
}

function failed(problems: readonly string[]) {
  return { repositoryName: '', problems };
}

/** Returns the name without the prefix of the upstream repositories, which the prefix of the cache replaces. */
function nameUnder(source: EcrSource, name: string): string | undefined {
  const beginning = namesUnder(upstreamPrefix(source) ?? 'ROOT');
  return name.startsWith(beginning) ? name.slice(beginning.length) : undefined;
}
