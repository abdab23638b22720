import { CustomResource, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { LifecycleGuard } from './lifecycle-guard';
import { LifecyclePolicy } from './lifecycle-policy';
import { refusalRule } from './private/events/refusals';
import { countAttribute, effectAttribute } from './private/lifecycle/guard-attributes';
import { attachUnownedLifecycle, setNativeLifecycle } from './private/lifecycle/lifecycle-attachment';
import { warnOfLifecycle } from './private/lifecycle/lifecycle-warnings';
import { throwProblems } from './private/problems';
import { checkProps, FLAG, LIFECYCLE, LIFECYCLE_GUARD, PropertyTypes, REPOSITORY, required } from './private/property-types';
import { nativeRepository } from './private/repository/native-repository';
import { anotherStackProblem } from './private/repository/unowned-repository';

/**
 * Properties of `RepositoryLifecycle`.
 *
 * @stability stable
 */
export interface RepositoryLifecycleProps {
  /**
   * Repository that gets the lifecycle policy. It must be imported, or declared in the same stack.
   *
   * A repository in another account must be imported with `access` (`ExistingRepository`).
   */
  readonly repository: aws_ecr.IRepositoryRef;

  /** Lifecycle policy of the repository. */
  readonly lifecycle: LifecyclePolicy;

  /**
   * Whether to replace a different lifecycle policy that the repository already has. The old policy is written to the log of the function
   * first.
   *
   * For imported repositories only.
   *
   * @default false - the deployment fails if the repository has a different lifecycle policy
   */
  readonly overwrite?: boolean;

  /**
   * Lifecycle policy that the repository gets when this construct is removed. For imported repositories only.
   *
   * @default - no policy; the repository then has no lifecycle policy
   */
  readonly onDelete?: LifecyclePolicy;

  /**
   * Guard that checks a new lifecycle policy with Amazon ECR's preview before the policy is attached.
   *
   * @default - the lifecycle policy is attached without a preview
   */
  readonly lifecycleGuard?: LifecycleGuard;
}

const PROPERTY_TYPES: PropertyTypes<RepositoryLifecycleProps> = {
  repository: required(REPOSITORY), lifecycle: required(LIFECYCLE), overwrite: FLAG, onDelete: LIFECYCLE, lifecycleGuard: LIFECYCLE_GUARD,
};

/**
 * Lifecycle policy that the stack attaches to a repository, which it imports or declares.
 *
 * For a repository of the same stack, the policy is a property of the native resource. For an imported repository, a function attaches the
 * policy when the stack is deployed. The policy is removed with this construct only if it is unchanged and the repository still carries the
 * mark of this construct. The mark is a tag that the deployment sets.
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
 * @stability stable
 */
export class RepositoryLifecycle extends Construct {
  /** Custom resource with the results of the preview, if there is a guard. */
  private readonly preview?: CustomResource;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Repository and its lifecycle policy.
   */
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
   * Findings of the lifecycle guard when the policy was last deployed, at most 1,500 characters. Empty if the guard found nothing.
   *
   * Requires `lifecycleGuard`.
   *
   * @throws if `lifecycleGuard` is not set
   */
  public get lifecycleFindings(): string {
    return effectAttribute(this.node.path, this.preview, 'findings');
  }

  /**
   * Creates a rule for the refusals of the lifecycle guard.
   *
   * AWS CloudFormation sends the event when the resource fails. Its detail contains the reasons, and the command that lifts the refusal if
   * there is one. The rule and its target are deleted after the resource.
   *
   * @param id ID of the rule, unique in the construct.
   * @param options Target of the rule, and further conditions.
   * @throws if there is no guard that refuses
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
   */
  public onRefused(id: string, options: events.OnEventOptions = {}): events.Rule {
    return refusalRule(this, id, options);
  }
}
