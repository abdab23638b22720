import { BatchDeleteImageCommand, DescribeImagesCommand, ListImagesCommand } from '@aws-sdk/client-ecr';
import type { ECRClient, TagStatus } from '@aws-sdk/client-ecr';
import { archive } from './archive';
import { answerOf, Probe } from './probe';
import { push, put } from './push';
import { readImage } from './read-image';

/** Number of times that a tag is set and read. One late reading is enough for an answer. */
const ROUNDS = 12;

/** Returns the pages of a list with one image in each, from the page of a token on. */
async function pages(ecr: ECRClient, repositoryName: string, tagStatus: TagStatus, token?: string): Promise<string[][]> {
  const all = new Array<string[]>();
  let nextToken = token;
  do {
    const page = await ecr.send(new ListImagesCommand({ repositoryName, maxResults: 1, filter: { tagStatus }, nextToken }));
    all.push((page.imageIds ?? []).map(({ imageDigest = '' }) => imageDigest));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return all;
}

/** How private registries list images. */
export const LISTINGS = [
  {
    id: 'ids-not-matching-filter',
    fact: 'DescribeImages without a filter fails for the ID of an archived image',
    assumed: 'ImageNotFoundException',
    other: 'omitted',
    fake: 'local-ecr/operations/listing.ts',
    rests: ['lambda/shared/images/listing.ts', 'lambda/shared/images/tags.ts'],
    otherwise: 'test/lambda/image-tags/readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const { digest: imageDigest } = await push(ecr, repositoryName, { tag: 'v1' });
      await archive(world, repositoryName, imageDigest);
      let count = 0;
      const described = ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageDigest }] }));
      const answer = await answerOf(described.then(({ imageDetails = [] }) => { count = imageDetails.length; }), 'omitted');
      return count > 0 ? 'described' : answer;
    },
  },
  {
    id: 'page-token-is-offset',
    fact: 'The page after a page whose images were deleted omits images that are still there',
    assumed: 'images omitted',
    other: 'all images',
    fake: 'local-ecr/operations/listing.ts',
    rests: ['lambda/shared/teardown/empty.ts'],
    otherwise: 'test/lambda/teardown/image-readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      for (const seed of [1, 2, 3]) await push(ecr, repositoryName, { seed });
      const first = new ListImagesCommand({ repositoryName, maxResults: 1, filter: { tagStatus: 'ANY' } });
      const { imageIds = [], nextToken } = await ecr.send(first);
      if (imageIds.length !== 1 || nextToken === undefined) throw new Error('the first page is not a page of one image');
      await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
      const later = new Set((await pages(ecr, repositoryName, 'ANY', nextToken)).flat());
      return later.size === 2 ? 'all images' : 'images omitted';
    },
  },
  {
    id: 'last-page-empty',
    fact: 'A page of a list with a filter can be empty',
    assumed: 'an empty page',
    other: 'no empty page',
    fake: 'local-ecr/operations/listing.ts',
    rests: ['lambda/shared/images/listing.ts', 'lambda/image-shield-protect/rebuild.ts'],
    otherwise: 'test/lambda/image-shield/readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      await push(ecr, repositoryName, { seed: 1, tag: 'v1' });
      await push(ecr, repositoryName, { seed: 2 });
      // whatever the order: one of the two images is the last one, and does not match one of the two filters
      const lists = [await pages(ecr, repositoryName, 'TAGGED'), await pages(ecr, repositoryName, 'UNTAGGED')];
      return lists.flat().some(page => page.length === 0) ? 'an empty page' : 'no empty page';
    },
  },
  {
    id: 'reads-see-writes',
    fact: 'A read returns the effects of all earlier calls',
    assumed: 'seen at once',
    other: 'seen late',
    fake: 'local-ecr/local-ecr.ts',
    rests: ['lambda/shared/images/remove-tags.ts', 'lambda/shared/shield/release.ts', 'lambda/shared/aws/read-back.ts'],
    otherwise: 'test/lambda/shared/late-reads.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const { digest, manifest, mediaType } = await push(ecr, repositoryName, { tag: 'v0' });
      const tags = async () => (await readImage(ecr, repositoryName, { imageDigest: digest })).imageTags ?? [];
      await tags();
      for (let round = 1; round <= ROUNDS; round++) {
        await put(ecr, repositoryName, manifest, mediaType, `v${round}`);
        if (!(await tags()).includes(`v${round}`)) return 'seen late';
      }
      return 'seen at once';
    },
  },
] as const satisfies readonly Probe[];
