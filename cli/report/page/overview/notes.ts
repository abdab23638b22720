import type { RegistryReport } from '../../registry-report';

/** How the notes begin that explain figures of every such report. Other notes are about this run. */
const GENERAL = [
  'ECR Public records no pull times', 'ECR returned no scan findings', 'A scanner or a copy', 'An image index in use',
  'A repository counts as kept', 'The timelines show', 'The timelines of this page show',
];

export interface SortedNotes {
  /** About this run, without what the list of concerns says. */
  readonly run: readonly string[];
  readonly general: readonly string[];
}

export function sortNotes({ notes, registries }: RegistryReport): SortedNotes {
  const problems = registries.flatMap(registry => [...registry.problems, ...registry.inUse?.problems ?? []]);
  const isGeneral = (note: string) => GENERAL.some(beginning => note.startsWith(beginning));
  const isConcern = (note: string) => problems.some(problem => note.slice(1).startsWith(problem.slice(1)));
  return { run: notes.filter(note => !isGeneral(note) && !isConcern(note)), general: notes.filter(isGeneral) };
}
