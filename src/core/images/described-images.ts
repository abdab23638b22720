import { toOneLine, quote } from '../format';
import { isJsonObject } from '../json';
import type { SimulatedImage } from '../lifecycle/simulate';

const STATUSES = ['ACTIVE', 'ARCHIVED', 'ACTIVATING'];
/** Requires a time zone. A time without one would be parsed in the local time zone. */
const TIME = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d))?$/;

/** Image in the output of `aws ecr describe-images`. */
export interface DescribedImage extends SimulatedImage {
  readonly sizeInBytes?: number;
  /** Distinguishes an index from an image. The output does not contain the images of an index. */
  readonly mediaType?: string;
}

/**
 * Returns the images in the output of `aws ecr describe-images --output json`: an object with `imageDetails`, or only the list.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
 *
 * @returns the images, or all problems of the text
 */
export function parseDescribedImages(json: string): { readonly images: DescribedImage[]; readonly problems: readonly string[] } {
  let value: unknown;
  try {
    value = JSON.parse(json.replace(/^\uFEFF/, ''));
  } catch (error) {
    return { images: [], problems: [`the images must be JSON: ${toOneLine((error as Error).message)}`] };
  }
  const [details, prefix] = Array.isArray(value) ? [value as unknown[], '']
    : [isJsonObject(value) ? value.imageDetails : undefined, 'imageDetails'];
  if (!Array.isArray(details)) {
    const got = isJsonObject(value) ? `an object with ${Object.keys(value).map(key => `'${key}'`).join(', ') || 'nothing'}` : quote(value);
    return { images: [], problems: [`'imageDetails' must be a list, as aws ecr describe-images prints it, got: ${got}`] };
  }
  const problems = new Array<string>();
  const nextToken = isJsonObject(value) ? value.NextToken ?? value.nextToken : undefined;
  if (typeof nextToken === 'string') {
    problems.push('the list is incomplete (it has a \'nextToken\'), but rules that count need all images. Run aws ecr describe-images'
      + ' without --max-items');
  }
  const images = details.map((detail: unknown, index) => parseImage(detail, `${prefix}[${index}]`, problems));
  return { images: problems.length > 0 ? [] : images, problems };
}

function parseImage(detail: unknown, at: string, problems: string[]): DescribedImage {
  const fields = isJsonObject(detail) ? detail : {};
  if (!isJsonObject(detail)) problems.push(`'${at}' must be an object, got: ${quote(detail)}`);
  const complain = (field: string, expected: string, got: unknown) => {
    if (isJsonObject(detail)) problems.push(`'${at}.${field}' must be ${expected}, got: ${quote(got)}`);
  };
  const { imageDigest, imageTags = [], imageStatus = 'ACTIVE', imageSizeInBytes, imageManifestMediaType, subjectManifestDigest } = fields;
  if (typeof imageDigest !== 'string' || imageDigest === '') complain('imageDigest', 'a digest', imageDigest);
  const tagsAreSound = Array.isArray(imageTags) && imageTags.every(tag => typeof tag === 'string');
  if (!tagsAreSound) complain('imageTags', 'a list of strings', imageTags);
  if (!STATUSES.includes(imageStatus as string)) complain('imageStatus', 'ACTIVE, ARCHIVED or ACTIVATING', imageStatus);
  const time = (field: string): number | undefined => {
    const value = fields[field];
    if (value === undefined || value === null) return undefined;
    // version 1 of the AWS CLI prints seconds
    const milliseconds = typeof value === 'number' ? value * 1000 : typeof value === 'string' && TIME.test(value) ? Date.parse(value) : NaN;
    if (!Number.isFinite(milliseconds)) complain(field, 'a time such as 2026-01-31T12:00:00+00:00', value);
    return milliseconds;
  };
  const pushedAt = time('imagePushedAt');
  if (pushedAt === undefined) complain('imagePushedAt', 'a time such as 2026-01-31T12:00:00+00:00', fields.imagePushedAt);
  return {
    digest: imageDigest as string,
    tags: tagsAreSound ? imageTags as string[] : [],
    storageClass: imageStatus === 'ACTIVE' ? 'standard' : 'archive',
    pushedAt: pushedAt ?? 0,
    lastActivatedAt: time('lastActivatedAt'),
    lastArchivedAt: time('lastArchivedAt'),
    lastRecordedPullTime: time('lastRecordedPullTime'),
    ...typeof imageSizeInBytes === 'number' ? { sizeInBytes: imageSizeInBytes } : {},
    ...typeof imageManifestMediaType === 'string' ? { mediaType: imageManifestMediaType } : {},
    ...typeof subjectManifestDigest === 'string' ? { subject: subjectManifestDigest } : {},
  };
}
