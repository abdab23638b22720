import type { EcrTask } from '../../lambda/shared/protocol/job';
import { ruleKey } from '../../lambda/shared/registry/claims';
import { replicationRules } from '../../lambda/shared/registry/replication-setting';
import { scanRules } from '../../lambda/shared/registry/scanning-setting';
import { removeRules, RulesClients, SharedRules } from '../../lambda/shared/registry/shared-rules';
import type { ClaimKind } from '../../src/core/registry-rules/claim';
import { describeReplicationRule } from '../../src/core/registry-rules/replication-rules';
import { scanFilterText } from '../../src/core/registry-rules/scan-rules';

/** A setting of a registry to which several stacks add rules. */
export interface Setting {
  readonly kind: ClaimKind;
  /** Returns the rules of the registry, described for a person, by key. */
  describeRules(task: EcrTask): Promise<ReadonlyMap<string, string>>;
  /** Removes the rules that the stack added and that no other stack claims, and then its claim. */
  removeRulesOf(stack: string, task: EcrTask, clients: RulesClients): Promise<void>;
}

export function settingsOf(registryId: string): Setting[] {
  return [
    setting('replication', replicationRules(registryId, []), rule =>
      `${describeReplicationRule(rule)}${rule.deleteReplication?.enabled ? ', with deletions' : ''}`),
    setting('scanning', scanRules(registryId, { filters: [] }), scanFilterText),
  ];
}

function setting<Live extends object, Rule>(kind: ClaimKind, shared: SharedRules<Live, Rule>, describe: (rule: Rule) => string): Setting {
  return {
    kind,
    describeRules: async task =>
      new Map(shared.rulesOf(await shared.read(task)).map(rule => [ruleKey(shared.textOf(rule)), describe(rule)])),
    removeRulesOf: (stack, task, clients) => removeRules(task, clients, shared, stack),
  };
}
