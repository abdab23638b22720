import * as events from 'aws-cdk-lib/aws-events';

/**
 * Options of the method `onPush` of repositories.
 *
 * @stability stable
 */
export interface OnPushOptions extends events.OnEventOptions {
  /**
   * Tags with which images are pushed. `*` matches any characters. A tag can have at most four of them, and all tags together six, not
   * counting tags with a single one at their beginning or end.
   *
   * @default - all tags except those with the `ignoredTagPrefixes`, and images without a tag
   */
  readonly imageTags?: string[];

  /**
   * Beginnings of tags for which the rule does not match. Cannot be combined with `imageTags`.
   *
   * Amazon ECR sends the same event when a tag is added to an existing image. `fleet.ImageShield` adds tags, so set its `tagPrefix` and
   * `was-` with its `tagPrefix` if it does not have the default prefix. Tags that begin with `cdk-ecr-keeper-hold-` never match.
   *
   * @default - `in-use-` and `was-in-use-`, the prefixes of a `fleet.ImageShield`
   */
  readonly ignoredTagPrefixes?: string[];
}
