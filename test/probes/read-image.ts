import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import type { ECRClient, ImageDetail, ImageIdentifier } from '@aws-sdk/client-ecr';

/** Returns what a private registry says of one image. */
export async function readImage(ecr: ECRClient, repositoryName: string, imageId: ImageIdentifier): Promise<ImageDetail> {
  const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [imageId] }));
  return imageDetails[0] ?? {};
}
