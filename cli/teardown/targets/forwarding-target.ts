import type { RemovalFailure, TargetRepository } from '../../../lambda/shared/teardown/target-repository';
import type { HeldImage } from '../../../src/core/images/held-image';

/** Forwards each call to a repository, unless a subclass overrides it. */
export class ForwardingTarget implements TargetRepository {
  constructor(protected readonly target: TargetRepository) {}

  get arn(): string {
    return this.target.arn;
  }

  get subject(): string {
    return this.target.subject;
  }

  tags(): Promise<ReadonlyMap<string, string> | undefined> {
    return this.target.tags();
  }

  images(): AsyncGenerator<readonly HeldImage[]> {
    return this.target.images();
  }

  count(limit: number): Promise<{ readonly images: number; readonly isMore: boolean }> {
    return this.target.count(limit);
  }

  describe(digests: readonly string[]): Promise<readonly HeldImage[]> {
    return this.target.describe(digests);
  }

  readChildren(indexes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.target.readChildren(indexes);
  }

  removeImages(digests: readonly string[]): Promise<readonly RemovalFailure[]> {
    return this.target.removeImages(digests);
  }

  remove(): Promise<void> {
    return this.target.remove();
  }
}
