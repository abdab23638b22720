import type { AssumptionId } from '../probes/probes';

/** How the fakes behave where AWS documents nothing. `test/probes` asks AWS. */
export class Readings {
  private readonly others: Set<AssumptionId>;

  /** @param others assumptions that are wrong. The fakes behave in their other reading */
  constructor(others: Iterable<AssumptionId> = []) {
    this.others = new Set(others);
  }

  /** Whether an assumption is wrong. */
  isOther(id: AssumptionId): boolean {
    return this.others.has(id);
  }

  /** Changes the reading. Later calls follow it. */
  set(id: AssumptionId, reading: 'assumed' | 'other'): void {
    if (reading === 'other') this.others.add(id);
    else this.others.delete(id);
  }
}
