import { BatchGetImageCommand, DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { answerOf, Probe } from './probe';
import { push, pushIndex, put } from './push';
import { readImage } from './read-image';

/** Images and their tags in private registries. */
export const IMAGES = [
  {
    id: 'ids-with-filter',
    fact: 'DescribeImages accepts image IDs together with a filter',
    assumed: 'accepted',
    other: 'InvalidParameterException',
    fake: 'local-ecr/operations/listing.ts',
    rests: ['lambda/shared/images/listing.ts'],
    otherwise: 'test/lambda/image-tags/readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const { digest } = await push(ecr, repositoryName, { tag: 'v1' });
      return answerOf(ecr.send(new DescribeImagesCommand({
        repositoryName, imageIds: [{ imageDigest: digest }], filter: { imageStatus: 'ANY' },
      })));
    },
  },
  {
    id: 'retag-keeps-push-time',
    fact: 'PutImage of an image in the repository with another tag does not change its push time',
    assumed: 'same time',
    other: 'new time',
    fake: 'local-ecr/operations/pushing.ts',
    rests: ['lambda/image-shield-protect/carry-out.ts', 'lambda/shared/images/tags.ts'],
    otherwise: 'docs/guides/image-shield.md',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const { digest, manifest, mediaType } = await push(ecr, repositoryName, { tag: 'v1' });
      const pushedAt = async () => (await readImage(ecr, repositoryName, { imageDigest: digest })).imagePushedAt?.getTime();
      const before = await pushedAt();
      await world.wait(2_000);
      await put(ecr, repositoryName, manifest, mediaType, 'v2');
      return await pushedAt() === before ? 'same time' : 'new time';
    },
  },
  {
    id: 'index-needs-media-type',
    fact: 'BatchGetImage returns an index only to a caller that accepts its media type',
    assumed: 'ImageNotFound',
    other: 'returned',
    fake: 'local-ecr/operations/pulling.ts',
    rests: ['lambda/shared/images/manifest.ts'],
    otherwise: 'test/lambda/image-copy/readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const { digest } = await pushIndex(ecr, repositoryName, [await push(ecr, repositoryName)]);
      const { failures = [] } = await ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }));
      return failures[0]?.failureCode ?? 'returned';
    },
  },
] as const satisfies readonly Probe[];
