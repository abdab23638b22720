import { ForwardingTarget } from './forwarding-target';
import { Snapshot } from './snapshot';
import type { HeldImage } from '../../../src/core/images/held-image';

/** A repository whose images are read once for its guards and for the removal that follows, which reads them again for every later pass. */
export class SharedListing extends ForwardingTarget {
  /** Set before the removal begins. */
  isRemoving = false;
  private snapshot?: Snapshot;
  private isRead = false;

  override async *images(): AsyncGenerator<readonly HeldImage[]> {
    yield* (await this.read()).images();
  }

  override async count(): Promise<{ images: number; isMore: boolean }> {
    return (await this.read()).count();
  }

  /** An index refers to the same images for ever. */
  override readChildren(indexes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.snapshot ? this.snapshot.readChildren(indexes) : super.readChildren(indexes);
  }

  private async read(): Promise<Snapshot> {
    if (!this.isRead || !this.snapshot) this.snapshot = await Snapshot.of(this.target);
    this.isRead = !this.isRemoving;
    return this.snapshot;
  }
}
