import { GENERAL_NOTES, TIMELINES } from './general-notes';
import type { ListedRegistry } from './reading/registries';
import type { RepositoryRecord } from './repository-record';
import { pluralize } from '../../src/core/format';
import { formatMinute } from '../page/words';

/** What a resumed report found. */
export interface Resumption {
  /** Whether the list of repositories is not the one of the interrupted run. */
  readonly isChanged: boolean;
  readonly deleted: number;
  readonly recreated: number;
  readonly added: number;
}

/** What happened while a report read, apart from the records. */
export interface ReadingOutcome {
  readonly registries: readonly ListedRegistry[];
  readonly records: readonly RepositoryRecord[];
  /** Names of repositories that were deleted before they were read. */
  readonly deletedMeanwhile: readonly string[];
  readonly ownerProblems: readonly string[];
  readonly useProblems: readonly string[];
  readonly searchesUse: boolean;
  readonly hasTimelines: boolean;
  readonly resumption?: Resumption;
}

/** The SDK corrects the clock for signatures from this difference on, so it does not say anything about a smaller one. */
const MINUTE = 60_000;
const SHOWN = 5;

/** Returns what concerns the whole report, as sentences. */
export function notesOf(outcome: ReadingOutcome): string[] {
  const { registries, records, deletedMeanwhile, ownerProblems, useProblems } = outcome;
  return [
    ...registries.flatMap(({ problem }) => problem === undefined ? [] : [`${problem[0].toUpperCase()}${problem.slice(1)}`]),
    ...useProblems.map(problem => `${problem}. An image that is not shown as in use may be in use`),
    ...ownerProblems,
    ...resumptionNotes(outcome),
    ...deletedMeanwhile.length === 0 ? [] : [`${describeNames(deletedMeanwhile)} deleted while the report was made`],
    ...clockNotes(registries),
    ...imageNotes(outcome),
    ...records.some(({ owner }) => owner.kind === 'kept') ? [GENERAL_NOTES.kept] : [],
    ...timelineNotes(outcome),
  ].map(note => note.endsWith('.') ? note : `${note}.`);
}

function resumptionNotes({ resumption, records }: ReadingOutcome): string[] {
  if (!resumption) return [];
  const { isChanged, deleted, recreated, added } = resumption;
  const oldest = records.reduce((time, { readAt }) => Math.min(time, readAt), Infinity);
  const counts = [[added, 'added'], [deleted, 'deleted'], [recreated, 'created again']] as const;
  const changes = counts.flatMap(([count, change]) => count > 0 ? [`${count} ${change}`] : []);
  const change = changes.length > 0 ? `Since then, repositories have changed: ${changes.join(', ')}`
    : isChanged ? 'Since then, the list of repositories has changed' : 'The list of repositories is the same';
  const age = oldest === Infinity ? '' : `, so its readings are not of the same time. The oldest is from ${formatMinute(oldest)}`;
  return [`The report was interrupted and continued${age}. ${change}`];
}

function clockNotes(registries: readonly ListedRegistry[]): string[] {
  const offsets = registries.map(({ registry }) => registry.clockOffset);
  const offset = offsets.reduce((most, each) => Math.abs(each) > Math.abs(most) ? each : most, 0);
  const minutes = pluralize(Math.round(Math.abs(offset) / MINUTE), 'minute');
  const direction = offset > 0 ? 'behind' : 'ahead of';
  return Math.abs(offset) < 5 * MINUTE ? []
    : [`The clock of this computer is ${minutes} ${direction} the clock of AWS. All ages in the report are wrong by that time`];
}

function imageNotes({ registries, records, searchesUse }: ReadingOutcome): string[] {
  const images = records.flatMap(({ registry, images: figures }) => figures && figures.all.count > 0 ? [{ ...figures, registry }] : []);
  const isPrivate = images.some(({ registry }) => registry !== 'public');
  return [
    ...registries.some(({ registry }) => registry.id === 'public')
      ? [GENERAL_NOTES.publicRegistry] : [],
    ...isPrivate && images.every(({ scans }) => scans.scanned === 0)
      ? [GENERAL_NOTES.noFindings] : [],
    ...images.some(({ lastPull }) => lastPull !== undefined) ? [GENERAL_NOTES.pullTimes] : [],
    ...isPrivate && !searchesUse ? ['Running images were not searched. Add --in-use'] : [],
    ...isPrivate && searchesUse ? [GENERAL_NOTES.indexInUse] : [],
  ];
}

function timelineNotes({ records, hasTimelines }: ReadingOutcome): string[] {
  if (!hasTimelines) return [];
  const sum = (valueOf: (images: NonNullable<RepositoryRecord['images']>) => number) =>
    records.reduce((total, { images }) => total + (images ? valueOf(images) : 0), 0);
  const [shown, all] = [sum(({ sample }) => sample.length), sum(({ all: { count } }) => count)];
  return shown === all ? [] : [
    `${TIMELINES} show ${shown.toLocaleString('en-US')} of ${all.toLocaleString('en-US')} images, so that the page stays fast. All other`
      + ' figures include every image',
  ];
}

function describeNames(names: readonly string[]): string {
  const list = names.slice(0, SHOWN).map(name => `'${name}'`).join(', ');
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return names.length === 1 ? `Repository ${list} was` : `Repositories ${list}${more} were`;
}
