import { throwProblems, unlessToken } from './private/problems';
import { TeardownPlan } from './private/teardown-plan';

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

/** Guards and reach of `Teardown.deleteWithImages`. */
export interface DeleteWithImagesOptions {
  /**
   * Refuse to delete a repository that holds more images than this. Images are counted by digest, untagged,
   * archived and multi-architecture children included, just before the deletion.
   *
   * @default - any number of images is deleted
   */
  readonly maxImages?: number;

  /**
   * Refuse to delete a repository that does not carry this tag at that moment. Mandatory for a repository that the
   * stack does not own, so that its owner has a say.
   *
   * @default - no tag is asked for (owned repositories only)
   */
  readonly requireTag?: RequiredTag;

  /**
   * Also delete the images when only the repository goes: it leaves the template, its construct id changes, or a
   * rollback removes it. This is CloudFormation's own `EmptyOnDelete`; it needs no Lambda function and knows no guards.
   *
   * @default false - images go only when the whole stack is deleted
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
   */
  readonly alsoWhenRemoved?: boolean;
}

/** What happens to a repository and its images when its stack is deleted. */
export class Teardown {
  /**
   * The repository is deleted with all its images when the whole stack is deleted, and at no other time. Updates,
   * replacements and rollbacks never touch an image: what leaves the template then is left in the account.
   *
   * Implies the removal policy DESTROY, with UpdateReplacePolicy Retain.
   *
   * @throws when an option is out of range, or `alsoWhenRemoved` comes with a guard
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html
   */
  public static deleteWithImages(options: DeleteWithImagesOptions = {}): Teardown {
    throwProblems('Teardown.deleteWithImages', optionProblems(options));
    return new Teardown({ kind: 'delete-with-images', ...options });
  }

  /** The repository and its images stay when the stack is deleted. Implies the removal policy RETAIN, whatever an Aspect says later. */
  public static retain(): Teardown {
    return new Teardown({ kind: 'retain' });
  }

  /** @internal */
  private constructor(public readonly _plan: TeardownPlan) {}
}

function optionProblems({ maxImages, requireTag, alsoWhenRemoved }: DeleteWithImagesOptions): string[] {
  return [
    ...unlessToken(maxImages, n => Number.isSafeInteger(n) && n >= 0 ? [] : [`'maxImages' must be a whole number of at least 0, got: ${n}`]),
    ...unlessToken(requireTag?.key, key => key.length >= 1 && key.length <= 128 ? []
      : [`'requireTag.key' must have between 1 and 128 characters, got: ${key.length}`]),
    ...unlessToken(requireTag?.key, key => /^(aws|cdk-ecr-keeper):/i.test(key)
      ? [`'requireTag.key' must not start with 'aws:' or 'cdk-ecr-keeper:', got: ${key}`] : []),
    ...unlessToken(requireTag?.value, value => value.length <= 256 ? []
      : [`'requireTag.value' must have at most 256 characters, got: ${value.length}`]),
    ...(alsoWhenRemoved && (maxImages !== undefined || requireTag !== undefined)
      ? ['\'alsoWhenRemoved\' must not be combined with guards (\'maxImages\', \'requireTag\'), got: true'
        + ' — CloudFormation deletes the images itself then and checks nothing'] : []),
  ];
}
