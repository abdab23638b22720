import type { RepositoryRecord } from '../repository-record';

const PREFIX = '#repository/';

/** Returns the fragment of the URL that opens a repository. */
export function addressOf({ registry, name }: Pick<RepositoryRecord, 'registry' | 'name'>): string {
  return PREFIX + [registry, ...name.split('/')].map(encodeURIComponent).join('/');
}

/** Returns the repository that a fragment of a URL names. Undefined if it names none. */
export function parseAddress(hash: string): Pick<RepositoryRecord, 'registry' | 'name'> | undefined {
  if (!hash.startsWith(PREFIX)) return undefined;
  try {
    const [registry, ...name] = hash.slice(PREFIX.length).split('/').map(decodeURIComponent);
    return { registry, name: name.join('/') };
  } catch {
    return undefined; // an incomplete escape sequence
  }
}
