import { AwsError, invalidParameter } from '../aws-error';
import { optionalText, requiredText } from '../constraints';
import { isTag } from '../image-ids';
import { refuseKms, refuseWithDisabledKey } from '../kms';
import { digestOf, Manifest, parseManifest } from '../manifest';
import { onRepository } from '../operation';
import type { Repository, StoredImage } from '../repository';
import { storeImage } from '../store-image';

const MAX_IMAGES = 100_000;
const MAX_TAGS = 1_000;

export const putImage = onRepository('PutImage', (repository, request) => {
  const { input } = request;
  const text = requiredText('imageManifest', input.imageManifest, { min: 1, max: 4_194_304 });
  const declared = optionalText('imageManifestMediaType', input.imageManifestMediaType);
  const tag = optionalText('imageTag', input.imageTag, { min: 1, max: 300 });
  const claimed = optionalText('imageDigest', input.imageDigest);
  if (tag !== undefined && !isTag(tag)) {
    throw invalidParameter('imageTag', "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9-._]{0,299}'");
  }
  const manifest = parseManifest(text, declared);
  const digest = digestOf(text);
  if (claimed !== undefined && claimed !== digest) {
    throw new AwsError('ImageDigestDoesNotMatchException',
      `The image digest '${claimed}' does not match the digest that Amazon ECR calculated for the image, '${digest}'`);
  }
  const { kmsKey } = repository.settings.encryption;
  refuseKms(request, kmsKey);
  refuseWithDisabledKey(request, kmsKey);
  const existing = repository.image(digest);
  requireChildren(repository, manifest);
  if (request.layers?.areChecked === true && !existing) requireLayers(repository, manifest);
  requireChange(repository, existing, digest, tag);
  requireRoom(repository, existing, tag);
  const image = existing ?? storeImage(repository, { text, digest, manifest, now: request.now() });
  // A push restores an archived image immediately (user guide, "Archiving an image").
  if (image.status !== 'ACTIVE') Object.assign(image, { status: 'ACTIVE', lastActivatedAt: request.now() });
  if (!existing && request.readings.isOther('referrers-before-subject')) repository.forgetReferrers(digest);
  if (existing && request.readings.isOther('retag-keeps-push-time')) Object.assign(image, { pushedAt: request.now() });
  if (existing && request.readings.isOther('retag-starts-no-scan')) {
    request.scanning?.scans.start(image, request.now(), request.scanning.polls);
  }
  if (tag !== undefined && !image.tags.includes(tag)) repository.tag(image, tag);
  request.replication?.pushed(repository, image, tag === undefined ? [] : [tag], request.now());
  const { account, name } = repository.settings;
  return {
    image: {
      registryId: account,
      repositoryName: name,
      imageId: { imageDigest: digest, ...tag === undefined ? {} : { imageTag: tag } },
      imageManifest: text,
      imageManifestMediaType: image.mediaType,
    },
  };
});

function requireChildren(repository: Repository, { children }: Manifest): void {
  const missing = children.filter(child => !repository.image(child));
  const { settings } = repository;
  if (missing.length === 0) return;
  throw new AwsError('ReferencedImagesNotFoundException',
    `Images with digests '[${missing.join(', ')}]' required for pushing image into repository with name '${settings.name}' `
    + `in the registry with id '${settings.account}' do not exist`);
}

/** The layers of an existing image exist too, however it was created. */
function requireLayers({ layers: held, settings }: Repository, { layers }: Manifest): void {
  const missing = layers.filter(digest => !held.has(digest));
  if (missing.length === 0) return;
  throw new AwsError('LayersNotFoundException',
    `Layers with digests '[${missing.join(', ')}]' required for pushing image into repository with name '${settings.name}' `
    + `in the registry with id '${settings.account}' do not exist`);
}

function requireChange(repository: Repository, existing: StoredImage | undefined, digest: string, tag: string | undefined): void {
  const { account, name } = repository.settings;
  if (existing?.status === 'ACTIVE' && (tag === undefined || existing.tags.includes(tag))) {
    throw new AwsError('ImageAlreadyExistsException',
      `Image with digest '${digest}'${tag === undefined ? '' : ` and tag '${tag}'`} already exists in the repository with name '${name}' in`
        + ` registry with id '${account}'`);
  }
  const owner = tag === undefined ? undefined : repository.digestOfTag(tag);
  if (owner !== undefined && owner !== digest && repository.isImmutable(tag!)) {
    throw new AwsError('ImageTagAlreadyExistsException',
      `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`);
  }
}

function requireRoom(repository: Repository, existing: StoredImage | undefined, tag: string | undefined): void {
  if (!existing && repository.size >= MAX_IMAGES) {
    throw new AwsError('LimitExceededException', `The maximum number of images per repository, ${MAX_IMAGES}, is reached`);
  }
  if (existing && tag !== undefined && !existing.tags.includes(tag) && existing.tags.length >= MAX_TAGS) {
    throw new AwsError('LimitExceededException', `The maximum number of tags per image, ${MAX_TAGS}, is reached`);
  }
}
