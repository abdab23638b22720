import { invalidParameter } from '../aws-error';
import { integer, list, oneOf, optionalText } from '../constraints';
import { epochSeconds } from '../epoch-seconds';
import { requireImage } from '../image-ids';
import { EcrRequest, imageNotFound, onRepository } from '../operation';
import type { ImageId, ImageStatus, Repository, StoredImage } from '../repository';

type Matches = (image: StoredImage) => boolean;

/** Returns one row for each tag, or one row with only the digest for an untagged image. The tags of an image can span pages. */
export const listImages = onRepository('ListImages', (repository, request) => {
  const page = readPage(repository, request);
  const rows = new Array<ImageId>();
  const order = repository.inOrder();
  let [at, tagAt] = page.position;
  for (; at < order.length && rows.length < page.size; at += 1, tagAt = 0) {
    const { digest: imageDigest, tags } = order[at];
    if (!page.matches(order[at])) continue;
    const room = page.size - rows.length;
    rows.push(...tags.length === 0 ? [{ imageDigest }] : tags.slice(tagAt, tagAt + room).map(imageTag => ({ imageDigest, imageTag })));
    if (tags.length - tagAt > room) {
      tagAt += room;
      break;
    }
  }
  return { imageIds: rows, ...at < order.length ? { nextToken: page.seal([at, tagAt]) } : {} };
});

export const describeImages = onRepository('DescribeImages', (repository, request) => {
  const imageIds = list<ImageId>('imageIds', request.input.imageIds, 1, 100);
  const page = readPage(repository, request);
  if (imageIds) {
    if (request.input.maxResults !== undefined || request.input.nextToken !== undefined) {
      throw invalidParameter('imageIds', 'must not be combined with maxResults or nextToken');
    }
    if (request.readings.isOther('ids-with-filter') && request.input.filter !== undefined) {
      throw invalidParameter('filter', 'must not be combined with imageIds');
    }
    const found = imageIds.map(id => {
      const image = requireImage(repository, id);
      if (!page.matches(image)) throw imageNotFound(repository, id);
      return image;
    });
    return { imageDetails: [...new Set(found)].map(image => render(repository, image)) };
  }
  const order = repository.inOrder();
  const details = new Array<object>();
  let [at] = page.position;
  for (; at < order.length && details.length < page.size; at += 1) {
    if (page.matches(order[at])) details.push(render(repository, order[at]));
  }
  return { imageDetails: details, ...at < order.length ? { nextToken: page.seal([at, 0]) } : {} };
});

function readPage(repository: Repository, { operation, input, tokens }: EcrRequest): {
  size: number; position: number[]; matches: Matches; seal(position: number[]): string;
} {
  const filter = (input.filter ?? {}) as { tagStatus?: unknown; imageStatus?: unknown };
  const tagStatus = oneOf('filter.tagStatus', filter.tagStatus, ['TAGGED', 'UNTAGGED', 'ANY']) ?? 'ANY';
  const imageStatus = oneOf<ImageStatus | 'ANY'>('filter.imageStatus', filter.imageStatus, ['ACTIVE', 'ARCHIVED', 'ACTIVATING', 'ANY'])
    ?? 'ACTIVE';
  const scope = `${operation} ${repository.arn} ${tagStatus} ${imageStatus}`;
  return {
    size: integer('maxResults', input.maxResults, 1, 1000) ?? 100,
    position: tokens.open(scope, optionalText('nextToken', input.nextToken)) ?? [0, 0],
    matches: image => (imageStatus === 'ANY' || image.status === imageStatus)
      && (tagStatus === 'ANY' || (tagStatus === 'TAGGED') === image.tags.length > 0),
    seal: position => tokens.seal(scope, position),
  };
}

function render({ settings }: Repository, image: StoredImage): object {
  const { artifactType, subject, lastArchivedAt, lastActivatedAt, lastRecordedPullTime } = image;
  return {
    registryId: settings.account,
    repositoryName: settings.name,
    imageDigest: image.digest,
    ...image.tags.length > 0 ? { imageTags: image.tags } : {},
    imageSizeInBytes: image.size,
    imagePushedAt: epochSeconds(image.pushedAt),
    imageManifestMediaType: image.mediaType,
    ...artifactType === undefined ? {} : { artifactMediaType: artifactType },
    ...lastRecordedPullTime === undefined ? {} : { lastRecordedPullTime: epochSeconds(lastRecordedPullTime) },
    ...subject === undefined ? {} : { subjectManifestDigest: subject },
    imageStatus: image.status,
    ...lastArchivedAt === undefined ? {} : { lastArchivedAt: epochSeconds(lastArchivedAt) },
    ...lastActivatedAt === undefined ? {} : { lastActivatedAt: epochSeconds(lastActivatedAt) },
  };
}
