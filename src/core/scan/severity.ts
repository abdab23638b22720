/**
 * From the worst on. Basic scanning says UNDEFINED for what enhanced scanning calls UNTRIAGED.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFinding.html
 * https://docs.aws.amazon.com/inspector/latest/user/findings-understanding-severity.html
 */
export const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', 'UNTRIAGED'] as const;

export type Severity = typeof SEVERITIES[number];

/** What is not known counts as not judged yet: scanners may come to know more words. */
export function severityOf(text: string | undefined): Severity {
  return SEVERITIES.find(severity => severity === text) ?? 'UNTRIAGED';
}
