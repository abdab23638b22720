/** Limits of what a registry may send, so that no registry can use up the memory of the function. In bytes, unless they are counts. */

/**
 * The longest manifest that ECR accepts; pages of referrers are indexes too.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
 */
export const LONGEST_MANIFEST = 4_194_304;
/** All manifests of an image together, with those of its referrers. */
export const LONGEST_TREE = 16_777_216;
/** Number of manifests of an image, with those of its referrers, and number of images that one index may list. */
export const MOST_MANIFESTS = 2_000;
/** Number of pages that list the referrers of one manifest. */
export const MOST_PAGES = 100;
/** The same limit as in Podman and skopeo. https://github.com/containers/image/blob/main/internal/iolimits/iolimits.go */
export const LONGEST_TOKEN = 1_048_576;
/** Bytes to read from a response that is discarded, so that its connection can be used again. */
export const LONGEST_REST = 65_536;
