import { registryReplicationHandler } from '../../../lambda/registry-replication/handler';
import { ruleKey } from '../../../lambda/shared/registry/claims';
import { registry } from '../../../src';
import { renderClaim } from '../../../src/core/registry-rules/claim';
import { ReplicationRule, replicationRuleText } from '../../../src/core/registry-rules/replication-rules';
import { CLEANING, CREATED, describeFaults, FaultScene, UPDATING } from '../fault-points';

const rule = (region: string, filter: string): ReplicationRule => ({
  destinations: [{ region, registryId: '000000000000' }],
  repositoryFilters: [{ filter, filterType: 'PREFIX_MATCH' }],
  deleteReplication: { enabled: true },
});
const FOREIGN = [rule('us-west-2', 'console/')];
const OWN = rule('eu-central-1', 'team/');
const FORMER = rule('eu-central-1', 'former/');
const key = (one: ReplicationRule) => ruleKey(replicationRuleText(one));

interface Situation extends Pick<FaultScene, 'name' | 'request' | 'history'> {
  readonly before: readonly ReplicationRule[];
  readonly after: readonly ReplicationRule[];
  /** Keys in the claim of the stack before the request. */
  readonly own?: readonly string[];
  readonly leaving?: readonly string[];
}

function scene({ before, after, own, leaving = [], ...rest }: Situation): FaultScene {
  return {
    ...rest,
    build: stack => {
      new registry.RegistryReplication(stack, 'Replication', {
        rules: [{ destinations: [{ region: 'eu-central-1' }], prefixes: ['team/'], deleteReplication: true }],
      });
    },
    prepare: (account, stack) => {
      account.ecr.replicationRules({}, before);
      const claim = `/cdk-ecr-keeper/registry/replication/${stack.stackId.split('/')[2]}`;
      for (const name of Object.keys(account.ssm.values())) account.ssm.remove(name);
      if (own) account.ssm.put(claim, renderClaim({ stack: stack.stackId, own, found: [], leaving }));
    },
    isFinal: answer => answer?.Status === 'SUCCESS',
    expectEnd: (account, _stack, answer) => {
      expect(answer?.Status).toBe('SUCCESS');
      expect(account.ecr.replicationRules()).toEqual(after);
      const claims = Object.values(account.ssm.values());
      expect(claims).toHaveLength(rest.request === 'Delete' ? 0 : 1);
      expect(claims.filter(text => text.includes('leaving'))).toEqual([]);
    },
    expectTakenBack: account => expect(account.ecr.replicationRules()).toEqual(before),
  };
}

describeFaults(registryReplicationHandler, 'Custom::EcrRegistryReplication', [
  scene({ name: 'Create', request: 'Create', history: CREATED.slice(0, 1), before: FOREIGN, after: [...FOREIGN, OWN] }),
  scene({
    name: 'Update after one that was interrupted',
    request: 'Update',
    history: UPDATING,
    before: [FORMER, ...FOREIGN],
    own: [key(OWN)],
    leaving: [key(FORMER)],
    after: [...FOREIGN, OWN],
  }),
  scene({
    name: 'Delete after one that was interrupted',
    request: 'Delete',
    history: CLEANING,
    before: [OWN, ...FOREIGN],
    own: [],
    leaving: [key(OWN)],
    after: FOREIGN,
  }),
]);
