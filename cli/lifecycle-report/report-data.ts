import type { DescribedImage } from '../../src/core/images/described-images';
import type { Rule } from '../../src/core/lifecycle/rule';

/** The JSON input of the page, which computes everything else. */
export interface ReportData {
  /** Name of the repository, or of the file with the images. */
  readonly title: string;
  readonly policyText: string;
  readonly rules: readonly Rule[];
  readonly images: readonly DescribedImage[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}
