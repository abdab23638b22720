import { parseDescribedImages } from './core/images/described-images';
import { ImageStatus, LifecycleImage } from './lifecycle-decision';
import { throwProblems } from './private/problems';

/**
 * Images for the simulation of a lifecycle policy.
 *
 * @example
 * declare const lifecycle: LifecyclePolicy;
 * declare const json: string;
 * declare const today: Date;
 *
 * // json is the output of `aws ecr describe-images --output json`
 * lifecycle.simulate(LifecycleImages.fromJson(json), today);
 * @stability stable
 */
export class LifecycleImages {
  /**
   * Returns the images in the output of `aws ecr describe-images --output json`.
   *
   * @param json Output of the command, or only the list of its `imageDetails`.
   * @throws if the text has another structure, with all problems in one error
   * @see https://docs.aws.amazon.com/cli/latest/reference/ecr/describe-images.html
   */
  public static fromJson(json: string): LifecycleImage[] {
    const { images, problems } = parseDescribedImages(json);
    throwProblems('LifecycleImages.fromJson', problems);
    const date = (time: number | undefined) => time === undefined ? undefined : new Date(time);
    return images.map(image => ({
      imageDigest: image.digest,
      imageTags: [...image.tags],
      imagePushedAt: new Date(image.pushedAt),
      imageStatus: image.storageClass === 'archive' ? ImageStatus.ARCHIVED : ImageStatus.ACTIVE,
      lastRecordedPullTime: date(image.lastRecordedPullTime),
      lastArchivedAt: date(image.lastArchivedAt),
      lastActivatedAt: date(image.lastActivatedAt),
      subjectManifestDigest: image.subject,
    }));
  }

  private constructor() {}
}
