import type { Stack } from 'aws-cdk-lib';
import { prefixTeardownHandler } from '../../../lambda/prefix-teardown/handler';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { PrefixTeardown, Repository, Teardown } from '../../../src';
import { describeFaults, FaultScene, GOING } from '../fault-points';
import { markOf } from '../handler-scene';
import type { LocalAccount } from '../local-account';

const NAME = 'team/app';
const TYPE = 'Custom::EcrTeardown';
const WEST = { region: 'eu-west-1' };
const IN_WEST = 'in eu-west-1, where the replication rule for \'team/\' repeats deletions, 1 image has a protected tag: release-1.';
const requireTag = { key: 'stage', value: 'test' };
const guards = { requireTag, protectedTags: ['release-*'] };

/** Accounts whose registry repeats deletions: the rule stays when a scene creates its repositories again. */
const replicating = new WeakSet<LocalAccount>();

/** The repository in both Regions. Only the tag of the copy shows whether a guard refuses. */
function seed(account: LocalAccount, copyTag: string): void {
  for (const place of [{}, WEST]) {
    account.ecr.vanish(NAME, place);
    account.ecr.seed({ repositoryName: NAME, ...place, tags: { stage: 'test' } });
  }
  account.ecr.addImage({ repositoryName: NAME, tags: ['v1'] });
  account.ecr.addImage({ repositoryName: NAME, ...WEST, tags: [copyTag] });
  if (!replicating.has(account)) account.ecr.replicate({ from: {}, to: [WEST], prefix: 'team/', deletes: true });
  replicating.add(account);
}

function scene(expected: 'deleted' | 'refused', build: (stack: Stack) => void, prepare?: FaultScene['prepare']): FaultScene {
  return {
    name: `Delete, the guards are checked on a copy in another Region: ${expected}`,
    build,
    request: 'Delete',
    history: GOING,
    prepare: (account, stack) => {
      seed(account, expected === 'refused' ? 'release-1' : 'v1');
      prepare?.(account, stack);
    },
    isFinal: answer => expected === 'refused' ? answer?.Reason.includes(IN_WEST) ?? false : answer?.Status === 'SUCCESS',
    expectEnd: (account, _stack, answer) => {
      expect(answer?.Status).toBe(expected === 'refused' ? 'FAILED' : 'SUCCESS');
      expect(account.ecr.repository(NAME).exists).toBe(expected === 'refused');
      expect(account.ecr.images(NAME, WEST)).toBe(1);
    },
  };
}

describe('a repository', () => {
  const build = (stack: Stack) => new Repository(stack, 'App', { repositoryName: NAME, teardown: Teardown.deleteWithImages(guards) });
  const prepare: FaultScene['prepare'] = (account, stack) => {
    account.ecr.retag(NAME, { 'cdk-ecr-keeper:teardown-by': markOf(stack, TYPE) });
    account.cloudFormation.stack(stack.stackId)
      .resource(stack.logicalIds('AWS::ECR::Repository')[0], { type: 'AWS::ECR::Repository', physicalId: NAME });
  };
  describeFaults(teardownHandler, TYPE, [scene('deleted', build, prepare), scene('refused', build, prepare)]);
});

describe('the repositories under a prefix', () => {
  const build = (stack: Stack) => new PrefixTeardown(stack, 'Team', { prefix: 'team/', ...guards });
  describeFaults(prefixTeardownHandler, 'Custom::EcrPrefixTeardown', [scene('refused', build)]);
});
