import { thin } from './figures/sample';
import { SAMPLE_BUDGET } from './limits';
import type { ListedRepository } from './reading/registry';
import type { RepositoryRecord } from './repository-record';

/** The records of a report, with as many images in their timelines as the memory and the page may hold. */
export class Records {
  private records = new Array<RepositoryRecord>();
  private samples = 0;

  /** @param hasTimelines whether an output has timelines */
  constructor(private readonly hasTimelines: boolean) {}

  /** Adds a record, and returns what the outputs need of it. */
  add(record: RepositoryRecord): RepositoryRecord {
    const needed = this.hasTimelines ? record : withoutSample(record);
    this.records.push(needed);
    this.samples += needed.images?.sample.length ?? 0;
    // Not after each record, because it looks at all of them.
    if (this.samples > 1.25 * SAMPLE_BUDGET) this.thin();
    return needed;
  }

  /** Returns the records in the order of the list, and thins their timelines. */
  inOrder(repositories: readonly ListedRepository[]): RepositoryRecord[] {
    this.thin();
    const place = new Map(repositories.map(({ arn }, index) => [arn, index]));
    return [...this.records].sort((one, other) => place.get(one.arn)! - place.get(other.arn)!);
  }

  private thin(): void {
    this.records = thin(this.records, SAMPLE_BUDGET);
    this.samples = this.records.reduce((sum, { images }) => sum + (images?.sample.length ?? 0), 0);
  }
}

function withoutSample(record: RepositoryRecord): RepositoryRecord {
  return record.images ? { ...record, images: { ...record.images, sample: [] } } : record;
}
