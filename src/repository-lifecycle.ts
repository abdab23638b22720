import { CustomResource, Stack } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { LifecycleGuard } from './lifecycle-guard';
import { LifecyclePolicy } from './lifecycle-policy';
import { countAttribute, effectAttribute } from './private/lifecycle/guard-attributes';
import { attachUnownedLifecycle, setNativeLifecycle } from './private/lifecycle/lifecycle-attachment';
import { warnOfLifecycle } from './private/lifecycle/lifecycle-warnings';
import { throwProblems } from './private/problems';
import { checkProps, FLAG, LIFECYCLE, LIFECYCLE_GUARD, PropertyTypes, REPOSITORY, required } from './private/property-types';
import { nativeRepository } from './private/repository/native-repository';
import { anotherStackProblem } from './private/repository/unowned-repository';

/** Properties of `RepositoryLifecycle`. */
export interface RepositoryLifecycleProps {
  /**
   * Repository that gets the lifecycle policy: imported, or declared in the same stack.
   *
   * A repository in another account must be imported with `access` (`ExistingRepository`).
   */
  readonly repository: aws_ecr.IRepositoryRef;

  /** Lifecycle policy of the repository. */
  readonly lifecycle: LifecyclePolicy;

  /**
   * Whether to replace another lifecycle policy that the repository already has. It is written to the log of the function first.
   *
   * For imported repositories only.
   *
   * @default false - the deployment fails if the repository has another lifecycle policy
   */
  readonly overwrite?: boolean;

  /**
   * Lifecycle policy that the repository gets when this construct is removed. For imported repositories only.
   *
   * @default - the repository is left without a lifecycle policy
   */
  readonly onDelete?: LifecyclePolicy;

  /**
   * Conditions under which a new lifecycle policy is not attached. Amazon ECR previews the policy first.
   *
   * @default - the lifecycle policy is attached without a preview
   */
  readonly lifecycleGuard?: LifecycleGuard;
}

const PROPERTY_TYPES: PropertyTypes<RepositoryLifecycleProps> = {
  repository: required(REPOSITORY), lifecycle: required(LIFECYCLE), overwrite: FLAG, onDelete: LIFECYCLE, lifecycleGuard: LIFECYCLE_GUARD,
};

/**
 * Lifecycle policy of a repository.
 *
 * For a repository of the same stack, this is the property of the native resource. For an imported repository, the policy is written when
 * the stack is deployed. It is removed with this construct if the repository still has the mark of this construct and the policy is still
 * the one that was written.
 *
 * @throws if the repository already has lifecycle rules or another `RepositoryLifecycle`, if another stack of the app declares it, or if it
 * is in another account and was imported without `access`
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
 *
 * @example
 * new RepositoryLifecycle(this, 'Lifecycle', {
 *   repository: Repository.fromRepositoryName(this, 'Shared', 'team/shared'),
 *   lifecycle: LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: ecr.TagStatus.UNTAGGED })]),
 * });
 */
export class RepositoryLifecycle extends Construct {
  /** The custom resource whose attributes are the results of the preview, if there is a guard. */
  private readonly preview?: CustomResource;

  constructor(scope: Construct, id: string, props: RepositoryLifecycleProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const settings = {
      policyText: props.lifecycle._text,
      overwrite: props.overwrite ?? false,
      onDeleteText: props.onDelete?._text,
      guard: props.lifecycleGuard?._guard,
    };
    warnOfLifecycle(this, props.lifecycle._rules);
    const native = nativeRepository(props.repository);
    if (native && Stack.of(native) !== Stack.of(this)) throwProblems(this.node.path, [anotherStackProblem(native, 'lifecycle policy')]);
    const resource = native ? setNativeLifecycle(this, native, settings) : attachUnownedLifecycle(this, props.repository, settings);
    this.preview = props.lifecycleGuard && resource;
  }

  /**
   * Number of images that the policy would have expired when it was last deployed, from the preview of Amazon ECR. 0 if the policy did not
   * change.
   *
   * Requires `lifecycleGuard`.
   *
   * @throws if `lifecycleGuard` is not set
   */
  public get expiringImageCount(): number {
    return countAttribute(this.node.path, this.preview, 'expiring');
  }

  /**
   * Number of images that the policy would have archived when it was last deployed, from the preview of Amazon ECR. 0 if the policy did not
   * change.
   *
   * Requires `lifecycleGuard`.
   *
   * @throws if `lifecycleGuard` is not set
   */
  public get archivingImageCount(): number {
    return countAttribute(this.node.path, this.preview, 'archiving');
  }

  /**
   * Findings of the lifecycle guard when the policy was last deployed, at most 1,500 characters. Empty if there were none.
   *
   * Requires `lifecycleGuard`.
   *
   * @throws if `lifecycleGuard` is not set
   */
  public get lifecycleFindings(): string {
    return effectAttribute(this.node.path, this.preview, 'findings');
  }
}
