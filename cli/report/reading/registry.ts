import type { ReportedImage } from '../figures/image-figures';

/** Registry of ECR Public in a report. */
export const PUBLIC = 'public';

export interface ListedRepository {
  /** Region, or `public`. */
  readonly registry: string;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
}

/** Tags that can name a stack, by key. */
export type StackTags = ReadonlyMap<string, string>;

/** A registry with the calls that a report needs. Each of them only reads. */
export interface Registry {
  /** Region, or `public`. */
  readonly id: string;
  /** Region of its API. */
  readonly region: string;
  /** Milliseconds by which the clock of the service is ahead, as far as responses have shown it. */
  readonly clockOffset: number;
  /** Returns all repositories. */
  list(): Promise<ListedRepository[]>;
  /** Returns the images page by page. */
  images(name: string): AsyncGenerator<readonly ReportedImage[]>;
  /** Returns the text of the lifecycle policy, null without a policy. Undefined if repositories of this registry have no policies. */
  policy(name: string): Promise<string | null | undefined>;
  /** Returns the tags that can name a stack, for each repository that has any. */
  stackTags(repositories: readonly ListedRepository[]): Promise<ReadonlyMap<string, StackTags>>;
}
