import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { Stack } from 'aws-cdk-lib';
import { imageTagsHandler } from '../../../lambda/image-tags/handler';
import { ImageTags, ImageTagsProps, Repository, RepositoryImage, TagRemovalPolicy } from '../../../src';
import type { Call } from '../../local-ecr/local-service';
import { clientOf } from '../../local-ecr/test-client';
import { DeployedStack } from '../deployed-stack';
import { account, More, send, startForEachTest, status } from '../handler-scene';
import { Answer } from '../local-account';

const TYPE = 'Custom::EcrImageTags';
const ROOT = 'arn:aws:cloudformation:us-east-1:000000000000:stack/Root/99999999-9999-9999-9999-999999999999';

type Props = Partial<Omit<ImageTagsProps, 'image'>> & { readonly tagOrDigest?: string };

/** A completed request, and what CloudFormation then knows of the resource. */
interface Done {
  readonly stack: DeployedStack;
  readonly answer: NonNullable<Answer>;
}

const builds = new Map<string, (stack: Stack) => void>();

/** Returns the same stack with other properties, synthesized once for each. Tags are removed with the stack unless a test retains them. */
function stackWith(props: Props = {}): DeployedStack {
  const key = JSON.stringify(props);
  const build = builds.get(key) ?? (scope => {
    const { tagOrDigest = 'build-1', ...rest } = props;
    const image = RepositoryImage.fromRepository(Repository.fromRepositoryName(scope, 'App', 'app'), tagOrDigest);
    new ImageTags(scope, 'Tags', { image, tags: ['prod'], tagRemovalPolicy: TagRemovalPolicy.DESTROY, ...rest });
  });
  builds.set(key, build);
  return DeployedStack.of('Test', build);
}

startForEachTest({ handler: imageTagsHandler, resourceType: TYPE });
beforeEach(() => {
  account.ecr.seed({ repositoryName: 'app' });
  account.ecr.seed({ repositoryName: 'bystander', images: 2, kind: 'flat' });
});
afterEach(() => {
  const { images } = account.ecr.repository('bystander');
  expect(images.map(({ tags }) => tags)).toEqual([['v1'], ['v2']]);
});

/** Adds an image. Images of one seed are the same image, so that this also moves a tag as another client would. */
const image = (seed: number, ...tags: string[]) => account.ecr.addRealImage({ repositoryName: 'app', seed, tags }).digest;
const tagsOf = (digest: string) =>
  [...account.ecr.repository('app').images.find(each => each.digest === digest)?.tags ?? ['no such image']].sort();
const writes = () => account.ecr.calls.filter(({ operation, outcome }) =>
  outcome === 'ok' && ['PutImage', 'BatchDeleteImage'].includes(operation));
const hexOf = (digest: string) => digest.slice('sha256:'.length);

async function resultOf(stack: DeployedStack, answer: Promise<Answer>): Promise<Done> {
  return { stack, answer: (await answer)! };
}
async function create(props: Props = {}, more: More = {}): Promise<Done> {
  const stack = stackWith(props);
  status(stack, 'CREATE_IN_PROGRESS');
  return resultOf(stack, send(stack, 'Create', more));
}
function change({ stack: before, answer }: Done, props: Props, now = 'UPDATE_IN_PROGRESS', more: More = {}): Promise<Done> {
  const stack = stackWith(props);
  status(stack, now);
  const OldResourceProperties = before.customResourceProperties(before.logicalIds(TYPE)[0]);
  return resultOf(stack, send(stack, 'Update', { OldResourceProperties, PhysicalResourceId: answer.PhysicalResourceId, ...more }));
}
function remove({ stack, answer }: Done, now = 'DELETE_IN_PROGRESS', more: More = {}): Promise<Done> {
  status(stack, now);
  return resultOf(stack, send(stack, 'Delete', { PhysicalResourceId: answer.PhysicalResourceId, ...more }));
}
const succeeded = ({ answer, stack }: Done): Done => {
  expect(answer).toMatchObject({ Status: 'SUCCESS' });
  return { answer, stack };
};
const failed = ({ answer }: Done): string => {
  expect(answer).toMatchObject({ Status: 'FAILED' });
  return answer.Reason;
};
const someoneElse = () => clientOf(account.ecr, 'someone-else');
/** Acts once, after the first matching call of the function. */
const after = (operation: string, act: () => void | Promise<void>, matches: (call: Call) => boolean = () => true) => {
  account.ecr.onCall = async call => {
    if (call.operation !== operation || call.accessKeyId === 'someone-else' || !matches(call)) return;
    account.ecr.onCall = undefined;
    await act();
  };
};

