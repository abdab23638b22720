import { Annotations, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ACCOUNT_ID, REGION } from './core/environment';
import { parseRepositoryArn, RepositoryArn } from './core/repository-arn';
import { repositoryNameProblems } from './core/repository-name';
import { LifecycleGuard } from './lifecycle-guard';
import { LifecyclePolicy } from './lifecycle-policy';
import { addStatements } from './private/policy/add-statements';
import { grantOn, mayBeAtHome } from './private/policy/grants';
import { missingStatementsMetric } from './private/policy/policy-check';
import { PolicyResource } from './private/policy/policy-resource';
import { PolicyStatements } from './private/policy/policy-statements';
import { grantPullOn } from './private/policy/pull-grants';
import { shownValue } from './private/policy/rendered-statement';
import { throwProblems, unlessToken } from './private/problems';
import { accessProblems, rememberAccess, rememberExternalPolicy } from './private/repository/repository-location';
import { differ } from './private/repository/unowned-repository';
import { RepositoryLifecycle } from './repository-lifecycle';
import { RepositoryPolicyOptions } from './repository-policy';
import { RepositoryAccess, RepositoryTeardown } from './repository-teardown';
import { Teardown } from './teardown';

/** Who writes the policy of a repository that a stack does not own. */
export enum PolicyManagement {
  /** This stack writes its own statements into it, beside those of others. */
  MERGE = 'MERGE',

  /**
   * Somebody else writes it: the owner of the repository, or AWS Lambda for functions of the repository's account. A grant gives a role of the app its
   * own rights, and warns of the statement that the repository's policy must have.
   */
  EXTERNAL = 'EXTERNAL',
}

/** How a stack deals with a repository that it does not own. */
export interface ExistingRepositoryOptions extends RepositoryPolicyOptions {
  /**
   * Who writes the repository's policy.
   *
   * @default PolicyManagement.MERGE
   */
  readonly policyManagement?: PolicyManagement;

  /**
   * Region of the repository. Statements, lifecycle policy and teardown are applied there.
   *
   * @default - that of the ARN, or of the stack
   */
  readonly region?: string;

  /**
   * Account of the repository, 12 digits.
   *
   * @default - that of the ARN, or of the stack
   */
  readonly account?: string;

  /**
   * A role of the repository's account, where that is another than the stack's: `RepositoryAccessRole` makes one. The stack's Region must be known.
   *
   * @default - none: in another account nothing can be written, so that a grant which needs a statement there is an error
   */
  readonly access?: RepositoryAccess;

  /**
   * A whole lifecycle policy, as `RepositoryLifecycle` applies it.
   *
   * @default - not touched
   */
  readonly lifecycle?: LifecyclePolicy;

  /**
   * When `lifecycle` must not reach the repository.
   *
   * @default - it is applied without a preview
   */
  readonly lifecycleGuard?: LifecycleGuard;

  /**
   * What happens to the repository when this stack is deleted, as `RepositoryTeardown` does it. Needs `requireTag`.
   *
   * @default - it stays
   */
  readonly teardown?: Teardown;
}

/** What is known of a repository that a stack does not own. */
export interface ExistingRepositoryAttributes extends ExistingRepositoryOptions {
  /** Name of the repository. */
  readonly repositoryName: string;

  /**
   * ARN of the repository.
   *
   * @default - made of name, account and Region
   */
  readonly repositoryArn?: string;
}

/**
 * A repository that this stack does not own, as a full `ecr.IRepository`: grants, statements, lifecycle policy and teardown are really applied, by
 * functions of the stack, in the repository's own Region.
 *
 * However many grants there are, they are one custom resource per repository and stack; without a statement nothing is deployed. Statements of others
 * stay as they are. Resources of the same stack that use its URI come after the statements.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
 *
 * @example
 * const shared = ExistingRepository.fromRepositoryArn(this, 'Shared', 'arn:aws:ecr:eu-west-1:111111111111:repository/team/shared');
 * shared.grantPull(RepositoryPrincipal.accounts('222222222222'));
 */
export class ExistingRepository extends ecr.RepositoryBase {
  /**
   * A repository by its name, in the account and Region of the stack unless others are given.
   *
   * @throws when ECR would refuse the name, or the account has not 12 digits
   */
  public static fromRepositoryName(
    scope: Construct, id: string, repositoryName: string, options: ExistingRepositoryOptions = {},
  ): ExistingRepository {
    return ExistingRepository.fromRepositoryAttributes(scope, id, { ...options, repositoryName });
  }

