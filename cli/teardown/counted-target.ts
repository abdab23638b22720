import { ForwardingTarget } from './forwarding-target';
import type { Interruption } from './interruption';
import type { Stuck, TargetRepository } from '../../lambda/shared/teardown/target-repository';
import type { HeldImage } from '../../src/core/images/held-image';

/** Knows how much of a repository is gone, also when the work ends early. */
export class CountedTarget extends ForwardingTarget {
  removedImages = 0;
  removedBytes = 0;
  private readonly sizes = new Map<string, number>();

  constructor(target: TargetRepository, private readonly interruption: Interruption) {
    super(target);
  }

  override async *images(): AsyncGenerator<readonly HeldImage[]> {
    for await (const page of super.images()) {
      for (const { digest, sizeInBytes = 0 } of page) this.sizes.set(digest, sizeInBytes);
      yield page;
    }
  }

  override async removeImages(digests: readonly string[]): Promise<readonly Stuck[]> {
    const stuck = await super.removeImages(digests);
    const left = new Set(stuck.map(({ digest }) => digest));
    const removed = digests.filter(digest => !left.has(digest));
    this.removedImages += removed.length;
    this.removedBytes += removed.reduce((sum, digest) => sum + (this.sizes.get(digest) ?? 0), 0);
    return stuck;
  }

  /** With its read-back: else nobody would know whether the repository is gone. */
  override remove(): Promise<void> {
    return this.interruption.seenThrough(() => super.remove());
  }
}
