import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = resolve(__dirname, '../..');

/** Block of TypeScript in a page. */
export interface Snippet {
  readonly page: string;
  /** Number of the page's line with the first line of the block, from 1. */
  readonly line: number;
  /** Words of the fence after the language, such as `nofixture`. */
  readonly words: readonly string[];
  readonly lines: readonly string[];
}

/**
 * Returns the blocks of TypeScript in a page.
 *
 * @throws if a block of the page has no end
 */
export function snippetsOf(page: string): Snippet[] {
  const snippets = new Array<Snippet>();
  const lines = readFileSync(join(PROJECT, page), 'utf8').split('\n');
  for (let index = 0; index < lines.length; index++) {
    const [, indentation, fence, words] = /^( *)(`{3,})(\S.*)?$/.exec(lines[index]) ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, other) => other > index && line.trim() === fence);
    if (end < 0) throw new Error(`${page}:${index + 1}: this block has no end`);
    const [language, ...others] = (words ?? '').split(/\s+/);
    if (language === 'ts' || language === 'typescript') {
      const block = lines.slice(index + 1, end).map(line => line.slice(indentation.length));
      snippets.push({ page, line: index + 2, words: others, lines: block });
    }
    index = end;
  }
  return snippets;
}
