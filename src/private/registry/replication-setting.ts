import { Annotations, CustomResource, Lazy, Stack, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { allowClaims } from './claim-permissions';
import { allowServiceLinkedRole } from './service-linked-role';
import {
  MAX_REPLICATION_DESTINATIONS, MAX_REPLICATION_FILTERS, MAX_REPLICATION_RULES, ReplicationRule, uniqueDestinations,
} from '../../core/registry-rules/replication-rules';
import type { RoleToAssume } from '../../core/wire/location';
import { CheckedDestination, encodeRegistryReplication, REGISTRY_REPLICATION_RESOURCE_TYPE } from '../../core/wire/registry-replication';
import { accessProblems, callerProblems, deployRoleFirst, roleAccountProblems } from '../access/account-access';
import { mustBeKnown } from '../guards';
import { REGISTRY_REPLICATION_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { knownPartition } from '../handler/partition';
import { accountIdProblems, regionProblems, throwProblems, triggerProblems } from '../problems';
import { Triggers } from '../triggers';

const ID = 'EcrRegistryReplication';

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RepositoryFilter.html */
const FILTER = /^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*\/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$/;
const MIN_FILTER_LENGTH = 2;
const MAX_FILTER_LENGTH = 256;

interface DestinationOptions {
  readonly region: string;
  readonly account?: string;
  readonly access?: RoleToAssume;
}

/** Rules as users write them, without the public interfaces. */
interface RuleOptions {
  readonly destinations: readonly DestinationOptions[];
  readonly prefixes?: readonly string[];
  readonly deleteReplication?: boolean;
}

interface ReplicationOptions {
  readonly rules: readonly RuleOptions[];
  readonly backfill?: boolean;
  readonly trigger?: string;
}

/** Custom resource of a stack for the replication rules of its registry, with the rules of all its constructs. */
export class ReplicationSetting extends Construct {
  /** @throws if a rule is invalid, or contradicts a rule of another construct of the stack */
  public static add(scope: Construct, options: ReplicationOptions): ReplicationSetting {
    const stack = Stack.of(scope);
    const setting = stack.node.tryFindChild(ID) as ReplicationSetting | undefined ?? new ReplicationSetting(stack);
    setting.add(scope, options);
    return setting;
  }

  public readonly resource: CustomResource;
  private readonly rules = new Array<ReplicationRule>();
  private readonly checked = new Array<CheckedDestination & { readonly rules: number[] }>();
  /** Paths of the constructs that have a prefix; undefined is the prefix of all names. */
  private readonly prefixes = new Map<string | undefined, string>();
  private readonly triggers = new Triggers();
  private hasBackfill = false;

  private constructor(private readonly stack: Stack) {
    super(stack, ID);
    const handler = HandlerFunction.of(this, REGISTRY_REPLICATION_FUNCTION);
    allowClaims(handler, 'replication');
    handler.allowOnAnyResource(['ecr:DescribeRegistry', 'ecr:PutReplicationConfiguration']);
    allowServiceLinkedRole(handler, 'replication.ecr.amazonaws.com', 'AWSServiceRoleForECRReplication');
    this.resource = handler.customResource(this, 'Default', REGISTRY_REPLICATION_RESOURCE_TYPE, encodeRegistryReplication({
      registryId: stack.account,
      rules: Lazy.uncachedString({ produce: () => stack.toJsonString(this.rules) }),
      checked: Lazy.uncachedAny({ produce: () => this.checked.length === 0 ? undefined : stack.toJsonString(this.checked) }),
      backfill: Lazy.uncachedAny({ produce: () => this.hasBackfill || undefined }),
      trigger: this.triggers.property,
    }));
  }

  private add(scope: Construct, { rules, backfill, trigger }: ReplicationOptions): void {
    const { path } = scope.node;
    if (Token.isUnresolved(rules)) throwProblems(path, [mustBeKnown('rules')]);
    const first = this.rules.push(...rules.map(rule => this.ruleOf(rule))) - rules.length;
    throwProblems(path, [...this.problemsOf(path, rules), ...this.quotaProblems(), ...triggerProblems(trigger)]);
    this.triggers.add(trigger);
    rules.forEach(({ destinations }, index) => destinations.forEach(destination => this.check(destination, first + index)));
    if (backfill && !this.hasBackfill) {
      this.hasBackfill = true;
      HandlerFunction.of(this, REGISTRY_REPLICATION_FUNCTION)
        .allowOnAnyResource(['ecr:StartReplicationBackfill', 'ecr:DescribeReplicationBackfillResults']);
    }
    this.warnAboutOtherAccounts(scope, rules);
  }

  /** The function reads the registry policy of a destination with its role before it writes the rule. */
  private check({ region, account: registryId, access }: DestinationOptions, rule: number): void {
    if (registryId === undefined || access === undefined) return;
    const { roleArn, externalId } = access;
    const known = this.checked.find(one => one.registryId === registryId && one.region === region && one.role.roleArn === roleArn
      && one.role.externalId === externalId);
    if (known) {
      known.rules.push(rule);
      return;
    }
    this.checked.push({ region, registryId, role: { roleArn, externalId }, rules: [rule] });
    const handler = HandlerFunction.of(this, REGISTRY_REPLICATION_FUNCTION);
    handler.nameRole();
    handler.allowOn(['sts:AssumeRole'], roleArn);
    deployRoleFirst(this, access);
  }

  private problemsOf(path: string, rules: readonly RuleOptions[]): string[] {
    if (rules.length === 0) return ['\'rules\' must have at least one rule, got none'];
    const isChecked = rules.some(({ destinations }) => destinations.some(({ access }) => access !== undefined));
    return [...isChecked ? callerProblems(this) : [], ...rules.flatMap(({ destinations, prefixes }, index) => {
      const at = `rules[${index}]`;
      return [
        ...destinations.length === 0 ? [`'${at}.destinations' must have at least one destination, got none`] : [],
        ...destinations.flatMap((destination, nth) => this.destinationProblems(`${at}.destinations[${nth}]`, destination)),
        ...duplicates(destinations.map(({ region, account }) => `${region} of ${account ?? this.stack.account}`))
          .map(place => `'${at}.destinations' must have each registry once, got twice: ${place}`),
        ...prefixListProblems(`${at}.prefixes`, prefixes),
        ...[...new Set(prefixes ?? [undefined])].flatMap(prefix => this.duplicateProblems(at, path, prefix)),
      ];
    })];
  }

  private destinationProblems(at: string, { region, account, access }: DestinationOptions): string[] {
    const { stack } = this;
    const unknown = Object.entries({ region, account: account === stack.account ? undefined : account })
      .filter(([, value]) => Token.isUnresolved(value));
    if (unknown.length > 0) return unknown.map(([name]) => mustBeKnown(`${at}.${name}`));
    const partition = knownPartition(stack);
    const theirs = RegionInfo.get(region).partition;
    return [
      ...regionProblems(`${at}.region`, region),
      ...accountIdProblems(`${at}.account`, account),
      ...access === undefined ? [] : this.accessProblems(`${at}.access`, access, account),
      ...region === stack.region && (account === undefined || account === stack.account)
        ? [`'${at}' must not be the registry of the stack itself, got: ${region}`] : [],
      ...partition !== undefined && theirs !== undefined && partition !== theirs
        ? [`'${at}.region' must be in the partition of the stack (${partition}), got: ${region} of ${theirs}`] : [],
    ];
  }

  private accessProblems(at: string, access: RoleToAssume, account: string | undefined): string[] {
    if (account === undefined || account === this.stack.account) {
      return [`'${at}' must be omitted for a destination in the account of the stack, which needs no permission`];
    }
    return [...accessProblems(this, access, at), ...roleAccountProblems(access, account, at, 'account')];
  }

  /** Two rules for the same prefix could contradict each other, and AWS does not document which one applies. */
  private duplicateProblems(at: string, path: string, prefix: string | undefined): string[] {
    const earlier = this.prefixes.get(prefix);
    this.prefixes.set(prefix, earlier ?? path);
    if (earlier === undefined) return [];
    const what = prefix === undefined ? 'all repositories' : `the prefix ${prefix}`;
    return [`'${at}' is a second rule for ${what}${earlier === path ? '' : ` (the first is in '${earlier}')`}. Put the destinations into`
      + ' one rule'];
  }

  private quotaProblems(): string[] {
    const destinations = uniqueDestinations(this.rules).length;
    return [
      ...this.rules.length <= MAX_REPLICATION_RULES ? []
        : [`a registry has at most ${MAX_REPLICATION_RULES} replication rules, got: ${this.rules.length} in this stack`],
      ...destinations <= MAX_REPLICATION_DESTINATIONS ? []
        : [`a registry has at most ${MAX_REPLICATION_DESTINATIONS} destinations, got: ${destinations} in this stack`],
    ];
  }

  private ruleOf({ destinations, prefixes, deleteReplication }: RuleOptions): ReplicationRule {
    return {
      destinations: destinations.map(({ region, account }) => ({ region, registryId: account ?? this.stack.account })),
      ...prefixes ? { repositoryFilters: prefixes.map(filter => ({ filter, filterType: 'PREFIX_MATCH' })) } : {},
      ...deleteReplication ? { deleteReplication: { enabled: true } } : {},
    };
  }

  private warnAboutOtherAccounts(scope: Construct, rules: readonly RuleOptions[]): void {
    const { account, region } = this.stack;
    const others = rules.flatMap(({ destinations }) => destinations)
      .filter(destination => destination.account !== undefined && destination.account !== account && !destination.access);
    if (others.length === 0) return;
    const places = [...new Set(others.map(destination => `${destination.region} of account ${destination.account}`))].join(', ');
    const source = Token.isUnresolved(account) ? 'the account of this stack' : `'${account}'`;
    Annotations.of(scope).addWarningV2('cdk-ecr-keeper:replication-permission', `Replication to ${places} fails until the registry there`
      + ` allows it. Add RegistryStatement.replicationFrom([${source}]) to a RegistryPermissions there. To let the deployment check it`
      + ' before it writes the rule, specify the \'access\' of the destination. If the registry allows it already, acknowledge the warning.'
      + ` Source Region: ${Token.isUnresolved(region) ? 'that of this stack' : region}`);
  }
}

function duplicates(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text, index) => texts.indexOf(text) < index))];
}

function prefixListProblems(at: string, prefixes: readonly string[] | undefined): string[] {
  if (prefixes === undefined) return [];
  if (Token.isUnresolved(prefixes)) return [mustBeKnown(at)];
  const count = prefixes.length;
  return [
    ...duplicates(prefixes).map(prefix => `'${at}' must have each prefix once, got twice: ${prefix}`),
    ...count >= 1 && count <= MAX_REPLICATION_FILTERS ? [] : [`'${at}' must have 1 to ${MAX_REPLICATION_FILTERS} prefixes, got: ${count}`],
    ...prefixes.flatMap((prefix, index) => {
      if (Token.isUnresolved(prefix)) return [mustBeKnown(`${at}[${index}]`)];
      return prefix.length >= MIN_FILTER_LENGTH && prefix.length <= MAX_FILTER_LENGTH && FILTER.test(prefix) ? []
        : [`'${at}[${index}]' must be the beginning of repository names with ${MIN_FILTER_LENGTH} to ${MAX_FILTER_LENGTH} characters, such`
          + ` as team/, got: ${JSON.stringify(prefix)}`];
    }),
  ];
}
