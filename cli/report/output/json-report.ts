import { totalsOf } from '../figures/registry-totals';
import type { RegistryReport } from '../registry-report';
import type { RepositoryRecord } from '../repository-record';

/** Number of the schema: docs/reference/report-json.md */
export const SCHEMA_VERSION = 1;

/** Returns the JSON of a report in parts, one repository in each, so that the text of a large report is never in memory as a whole. */
export function* reportAsJson(report: RegistryReport): Generator<string> {
  const { at, repositories, ...rest } = report;
  const head = JSON.stringify({ schemaVersion: SCHEMA_VERSION, at: time(at), ...rest, totals: totalsOf(report) }, undefined, 2);
  yield `${head.slice(0, -2)},\n  "repositories": [`;
  let separator = '\n    ';
  for (const record of repositories) {
    yield `${separator}${JSON.stringify(recordAsJson(record))}`;
    separator = ',\n    ';
  }
  yield `${repositories.length > 0 ? '\n  ' : ''}]\n}\n`;
}

/** Returns the record without the images of its timeline, and with times as ISO 8601. */
function recordAsJson({ createdAt, readAt, images, ...rest }: RepositoryRecord): object {
  if (!images) return { ...rest, createdAt: time(createdAt), readAt: time(readAt) };
  const { sample: _, oldestPush, newestPush, lastPull, ...figures } = images;
  return {
    ...rest,
    createdAt: time(createdAt),
    readAt: time(readAt),
    images: { ...figures, oldestPush: time(oldestPush), newestPush: time(newestPush), lastPull: time(lastPull) },
  };
}

function time(moment: number | undefined): string | undefined {
  return moment === undefined ? undefined : new Date(moment).toISOString();
}
