import { Annotations, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AccountAccess } from './account-access';
import { ACCOUNT_ID } from './core/environment';
import { parseRepositoryArn, RepositoryArn } from './core/repository-arn';
import { repositoryNameProblems } from './core/repository-name';
import { OnFindingOptions } from './finding-severity';
import { LifecycleGuard } from './lifecycle-guard';
import { LifecyclePolicy } from './lifecycle-policy';
import { OnPushOptions } from './on-push-options';
import { accessProblems, roleAccountProblems } from './private/access/account-access';
import { refusalRule } from './private/events/refusals';
import { findingRule, pullCountMetric, pushRule } from './private/events/repository-rules';
import { addStatements, POLICY_SETTINGS } from './private/policy/add-statements';
import { grantOn, mayBeInSameAccount, statementForRole } from './private/policy/grants';
import { missingStatementsMetric } from './private/policy/policy-check';
import { PolicyResource } from './private/policy/policy-resource';
import { PolicyStatements } from './private/policy/policy-statements';
import { grantPullOn } from './private/policy/pull-grants';
import { toReadableJson } from './private/policy/rendered-statement';
import { regionProblems, throwProblems, unlessToken } from './private/problems';
import {
  ACCESS, checkPropsAt, LIFECYCLE, LIFECYCLE_GUARD, oneOf, POLICY_OPTION_TYPES, PropertyTypes, required, TEARDOWN, TEXT,
} from './private/property-types';
import { importByArn, importByName } from './private/repository/import-call';
import { namesake, nativeRepository } from './private/repository/native-repository';
import { isOutOfReach, rememberAccess, rememberExternalPolicy } from './private/repository/repository-location';
import { isKnownToDiffer } from './private/repository/unowned-repository';
import { RepositoryLifecycle } from './repository-lifecycle';
import { RepositoryPolicyOptions } from './repository-policy';
import { RepositoryTeardown } from './repository-teardown';
import { Teardown } from './teardown';


/**
 * Ways to manage the policy of a repository that the stack does not own.
 *
 * @stability stable
 */
export enum PolicyManagement {
  /** The stack merges its statements into the policy. It does not change other statements. */
  MERGE = 'MERGE',

  /**
   * The stack does not change the policy. The owner of the repository manages it, and AWS Lambda adds statements for functions of the
   * repository's account.
   *
   * A grant adds permissions to the role of the grantee. A warning at synthesis shows the statement that the repository policy must have.
   */
  EXTERNAL = 'EXTERNAL',
}

/**
 * Options of a repository that the stack does not own.
 *
 * @stability stable
 */
export interface ExistingRepositoryOptions extends RepositoryPolicyOptions {
  /**
   * Management of the repository policy: by this stack, or only by the owner of the repository.
   *
   * @default PolicyManagement.MERGE
   */
  readonly policyManagement?: PolicyManagement;

  /**
   * Region of the repository. Statements, lifecycle policy, and teardown are applied in this Region.
   *
   * @default - the Region of the ARN, or the Region of the stack
   */
  readonly region?: string;

  /**
   * Account of the repository, 12 digits.
   *
   * @default - the account of the ARN, or the account of the stack
   */
  readonly account?: string;

  /**
   * Role in the repository's account that the functions of the stack assume, usually the `access` of a `RepositoryAccessRole`.
   *
   * Required if the repository is in another account and the stack has to change it. The Region of the stack must be known at synthesis.
   *
   * @default - no role; the stack cannot change a repository of another account, and a grant that needs a statement there adds a warning
   */
  readonly access?: AccountAccess;

  /**
   * Lifecycle policy to attach to the repository with a `RepositoryLifecycle`.
   *
   * @default - the lifecycle policy of the repository is not changed
   */
  readonly lifecycle?: LifecyclePolicy;

  /**
   * Guard that checks the lifecycle policy before it is attached. Requires `lifecycle`.
   *
   * @default - the lifecycle policy is attached without a preview
   */
  readonly lifecycleGuard?: LifecycleGuard;

  /**
   * Teardown of the repository when the stack is deleted, with a `RepositoryTeardown`. Must have a `requireTag`.
   *
   * @default - the repository and its images are kept
   */
  readonly teardown?: Teardown;
}

/**
 * Attributes of a repository that the stack does not own.
 *
 * @stability stable
 */
export interface ExistingRepositoryAttributes extends ExistingRepositoryOptions {
  /** Name of the repository. */
  readonly repositoryName: string;

  /**
   * ARN of the repository. Must not contradict `repositoryName`, `account`, or `region`.
   *
   * @default - an ARN that consists of the name, the account, and the Region
   */
  readonly repositoryArn?: string;
}

