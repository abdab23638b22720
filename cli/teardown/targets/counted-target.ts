import { ForwardingTarget } from './forwarding-target';
import type { RemovalFailure, TargetRepository } from '../../../lambda/shared/teardown/target-repository';
import type { HeldImage } from '../../../src/core/images/held-image';
import type { Interruption } from '../../session/interruption';

/** Counts the images that were removed from a repository, even if the removal ends early. */
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

  override async removeImages(digests: readonly string[]): Promise<readonly RemovalFailure[]> {
    const failures = await super.removeImages(digests);
    const failedDigests = new Set(failures.map(({ digest }) => digest));
    const removedDigests = digests.filter(digest => !failedDigests.has(digest));
    this.removedImages += removedDigests.length;
    this.removedBytes += removedDigests.reduce((sum, digest) => sum + (this.sizes.get(digest) ?? 0), 0);
    return failures;
  }

  /** Runs the deletion and its verification to the end. Otherwise, the result would be unknown. */
  override remove(): Promise<void> {
    return this.interruption.complete(() => super.remove());
  }
}
