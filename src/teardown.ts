import { Token } from 'aws-cdk-lib';
import { REGION } from './core/environment';
import { ImageGuards, ImageUseGuards } from './image-guards';
import {
  guardProblems, guardsOf, IMAGE_GUARD_TYPES, IMAGE_USE_GUARD_TYPES, REQUIRED_TAG_TYPE, tagPatternProblems,
} from './private/guards';
import { throwProblems, triggerProblems } from './private/problems';
import { checkOptions, instanceOf, listOf, NUMBER, PropertyTypes, TEXT } from './private/property-types';
import { TeardownPlan } from './private/teardown/teardown-plan';
import { TeardownAuditOptions } from './teardown-audit';

/**
 * Resource tag that a repository must carry.
 *
 * @stability stable
 */
export interface RequiredTag {
  /**
   * Key of the tag, 1 to 128 characters. It must not start with `aws:` or `cdk-ecr-keeper:`.
   *
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html
   */
  readonly key: string;

  /** Value of the tag, 0 to 256 characters. It is compared exactly. */
  readonly value: string;
}

/**
 * Guards and audit of a teardown of one repository, private or public.
 *
 * The guards are checked on the live repository immediately before the teardown removes anything. If guards refuse, nothing is removed, and
 * the failure names all of them with a command that lifts the refusal.
 *
 * @stability stable
 */
export interface CommonTeardownOptions extends ImageGuards, TeardownAuditOptions {
  /**
   * Resource tag that the repository must carry when the teardown runs. Required for a repository that the stack does not own, so that the
   * owner of the repository decides. IAM does not allow the deletion of such a repository without the tag, and no command lifts the
   * refusal.
   *
   * A repository that the stack declares must carry the tag too. Synthesis warns if it does not, because the guard would refuse the
   * teardown.
   *
   * @default - no tag is required
   */
  readonly requireTag?: RequiredTag;
}

/**
 * Guards and audit of a teardown of a private repository.
 *
 * With `inUseBy`, the teardown waits up to eight minutes for workloads that run from the repository to stop, because CloudFormation deletes
 * the services of the stack at the same time. To have a service deleted first, call `service.node.addDependency(repository)`.
 *
 * @stability stable
 */
export interface TeardownOptions extends CommonTeardownOptions, ImageUseGuards {}

/**
 * Options of `Teardown.deleteWithImages`.
 *
 * @stability stable
 */
export interface DeleteWithImagesOptions extends TeardownOptions {
  /**
   * Regions of the same account in which the replicas of the repository are deleted too.
   *
   * A repository of the same name is a replica only if the replication configuration of the registry contains its Region and all its images
   * are also in the source. Other repositories are not deleted.
   *
   * @default - replicas are kept
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
   */
  readonly replicaRegions?: string[];
}

/**
 * Option to empty a repository without deleting its stack.
 *
 * @stability stable
 */
export interface EmptyTriggerOptions {
  /**
   * Value that you change to empty the repository with an update, 1 to 256 characters. You can use it, for example, to reset a test
   * environment.
   *
   * Setting the value for the first time does not empty the repository, and neither does a rollback.
   *
   * @default - the repository is emptied only when the whole stack is deleted
   */
  readonly trigger?: string;
}

/**
 * Options of `Teardown.empty`.
 *
 * @stability stable
 */
export interface EmptyRepositoryOptions extends TeardownOptions, EmptyTriggerOptions {
  /**
   * Patterns of tags whose images are kept. The images of a multi-architecture index are kept with it, and so are signatures, attestations,
   * and other referrers of a kept image.
   *
   * `*` matches any characters. A pattern can have at most four wildcards.
   *
   * @default - no images are kept because of their tags
   */
  readonly exceptTags?: string[];

  /**
   * Number of tagged images to keep, a whole number of at least 0. The images that were pushed last are kept, together with the same
   * related images as for `exceptTags`.
   *
   * @default 0
   */
  readonly exceptNewest?: number;
}

