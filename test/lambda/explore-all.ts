/** What happens next is chosen, and nothing else varies. */
interface ExplorableWorld {
  readonly writes: number;
  /** What is wrong in the end. */
  readonly faults: string[];
  readonly schedule: string[];
  /** @returns whether it came to its end; a choice of undefined ends it before */
  run(choose: (moves: ArrayLike<unknown>) => number | undefined): Promise<boolean>;
  /** All that what follows depends on. */
  key(): string;
}

interface Ahead {
  /** How many ways lead on from here. */
  ways: number;
  /** The most writes that there are on one of them. */
  writes: number;
}

/** A choice on the way of the present run. */
interface Choice {
  readonly state: string;
  readonly count: number;
  readonly writesBefore: number;
  readonly ahead: Ahead;
  nth: number;
}

export interface Explored extends Ahead {
  runs: number;
  /** What happens in the first run that goes wrong. */
  failure?: string[];
}

/**
 * Makes every choice in every way. A run that comes to a state where another one was is not followed further, unless all are to be.
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

/** To the last choice that has another way to be made; of those behind it, all is known. */
function goBack(path: Choice[], end: Pick<Choice, 'writesBefore' | 'ahead'>, seen: Map<string, Ahead | 'on the way'>): void {
  for (let after = end; path.length > 0; after = path.pop()!) {
    const last = path[path.length - 1];
    last.ahead.ways += after.ahead.ways;
    last.ahead.writes = Math.max(last.ahead.writes, after.writesBefore + after.ahead.writes - last.writesBefore);
    if (++last.nth < last.count) return;
    seen.set(last.state, last.ahead);
  }
}
