import type { Background } from './background';
import type { Copier, Ride } from './copier';
import type { Look, Looked } from './destination-process';
import type { SourceImage } from './source-image';

export interface Copy extends Ride {
  readonly received: number;
  /** Whether all manifests are there with the digests that they have in the source, nothing else is, and the tag is right. */
  readonly isEqual: boolean;
}

/** One copy, and what the destination has then. */
export async function measure(
  destination: Background<Look, Looked>, copier: Copier, source: SourceImage, repositoryName: string,
): Promise<Copy> {
  const before = await destination.ask({ repositoryName });
  const ride = await copier.copy({ source, endpoint: before.endpoint, repositoryName });
  const after = await destination.ask({ repositoryName });
  const isEqual = after.tags[source.tag] === source.digest && sorted(after.digests) === sorted(source.digests);
  return { ...ride, received: after.received - before.received, isEqual };
}

function sorted(digests: readonly string[]): string {
  return [...new Set(digests)].sort().join();
}
