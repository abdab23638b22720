import { CustomResource, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { isRepositoryName } from '../core/repository-name';
import { MAX_CHANGED_REPOSITORIES } from '../core/wire/prefix-lifecycle';
import { LifecycleGuard } from '../lifecycle-guard';
import { LifecyclePolicy } from '../lifecycle-policy';
import { refusalRule } from '../private/events/refusals';
import { countAttribute, effectAttribute } from '../private/lifecycle/guard-attributes';
import { warnOfLifecycle } from '../private/lifecycle/lifecycle-warnings';
import { attachPrefixLifecycle } from '../private/lifecycle/prefix-lifecycle';
import { OverlappingPrefixes } from '../private/overlapping-prefixes';
import { countProblems, throwProblems, triggerProblems } from '../private/problems';
import { checkProps, FLAG, LIFECYCLE, LIFECYCLE_GUARD, listOf, NUMBER, PropertyTypes, required, TEXT } from '../private/property-types';
import { shortHash } from '../private/short-hash';

/**
 * Properties of `PrefixLifecycle`.
 *
 * @stability stable
 */
export interface PrefixLifecycleProps {
  /**
   * Beginning of the repository names, such as `docker-hub/`. It consists of complete segments, each ending in `/`, and has at most 256
   * characters.
   *
   * It must be known when the app is synthesized, and must not be `ROOT`.
   */
  readonly prefix: string;

  /** Lifecycle policy of the repositories. */
  readonly lifecycle: LifecyclePolicy;

  /**
   * Guard that checks a new lifecycle policy with Amazon ECR's preview, in each repository that gets it. If it refuses in one repository,
   * the policy of no repository is changed. Its limits apply to each repository.
   *
   * @default - the lifecycle policy is written without a preview
   */
  readonly guard?: LifecycleGuard;

  /**
   * Maximum number of repositories whose lifecycle policy one deployment may change. A whole number of at least 1.
   *
   * The function has 15 minutes for all of them.
   *
   * @default 1000
   */
  readonly maxRepositories?: number;

  /**
   * Whether to replace different lifecycle policies that repositories already have. Each old policy is written to the log of the function
   * first.
   *
   * @default false - the deployment fails if a repository has a different lifecycle policy
   */
  readonly overwrite?: boolean;

  /**
   * Names of repositories under the prefix whose lifecycle policy is not changed, at most 256 characters each.
   *
   * @default - only repositories that a stack declares, or whose lifecycle policy a `RepositoryLifecycle` sets
   */
  readonly excludedRepositories?: string[];

  /**
   * Value that you change to search for repositories again, 1 to 256 characters. Change it, for example, to give the lifecycle policy to
   * repositories that were created since the last deployment.
   *
   * @default - the policy is written when a property changes
   */
  readonly trigger?: string;
}

const PROPERTY_TYPES: PropertyTypes<PrefixLifecycleProps> = {
  prefix: required(TEXT),
  lifecycle: required(LIFECYCLE),
  guard: LIFECYCLE_GUARD,
  maxRepositories: NUMBER,
  overwrite: FLAG,
  excludedRepositories: listOf(TEXT),
  trigger: TEXT,
};

const declaredPrefixes = new OverlappingPrefixes('a lifecycle policy');

/**
 * Lifecycle policy of all repositories under a prefix that no stack declares, such as those of a pull-through cache.
 *
 * When the stack is deployed, a function writes the policy to the repositories that exist in the account and Region of the stack.
 * Repositories that Amazon ECR creates later get the policy of their creation template, so declare a `RepositoryTemplate` or a
 * `PullThroughCache` with the same policy.
 *
 * Repositories that a stack declares are not changed. If a repository has a different lifecycle policy, the deployment fails before the
 * policy of any repository is changed. The policy is removed with this construct from the repositories to which it was written, if it is
 * unchanged there.
 *
 * @throws if a property is invalid, or if the prefix overlaps with that of another `PrefixLifecycle` of the app in the same account and
 * Region
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
 *
 * @example
 * new registry.PrefixLifecycle(this, 'Existing', {
 *   prefix: 'docker-hub/',
 *   lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(20)]),
 *   guard: LifecycleGuard.refuse({ pulledWithin: Duration.days(7) }),
 * });
 * @stability stable
 */
export class PrefixLifecycle extends Construct {
  /** Custom resource with the results of the previews, if there is a guard. */
  private readonly preview?: CustomResource;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Prefix and lifecycle policy.
   */
  constructor(scope: Construct, id: string, props: PrefixLifecycleProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    throwProblems(this.node.path, problemsOf(this, props));
    const { prefix, lifecycle, guard, maxRepositories = MAX_CHANGED_REPOSITORIES, overwrite = false, excludedRepositories = [] } = props;
    warnOfLifecycle(this, lifecycle._rules);
    // a different prefix is a different resource, and the Delete request of the old resource removes its policies
    const target = new Construct(this, shortHash(prefix, 8));
    const resource = attachPrefixLifecycle(target, {
      prefix,
      policyText: lifecycle._text,
      guard: guard?._guard,
      maxRepositories,
      overwrite,
      excluded: excludedRepositories,
      trigger: props.trigger,
    });
    this.preview = guard && resource;
  }

  /**
   * Number of images that the policy would have expired when it was last deployed, in all repositories together, from the previews of
   * Amazon ECR. 0 if no policy changed.
   *
   * Requires `guard`.
   *
   * @throws if `guard` is not set
   */
  public get expiringImageCount(): number {
    return countAttribute(this.node.path, this.preview, 'expiring', 'guard');
  }

  /**
   * Number of images that the policy would have archived when it was last deployed, in all repositories together, from the previews of
   * Amazon ECR. 0 if no policy changed.
   *
   * Requires `guard`.
   *
   * @throws if `guard` is not set
   */
  public get archivingImageCount(): number {
    return countAttribute(this.node.path, this.preview, 'archiving', 'guard');
  }

  /**
   * Findings of the guard in all repositories when the policy was last deployed, at most 1,500 characters. Empty if the guard found
   * nothing.
   *
   * Requires `guard`.
   *
   * @throws if `guard` is not set
   */
  public get lifecycleFindings(): string {
    return effectAttribute(this.node.path, this.preview, 'findings', 'guard');
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

function problemsOf(scope: Construct, { prefix, maxRepositories, excludedRepositories = [], trigger }: PrefixLifecycleProps): string[] {
  return [
    ...declaredPrefixes.problemsOf(scope, prefix),
    ...countProblems('maxRepositories', maxRepositories),
    ...excludedRepositories.flatMap((name, index) => Token.isUnresolved(name) || Token.isUnresolved(prefix)
      || (isRepositoryName(name) && name.startsWith(prefix)) ? []
      : [`'excludedRepositories[${index}]' must be the name of a repository under the prefix ${prefix}, got: ${JSON.stringify(name)}`]),
    ...triggerProblems(trigger),
  ];
}
