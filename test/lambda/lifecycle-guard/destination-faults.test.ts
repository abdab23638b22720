import type { Stack } from 'aws-cdk-lib';
import { lifecycleGuardHandler } from '../../../lambda/lifecycle-guard/handler';
import { LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository } from '../../../src';
import { describeFaults, UPDATING } from '../fault-points';
import type { LocalAccount } from '../local-account';

const NAME = 'team/app';
const WEST = { region: 'eu-west-1' };
const GUARD = LifecycleGuard.refuse({ protectedTags: ['release-*'] });
const LIVE = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1_000)]).toJson();
const FINDING = 'in eu-west-1, where the replication rule for \'team/\' repeats deletions, it would act on images with protected tags: ';

/** Accounts whose registry repeats deletions: the rule stays when a scene creates its repositories again. */
const replicating = new WeakSet<LocalAccount>();

describeFaults(lifecycleGuardHandler, 'Custom::EcrLifecycleGuard', [{
  name: 'Update, refused because of a copy in another Region',
  build: (stack: Stack) => new Repository(stack, 'App', {
    repositoryName: NAME, lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1)]), lifecycleGuard: GUARD,
  }),
  request: 'Update',
  history: UPDATING,
  prepare: (account, stack) => {
    for (const place of [{}, WEST]) {
      account.ecr.vanish(NAME, place);
      account.ecr.seed({ repositoryName: NAME, ...place, lifecyclePolicyText: LIVE });
    }
    account.ecr.addImage({ repositoryName: NAME, ...WEST, tags: ['release-1'] });
    for (const tag of ['v1', 'kept']) account.ecr.addImage({ repositoryName: NAME, tags: [tag] });
    if (!replicating.has(account)) account.ecr.replicate({ from: {}, to: [WEST], prefix: 'team/', deletes: true });
    replicating.add(account);
    const [logicalId] = stack.logicalIds('AWS::ECR::Repository');
    account.cloudFormation.stack(stack.stackId).resource(logicalId, { physicalId: NAME, type: 'AWS::ECR::Repository' });
  },
  isFinal: answer => answer?.Reason.includes(FINDING) ?? false,
  expectEnd: (account, _stack, answer) => {
    expect(answer?.Status).toBe('FAILED');
    expect([account.ecr.images(NAME), account.ecr.repository(NAME).lifecyclePolicyText]).toEqual([2, LIVE]);
  },
}]);
