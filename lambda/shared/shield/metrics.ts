import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, REPOSITORY_DIMENSION } from '../../../src/core/shield/findings';
import { metricLine } from '../aws/metric-line';

type MetricName = typeof METRICS[keyof typeof METRICS];

/**
 * Returns a log line from which CloudWatch creates metrics of the shield.
 *
 * @param repository Value of the dimension of a repository. @default - totals for the shield
 */
export function shieldMetrics(
  now: number, shield: string, values: Readonly<Partial<Record<MetricName, number>>>, repository?: string,
): string {
  const dimensions = { [METRIC_DIMENSION]: shield, ...repository === undefined ? {} : { [REPOSITORY_DIMENSION]: repository } };
  return metricLine(now, METRIC_NAMESPACE, dimensions, Object.entries(values).map(([name, value]) =>
    ({ name, value, unit: name === METRICS.hoursSinceSuccess ? 'None' : 'Count' })));
}