const OPTION_TYPES: PropertyTypes<ExistingRepositoryOptions> = {
  ...POLICY_OPTION_TYPES,
  policyManagement: oneOf('PolicyManagement', PolicyManagement),
  region: TEXT,
  account: TEXT,
  access: ACCESS,
  lifecycle: LIFECYCLE,
  lifecycleGuard: LIFECYCLE_GUARD,
  teardown: TEARDOWN,
};

/**
 * Imported repository to which the stack applies grants, a lifecycle policy, and a teardown when it is deployed.
 *
 * The stack does not own the repository. Functions of the stack apply the settings in the Region of the repository. One custom resource
 * contains all statements of the stack for the repository, and it is not deployed if there are no statements. The stack does not change
 * statements that it did not add. Resources of the stack that use the URI of the repository are created after the statements.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
 *
 * @example
 * const shared = ExistingRepository.fromRepositoryArn(this, 'Shared', 'arn:aws:ecr:eu-west-1:111111111111:repository/team/shared');
 * shared.grantPull(RepositoryPrincipal.accounts('222222222222'));
 * @stability stable
 */
export class ExistingRepository extends ecr.RepositoryBase {
  /**
   * Imports a repository by its name. By default, it is in the account and Region of the stack.
   *
   * @param scope Scope of the import.
   * @param id Construct ID of the import.
   * @param repositoryName Name of the repository.
   * @param options Account and Region of the repository, and settings that the stack applies to it.
   *
   * @throws if the name or an option is invalid
   */
  public static fromRepositoryName(
    scope: Construct, id: string, repositoryName: string, options: ExistingRepositoryOptions = {},
  ): ExistingRepository {
    return ExistingRepository.fromRepositoryAttributes(scope, id, { ...options, repositoryName });
  }

  /**
   * Imports a repository by its ARN, in any account and Region.
   *
   * @param scope Scope of the import.
   * @param id Construct ID of the import.
   * @param repositoryArn ARN of the repository. It must be known at synthesis.
   * @param options Settings that the stack applies to the repository.
   *
   * @throws if the ARN is a token or not the ARN of a private repository, or if it contradicts `account` or `region`
   */
  public static fromRepositoryArn(
    scope: Construct, id: string, repositoryArn: string, options: ExistingRepositoryOptions = {},
  ): ExistingRepository {
    const parsed = Token.isUnresolved(repositoryArn) ? undefined : parseRepositoryArn(repositoryArn);
    throwProblems(`${scope.node.path}/${id}`, parsed ? [] : [
      Token.isUnresolved(repositoryArn)
        ? '"repositoryArn" is a late-bound value, and therefore "repositoryName" is required. Use `fromRepositoryAttributes` instead'
        : arnProblem(repositoryArn),
    ]);
    return ExistingRepository.fromRepositoryAttributes(scope, id, { ...options, repositoryName: parsed!.repositoryName, repositoryArn });
  }

  /**
   * Imports a repository by its attributes. The ARN can be a token.
   *
   * @param scope Scope of the import.
   * @param id Construct ID of the import.
   * @param attrs Name of the repository, its location, and settings that the stack applies to it.
   *
   * @throws if the attributes contradict each other, or if the name is invalid
   */
  public static fromRepositoryAttributes(scope: Construct, id: string, attrs: ExistingRepositoryAttributes): ExistingRepository {
    const path = `${scope.node.path}/${id}`;
    checkPropsAt<ExistingRepositoryAttributes>(path, attrs, { ...OPTION_TYPES, repositoryName: required(TEXT), repositoryArn: TEXT });
    throwProblems(path, [...problemsOf(scope, attrs), ...unlessToken(attrs.repositoryName, repositoryNameProblems)]);
    return new ExistingRepository(scope, id, attrs);
  }

  /**
   * Looks up a repository when the app is synthesized. The account and the Region of the stack must be known.
   *
   * @param scope Scope of the import.
   * @param id Construct ID of the import.
   * @param lookup Name or ARN of the repository. It must be known at synthesis.
   * @param options Settings that the stack applies to the repository.
   *
   * @throws if neither name nor ARN is set, or if one is a token
   * @see https://docs.aws.amazon.com/cdk/v2/guide/context.html
   */
  public static fromLookup(
    scope: Construct, id: string, lookup: ecr.RepositoryLookupOptions, options: ExistingRepositoryOptions = {},
  ): ExistingRepository {
    checkPropsAt(`${scope.node.path}/${id}`, options, OPTION_TYPES);
    throwProblems(`${scope.node.path}/${id}`, [...problemsOf(scope, options), ...lookupProblems(scope, id, lookup, options)]);
    let repository: ExistingRepository | undefined;
    // aws-ecr calls this method of its class with the result; until the context has one, that is a dummy of the stack's environment
    class LookupResult extends ecr.Repository {
      public static fromRepositoryAttributes(_scope: Construct, _id: string, attrs: ecr.RepositoryAttributes): ecr.IRepository {
        const isFound = !Token.isUnresolved(attrs.repositoryArn);
        const repositoryName = lookup.repositoryName ?? parseRepositoryArn(lookup.repositoryArn ?? '')?.repositoryName
          ?? attrs.repositoryName;
        return repository = new ExistingRepository(scope, id, { ...options, ...isFound ? attrs : { repositoryName } });
      }
    }
    LookupResult.fromLookup(scope, id, lookup);
    return repository!;
  }

