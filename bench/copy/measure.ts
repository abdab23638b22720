import type { Copier, Ride } from './copier';
import type { Look, Looked } from './destination-process';
import type { SourceImage } from './source-image';
import type { Background } from '../background/background';

export interface Copy extends Ride {
  readonly received: number;
  /** Whether the destination has exactly the manifests of the source, with the same digests and the correct tag. */
  readonly isEqual: boolean;
}

/** Result of one copy, and the state of the destination after it. */
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
