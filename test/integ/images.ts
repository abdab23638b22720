import { createHash } from 'node:crypto';
import { IApiCall, IDeployAssert } from '@aws-cdk/integ-tests-alpha';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONTENT = '{}';
/**
 * The only blob of every image: https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidance-for-an-empty-descriptor
 */
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(CONTENT), size: CONTENT.length };

/** The images that `pushImages` pushes, each with another digest: a tagged image, an untagged one, and an index with two images. */
const IMAGES = ['tagged', 'untagged', 'first of the index', 'second of the index'].map(title => JSON.stringify({
  schemaVersion: 2, mediaType: MANIFEST, artifactType: EMPTY.mediaType, config: EMPTY, layers: [EMPTY], annotations: { title },
}));
const MULTI = JSON.stringify({
  schemaVersion: 2,
  mediaType: INDEX,
  manifests: ['amd64', 'arm64'].map((architecture, at) => ({
    mediaType: MANIFEST, digest: digestOf(IMAGES[at + 2]), size: IMAGES[at + 2].length, platform: { os: 'linux', architecture },
  })),
});
const DIGESTS = [...IMAGES, MULTI].map(digestOf);

/**
 * Pushes five images with calls of the ECR API, because the assertions have no Docker. The last call fails unless the repository holds all
 * of them. UNCERTAIN: whether ECR accepts an index of such images, which are artifacts.
 *
 * @param after The call that must end before.
 * @returns the last call
 */
export function pushImages(assertions: IDeployAssert, repositoryName: string, after?: IApiCall): IApiCall {
  const call = (api: string, parameters: object, outputPaths?: string[]) =>
    assertions.awsApiCall('ECR', api, { repositoryName, ...parameters }, outputPaths);
  const upload = call('initiateLayerUpload', {});
  const uploadId = upload.getAttString('uploadId');
  const calls = [
    call('uploadLayerPart', { uploadId, partFirstByte: 0, partLastByte: CONTENT.length - 1, layerPartBlob: Buffer.from(CONTENT) }),
    call('completeLayerUpload', { uploadId, layerDigests: [EMPTY.digest] }),
    ...IMAGES.map((imageManifest, at) => call('putImage', {
      imageManifest, imageManifestMediaType: MANIFEST, imageDigest: digestOf(imageManifest), ...at === 0 && { imageTag: 'flat' },
    })),
    call('putImage', { imageManifest: MULTI, imageManifestMediaType: INDEX, imageDigest: digestOf(MULTI), imageTag: 'multi' }),
    // Details of five images can be too much for the response of a custom resource, which has at most 4,096 bytes:
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
    call('describeImages', { imageIds: DIGESTS.map(imageDigest => ({ imageDigest })) }, ['imageDetails.0.imageDigest']),
  ];
  after?.next(upload);
  return calls.reduce((before, next) => before.next(next), upload);
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
