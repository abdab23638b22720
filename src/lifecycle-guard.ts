import { Token } from 'aws-cdk-lib';
import { Guard } from './core/lifecycle/guard';
import { ImageGuards, ImageUseGuards } from './image-guards';
import { guardProblems, guardsOf, IMAGE_GUARD_TYPES, IMAGE_USE_GUARD_TYPES, mustBeKnown } from './private/guards';
import { throwProblems, unlessToken } from './private/problems';
import { checkOptions, NUMBER } from './private/property-types';

/**
 * Guards of a lifecycle policy. At least one must be set.
 *
 * `maxImages` and `maxPercentage` count the images that the policy would expire at once. The other guards also protect images that it would
 * archive, because an archived image cannot be pulled. A multi-architecture index is in use when one of its images is.
 *
 * @stability stable
 */
export interface LifecycleGuardOptions extends ImageGuards, ImageUseGuards {
  /**
   * Maximum percentage of the repository's images that may expire at once, 0 to 100.
   *
   * All images count, including archived images and the images of multi-architecture indexes.
   *
   * @default - no limit
   */
  readonly maxPercentage?: number;
}

/**
 * Check of a new lifecycle policy against the live repository, before the policy is deployed.
 *
 * Amazon ECR previews what the policy would do. The check runs once, when the policy is deployed. It does not limit what the policy does
 * later, when images get older and new images are pushed. To keep images, use `LifecycleRule.keep`.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lpp_creation.html
 *
 * @example
 * new Repository(this, 'App', {
 *   lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]),
 *   lifecycleGuard: LifecycleGuard.refuse({ maxImages: 20, protectedTags: ['release-*'], inUseBy: [ImageUse.ecs()] }),
 * });
 * @stability stable
 */
export class LifecycleGuard {
  /**
   * Returns a guard that fails the deployment if one of the conditions is violated. The lifecycle policy of the repository is then not
   * changed.
   *
   * @param options Conditions, at least one.
   * @throws if no condition is set, or if one is out of range
   */
  public static refuse(options: LifecycleGuardOptions): LifecycleGuard {
    return LifecycleGuard.of('refuse', options);
  }

  /**
   * Returns a guard that reports violated conditions and never fails the deployment. Its findings are logged, and are an attribute of the
   * construct (`lifecycleFindings`).
   *
   * A condition that cannot be checked is a finding.
   *
   * @param options Conditions, at least one.
   * @throws if no condition is set, or if one is out of range
   */
  public static warn(options: LifecycleGuardOptions): LifecycleGuard {
    return LifecycleGuard.of('warn', options);
  }

  private static of(mode: Guard['mode'], options: LifecycleGuardOptions): LifecycleGuard {
    checkOptions<LifecycleGuardOptions>(`LifecycleGuard.${mode}`, options, {
      ...IMAGE_GUARD_TYPES, ...IMAGE_USE_GUARD_TYPES, maxPercentage: NUMBER,
    });
    throwProblems(`LifecycleGuard.${mode}`, problemsOf(options));
    return new LifecycleGuard({ mode, maxPercentage: options.maxPercentage, ...guardsOf(options) });
  }

  /** @internal */
  private constructor(public readonly _guard: Guard) {}
}

function problemsOf(options: LifecycleGuardOptions): string[] {
  const { maxImages, maxPercentage, protectedTags, pushedWithin, pulledWithin, inUseBy } = options;
  const isGiven = [maxImages, maxPercentage, protectedTags, pushedWithin, pulledWithin, inUseBy]
    .some(value => value !== undefined && !(Array.isArray(value) && value.length === 0));
  return [
    ...isGiven ? [] : ['at least one option must be set, got none. A guard without options would never stop anything'],
    ...Object.entries({ maxImages, maxPercentage }).flatMap(([name, value]) => Token.isUnresolved(value) ? [mustBeKnown(name)] : []),
    ...unlessToken(maxPercentage, percentage => percentage >= 0 && percentage <= 100 ? []
      : [`'maxPercentage' must be between 0 and 100, got: ${percentage}`]),
    ...guardProblems(options),
  ];
}
