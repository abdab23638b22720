import { partitionOf, partitionOfStateKey, STATE_PREFIX } from '../../../src/core/shield/keys';
import { parseState, ProtectedImage } from '../../../src/core/shield/state';
import type { StateBucket } from '../state-bucket';

/** An image in the state of a shield. */
export interface KnownImage extends Pick<ProtectedImage, 'phase' | 'since' | 'lastUsed' | 'seenIn' | 'usedBy'> {
  readonly registry: string;
  readonly region: string;
  readonly repository: string;
  readonly digest: string;
}

/** The images of one partition. */
export interface Partition {
  readonly key: string;
  /** Undefined if the object is damaged. */
  readonly images?: readonly KnownImage[];
}

/**
 * Reads one partition after another, so that memory use does not grow with the number of partitions.
 *
 * @param repositories only these; empty for all
 */
export async function* readPartitions(bucket: StateBucket, repositories: readonly string[]): AsyncGenerator<Partition> {
  for (const key of await bucket.keys(STATE_PREFIX)) {
    const [registry, region] = partitionOfStateKey(key)?.split('/') ?? [];
    const isWanted = repositories.length === 0
      || repositories.some(repository => partitionOf(registry, region, repository) === partitionOfStateKey(key));
    if (registry === undefined || !isWanted) continue;
    const text = await bucket.read(key);
    // The next run creates an object that was removed meanwhile.
    if (text === undefined) continue;
    const state = parseState(text);
    yield { key, images: state && imagesOf(state.images, { registry, region }, repositories) };
  }
}

function imagesOf(
  images: Readonly<Record<string, Readonly<Record<string, ProtectedImage>>>>, place: Pick<KnownImage, 'registry' | 'region'>,
  repositories: readonly string[],
): KnownImage[] {
  return Object.entries(images).flatMap(([repository, byDigest]) => {
    if (repositories.length > 0 && !repositories.includes(repository)) return [];
    return Object.entries(byDigest).map(([digest, { phase, since, lastUsed, seenIn, usedBy }]) =>
      ({ ...place, repository, digest, phase, since, lastUsed, seenIn, usedBy }));
  });
}

/** Whether the shield protects the image. It does not protect an image that it releases or has released. */
export function isInUse({ phase }: Pick<ProtectedImage, 'phase'>): boolean {
  return phase === 'wanted' || phase === 'kept';
}
