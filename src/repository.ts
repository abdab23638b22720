import { CustomResource, Lazy, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { repositoryNameProblems } from './core/repository-name';
import { DeletionLock } from './deletion-lock';
import { ExistingRepository } from './existing-repository';
import { OnFindingOptions } from './finding-severity';
import { LifecycleGuard } from './lifecycle-guard';
import { LifecyclePolicy } from './lifecycle-policy';
import { OnPushOptions } from './on-push-options';
import { refusalRule } from './private/events/refusals';
import { findingRule, pullCountMetric, pushRule } from './private/events/repository-rules';
import { countAttribute, effectAttribute } from './private/lifecycle/guard-attributes';
import { renderedLifecycleProblems, warnOfLifecycle } from './private/lifecycle/lifecycle-warnings';
import { guardNative } from './private/lifecycle/native-guard';
import { lockDeletion } from './private/policy/deletion-lock';
import { PolicyStatements } from './private/policy/policy-statements';
import { grantPullOn } from './private/policy/pull-grants';
import { throwProblems, unlessToken } from './private/problems';
import { checkOwnProps, DELETION_LOCK, LIFECYCLE, LIFECYCLE_GUARD, TEARDOWN, TEXT } from './private/property-types';
import { rememberTags, warnOfMovingTags } from './private/repository/moving-tags';
import { contradictions, tearDownOwned, warnOfDestroy, warnOfEmptyOnDelete } from './private/teardown/owned-teardown';
import { Teardown } from './teardown';

/**
 * Properties of `Repository`: the properties of aws-ecr's `Repository`, a lifecycle policy, a deletion lock, and a teardown.
 *
 * @stability stable
 */
export interface RepositoryProps extends ecr.RepositoryProps {
  /**
   * Complete lifecycle policy. It cannot be combined with `lifecycleRules` or `addLifecycleRule`.
   *
   * @default - no lifecycle policy; no image expires
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
   */
  readonly lifecycle?: LifecyclePolicy;

  /**
   * Guard that checks a new lifecycle policy with Amazon ECR's preview before CloudFormation changes the repository.
   *
   * It works for `lifecycle`, `lifecycleRules`, and `addLifecycleRule`.
   *
   * @default - the policy is deployed without a preview
   */
  readonly lifecycleGuard?: LifecycleGuard;

  /**
   * Lock that denies deleting the repository, its images, and its lifecycle policy to principals that do not deploy the stack.
   *
   * It cannot be combined with `autoDeleteImages`. To delete a repository or an image that the lock protects, remove the property and
   * deploy first.
   *
   * @default - any principal with the permissions in IAM can delete the repository and its images
   */
  readonly deletionLock?: DeletionLock;

  /**
   * Teardown of the repository and its images, which runs when the whole stack is deleted. It implies the removal policy, and it cannot be
   * combined with `emptyOnDelete` or `autoDeleteImages`.
   *
   * @default - `removalPolicy` applies, which is RETAIN by default. With DESTROY, a repository that contains images cannot be deleted
   * unless `emptyOnDelete` is true
   */
  readonly teardown?: Teardown;
}

/**
 * Repositories with rules. This is not a field, because the constructor of aws-ecr adds rules before fields of the subclass are
 * initialized.
 */
const withRules = new WeakSet<ecr.Repository>();

/**
 * Private Amazon ECR repository that is scanned on push and has immutable tags, with an optional lifecycle policy, deletion lock, and
 * teardown.
 *
 * It extends aws-ecr's `Repository`, so it works wherever an `ecr.IRepository` does. Two defaults differ: `imageScanOnPush` is true, and
 * `imageTagMutability` is IMMUTABLE, or IMMUTABLE_WITH_EXCLUSION with exclusion filters.
 *
 * @throws if the name is invalid or properties contradict each other; the error lists all problems
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/Repositories.html
 *
 * @example
 * new Repository(this, 'App', {
 *   repositoryName: 'team/app',
 *   teardown: Teardown.deleteWithImages({ maxImages: 100 }),
 * });
 * @stability stable
 */
export class Repository extends ecr.Repository {
  /**
   * Imports a repository of the stack's account and Region by name. The import is an `ExistingRepository`, whose grants are applied.
   *
   * @param scope Scope of the import.
   * @param id Construct id of the import.
   * @param repositoryName Name of the repository.
   * @throws if the name is invalid
   */
  public static fromRepositoryName(scope: Construct, id: string, repositoryName: string): ecr.IRepository {
    return ExistingRepository.fromRepositoryName(scope, id, repositoryName);
  }

  /**
   * Imports a repository by ARN. The import is an `ExistingRepository`, whose grants are applied.
   *
   * @param scope Scope of the import.
   * @param id Construct id of the import.
   * @param repositoryArn ARN of the repository. It must be known when the app is synthesized.
   * @throws if the ARN is known only at deployment, or is not the ARN of a repository
   */
  public static fromRepositoryArn(scope: Construct, id: string, repositoryArn: string): ecr.IRepository {
    return ExistingRepository.fromRepositoryArn(scope, id, repositoryArn);
  }

  /**
   * Imports a repository by name and ARN. The import is an `ExistingRepository`, whose grants are applied.
   *
   * @param scope Scope of the import.
   * @param id Construct id of the import.
   * @param attrs Name and ARN of the repository.
   * @throws if name and ARN contradict each other
   */
  public static fromRepositoryAttributes(scope: Construct, id: string, attrs: ecr.RepositoryAttributes): ecr.IRepository {
    return ExistingRepository.fromRepositoryAttributes(scope, id, attrs);
  }

  /**
   * Looks up a repository in the account when the app is synthesized. The import is an `ExistingRepository`, whose grants are applied.
   *
   * @param scope Scope of the import.
   * @param id Construct id of the import.
   * @param options Name or ARN of the repository. It must be known when the app is synthesized.
   * @throws if both are missing, or if one is known only at deployment
   */
  public static fromLookup(scope: Construct, id: string, options: ecr.RepositoryLookupOptions): ecr.IRepository {
    return ExistingRepository.fromLookup(scope, id, options);
  }

  private readonly givenName?: string;
  private readonly hasCompletePolicy: boolean;
  private readonly guard?: CustomResource;
  private readonly statements: PolicyStatements;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Properties of the repository.
   */
  constructor(scope: Construct, id: string, props: RepositoryProps = {}) {
    checkOwnProps<OwnProps>(`${scope.node.path}/${id}`, props, {
      repositoryName: TEXT,
      lifecycle: LIFECYCLE,
      lifecycleGuard: LIFECYCLE_GUARD,
      deletionLock: DELETION_LOCK,
      teardown: TEARDOWN,
    });
    throwProblems(`${scope.node.path}/${id}`, problemsOf(props));
    super(scope, id, nativeProps(props));
    const native = this.node.defaultChild as ecr.CfnRepository;
    native.imageScanningConfiguration ??= { scanOnPush: true };
    warnOfMovingTags(native, native.imageTagMutability === undefined);
    native.imageTagMutability ??= ecr.TagMutability.IMMUTABLE;
    const { account, region } = this.env;
    this.statements = new PolicyStatements(this, { account, region }, account, { canHaveResources: true });
    native.repositoryPolicyText = Lazy.uncachedAny({
      produce: () => this.statements.isEmpty ? undefined : { Version: '2012-10-17', Statement: this.statements.render() },
    });
    this.node.addValidation({ validate: () => this.statements.validate() });
    if (props.deletionLock) this.statements.add(this.node.path, [lockDeletion(this, native, props.deletionLock._lock)], false);
    if (props.repositoryName !== undefined && standInName(props.repositoryName) !== props.repositoryName) {
      this.givenName = props.repositoryName;
      native.repositoryName = props.repositoryName;
    }
    if (isDsse(props)) native.encryptionConfiguration = { encryptionType: 'KMS_DSSE', kmsKey: props.encryptionKey?.keyRef.keyArn };
    this.hasCompletePolicy = props.lifecycle !== undefined;
    this.node.addValidation({ validate: () => withRules.has(this) ? renderedLifecycleProblems(this, native) : [] });
    if (props.lifecycle) {
      throwProblems(this.node.path, !withRules.has(this) ? [] : [
        '\'lifecycle\' must not be combined with the \'lifecycleRules\' of a property injector. Put the rules into one policy',
      ]);
      native.lifecyclePolicy = { lifecyclePolicyText: props.lifecycle._text, registryId: props.lifecycleRegistryId };
      warnOfLifecycle(this, props.lifecycle._rules);
    }
    if (props.lifecycleGuard) this.guard = guardNative(this, 'LifecycleGuard', native, props.lifecycleGuard._guard);
    if (props.teardown) tearDownOwned(this, 'Teardown', native, props.teardown._plan);
    else if (native.emptyOnDelete) warnOfEmptyOnDelete(this);
    this.node.addValidation({ validate: () => warnOfDestroy(this, native) });
  }

  /**
   * Adds a rule to the lifecycle policy of the repository. You cannot add rules to a repository with a complete policy (`lifecycle`).
   *
   * Synthesis fails if Amazon ECR would reject a rule, and warns if a rule is probably a mistake.
   *
   * @param rule Rule to add.
   * @throws if the repository has a complete policy
   */
  public addLifecycleRule(rule: ecr.LifecycleRule): void {
    if (this.hasCompletePolicy) {
      throwProblems(this.node.path, [
        'a rule cannot be added to a repository with a complete policy (\'lifecycle\'). Put the rule into that policy',
      ]);
    }
    super.addLifecycleRule(rule);
    withRules.add(this);
  }

  /**
   * Adds a statement to the policy of the repository.
   *
   * CloudFormation overwrites the policy at every update of the repository, so statements that others added are lost. The statement is
   * rendered unchanged.
   *
   * @param statement Statement to add.
   * @throws if Amazon ECR would reject the statement, or if it prevents the deploying principal from changing the policy again
   */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    this.statements.add(this.node.path, [statement], false);
    return super.addToResourcePolicy(statement);
  }

  /**
   * Grants permission to pull images from this repository.
   *
   * AWS Lambda, the grantee of `DockerImageCode.fromEcr`, gets the two actions that it needs, for functions of the stack's account and of
   * every account and organization that the policy of the repository allows to pull. For functions of another account, use
   * `RepositoryPrincipal.lambdaFunctions`.
   *
   * @param grantee Principal to grant to.
   */
  public grantPull(grantee: iam.IGrantable): iam.Grant {
    return grantPullOn(this, grantee, () => super.grantPull(grantee));
  }

  /**
   * Returns the URI of an image by its tag, or the URI of the repository if no tag is set.
   *
   * @param tag Tag of the image.
   */
  public repositoryUriForTag(tag?: string): string {
    if (tag !== undefined) rememberTags(this, [tag]);
    return super.repositoryUriForTag(tag);
  }

  /**
   * Adds a rule for the event that AWS CloudTrail records when an image is pushed.
   *
   * @param id Construct id of the rule.
   * @param options Tag of the image, and target of the rule.
   */
  public onCloudTrailImagePushed(id: string, options: ecr.OnCloudTrailImagePushedOptions = {}): events.Rule {
    if (options.imageTag !== undefined) rememberTags(this, [options.imageTag]);
    return super.onCloudTrailImagePushed(id, options);
  }

  /**
   * Creates a rule for images that are pushed. Amazon ECR sends one event for each tag of an image.
   *
   * Adding a tag to an existing image is a push too. The event needs no trail of AWS CloudTrail.
   *
   * @param id ID of the rule, unique in the repository.
   * @param options Target of the rule, tags, and further conditions.
   * @throws if an option is invalid, or if the rule would be in a different account or Region than the repository
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
   */
  public onPush(id: string, options: OnPushOptions = {}): events.Rule {
    return pushRule(this, id, options);
  }

  /**
   * Creates a rule for findings in images of the repository, by basic scans and by Amazon Inspector.
   *
   * A basic scan sends one event for each scanned image, with the number of findings of each severity. Amazon Inspector sends one event
   * for each finding, when it is new and when it changes. Findings that are closed or suppressed do not match.
   *
   * @param id ID of the rule, unique in the repository.
   * @param options Target of the rule, minimum severity, and further conditions.
   * @throws if an option is invalid, or if the rule would be in a different account or Region than the repository
   * @see https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html
   */
  public onFinding(id: string, options: OnFindingOptions = {}): events.Rule {
    return findingRule(this, id, options);
  }

  /**
   * Creates a rule for the refusals of the teardown and the lifecycle guard.
   *
   * AWS CloudFormation sends the event when the resource fails. Its detail contains the reasons, and the command that lifts the refusal if
   * there is one. The rule and its target are deleted after the resource.
   *
   * @param id ID of the rule, unique in the construct.
   * @param options Target of the rule, and further conditions.
   * @throws if there is neither a teardown that removes images nor a guard that refuses
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
   */
  public onRefused(id: string, options: events.OnEventOptions = {}): events.Rule {
    return refusalRule(this, id, options);
  }

  /**
   * Returns the metric of the number of pulls of images from the repository, by default as a sum over each period.
   *
   * Amazon ECR does not document that it sends data for a period without pulls, so an alarm must say how it treats missing data.
   *
   * @param props Properties of the metric.
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-repository-metrics.html
   */
  public metricPullCount(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return pullCountMetric(this, props);
  }

  /**
   * Number of images that the lifecycle policy would expire, according to Amazon ECR's preview at the last deployment. 0 if the policy did
   * not change.
   *
   * @throws if there is no `lifecycleGuard`
   */
  public get expiringImageCount(): number {
    return countAttribute(this.node.path, this.guard, 'expiring');
  }

  /**
   * Number of images that the lifecycle policy would archive, according to Amazon ECR's preview at the last deployment. 0 if the policy did
   * not change.
   *
   * @throws if there is no `lifecycleGuard`
   */
  public get archivingImageCount(): number {
    return countAttribute(this.node.path, this.guard, 'archiving');
  }

  /**
   * Findings of the guard at the last deployment of the lifecycle policy, at most 1,500 characters. Empty if the guard found nothing.
   *
   * @throws if there is no `lifecycleGuard`
   */
  public get lifecycleFindings(): string {
    return effectAttribute(this.node.path, this.guard, 'findings');
  }

  /**
   * Name of the repository, as the user set it. If aws-ecr would reject a name that Amazon ECR accepts, its constructor gets a similar
   * name.
   */
  protected get physicalName(): string {
    return this.givenName ?? super.physicalName;
  }
}

