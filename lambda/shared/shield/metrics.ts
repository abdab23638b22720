import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../../src/core/shield/findings';

type MetricName = typeof METRICS[keyof typeof METRICS];

/**
 * Returns a log line from which CloudWatch creates metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function shieldMetrics(now: number, shield: string, values: Readonly<Partial<Record<MetricName, number>>>): string {
  const Metrics = Object.keys(values).map(Name => ({ Name, Unit: Name === METRICS.hoursSinceSuccess ? 'None' : 'Count' }));
  const CloudWatchMetrics = [{ Namespace: METRIC_NAMESPACE, Dimensions: [[METRIC_DIMENSION]], Metrics }];
  return JSON.stringify({ _aws: { Timestamp: now, CloudWatchMetrics }, [METRIC_DIMENSION]: shield, ...values });
}
