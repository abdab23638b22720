import { Content, indexOver } from './content';
import { OCI } from './media-types';
import { json, refusal, Reply } from './reply';

/** Returns a page with a relative URL of the next page in a Link header, as in the specification. */
export function tagsReply(content: Content, { pathname, searchParams }: URL, pageSize: number): Reply {
  const asked = Number(searchParams.get('n') ?? pageSize);
  if (!Number.isInteger(asked) || asked < 0) return refusal(400, 'PAGINATION_NUMBER_INVALID', 'n is no number');
  const size = Math.min(asked, pageSize);
  const last = searchParams.get('last') ?? '';
  const tags = [...content.tags.keys()].sort().filter(tag => tag > last);
  const page = tags.slice(0, size);
  const next = page.length > 0 && page.length < tags.length ? link(pathname, { n: String(size), last: page.at(-1)! }) : {};
  return json(200, { name: content.name, tags: page }, next);
}

/** Lists the referrers of a subject, which does not have to exist. */
export function referrersReply(content: Content | undefined, digest: string, { pathname, searchParams }: URL, paging: {
  readonly pageSize: number; readonly filters: boolean;
}): Reply {
  const artifactType = searchParams.get('artifactType');
  const isFiltered = artifactType !== null && paging.filters;
  const all = (content?.referrersOf(digest) ?? []).filter(referrer => !isFiltered || referrer.artifactType === artifactType);
  const from = Number(searchParams.get('from') ?? 0);
  const until = from + paging.pageSize;
  return json(200, indexOver(all.slice(from, until)), {
    'content-type': OCI.index,
    ...isFiltered ? { 'oci-filters-applied': 'artifactType' } : {},
    ...until < all.length ? link(pathname, { ...artifactType === null ? {} : { artifactType }, from: String(until) }) : {},
  });
}

function link(pathname: string, query: Record<string, string>): Record<string, string> {
  return { link: `<${pathname}?${new URLSearchParams(query).toString()}>; rel="next"` };
}
