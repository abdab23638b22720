import { NO_AUDIT } from '../../../../lambda/shared/teardown/audit';
import { empty } from '../../../../lambda/shared/teardown/empty';
import type { TargetRepository } from '../../../../lambda/shared/teardown/target-repository';
import type { HeldImage } from '../../../../src/core/images/held-image';

const digest = (n: number) => `sha256:${String(n).padStart(64, '0')}`;

test('one batch finds a tag that moved while others are looked at: none of them is removed before all is listed anew', async () => {
  const images = new Map<string, HeldImage>();
  for (let n = 0; n < 400; n++) images.set(digest(n), { digest: digest(n), tags: [], isIndex: n < 300 });
  const removedBeforeListing = new Array<string>();
  let listings = 0;
  const target: TargetRepository = {
    arn: 'arn:aws:ecr:us-east-1:000000000000:repository/team/app',
    subject: 'Repository \'team/app\'',
    tags: async () => new Map(),
    count: async () => ({ images: images.size, isMore: false }),
    remove: async () => undefined,
    images: async function* () {
      listings++;
      const listed = [...images.values()];
      yield listed;
      if (listings === 1) images.set(digest(0), { digest: digest(0), tags: ['keep'], isIndex: true });
    },
    describe: async digests => {
      // the batch with the tag answers first
      if (!digests.includes(digest(0))) await new Promise(resolve => setTimeout(resolve, 20));
      return digests.flatMap(each => images.get(each) ?? []);
    },
    // what the kept index refers to
    readChildren: async indexes => new Map(indexes.map(index => [index, [digest(399)]])),
    removeImages: async digests => {
      if (listings === 1) removedBeforeListing.push(...digests);
      for (const each of digests) images.delete(each);
      return [];
    },
  };
  const clock = { now: () => 0, sleep: async () => undefined };
  const task = { clock, signal: new AbortController().signal, patience: 0, log: () => undefined, progress: () => undefined };
  await empty(task, target, { tags: ['keep'], newest: 0 }, NO_AUDIT);
  expect(removedBeforeListing).toEqual([]);
  expect([...images.keys()]).toEqual([digest(0), digest(399)]);
});