  /**
   * A repository by its ARN, of any Region and account.
   *
   * @throws when the ARN is known only at deploy, is not that of a private repository, or contradicts `account` or `region`
   */
  public static fromRepositoryArn(
    scope: Construct, id: string, repositoryArn: string, options: ExistingRepositoryOptions = {},
  ): ExistingRepository {
    const parsed = Token.isUnresolved(repositoryArn) ? undefined : parseRepositoryArn(repositoryArn);
    if (!parsed) {
      throw new Error(`${scope.node.path}/${id}: 'repositoryArn' must be arn:<partition>:ecr:<region>:<account>:repository/<name>, got: ${repositoryArn}`
        + ' — for an ARN that is known only at deploy, use fromRepositoryAttributes');
    }
    return ExistingRepository.fromRepositoryAttributes(scope, id, { ...options, repositoryName: parsed.repositoryName, repositoryArn });
  }

  /**
   * A repository by its name and, where it is known, its ARN.
   *
   * @throws when these contradict each other, or ECR would refuse the name
   */
  public static fromRepositoryAttributes(scope: Construct, id: string, attrs: ExistingRepositoryAttributes): ExistingRepository {
    throwProblems(`${scope.node.path}/${id}`, [...problemsOf(attrs), ...unlessToken(attrs.repositoryName, repositoryNameProblems)]);
    return new ExistingRepository(scope, id, attrs);
  }

  /**
   * A repository that is looked up at synthesis in the stack's account and Region, which must be known.
   *
   * @throws when neither name nor ARN is given, or one is known only at deploy
   * @see https://docs.aws.amazon.com/cdk/v2/guide/context.html
   */
  public static fromLookup(
    scope: Construct, id: string, lookup: ecr.RepositoryLookupOptions, options: ExistingRepositoryOptions = {},
  ): ExistingRepository {
    throwProblems(`${scope.node.path}/${id}`, problemsOf(options));
    let found: ExistingRepository | undefined;
    // aws-ecr looks up and hands what it found to this; before anything was found, that is a dummy of no account
    class Found extends ecr.Repository {
      public static fromRepositoryAttributes(_scope: Construct, _id: string, attrs: ecr.RepositoryAttributes): ecr.IRepository {
        const repositoryName = lookup.repositoryName ?? parseRepositoryArn(lookup.repositoryArn ?? '')?.repositoryName ?? attrs.repositoryName;
        return found = new ExistingRepository(scope, id, { ...options, repositoryName });
      }
    }
    Found.fromLookup(scope, id, lookup);
    return found!;
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
    if (attrs.lifecycle) new RepositoryLifecycle(this, 'Lifecycle', { repository: this, lifecycle: attrs.lifecycle, guard: attrs.lifecycleGuard });
    if (attrs.teardown) new RepositoryTeardown(this, 'Teardown', { repository: this, teardown: attrs.teardown });
  }

