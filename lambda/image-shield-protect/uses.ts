import type { FoundUse } from '../../src/core/shield/found-use';

/** Images in use by repository and digest. */
export type UsedImages = ReadonlyMap<string, ReadonlyMap<string, UsedImage>>;

export interface UsedImage {
  /** Sources in which it was seen: `<account>/<region> <source>`. */
  readonly sources: readonly string[];
  /** One workload that uses it, and the number of others. */
  readonly usedBy: string;
  /** Digests of the indexes that refer to it. */
  readonly indexes?: readonly string[];
}

/** Collects images in use without keeping all workloads. */
export class UseCollection {
  private readonly repositories = new Map<string, Map<string, CollectedUse>>();

  add({ repositoryName, image, source, usedBy, others }: FoundUse): void {
    const images = this.repositories.get(repositoryName) ?? new Map<string, CollectedUse>();
    this.repositories.set(repositoryName, images);
    const known = images.get(image);
    if (known === undefined) {
      images.set(image, { sources: new Set([source]), usedBy, others });
    } else {
      known.sources.add(source);
      known.others += 1 + others;
    }
  }

  get repositoryNames(): string[] {
    return [...this.repositories.keys()];
  }

  get sources(): Set<string> {
    return new Set([...this.repositories.values()].flatMap(images => [...images.values()].flatMap(({ sources }) => [...sources])));
  }

  /** Returns the uses of one repository by digest or tag. */
  of(repositoryName: string): ReadonlyMap<string, CollectedUse> {
    return this.repositories.get(repositoryName) ?? new Map();
  }
}

export interface CollectedUse {
  readonly sources: Set<string>;
  readonly usedBy: string;
  others: number;
}

/** Names one workload and counts the others, for people. */
export function describeUse({ usedBy, others }: Pick<CollectedUse, 'usedBy' | 'others'>): string {
  return others === 0 ? usedBy : `${usedBy} and ${others} more`;
}
