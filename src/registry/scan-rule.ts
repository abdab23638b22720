import { throwProblems } from '../private/problems';
import { checkOptions, listOf, required, TEXT } from '../private/property-types';
import { scanFilterProblems } from '../private/registry/scanning-setting';

/**
 * How a registry finds vulnerabilities in images.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
 * @stability stable
 */
export enum ScanType {
  /** Amazon ECR scans operating system packages, when an image is pushed or on request. */
  BASIC = 'BASIC',

  /** Amazon Inspector scans operating system and language packages, when an image is pushed or continuously. It is billed separately. */
  ENHANCED = 'ENHANCED',
}

/**
 * Rule of a `RegistryScanning`.
 *
 * A filter with `*` must match the complete name of a repository. A filter without `*` matches every name that contains it. It has at most
 * 255 characters and does not end with a separator.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
 * @stability stable
 */
export class ScanRule {
  /**
   * Returns a rule that scans an image when it is pushed.
   *
   * @param filters Filters for repository names, such as `team/*`, at least one. They must be known when the app is synthesized.
   * @throws if a filter is invalid, with all problems in one error
   */
  public static onPush(...filters: string[]): ScanRule {
    return ScanRule.of('onPush', 'SCAN_ON_PUSH', filters);
  }

  /**
   * Returns a rule that scans images when they are pushed, and again when new vulnerabilities are known. It needs enhanced scanning.
   *
   * @param filters Filters for repository names, such as `team/*`, at least one. They must be known when the app is synthesized.
   * @throws if a filter is invalid, with all problems in one error
   */
  public static continuous(...filters: string[]): ScanRule {
    return ScanRule.of('continuous', 'CONTINUOUS_SCAN', filters);
  }

  private static of(method: string, frequency: string, filters: string[]): ScanRule {
    checkOptions(`ScanRule.${method}`, { filters }, { filters: required(listOf(TEXT)) });
    throwProblems(`ScanRule.${method}`, scanFilterProblems(filters));
    return new ScanRule(filters.map(filter => ({ frequency, filter })));
  }

  /** @internal */
  private constructor(public readonly _filters: ReadonlyArray<{ readonly frequency: string; readonly filter: string }>) {}
}
