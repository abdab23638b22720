import type { RepositoryRecord } from './repository-record';

/** A whole report: the input of the page, of the JSON output, and of the summary in the terminal. */
export interface RegistryReport {
  readonly account: string;
  /** When the report began, in milliseconds since the epoch. */
  readonly at: number;
  /** Days after which an image counts as not pulled. */
  readonly notPulledForDays: number;
  /** In the order of the command. */
  readonly registries: readonly RegistryFigures[];
  /** In the order of the registries, then by name. */
  readonly repositories: readonly RepositoryRecord[];
  /** What concerns the whole report, as sentences. */
  readonly notes: readonly string[];
}

export interface RegistryFigures {
  /** Region, or `public` for ECR Public. */
  readonly registry: string;
  readonly problems: readonly string[];
  /** Undefined if nobody asked for what runs. */
  readonly inUse?: { readonly searched: readonly string[]; readonly problems: readonly string[] };
  /** Number of deployed things, with its quota. */
  readonly quotas: readonly Quota[];
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
export interface Quota {
  readonly name: string;
  readonly used: number;
  /** Default of ECR. The quota of the account may be higher if `isAdjustable` is set. */
  readonly limit: number;
  readonly isAdjustable: boolean;
  /** Repository that uses most, for a quota of each repository. */
  readonly repository?: string;
}
