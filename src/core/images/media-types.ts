const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** Media types of images that refer to other images. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html */
export const INDEX_MEDIA_TYPES = [OCI_INDEX, DOCKER_LIST];

/** Media types of all manifests that can be pulled and pushed unchanged. */
export const MANIFEST_MEDIA_TYPES = [
  OCI_INDEX, DOCKER_LIST, 'application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json',
];

/**
 * Media types of layers that clients download from the servers of their vendor and do not push: the base layers of older Windows images.
 * https://github.com/opencontainers/image-spec/blob/main/layer.md#non-distributable-layers
 */
export const NON_DISTRIBUTABLE = /^application\/vnd\.(docker\.image\.rootfs\.foreign\.diff\.|oci\.image\.layer\.nondistributable\.)/;
