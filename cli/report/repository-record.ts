import type { Rule } from '../../src/core/lifecycle/rule';

/** Number of images, and the sum of their known sizes in bytes. Images share layers, so the sum is not what the registry stores. */
export interface Share {
  readonly count: number;
  readonly bytes: number;
}

/** Findings by severity in the words of ECR, such as CRITICAL. */
export type FindingCounts = Readonly<Record<string, number>>;

/** What a report knows about one repository. Times are milliseconds since the epoch. */
export interface RepositoryRecord {
  /** Region, or `public` for a repository of ECR Public. */
  readonly registry: string;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  /** When its images were read. */
  readonly readAt: number;
  /** What could not be read, each with its reason. */
  readonly problems: readonly string[];
  /** Undefined if the images could not be read. */
  readonly images?: ImageFigures;
  /** Undefined if the policy could not be read, and for ECR Public, which has none. */
  readonly policy?: PolicyFigures;
  /** Undefined if the images could not be read, and for ECR Public. */
  readonly recommendation?: Recommendation;
  readonly owner: Owner;
}

/** What the tags of a repository say about its stack. */
export type Owner =
  /** A stack has the repository or has marked it, or no stack in its account and Region has it and no tag names one. */
  | { readonly kind: 'stack' | 'none' | 'unknown'; readonly stack?: string }
  /** A mark of this library or a tag of CloudFormation names a stack that no longer exists, or that no longer has the repository. */
  | { readonly kind: 'kept'; readonly stack: string };

export interface ImageFigures {
  readonly all: Share;
  readonly archived: Share;
  readonly untagged: Share;
  /**
   * Images that were neither pushed, restored, nor pulled for the days of the report, without archived images, which nobody can pull.
   * Undefined for ECR Public, which records no pulls.
   */
  readonly notPulled?: Share;
  /** Undefined if the report did not search for what runs, or if a part of the search in the Region failed. */
  readonly inUse?: number;
  readonly oldestPush?: number;
  readonly newestPush?: number;
  readonly lastPull?: number;
  /** Largest number of tags of one image. */
  readonly mostTags: number;
  /** Images that ECR says were pushed or pulled more than 5 minutes after they were read: the clock of this computer is slow. */
  readonly aheadOfClock: number;
  /** For each month in which images that are still present were pushed, in order: the month in UTC as `2026-01`. */
  readonly months: ReadonlyArray<{ readonly month: string } & Share>;
  /** Number of images with a result of a scan, and the findings of the scanned image that was pushed last. */
  readonly scans: { readonly scanned: number; readonly newest?: { readonly digest: string; readonly findings: FindingCounts } };
  /** The images of the timeline, in the order of their push. */
  readonly sample: readonly SampledImage[];
}

/** Image in the timeline of a repository. If there are too many images, the sample has every second, fourth, and so on, by push. */
export interface SampledImage {
  readonly digest: string;
  /** At most three tags. */
  readonly tags: readonly string[];
  readonly tagCount: number;
  readonly pushedAt: number;
  readonly pulledAt?: number;
  readonly bytes?: number;
  readonly isArchived?: true;
  readonly isInUse?: true;
  /** What the lifecycle policy of the repository, and the recommended one, will do to the image. Undefined if nothing. */
  readonly fate?: ImageFate;
  readonly recommendedFate?: ImageFate;
}

/** Days are days after the report: 0 is now. */
export interface ImageFate {
  /** Index of the rule that acts first. */
  readonly rule: number;
  readonly archiveDay?: number;
  readonly expiryDay?: number;
}

/** Effect of a policy, by simulation, if nothing is pushed or pulled. */
export interface PolicyEffect {
  readonly expiresNow: Share;
  readonly archivesNow: Share;
  /** Including what it removes or archives now. */
  readonly expiresWithin30Days: Share;
  readonly archivesWithin30Days: Share;
  /** First day after now on which it removes or archives an image. */
  readonly nextDay?: number;
}

export type PolicyFigures =
  | { readonly kind: 'none' }
  /** A policy of ECR that this version cannot simulate, or of a repository whose images could not be read. */
  | { readonly kind: 'unknown'; readonly text: string; readonly reason: string }
  | {
    readonly kind: 'policy';
    readonly text: string;
    readonly rules: readonly Rule[];
    readonly warnings: ReadonlyArray<{ readonly code: string; readonly message: string }>;
    readonly effect: PolicyEffect;
    /** Images in use or pulled within 30 days that it removes or archives within 30 days. */
    readonly endangered: number;
  };

export type Recommendation =
  /** The reason why there is no recommendation, as a sentence. */
  | { readonly kind: 'none'; readonly reason: string }
  | {
    readonly kind: 'policy';
    readonly rules: readonly Rule[];
    /** Code for a stack, from the first import to the last line. */
    readonly typescript: string;
    readonly effect: PolicyEffect;
    /** Why these rules, as sentences. */
    readonly reasons: readonly string[];
  };
