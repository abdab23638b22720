import { Duration, Stack } from 'aws-cdk-lib';
import { CODE, imported } from './scene';
import { codeTag, overrideCode } from '../../../lambda/shared/teardown/override-code';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { Repository, Teardown } from '../../../src';
import type { DeployedStack } from '../deployed-stack';
import { CLEANING, CREATED, describeFaults, FaultScene, GOING, UPDATING } from '../fault-points';
import { markOf } from '../handler-scene';
import type { LocalAccount } from '../local-account';

const TYPE = 'Custom::EcrTeardown';
const MARK = 'cdk-ecr-keeper:teardown-by';
const STAGE = { stage: 'test' };
const REQUIRED = { requireTag: { key: 'stage', value: 'test' } };

const owned = (scope: Stack) => {
  new Repository(scope, 'App', { repositoryName: 'team/app', teardown: Teardown.deleteWithImages({ maxImages: 9, ...REQUIRED }) });
};
const ownedWithImageGuards = (scope: Stack) => {
  const teardown = Teardown.deleteWithImages({ maxImages: 9, protectedTags: ['release-*'], pushedWithin: Duration.hours(1), ...REQUIRED });
  new Repository(scope, 'App', { repositoryName: 'team/app', teardown });
};
const legacy = imported(Teardown.deleteWithImages(REQUIRED), 'Legacy', 'team/legacy');

interface Situation extends Pick<FaultScene, 'name' | 'build' | 'request' | 'history' | 'undoing'> {
  readonly repository: string;
  /** Tag of one more image, which is pushed now. */
  readonly newTag?: string;
  readonly marked: boolean;
  /** Whether it holds images. @default true */
  readonly filled?: boolean;
  readonly tags?: Record<string, string>;
  readonly expected: 'deleted' | 'marked' | 'unmarked' | 'refused';
  /** Whether the repository carries the code of the refusals, and whether the events show that the code matches a refusal. */
  readonly code?: 'planted' | 'answers';
}

const LIMITS = ['protectedTags=["release-*"]', 'pushedWithin=3600'].map(limit => ({ limit, because: '' }));

