import { ForwardingTarget } from './forwarding-target';
import type { TargetRepository } from '../../lambda/shared/teardown/target-repository';
import type { HeldImage } from '../../src/core/images/held-image';

/** A repository whose images were read once, for all that is to be known of them. */
export class Snapshot extends ForwardingTarget {
  static async of(target: TargetRepository): Promise<Snapshot> {
    const images = new Map<string, HeldImage>();
    for await (const page of target.images()) for (const image of page) images.set(image.digest, image);
    return new Snapshot(target, [...images.values()]);
  }

  private readonly indexes = new Map<string, readonly string[]>();

  private constructor(target: TargetRepository, readonly held: readonly HeldImage[]) {
    super(target);
  }

  override async *images(): AsyncGenerator<readonly HeldImage[]> {
    yield this.held;
  }

  override async count(): Promise<{ images: number; isMore: boolean }> {
    return { images: this.held.length, isMore: false };
  }

  override async children(indexes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const unread = indexes.filter(digest => !this.indexes.has(digest));
    for (const [digest, children] of unread.length > 0 ? await super.children(unread) : []) this.indexes.set(digest, children);
    return this.indexes;
  }
}
