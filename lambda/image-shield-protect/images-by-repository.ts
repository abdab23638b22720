import type { Findings } from './finding-list';
import { entriesOf } from './state-changes';
import { MAX_METRIC_REPOSITORIES, PartitionResult } from '../../src/core/shield/findings';
import { isSelected } from '../../src/core/shield/selection';
import type { ShieldSettings } from '../../src/core/shield/settings';
import type { PartitionState } from '../../src/core/shield/state';

/**
 * Counts the images of each selected repository. A repository whose images stopped is counted with 0 as long as the state has an entry of
 * it, so that its metrics do not end with the number of images that ran.
 *
 * Beyond the bound, the last names are left out, so that every run leaves out the same repositories.
 */
export function imagesByRepository(
  { selection }: Pick<ShieldSettings, 'selection'>, { unprotectedIn }: Pick<Findings, 'unprotectedIn'>, state: PartitionState,
): Required<Pick<PartitionResult, 'repositories' | 'moreRepositories'>> {
  const keptIn = new Map<string, number>();
  for (const { repositoryName, image: { phase } } of entriesOf(state)) {
    keptIn.set(repositoryName, (keptIn.get(repositoryName) ?? 0) + (phase === 'kept' ? 1 : 0));
  }
  const names = [...new Set([...keptIn.keys(), ...unprotectedIn.keys()])].filter(name => isSelected(selection, name)).sort();
  const repositories = names.slice(0, MAX_METRIC_REPOSITORIES).map(repositoryName =>
    ({ repositoryName, protected: keptIn.get(repositoryName) ?? 0, unprotected: unprotectedIn.get(repositoryName) ?? 0 }));
  return { repositories, moreRepositories: names.length - repositories.length };
}
