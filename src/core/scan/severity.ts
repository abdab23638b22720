/**
 * Severities in descending order. Basic scanning uses UNDEFINED for UNTRIAGED of enhanced scanning.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFinding.html
 * https://docs.aws.amazon.com/inspector/latest/user/findings-understanding-severity.html
 */
export const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', 'UNTRIAGED'] as const;

export type Severity = typeof SEVERITIES[number];

/** An unknown severity counts as untriaged, because scanners may introduce new ones. */
export function severityOf(text: string | undefined): Severity {
  return SEVERITIES.find(severity => severity === text) ?? 'UNTRIAGED';
}
