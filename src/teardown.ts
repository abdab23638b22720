import { Duration, Token } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { REGION } from './core/environment';
import { canMatchSomeTag } from './core/images/tag-pattern';
import { MAX_WILDCARDS } from './core/lifecycle/rule';
import { ImageUse } from './image-use';
import { secondsProblems, throwProblems, triggerProblems, unlessToken } from './private/problems';
import { CommonPlan, TeardownPlan } from './private/teardown/teardown-plan';

/** A resource tag that a repository must carry. */
export interface RequiredTag {
  /**
   * Key of the tag, 1 to 128 characters, not starting with `aws:` or `cdk-ecr-keeper:`.
   *
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html
   */
  readonly key: string;

  /** Value of the tag, 0 to 256 characters, compared exactly. */
  readonly value: string;
}

/**
 * When images must not be removed, asked of the live repository just before, and what is written down about them.
 *
 * All guards that refuse are reported at once. Nothing is changed then, and the message has the command that lifts the refusal.
 */
export interface TeardownOptions {
  /**
   * Refuse when more images than this would be removed. Images are counted by digest, untagged, archived and multi-architecture children included.
   *
   * @default - any number of images is removed
   */
  readonly maxImages?: number;

  /**
   * Refuse when the repository does not carry this tag at that moment. Mandatory for a repository that the stack does not own, so that its owner has
   * a say.
   *
   * @default - no tag is asked for (owned repositories only)
   */
  readonly requireTag?: RequiredTag;

  /**
   * Refuse when something runs from an image that would be removed, or when that cannot be seen. A source without a Region is looked at in the
   * repository's. What the stack itself runs is given eight minutes to go first, since CloudFormation deletes it at the same time; with
   * `service.node.addDependency(repository)` it goes before.
   *
   * @default - what runs is not looked at
   */
  readonly inUseBy?: ImageUse[];

  /**
   * Refuse when an image that would be removed was pulled more recently than this, in whole seconds. ECR may record a pull up to a day late. Not for
   * public repositories, of which ECR keeps no pull times.
   *
   * @default - pulls are not looked at
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
   */
  readonly pulledWithin?: Duration;

  /**
   * Write down every image before it is removed: digest, tags, size in bytes and when it was pushed, one line of JSON each, in the log of the function.
   * The log group then stays when the stack goes, and keeps its lines for a year.
   *
   * @default - true with `auditBucket`, else false
   */
  readonly audit?: boolean;

  /**
   * Write the audit to this bucket too, as JSON lines in objects below `cdk-ecr-keeper/<stack name>/`. What cannot be written is not removed. The bucket
   * must outlive the stack.
   *
   * @default - the log only
   */
  readonly auditBucket?: s3.IBucket;
}

/** Guards and reach of `Teardown.deleteWithImages`. */
export interface DeleteWithImagesOptions extends TeardownOptions {
  /**
   * Also delete the images when only the repository goes: it leaves the template, its construct id changes, or a
   * rollback removes it. This is CloudFormation's own `EmptyOnDelete`; it needs no Lambda function and knows no guards.
   *
   * @default false - images go only when the whole stack is deleted
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
   */
  readonly alsoWhenRemoved?: boolean;

  /**
   * Regions whose replicas of the repository are deleted too, in the same account. A repository there is a replica only while the registry's replication
   * names the Region for it and it holds no image that the source does not; any other is left alone.
   *
   * @default - replicas stay
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
   */
  readonly replicaRegions?: string[];
}

/** Guards of `Teardown.empty`, and what stays. */
export interface EmptyRepositoryOptions extends TeardownOptions {
  /**
   * Images with a tag that matches one of these patterns stay (`*` stands for any characters), and with each of them the images that it refers to and
   * its signatures, attestations and other referrers. Not for public repositories.
   *
   * @default - no image is excepted by its tags
   */
  readonly exceptTags?: string[];

  /**
   * This many of the tagged images stay, those that were pushed last, with all that hangs on them as for `exceptTags`. Not for public repositories.
   *
   * @default 0
   */
  readonly exceptNewest?: number;

  /**
   * The repository is also emptied by an update that changes this text, for instance to give a test environment a fresh start. Setting it for the first
   * time removes nothing, nor does a rollback. At most 256 characters.
   *
   * @default - the repository is emptied only when the whole stack is deleted
   */
  readonly trigger?: string;
}

/** What happens to a repository and its images when its stack is deleted. */
export class Teardown {
  /**
   * The repository is deleted with all its images when the whole stack is deleted, and at no other time. Updates,
   * replacements and rollbacks never touch an image: what leaves the template then is left in the account.
   *
   * Implies the removal policy DESTROY, with UpdateReplacePolicy Retain.
   *
   * @throws when an option is out of range, or `alsoWhenRemoved` comes with any other
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html
   */
  public static deleteWithImages(options: DeleteWithImagesOptions = {}): Teardown {
    throwProblems('Teardown.deleteWithImages', [...optionProblems(options), ...deleteProblems(options)]);
    const { alsoWhenRemoved, replicaRegions = [] } = options;
    return new Teardown({ kind: 'delete-with-images', alsoWhenRemoved, replicaRegions, ...commonPlan(options) });
  }

