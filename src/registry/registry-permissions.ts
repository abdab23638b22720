import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, Dependable } from 'constructs';
import { RegistryPolicy } from '../private/policy/registry-policy';
import { checkProps, FLAG, listOf, PropertyTypes, STATEMENT, TEXT } from '../private/property-types';

/**
 * Properties of `RegistryPermissions`.
 *
 * @stability stable
 */
export interface RegistryPermissionsProps {
  /**
   * Statements to add, for example from `RegistryStatement`. Each must have a principal, only actions of Amazon ECR, and repositories of
   * the registry as resources.
   *
   * An ID of the stack is appended to each Sid. Statements without a Sid are merged where possible.
   *
   * @default - no statements; add at least one with `addStatements`
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-examples.html
   */
  readonly statements?: iam.PolicyStatement[];

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
}

const PROPERTY_TYPES: PropertyTypes<RegistryPermissionsProps> = {
  statements: listOf(STATEMENT), replaceExistingSids: FLAG, dropDeadPrincipals: FLAG, trigger: TEXT,
};

/**
 * Statements that the stack adds to the policy of the private registry of its account and Region.
 *
 * A registry has one policy, and the CloudFormation resource `AWS::ECR::RegistryPolicy` replaces or deletes all of it. Any number of stacks
 * can have this construct: each adds its statements and removes only these. Other statements are not changed.
 *
 * The policy has at most 10,240 characters.
 *
 * @throws if a statement is invalid, with all problems in one error
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
 *
 * @example
 * new registry.RegistryPermissions(this, 'Replication', {
 *   statements: [registry.RegistryStatement.replicationFrom(['111111111111'], { prefixes: ['team/'] })],
 * });
 * @stability stable
 */
export class RegistryPermissions extends Construct {
  private readonly policy: RegistryPolicy;
  private hasStatements = false;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Statements to add.
   */
  constructor(scope: Construct, id: string, private readonly props: RegistryPermissionsProps = {}) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const policy = this.policy = RegistryPolicy.of(this);
    this.addStatements(...props.statements ?? []);
    this.node.addValidation({
      validate: () => this.hasStatements ? [] : ['\'statements\' must have at least one statement, got none'],
    });
    Dependable.implement(this, { dependencyRoots: [this, policy.resource] });
  }

  /**
   * Adds statements to the policy.
   *
   * @param statements Statements with a principal, only actions of Amazon ECR, and repositories of the registry as resources.
   *
   * @throws if a statement is invalid, with all problems in one error
   */
  public addStatements(...statements: iam.PolicyStatement[]): void {
    if (statements.length === 0) return;
    this.policy.add(this.node.path, statements, this.props);
    this.hasStatements = true;
  }
}
