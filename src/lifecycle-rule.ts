import { Duration, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Draft, Purpose } from './core/lifecycle/priorities';
import type { RuleNames } from './core/lifecycle/problems';
import { COUNT_TYPES, CountType, keepSelection, Rule, Selection } from './core/lifecycle/rule';
import { releasedPrefix } from './core/shield/tags';
import { throwProblems } from './private/problems';
import { checkOptions, DURATION, LIST, NUMBER, PropertyTypes, required, TEXT } from './private/property-types';

const EXPIRE: Rule['action'] = { type: 'expire' };
const ARCHIVE: Rule['action'] = { type: 'transition', targetStorageClass: 'archive' };

/**
 * Options of a lifecycle rule: the images that it selects, its description, and its priority.
 *
 * @stability stable
 */
export interface LifecycleRuleOptions {
  /**
   * Tag status of the images that the rule selects: images with tags, images without tags, or all images.
   *
   * @default - TAGGED if patterns or prefixes are set, otherwise ANY
   */
  readonly tagStatus?: ecr.TagStatus;

  /**
   * Patterns of tags: the rule selects images that have a matching tag for **each** pattern. Each pattern may have up to four wildcards
   * (`*`).
   *
   * A pattern without a wildcard matches only an equal tag. To select images that match any of several patterns, use one rule per pattern.
   *
   * @default - no patterns
   */
  readonly tagPatternList?: string[];

  /**
   * Prefixes of tags: the rule selects images that have a matching tag for **each** prefix.
   *
   * @default - no prefixes
   */
  readonly tagPrefixList?: string[];

  /**
   * Description of the rule, at most 256 characters.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Priority of the rule: an integer of at least 1, unique in the policy.
   *
   * The rule with the lowest number is applied first. No later rule acts on an image that it selects.
   *
   * @default - after all rules that have a priority, in the order of the list, with tag status ANY last
   */
  readonly rulePriority?: number;
}

/**
 * Options of `LifecycleRule.keep`.
 *
 * @stability stable
 */
export interface KeepRuleOptions {
  /**
   * Description of the rule, at most 256 characters.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Priority of the rule: an integer of at least 1, unique in the policy. The rule with the lowest number is applied first.
   *
   * @default - the lowest unused number, before all rules that have no priority
   */
  readonly rulePriority?: number;
}

const KEEP_OPTION_TYPES: PropertyTypes<KeepRuleOptions> = { description: TEXT, rulePriority: NUMBER };

/** The values are checked together with the other rules of a policy. */
const OPTION_TYPES: PropertyTypes<LifecycleRuleOptions> = {
  ...KEEP_OPTION_TYPES, tagStatus: TEXT, tagPatternList: LIST, tagPrefixList: LIST,
};

/** Origin of a limit: an argument of a factory, or a property of an aws-ecr rule. Messages use the name of its origin. */
interface LimitOrigin {
  /** Beginning of messages. */
  readonly subject: string;
  readonly parameter: string;
  /** Quoted name of the call or property that takes the limit. */
  readonly name: string;
}

function ofProperty(property: string): LimitOrigin {
  return { subject: 'LifecycleRule', parameter: property, name: `'${property}'` };
}

/**
 * Rule of a lifecycle policy. Each factory is one of the combinations that Amazon ECR allows.
 *
 * Ages must be whole days. An invalid rule is reported when a policy is created from it.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 * @stability stable
 */
export class LifecycleRule {
  /**
   * Keeps images that have a tag that matches a pattern, including archived images. Other rules do not act on these images.
   *
   * Amazon ECR has no action that keeps images. This rule selects the images and never acts on them (`imageCountMoreThan` one million). It
   * is applied before all other rules, unless you set its priority. If another rule expires archived images, a second rule keeps these
   * images in the archive.
   *
   * @param tagPattern Pattern of tags with at most four wildcards. `*` matches any characters.
   * @param options Description and priority.
   */
  public static keep(tagPattern: string, options: KeepRuleOptions = {}): LifecycleRule {
    checkOptions('LifecycleRule.keep', { tagPattern, ...options }, { ...KEEP_OPTION_TYPES, tagPattern: required(TEXT) });
    return LifecycleRule.keeping('keep', tagPattern, 'tagPattern', options);
  }

