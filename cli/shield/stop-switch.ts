import type { StateBucket } from './state-bucket';
import { isJsonObject, parseJson } from '../../src/core/json';
import { STOP_KEY } from '../../src/core/shield/keys';

/** Why a shield is stopped. A member is missing if the object does not have it. */
export interface Stop {
  readonly at?: string;
  readonly by?: string;
  readonly reason?: string;
}

/** Returns undefined if the shield is not stopped. Any object stops it, whatever its text. */
export async function readStop(bucket: StateBucket): Promise<Stop | undefined> {
  const text = await bucket.read(STOP_KEY);
  if (text === undefined) return undefined;
  const stop = parseJson(text);
  if (!isJsonObject(stop)) return {};
  const textOf = (key: keyof Stop) => typeof stop[key] === 'string' ? stop[key] : undefined;
  return { at: textOf('at'), by: textOf('by'), reason: textOf('reason') };
}

/** Continues a sentence: ` since 2026-06-01T00:00:00.000Z by <arn> (reason)`. */
export function describeStop({ at, by, reason }: Stop): string {
  const known = [
    ...at === undefined ? [] : [` since ${at}`], ...by === undefined ? [] : [` by ${by}`], ...reason === undefined ? [] : [` (${reason})`],
  ];
  return known.length > 0 ? known.join('') : `. Object '${STOP_KEY}' does not say since when, by whom, and why`;
}