  /** Name of the repository. */
  public readonly repositoryName: string;

  /** ARN of the repository. */
  public readonly repositoryArn: string;

  private readonly options: ExistingRepositoryOptions;

  private constructor(scope: Construct, id: string, attrs: ExistingRepositoryAttributes) {
    super(scope, id, environmentOf(attrs));
    this.options = attrs;
    this.repositoryName = attrs.repositoryName;
    this.repositoryArn = attrs.repositoryArn ?? Stack.of(scope).formatArn({
      service: 'ecr', account: attrs.account, region: attrs.region, resource: 'repository', resourceName: attrs.repositoryName,
    });
    rememberAccess(this, attrs.access);
    if (this.isPolicyExternal) rememberExternalPolicy(this);
    const { lifecycle, lifecycleGuard, teardown } = attrs;
    if (lifecycle) new RepositoryLifecycle(this, 'Lifecycle', { repository: this, lifecycle, lifecycleGuard });
    if (teardown) new RepositoryTeardown(this, 'Teardown', { repository: this, teardown });
  }

  /**
   * Adds a statement to the repository policy when the stack is deployed.
   *
   * If another stack of the app declares the repository, nothing is deployed. The policy in that stack must already allow the same.
   *
   * @param statement Statement with a principal and with actions of Amazon ECR. It must not have resources.
   *
   * @throws if the statement is invalid in a repository policy, or if the repository is in another account and was imported without
   * `access`
   */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    if (this.isPolicyExternal) {
      this.warnOfMissingStatement(statement);
      return { statementAdded: false };
    }
    return { statementAdded: true, policyDependable: addStatements(this, this, [statement], this.options) ?? this };
  }

  /**
   * Grants permission for actions of Amazon ECR on this repository.
   *
   * A role or user of the repository's account gets the permissions in its own policy. Other grantees also get a statement in the
   * repository policy. An account that is known only at deployment counts as the repository's account. If the repository is in another
   * account and was imported without `access`, its policy is not changed, and a warning shows the statement that its owner must add.
   *
   * @param grantee Principal to grant to.
   * @param actions Actions of Amazon ECR, such as `ecr:BatchGetImage`.
   */
  public grant(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    const reason = this.reasonNotToWrite;
    if (reason === undefined) return grantOn(this, grantee, actions);
    const grant = iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.repositoryArn] });
    if (!grant.success || !mayBeInSameAccount(this, grantee)) {
      const principal = grantee.grantPrincipal;
      const statement = statementForRole(this, grantee, actions) ?? new iam.PolicyStatement({ actions, principals: [principal] });
      this.warnOfMissingStatement(statement, String(principal));
    }
    if (grant.success) return grant;
    return iam.Grant.drop(grantee, `${this.node.path}: this stack does not change the policy of the repository (${reason})`);
  }

  /**
   * Grants permission to pull images from this repository.
   *
   * AWS Lambda, the grantee of `DockerImageCode.fromEcr`, gets the two actions that it needs, for functions of the stack's account and of
   * every account and organization that the stack allows to pull.
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
    return this.afterStatements(super.repositoryUriForTag(tag));
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
   * Returns the URI of an image by its digest, or the URI of the repository if no digest is set.
   *
   * @param digest Digest of the image, `sha256:…`.
   */
  public repositoryUriForDigest(digest?: string): string {
    return this.afterStatements(super.repositoryUriForDigest(digest));
  }

  /**
   * Returns the metric that counts the statements of the stack that were missing from the repository policy at the last check. Requires
   * `checkEvery`.
   *
   * @param props Options of the metric.
   *
   * @throws if `checkEvery` is not set
   */
  public metricMissingStatements(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return missingStatementsMetric(this, this, this.options.checkEvery, props);
  }

  private get isPolicyExternal(): boolean {
    return this.options.policyManagement === PolicyManagement.EXTERNAL;
  }

  /**
   * Reason for which a grant does not change the repository policy, or undefined. A repository of the app has its policy in a template.
   */
  private get reasonNotToWrite(): string | undefined {
    if (this.isPolicyExternal) return 'PolicyManagement.EXTERNAL';
    if (!isOutOfReach(this, this) || nativeRepository(this) || namesake(this, this)) return undefined;
    return `it is in account ${this.env.account} and was imported without 'access'`;
  }

  private warnOfMissingStatement(statement: iam.PolicyStatement, grantee?: string): void {
    for (const text of this.statementTexts(statement) ?? [`for ${grantee}`]) {
      Annotations.of(this).addWarningV2('cdk-ecr-keeper:policy-external',
        `this stack does not change the policy of repository '${this.repositoryName}' (${this.reasonNotToWrite}). The grant has no effect`
          + ` unless the owner adds the statement ${text}`);
    }
  }

  /** Returns the statements in the form of a policy. Undefined for a principal that cannot be in a policy. */
  private statementTexts(statement: iam.PolicyStatement): string[] | undefined {
    const statements = new PolicyStatements(this, { account: this.stack.account, region: this.env.region }, this.env.account);
    try {
      statements.add(this.node.path, [statement], true);
      const partition = parseRepositoryArn(this.repositoryArn)?.partition;
      return statements.render().map(rendered => JSON.stringify(toReadableJson(this.stack.resolve(rendered))))
        .map(text => partition === undefined || Token.isUnresolved(partition) ? text : text.replaceAll('${AWS::Partition}', partition));
    } catch {
      return undefined;
    }
  }

  /** Returns the URI as a token. Resources that use it depend on the statements that allow pulling the image. */
  private afterStatements(uri: string): string {
    return Lazy.uncachedString({
      produce: ({ scope }) => {
        PolicyResource.find(this.stack, this)?.precede(scope);
        return uri;
      },
    });
  }
}

