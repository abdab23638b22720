import { invalidParameter } from '../aws-error';
import { integer, list, oneOf, optionalText } from '../constraints';
import { epochSeconds } from '../epoch-seconds';
import { requireImage } from '../image-ids';
import { refuseKms } from '../kms';
import { EcrRequest, imageNotFound, onRepository } from '../operation';
import type { ImageId, ImageStatus, Repository, StoredImage } from '../repository';
import { severityCounts } from '../scan-findings';

type Matches = (image: StoredImage) => boolean;

/** Returns one row for each tag, or one row with only the digest for an untagged image. The tags of an image can span pages. */
export const listImages = onRepository('ListImages', (repository, request) => {
  const page = readPage(repository, request);
  const rows = new Array<ImageId>();
  const { order } = page;
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
  return { imageIds: rows, ...page.continuation(at, tagAt) };
});

export const describeImages = onRepository('DescribeImages', (repository, request) => {
  refuseKms(request, repository.settings.encryption.kmsKey);
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
      if (!page.matches(image) && !request.readings.isOther('ids-not-matching-filter')) throw imageNotFound(repository, id);
      return image;
    });
    return { imageDetails: [...new Set(found)].filter(page.matches).map(image => render(repository, image, request)) };
  }
  const { order } = page;
  const details = new Array<object>();
  let [at] = page.position;
  for (; at < order.length && details.length < page.size; at += 1) {
    if (page.matches(order[at])) details.push(render(repository, order[at], request));
  }
  return { imageDetails: details, ...page.continuation(at, 0) };
});

interface Page {
  readonly size: number;
  readonly order: readonly StoredImage[];
  /** Index of the first image, and of its first tag. */
  readonly position: readonly number[];
  readonly matches: Matches;
  /** Returns the token for the next page, if there is one. */
  continuation(at: number, tagAt: number): { readonly nextToken?: string };
}

function readPage(repository: Repository, { operation, input, tokens, readings }: EcrRequest): Page {
  const filter = (input.filter ?? {}) as { tagStatus?: unknown; imageStatus?: unknown };
  const tagStatus = oneOf('filter.tagStatus', filter.tagStatus, ['TAGGED', 'UNTAGGED', 'ANY']) ?? 'ANY';
  const imageStatus = oneOf<ImageStatus | 'ANY'>('filter.imageStatus', filter.imageStatus, ['ACTIVE', 'ARCHIVED', 'ACTIVATING', 'ANY'])
    ?? 'ACTIVE';
  const scope = `${operation} ${repository.arn} ${tagStatus} ${imageStatus}`;
  const size = integer('maxResults', input.maxResults, 1, 1000) ?? 100;
  const [from, tagFrom] = tokens.open(scope, optionalText('nextToken', input.nextToken)) ?? [0, 0];
  const matches: Matches = image => (imageStatus === 'ANY' || image.status === imageStatus)
    && (tagStatus === 'ANY' || (tagStatus === 'TAGGED') === image.tags.length > 0);
  const isOffset = !readings.isOther('page-token-is-offset');
  const order = isOffset ? repository.inOrder() : [...repository.inOrder()].sort((one, other) => keyOf(one) - keyOf(other));
  const isLast = (at: number) => readings.isOther('last-page-empty') ? !order.slice(at).some(matches) : at >= order.length;
  return {
    size,
    order,
    position: [isOffset ? from : order.filter(image => keyOf(image) < from).length, tagFrom],
    matches,
    continuation: (at, tagAt) => isLast(at) ? {} : { nextToken: tokens.seal(scope, [isOffset ? at : keyOf(order[at]), tagAt]) },
  };
}

/** A number for a position in the order of the digests, which stays right when other images are deleted. */
function keyOf({ digest }: StoredImage): number {
  return parseInt(digest.slice('sha256:'.length, 'sha256:'.length + 13), 16);
}

function render(repository: Repository, image: StoredImage, { registry, scanning }: EcrRequest): object {
  const { artifactType, subject, lastArchivedAt, lastActivatedAt, lastRecordedPullTime } = image;
  const { settings } = repository;
  const scan = scanning?.scans.lastBasicResult({ registry, repository, image }, scanning.polls);
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
    ...scan ? {
      imageScanStatus: { status: 'COMPLETE' },
      imageScanFindingsSummary: {
        imageScanCompletedAt: epochSeconds(scan.at),
        vulnerabilitySourceUpdatedAt: epochSeconds(scan.at),
        findingSeverityCounts: severityCounts(scan.findings, 'BASIC'),
      },
    } : {},
    ...lastArchivedAt === undefined ? {} : { lastArchivedAt: epochSeconds(lastArchivedAt) },
    ...lastActivatedAt === undefined ? {} : { lastActivatedAt: epochSeconds(lastActivatedAt) },
  };
}
