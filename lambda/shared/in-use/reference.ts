import { parseRepositoryArn } from '../../../src/core/repository-arn';

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
  /** The digest that it was started from, if that is known. */
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

/** Returns undefined for an image of another registry. */
export function parseEcrImage(image: string | undefined): EcrImage | undefined {
  const [, registry, region, repositoryName, tag = 'latest', digest] = IMAGE.exec(image ?? '') ?? [];
  return registry === undefined ? undefined : { registry, region, repositoryName, tag, ...digest === undefined ? {} : { digest } };
}

/** Returns the image that a task definition or a function refers to; undefined if it is of another repository. */
export function referenceTo(repositoryArn: string, { image, usedBy, resolvedDigest }: Use): Reference | undefined {
  const target = parseRepositoryArn(repositoryArn);
  const used = parseEcrImage(image);
  if (!target || used?.registry !== target.account || used.region !== target.region || used.repositoryName !== target.repositoryName) {
    return undefined;
  }
  // a running workload keeps its digest, a workload that starts next uses the tag
  const usedDigest = resolvedDigest ?? used.digest;
  return usedDigest === undefined ? { tag: used.tag, usedBy } : { digest: usedDigest, usedBy };
}

/** Returns the images of one repository that workloads run. */
export function referencesIn(uses: readonly Use[], repositoryArn: string): Reference[] {
  return uses.flatMap(use => referenceTo(repositoryArn, use) ?? []);
}
