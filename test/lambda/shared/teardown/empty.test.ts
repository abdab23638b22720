import { NO_AUDIT } from '../../../../lambda/shared/teardown/audit';
import { empty } from '../../../../lambda/shared/teardown/empty';
import type { TargetRepository } from '../../../../lambda/shared/teardown/target-repository';
import type { HeldImage } from '../../../../src/core/images/held-image';

const NOTHING_READ: Omit<TargetRepository, 'images' | 'removeImages'> = {
  arn: 'arn:aws:ecr:us-east-1:000000000000:repository/team/app',
  subject: 'Repository \'team/app\'',
  tags: async () => new Map(),
  count: async () => ({ images: 0, isMore: false }),
  remove: async () => undefined,
  describe: async () => [],
  readChildren: async () => new Map(),
};
const digest = (n: number) => `sha256:${String(n).padStart(64, '0')}`;

test('if one batch finds a moved tag while others are read, nothing is removed before the next listing', async () => {
  const images = new Map<string, HeldImage>();
  for (let n = 0; n < 400; n++) images.set(digest(n), { digest: digest(n), tags: [], isIndex: n < 300 });
  const removedBeforeListing = new Array<string>();
  let listings = 0;
  const target: TargetRepository = {
    ...NOTHING_READ,
    images: async function* () {
      listings++;
      const listed = [...images.values()];
      yield listed;
      if (listings === 1) images.set(digest(0), { digest: digest(0), tags: ['keep'], isIndex: true });
    },
    describe: async digests => {
      // the batch with the tag returns first
      if (!digests.includes(digest(0))) await new Promise(resolve => setTimeout(resolve, 20));
      return digests.flatMap(each => images.get(each) ?? []);
    },
    // the images that the kept index refers to
    readChildren: async indexes => new Map(indexes.map(index => [index, [digest(399)]])),
    removeImages: async digests => {
      if (listings === 1) removedBeforeListing.push(...digests);
      for (const each of digests) images.delete(each);
      return [];
    },
  };
  const clock = { now: () => 0, sleep: async () => undefined };
  const task = { clock, signal: new AbortController().signal, patience: 0, deadline: 0, log: () => undefined, progress: () => undefined };
  await empty(task, target, { tags: ['keep'], newest: 0 }, NO_AUDIT);
  expect(removedBeforeListing).toEqual([]);
  expect([...images.keys()]).toEqual([digest(0), digest(399)]);
});

/** A repository whose listing the test decides, and time that passes only in pauses. */
function lateRepository(isListed: (digestOfImage: string, now: number) => boolean, removes: boolean) {
  const images = [1, 2, 3].map(n => ({ digest: digest(n), tags: [], isIndex: false }));
  const gone = new Set<string>();
  const task = {
    now: 0,
    calls: 0,
    clock: {
      now: () => task.now,
      sleep: async (milliseconds: number) => { task.now += milliseconds; },
    },
    signal: new AbortController().signal,
    patience: 0,
    deadline: 0,
    log: () => undefined,
    progress: () => undefined,
  };
  const target: TargetRepository = {
    ...NOTHING_READ,
    images: async function* () {
      task.calls++;
      yield images.filter(image => isListed(image.digest, task.now));
    },
    removeImages: async digests => {
      if (++task.calls > 500) throw new Error('it goes on for ever');
      const absent = digests.filter(each => !removes || gone.has(each));
      for (const each of digests) gone.add(each);
      return absent.map(each => ({ digest: each, code: 'ImageNotFound', reason: 'Requested image not found' }));
    },
  };
  return { task, run: () => empty(task, target, { tags: [], newest: 0 }, NO_AUDIT) };
}

test('images that ECR lists for a minute after their deletion are removed, and are counted once', async () => {
  const { task, run } = lateRepository((_digest, now) => now < 60_000, true);
  expect(await run()).toEqual({ removedImages: 3, keptImages: 0 });
  expect(task.calls).toBeLessThan(30);
});

test('images that somebody else deletes meanwhile are not counted', async () => {
  const { run } = lateRepository((image, now) => now < 20_000 && (image !== digest(1) || now < 5_000), false);
  expect(await run()).toEqual({ removedImages: 0, keptImages: 0 });
});

test.each([true, false])('the removal fails after two minutes of pauses if ECR lists images forever that it says do not exist'
  + ' (deleted at first: %s)', async removes => {
  const { task, run } = lateRepository(() => true, removes);
  await expect(run()).rejects.toThrow(`Repository 'team/app': 3 images cannot be deleted (${removes ? 3 : 0} were deleted):`);
  expect(task.now).toBeGreaterThanOrEqual(110_000);
  expect(task.now).toBeLessThanOrEqual(130_000);
  expect(task.calls).toBeLessThan(40);
});