function scene({ repository, marked, filled = true, tags = STAGE, newTag, expected, code, ...rest }: Situation): FaultScene {
  const images = newTag === undefined ? 6 : 7;
  const native = repository === 'team/app';
  const setMark = (account: LocalAccount, stack: DeployedStack) => {
    if (marked) account.ecr.retag(repository, { [MARK]: markOf(stack, TYPE) });
  };
  return {
    ...rest,
    prepare: (account, stack) => {
      account.ecr.vanish(repository);
      account.ecr.vanish('bystander');
      account.ecr.seed({
        repositoryName: 'bystander', images: 2, kind: 'flat', tags: { ...STAGE, [MARK]: `${stack.stackId.split('/')[2]}:Bystander` },
      });
      account.ecr.seed({ repositoryName: repository, tags, ...filled ? { images: 6, kind: 'multiArch', archived: 2 } : {} });
      if (native) {
        account.cloudFormation.stack(stack.stackId)
          .resource(stack.logicalIds('AWS::ECR::Repository')[0], { type: 'AWS::ECR::Repository', physicalId: repository });
      }
      if (newTag !== undefined) account.ecr.addImage({ repositoryName: repository, tags: [newTag], pushedAt: new Date() });
      setMark(account, stack);
      if (code === undefined) return;
      const arn = `arn:aws:ecr:us-east-1:000000000000:repository/${repository}`;
      const value = overrideCode({ StackId: stack.stackId } as Parameters<typeof overrideCode>[0], arn, LIMITS);
      account.ecr.retag(repository, { [CODE]: value });
      if (code === 'planted') return;
      account.cloudFormation.stack(stack.stackId).resourceEvent(stack.logicalIds(TYPE)[0], TYPE, 'DELETE_FAILED', codeTag(value));
    },
    isFinal: answer => expected === 'refused' ? answer?.Reason.includes('was not deleted') ?? false : answer?.Status === 'SUCCESS',
    expectTakenBack: (account, stack) => {
      expect(account.ecr.images(repository)).toBe(6);
      if (native) setMark(account, stack); // the template sets the mark, so the next Create finds it again
    },
    expectEnd: (account, stack, answer) => {
      const { exists, tags: live, images: left } = account.ecr.repository(repository);
      expect(answer?.Status).toBe(expected === 'refused' ? 'FAILED' : 'SUCCESS');
      expect(exists).toBe(expected !== 'deleted');
      if (exists) expect(left).toHaveLength(images);
      if (exists) expect(live[MARK]).toBe(expected === 'unmarked' ? undefined : markOf(stack, TYPE));
      if (expected === 'refused') {
        expect(answer?.Reason).toMatch(newTag === undefined
          ? /^Repository 'team\/(legacy' was not deleted: it must carry the tag stage=test|app' was not deleted: its creation is being rolled back)/ : /^Repository 'team\/app' was not deleted: 1 image has a protected tag: release-1; and 1 image was pushed within 1 hour: release-1\./);
      }
      expect(account.ecr.repository('bystander')).toMatchObject({ exists: true, images: [{}, {}], tags: STAGE });
    },
  };
}

const UNDOING = 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS';
const UNDONE = ['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'];
const imports = { build: legacy, repository: 'team/legacy' };
const owns = { build: owned, repository: 'team/app' };

describeFaults(teardownHandler, TYPE, [
  scene({ ...imports, name: 'Create, imported', request: 'Create', history: CREATED.slice(0, 1), marked: false, expected: 'marked' }),
  scene({ ...imports, name: 'Update, imported, mark lost', request: 'Update', history: UPDATING, marked: false, expected: 'marked' }),
  scene({
    ...imports, name: 'Delete, imported, leaves the template', request: 'Delete', history: CLEANING, marked: true, expected: 'unmarked',
  }),
  scene({ ...imports, name: 'Delete, imported, stack is deleted', request: 'Delete', history: GOING, marked: true, expected: 'deleted' }),
  scene({ ...imports, name: 'Delete, imported, refused', request: 'Delete', history: GOING, marked: true, tags: {}, expected: 'refused' }),
  scene({
    ...owns, name: 'Create, owned', request: 'Create', history: UPDATING, undoing: UNDOING, marked: true, expected: 'marked',
  }),
  scene({
    ...owns, name: 'Create, owned, imported', request: 'Create', history: UPDATING, undoing: UNDOING, marked: false, expected: 'marked',
  }),
  scene({
    ...owns, name: 'Delete, owned, creation undone', request: 'Delete', history: UNDONE, marked: true, filled: false, expected: 'deleted',
  }),
  scene({
    ...owns, name: 'Delete, owned, creation undone, images', request: 'Delete', history: UNDONE, marked: true, expected: 'refused',
  }),
  scene({ ...owns, name: 'Delete, owned, leaves the template', request: 'Delete', history: CLEANING, marked: true, expected: 'unmarked' }),
  scene({ ...owns, name: 'Delete, owned, stack is deleted', request: 'Delete', history: GOING, marked: true, expected: 'deleted' }),
  scene({
    ...owns,
    name: 'Delete, owned, image guards do not refuse',
    build: ownedWithImageGuards,
    request: 'Delete',
    history: GOING,
    marked: true,
    expected: 'deleted',
  }),
  scene({
    ...owns,
    name: 'Delete, owned, image guards refuse',
    build: ownedWithImageGuards,
    request: 'Delete',
    history: GOING,
    marked: true,
    newTag: 'release-1',
    expected: 'refused',
  }),
  ...([['planted', 'refused'], ['answers', 'deleted']] as const).map(([code, expected]) => scene({
    ...owns,
    name: `Delete, owned, image guards refuse, and a code that ${code === 'planted' ? 'was calculated' : 'matches'}`,
    build: ownedWithImageGuards,
    request: 'Delete',
    history: GOING,
    marked: true,
    newTag: 'release-1',
    code,
    expected,
  })),
], 'sockets');
