import { ForwardingTarget } from './forwarding-target';
import type { TargetRepository } from '../../../lambda/shared/teardown/target-repository';
import type { HeldImage } from '../../../src/core/images/held-image';

/** Reads the images of a repository once. */
export class Snapshot extends ForwardingTarget {
  static async of(target: TargetRepository): Promise<Snapshot> {
    const images = new Map<string, HeldImage>();
    for await (const page of target.images()) for (const image of page) images.set(image.digest, image);
    return new Snapshot(target, [...images.values()]);
  }

  private readonly childrenByIndex = new Map<string, readonly string[]>();

  private constructor(target: TargetRepository, readonly heldImages: readonly HeldImage[]) {
    super(target);
  }

  override async *images(): AsyncGenerator<readonly HeldImage[]> {
    yield this.heldImages;
  }

  override async count(): Promise<{ images: number; isMore: boolean }> {
    return { images: this.heldImages.length, isMore: false };
  }

  override async readChildren(indexes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const unreadIndexes = indexes.filter(digest => !this.childrenByIndex.has(digest));
    if (unreadIndexes.length > 0) {
      for (const [digest, children] of await super.readChildren(unreadIndexes)) this.childrenByIndex.set(digest, children);
    }
    return this.childrenByIndex;
  }
}