  /**
   * Adds a statement to the repository's policy, at deploy. One for AWS Lambda that does not say for whose functions is made to say: for those of the
   * stack's account.
   *
   * @throws when ECR would refuse the statement, when the repository is in another account and no access was given, or when another stack of the app
   * declares it
   */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    if (this.isPolicyExternal) {
      this.warnOf(statement);
      return { statementAdded: false };
    }
    return { statementAdded: true, policyDependable: addStatements(this, this, [statement], this.options) ?? this };
  }

  /**
   * Grants actions on this repository: to a role or user of the repository's account in its own policy, to others in the repository's policy too. An
   * account that is known only at deploy counts as the repository's.
   */
  public grant(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    if (!this.isPolicyExternal) return grantOn(this, grantee, actions);
    const grant = iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.repositoryArn] });
    if (!grant.success || !mayBeAtHome(this, grantee)) {
      this.warnOf(new iam.PolicyStatement({ actions, principals: [grantee.grantPrincipal] }), String(grantee.grantPrincipal));
    }
    return grant.success ? grant : iam.Grant.drop(grantee, `${this.node.path}: the policy of the repository is managed elsewhere`);
  }

  /**
   * Grants pulling images. AWS Lambda, for which `DockerImageCode.fromEcr` asks, is allowed the two actions that it needs, for functions of the stack's
   * account.
   */
  public grantPull(grantee: iam.IGrantable): iam.Grant {
    return grantPullOn(this, grantee, () => super.grantPull(grantee));
  }

  /** URI of an image by tag, or of the repository without one. */
  public repositoryUriForTag(tag?: string): string {
    return this.afterStatements(super.repositoryUriForTag(tag));
  }

  /** URI of an image by digest (`sha256:…`). */
  public repositoryUriForDigest(digest?: string): string {
    return this.afterStatements(super.repositoryUriForDigest(digest));
  }

  /**
   * How many of the stack's statements for this repository were missing when it was looked last, by `checkEvery`.
   *
   * @throws when there is no `checkEvery`
   */
  public metricMissingStatements(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return missingStatementsMetric(this, this, this.options.checkEvery, props);
  }

  private get isPolicyExternal(): boolean {
    return this.options.policyManagement === PolicyManagement.EXTERNAL;
  }

  private warnOf(statement: iam.PolicyStatement, somebody?: string): void {
    for (const text of this.shown(statement) ?? [`for ${somebody}`]) {
      Annotations.of(this).addWarningV2('cdk-ecr-keeper:policy-external',
        `the policy of repository '${this.repositoryName}' is managed elsewhere, so nothing was added to it; this has no effect unless it has the statement ${text}`);
    }
  }

  /** As it would be written; undefined for a principal that nobody can write down. */
  private shown(statement: iam.PolicyStatement): string[] | undefined {
    const statements = new PolicyStatements(this, { account: this.stack.account, region: this.env.region }, this.env.account, 0);
    try {
      statements.add(this.node.path, [statement], true);
      return statements.render().map(rendered => JSON.stringify(shownValue(this.stack.resolve(rendered))));
    } catch {
      return undefined;
    }
  }

  /** The same text; what is made with it is made after the statements, without which the image cannot be had. */
  private afterStatements(uri: string): string {
    return Lazy.uncachedString({
      produce: ({ scope }) => {
        PolicyResource.find(this.stack, this)?.precede(scope);
        return uri;
      },
    });
  }
}

function problemsOf(given: Partial<ExistingRepositoryAttributes>): string[] {
  const { policyManagement, account, region, access, lifecycle, lifecycleGuard, ...attrs } = given;
  const arn = parseRepositoryArn(attrs.repositoryArn ?? '');
  const contradicts = (name: keyof RepositoryArn, value: string | undefined) => arn && value !== undefined && differ(arn[name], value)
    ? [`'${name}' must be that of 'repositoryArn' (${arn[name]}), got: ${value}`] : [];
  const onlyHere = policyManagement === PolicyManagement.EXTERNAL
    ? (['adopt', 'force', 'dropDeadPrincipals', 'trigger', 'checkEvery'] as const).filter(name => attrs[name] !== undefined && attrs[name] !== false) : [];
  return [
    ...attrs.repositoryArn !== undefined && !Token.isUnresolved(attrs.repositoryArn) && !arn
      ? [`'repositoryArn' must be arn:<partition>:ecr:<region>:<account>:repository/<name>, got: ${attrs.repositoryArn}`] : [],
    ...contradicts('repositoryName', attrs.repositoryName),
    ...contradicts('account', account),
    ...contradicts('region', region),
    ...unlessToken(account ?? arn?.account, id => ACCOUNT_ID.test(id) ? [] : [`'account' must have 12 digits, got: ${id}`]),
    ...unlessToken(region ?? arn?.region, name => REGION.test(name) ? [] : [`'region' must be the name of a Region, got: ${name}`]),
    ...accessProblems(access),
    ...lifecycleGuard && !lifecycle ? ['\'lifecycleGuard\' must be given together with \'lifecycle\', got no lifecycle'] : [],
    ...onlyHere.map(name => `'${name}' must not be given where the policy is managed elsewhere, got: ${String(attrs[name])}`),
  ];
}

/** As far as the ARN says it, also one with a part that is known only at deploy. */
function environmentOf({ repositoryArn, account, region }: ExistingRepositoryAttributes): { account?: string; region?: string } {
  const arn = parseRepositoryArn(repositoryArn ?? '');
  return { account: account ?? arn?.account, region: region ?? arn?.region };
}
