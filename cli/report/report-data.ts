import type { DescribedImage } from '../../src/core/images/described-images';
import type { Rule } from '../../src/core/lifecycle/rule';

/** What the page is given, as JSON: everything else it works out itself. */
export interface ReportData {
  /** The repository, or the file that the images come from. */
  readonly title: string;
  readonly policyText: string;
  readonly rules: readonly Rule[];
  readonly images: readonly DescribedImage[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}
