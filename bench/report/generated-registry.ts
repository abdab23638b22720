import { createHash } from 'node:crypto';

/** Sizes of a generated registry. */
export interface RegistrySize {
  readonly repositories: number;
  readonly images: number;
}

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
const DAY = 86_400;
/** Seconds. All times are relative to it, so that two runs on one day generate the same registry. */
const NOW = Math.floor(Date.now() / 86_400_000) * DAY;
/** One repository in so many is empty. */
const EMPTY = 10;
/** A few repositories have most of the images: the repository of rank n has a share of 1 / n to the power of this. */
const SKEW = 0.7;

const POLICIES: ReadonlyArray<object | undefined> = [
  undefined,
  {
    rules: [{
      rulePriority: 1,
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 50 },
      action: { type: 'expire' },
    }],
  },
  {
    rules: [{
      rulePriority: 1,
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
      action: { type: 'expire' },
    }],
  },
];

/** A registry that is computed when it is read, so that a million images need no memory. */
export class GeneratedRegistry {
  private readonly counts: readonly number[];

  constructor({ repositories, images }: RegistrySize) {
    const shares = Array.from({ length: repositories }, (_, rank) => rank % EMPTY === EMPTY - 1 ? 0 : (rank + 1) ** -SKEW);
    const sum = shares.reduce((total, share) => total + share, 0);
    const counts = shares.map(share => Math.floor(share / sum * images));
    counts[0] += images - counts.reduce((total, count) => total + count, 0);
    this.counts = counts;
  }

  repositories(from: number, to: number): object[] {
    return this.counts.slice(from, to).map((_, index) => {
      const repositoryName = nameOf(from + index);
      return {
        repositoryArn: `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${repositoryName}`,
        registryId: ACCOUNT,
        repositoryName,
        repositoryUri: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${repositoryName}`,
        createdAt: NOW - 1_200 * DAY,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: { encryptionType: 'AES256' },
      };
    });
  }

  /** Returns undefined if the repository does not exist. */
  images(repositoryName: string, from: number, to: number): { readonly details: object[]; readonly total: number } | undefined {
    const rank = rankOf(repositoryName);
    const total = this.counts[rank];
    if (total === undefined) return undefined;
    const length = Math.max(0, Math.min(to, total) - from);
    return { total, details: Array.from({ length }, (_, index) => imageOf(repositoryName, rank, from + index, total)) };
  }

  policy(repositoryName: string): object | undefined {
    return POLICIES[rankOf(repositoryName) % POLICIES.length];
  }
}

function nameOf(rank: number): string {
  return `team-${rank % 97}/service-${rank}`;
}

function rankOf(repositoryName: string): number {
  return Number(/\d+$/.exec(repositoryName)?.[0] ?? NaN);
}

function imageOf(repositoryName: string, rank: number, place: number, total: number): object {
  const hash = createHash('sha256').update(`${rank}/${place}`).digest('hex');
  const random = parseInt(hash.slice(0, 8), 16) / 2 ** 32;
  const pushedAt = NOW - Math.floor((1 - place / total) * 1_000 * DAY) - Math.floor(random * DAY);
  const isUntagged = random < 0.3;
  const tag = place % 20 === 0 ? `v${Math.floor(place / 400)}.${Math.floor(place / 20) % 20}.0` : hash.slice(24, 64);
  return {
    registryId: ACCOUNT,
    repositoryName,
    imageDigest: `sha256:${hash}`,
    ...isUntagged ? {} : { imageTags: place === total - 1 ? [tag, 'prod'] : [tag] },
    imageSizeInBytes: 40_000_000 + Math.floor(random * 400_000_000),
    imagePushedAt: pushedAt,
    imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactMediaType: 'application/vnd.oci.image.config.v1+json',
    imageStatus: 'ACTIVE',
    ...random < 0.6 ? { lastRecordedPullTime: Math.min(NOW, pushedAt + Math.floor(random * 200 * DAY)) } : {},
    ...random < 0.5 ? {
      imageScanStatus: { status: 'COMPLETE' },
      imageScanFindingsSummary: { findingSeverityCounts: { HIGH: Math.floor(random * 10), MEDIUM: 3 }, imageScanCompletedAt: pushedAt },
    } : {},
  };
}
