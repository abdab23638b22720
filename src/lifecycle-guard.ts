import { Duration, Token } from 'aws-cdk-lib';
import { Guard } from './core/lifecycle/guard';
import { MAX_WILDCARDS } from './core/lifecycle/rule';
import { ImageUse } from './image-use';
import { secondsProblems, throwProblems } from './private/problems';

/**
 * Conditions that a new lifecycle policy is checked for, at least one.
 *
 * `maxImages` and `maxPercentage` count images that the policy would expire. The other conditions also apply to images that it would archive, because archived
 * images cannot be pulled.
 */
export interface LifecycleGuardOptions {
  /**
   * Maximum number of images that the policy may expire at once.
   *
   * @default - no maximum number
   */
  readonly maxImages?: number;

  /**
   * Maximum percentage of the repository's images that the policy may expire at once, 0 to 100.
   *
   * All images are counted, including archived images and the images of multi-architecture indexes.
   *
   * @default - no maximum percentage
   */
  readonly maxPercentage?: number;

  /**
   * Patterns of tags whose images the policy must not expire or archive. `*` matches any characters, at most four times in a pattern.
   *
   * @default - no tag is protected
   */
  readonly protectedTags?: string[];

  /**
   * Time since the last push within which the policy must not expire or archive an image, in whole seconds.
   *
   * @default - the time of the push does not matter
   */
  readonly pushedWithin?: Duration;

  /**
   * Time since the last pull within which the policy must not expire or archive an image, in whole seconds.
   *
   * Amazon ECR can record a pull up to 24 hours late.
   *
   * @default - the time of the last pull does not matter
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
   */
  readonly pulledWithin?: Duration;

  /**
   * Services whose running images the policy must not expire or archive.
   *
   * Images are compared by digest. A multi-architecture index is in use if one of its images is.
   *
   * @default - services are not searched
   */
  readonly inUseBy?: ImageUse[];
}

/**
 * Check of a new lifecycle policy against the live repository, before the policy is deployed.
 *
 * Amazon ECR previews what the policy would do. The check runs once, when the policy is deployed. It does not limit what the policy does later, when images age
 * and others are pushed: to keep images, use `LifecycleRule.keep`.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lpp_creation.html
 *
 * @example
 * new Repository(this, 'App', {
 *   lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]),
 *   lifecycleGuard: LifecycleGuard.refuse({ maxImages: 20, protectedTags: ['release-*'], inUseBy: [ImageUse.ecs()] }),
 * });
 */
export class LifecycleGuard {
  /**
   * Returns a guard that fails the deployment if one of the conditions is violated. Nothing is changed then.
   *
   * @param options at least one condition
   * @throws if no condition is set, or if one is out of range
   */
  public static refuse(options: LifecycleGuardOptions): LifecycleGuard {
    return LifecycleGuard.of('refuse', options);
  }

  /**
   * Returns a guard that never fails the deployment. Its findings are logged, and are an attribute of the construct (`lifecycleFindings`).
   *
   * A condition that cannot be checked is a finding.
   *
   * @param options at least one condition
   * @throws if no condition is set, or if one is out of range
   */
  public static warn(options: LifecycleGuardOptions): LifecycleGuard {
    return LifecycleGuard.of('warn', options);
  }

  private static of(mode: Guard['mode'], options: LifecycleGuardOptions): LifecycleGuard {
    throwProblems(`LifecycleGuard.${mode}`, problemsOf(options));
    const { maxImages, maxPercentage, protectedTags = [], pushedWithin, pulledWithin, inUseBy = [] } = options;
    return new LifecycleGuard({
      mode,
      maxImages,
      maxPercentage,
      protectedTags,
      pushedWithin: pushedWithin?.toSeconds(),
      pulledWithin: pulledWithin?.toSeconds(),
      inUseBy: inUseBy.map(use => use._user),
    });
  }

  /** @internal */
  private constructor(public readonly _guard: Guard) {}
}

function problemsOf(options: LifecycleGuardOptions): string[] {
  const { maxImages, maxPercentage, protectedTags, pushedWithin, pulledWithin, inUseBy } = options;
  const entries = Object.entries({ maxImages, maxPercentage, protectedTags, pushedWithin, pulledWithin, inUseBy })
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
  const tokens = entries.filter(([, value]) => value instanceof Duration ? value.isUnresolved() : Token.isUnresolved(value));
  const isKnown = (name: string) => entries.some(([each]) => each === name) && !tokens.some(([each]) => each === name);
  return [
    ...entries.length === 0 ? ['at least one condition must be set, got none — a guard without conditions has no effect'] : [],
    ...tokens.map(([name]) => `'${name}' must be known at synthesis, got a token`),
    ...isKnown('maxImages') && !(Number.isSafeInteger(maxImages) && maxImages! >= 0) ? [`'maxImages' must be a whole number of at least 0, got: ${maxImages}`] : [],
    ...isKnown('maxPercentage') && !(maxPercentage! >= 0 && maxPercentage! <= 100) ? [`'maxPercentage' must be between 0 and 100, got: ${maxPercentage}`] : [],
    ...(protectedTags ?? []).flatMap((pattern, index) => pattern !== '' && pattern.split('*').length <= MAX_WILDCARDS + 1 ? []
      : [`'protectedTags[${index}]' must be a text with at most ${MAX_WILDCARDS} wildcards (*), got: ${JSON.stringify(pattern)}`]),
    ...isKnown('pushedWithin') ? secondsProblems('pushedWithin', pushedWithin!) : [],
    ...isKnown('pulledWithin') ? secondsProblems('pulledWithin', pulledWithin!) : [],
  ];
}
