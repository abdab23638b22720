import { ownerOf } from './claims';
import { readReplicationRules, writeReplicationRules } from './replication-rules';
import type { SharedRules } from './shared-rules';
import { RegistryClaim } from '../../../src/core/registry-rules/claim';
import {
  describeReplicationRule, differOnlyInDeletions, MAX_REPLICATION_DESTINATIONS, MAX_REPLICATION_RULES, ReplicationRule, replicationRuleText,
  uniqueDestinations,
} from '../../../src/core/registry-rules/replication-rules';
import { UserError } from '../protocol/errors';

/** Creates the role without which ECR accepts no rule. https://docs.aws.amazon.com/AmazonECR/latest/userguide/slr-replication.html */
const CREATE_ROLE = 'aws iam create-service-linked-role --aws-service-name replication.ecr.amazonaws.com';

type Rules = readonly ReplicationRule[];

/** The replication rules of the registry, with those that the stack needs. */
export function replicationRules(registryId: string, own: Rules): SharedRules<Rules, ReplicationRule> {
  const subject = `Registry '${registryId}'`;
  return {
    subject,
    kind: 'replication',
    rules: own,
    read: task => {
      task.progress(`reading the replication rules of registry '${registryId}'`);
      return readReplicationRules(task);
    },
    rulesOf: rules => rules,
    textOf: replicationRuleText,
    with: (_live, rules) => rules,
    refuse: (rules, others) => {
      refuseContradictions(subject, own, rules, others);
      refuseTooMany(subject, own, rules);
    },
    isSame: (one, other) => JSON.stringify(one.map(replicationRuleText)) === JSON.stringify(other.map(replicationRuleText)),
    write: writeReplicationRules,
    remedyFor: error => (error as Error).message.includes('iam:CreateServiceLinkedRole')
      ? `ECR needs its service-linked role for replication. Let an administrator run '${CREATE_ROLE}', then try again.` : undefined,
  };
}

/** Of two rules that differ only in whether they replicate deletions, AWS does not document which one applies. */
function refuseContradictions(subject: string, own: Rules, rules: Rules, others: readonly RegistryClaim[]): void {
  const contradictions = own.flatMap(rule => rules.filter(other => differOnlyInDeletions(rule, other)).map(other =>
    `the rule for ${describeReplicationRule(rule)} ${rule.deleteReplication?.enabled ? 'replicates' : 'does not replicate'} deletions, but`
    + ` the rule of ${ownerOf(replicationRuleText(other), others)} for the same repositories and destinations does the opposite`));
  if (contradictions.length === 0) return;
  throw new UserError(`${subject}: ${contradictions.join('; ')}. No rule was changed. Set 'deleteReplication' as the other rule has it, or`
    + ' ask its owner to change it, then deploy again.');
}

function refuseTooMany(subject: string, own: Rules, rules: Rules): void {
  const count = uniqueDestinations(rules).length;
  const tooMany = [
    ...rules.length > MAX_REPLICATION_RULES
      ? [`${rules.length} rules, ${own.length} of this stack (maximum ${MAX_REPLICATION_RULES})`] : [],
    ...count > MAX_REPLICATION_DESTINATIONS
      ? [`${count} destinations, ${uniqueDestinations(own).length} of this stack (maximum ${MAX_REPLICATION_DESTINATIONS})`] : [],
  ];
  if (tooMany.length === 0) return;
  throw new UserError(`${subject}: the registry would have ${tooMany.join(' and ')}. No rule was changed. Remove rules, or put several`
    + ' prefixes into one rule, then deploy again.');
}
