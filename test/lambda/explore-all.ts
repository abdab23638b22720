/** A world whose runs depend only on the selected moves. */
interface ExplorableWorld {
  readonly writes: number;
  /** Problems at the end of a run. */
  readonly faults: string[];
  readonly schedule: string[];
  /** @returns whether the run was completed; a choice of undefined ends it early */
  run(choose: (moves: ArrayLike<unknown>) => number | undefined): Promise<boolean>;
  /** Returns a key of everything that affects the rest of the run. */
  key(): string;
}

interface Ahead {
  /** Number of ways to continue. */
  ways: number;
  /** Largest number of writes on one of these ways. */
  writes: number;
}

/** A choice in the current run. */
interface Choice {
  readonly state: string;
  readonly count: number;
  readonly writesBefore: number;
  readonly ahead: Ahead;
  nth: number;
}

export interface Explored extends Ahead {
  runs: number;
  /** Moves and problems of the first run with a problem. */
  failure?: string[];
}

/**
 * Explores every combination of choices. Ends a run in a state that is known from another run, unless all runs are to be completed.
 */
export async function exploreAll(create: () => ExplorableWorld, areAllFollowed = false): Promise<Explored> {
  const seen = new Map<string, Ahead | 'on the way'>();
  const root: Choice = { state: '', count: 1, writesBefore: 0, ahead: { ways: 0, writes: 0 }, nth: 0 };
  const path = [root];
  for (let runs = 1; ; runs++) {
    const world = create();
    let depth = 1;
    let met: Ahead | 'on the way' | undefined;
    const isOver = await world.run(moves => {
      if (moves.length === 1) return 0;
      if (depth === path.length) {
        const state = areAllFollowed ? `${runs} ${depth}` : world.key();
        met = seen.get(state);
        if (met) return undefined;
        seen.set(state, 'on the way');
        path.push({ state, count: moves.length, writesBefore: world.writes, ahead: { ways: 0, writes: 0 }, nth: 0 });
      }
      return path[depth++].nth;
    });
    const faults = met === 'on the way' ? ['and so on without an end'] : isOver ? world.faults : [];
    if (faults.length > 0) return { ...root.ahead, runs, failure: [...world.schedule, ...faults] };
    goBack(path, { writesBefore: world.writes, ahead: (met as Ahead | undefined) ?? { ways: 1, writes: 0 } }, seen);
    if (path.length === 0) return { ...root.ahead, runs };
  }
}

/** Goes back to the last choice with an untried alternative. Everything after that choice is explored. */
function goBack(path: Choice[], end: Pick<Choice, 'writesBefore' | 'ahead'>, seen: Map<string, Ahead | 'on the way'>): void {
  for (let after = end; path.length > 0; after = path.pop()!) {
    const last = path[path.length - 1];
    last.ahead.ways += after.ahead.ways;
    last.ahead.writes = Math.max(last.ahead.writes, after.writesBefore + after.ahead.writes - last.writesBefore);
    if (++last.nth < last.count) return;
    seen.set(last.state, last.ahead);
  }
}
