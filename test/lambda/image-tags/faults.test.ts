import type { Stack } from 'aws-cdk-lib';
import { imageTagsHandler } from '../../../lambda/image-tags/handler';
import { movedHash, renderMemo, shortHash } from '../../../lambda/shared/images/memo';
import { ImageTags, Repository, RepositoryImage, TagRemovalPolicy } from '../../../src';
import { CREATED, describeFaults, FaultScene, GOING, UPDATING } from '../fault-points';
import type { Handle, LocalAccount } from '../local-account';

const TYPE = 'Custom::EcrImageTags';
const NAME = 'team/shared';

const build = (scope: Stack) => {
  const image = RepositoryImage.fromRepository(Repository.fromRepositoryName(scope, 'Import', NAME), 'build-two');
  new ImageTags(scope, 'Tags', { image, tags: ['prod', 'live'], tagRemovalPolicy: TagRemovalPolicy.DESTROY });
};

let one: string;
let two: string;

/** Sets where the tags of the construct point before the request. */
const prepare = (...tagged: Array<[seed: 1 | 2, ...tags: string[]]>) => (account: LocalAccount) => {
  account.ecr.vanish(NAME);
  account.ecr.seed({ repositoryName: NAME });
  [one, two] = ['build-one', 'build-two']
    .map((tag, n) => account.ecr.addRealImage({ repositoryName: NAME, seed: n + 1, tags: [tag] }).digest);
  for (const [seed, ...tags] of tagged) account.ecr.addRealImage({ repositoryName: NAME, seed, tags });
};

const tagsOf = (account: LocalAccount, digest: string) =>
  [...account.ecr.repository(NAME).images.find(image => image.digest === digest)?.tags ?? []].sort();

const scene = (more: Omit<FaultScene, 'build' | 'isFinal' | 'expectEnd'> & {
  readonly after: readonly [string[], string[]];
}): FaultScene => ({
  build,
  isFinal: answer => answer?.Status === 'SUCCESS',
  expectEnd: (account, _stack, answer) => {
    expect(answer?.Status).toBe('SUCCESS');
    expect([tagsOf(account, one), tagsOf(account, two)]).toEqual(more.after);
    expect(account.ecr.images(NAME)).toBe(2);
  },
  ...more,
});

/** Returns the same handler for a resource of an earlier request, with the memo of its physical id. */
const remembering = (memo: () => string): Handle => (surroundings, clients) => (request, context) =>
  imageTagsHandler(surroundings, clients)({ ...request, PhysicalResourceId: `${request.PhysicalResourceId}:${memo()}` }, context);

const addedTags = new Set(['prod', 'live'].map(shortHash));
const memo = { fingerprint: shortHash('something else'), addedTags, isImageNew: false, isUnfinished: false };
const movedFrom = (digest: string) => new Map(['prod', 'live'].map(tag => [movedHash(tag), digest]));

describe('for a new resource,', () => {
  /** Number of fault points without a response, and so without a physical id that remembers where the tags pointed. */
  let forgotten = 0;
  afterAll(() => {
    process.stdout.write(`${TYPE}: ${forgotten} points at which the Delete that follows cannot move tags back, as no answer came\n`);
    expect(forgotten).toBeLessThanOrEqual(10);
  });

  describeFaults(imageTagsHandler, TYPE, [
    scene({
      name: 'Create',
      request: 'Create',
      history: CREATED.slice(0, 1),
      prepare: prepare([1, 'prod']),
      after: [['build-one'], ['build-two', 'live', 'prod']],
      expectTakenBack: (account, _stack, answer) => {
        const isMoved = tagsOf(account, two).includes('prod');
        if (answer === undefined && isMoved) forgotten++;
        else expect([tagsOf(account, one), isMoved]).toEqual([['build-one', 'prod'], false]);
      },
    }),
  ]);
});

describe('after a creation,', () => {
  describeFaults(remembering(() =>
    renderMemo({ digest: one, ...memo, movedTags: new Map() })), TYPE, [
    scene({
      name: 'Update that moves',
      request: 'Update',
      history: UPDATING,
      prepare: prepare([1, 'prod', 'live']),
      after: [['build-one'], ['build-two', 'live', 'prod']],
    }),
    scene({
      name: 'Delete',
      request: 'Delete',
      history: GOING,
      prepare: prepare([1, 'prod', 'live', 'theirs']),
      after: [['build-one', 'theirs'], ['build-two']],
    }),
  ]);
});

describe('after an update that moved the tags,', () => {
  const rollingBack = [...UPDATING, 'UPDATE_ROLLBACK_IN_PROGRESS'];
  const rolledBack = {
    prepare: prepare([2, 'prod', 'live']), after: [['build-one', 'live', 'prod'], ['build-two']] as [string[], string[]],
  };
  describeFaults(remembering(() =>
    renderMemo({ digest: two, previousDigest: one, ...memo, movedTags: movedFrom(one) })), TYPE, [
    scene({ ...rolledBack, name: 'Update back', request: 'Update', history: rollingBack }),
    scene({
      ...rolledBack,
      name: 'Delete of the replacement',
      request: 'Delete',
      history: [...rollingBack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'],
    }),
  ]);
});
