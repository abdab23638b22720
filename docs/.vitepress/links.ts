import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { DOCS, PROJECT, REPOSITORY } from './places';

interface Token {
  readonly type: string;
  readonly children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

/**
 * Returns the anchor that GitHub gives a heading, so that the same link works on GitHub and on the site:
 * https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/node_filter/table_of_contents_filter.rb
 */
export function githubSlug(heading: string): string {
  return heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
}

/** Replaces each link to a file outside docs/. API.md is replaced by the pages of public types, other files by their address on GitHub. */
export function replaceLinks(tokens: readonly Token[], page: string): void {
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const href = token.attrGet('href') ?? '';
      if (!/^([a-z]+:|#|\/)/.test(href)) token.attrSet('href', addressOf(href, page));
    }
    replaceLinks(token.children ?? [], page);
  }
}

function addressOf(href: string, page: string): string {
  const [path, anchor] = href.split('#');
  const target = resolve(dirname(page), decodeURI(path));
  if (!relative(DOCS, target).startsWith('..')) return href;
  if (!existsSync(target)) throw new Error(`${relative(PROJECT, page)}: the link ${href} leads to no file`);
  if (target === join(PROJECT, 'API.md')) {
    // a submodule is in lower case, as in cdk-ecr-keeper.fleet.ImageShield
    return `/reference/api/${anchor?.split('.').find(part => /^[A-Z]/.test(part)) ?? ''}`;
  }
  const kind = statSync(target).isDirectory() ? 'tree' : 'blob';
  return `${REPOSITORY}/${kind}/main/${relative(PROJECT, target)}${anchor === undefined ? '' : `#${anchor}`}`;
}
