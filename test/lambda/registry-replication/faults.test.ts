import { registryReplicationHandler } from '../../../lambda/registry-replication/handler';
import { ruleKey } from '../../../lambda/shared/registry/claims';
import { registry } from '../../../src';
import { replicationStatement } from '../../../src/core/policy/replication';
import { renderClaim } from '../../../src/core/registry-rules/claim';
import { ReplicationRule, replicationRuleText } from '../../../src/core/registry-rules/replication-rules';
import { CLEANING, CREATED, describeFaults, FaultScene, UPDATING } from '../fault-points';

const OUR_ENVIRONMENT = { account: '000000000000', region: 'us-east-1' };
const THEIR_ENVIRONMENT = { account: '222222222222', region: 'eu-central-1' };
const ROLE = 'arn:aws:iam::222222222222:role/look';
const THEIR_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [replicationStatement({ partition: 'aws', account: '000000000000' }, ['arn:aws:ecr:eu-central-1:222222222222:repository/*'])],
});

const rule = (region: string, filter: string, registryId = '000000000000'): ReplicationRule => ({
  destinations: [{ region, registryId }],
  repositoryFilters: [{ filter, filterType: 'PREFIX_MATCH' }],
  deleteReplication: { enabled: true },
});
const FOREIGN = [rule('us-west-2', 'console/')];
const OWN = rule('eu-central-1', 'team/');
const THEIRS = rule('eu-central-1', 'team/', '222222222222');
const FORMER = rule('eu-central-1', 'former/');
const key = (one: ReplicationRule) => ruleKey(replicationRuleText(one));

interface Situation extends Pick<FaultScene, 'name' | 'request' | 'history'> {
  readonly before: readonly ReplicationRule[];
  readonly after: readonly ReplicationRule[];
  /** Keys in the claim of the stack before the request. */
  readonly own?: readonly string[];
  readonly leaving?: readonly string[];
  readonly destination?: registry.ReplicationDestination;
}

function scene({ before, after, own, leaving = [], destination = { region: 'eu-central-1' }, ...rest }: Situation): FaultScene {
  return {
    ...rest,
    env: OUR_ENVIRONMENT,
    build: stack => {
      new registry.RegistryReplication(stack, 'Replication', {
        rules: [{ destinations: [destination], prefixes: ['team/'], deleteReplication: true }],
      });
    },
    prepare: (account, stack) => {
      account.sts.role(ROLE, { trust: { principals: ['000000000000'] } });
      account.ecr.registryPolicy(THEIR_ENVIRONMENT, THEIR_POLICY);
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
  scene({
    name: 'Create with a destination in another account that permits it',
    request: 'Create',
    history: CREATED.slice(0, 1),
    before: FOREIGN,
    after: [...FOREIGN, THEIRS],
    destination: { ...THEIR_ENVIRONMENT, access: { roleArn: ROLE } },
  }),
  scene({ name: 'Create', request: 'Create', history: CREATED.slice(0, 1), before: FOREIGN, after: [...FOREIGN, OWN] }),
  scene({
    name: 'Update with a destination in another account that permits it',
    request: 'Update',
    history: UPDATING,
    before: FOREIGN,
    own: [key(OWN)],
    after: [...FOREIGN, THEIRS],
    destination: { ...THEIR_ENVIRONMENT, access: { roleArn: ROLE } },
  }),
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
