import { MAX_REGION_LENGTH, REGION } from '../../../src/core/environment';
import { isDigest, isEcrTag } from '../../../src/core/images/digest';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { isRepositoryName } from '../../../src/core/repository-name';

/** An image of one repository that a workload runs, by digest if that is known, otherwise by tag. */
export interface Reference {
  readonly digest?: string;
  readonly tag?: string;
  /** Name of the workload in messages. */
  readonly usedBy: string;
}

/** A workload that runs an image of any repository. */
export interface Use {
  readonly image: string | undefined;
  /** The digest that it was started from, if that is known. Ignored if it is no digest. */
  readonly resolvedDigest?: string;
  /** Name of the workload in messages. */
  readonly usedBy: string;
}

/** The workloads; or why they cannot be read. */
export type UseLookup = { readonly uses: readonly Use[] } | { readonly unseen: string };

/** Registry hosts, dual-stack and FIPS ones too: https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html */
const IMAGE = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+(?::\d+)?\/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** An image in a private repository of Amazon ECR. */
export interface EcrImage {
  readonly registry: string;
  readonly region: string;
  readonly repositoryName: string;
  readonly tag: string;
  readonly digest?: string;
}

/**
 * Returns undefined for an image of another registry, and for one that ECR cannot have. People write images into task definitions and
 * lists, so any text is possible, and a call with an invalid name would fail for all images of the call.
 */
export function parseEcrImage(image: string | undefined): EcrImage | undefined {
  const [, registry, region = '', repositoryName = '', tag = 'latest', digest] = IMAGE.exec(image ?? '') ?? [];
  const isValid = REGION.test(region) && region.length <= MAX_REGION_LENGTH && isRepositoryName(repositoryName) && isEcrTag(tag);
  return registry === undefined || !isValid ? undefined
    : { registry, region, repositoryName, tag, ...digest === undefined ? {} : { digest } };
}

/** Returns the image that a workload uses, with its digest if that is known. Undefined as for `parseEcrImage`. */
export function usedEcrImage({ image, resolvedDigest }: Pick<Use, 'image' | 'resolvedDigest'>): EcrImage | undefined {
  const parsed = parseEcrImage(image);
  // a running workload keeps its digest, a workload that starts next uses the tag
  return parsed && resolvedDigest !== undefined && isDigest(resolvedDigest) ? { ...parsed, digest: resolvedDigest } : parsed;
}

/** Returns the image that a task definition or a function refers to; undefined if it is of another repository. */
export function referenceTo(repositoryArn: string, use: Use): Reference | undefined {
  const target = parseRepositoryArn(repositoryArn);
  const used = usedEcrImage(use);
  if (!target || used?.registry !== target.account || used.region !== target.region || used.repositoryName !== target.repositoryName) {
    return undefined;
  }
  const { usedBy } = use;
  return used.digest === undefined ? { tag: used.tag, usedBy } : { digest: used.digest, usedBy };
}

/** Returns the images of one repository that workloads run. */
export function referencesIn(uses: readonly Use[], repositoryArn: string): Reference[] {
  return uses.flatMap(use => referenceTo(repositoryArn, use) ?? []);
}
