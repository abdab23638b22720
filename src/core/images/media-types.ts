/** Of images that refer to other images. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html */
export const INDEX_MEDIA_TYPES = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'];
