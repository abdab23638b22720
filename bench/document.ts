import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECTIONS, Section } from './arguments';
import { INSTALL, versionsOfTools } from './copy/tools';
import { root } from './project';

export const PAGE = join(root, 'docs', 'reference', 'benchmarks.md');

/** What a run writes into the page. */
export interface Run {
  /** Machine and versions, in one line. */
  readonly machine: string;
  /** What each section printed. */
  readonly sections: ReadonlyMap<Section, string>;
}

/**
 * The page with what a run printed between its markers.
 *
 * @throws if a section was not run while the page is of another machine, or if a marker is missing
 */
export function withRun(page: string, { machine, sections }: Run): string {
  const missing = SECTIONS.filter(section => !sections.has(section));
  if (missing.length > 0 && between(page, 'machine') !== machine) {
    throw new Error('The page is of another machine or other versions, so all sections must be run:'
      + ` ${missing.join(', ')} would be left as they are`);
  }
  let result = replaceBetween(page, 'machine', machine);
  for (const [section, text] of sections) result = replaceBetween(result, section, text);
  return result;
}

/** @throws before anything is measured where the run could not be written */
export function requireDocumentable(sections: readonly Section[], machine: string): void {
  withRun(readFileSync(PAGE, 'utf8'), { machine, sections: new Map(sections.map(section => [section, ''])) });
  if (sections.includes('copy') && !versionsOfTools()) throw new Error(`copy takes skopeo and docker-registry: ${INSTALL}`);
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
  if (from < 0 || to < from) throw new Error(`The page has no place for '${name}' between ${begin.trim()} and ${end}`);
  return [from + begin.length, to];
}

function between(page: string, name: string): string {
  return page.slice(...place(page, name)).trim();
}

function replaceBetween(page: string, name: string, text: string): string {
  const [from, to] = place(page, name);
  return `${page.slice(0, from)}\n${text.trim()}\n\n${page.slice(to)}`;
}
