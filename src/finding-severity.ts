import * as events from 'aws-cdk-lib/aws-events';

/**
 * Severities of findings, from the highest to the lowest.
 *
 * @see https://docs.aws.amazon.com/inspector/latest/user/findings-understanding-severity.html
 * @stability stable
 */
export enum FindingSeverity {
  /** Severity CRITICAL. */
  CRITICAL = 'CRITICAL',

  /** Severity HIGH. */
  HIGH = 'HIGH',

  /** Severity MEDIUM. */
  MEDIUM = 'MEDIUM',

  /** Severity LOW. */
  LOW = 'LOW',

  /** Severity INFORMATIONAL. */
  INFORMATIONAL = 'INFORMATIONAL',

  /** No severity: UNDEFINED in basic scans, and UNTRIAGED in Amazon Inspector. */
  UNTRIAGED = 'UNTRIAGED',
}

/**
 * Options of the method `onFinding` of repositories.
 *
 * @stability stable
 */
export interface OnFindingOptions extends events.OnEventOptions {
  /**
   * Lowest severity for which the rule matches. `UNTRIAGED` selects all findings.
   *
   * @default FindingSeverity.HIGH
   */
  readonly minimumSeverity?: FindingSeverity;

  /**
   * Tags of the images. An image matches if it has one of them. `*` matches any characters. A tag can have at most four of them, and all
   * tags together six, not counting tags with a single one at their beginning or end.
   *
   * @default - images with any tags, and images without a tag
   */
  readonly imageTags?: string[];
}
