import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct, Dependable } from 'constructs';
import { addStatements, refuseStatements } from './private/policy/add-statements';
import { missingStatementsMetric } from './private/policy/policy-check';
import { PolicyStatements } from './private/policy/policy-statements';
import { checkProps, listOf, POLICY_OPTION_TYPES, PropertyTypes, REPOSITORY, required, STATEMENT } from './private/property-types';
import { nativeRepository } from './private/repository/native-repository';

/**
 * Options for adding statements to the policy of a repository that the stack does not own.
 *
 * @stability stable
 */
export interface RepositoryPolicyOptions {
  /**
   * Whether to replace existing statements that have exactly the Sid of one of the stack's statements.
   *
   * The new statement has the same Sid, and remains in the policy when the stack is deleted. The old statement is written to a log that is
   * kept when the stack is deleted.
   *
   * @default false - the deployment fails and reports such Sids
   */
  readonly replaceExistingSids?: boolean;

  /**
   * Whether to set the policy even if it prevents the deploying principal from changing the policy again. Only principals that the policy
   * exempts can then change it.
   *
   * @default false - synthesis fails for a statement that denies changes to everybody, and the deployment fails if Amazon ECR rejects the
   * policy for this reason
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
   */
  readonly force?: boolean;

  /**
   * Whether to remove principals that no longer exist (`AROA…` or `AIDA…`) from existing statements if Amazon ECR rejects the policy
   * because of them.
   *
   * Each removed principal is written, with its statement, to a log that is kept when the stack is deleted.
   *
   * @default false - the deployment fails and reports these principals
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
   */
  readonly dropDeadPrincipals?: boolean;

  /**
   * Value that you change to write the statements again, 1 to 256 characters. Change it, for example, after somebody removed or changed
   * statements.
   *
   * @default - the statements are written when they change
   */
  readonly trigger?: string;

  /**
   * Interval at which to check that the statements are still in the policy, in whole minutes.
   *
   * If statements are missing, an event is sent to the default event bus of the account (source `cdk-ecr-keeper`, detail type `ECR
   * Repository Policy Statements Missing`), and a metric has their number. The check does not repair the policy. To write the statements
   * again, deploy with a different `trigger`.
   *
   * @default - the statements are not checked
   */
  readonly checkEvery?: Duration;
}

/**
 * Properties of `RepositoryPolicy`.
 *
 * @stability stable
 */
export interface RepositoryPolicyProps extends RepositoryPolicyOptions {
  /**
   * Repository whose policy gets the statements. It must be imported from any Region, or declared in the same stack.
   *
   * A repository in another account must be imported with `access` (`ExistingRepository`). A repository of the same stack must be a
   * construct such as `Repository`, because the policy of an L1 `CfnRepository` cannot be extended.
   */
  readonly repository: aws_ecr.IRepositoryRef;

  /**
   * Statements to add. Each must have a principal, only actions of Amazon ECR, and no resources.
   *
   * In the policy of an imported repository, an ID of the stack is appended to each Sid, and statements without a Sid are merged where
   * possible.
   *
   * @default - no statements; add at least one with `addStatements`
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
   */
  readonly statements?: iam.PolicyStatement[];
}

const PROPERTY_TYPES: PropertyTypes<RepositoryPolicyProps> = {
  ...POLICY_OPTION_TYPES, repository: required(REPOSITORY), statements: listOf(STATEMENT),
};

/**
 * Statements that the stack adds to the policy of a repository.
 *
 * For a repository of the same stack, the statements become part of the native policy. For an imported repository, they are merged into its
 * policy when the stack is deployed, together with the grants of `ExistingRepository` in the same stack. Other statements are not changed.
 * A statement that you remove from the stack is removed from the policy.
 *
 * A repository policy has at most 10,240 characters. Unless `force` is set, a statement must not prevent the deploying principal from
 * changing the policy.
 *
 * @throws if a statement is invalid in a repository policy, if the statements are too long, if one prevents the deploying principal from
 * changing the policy, if another stack of the app declares the repository, or if it is in another account and was imported without
 * `access`
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
 * @stability stable
 */
export class RepositoryPolicy extends Construct {
  private readonly repository: aws_ecr.IRepositoryRef;
  private readonly options: RepositoryPolicyOptions;
  private readonly statements: PolicyStatements;
  private resource?: CustomResource;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Repository and the statements to add to its policy.
   */
  constructor(scope: Construct, id: string, props: RepositoryPolicyProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    this.repository = props.repository;
    this.options = props;
    const { account, region } = props.repository.env;
    this.statements = new PolicyStatements(this, { account: Stack.of(this).account, region }, account);
    refuseStatements(this, this.repository, props);
    this.addStatements(...props.statements ?? []);
    this.node.addValidation({ validate: () => this.validateStatements() });
    const roots = () => this.resource ? [this, this.resource] : [this];
    Dependable.implement(this, { get dependencyRoots() { return roots(); } });
  }

  /**
   * Adds statements to the policy.
   *
   * @param statements Statements with a principal, only actions of Amazon ECR, and no resources.
   *
   * @throws if a statement is invalid in a repository policy, with all problems in one error
   */
  public addStatements(...statements: iam.PolicyStatement[]): void {
    if (statements.length === 0) return;
    this.statements.add(this.node.path, statements, this.options.force ?? false);
    this.resource = addStatements(this, this.repository, statements, this.options);
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
    return missingStatementsMetric(this, this.repository, this.options.checkEvery, props);
  }

  private validateStatements(): string[] {
    if (this.statements.isEmpty) return ['\'statements\' must have at least one statement, got none'];
    // for an imported repository, the custom resource validates all statements of the stack together
    return nativeRepository(this.repository) ? this.statements.validate() : [];
  }
}
