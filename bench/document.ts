import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECTIONS, Section } from './arguments';
import { INSTALL, versionsOfTools } from './copy/tools';
import { root } from './project';

export const PAGE = join(root, 'docs', 'reference', 'benchmarks.md');

/** The part of the page that a run writes. */
export interface Run {
  /** Machine and versions, on one line. */
  readonly machine: string;
  /** Output of each section. */
  readonly sections: ReadonlyMap<Section, string>;
}

/**
 * Returns the page with the output of a run between its markers.
 *
 * @throws if a section was not run and the page is from another machine, or if a marker is missing
 */
export function withRun(page: string, { machine, sections }: Run): string {
  const missing = SECTIONS.filter(section => !sections.has(section));
  if (missing.length > 0 && between(page, 'machine') !== machine) {
    throw new Error('The page is from another machine or other versions. Run all sections. Missing:'
      + ` ${missing.join(', ')}`);
  }
  let result = replaceBetween(page, 'machine', machine);
  for (const [section, text] of sections) result = replaceBetween(result, section, text);
  return result;
}

/** @throws before the measurements if the run cannot be written to the page */
export function requireDocumentable(sections: readonly Section[], machine: string): void {
  withRun(readFileSync(PAGE, 'utf8'), { machine, sections: new Map(sections.map(section => [section, ''])) });
  if (sections.includes('copy') && !versionsOfTools()) {
    throw new Error('copy requires skopeo and docker-registry. Install them with:'
    + ` ${INSTALL}`);
  }
}

export function writePage(run: Run): void {
  writeFileSync(PAGE, withRun(readFileSync(PAGE, 'utf8'), run));
}

function markersOf(name: string): [string, string] {
  return [`<!-- bench: ${name} -->\n`, `<!-- end of bench: ${name} -->`];
}

function place(page: string, name: string): [number, number] {
  const [begin, end] = markersOf(name);
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page has no markers for '${name}': ${begin.trim()} and ${end}`);
  return [from + begin.length, to];
}

function between(page: string, name: string): string {
  return page.slice(...place(page, name)).trim();
}

function replaceBetween(page: string, name: string, text: string): string {
  const [from, to] = place(page, name);
  return `${page.slice(0, from)}\n${text.trim()}\n\n${page.slice(to)}`;
}