  /**
   * Expires all images except the newest ones, by the time of their push.
   *
   * @param count Number of images to keep, a whole number of at least 1.
   * @param options Tags of the images, description, and priority.
   */
  public static keepNewest(count: number, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.byFactory('keepNewest', 'count', 'imageCountMoreThan', count, EXPIRE, options);
  }

  /**
   * Expires images that were pushed longer ago than `age`.
   *
   * @param age Age in whole days, at least 1 day.
   * @param options Tags of the images, description, and priority.
   */
  public static expireOlderThan(age: Duration, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.byFactory('expireOlderThan', 'age', 'sinceImagePushed', age, EXPIRE, options);
  }

  /**
   * Archives all images except the newest ones, by the time of their push. Archived images cannot be pulled.
   *
   * @param count Number of images that are not archived, a whole number of at least 1.
   * @param options Tags of the images, description, and priority.
   */
  public static archiveAllButNewest(count: number, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.byFactory('archiveAllButNewest', 'count', 'imageCountMoreThan', count, ARCHIVE, options);
  }

  /**
   * Archives images that were pushed longer ago than `age`. Archived images cannot be pulled.
   *
   * @param age Age in whole days, at least 1 day.
   * @param options Tags of the images, description, and priority.
   */
  public static archiveOlderThan(age: Duration, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.byFactory('archiveOlderThan', 'age', 'sinceImagePushed', age, ARCHIVE, options);
  }

  /**
   * Archives images that were not pulled for the given time. For an image that was never pulled, the time of its push counts. Archived
   * images cannot be pulled.
   *
   * @param time Time since the last pull in whole days, at least 1 day.
   * @param options Tags of the images, description, and priority.
   */
  public static archiveNotPulledFor(time: Duration, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.byFactory('archiveNotPulledFor', 'time', 'sinceImagePulled', time, ARCHIVE, options);
  }

  /**
   * Expires images that were archived longer ago than `time`.
   *
   * @param time Time since the image was archived in whole days, at least 90 days.
   * @param options Tags of the images, description, and priority.
   */
  public static expireArchivedFor(time: Duration, options: LifecycleRuleOptions = {}): LifecycleRule {
    return LifecycleRule.byFactory('expireArchivedFor', 'time', 'sinceImageTransitioned', time, EXPIRE, options);
  }

  /**
   * Keeps images with a keep tag of an image shield, like `keep`, but before all other rules.
   *
   * @internal
   */
  public static _keepShielded(tagPrefix: string): LifecycleRule {
    return LifecycleRule.keeping('keep-in-use', `${tagPrefix}*`, 'tagPrefix');
  }

  /**
   * Expires images that an image shield released, after all rules for tags.
   *
   * @internal
   */
  public static _expireReleased(tagPrefix: string, sincePush: Duration): LifecycleRule {
    const origin: LimitOrigin = { subject: 'ImageShield.releasedRule', parameter: 'sincePush', name: '\'sincePush\'' };
    const tagPatternList = [`${releasedPrefix(tagPrefix)}*`];
    const { _draft, _names } = LifecycleRule.of(origin, 'sinceImagePushed', sincePush, EXPIRE, { tagPatternList });
    return new LifecycleRule({ ..._draft, purpose: 'expire-released' }, { ..._names, entry: 'tagPrefix' });
  }

