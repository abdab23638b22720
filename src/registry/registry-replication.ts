import { Construct, Dependable } from 'constructs';
import { AccountAccess } from '../account-access';
import { ACCESS, checkProps, FLAG, listOf, PropertyTypes, required, struct, TEXT } from '../private/property-types';
import { ReplicationSetting } from '../private/registry/replication-setting';

/**
 * Registry to which images are replicated.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationDestination.html
 * @stability stable
 */
export interface ReplicationDestination {
  /** Region of the registry, such as `eu-central-1`, in the partition of the stack. It must be known when the app is synthesized. */
  readonly region: string;

  /**
   * Account of the registry, 12 digits. It must be known when the app is synthesized.
   *
   * The registry policy of another account must allow the replication. Add `RegistryStatement.replicationFrom` to a `RegistryPermissions`
   * there.
   *
   * @default - the account of the stack
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html
   */
  readonly account?: string;

  /**
   * Role in another account that reads its registry policy, such as the `access` of a `RepositoryAccessRole` with
   * `RepositoryCapability.readRegistryPolicy()`.
   *
   * With it, the deployment fails before a rule is written if the policy does not permit the replication of all repositories of the rule.
   * A statement with a condition is not evaluated, and the log says so. The role is used when the stack is created, and when an update
   * adds a prefix or a destination, or changes the role or `trigger`.
   *
   * @default - the registry policy is not checked, and synthesis warns about a destination in another account
   */
  readonly access?: AccountAccess;
}

/**
 * Rule of a `RegistryReplication`.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationRule.html
 * @stability stable
 */
export interface ReplicationRule {
  /** Registries to which images are replicated, at least one. Never the registry of the stack itself. */
  readonly destinations: ReplicationDestination[];

  /**
   * Beginnings of the names of the repositories that are replicated, such as `team/`, 1 to 100, each with 2 to 256 characters. They must
   * be known when the app is synthesized, and only one rule of the stack can have each of them.
   *
   * @default - all repositories of the registry
   */
  readonly prefixes?: string[];

  /**
   * Whether deletions are replicated too. Every image that is deleted here, by a person, a teardown, or a lifecycle policy, is then deleted
   * in the destinations.
   *
   * @default false
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteReplication.html
   */
  readonly deleteReplication?: boolean;
}

/**
 * Properties of `RegistryReplication`.
 *
 * @stability stable
 */
export interface RegistryReplicationProps {
  /** Rules, 1 to 25. The registry can have 25 rules and 25 destinations, including those of other stacks. */
  readonly rules: ReplicationRule[];

  /**
   * Whether to replicate the images that exist already. Without it, only images that are pushed later are replicated.
   *
   * The deployment waits for up to 12 minutes. A backfill that takes longer continues, and one that fails does not fail the deployment:
   * the result is in `backfillReport` and in the log. It runs again when the rules or `trigger` change.
   *
   * @default false
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication-backfill.html
   */
  readonly backfill?: boolean;

  /**
   * Value that you change to write the rules again, and to repeat the backfill, 1 to 256 characters.
   *
   * @default - the rules are written when they change
   */
  readonly trigger?: string;
}

const RULE_TYPES: PropertyTypes<ReplicationRule> = {
  destinations: required(listOf(struct<ReplicationDestination>({ region: required(TEXT), account: TEXT, access: ACCESS }))),
  prefixes: listOf(TEXT),
  deleteReplication: FLAG,
};

const PROPERTY_TYPES: PropertyTypes<RegistryReplicationProps> = {
  rules: required(listOf(struct<ReplicationRule>(RULE_TYPES))), backfill: FLAG, trigger: TEXT,
};

/**
 * Replication rules that the stack adds to the private registry of its account and Region.
 *
 * A registry has one list of rules, and the CloudFormation resource `AWS::ECR::ReplicationConfiguration` replaces or deletes all of it. Any
 * number of stacks can have this construct: each adds its rules and removes only these. Rules that another stack needs too, and rules that
 * were there before, are not removed.
 *
 * Each stack writes the keys of its rules to a parameter below `/cdk-ecr-keeper/registry/replication`. Whoever may write there decides
 * which rules are removed.
 *
 * @throws if a rule is invalid, with all problems in one error
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
 *
 * @example
 * new registry.RegistryReplication(this, 'Replication', {
 *   rules: [{ prefixes: ['team/'], destinations: [{ region: 'eu-central-1' }] }],
 * });
 * @stability stable
 */
export class RegistryReplication extends Construct {
  /**
   * Result of the backfill for each destination, such as
   * `eu-central-1 of 111111111111: COMPLETE, 40 of 40 replicated, 0 failed`, at most 1,500 characters. It is `no backfill` if the last
   * deployment did not need one. All constructs of a stack have the same report.
   */
  public readonly backfillReport: string;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Rules to add.
   */
  constructor(scope: Construct, id: string, props: RegistryReplicationProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const { resource } = ReplicationSetting.add(this, props);
    this.backfillReport = resource.getAttString('BackfillReport');
    Dependable.implement(this, { dependencyRoots: [this, resource] });
  }
}
