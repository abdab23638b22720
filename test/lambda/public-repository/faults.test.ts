import { Duration } from 'aws-cdk-lib';
import { ARN, MARK, NAME, Options, push, repository, TYPE } from './public-stack';
import { publicRepositoryHandler } from '../../../lambda/public-repository/handler';
import { PublicTeardown } from '../../../src';
import { CLEANING, CREATED, describeFaults, FaultScene, GOING, UPDATING } from '../fault-points';
import { markOf } from '../handler-scene';

const OPTIONS: Options = {
  catalogData: { description: 'A tool', architectures: ['x86-64'] },
  statements: [push('111111111111')],
  tags: { team: 'tools' },
};
const POLICY = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr-public:PutImage' }] });
const ROLLED_BACK = [...UPDATING, 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'];

interface Situation extends Pick<FaultScene, 'name' | 'request' | 'history'> {
  readonly options?: Options;
  /** Number of existing images; undefined for no repository. */
  readonly images?: number;
  readonly expected: 'as declared' | 'gone' | 'kept' | 'emptied' | 'refused';
}

function scene({ options = OPTIONS, images, expected, ...rest }: Situation): FaultScene {
  return {
    ...rest,
    build: repository(options),
    prepare: (account, stack) => {
      account.ecrPublic.vanish(NAME);
      account.ecrPublic.vanish('bystander');
      account.ecrPublic.seed({
        repositoryName: 'bystander', images: 2, kind: 'flat', tags: { [MARK]: `${stack.stackId.split('/')[2]}:Bystander` },
      });
      if (images === undefined) return;
      account.ecrPublic.seed({
        repositoryName: NAME,
        tags: { [MARK]: markOf(stack, TYPE), theirs: 'x' },
        catalogData: { description: 'old', aboutText: 'old' },
        policyText: POLICY,
        ...images > 0 ? { images, kind: 'multiArch' as const } : {},
      });
    },
    isFinal: answer => expected === 'refused' ? answer?.Reason.includes('was not deleted') ?? false : answer?.Status === 'SUCCESS',
    expectTakenBack: account => expect(account.ecrPublic.repository(NAME).exists).toBe(false),
    expectEnd: (account, stack, answer) => {
      const live = account.ecrPublic.repository(NAME);
      expect(answer?.Status).toBe(expected === 'refused' ? 'FAILED' : 'SUCCESS');
      expect(live.exists).toBe(expected !== 'gone');
      if (expected === 'as declared') {
        expect(answer?.Data).toEqual({ RepositoryName: NAME, Arn: ARN, RepositoryUri: live.uri });
        expect(live.tags).toMatchObject({ team: 'tools', [MARK]: markOf(stack, TYPE) });
        expect({
          description: live.catalogData?.description,
          architectures: live.catalogData?.architectures,
          aboutText: live.catalogData?.aboutText ?? '',
        }).toEqual({ description: 'A tool', architectures: ['x86-64'], aboutText: '' });
        expect(live.policy?.Statement).toMatchObject([{ Sid: 'Push' }]);
      }
      if (expected === 'kept' || expected === 'refused') expect(live.images).toHaveLength(images!);
      if (expected === 'kept' || expected === 'emptied') expect(live.tags).toEqual({ theirs: 'x' });
      if (expected === 'emptied') expect(live.images).toEqual([]);
      if (images !== undefined && live.exists && expected !== 'emptied') expect(live.images).toHaveLength(images);
      expect(account.ecrPublic.repository('bystander')).toMatchObject({ exists: true, images: [{}, {}] });
    },
  };
}

const deleting = (teardown: PublicTeardown) => ({
  options: { ...OPTIONS, teardown }, request: 'Delete' as const, history: GOING, images: 6,
});

describeFaults(publicRepositoryHandler, TYPE, [
  scene({ name: 'Create', request: 'Create', history: CREATED.slice(0, 1), expected: 'as declared' }),
  scene({ name: 'Update', request: 'Update', history: UPDATING, images: 3, expected: 'as declared' }),
  scene({ name: 'Delete, creation rolled back', request: 'Delete', history: ROLLED_BACK, images: 0, expected: 'gone' }),
  scene({ name: 'Delete, creation rolled back, with images', request: 'Delete', history: ROLLED_BACK, images: 3, expected: 'kept' }),
  scene({ name: 'Delete, leaves the template', request: 'Delete', history: CLEANING, images: 3, expected: 'kept' }),
  scene({
    name: 'Delete, stack is deleted',
    ...deleting(PublicTeardown.deleteWithImages({ maxImages: 9, protectedTags: ['release-*'], pushedWithin: Duration.hours(1) })),
    expected: 'gone',
  }),
  scene({ name: 'Delete, stack is deleted, empty', ...deleting(PublicTeardown.empty()), expected: 'emptied' }),
  scene({ name: 'Delete, refused', ...deleting(PublicTeardown.deleteWithImages({ maxImages: 1 })), expected: 'refused' }),
]);
