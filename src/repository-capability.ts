import { Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { LifecycleGuard } from './lifecycle-guard';
import { Capability } from './private/access/capability';
import { checkOptions, KEY, LIFECYCLE_GUARD, listOf, required, TEARDOWN } from './private/property-types';
import { Teardown } from './teardown';

/**
 * Options of `RepositoryCapability.lifecycle`.
 *
 * @stability stable
 */
export interface LifecycleCapabilityOptions {
  /**
   * Lifecycle guard that the other stack uses. The capability includes the read actions that this guard needs.
   *
   * @default - no lifecycle guard; the other stack cannot preview a lifecycle policy
   */
  readonly lifecycleGuard?: LifecycleGuard;
}

/**
 * Options of `RepositoryCapability.teardown`.
 *
 * @stability stable
 */
export interface TeardownCapabilityOptions {
  /**
   * KMS keys that encrypt the repositories. Amazon ECR needs them to retire its grants on a key when a repository is deleted.
   *
   * @default - no keys; a repository that is encrypted with a KMS key is deleted too, but two grants remain on the key
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
   */
  readonly encryptionKeys?: kms.IKey[];
}

/**
 * Capability that a `RepositoryAccessRole` grants to a stack in another account.
 *
 * Each capability includes exactly the actions that the functions of the other stack need for it.
 *
 * @example
 * const capability = RepositoryCapability.push();
 * @stability stable
 */
export class RepositoryCapability {
  /** Allows copying images from the repositories: `ImageCopy` with `ImageSource.fromEcrRepository`. */
  public static pull(): RepositoryCapability {
    return new RepositoryCapability({ kind: 'pull' });
  }

  /**
   * Allows copying images to the repositories and tagging images there: `ImageCopy` and `ImageTags`. Deleting images or tags is not
   * included.
   */
  public static push(): RepositoryCapability {
    return new RepositoryCapability({ kind: 'push' });
  }

  /**
   * Allows deleting images and tags from the repositories. Required in addition to `push()`, but only for an `ImageCopy` or `ImageTags`
   * with `TagRemovalPolicy.DESTROY`.
   *
   * Amazon ECR has no action that deletes tags only: `ecr:BatchDeleteImage` deletes images as well.
   *
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
   */
  public static deleteImages(): RepositoryCapability {
    return new RepositoryCapability({ kind: 'deleteImages' });
  }

  /** Allows scanning images of the repositories and reading the findings: `ScanGate`. */
  public static scan(): RepositoryCapability {
    return new RepositoryCapability({ kind: 'scan' });
  }

  /** Allows adding statements to the policies of the repositories, removing them, and checking them: grants and `RepositoryPolicy`. */
  public static statements(): RepositoryCapability {
    return new RepositoryCapability({ kind: 'statements' });
  }

  /**
   * Allows reading the policy of the registry in each Region of the account: `access` of a `ReplicationDestination`, whose rules are then
   * written only if the policy permits them. It needs no repositories.
   *
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
   */
  public static readRegistryPolicy(): RepositoryCapability {
    return new RepositoryCapability({ kind: 'readRegistryPolicy' });
  }

  /**
   * Allows attaching a lifecycle policy to the repositories: `RepositoryLifecycle` and the `lifecycle` of an `ExistingRepository`.
   *
   * @param options Lifecycle guard that the other stack uses.
   */
  public static lifecycle(options: LifecycleCapabilityOptions = {}): RepositoryCapability {
    checkOptions<LifecycleCapabilityOptions>('RepositoryCapability.lifecycle', options, { lifecycleGuard: LIFECYCLE_GUARD });
    return new RepositoryCapability({ kind: 'lifecycle', guard: options.lifecycleGuard?._guard });
  }

  /**
   * Allows deleting or emptying the repositories when the other stack is deleted: `RepositoryTeardown` and the `teardown` of an
   * `ExistingRepository`.
   *
   * IAM allows this only while a repository carries the `requireTag` of the teardown.
   *
   * @param teardown Teardown that the other stack uses. It must have a `requireTag` and must not be `Teardown.retain()`. The capability
   * includes the actions that this teardown needs.
   * @param options Encryption keys of the repositories.
   * @throws if the teardown is `Teardown.retain()`, or if the key of its `requireTag` is missing or a token
   */
  public static teardown(teardown: Teardown, options: TeardownCapabilityOptions = {}): RepositoryCapability {
    checkOptions('RepositoryCapability.teardown', { teardown, ...options }, { teardown: required(TEARDOWN), encryptionKeys: listOf(KEY) });
    const plan = teardown._plan;
    if (plan.kind === 'retain') {
      throw new Error('RepositoryCapability.teardown: \'teardown\' must delete or empty repositories, got: Teardown.retain(). Omit this'
        + ' capability');
    }
    if (plan.guards.requireTag === undefined || Token.isUnresolved(plan.guards.requireTag.key)) {
      throw new Error('RepositoryCapability.teardown: \'teardown\' must have a \'requireTag\' with a key that is known at synthesis,'
        + ' because IAM allows the deletion only with that tag');
    }
    return new RepositoryCapability({ kind: 'teardown', plan, encryptionKeys: options.encryptionKeys ?? [] });
  }

  /** @internal */
  private constructor(public readonly _capability: Capability) {}
}
