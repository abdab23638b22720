import { InvalidArgumentError } from 'commander';

const ISO = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** UTC where no zone is named, so that the same command says the same on every machine. */
export function parseIsoTime(text: string): number {
  const [, date, time, , , zone] = ISO.exec(text) ?? [];
  const moment = Date.parse(time !== undefined && zone === undefined ? `${text}Z` : text);
  // 30 February would silently become 2 March
  const isOnCalendar = date !== undefined && !Number.isNaN(Date.parse(date)) && new Date(date).toISOString().startsWith(date);
  if (Number.isNaN(moment) || !isOnCalendar) throw new InvalidArgumentError('It must be an ISO 8601 time such as 2026-01-31T12:00:00Z.');
  return moment;
}
