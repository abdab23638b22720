import { BatchDeleteImageCommand, ListImageReferrersCommand, ListImagesCommand } from '@aws-sdk/client-ecr';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { answerOf, Probe } from './probe';
import { push, pushIndex, PushedImage, put } from './push';
import { readImage } from './read-image';

async function deleteImages(ecr: ECRClient, repositoryName: string, images: readonly PushedImage[]): Promise<void> {
  const imageIds = images.map(({ digest }) => ({ imageDigest: digest }));
  await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
}

async function exists(ecr: ECRClient, repositoryName: string, { digest }: PushedImage): Promise<boolean> {
  const { imageIds = [] } = await ecr.send(new ListImagesCommand({ repositoryName }));
  return imageIds.some(({ imageDigest }) => imageDigest === digest);
}

/** Deletions of images in private registries. */
export const DELETIONS = [
  {
    id: 'references-at-start',
    fact: 'A call of BatchDeleteImage for an index and then an image that it lists does not delete the image',
    assumed: 'image kept',
    other: 'image deleted',
    fake: 'local-ecr/operations/deleting.ts',
    rests: ['lambda/shared/teardown/empty.ts'],
    otherwise: 'test/lambda/teardown/image-readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const image = await push(ecr, repositoryName);
      const index = await pushIndex(ecr, repositoryName, [image], 'v1');
      await deleteImages(ecr, repositoryName, [index, image]);
      await world.wait(2_000);
      return await exists(ecr, repositoryName, image) ? 'image kept' : 'image deleted';
    },
  },
  {
    id: 'referrers-survive-subject',
    fact: 'BatchDeleteImage does not delete the images that refer to a deleted image',
    assumed: 'referrer kept',
    other: 'referrer deleted',
    fake: 'local-ecr/operations/deleting.ts',
    rests: ['lambda/shared/teardown/empty.ts', 'src/core/images/kept-images.ts'],
    otherwise: 'test/lambda/teardown/image-readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const subject = await push(ecr, repositoryName, { tag: 'v1' });
      const referrer = await push(ecr, repositoryName, { seed: 2, subject });
      await deleteImages(ecr, repositoryName, [subject]);
      await world.wait(5_000);
      return await exists(ecr, repositoryName, referrer) ? 'referrer kept' : 'referrer deleted';
    },
  },
  {
    id: 'push-after-delete-new-time',
    fact: 'A push of an image that was just deleted has a new push time',
    assumed: 'new time',
    other: 'old time',
    fake: 'local-ecr/operations/deleting.ts',
    rests: ['lambda/image-copy/copy-image.ts'],
    otherwise: 'test/lambda/image-copy/updates.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const image = await push(ecr, repositoryName, { tag: 'v1' });
      const pushedAt = async () => (await readImage(ecr, repositoryName, { imageTag: 'v1' })).imagePushedAt?.getTime();
      const before = await pushedAt();
      await world.wait(2_000);
      await deleteImages(ecr, repositoryName, [image]);
      const answer = await answerOf(put(ecr, repositoryName, image.manifest, image.mediaType, 'v1'));
      if (answer !== 'accepted') return answer;
      return await pushedAt() === before ? 'old time' : 'new time';
    },
  },
  {
    id: 'referrers-before-subject',
    fact: 'An image that is pushed again after its deletion has the referrers that it had before',
    assumed: 'found',
    other: 'not found',
    fake: 'local-ecr/operations/pushing.ts',
    rests: ['lambda/image-copy/copy-image.ts'],
    otherwise: 'docs/guides/images.md',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const subject = await push(ecr, repositoryName, { tag: 'v1' });
      const { digest } = await push(ecr, repositoryName, { seed: 2, subject });
      await deleteImages(ecr, repositoryName, [subject]);
      const answer = await answerOf(put(ecr, repositoryName, subject.manifest, subject.mediaType, 'v1'));
      if (answer !== 'accepted') return answer;
      const subjectId = { imageDigest: subject.digest };
      const { referrers = [] } = await ecr.send(new ListImageReferrersCommand({ repositoryName, subjectId }));
      return referrers.some(referrer => referrer.digest === digest) ? 'found' : 'not found';
    },
  },
] as const satisfies readonly Probe[];
