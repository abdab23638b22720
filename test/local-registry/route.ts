/** The parts of a path. */
export interface Route {
  /** Of the repository. */
  readonly name?: string;
  readonly part?: string;
  /** A tag or a digest. */
  readonly reference: string;
}

export function routeOf(pathname: string): Route {
  const [, stored, digest] = /^\/storage\/(.+)\/([^/]+)$/.exec(pathname) ?? [];
  if (stored !== undefined) return { name: stored, part: 'storage', reference: digest };
  const [, name, part, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs|referrers|tags(?=\/list$))\/([^/]+)$/.exec(pathname) ?? [];
  return { name, part, reference };
}
