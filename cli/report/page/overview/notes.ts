import { isGeneralNote } from '../../general-notes';
import type { RegistryReport } from '../../registry-report';

export interface SortedNotes {
  /** About this run, without what the list of concerns says. */
  readonly run: readonly string[];
  readonly general: readonly string[];
}

export function sortNotes({ notes, registries }: RegistryReport): SortedNotes {
  const problems = registries.flatMap(registry => [...registry.problems, ...registry.inUse?.problems ?? []]);
  const isConcern = (note: string) => problems.some(problem => note.slice(1).startsWith(problem.slice(1)));
  return { run: notes.filter(note => !isGeneralNote(note) && !isConcern(note)), general: notes.filter(isGeneralNote) };
}
