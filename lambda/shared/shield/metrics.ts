import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../../src/core/shield/findings';
import { metricLine } from '../aws/metric-line';

type MetricName = typeof METRICS[keyof typeof METRICS];

/** Returns a log line from which CloudWatch creates metrics of the shield. */
export function shieldMetrics(now: number, shield: string, values: Readonly<Partial<Record<MetricName, number>>>): string {
  return metricLine(now, METRIC_NAMESPACE, { [METRIC_DIMENSION]: shield }, Object.entries(values).map(([name, value]) =>
    ({ name, value, unit: name === METRICS.hoursSinceSuccess ? 'None' : 'Count' })));
}
