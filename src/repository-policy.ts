import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, Dependable } from 'constructs';
import { addStatements, refuseStatements } from './private/policy/add-statements';
import { missingStatementsMetric } from './private/policy/policy-check';
import { PolicyStatements } from './private/policy/policy-statements';
import { nativeRepository } from './private/repository/native-repository';

/** How statements get into the policy of a repository that the stack does not own, and stay there. */
export interface RepositoryPolicyOptions {
  /**
   * Take over statements that somebody else holds under exactly the Sid of one of these. They are replaced under that Sid, and stay when this
   * construct goes.
   *
   * @default false - such a Sid fails the deployment, which names it
   */
  readonly adopt?: boolean;

  /**
   * Set the policy even though it keeps whoever deploys from setting another one. Only principals that it spares can take it back then.
   *
   * @default false - a statement that locks everybody out is an error at synth, one that ECR judges so at deploy
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
   */
  readonly force?: boolean;

  /**
   * Take principals that no longer exist, which read as `AROA…` or `AIDA…`, out of other people's statements when ECR refuses the policy because of
   * them. Each is logged with the statement that it stood in, in a log that outlives the stack.
   *
   * @default false - the deployment fails and names them
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
   */
  readonly dropDeadPrincipals?: boolean;

  /**
   * Another text than at the last deployment has the statements written anew, wherever somebody has removed or changed them meanwhile.
   *
   * @default - they are written when they change
   */
  readonly trigger?: string;

  /**
   * How often to look whether the statements are still there. When some are not, an event goes to the account's default bus (source
   * `cdk-ecr-keeper`, detail type `ECR Repository Policy Statements Missing`), and the metric says how many. Nothing is repaired: that takes a deployment
   * with another `trigger`. Whole minutes.
   *
   * @default - never
   */
  readonly checkEvery?: Duration;
}

/** Properties of `RepositoryPolicy`. */
export interface RepositoryPolicyProps extends RepositoryPolicyOptions {
  /** The repository: imported, in any Region, or declared in the same stack. One of another account as an `ExistingRepository` with `access`. */
  readonly repository: aws_ecr.IRepositoryRef;

  /**
   * The statements: ECR actions only, with a principal, without resources. A Sid that is given is kept as the beginning of the Sid that is
   * written, which also carries the stack. Those without a Sid are brought together in few. One that allows AWS Lambda something and does not say
   * for whose functions is made to say: for those of the stack's account.
   *
   * @default - none yet; `addStatements` must add at least one
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
   */
  readonly statements?: iam.PolicyStatement[];
}

/**
 * Keeps statements in a repository's policy.
 *
 * On a repository of the same stack they go into the native policy. Into the policy of an imported one they are merged at deploy, together with what
 * `ExistingRepository` grants in the same stack: whatever others wrote there stays as it is, and when the statements go exactly these are taken back.
 *
 * @throws when ECR would refuse a statement (resources, actions of other services, no principal, more than 10,240 characters), when one keeps
 * whoever deploys from changing the policy again, when another stack of the app declares the repository, or when it is in another account without access
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
 *
 * @example
 * new RepositoryPolicy(this, 'Pull', {
 *   repository: ExistingRepository.fromRepositoryName(this, 'Shared', 'team/shared'),
 *   statements: [new iam.PolicyStatement({
 *     principals: [new iam.AccountPrincipal('111111111111')],
 *     actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
 *   })],
 * });
 */
export class RepositoryPolicy extends Construct {
  private readonly repository: aws_ecr.IRepositoryRef;
  private readonly options: RepositoryPolicyOptions;
  private readonly own: PolicyStatements;
  private written?: CustomResource;

  constructor(scope: Construct, id: string, props: RepositoryPolicyProps) {
    super(scope, id);
    this.repository = props.repository;
    this.options = props;
    const { account, region } = props.repository.env;
    this.own = new PolicyStatements(this, { account: Stack.of(this).account, region }, account, 0);
    refuseStatements(this, this.repository, props);
    this.addStatements(...props.statements ?? []);
    this.node.addValidation({ validate: () => this.validateOwn() });
    const roots = () => this.written ? [this, this.written] : [this];
    Dependable.implement(this, { get dependencyRoots() { return roots(); } });
  }

  /**
   * Adds statements.
   *
   * @throws when ECR would refuse one, all problems at once
   */
  public addStatements(...statements: iam.PolicyStatement[]): void {
    if (statements.length === 0) return;
    this.own.add(this.node.path, statements, this.options.force ?? false);
    this.written = addStatements(this, this.repository, statements, this.options);
  }

  /**
   * How many of the stack's statements for this repository were missing when it was looked last, by `checkEvery`.
   *
   * @throws when there is no `checkEvery`
   */
  public metricMissingStatements(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return missingStatementsMetric(this, this.repository, this.options.checkEvery, props);
  }

  private validateOwn(): string[] {
    if (this.own.isEmpty) return ['\'statements\' must have at least one statement, got: none'];
    return nativeRepository(this.repository) ? this.own.validate() : []; // else all of the stack's are looked at together
  }
}