/** Returns the error of aws-ecr. */
function arnProblem(arn: string): string {
  return `Repository arn should be in the format 'arn:<PARTITION>:ecr:<REGION>:<ACCOUNT>:repository/<NAME>', got ${arn}.`
    + (/^arn:[\w-]+:ecr-public:/.test(arn) ? ' Import a repository of ECR Public with PublicRepository.fromRepositoryArn.' : '');
}

function problemsOf(scope: Construct, attributes: Partial<ExistingRepositoryAttributes>): string[] {
  const { policyManagement, account, region, access, lifecycle, lifecycleGuard, ...attrs } = attributes;
  const arn = parseRepositoryArn(attrs.repositoryArn ?? '');
  const contradiction = (name: keyof RepositoryArn, value: string | undefined) =>
    arn && value !== undefined && isKnownToDiffer(arn[name], value)
      ? [`'${name}' must match 'repositoryArn' ("${arn[name]}"), got: "${value}"`] : [];
  const isSet = (name: typeof POLICY_SETTINGS[number]) => attrs[name] !== undefined && attrs[name] !== false;
  const settingsWithoutEffect = policyManagement === PolicyManagement.EXTERNAL ? POLICY_SETTINGS.filter(isSet) : [];
  return [
    ...attrs.repositoryArn !== undefined && !Token.isUnresolved(attrs.repositoryArn) && !arn
      ? [arnProblem(attrs.repositoryArn)] : [],
    ...contradiction('repositoryName', attrs.repositoryName),
    ...contradiction('account', account),
    ...contradiction('region', region),
    ...unlessToken(account ?? arn?.account, id => ACCOUNT_ID.test(id) ? [] : [`'account' must have 12 digits, got: "${id}"`]),
    ...regionProblems('region', region ?? arn?.region),
    ...accessProblems(scope, access),
    ...roleAccountProblems(access, account ?? arn?.account),
    ...lifecycleGuard && !lifecycle ? ['\'lifecycleGuard\' must be set together with \'lifecycle\', got no lifecycle'] : [],
    ...settingsWithoutEffect.map(name => `'${name}' must not be set with PolicyManagement.EXTERNAL, got: ${String(attrs[name])}`),
  ];
}

/** Returns the problems of a lookup. CDK searches the account and the Region of the stack, even if the ARN has a different one. */
function lookupProblems(
  scope: Construct, id: string, { repositoryArn = '', repositoryName = '' }: ecr.RepositoryLookupOptions,
  options: ExistingRepositoryOptions,
): string[] {
  const { account, region } = Stack.of(scope);
  const arn = parseRepositoryArn(repositoryArn);
  const isElsewhere = (own: string, ...others: Array<string | undefined>) =>
    others.some(other => other !== undefined && isKnownToDiffer(own, other));
  return isElsewhere(account, arn?.account, options.account) || isElsewhere(region, arn?.region, options.region) ? [
    `a lookup finds only repositories of the stack's account and Region (${account}, ${region}). Import the repository with`
    + ` ${arn ? importByArn(id, repositoryArn) : importByName(id, repositoryName, options)}`,
  ] : [];
}

/** Returns the literal parts of the ARN, which can have tokens in other parts. */
function environmentOf({ repositoryArn, account, region }: ExistingRepositoryAttributes): { account?: string; region?: string } {
  const arn = parseRepositoryArn(repositoryArn ?? '');
  return { account: account ?? arn?.account, region: region ?? arn?.region };
}
