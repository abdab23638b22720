import { invalidParameter } from '../../local-ecr/aws-error';
import { list } from '../../local-ecr/constraints';
import { epochSeconds } from '../../local-ecr/epoch-seconds';
import { requireImage } from '../../local-ecr/image-ids';
import type { ImageId, StoredImage } from '../../local-ecr/repository';
import { onPublicRepository } from '../operation';
import { readPage } from '../pages';
import type { PublicRepository } from '../repository';

/** Includes untagged images and children of an index, because there is no filter. */
export const describeImages = onPublicRepository('DescribeImages', (repository, request) => {
  const { input } = request;
  const imageIds = list<ImageId>('imageIds', input.imageIds, 1, 100);
  const page = readPage(request, repository.arn);
  if (imageIds) {
    if (input.maxResults !== undefined || input.nextToken !== undefined) {
      throw invalidParameter('imageIds', 'must not be combined with maxResults or nextToken');
    }
    const found = imageIds.map(id => requireImage(repository, id));
    return { imageDetails: [...new Set(found)].map(image => render(repository, image)) };
  }
  const all = repository.inOrder();
  const [from] = page.position;
  const until = from + page.size;
  return {
    imageDetails: all.slice(from, until).map(image => render(repository, image)),
    ...until < all.length ? { nextToken: page.seal([until]) } : {},
  };
});

/** Returns one row for each tag, and no row for an untagged image. The tags of an image can span pages. */
export const describeImageTags = onPublicRepository('DescribeImageTags', (repository, request) => {
  const page = readPage(request, repository.arn);
  const order = repository.inOrder();
  const rows = new Array<object>();
  let [at, tagAt = 0] = page.position;
  for (; at < order.length && rows.length < page.size; at += 1, tagAt = 0) {
    const image = order[at];
    const room = page.size - rows.length;
    rows.push(...image.tags.slice(tagAt, tagAt + room).map(imageTag => ({
      imageTag, createdAt: epochSeconds(image.pushedAt), imageDetail: details(image),
    })));
    if (image.tags.length - tagAt > room) {
      tagAt += room;
      break;
    }
  }
  return { imageTagDetails: rows, ...at < order.length ? { nextToken: page.seal([at, tagAt]) } : {} };
});

function render({ settings }: PublicRepository, image: StoredImage): object {
  return {
    registryId: settings.account,
    repositoryName: settings.name,
    ...image.tags.length > 0 ? { imageTags: image.tags } : {},
    ...details(image),
  };
}

function details({ digest, size, pushedAt, mediaType, artifactType }: StoredImage): object {
  return {
    imageDigest: digest,
    imageSizeInBytes: size,
    imagePushedAt: epochSeconds(pushedAt),
    imageManifestMediaType: mediaType,
    ...artifactType === undefined ? {} : { artifactMediaType: artifactType },
  };
}
