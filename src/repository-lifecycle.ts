import { CustomResource, Stack } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { LifecycleGuard } from './lifecycle-guard';
import { LifecyclePolicy } from './lifecycle-policy';
import { countAttribute, effectAttribute } from './private/lifecycle/guard-attributes';
import { foreignLifecycle, nativeLifecycle } from './private/lifecycle/lifecycle-attachment';
import { warnOfLifecycle } from './private/lifecycle/lifecycle-warnings';
import { throwProblems } from './private/problems';
import { nativeRepository } from './private/repository/native-repository';
import { belongsToAnotherStack } from './private/repository/unowned-repository';

/** Properties of `RepositoryLifecycle`. */
export interface RepositoryLifecycleProps {
  /** The repository: imported, or declared in the same stack. It must be in the stack's account and Region. */
  readonly repository: aws_ecr.IRepositoryRef;

  /** The whole lifecycle policy. */
  readonly lifecycle: LifecyclePolicy;

  /**
   * Replace another policy that is attached already. It is written to the log in full before. Imported repositories only.
   *
   * @default false - another policy fails the deployment
   */
  readonly overwrite?: boolean;

  /**
   * The policy to put in its place when this construct goes. Imported repositories only.
   *
   * @default - the repository is left without a lifecycle policy
   */
  readonly onDelete?: LifecyclePolicy;

  /**
   * When a new policy must not reach the repository. ECR's own preview of it is asked before.
   *
   * @default - the policy is deployed without a preview
   */
  readonly guard?: LifecycleGuard;
}

/**
 * Gives a repository a lifecycle policy.
 *
 * On a repository of the same stack this is the native property. On an imported one it is written at deploy, and taken back when the construct
 * goes, if the repository still carries this construct's mark and the policy is still the one that was written.
 *
 * @throws when the repository has lifecycle rules or another `RepositoryLifecycle` already, when another stack of the app declares it, or when it
 * is in another account or Region
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
 *
 * @example
 * new RepositoryLifecycle(this, 'Lifecycle', {
 *   repository: Repository.fromRepositoryName(this, 'Shared', 'team/shared'),
 *   lifecycle: LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: ecr.TagStatus.UNTAGGED })]),
 * });
 */
export class RepositoryLifecycle extends Construct {
  private readonly asked?: CustomResource;
  private readonly isGuarded: boolean;

  constructor(scope: Construct, id: string, props: RepositoryLifecycleProps) {
    super(scope, id);
    const texts = {
      policyText: props.lifecycle._text,
      overwrite: props.overwrite ?? false,
      onDeleteText: props.onDelete?._text,
      guard: props.guard?._guard,
    };
    this.isGuarded = props.guard !== undefined;
    warnOfLifecycle(this, props.lifecycle._rules);
    const native = nativeRepository(props.repository);
    if (native && Stack.of(native) !== Stack.of(this)) throwProblems(this.node.path, [belongsToAnotherStack(native, 'lifecycle policy')]);
    this.asked = native ? nativeLifecycle(this, native, texts) : foreignLifecycle(this, props.repository, texts);
  }

  /**
   * How many images the policy was going to expire when it was deployed last, by ECR's preview. 0 when it did not change.
   *
   * @throws when there is no guard
   */
  public get expiringImageCount(): number {
    return countAttribute(this.node.path, this.previewed, 'expiring');
  }

  /**
   * How many images the policy was going to archive when it was deployed last, by ECR's preview. 0 when it did not change.
   *
   * @throws when there is no guard
   */
  public get archivingImageCount(): number {
    return countAttribute(this.node.path, this.previewed, 'archiving');
  }

  /**
   * What the guard found when the policy was deployed last, empty when nothing. At most 1,500 characters.
   *
   * @throws when there is no guard
   */
  public get lifecycleFindings(): string {
    return effectAttribute(this.node.path, this.previewed, 'findings');
  }

  private get previewed(): CustomResource | undefined {
    return this.isGuarded ? this.asked : undefined;
  }
}