describe('Create:', () => {
  test.each([
    ['an image of OCI', () => account.ecr.addRealImage({ repositoryName: 'app', tags: ['build-1'] })],
    ['an image of Docker', () => account.ecr.addRealImage({ repositoryName: 'app', tags: ['build-1'], format: 'docker' })],
    ['an index of OCI', () => account.ecr.addRealIndex({ repositoryName: 'app', tags: ['build-1'], attestations: true })],
    ['a manifest list of Docker', () => account.ecr.addRealIndex({ repositoryName: 'app', tags: ['build-1'], format: 'docker' })],
    ['a nested index', () => account.ecr.addRealIndex({ repositoryName: 'app', tags: ['build-1'], nested: true })],
    ['an artifact', () =>
      account.ecr.addRealImage({ repositoryName: 'app', tags: ['build-1'], artifactType: 'application/vnd.cncf.helm.config.v1+json' })],
  ])('%s gets additional tags, by tag and by digest', async (_what, add) => {
    const { digest } = add();
    const before = account.ecr.images('app');
    expect(succeeded(await create({ tags: ['prod', 'live'] })).answer.Data).toEqual({ ImageDigestHex: hexOf(digest) });
    expect(tagsOf(digest)).toEqual(['build-1', 'live', 'prod']);
    expect(succeeded(await create({ tagOrDigest: digest, tags: ['stable'] })).answer.Data).toEqual({ ImageDigestHex: hexOf(digest) });
    expect(tagsOf(digest)).toEqual(['build-1', 'live', 'prod', 'stable']);
    expect(account.ecr.images('app')).toBe(before);
  });

  test('an image without tags gets its first tag, by digest', async () => {
    const digest = image(1);
    succeeded(await create({ tagOrDigest: digest }));
    expect(tagsOf(digest)).toEqual(['prod']);
  });

  test('no layer is pulled or pushed', async () => {
    image(1, 'build-1');
    account.ecr.layers = 'modelled';
    succeeded(await create());
    expect(new Set(account.ecr.calls.map(({ operation }) => operation))).toEqual(new Set(['BatchGetImage', 'DescribeImages', 'PutImage']));
    expect(account.ecr.downloads).toEqual([]);
  });

  test('forty tags can be set', async () => {
    const digest = image(1, 'build-1');
    const tags = Array.from({ length: 40 }, (_, n) => `t${n}`);
    const done = succeeded(await create({ tags }));
    expect(tagsOf(digest)).toEqual(['build-1', ...tags].sort());
    expect(done.answer.PhysicalResourceId.length).toBeLessThanOrEqual(1_024);
    succeeded(await remove(done));
    expect(tagsOf(digest)).toEqual(['build-1']);
  });

  test('tags that already point to the image are not set again', async () => {
    const digest = image(1, 'build-1', 'prod');
    succeeded(await create());
    succeeded(await create({ tags: ['build-1', 'prod'] }));
    expect(writes()).toEqual([]);
    expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
  });

  test.each([
    ['mutable', { imageTagMutability: 'MUTABLE' }],
    ['immutable, with an exclusion for it', { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION', exclusionFilters: ['prod*'] }],
    ['mutable, with an exclusion for other tags', { imageTagMutability: 'MUTABLE_WITH_EXCLUSION', exclusionFilters: ['v*'] }],
  ] as const)('a tag that points to another image is moved, where it is %s', async (_what, settings) => {
    account.ecr.recreate('app', settings);
    const [digest, other] = [image(1, 'build-1'), image(2, 'prod', 'kept')];
    succeeded(await create());
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1', 'prod'], ['kept']]);
    expect(account.logs.join('\n')).toContain(other);
  });

  test.each([
    ['immutable', { imageTagMutability: 'IMMUTABLE' }],
    ['immutable, with an exclusion for other tags', { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION', exclusionFilters: ['v*'] }],
    ['mutable, with an exclusion for it', { imageTagMutability: 'MUTABLE_WITH_EXCLUSION', exclusionFilters: ['prod*'] }],
  ] as const)('a tag that points to another image is an error that names both, where it is %s', async (_what, settings) => {
    account.ecr.recreate('app', settings);
    const [digest, other] = [image(1, 'build-1'), image(2, 'prod')];
    const reason = failed(await create());
    expect(reason).toMatch(/^Repository 'app': the tag 'prod' is immutable /);
    expect(reason).toContain(digest);
    expect(reason).toContain(other);
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1'], ['prod']]);
  });

  test('in an immutable repository, new tags are set and existing ones of the image are accepted', async () => {
    account.ecr.recreate('app', { imageTagMutability: 'IMMUTABLE' });
    const digest = image(1, 'build-1', 'prod');
    succeeded(await create({ tags: ['prod', 'live'] }));
    expect(tagsOf(digest)).toEqual(['build-1', 'live', 'prod']);
  });

  test('a missing image is an error that names it', async () => {
    image(1, 'build-2');
    expect(failed(await create())).toMatch(/^Repository 'app' has no image build-1\. Push it, or correct/);
    const missing = `sha256:${'0'.repeat(64)}`;
    expect(failed(await create({ tagOrDigest: missing }))).toContain(`has no image ${missing}. Push it, or correct`);
    expect(writes()).toEqual([]);
  });

  test('an archived image is an error with the command that restores it', async () => {
    account.ecr.addRealImage({ repositoryName: 'app', tags: ['build-1'], status: 'ARCHIVED' });
    expect(failed(await create()))
      .toMatch(/^Repository 'app': the image build-1 is archived .* Restore it \(aws ecr update-image-storage-class\)/);
    expect(writes()).toEqual([]);
  });

  test('an image that is being restored is an error that recommends to wait', async () => {
    account.ecr.addRealImage({ repositoryName: 'app', tags: ['build-1'], status: 'ACTIVATING' });
    const reason = failed(await create());
    expect(reason).toMatch(/^Repository 'app': the image build-1 is (activating|being restored)/);
    expect(reason).not.toContain('update-image-storage-class');
  });

  test('a missing repository is an error', async () => {
    account.ecr.vanish('app');
    expect(failed(await create())).toMatch(/^Repository 'app' does not exist/);
  });

  test.each([
    ['that another client moves at the same time', () => { image(2, 'prod'); }, /^Repository 'app': the image sha256:\S+ does not have 'prod' 120 seconds after it was set\. Find out whether something else sets/],
    ['of an image that is deleted at the same time', async () => {
      await someoneElse().send(new BatchDeleteImageCommand({
        repositoryName: 'app', imageIds: [{ imageTag: 'build-1' }, { imageTag: 'prod' }],
      }));
    }, /^Repository 'app': the image sha256:\S+ does not have 'prod' 120 seconds after it was set\. .* or deletes images of this repository/],
  ])('a tag %s is an error', async (_what, act, message) => {
    image(2, 'other');
    image(1, 'build-1');
    after('PutImage', act);
    expect(failed(await create())).toMatch(message);
  });

  test('a tag that ECR returns late is no error', async () => {
    const [digest, other] = [image(1, 'build-1'), image(2, 'other')];
    let readings = 0;
    account.ecr.onCall = ({ operation }) => {
      if (operation === 'PutImage') image(2, 'prod');
      if (operation === 'DescribeImages' && tagsOf(other).includes('prod') && ++readings === 5) image(1, 'prod');
    };
    succeeded(await create());
    expect(readings).toBe(5);
    expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
  });

  test('every tag gets the image that the source tag pointed to at first, even if that tag is moved in the meantime', async () => {
    const [digest, other] = [image(1, 'build-1'), image(2)];
    after('PutImage', () => { image(2, 'build-1'); });
    expect(succeeded(await create({ tags: ['prod', 'live'] })).answer.Data).toEqual({ ImageDigestHex: hexOf(digest) });
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['live', 'prod'], ['build-1']]);
  });

  test('a repeated request changes nothing and gets the same response', async () => {
    const digest = image(1, 'build-1');
    const [first, again] = [succeeded(await create()), succeeded(await create())];
    expect(writes()).toHaveLength(1);
    expect(again.answer.Data).toEqual(first.answer.Data);
    expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
  });

  test('a timeout is an error that names the current step', async () => {
    image(1, 'build-1');
    account.ecr.faults.add({ kind: 'hang', operation: 'PutImage' });
    expect(failed(await create({}, { remaining: 15_300 }))).toMatch(/^Repository 'app': time ran out while setting the tag 'prod'/);
  });

  test('a Create that is cancelled while the stack is deleted removes its tags', async () => {
    const digest = image(1, 'build-1');
    const stack = stackWith();
    after('PutImage', () => { status(stack, 'DELETE_IN_PROGRESS'); });
    expect(failed(await create())).toContain('canceled while it ran');
    expect(tagsOf(digest)).toEqual(['build-1']);
  });
});

describe('Update:', () => {
  test('a source tag that moved is not looked up again', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create());
    const other = image(2, 'build-1');
    expect(succeeded(await change(done, { tags: ['prod', 'live'] })).answer.Data).toEqual({ ImageDigestHex: hexOf(digest) });
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['live', 'prod'], ['build-1']]);
  });

  test('a source tag that moved is looked up again once for a new trigger', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create());
    const other = image(2, 'build-1');
    const followed = succeeded(await change(done, { trigger: '2' }));
    expect(followed.answer.Data).toEqual({ ImageDigestHex: hexOf(other) });
    expect([tagsOf(digest), tagsOf(other)]).toEqual([[], ['build-1', 'prod']]);
    image(1, 'build-1');
    succeeded(await change(followed, { trigger: '2', tags: ['prod', 'live'] }));
    expect(tagsOf(other)).toEqual(['live', 'prod']);
  });

  test('a new image gets the tags', async () => {
    const [digest, other] = [image(1, 'build-1'), image(2, 'build-2')];
    const done = succeeded(await create());
    expect(succeeded(await change(done, { tagOrDigest: 'build-2' })).answer.Data).toEqual({ ImageDigestHex: hexOf(other) });
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1'], ['build-2', 'prod']]);
  });

  test('new tags are added, and tags that are no longer listed are retained', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create({ tags: ['prod', 'live'] }));
    succeeded(await change(done, { tags: ['live', 'stable'] }));
    expect(tagsOf(digest)).toEqual(['build-1', 'live', 'prod', 'stable']);
  });

  test('a tag that another client moved is moved back', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create());
    image(2, 'prod', 'other');
    succeeded(await change(done, { tags: ['prod', 'live'] }));
    expect(tagsOf(digest)).toEqual(['build-1', 'live', 'prod']);
  });

  test('a repeated request changes nothing', async () => {
    image(1, 'build-1');
    const other = image(2, 'build-2');
    const done = succeeded(await create());
    account.ecr.clearCalls();
    for (const _time of [1, 2]) succeeded(await change(done, { tagOrDigest: 'build-2' }));
    expect(writes()).toHaveLength(1);
    expect(tagsOf(other)).toEqual(['build-2', 'prod']);
  });

  test('the requested image gets the tags even if a stale status of the stack shows the last rollback', async () => {
    const [first, second, third] = [image(1, 'build-1'), image(2, 'build-2'), image(3, 'build-3')];
    const done = succeeded(await change(succeeded(await create()), { tagOrDigest: 'build-2' }));
    expect(succeeded(await change(done, { tagOrDigest: 'build-3' }, 'UPDATE_ROLLBACK_COMPLETE')).answer.Data)
      .toEqual({ ImageDigestHex: hexOf(third) });
    expect([first, second, third].map(tagsOf)).toEqual([['build-1'], ['build-2'], ['build-3', 'prod']]);
  });

  test('a missing image is an error even if a stale status of the stack shows the last rollback', async () => {
    image(1, 'build-1');
    const done = succeeded(await create());
    expect(failed(await change(done, { tagOrDigest: 'build-9' }, 'UPDATE_ROLLBACK_COMPLETE'))).toContain('has no image build-9');
  });

  test('another repository is refused, because the tags in the first one would never be removed', async () => {
    image(1, 'build-1');
    const done = succeeded(await create());
    const old = {
      ...done.stack.customResourceProperties(done.stack.logicalIds(TYPE)[0]),
      RepositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/other',
    };
    expect(failed(await change(done, {}, 'UPDATE_IN_PROGRESS', { OldResourceProperties: old })))
      .toContain('cannot replace \'other\'');
  });
});

