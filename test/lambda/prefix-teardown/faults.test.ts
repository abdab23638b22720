import { Duration, Stack } from 'aws-cdk-lib';
import { prefixTeardownHandler } from '../../../lambda/prefix-teardown/handler';
import { PrefixTeardown, PrefixTeardownProps, TeardownAudit } from '../../../src';
import { CLEANING, CREATED, describeFaults, FaultScene, GOING } from '../fault-points';

const TAGS = { stage: 'test' };
const NAMES = ['cache/alpine', 'cache/library/node'];

const prefixed = (props: Partial<PrefixTeardownProps>) => (scope: Stack) => {
  new PrefixTeardown(scope, 'Cache', { prefix: 'cache/', requireTag: { key: 'stage', value: 'test' }, ...props });
};

function scene(
  name: string, props: Partial<PrefixTeardownProps>, request: FaultScene['request'], history: readonly string[],
  expected: 'deleted' | 'kept' | 'refused',
): FaultScene {
  return {
    name,
    build: prefixed(props),
    request,
    history,
    prepare: account => {
      for (const repositoryName of [...NAMES, 'cache/theirs', 'other/app']) {
        account.ecr.vanish(repositoryName);
        account.ecr.seed({
          repositoryName, images: 6, kind: 'multiArch', archived: 2, tags: repositoryName === 'cache/theirs' ? {} : TAGS,
        });
      }
    },
    isFinal: answer => expected === 'refused' ? answer?.Reason.includes('were not deleted') ?? false : answer?.Status === 'SUCCESS',
    expectEnd: (account, _stack, answer) => {
      expect(answer?.Status).toBe(expected === 'refused' ? 'FAILED' : 'SUCCESS');
      expect(NAMES.map(each => account.ecr.images(each))).toEqual(NAMES.map(() => expected === 'deleted' ? 0 : 6));
      expect([account.ecr.images('cache/theirs'), account.ecr.images('other/app')]).toEqual([6, 6]);
    },
  };
}

describeFaults(prefixTeardownHandler, 'Custom::EcrPrefixTeardown', [
  scene(
    'Delete, stack is deleted', { audit: TeardownAudit.toLogs(), protectedTags: ['release-*'], pushedWithin: Duration.hours(1) }, 'Delete',
    GOING, 'deleted',
  ),
  scene('Delete, refused', { maxImages: 5 }, 'Delete', GOING, 'refused'),
  scene('Delete, leaves the template', {}, 'Delete', CLEANING, 'kept'),
  scene('Delete, never finished', {}, 'Delete', [...CREATED.slice(0, 1), 'CREATE_FAILED', 'DELETE_IN_PROGRESS'], 'refused'),
]);
