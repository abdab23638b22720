import { InvalidArgumentError } from 'commander';

const ISO = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Parses a time. Without a time zone, it is in UTC, so that the same command prints the same on every machine. */
export function parseIsoTime(text: string): number {
  const [, date, time, , , zone] = ISO.exec(text) ?? [];
  const moment = Date.parse(time !== undefined && zone === undefined ? `${text}Z` : text);
  // Date.parse turns February 30 into March 2.
  const isOnCalendar = date !== undefined && !Number.isNaN(Date.parse(date)) && new Date(date).toISOString().startsWith(date);
  if (Number.isNaN(moment) || !isOnCalendar) throw new InvalidArgumentError('It must be an ISO 8601 time such as 2026-01-31T12:00:00Z.');
  return moment;
}
