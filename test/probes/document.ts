import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Observation, readObservations } from './observations';
import type { Probe } from './probe';
import { PROBES } from './probes';

const FOLDER = join(__dirname, '..', '..', 'docs', 'internals');
export const PAGE = join(FOLDER, 'assumptions.md');
/** Page with the table of what was tested on what. */
export const TESTED = join(FOLDER, 'testing.md');

const [BEGIN, END] = ['<!-- probes -->\n', '<!-- end of probes -->'];

/** Returns the page with the table of all probes between its markers. */
export function withProbes(page: string, probes: readonly Probe[], observations: readonly Observation[]): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`The page has no markers: ${BEGIN.trim()} and ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n${tableOf(probes, observations)}\n\n${page.slice(to)}`;
}

function tableOf(probes: readonly Probe[], observations: readonly Observation[]): string {
  const seen = new Map(observations.map(observation => [observation.id, observation]));
  const rows = probes.map(({ id, fact, assumed, other, rests, otherwise, obstacle }) => {
    const { answer, on } = seen.get(id) ?? {};
    const unasked = obstacle === undefined ? 'never asked' : `not asked: it ${obstacle}`;
    const onAws = answer === undefined ? unasked : `${answer}, ${on}`;
    return `| \`${id}\` | ${fact} | ${assumed} | ${onAws} | ${rests.map(link).join(', ')} | ${other}: ${link(otherwise)} |`;
  });
  const closed = probes.filter(({ obstacle }) => obstacle !== undefined).length;
  return [
    `${probes.length} assumptions have a probe. ${closed} of them cannot be asked on AWS. ${observations.length} were asked on AWS.`,
    '',
    '| Probe | Fact | Assumed | On AWS | Code that rests on it | In the other reading |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** Returns a link from the page to a file of the project. */
function link(file: string): string {
  return `[${file.split('/').pop()}](${file.startsWith('docs/') ? file.replace('docs', '..') : `../../${file}`})`;
}

const AWS_ROW = /^\| \*\*AWS itself\*\* \|.*$/m;

/** Returns the page with the row about AWS in the table of what was tested on what. */
export function withAwsRow(page: string, probes: readonly Probe[], observations: readonly Observation[]): string {
  if (!AWS_ROW.test(page)) throw new Error('The page has no row about AWS itself');
  const open = probes.filter(({ obstacle }) => obstacle === undefined).length;
  const last = observations.map(({ on }) => on).sort().pop();
  const what = last === undefined ? `**never**; none of the ${open} [probes](assumptions.md) that can be asked there was asked`
    : `${observations.length} of ${open} [probes](assumptions.md), the last on ${last}`;
  return page.replace(AWS_ROW, `| **AWS itself** | ${what} |`);
}

/** Writes the pages from the probes and the observations. */
export function writeProbes(): void {
  const observations = readObservations();
  writeFileSync(PAGE, withProbes(readFileSync(PAGE, 'utf8'), PROBES, observations));
  writeFileSync(TESTED, withAwsRow(readFileSync(TESTED, 'utf8'), PROBES, observations));
}
