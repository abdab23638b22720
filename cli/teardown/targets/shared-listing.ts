import { ForwardingTarget } from './forwarding-target';
import { Snapshot } from './snapshot';
import type { HeldImage } from '../../../src/core/images/held-image';

/** Reads the images once for the guards and the first pass of the removal. Each later pass reads them again. */
export class SharedListing extends ForwardingTarget {
  /** Set before the removal starts. */
  isRemoving = false;
  private snapshot?: Snapshot;
  private isRead = false;

  override async *images(): AsyncGenerator<readonly HeldImage[]> {
    yield* (await this.read()).images();
  }

  override async count(): Promise<{ images: number; isMore: boolean }> {
    return (await this.read()).count();
  }

  /** Cached, because the references of an index never change. */
  override readChildren(indexes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.snapshot ? this.snapshot.readChildren(indexes) : super.readChildren(indexes);
  }

  private async read(): Promise<Snapshot> {
    if (!this.isRead || !this.snapshot) this.snapshot = await Snapshot.of(this.target);
    this.isRead = !this.isRemoving;
    return this.snapshot;
  }
}
