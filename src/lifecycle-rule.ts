import { Duration, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Draft } from './core/lifecycle/priorities';
import { CountType, KEEP_COUNT, Rule, Selection } from './core/lifecycle/rule';

const EXPIRE: Rule['action'] = { type: 'expire' };
const ARCHIVE: Rule['action'] = { type: 'transition', targetStorageClass: 'archive' };

/** Which images a rule selects, and its place among the rules. */
export interface LifecycleRuleOptions {
  /**
   * Only images with tags, only images without, or both.
   *
   * @default - TAGGED when tags are given, ANY otherwise
   */
  readonly tagStatus?: ecr.TagStatus;

  /**
   * Only images that have a tag for **each** of these patterns. At most four wildcards (`*`) in each; without one, the tag must be equal.
   *
   * @default - no patterns
   */
  readonly tagPatternList?: string[];

  /**
   * Only images that have a tag for **each** of these prefixes.
   *
   * @default - no prefixes
   */
  readonly tagPrefixList?: string[];

  /**
   * At most 256 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Rules with lower numbers come first, and what one selects no later rule may touch. At least 1, and unique.
   *
   * @default - rules without a number follow those with one, in the order of the list, tag status ANY last
   */
  readonly rulePriority?: number;
}

/** What can be said of a rule that keeps. */
export interface KeepRuleOptions {
  /**
   * At most 256 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Rules with lower numbers come first. At least 1, and unique.
   *
   * @default - before all rules that have no number, at the lowest number that is free
   */
  readonly rulePriority?: number;
}

/**
 * One rule of a lifecycle policy. Each factory is one of the combinations that ECR allows.
 *
 * Ages are whole days. What is wrong with a rule is said when a policy is made of it.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export class LifecycleRule {
  /**
   * Keeps images that have a tag for this pattern, whatever the other rules say, in the archive too. For several patterns, give several rules.
   *
   * ECR has no such rule; this is one that selects the images and never acts (`imageCountMoreThan` a million). Rules that keep come before all
   * others unless they are given a number; where archived images expire, a second rule keeps these in the archive.
   */
  public static keep(tagPattern: string, options: KeepRuleOptions = {}): LifecycleRule {
    const selection: Selection = { tagStatus: 'tagged', tagPatternList: [tagPattern], countType: 'imageCountMoreThan', countNumber: KEEP_COUNT };
    return new LifecycleRule({ ...options, selection, action: EXPIRE, keeps: true });
  }

  /** Expires all but the newest images, counted by when they were pushed. */
  public static keepNewest(count: number, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.of('imageCountMoreThan', count, EXPIRE, options);
  }

  /** Expires images that were pushed longer ago than this. */
  public static expireOlderThan(age: Duration, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.of('sinceImagePushed', age, EXPIRE, options);
  }

  /** Moves all but the newest images to the archive, counted by when they were pushed. Archived images cannot be pulled. */
  public static archiveAllButNewest(count: number, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.of('imageCountMoreThan', count, ARCHIVE, options);
  }

  /** Moves images that were pushed longer ago than this to the archive. Archived images cannot be pulled. */
  public static archiveOlderThan(age: Duration, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.of('sinceImagePushed', age, ARCHIVE, options);
  }

  /** Moves images that nobody pulled for so long to the archive. One that was never pulled counts from when it was pushed. */
  public static archiveNotPulledFor(time: Duration, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.of('sinceImagePulled', time, ARCHIVE, options);
  }

  /** Expires images that have been in the archive for longer than this, at least 90 days. */
  public static expireArchivedFor(time: Duration, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.of('sinceImageTransitioned', time, EXPIRE, options);
  }

  /**
   * @internal
   */
  public static _fromEcr({ maxImageCount, maxImageAge, ...options }: ecr.LifecycleRule): LifecycleRule {
    const made = maxImageAge === undefined
      ? LifecycleRule.keepNewest(maxImageCount as number, options) : LifecycleRule.expireOlderThan(maxImageAge, options);
    if ((maxImageCount === undefined) === (maxImageAge === undefined)) {
      made._problems.push(`must have either 'maxImageCount' or 'maxImageAge', got ${maxImageCount === undefined ? 'neither' : 'both'}`);
    }
    return made;
  }

  private static of(countType: CountType, limit: number | Duration, action: Rule['action'], options: LifecycleRuleOptions): LifecycleRule {
    const { tagStatus, tagPatternList, tagPrefixList, description, rulePriority } = options;
    const selection: Selection = {
      tagStatus: tagStatus ?? (tagPatternList || tagPrefixList ? 'tagged' : 'any'),
      ...tagPrefixList ? { tagPrefixList } : {},
      ...tagPatternList ? { tagPatternList } : {},
      ...countType === 'sinceImageTransitioned' ? { storageClass: 'archive' } : {},
      countType,
      countNumber: limit instanceof Duration ? limit.toDays({ integral: false }) : limit,
      ...countType === 'imageCountMoreThan' ? {} : { countUnit: 'days' },
    };
    return new LifecycleRule({ description, rulePriority, selection, action, keeps: false });
  }

  /**
   * What only the CDK can find wrong.
   *
   * @internal
   */
  public readonly _problems: string[];

  /** @internal */
  private constructor(public readonly _draft: Draft) {
    const { description, rulePriority, selection: { tagStatus, tagPatternList, tagPrefixList, countNumber } } = _draft;
    const values = { description, rulePriority, tagStatus, tagPatternList, tagPrefixList, countNumber };
    this._problems = Object.entries(values).filter(([, value]) => Token.isUnresolved(value))
      .map(([name]) => `'${name}' must be known when the app is synthesised, got a token`);
  }
}
