import { CustomResource, Lazy, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { repositoryNameProblems } from './core/repository-name';
import { ExistingRepository } from './existing-repository';
import { LifecycleGuard } from './lifecycle-guard';
import { LifecyclePolicy } from './lifecycle-policy';
import { countAttribute, effectAttribute } from './private/lifecycle/guard-attributes';
import { warnOfLifecycle } from './private/lifecycle/lifecycle-warnings';
import { guardNative } from './private/lifecycle/native-guard';
import { PolicyStatements } from './private/policy/policy-statements';
import { grantPullOn } from './private/policy/pull-grants';
import { throwProblems, unlessToken } from './private/problems';
import { contradictions, tearDownOwned } from './private/teardown/owned-teardown';
import { Teardown } from './teardown';

/** Properties of `Repository`: those of aws-ecr's, and what happens to the images. */
export interface RepositoryProps extends ecr.RepositoryProps {
  /**
   * A whole lifecycle policy. Not together with `lifecycleRules` or `addLifecycleRule`.
   *
   * @default - no lifecycle policy: nothing expires
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
   */
  readonly lifecycle?: LifecyclePolicy;

  /**
   * When a new lifecycle policy must not reach the repository: ECR's own preview of it stops the deployment before CloudFormation changes anything.
   * Works for `lifecycle`, `lifecycleRules` and `addLifecycleRule` alike.
   *
   * @default - the policy is deployed without a preview
   */
  readonly lifecycleGuard?: LifecycleGuard;

  /**
   * What happens to the repository and its images when the stack is deleted. Implies the removal policy.
   *
   * @default - `removalPolicy` decides, RETAIN unless given; a repository that still holds images then fails to be deleted
   */
  readonly teardown?: Teardown;
}

/**
 * A private Amazon ECR repository: scanned on push, with immutable tags, and with a say on what happens to its images.
 *
 * It extends aws-ecr's `Repository` and goes wherever an `ecr.IRepository` does. Only two defaults differ:
 * `imageScanOnPush` is true and `imageTagMutability` is IMMUTABLE (IMMUTABLE_WITH_EXCLUSION when exclusion filters are given).
 *
 * @throws when a name is one that ECR refuses, or settings contradict each other; all problems at once, before anything is created
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/Repositories.html
 *
 * @example
 * new Repository(this, 'App', {
 *   repositoryName: 'team/app',
 *   teardown: Teardown.deleteWithImages({ maxImages: 100 }),
 * });
 */
export class Repository extends ecr.Repository {
  /**
   * Imports a repository by name, in the account and Region of the stack: an `ExistingRepository`, whose grants apply.
   *
   * @throws when ECR would refuse the name
   */
  public static fromRepositoryName(scope: Construct, id: string, repositoryName: string): ecr.IRepository {
    return ExistingRepository.fromRepositoryName(scope, id, repositoryName);
  }

  /**
   * Imports a repository by ARN: an `ExistingRepository`, whose grants apply.
   *
   * @throws when the ARN is known only at deploy, or not that of a repository
   */
  public static fromRepositoryArn(scope: Construct, id: string, repositoryArn: string): ecr.IRepository {
    return ExistingRepository.fromRepositoryArn(scope, id, repositoryArn);
  }

  /**
   * Imports a repository by name and ARN: an `ExistingRepository`, whose grants apply.
   *
   * @throws when they contradict each other
   */
  public static fromRepositoryAttributes(scope: Construct, id: string, attrs: ecr.RepositoryAttributes): ecr.IRepository {
    return ExistingRepository.fromRepositoryAttributes(scope, id, attrs);
  }

  /**
   * Looks a repository up in the account at synthesis: an `ExistingRepository`, whose grants apply.
   *
   * @throws when neither name nor ARN is given, or one is known only at deploy
   */
  public static fromLookup(scope: Construct, id: string, options: ecr.RepositoryLookupOptions): ecr.IRepository {
    return ExistingRepository.fromLookup(scope, id, options);
  }

  private readonly givenName?: string;
  private readonly wholePolicy: boolean;
  private readonly guard?: CustomResource;
  private readonly statements: PolicyStatements;

  constructor(scope: Construct, id: string, props: RepositoryProps = {}) {
    throwProblems(`${scope.node.path}/${id}`, problemsOf(props));
    super(scope, id, nativeProps(props));
    const native = this.node.defaultChild as ecr.CfnRepository;
    this.statements = new PolicyStatements(this, { account: this.env.account, region: this.env.region }, this.env.account, 0);
    native.repositoryPolicyText = Lazy.uncachedAny({ produce: () => this.statements.isEmpty ? undefined : { Version: '2012-10-17', Statement: this.statements.render() } });
    this.node.addValidation({ validate: () => this.statements.validate() });
    if (standInName(props.repositoryName) !== props.repositoryName) {
      this.givenName = props.repositoryName;
      native.repositoryName = props.repositoryName;
    }
    if (isDsse(props)) native.encryptionConfiguration = { encryptionType: 'KMS_DSSE', kmsKey: props.encryptionKey?.keyRef.keyArn };
    this.wholePolicy = props.lifecycle !== undefined;
    if (props.lifecycle) {
      native.lifecyclePolicy = { lifecyclePolicyText: props.lifecycle._text, registryId: props.lifecycleRegistryId };
      warnOfLifecycle(this, props.lifecycle._rules);
    }
    if (props.lifecycleGuard) this.guard = guardNative(this, 'LifecycleGuard', native, props.lifecycleGuard._guard);
    if (props.teardown) tearDownOwned(this, 'Teardown', native, props.teardown._plan);
  }

  /**
   * Adds a rule to the repository's lifecycle policy.
   *
   * @throws when the repository was given a whole policy as `lifecycle`
   */
  public addLifecycleRule(rule: ecr.LifecycleRule): void {
    if (this.wholePolicy) {
      throwProblems(this.node.path, ['a rule cannot be added to a repository that was given a whole policy as \'lifecycle\' — put the rule into that policy']);
    }
    super.addLifecycleRule(rule);
  }

  /**
   * Adds a statement to the repository's policy, which is the template's: CloudFormation sets it at every update of the repository, and what others wrote
   * into it is lost then. One for AWS Lambda that does not say for whose functions is made to say: for those of the stack's account.
   *
   * @throws when ECR would refuse the statement, or it keeps whoever deploys from changing the policy again
   */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    this.statements.add(this.node.path, [statement], false);
    return super.addToResourcePolicy(statement);
  }

  /**
   * Grants pulling images. AWS Lambda, for which `DockerImageCode.fromEcr` asks, is allowed the two actions that it needs, for functions of the stack's
   * account; functions of another account are granted as `RepositoryPrincipal.lambdaFunctions`.
   */
  public grantPull(grantee: iam.IGrantable): iam.Grant {
    return grantPullOn(this, grantee, () => super.grantPull(grantee));
  }

  /**
   * How many images the lifecycle policy was going to expire when it was deployed last, by ECR's preview. 0 when it did not change.
   *
   * @throws when there is no `lifecycleGuard`
   */
  public get expiringImageCount(): number {
    return countAttribute(this.node.path, this.guard, 'expiring');
  }

  /**
   * How many images the lifecycle policy was going to archive when it was deployed last, by ECR's preview. 0 when it did not change.
   *
   * @throws when there is no `lifecycleGuard`
   */
  public get archivingImageCount(): number {
    return countAttribute(this.node.path, this.guard, 'archiving');
  }

  /**
   * What the guard found when the lifecycle policy was deployed last, empty when nothing. At most 1,500 characters.
   *
   * @throws when there is no `lifecycleGuard`
   */
  public get lifecycleFindings(): string {
    return effectAttribute(this.node.path, this.guard, 'findings');
  }

  /** The name as it was given: aws-ecr was shown a stand-in where it would have refused one that ECR accepts. */
  protected get physicalName(): string {
    return this.givenName ?? super.physicalName;
  }
}

