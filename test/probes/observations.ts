import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What AWS answered, without accounts and ARNs. */
export const OBSERVATIONS = join(__dirname, '..', '..', 'docs', 'aws-observations.json');

export interface Observation {
  readonly id: string;
  readonly answer: string;
  /** Day of the last run in which AWS answered so. */
  readonly on: string;
}

export function readObservations(file = OBSERVATIONS): Observation[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Observation[] : [];
}

/** Writes the answers of a run. The answers of probes that were not asked stay. */
export function writeObservations(observations: readonly Observation[], file = OBSERVATIONS): void {
  const all = new Map([...readObservations(file), ...observations].map(each => [each.id, each]));
  const text = `${JSON.stringify([...all.values()].sort((one, other) => one.id < other.id ? -1 : 1), undefined, 2)}\n`;
  if (/\b\d{12}\b|\barn:/.test(text)) throw new Error('An answer contains an account or an ARN. Change the probe, so that it does not.');
  writeFileSync(file, text);
}