const TEARDOWN_TYPES: PropertyTypes<TeardownOptions> = {
  ...IMAGE_GUARD_TYPES,
  ...IMAGE_USE_GUARD_TYPES,
  requireTag: REQUIRED_TAG_TYPE,
  audit: instanceOf('TeardownAudit', 'TeardownAudit.toLogs()'),
};

/**
 * Teardown of a private repository and its images, which runs when the whole stack is deleted.
 *
 * @stability stable
 */
export class Teardown {
  /**
   * Deletes the repository with all its images when the whole stack is deleted.
   *
   * Updates, replacements, and rollbacks never delete an image. A repository that you remove from the template is kept in the account. The
   * template gets the deletion policy RetainExceptOnCreate and the update replace policy RETAIN. `removalPolicy` must be omitted or
   * DESTROY.
   *
   * @param options Guards, audit, and replicas.
   * @throws if an option is invalid
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html
   */
  public static deleteWithImages(options: DeleteWithImagesOptions = {}): Teardown {
    checkOptions<DeleteWithImagesOptions>('Teardown.deleteWithImages', options, { ...TEARDOWN_TYPES, replicaRegions: listOf(TEXT) });
    const { replicaRegions = [], audit } = options;
    throwProblems('Teardown.deleteWithImages', [...guardProblems(options), ...replicaRegionProblems(replicaRegions)]);
    return new Teardown({ kind: 'delete-with-images', replicaRegions, guards: guardsOf(options), audit: audit?._destination });
  }

  /**
   * Keeps the repository and removes its images when the whole stack is deleted, or when an update changes the `trigger`.
   *
   * Images of every kind and status are removed: untagged images, archived images, indexes, and signatures. Excepted images stay complete.
   * Implies the removal policy RETAIN.
   *
   * @param options Guards, audit, and exceptions.
   * @throws if an option is invalid
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
   */
  public static empty(options: EmptyRepositoryOptions = {}): Teardown {
    checkOptions<EmptyRepositoryOptions>('Teardown.empty', options, {
      ...TEARDOWN_TYPES, exceptTags: listOf(TEXT), exceptNewest: NUMBER, trigger: TEXT,
    });
    const { exceptTags = [], exceptNewest = 0, trigger, audit } = options;
    throwProblems('Teardown.empty', [
      ...guardProblems(options),
      ...tagPatternProblems('exceptTags', exceptTags),
      ...newestProblems(exceptNewest),
      ...triggerProblems(trigger),
    ]);
    return new Teardown({
      kind: 'empty', exceptions: { tags: exceptTags, newest: exceptNewest }, trigger, guards: guardsOf(options), audit: audit?._destination,
    });
  }

  /** Keeps the repository and its images. Implies the removal policy RETAIN, even if an Aspect sets a different one later. */
  public static retain(): Teardown {
    return new Teardown({ kind: 'retain' });
  }

  private constructor(private readonly plan: TeardownPlan) {}

  /** @internal */
  public get _plan(): TeardownPlan {
    return this.plan;
  }
}

function replicaRegionProblems(regions: readonly string[]): string[] {
  return [
    ...regions.flatMap((region, index) => Token.isUnresolved(region) || !REGION.test(region)
      ? [`'replicaRegions[${index}]' must be the name of a Region, such as eu-west-1, got:`
        + ` ${Token.isUnresolved(region) ? 'a token' : region}`] : []),
    ...new Set(regions).size < regions.length ? [`'replicaRegions' must name each Region once, got: ${regions.join(', ')}`] : [],
  ];
}

function newestProblems(exceptNewest: number): string[] {
  if (Number.isSafeInteger(exceptNewest) && exceptNewest >= 0) return [];
  const got = Token.isUnresolved(exceptNewest) ? 'a token' : exceptNewest;
  return [`'exceptNewest' must be a whole number of at least 0, known when the app is synthesized, got: ${got}`];
}