describe('the rollback of an update', () => {
  /** CloudFormation treats a new physical id as a replacement. It deletes the new resource and sends no request for the old one. */
  const rollBack = (done: Done) => remove(done, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');

  test.each([
    ['by a Delete of the replacement', (done: Done) => rollBack(done)],
    ['by another update', (done: Done) => change(done, {}, 'UPDATE_ROLLBACK_IN_PROGRESS')],
    ['by both', async (done: Done) => {
      succeeded(await change(done, {}, 'UPDATE_ROLLBACK_IN_PROGRESS'));
      return rollBack(done);
    }],
  ])('moves the tags back after a successful update, %s', async (_how, back) => {
    const [digest, other] = [image(1, 'build-1'), image(2, 'build-2')];
    const done = succeeded(await change(succeeded(await create()), { tagOrDigest: 'build-2' }));
    expect(tagsOf(other)).toEqual(['build-2', 'prod']);
    succeeded(await back(done));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1', 'prod'], ['build-2']]);
  });

  test('moves the tags back to the previous image, even if its source tag points to another one by now', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create());
    const other = image(2, 'build-1');
    const moved = succeeded(await change(done, { trigger: '2' }));
    image(3, 'build-1');
    expect(succeeded(await change(moved, {}, 'UPDATE_ROLLBACK_IN_PROGRESS')).answer.Data).toEqual({ ImageDigestHex: hexOf(digest) });
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['prod'], []]);
  });

  test('moves the tags back if an earlier attempt had failed halfway without a rollback', async () => {
    account.ecr.recreate('app', { imageTagMutability: 'MUTABLE_WITH_EXCLUSION', exclusionFilters: ['locked'] });
    const [digest, other] = [image(1, 'build-1', 'locked'), image(2, 'build-2')];
    const done = succeeded(await create());
    const broken = await change(done, { tagOrDigest: 'build-2', tags: ['prod', 'locked'] });
    failed(broken);
    expect(tagsOf(other)).toEqual(['build-2', 'prod']);
    const again = succeeded(await change({ ...broken, stack: done.stack }, { tagOrDigest: 'build-2' }));
    succeeded(await rollBack(again));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1', 'locked', 'prod'], ['build-2']]);
  });

  test('moves the tags back to the image of the last successful update', async () => {
    const digests = [image(1, 'build-1'), image(2, 'build-2'), image(3, 'build-3')];
    const second = succeeded(await change(succeeded(await create()), { tagOrDigest: 'build-2' }));
    const third = succeeded(await change(second, { tagOrDigest: 'build-3' }));
    succeeded(await rollBack(third));
    expect(digests.map(tagsOf)).toEqual([['build-1'], ['build-2', 'prod'], ['build-3']]);
    // CloudFormation continues with the second one
    succeeded(await change(second, { tagOrDigest: 'build-3' }));
    expect(tagsOf(digests[2])).toEqual(['build-3', 'prod']);
  });

  test('retains tags that the construct had not set before', async () => {
    const [digest, other] = [image(1, 'build-1'), image(2, 'build-2')];
    const done = succeeded(await change(succeeded(await create()), { tagOrDigest: 'build-2', tags: ['prod', 'live'] }));
    succeeded(await rollBack(done));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1', 'prod'], ['build-2', 'live']]);
  });

  test('retains tags that another client has moved since', async () => {
    const [digest, other, third] = [image(1, 'build-1'), image(2, 'build-2'), image(3, 'third')];
    const done = succeeded(await change(succeeded(await create({ tags: ['prod', 'live'] })), {
      tagOrDigest: 'build-2', tags: ['prod', 'live'],
    }));
    image(3, 'prod');
    succeeded(await rollBack(done));
    expect([tagsOf(digest), tagsOf(other), tagsOf(third)]).toEqual([['build-1', 'live'], ['build-2'], ['prod', 'third']]);
  });

  test('moves the tags back with RETAIN too', async () => {
    const [digest, other] = [image(1, 'build-1'), image(2, 'build-2')];
    const tagRemovalPolicy = TagRemovalPolicy.RETAIN;
    const done = succeeded(await change(succeeded(await create({ tagRemovalPolicy })), { tagOrDigest: 'build-2', tagRemovalPolicy }));
    succeeded(await rollBack(done));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1', 'prod'], ['build-2']]);
  });

  test('moves the tags back after an update that failed halfway', async () => {
    account.ecr.recreate('app', { imageTagMutability: 'MUTABLE_WITH_EXCLUSION', exclusionFilters: ['locked'] });
    const [digest, other] = [image(1, 'build-1', 'locked'), image(2, 'build-2')];
    const done = succeeded(await create());
    const broken = await change(done, { tagOrDigest: 'build-2', tags: ['prod', 'locked'] });
    expect(failed(broken)).toContain('\'locked\' is immutable');
    expect(tagsOf(other)).toEqual(['build-2', 'prod']);
    expect(broken.answer.PhysicalResourceId).toBe(done.answer.PhysicalResourceId);
    expect(succeeded(await change(broken, {}, 'UPDATE_ROLLBACK_IN_PROGRESS')).answer.Data).toEqual({ ImageDigestHex: hexOf(digest) });
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1', 'locked', 'prod'], ['build-2']]);
  });

  test('retains the tags that an earlier update moved', async () => {
    const [digest, other] = [image(1, 'build-1'), image(2, 'build-2')];
    const second = succeeded(await change(succeeded(await create()), { tagOrDigest: 'build-2' }));
    const third = succeeded(await change(second, { tagOrDigest: 'build-2', tags: ['prod', 'live'] }));
    succeeded(await rollBack(third));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1'], ['build-2', 'live', 'prod']]);
  });

  test('moves a tag back to a third image', async () => {
    const [digest, other, third] = [image(1, 'build-1'), image(2, 'build-2'), image(3, 'build-3', 'live')];
    const done = succeeded(await change(succeeded(await create()), { tagOrDigest: 'build-2', tags: ['prod', 'live'] }));
    expect(tagsOf(third)).toEqual(['build-3']);
    succeeded(await rollBack(done));
    expect([tagsOf(digest), tagsOf(other), tagsOf(third)]).toEqual([['build-1', 'prod'], ['build-2'], ['build-3', 'live']]);
  });

  test('does not look up the source again after a failed update', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create());
    const other = image(2, 'build-1');
    const broken = await change(done, { tagOrDigest: 'build-9' });
    expect(failed(broken)).toContain('has no image build-9');
    succeeded(await change(broken, {}, 'UPDATE_ROLLBACK_IN_PROGRESS'));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['prod'], ['build-1']]);
  });

  const gone: Array<[string, () => void | Promise<void>]> = [
    ['the previous image no longer exists', async () => {
      await someoneElse().send(new BatchDeleteImageCommand({ repositoryName: 'app', imageIds: [{ imageTag: 'build-1' }] }));
    }],
    ['the previous image is archived', () => { account.ecr.addRealImage({ repositoryName: 'app', seed: 1, status: 'ARCHIVED' }); }],
    ['the repository no longer exists', () => account.ecr.vanish('app')],
    ['the tag is immutable in the meantime', async () => {
      const tags = { prod: tagsOf(image(2)).includes('prod') ? 2 : 1 };
      account.ecr.recreate('app', { imageTagMutability: 'IMMUTABLE' });
      image(1, 'build-1');
      image(2, 'build-2');
      image(tags.prod, 'prod');
    }],
  ];
  test.each(gone)('never fails after a successful update: %s', async (_what, act) => {
    image(1, 'build-1');
    image(2, 'build-2');
    const done = succeeded(await change(succeeded(await create()), { tagOrDigest: 'build-2' }));
    await act();
    succeeded(await change(done, {}, 'UPDATE_ROLLBACK_IN_PROGRESS'));
    succeeded(await rollBack(done));
  });

  test.each(gone)('never fails after a failed update: %s', async (_what, act) => {
    const digest = image(1, 'build-1');
    image(2, 'build-2', 'other');
    const done = succeeded(await create());
    const broken = await change(done, { tagOrDigest: 'build-9' });
    failed(broken);
    await act();
    expect(succeeded(await change(broken, {}, 'UPDATE_ROLLBACK_IN_PROGRESS')).answer.Data).toEqual({ ImageDigestHex: hexOf(digest) });
  });

  test('never fails after another repository was refused', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create());
    const other = {
      ...done.stack.customResourceProperties(done.stack.logicalIds(TYPE)[0]),
      RepositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/other',
    };
    const refused = await change(done, {}, 'UPDATE_IN_PROGRESS', { ResourceProperties: other });
    expect(failed(refused)).toContain('cannot replace');
    succeeded(await change(refused, {}, 'UPDATE_ROLLBACK_IN_PROGRESS', { OldResourceProperties: other }));
    expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
  });

  test('retains the tags of a construct that the update added', async () => {
    const digest = image(1, 'build-1');
    succeeded(await rollBack(succeeded(await create())));
    expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
  });

  test('does not affect the next update', async () => {
    const [digest, other] = [image(1, 'build-1'), image(2, 'build-2')];
    const done = succeeded(await create());
    succeeded(await rollBack(succeeded(await change(done, { tagOrDigest: 'build-2' }))));
    succeeded(await remove(done));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1'], ['build-2']]);
  });
});