function problemsOf(props: RepositoryProps): string[] {
  return [
    ...unlessToken(props.repositoryName, name => repositoryNameProblems(name)),
    ...(props.lifecycle && props.lifecycleRules?.length
      ? ['\'lifecycle\' must not be combined with \'lifecycleRules\', got both — put the rules into one policy'] : []),
    ...(props.teardown ? contradictions(props.teardown._plan, props) : []),
  ];
}

function nativeProps({ lifecycle, lifecycleGuard, teardown, ...props }: RepositoryProps): ecr.RepositoryProps {
  return {
    ...props,
    imageScanOnPush: props.imageScanOnPush ?? true,
    imageTagMutability: props.imageTagMutability
      ?? (props.imageTagMutabilityExclusionFilters ? ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION : ecr.TagMutability.IMMUTABLE),
    repositoryName: standInName(props.repositoryName),
    // aws-ecr knows the constant but refuses it (RepositoryEncryption.KMS_DSSE); set on the native resource afterwards.
    ...(isDsse(props) ? { encryption: undefined, encryptionKey: undefined } : {}),
    removalPolicy: teardown === undefined ? props.removalPolicy : RemovalPolicy.RETAIN,
  };
}

/** aws-ecr allows a single separator only, ECR allows `__` and runs of `-`. */
function standInName(name: string | undefined): string | undefined {
  return name === undefined || Token.isUnresolved(name) ? name : name.replace(/__/g, '_').replace(/-+/g, '-');
}

function isDsse(props: ecr.RepositoryProps): boolean {
  return props.encryption?.value === 'KMS_DSSE';
}