type OwnProps = Pick<RepositoryProps, 'repositoryName' | 'lifecycle' | 'lifecycleGuard' | 'deletionLock' | 'teardown'>;

function problemsOf(props: RepositoryProps): string[] {
  return [
    ...unlessToken(props.repositoryName, name => repositoryNameProblems(name)),
    ...(props.lifecycle && props.lifecycleRules?.length
      ? ['\'lifecycle\' must not be combined with \'lifecycleRules\', got both. Put the rules into one policy'] : []),
    ...(props.teardown ? contradictions(props.teardown._plan, props) : []),
    ...(props.deletionLock && props.autoDeleteImages ? [
      '\'autoDeleteImages\' must not be combined with \'deletionLock\', which denies the deletion to the function of aws-ecr, got: true.'
        + ' Use'
      + ' \'teardown: Teardown.deleteWithImages()\' or \'emptyOnDelete\'',
    ] : []),
  ];
}

/**
 * Returns only the properties that the user set. Property injectors for the class of aws-ecr set omitted properties, and the defaults of
 * this class are applied after them.
 */
function nativeProps(
  { lifecycle, lifecycleGuard, deletionLock, teardown, encryption, encryptionKey, ...props }: RepositoryProps,
): ecr.RepositoryProps {
  return {
    ...props,
    ...props.imageTagMutabilityExclusionFilters && !props.imageTagMutability
      ? { imageTagMutability: ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION } : {},
    ...props.repositoryName === undefined ? {} : { repositoryName: standInName(props.repositoryName) },
    // aws-ecr has the constant RepositoryEncryption.KMS_DSSE but rejects it, so it is set on the native resource later.
    ...isDsse({ encryption }) ? {} : { ...encryption && { encryption }, ...encryptionKey && { encryptionKey } },
    ...teardown === undefined ? {} : { removalPolicy: RemovalPolicy.RETAIN },
  };
}

/** Returns a similar name that aws-ecr accepts. It allows only single separators, but ECR also allows `__` and several `-`. */
function standInName(name: string): string {
  return Token.isUnresolved(name) ? name : name.replace(/__/g, '_').replace(/-+/g, '-');
}

function isDsse(props: ecr.RepositoryProps): boolean {
  return props.encryption?.value === 'KMS_DSSE';
}
