import { Duration, Token } from 'aws-cdk-lib';
import { Guard } from './core/lifecycle/guard';
import { MAX_WILDCARDS } from './core/lifecycle/rule';
import { ImageUse } from './image-use';
import { secondsProblems, throwProblems } from './private/problems';

/**
 * When a lifecycle policy is stopped. At least one must be given. The first two count images that would expire; the others concern images that would
 * be archived too, since those cannot be pulled.
 */
export interface LifecycleGuardOptions {
  /**
   * Stopped when it would expire more images than this at once.
   *
   * @default - any number
   */
  readonly maxImages?: number;

  /**
   * Stopped when it would expire more than this share of the repository's images at once, 0 to 100 percent. All images count, archived ones and those
   * of multi-architecture indexes too.
   *
   * @default - any share
   */
  readonly maxPercentage?: number;

  /**
   * Stopped when it would expire or archive an image with a tag that matches one of these patterns (`*` stands for any characters).
   *
   * @default - none is protected
   */
  readonly protectedTags?: string[];

  /**
   * Stopped when it would expire or archive an image that was pushed more recently than this, in whole seconds.
   *
   * @default - any age
   */
  readonly pushedWithin?: Duration;

  /**
   * Stopped when it would expire or archive an image that was pulled more recently than this, in whole seconds. ECR may record a pull up to a day late.
   *
   * @default - pulls are not looked at
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
   */
  readonly pulledWithin?: Duration;

  /**
   * Stopped when it would expire or archive an image that something runs from here. Digests are compared; a multi-architecture index is in use when one of
   * its images is.
   *
   * @default - what runs is not looked at
   */
  readonly inUseBy?: ImageUse[];
}

/**
 * Stops a deployment before a new lifecycle policy does harm: ECR's own preview of it is run against the live repository.
 *
 * It looks once, when the policy is deployed. What the policy does later, as images age and new ones are pushed, nobody asks about: tags that must never
 * go belong into `LifecycleRule.keep`.
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
   * The deployment fails and nothing is changed.
   *
   * @throws when no option is given, or one is out of range
   */
  public static refuse(options: LifecycleGuardOptions): LifecycleGuard {
    return LifecycleGuard.made('refuse', options);
  }

  /**
   * The deployment goes on, also when something cannot be found out. What was found is logged and is an attribute (`lifecycleFindings`).
   *
   * @throws when no option is given, or one is out of range
   */
  public static warn(options: LifecycleGuardOptions): LifecycleGuard {
    return LifecycleGuard.made('warn', options);
  }

  private static made(mode: Guard['mode'], options: LifecycleGuardOptions): LifecycleGuard {
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
  const given = Object.entries({ maxImages, maxPercentage, protectedTags, pushedWithin, pulledWithin, inUseBy })
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
  const tokens = given.filter(([, value]) => value instanceof Duration ? value.isUnresolved() : Token.isUnresolved(value));
  const isKnown = (name: string) => given.some(([each]) => each === name) && !tokens.some(([each]) => each === name);
  return [
    ...given.length === 0 ? ['at least one option must be given, got none — a guard without one would never stop anything'] : [],
    ...tokens.map(([name]) => `'${name}' must be known when the app is synthesised, got a token`),
    ...isKnown('maxImages') && !(Number.isSafeInteger(maxImages) && maxImages! >= 0) ? [`'maxImages' must be a whole number of at least 0, got: ${maxImages}`] : [],
    ...isKnown('maxPercentage') && !(maxPercentage! >= 0 && maxPercentage! <= 100) ? [`'maxPercentage' must be between 0 and 100, got: ${maxPercentage}`] : [],
    ...(protectedTags ?? []).flatMap((pattern, index) => pattern !== '' && pattern.split('*').length <= MAX_WILDCARDS + 1 ? []
      : [`'protectedTags[${index}]' must be a text with at most ${MAX_WILDCARDS} wildcards (*), got: ${JSON.stringify(pattern)}`]),
    ...isKnown('pushedWithin') ? secondsProblems('pushedWithin', pushedWithin!) : [],
    ...isKnown('pulledWithin') ? secondsProblems('pulledWithin', pulledWithin!) : [],
  ];
}