  /**
   * @internal
   */
  public static _fromEcr({ maxImageCount, maxImageAge, ...options }: ecr.LifecycleRule): LifecycleRule {
    const rule = maxImageAge === undefined
      ? LifecycleRule.of(ofProperty('maxImageCount'), 'imageCountMoreThan', maxImageCount as number, EXPIRE, options)
      : LifecycleRule.of(ofProperty('maxImageAge'), 'sinceImagePushed', maxImageAge, EXPIRE, options);
    if ((maxImageCount === undefined) === (maxImageAge === undefined)) {
      rule._problems.push(`must have either 'maxImageCount' or 'maxImageAge', got ${maxImageCount === undefined ? 'neither' : 'both'}`);
    }
    return rule;
  }

  private static keeping(purpose: Purpose, tagPattern: string, entry: string, options: KeepRuleOptions = {}): LifecycleRule {
    return new LifecycleRule({ ...options, selection: keepSelection(tagPattern), action: EXPIRE, purpose }, { selection: '', entry });
  }

  private static byFactory(
    factory: string, parameter: string, countType: CountType, limit: number | Duration, action: Rule['action'],
    options: LifecycleRuleOptions,
  ): LifecycleRule {
    const subject = `LifecycleRule.${factory}`;
    checkOptions(subject, options, OPTION_TYPES);
    return LifecycleRule.of({ subject, parameter, name: `\`${factory}\`` }, countType, limit, action, options);
  }

  private static of(
    origin: LimitOrigin, countType: CountType, limit: number | Duration, action: Rule['action'], options: LifecycleRuleOptions,
  ): LifecycleRule {
    const { subject, parameter, name } = origin;
    const { tagStatus, tagPatternList, tagPrefixList, description, rulePriority } = options;
    const { storageClass, unit, minimum } = COUNT_TYPES[countType];
    const selection: Selection = {
      tagStatus: tagStatus ?? (tagPatternList || tagPrefixList ? 'tagged' : 'any'),
      ...tagPrefixList ? { tagPrefixList } : {},
      ...tagPatternList ? { tagPatternList } : {},
      ...storageClass === 'archive' ? { storageClass } : {},
      countType,
      countNumber: limit instanceof Duration ? limit.toDays({ integral: false }) : limit,
      ...unit === 'days' ? { countUnit: unit } : {},
    };
    if (unit === 'days') throwProblems(subject, DURATION.problemsOf(parameter, limit));
    const limitProblem = `${name} takes ${limitWords(limit, minimum)}`;
    const draft: Draft = { description, rulePriority, selection, action, purpose: 'act' };
    return new LifecycleRule(draft, { selection: '', limitName: name, limitProblem });
  }

  /**
   * Problems that only this class can find: values that are tokens, and contradictions between properties of aws-ecr's rules.
   *
   * @internal
   */
  public readonly _problems: string[];

  /** @internal */
  private constructor(public readonly _draft: Draft, public readonly _names: RuleNames & { readonly limitName?: string }) {
    const { description, rulePriority, selection: { tagStatus, tagPatternList, tagPrefixList, countNumber } } = _draft;
    const values = { description, rulePriority, tagStatus, [_names.entry ?? 'tagPatternList']: tagPatternList, tagPrefixList };
    this._problems = [
      ...Object.entries(values).filter(([, value]) => hasToken(value)).map(([name]) => `'${name}' must be known at synthesis, got a token`),
      ...hasToken(countNumber) ? [`${_names.limitName} must have a limit that is known at synthesis, got a token`] : [],
    ];
  }
}

function hasToken(value: unknown): boolean {
  return Token.isUnresolved(value) || (Array.isArray(value) && value.some(each => Token.isUnresolved(each)));
}

function limitWords(limit: number | Duration, minimum: number): string {
  if (!(limit instanceof Duration)) return `a whole number of at least ${minimum}, got ${limit}`;
  if (limit.isUnresolved()) return 'whole days';
  const days = limit.toDays({ integral: false });
  return `${Number.isInteger(days) ? `at least ${minimum} ${minimum === 1 ? 'day' : 'days'}` : 'whole days'}, got ${limit.toHumanString()}`;
}
