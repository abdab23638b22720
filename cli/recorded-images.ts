import { Failure } from './failure';
import type { NamedText } from './policy';
import { DescribedImage, parseDescribedImages } from '../src/core/images/described-images';

/** The images in what the AWS CLI printed. */
export function imagesOf({ name, text }: NamedText): DescribedImage[] {
  const { images, problems } = parseDescribedImages(text);
  if (problems.length > 0) throw new Failure(problems.map(problem => `${name}: ${problem}`));
  return images;
}
