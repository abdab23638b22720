import type { ImageDetail } from '@aws-sdk/client-ecr';
import type { ImageDetail as PublicImageDetail } from '@aws-sdk/client-ecr-public';
import { UserError } from '../../../lambda/shared/protocol/errors';
import { parseDescribedImages } from '../../../src/core/images/described-images';
import type { ReportedImage } from '../figures/image-figures';

/**
 * Returns the images of one page.
 *
 * @throws UserError if AWS returns what is no image
 */
export function reportedImages(details: ReadonlyArray<ImageDetail | PublicImageDetail>): ReportedImage[] {
  const { images, problems: [problem] } = parseDescribedImages(JSON.stringify(details));
  if (problem !== undefined) throw new UserError(`AWS returned an invalid image: ${problem}`);
  return images.map((image, index) => {
    const summary = (details[index] as ImageDetail).imageScanFindingsSummary;
    return summary === undefined ? image : { ...image, findings: { ...summary.findingSeverityCounts } };
  });
}
