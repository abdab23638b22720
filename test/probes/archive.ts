import { ListImagesCommand, UpdateImageStorageClassCommand } from '@aws-sdk/client-ecr';
import type { ProbeWorld } from './probe';

/** Archives an image, and waits until it is archived. */
export async function archive(world: ProbeWorld, repositoryName: string, imageDigest: string): Promise<void> {
  const { ecr } = world.clients;
  await ecr.send(new UpdateImageStorageClassCommand({ repositoryName, imageId: { imageDigest }, targetStorageClass: 'ARCHIVE' }));
  const isArchived = async () => {
    const { imageIds = [] } = await ecr.send(new ListImagesCommand({ repositoryName, filter: { imageStatus: 'ARCHIVED' } }));
    return imageIds.length > 0;
  };
  for (let waits = 0; !await isArchived(); waits++) {
    if (waits === 20) throw new Error('the image was not archived in time');
    await world.wait(1_000);
  }
}
