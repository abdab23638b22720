/** Files of a report. `-` is standard output. */
export interface ReportOutputs {
  readonly html?: string;
  readonly csv?: string;
  readonly json?: string;
}

export interface RoleOfReport {
  readonly arn: string;
  readonly externalId?: string;
}

/** What one run of `report` has to read and to write. */
export interface ReportOrder {
  /** Undefined for the Region of the environment. Empty for a report of ECR Public only. */
  readonly regions?: readonly string[];
  readonly isPublic: boolean;
  /** Also in AWS_PROFILE. */
  readonly profile?: string;
  readonly role?: RoleOfReport;
  readonly searchesUse: boolean;
  readonly notPulledForDays: number;
  readonly outputs: ReportOutputs;
  /** Folder for a file with each recommended policy. */
  readonly policies?: string;
  readonly isResumed: boolean;
}

export const DEFAULT_NOT_PULLED_DAYS = 90;
export const DEFAULT_HTML = 'report.html';
