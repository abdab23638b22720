import { MAX_METRIC_REPOSITORIES, metricRepository, METRICS, PartitionResult } from '../../src/core/shield/findings';
import { registryOf } from '../../src/core/shield/keys';
import { shieldMetrics } from '../shared/shield/metrics';

/**
 * Returns the log lines with the metrics of each repository, and a line that says how many repositories have none. Each line has one
 * repository, because all metrics of a line have the same dimensions.
 *
 * The repositories of the shield's own registry come first. Beyond the bound, every run leaves out the same ones.
 *
 * @param ownRegistry `<registry>/<region>` of the shield
 */
export function repositoryMetricLines(now: number, shield: string, ownRegistry: string, results: readonly PartitionResult[]): string[] {
  const repositories = results.flatMap(({ partition, repositories: ofPartition = [] }) => {
    const registry = registryOf(partition);
    const isReplica = registry !== ownRegistry;
    return ofPartition.map(images =>
      ({ ...images, isReplica, dimension: metricRepository(images.repositoryName, isReplica ? registry : undefined) }));
  }).sort((one, other) => Number(one.isReplica) - Number(other.isReplica) || (one.dimension < other.dimension ? -1 : 1));
  const sent = repositories.slice(0, MAX_METRIC_REPOSITORIES);
  const more = repositories.length - sent.length + results.reduce((sum, { moreRepositories = 0 }) => sum + moreRepositories, 0);
  return [
    ...sent.map(images => shieldMetrics(now, shield, {
      [METRICS.protectedImages]: images.protected, [METRICS.unprotectedImages]: images.unprotected,
    }, images.dimension)),
    ...more === 0 ? [] : [`${more} more repositories have no metrics, because a shield sends those of at most ${MAX_METRIC_REPOSITORIES}.`
      + ' The totals count their images'],
  ];
}
