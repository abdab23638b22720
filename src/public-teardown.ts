import { guardProblems, guardsOf, IMAGE_GUARD_TYPES, REQUIRED_TAG_TYPE } from './private/guards';
import { throwProblems, triggerProblems } from './private/problems';
import { checkOptions, instanceOf, PropertyTypes, TEXT } from './private/property-types';
import { PublicTeardownPlan } from './private/teardown/teardown-plan';
import { CommonTeardownOptions, EmptyTriggerOptions } from './teardown';

/**
 * Options of `PublicTeardown.deleteWithImages`.
 *
 * @stability stable
 */
export interface DeletePublicRepositoryOptions extends CommonTeardownOptions {}

/**
 * Options of `PublicTeardown.empty`.
 *
 * @stability stable
 */
export interface EmptyPublicRepositoryOptions extends CommonTeardownOptions, EmptyTriggerOptions {}

const TEARDOWN_TYPES: PropertyTypes<CommonTeardownOptions> = {
  ...IMAGE_GUARD_TYPES,
  requireTag: REQUIRED_TAG_TYPE,
  audit: instanceOf('TeardownAudit', 'TeardownAudit.toLogs()'),
};

/**
 * Teardown of a repository of Amazon ECR Public and its images, which runs when the whole stack is deleted.
 *
 * @stability stable
 */
export class PublicTeardown {
  /**
   * Deletes the repository with all its images when the whole stack is deleted.
   *
   * Updates, replacements, and rollbacks never delete an image. A repository that you remove from the template is kept in the account.
   *
   * @param options Guards and audit.
   * @throws if an option is invalid
   * @see https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_DeleteRepository.html
   */
  public static deleteWithImages(options: DeletePublicRepositoryOptions = {}): PublicTeardown {
    checkOptions<DeletePublicRepositoryOptions>('PublicTeardown.deleteWithImages', options, TEARDOWN_TYPES);
    throwProblems('PublicTeardown.deleteWithImages', guardProblems(options));
    return new PublicTeardown({ kind: 'delete-with-images', guards: guardsOf(options), audit: options.audit?._destination });
  }

  /**
   * Keeps the repository and removes all its images when the whole stack is deleted, or when an update changes the `trigger`.
   *
   * @param options Guards, audit, and trigger.
   * @throws if an option is invalid
   * @see https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_BatchDeleteImage.html
   */
  public static empty(options: EmptyPublicRepositoryOptions = {}): PublicTeardown {
    checkOptions<EmptyPublicRepositoryOptions>('PublicTeardown.empty', options, { ...TEARDOWN_TYPES, trigger: TEXT });
    const { trigger, audit } = options;
    throwProblems('PublicTeardown.empty', [...guardProblems(options), ...triggerProblems(trigger)]);
    return new PublicTeardown({ kind: 'empty', trigger, guards: guardsOf(options), audit: audit?._destination });
  }

  /** Keeps the repository and its images. This is the default of `PublicRepository`. */
  public static retain(): PublicTeardown {
    return new PublicTeardown({ kind: 'retain' });
  }

  private constructor(private readonly plan: PublicTeardownPlan) {}

  /** @internal */
  public get _plan(): PublicTeardownPlan {
    return this.plan;
  }
}
