import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import { ProgressLock } from '../../../cli/report/progress/progress-lock';
import { exploreAll } from '../../lambda/explore-all';

/** Something that a process does to a file. It waits until it is selected. */
interface Step {
  readonly pid: number;
  readonly what: string;
  /** Waits for time to pass, which it does only if nothing else can be done. */
  readonly isWait: boolean;
  readonly work: () => void;
}

const current = new AsyncLocalStorage<{ readonly pid: number; readonly world: World }>();
function step<T>(what: string, act: (world: World) => T, isWait = false): Promise<T> {
  const { pid, world } = current.getStore()!;
  return new Promise((resolve, reject) => {
    world.park({
      pid,
      what,
      isWait,
      work: () => {
        try {
          const result = act(world);
          world.schedule.push(`${pid} ${what}: ${String(result)}`);
          resolve(result);
        } catch (error) {
          world.schedule.push(`${pid} ${what}: ${(error as Error).message}`);
          reject(error);
        }
      },
    });
  });
}
const failure = (code: string) => Object.assign(new Error(code), { code });
const nameOf = (file: string) => file.replace('report.progress.', '');

jest.mock('node:fs/promises', () => ({
  writeFile: async (file: string, text: string) => {
    await step(`creates ${nameOf(file)}`, ({ files }) => {
      if (files.has(file)) throw failure('EEXIST');
      files.set(file, '');
    });
    // On Linux, the text goes to the file that was opened, even if its name has changed.
    await step(`writes ${nameOf(file)}`, ({ files }) => files.set(file, text));
  },
  readFile: (file: string) => step(`reads ${nameOf(file)}`, ({ files }) => {
    const text = files.get(file);
    if (text === undefined) throw failure('ENOENT');
    return text;
  }),
  rename: (from: string, to: string) => step(`renames ${nameOf(from)}`, ({ files }) => {
    files.set(to, files.get(from)!);
    files.delete(from);
  }),
  rm: (file: string) => step(`removes ${nameOf(file)}`, ({ files }) => files.delete(file)),
}));
jest.mock('node:timers/promises', () => ({ setTimeout: () => step('waits', () => undefined, true) }));

const LOCK = 'report.progress.lock';
const ENDED = JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1 });
/** Processes that run as long as the test. */
const PIDS = [1, process.ppid, process.pid];

/** The files of a run. A lock is released, or held until the others have ended. */
class World {
  readonly files = new Map<string, string>();
  readonly faults = new Array<string>();
  readonly schedule = new Array<string>();
  readonly writes = 0;
  private readonly parked = new Array<Step>();
  private readonly holding = new Set<number>();
  private readonly outcomes = new Map<number, string>();

  constructor(private readonly processes: number, before: string | undefined, private readonly releases: boolean) {
    if (before !== undefined) this.files.set(LOCK, before);
  }

  park(next: Step): void {
    this.parked.push(next);
  }

  async run(choose: (moves: ArrayLike<unknown>) => number | undefined): Promise<boolean> {
    for (const pid of PIDS.slice(0, this.processes)) void current.run({ pid, world: this }, () => this.takeAndRelease(pid));
    for (;;) {
      await new Promise(setImmediate);
      const ready = this.parked.filter(({ isWait }) => !isWait);
      const moves = (ready.length > 0 ? ready : [...this.parked]).sort((one, other) => one.pid - other.pid);
      if (moves.length === 0) break;
      const nth = choose(moves);
      if (nth === undefined) return false;
      const chosen = moves[nth];
      this.parked.splice(this.parked.indexOf(chosen), 1);
      chosen.work();
    }
    const left = [...this.files.keys()].filter(file => this.releases || file !== LOCK);
    if (left.length > 0) this.faults.push(`left: ${left.join()}`);
    if (![...this.outcomes.values()].includes('held')) this.faults.push('nobody has the lock');
    return true;
  }

  /** What each process has done and seen determines what it knows. */
  key(): string {
    return JSON.stringify([[...this.files].sort(), PIDS.map(pid => this.schedule.filter(line => line.startsWith(`${pid} `)))]);
  }

  private async takeAndRelease(pid: number): Promise<void> {
    try {
      const lock = await ProgressLock.take('report.progress', pid);
      if (this.holding.size > 0) this.faults.push(`${pid} has the lock of ${[...this.holding].join()}`);
      this.holding.add(pid);
      this.outcomes.set(pid, 'held');
      if (!this.releases) return;
      await step('works', () => this.holding.delete(pid));
      await lock.release();
    } catch (error) {
      this.outcomes.set(pid, (error as Error).message);
      if (!/is writing this report/.test((error as Error).message)) this.faults.push((error as Error).message);
    }
  }
}

const NONE = 'there is no lock';
const OLD = 'there is the lock of a process that has ended';

test.each([
  [2, NONE, 'keeps', 6], [2, NONE, 'releases', 20], [2, OLD, 'keeps', 310], [2, OLD, 'releases', 1_760],
  [3, NONE, 'keeps', 108], [3, NONE, 'releases', 80_268], [3, OLD, 'keeps', 953_310], [3, OLD, 'releases', 1_593_295_440],
])('if %i processes continue a report at once and %s, one at a time has and %s it', async (processes, before, holds, ways) => {
  const explored = await exploreAll(() => new World(processes, before === OLD ? ENDED : undefined, holds === 'releases'));
  expect(explored.failure).toBeUndefined();
  expect(explored.ways).toBe(ways);
});
