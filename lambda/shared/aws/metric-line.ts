/** A value that CloudWatch records. */
export interface MetricValue {
  readonly name: string;
  readonly value: number;
  /** @default 'Count' */
  readonly unit?: 'Count' | 'None';
}

/**
 * Returns a log line from which CloudWatch creates metrics. The line must have no prefix.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricLine(
  now: number, Namespace: string, dimensions: Readonly<Record<string, string>>, values: readonly MetricValue[],
): string {
  const Metrics = values.map(({ name, unit = 'Count' }) => ({ Name: name, Unit: unit }));
  const CloudWatchMetrics = [{ Namespace, Dimensions: [Object.keys(dimensions)], Metrics }];
  const valuesByName = Object.fromEntries(values.map(({ name, value }) => [name, value]));
  return JSON.stringify({ _aws: { Timestamp: now, CloudWatchMetrics }, ...dimensions, ...valuesByName });
}