describe('a Create', () => {
  const ROLLBACKS = ['ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'];
  const from = (...tags: string[][]) => tags.map((each, n) => image(n + 1, `build-${n + 1}`, ...each));

  test.each(ROLLBACKS)('that is rolled back moves the tags back to the images that they pointed to, in %s', async now => {
    const digests = from([], ['prod'], ['live', 'theirs']);
    const done = succeeded(await create({ tags: ['prod', 'live', 'new'] }));
    expect(digests.map(tagsOf)).toEqual([['build-1', 'live', 'new', 'prod'], ['build-2'], ['build-3', 'theirs']]);
    succeeded(await remove(done, now));
    expect(digests.map(tagsOf)).toEqual([['build-1', 'new'], ['build-2', 'prod'], ['build-3', 'live', 'theirs']]);
  });

  test.each([...ROLLBACKS, 'DELETE_IN_PROGRESS'])('that failed halfway moves its tags back, in %s', async now => {
    account.ecr.recreate('app', { imageTagMutability: 'MUTABLE_WITH_EXCLUSION', exclusionFilters: ['locked'] });
    const digests = from([], ['prod', 'locked']);
    const broken = await create({ tags: ['prod', 'new', 'locked'] });
    expect(failed(broken)).toContain('\'locked\' is immutable');
    expect(tagsOf(digests[0])).toEqual(['build-1', 'new', 'prod']);
    succeeded(await remove(broken, now));
    expect(digests.map(tagsOf)).toEqual([['build-1', 'new'], ['build-2', 'locked', 'prod']]);
  });

  test('that is retried retains its tags when the failed one is deleted', async () => {
    account.ecr.recreate('app', { imageTagMutability: 'MUTABLE_WITH_EXCLUSION', exclusionFilters: ['locked'] });
    const digests = from([], ['prod', 'locked']);
    const broken = await create({ tags: ['prod', 'locked'] });
    succeeded(await create({ tags: ['prod'] }));
    succeeded(await remove(broken, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'));
    expect(digests.map(tagsOf)).toEqual([['build-1', 'prod'], ['build-2', 'locked']]);
  });

  test('that timed out moves its tags back', async () => {
    const digests = from([], ['prod', 'live']);
    account.ecr.faults.add({ kind: 'hang', operation: 'PutImage', skip: 1 });
    const broken = await create({ tags: ['prod', 'live'] }, { remaining: 15_300 });
    expect(failed(broken)).toContain('time ran out');
    succeeded(await remove(broken, 'ROLLBACK_IN_PROGRESS'));
    expect(digests.map(tagsOf)).toEqual([['build-1'], ['build-2', 'live', 'prod']]);
  });

  test.each(['ROLLBACK_IN_PROGRESS', 'DELETE_IN_PROGRESS'])('that is cancelled while it runs moves its tags back, in %s', async now => {
    const digests = from([], ['prod']);
    const stack = stackWith();
    after('PutImage', () => { status(stack, now); });
    expect(failed(await create())).toContain('canceled while it ran');
    expect(digests.map(tagsOf)).toEqual([['build-1'], ['build-2', 'prod']]);
  });

  test('that failed retains tags that another client has moved since, and tags of images that no longer exist', async () => {
    account.ecr.recreate('app', { imageTagMutability: 'MUTABLE_WITH_EXCLUSION', exclusionFilters: ['locked'] });
    const digests = from([], ['prod'], ['live'], ['locked']);
    const broken = await create({ tags: ['prod', 'live', 'locked'] });
    image(4, 'prod');
    await someoneElse().send(new BatchDeleteImageCommand({ repositoryName: 'app', imageIds: [{ imageTag: 'build-3' }] }));
    succeeded(await remove(broken, 'ROLLBACK_IN_PROGRESS'));
    expect(digests.map(tagsOf)).toEqual([['build-1', 'live'], ['build-2'], ['no such image'], ['build-4', 'locked', 'prod']]);
  });

  test('remembers only as many images as fit into a physical id, and logs that', async () => {
    const tags = Array.from({ length: 20 }, (_, n) => `t${n}`);
    const digests = from([], ...tags.map(tag => [tag]));
    const done = succeeded(await create({ tags }));
    expect(done.answer.PhysicalResourceId.length).toBeLessThanOrEqual(1_024);
    expect(account.logs.join('\n')).toMatch(/a rollback can move only \d+ of 20 tags back/);
    succeeded(await remove(done, 'ROLLBACK_IN_PROGRESS'));
    expect(digests.slice(1, 6).map(tagsOf)).toEqual(tags.slice(0, 5).map((tag, n) => [`build-${n + 2}`, tag].sort()));
  });
});

describe('Delete:', () => {
  test('the deletion of the whole stack removes the added tags, and retains the image', async () => {
    const digest = image(1, 'build-1', 'theirs');
    const done = succeeded(await create({ tags: ['prod', 'live'] }));
    succeeded(await remove(done));
    expect(tagsOf(digest)).toEqual(['build-1', 'theirs']);
  });

  test('tags that existed before are retained', async () => {
    const digest = image(1, 'build-1', 'prod');
    const done = succeeded(await create({ tags: ['prod', 'live'] }));
    succeeded(await remove(done));
    expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
  });

  test('a tag that existed before is retained even if it was moved to another image and back', async () => {
    const [digest, other] = [image(1, 'build-1', 'prod'), image(2, 'build-2')];
    const first = succeeded(await create());
    const second = succeeded(await change(first, { tagOrDigest: 'build-2' }));
    const rolledBack = succeeded(await change(second, {}, 'UPDATE_ROLLBACK_IN_PROGRESS'));
    succeeded(await remove(rolledBack));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1', 'prod'], ['build-2']]);
  });

  test.each([
    'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS',
  ])('all tags are retained while the stack is %s', async now => {
    const digest = image(1, 'build-1');
    succeeded(await remove(succeeded(await create()), now));
    expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
  });

  test('the last tag of an image is retained', async () => {
    const digest = image(1);
    succeeded(await remove(succeeded(await create({ tagOrDigest: digest }))));
    expect(tagsOf(digest)).toEqual(['prod']);
  });

  test('one of the two added tags is retained if the image has no others', async () => {
    const digest = image(1);
    succeeded(await remove(succeeded(await create({ tagOrDigest: digest, tags: ['prod', 'live'] }))));
    expect(tagsOf(digest)).toHaveLength(1);
  });

  test('a tag is retained if another client removes all other tags in the meantime', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create({ tags: ['prod', 'live'] }));
    after('DescribeImages', async () => {
      await someoneElse().send(new BatchDeleteImageCommand({ repositoryName: 'app', imageIds: [{ imageTag: 'build-1' }] }));
    });
    succeeded(await remove(done));
    expect(tagsOf(digest)).toHaveLength(1);
  });

  test('tags that another client has moved since are retained', async () => {
    const [digest, other] = [image(1, 'build-1'), image(2, 'build-2')];
    const done = succeeded(await create({ tags: ['prod', 'live'] }));
    image(2, 'prod');
    succeeded(await remove(done));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1'], ['build-2', 'prod']]);
  });

  test('tags of earlier lists are removed too, but not tags that existed before the stack', async () => {
    const digest = image(1, 'build-1', 'theirs');
    const first = succeeded(await create({ tags: ['prod', 'theirs'] }));
    const second = succeeded(await change(first, { tags: ['live', 'theirs'] }));
    const third = succeeded(await change(second, { tags: ['stable', 'theirs'] }));
    succeeded(await remove(third));
    expect(tagsOf(digest)).toEqual(['build-1', 'theirs']);
  });

  test('tags that an update moved to another image are removed there', async () => {
    const [digest, other] = [image(1, 'build-1'), image(2, 'build-2')];
    const first = succeeded(await create());
    succeeded(await remove(succeeded(await change(first, { tagOrDigest: 'build-2' }))));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1'], ['build-2']]);
  });

  test('the Delete of the previous physical id after an update removes nothing', async () => {
    const [digest, other] = [image(1, 'build-1'), image(2, 'build-2')];
    const first = succeeded(await create({ tags: ['prod', 'live'] }));
    const second = succeeded(await change(first, { tagOrDigest: 'build-2', tags: ['prod'] }));
    expect(second.answer.PhysicalResourceId).not.toBe(first.answer.PhysicalResourceId);
    succeeded(await remove(first, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'));
    expect([tagsOf(digest), tagsOf(other)]).toEqual([['build-1', 'live'], ['build-2', 'prod']]);
  });

  test('with RETAIN, all tags are retained, and the role has no permission to remove tags', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create({ tagRemovalPolicy: TagRemovalPolicy.RETAIN }));
    succeeded(await remove(done));
    expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
    expect(JSON.stringify(done.stack.policy())).not.toContain('BatchDeleteImage');
  });

  test('with DESTROY after RETAIN, all tags that were ever added are removed', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create({ tagRemovalPolicy: TagRemovalPolicy.RETAIN }));
    account.ecr.principal(account.roleOf(done.stack), { policy: stackWith().policy() });
    succeeded(await remove(succeeded(await change(done, {}))));
    expect(tagsOf(digest)).toEqual(['build-1']);
  });

  test.each<[string, () => void | Promise<void>]>([
    ['image', async () => {
      await someoneElse().send(new BatchDeleteImageCommand({
        repositoryName: 'app', imageIds: [{ imageTag: 'build-1' }, { imageTag: 'prod' }],
      }));
    }],
    ['repository', () => account.ecr.vanish('app')],
    ['tag', async () => {
      await someoneElse().send(new BatchDeleteImageCommand({ repositoryName: 'app', imageIds: [{ imageTag: 'prod' }] }));
    }],
  ])('a missing %s is no error, before and during the deletion', async (_what, act) => {
    image(1, 'build-1');
    const [early, late] = [succeeded(await create()), succeeded(await create({ tags: ['prod'] }))];
    let times = 0;
    account.ecr.onCall = async call => {
      if (call.operation !== 'DescribeImages' || ++times !== 2) return;
      await act();
    };
    succeeded(await remove(early));
    account.ecr.onCall = undefined;
    succeeded(await remove(late));
  });

  test('an archived image keeps its tags, because the push of a holding tag would restore it', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create());
    account.ecr.addRealImage({ repositoryName: 'app', seed: 1, status: 'ARCHIVED' });
    succeeded(await remove(done));
    expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
    expect(account.logs.join('\n')).toContain(`${digest} is archived or no longer exists, and its tags are not removed`);
  });

  test('an image with the maximum number of tags keeps them, which is no error', async () => {
    const others = Array.from({ length: 999 }, (_, n) => `t${n}`);
    const digest = image(1, 'build-1', ...others.slice(1));
    const done = succeeded(await create());
    succeeded(await remove(done));
    expect(tagsOf(digest)).toContain('prod');
    image(2, 't1');
    succeeded(await remove(done));
    expect(tagsOf(digest)).not.toContain('prod');
  });

  test('the added tags are removed from an image in an immutable repository', async () => {
    account.ecr.recreate('app', { imageTagMutability: 'IMMUTABLE' });
    const digest = image(1, 'build-1');
    succeeded(await remove(succeeded(await create())));
    expect(tagsOf(digest)).toEqual(['build-1']);
  });

  test('any number of tags is removed with seven calls', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create({ tags: Array.from({ length: 40 }, (_, n) => `t${n}`) }));
    account.ecr.clearCalls();
    succeeded(await remove(done));
    expect(tagsOf(digest)).toEqual(['build-1']);
    expect(account.ecr.calls.map(({ operation }) => operation)).toEqual([
      'DescribeImages', 'BatchGetImage', 'PutImage', 'DescribeImages', 'BatchDeleteImage', 'DescribeImages', 'BatchDeleteImage',
    ]);
  });

  test.each([
    ['without other tags', []], ['with a tag of another client', ['theirs']],
  ])('if two stacks are deleted at the same time, an image %s is retained, whatever the order of their calls', async (_what, others) => {
    for (let nth = 1, isOver = false; !isOver; nth++) {
      account.ecr.recreate('app');
      const digest = image(1, ...others);
      const first = succeeded(await create({ tagOrDigest: digest }));
      const { stack, answer } = first;
      const build = builds.get(JSON.stringify({ tagOrDigest: digest }))!;
      const second = DeployedStack.of('Second', build, '22222222-2222-2222-2222-222222222222');
      const ResourceProperties = { ...stack.customResourceProperties(stack.logicalIds(TYPE)[0]), Tags: ['live'] };
      status(second, 'CREATE_IN_PROGRESS');
      const { PhysicalResourceId } = (await send(second, 'Create', { ResourceProperties }))!;
      expect(tagsOf(digest)).toEqual(['live', 'prod', ...others]);
      let calls = 0;
      isOver = true;
      account.ecr.onCall = async () => {
        if (++calls !== nth) return;
        isOver = false;
        account.ecr.onCall = undefined;
        status(second, 'DELETE_IN_PROGRESS');
        expect(await send(second, 'Delete', { ResourceProperties, PhysicalResourceId })).toMatchObject({ Status: 'SUCCESS' });
      };
      succeeded(await remove({ stack, answer }));
      account.ecr.onCall = undefined;
      expect(tagsOf(digest)).toEqual(expect.arrayContaining([expect.stringMatching(others.length > 0 ? 'theirs' : /^(live|prod)$/)]));
      expect(tagsOf(digest).join()).not.toContain('hold');
    }
  });

  test('the Delete after a Create that failed or sent no response removes nothing', async () => {
    const digest = image(1, 'build-1', 'prod');
    const broken = await create({ tagOrDigest: 'build-9' });
    failed(broken);
    succeeded(await remove(broken));
    succeeded(await remove(broken, 'DELETE_IN_PROGRESS', { PhysicalResourceId: 'Test-Tags-made-up-by-CloudFormation' }));
    expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
    expect(writes()).toEqual([]);
  });

  test('a repeated request changes nothing', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create());
    for (const _time of [1, 2]) succeeded(await remove(done));
    expect(tagsOf(digest)).toEqual(['build-1']);
    expect(writes().map(({ operation }) => operation)).toEqual(['PutImage', 'PutImage', 'BatchDeleteImage', 'BatchDeleteImage']);
  });

  test('a tag that cannot be removed is an error that names it', async () => {
    const digest = image(1, 'build-1');
    const done = succeeded(await create());
    account.ecr.faults.add({ kind: 'imageFailure', operation: 'BatchDeleteImage', failureCode: 'KmsError' });
    expect(failed(await remove(done))).toMatch(/^Repository 'app': the tag 'prod' cannot be removed \(KmsError: /);
    succeeded(await remove(done));
    expect(tagsOf(digest)).toEqual(['build-1']);
  });

  describe('of a nested stack', () => {
    const nested = async (rootStatus: string | undefined) => {
      const stack = stackWith();
      account.cloudFormation.stack(stack.stackId, { rootId: ROOT, parentId: ROOT });
      account.cloudFormation.stack(ROOT).status('CREATE_COMPLETE').status(rootStatus ?? 'DELETE_IN_PROGRESS');
      const readRoot = { Effect: 'Allow', Action: 'cloudformation:DescribeStacks', Resource: ROOT } as const;
      account.ecr.principal(account.roleOf(stack), { policy: [...stack.policy(), ...rootStatus ? [readRoot] : []] });
      return remove(succeeded(await create()));
    };

    test('the tags are removed together with its root stack', async () => {
      const digest = image(1, 'build-1');
      succeeded(await nested('DELETE_IN_PROGRESS'));
      expect(tagsOf(digest)).toEqual(['build-1']);
    });

    test.each([
      'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    ])('all tags are retained if only the nested stack is deleted, while the root is %s', async now => {
      const digest = image(1, 'build-1');
      succeeded(await nested(now));
      expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
    });

    test('no tag is removed if the root stack cannot be read', async () => {
      const digest = image(1, 'build-1');
      expect(failed(await nested(undefined))).toMatch(/^The root stack 'Root' cannot be read/);
      expect(tagsOf(digest)).toEqual(['build-1', 'prod']);
    });
  });
});