  /**
   * The repository stays and its images go when the whole stack is deleted, or when an update changes the `trigger`. Images of any kind and status go:
   * untagged, archived, indexes, signatures; those excepted stay, whole.
   *
   * Implies the removal policy RETAIN.
   *
   * @throws when an option is out of range
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
   */
  public static empty(options: EmptyRepositoryOptions = {}): Teardown {
    throwProblems('Teardown.empty', [...optionProblems(options), ...emptyProblems(options)]);
    const { exceptTags = [], exceptNewest = 0, trigger } = options;
    return new Teardown({ kind: 'empty', exceptions: { tags: exceptTags, newest: exceptNewest }, trigger, ...commonPlan(options) });
  }

  /** The repository and its images stay when the stack is deleted. Implies the removal policy RETAIN, whatever an Aspect says later. */
  public static retain(): Teardown {
    return new Teardown({ kind: 'retain' });
  }

  /** @internal */
  private constructor(public readonly _plan: TeardownPlan) {}
}

function commonPlan({ maxImages, requireTag, inUseBy = [], pulledWithin, audit, auditBucket }: TeardownOptions): CommonPlan {
  return {
    guards: { maxImages, requireTag, pulledWithin: pulledWithin?.toSeconds(), inUseBy: inUseBy.map(use => use._user) },
    isAudited: audit ?? auditBucket !== undefined,
    auditBucket,
  };
}

function optionProblems({ maxImages, requireTag, pulledWithin, audit, auditBucket }: TeardownOptions): string[] {
  return [
    ...unlessToken(maxImages, n => Number.isSafeInteger(n) && n >= 0 ? [] : [`'maxImages' must be a whole number of at least 0, got: ${n}`]),
    ...unlessToken(requireTag?.key, key => key.length >= 1 && key.length <= 128 ? []
      : [`'requireTag.key' must have between 1 and 128 characters, got: ${key.length}`]),
    ...unlessToken(requireTag?.key, key => /^(aws|cdk-ecr-keeper):/i.test(key)
      ? [`'requireTag.key' must not start with 'aws:' or 'cdk-ecr-keeper:', got: ${key}`] : []),
    ...unlessToken(requireTag?.value, value => value.length <= 256 ? []
      : [`'requireTag.value' must have at most 256 characters, got: ${value.length}`]),
    ...pulledWithin === undefined ? [] : pulledWithin.isUnresolved()
      ? ['\'pulledWithin\' must be known when the app is synthesised, got a token'] : secondsProblems('pulledWithin', pulledWithin),
    ...audit === false && auditBucket ? ['\'auditBucket\' must not be given together with \'audit\': false'] : [],
  ];
}

function deleteProblems(options: DeleteWithImagesOptions): string[] {
  const { alsoWhenRemoved, replicaRegions = [], maxImages, requireTag, inUseBy = [], pulledWithin, audit, auditBucket } = options;
  const [use, replica] = [inUseBy[0], replicaRegions[0]];
  const others = Object.entries({ maxImages, requireTag, pulledWithin, audit, auditBucket, inUseBy: use, replicaRegions: replica })
    .filter(([, value]) => value !== undefined && value !== false).map(([name]) => `'${name}'`);
  return [
    ...alsoWhenRemoved && others.length > 0 ? [
      `'alsoWhenRemoved' must not be combined with guards, audit or replicas (${others.join(', ')}), got: true`
        + ' — CloudFormation deletes the images itself then, checks nothing and writes nothing down',
    ] : [],
    ...replicaRegions.flatMap((region, index) => Token.isUnresolved(region) || !REGION.test(region)
      ? [`'replicaRegions[${index}]' must be the name of a Region, such as eu-west-1, got: ${Token.isUnresolved(region) ? 'a token' : region}`] : []),
    ...new Set(replicaRegions).size < replicaRegions.length ? [`'replicaRegions' must name each Region once, got: ${replicaRegions.join(', ')}`] : [],
  ];
}

function emptyProblems({ exceptTags = [], exceptNewest, trigger }: EmptyRepositoryOptions): string[] {
  return [
    ...exceptTags.flatMap((pattern, index) => Token.isUnresolved(pattern) || (pattern !== '' && pattern.split('*').length <= MAX_WILDCARDS + 1) ? []
      : [`'exceptTags[${index}]' must be a text with at most ${MAX_WILDCARDS} wildcards (*), got: ${JSON.stringify(pattern)}`]),
    ...exceptTags.flatMap((pattern, index) => Token.isUnresolved(pattern) || pattern === '' || canMatchSomeTag(pattern) ? []
      : [`'exceptTags[${index}]' can match no tag, so nothing would stay: a tag is letters, digits, '.', '_' and '-', got: ${JSON.stringify(pattern)}`]),
    ...exceptNewest === undefined || (Number.isSafeInteger(exceptNewest) && exceptNewest >= 0) ? []
      : [`'exceptNewest' must be a whole number of at least 0, known when the app is synthesised, got: ${Token.isUnresolved(exceptNewest) ? 'a token' : exceptNewest}`],
    ...triggerProblems(trigger),
  ];
}
