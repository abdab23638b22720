import { access, constants } from 'node:fs/promises';
import { differences, ProgressHeader } from './header';
import { existsMessage, missingMessage, ProgressFile, progressFileOf } from './progress-file';
import { DAY } from '../../../src/core/lifecycle/simulate';
import { Failure } from '../../failure';
import { Journal } from '../journal';
import type { Resumption } from '../notes';
import type { ReportOrder } from '../order';
import { CsvFile } from '../output/csv-file';
import { CSV_HEADING } from '../output/csv-rows';
import type { Owners } from '../reading/owners';
import type { ListedRepository } from '../reading/registry';
import { Records } from '../records';

/** Recommended policies keep images in use for 30 days from the beginning of the report, and for a day more. */
const MAX_AGE = DAY;

/** A report before its first repository is read, or after an earlier run has read some. */
export interface Beginning {
  readonly header: ProgressHeader;
  readonly records: Records;
  readonly journal: Journal;
  readonly progress?: ProgressFile;
  /** ARNs of the repositories that need not be read again. */
  readonly restored: ReadonlySet<string>;
  readonly resumption?: Resumption;
}

/**
 * Checks before the first call whether there is a report to resume, or none.
 *
 * @throws Failure if the progress file says the opposite of the option
 */
export async function checkProgress({ outputs, isResumed }: ReportOrder): Promise<void> {
  const file = progressFileOf(outputs);
  if (file === undefined) return;
  const exists = await access(file, constants.F_OK).then(() => true, () => false);
  if (exists && !isResumed) throw new Failure([existsMessage(file)]);
  if (!exists && isResumed) throw new Failure([missingMessage(file)]);
}

/** What a run knows before its first repository. */
export interface Search {
  readonly owners: Owners;
  /** Whether a part of the search for images in use failed. */
  readonly isUseIncomplete: boolean;
}

export async function begin(
  order: ReportOrder, current: ProgressHeader, repositories: readonly ListedRepository[], search: Search,
): Promise<Beginning> {
  const { outputs: { html, csv }, isResumed } = order;
  const records = new Records(html !== undefined);
  const file = progressFileOf(order.outputs);
  if (isResumed && file !== undefined) return resume(file, { ...search, current, records, csv, repositories });
  // Before the CSV file, which may be that of another run.
  const progress = file === undefined ? undefined : await ProgressFile.create(file, current);
  const table = csv === undefined ? undefined : await unlessFailed(CsvFile.create(csv), () => progress?.remove());
  const journal = new Journal(records, progress, table, search.isUseIncomplete);
  return { header: current, records, journal, progress, restored: new Set() };
}

interface Resuming extends Search {
  readonly current: ProgressHeader;
  readonly records: Records;
  readonly csv: string | undefined;
  readonly repositories: readonly ListedRepository[];
}

/**
 * Takes the records of repositories that are as they were. A repository with a problem is read again, and one for which images in use were
 * not searched for completely, unless they still are not.
 */
async function resume(file: string, { current, records, csv, repositories, owners, isUseIncomplete }: Resuming): Promise<Beginning> {
  const listed = new Map(repositories.map(repository => [repository.arn, repository]));
  const restored = new Map<string, readonly [number, number] | undefined>();
  const counts = { deleted: 0, recreated: 0 };
  const known = new Set<string>();
  let recorded = current;
  let csvEnd = Buffer.byteLength(CSV_HEADING);
  const progress = await ProgressFile.open(file, header => {
    const changes = differences(header, current);
    if (current.at - header.at > MAX_AGE) {
      throw new Failure([`the report in ${file} began more than 24 hours ago, so its ages are no longer true. Remove the file, and leave`
        + ' out --resume']);
    }
    if (changes.length > 0) {
      throw new Failure([`the report cannot be continued, because ${changes.join(', and ')}. Run the same command as before, or remove`
        + ` ${file} and leave out --resume`]);
    }
    recorded = header;
  }, ({ record, csv: range, isUseIncomplete: wasUseIncomplete }) => {
    if (range) csvEnd = Math.max(csvEnd, range[1]);
    known.add(record.arn);
    const repository = listed.get(record.arn);
    if (!repository) {
      counts.deleted += 1;
    } else if (repository.createdAt !== record.createdAt) {
      counts.recreated += 1;
    } else if (record.problems.length === 0 && !restored.has(record.arn) && (!wasUseIncomplete || isUseIncomplete)) {
      restored.set(record.arn, range);
      records.add({ ...record, owner: owners.ownerOf(repository) });
    }
  });
  const ranges = [...restored.values()].flatMap(range => range === undefined ? [] : [range]);
  const table = csv === undefined ? undefined : await unlessFailed(CsvFile.reopen(csv, csvEnd, ranges), () => progress.close());
  const journal = new Journal(records, progress, table, isUseIncomplete);
  for (const range of ranges) journal.keep(range);
  return {
    header: recorded,
    records,
    journal,
    progress,
    restored: new Set(restored.keys()),
    resumption: {
      ...counts,
      isChanged: recorded.repositories !== current.repositories,
      added: repositories.filter(({ arn, createdAt }) => createdAt > recorded.at && !known.has(arn)).length,
    },
  };
}

async function unlessFailed<T>(work: Promise<T>, undo: () => Promise<void> | undefined): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await undo();
    throw error;
  }
}
