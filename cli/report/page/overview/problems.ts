import type { RegistryReport } from '../../registry-report';

/** Returns what could not be read of whole registries. The notes of the report begin with the same texts. */
export function problemsOf({ registries }: Pick<RegistryReport, 'registries'>): string[] {
  return registries.flatMap(({ problems, inUse }) => [...problems, ...inUse?.problems ?? []]);
}
