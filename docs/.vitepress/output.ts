import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @throws if a link within the site leads to no page, file, or anchor. VitePress itself does not check anchors */
export function checkOutput(folder: string, base: string): void {
  const pages = readdirSync(folder, { recursive: true }).map(String).filter(file => file.endsWith('.html'));
  const html = new Map(pages.map(page => [page, readFileSync(join(folder, page), 'utf8')]));
  const anchors = new Map([...html].map(([page, text]) => [page, new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id))]));
  const problems = new Set<string>();
  for (const [page, text] of html) {
    for (const [, address] of text.matchAll(/\s(?:href|src)="([^"]+)"/g)) {
      const { origin, pathname, hash } = new URL(address.replaceAll('&amp;', '&'), `https://site${base}${page}`);
      if (origin !== 'https://site') continue;
      const path = decodeURIComponent(pathname.slice(base.length));
      const target = [path, `${path}.html`, join(path, 'index.html')].find(file => existsSync(join(folder, file)) && /\.\w+$/.test(file));
      const isPage = pathname.startsWith(base) && target !== undefined;
      if (!isPage) problems.add(`${page}: ${address} leads to no page`);
      const isHeading = hash === '' || !isPage || anchors.get(target)?.has(decodeURIComponent(hash.slice(1)));
      if (!isHeading) problems.add(`${page}: ${address} leads to no heading`);
    }
  }
  if (problems.size > 0) throw new Error(`Broken links:\n${[...problems].sort().join('\n')}`);
}
