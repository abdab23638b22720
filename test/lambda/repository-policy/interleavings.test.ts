import { converge, Outcome, SharedStore, UnsettledError } from '../../../lambda/shared/aws/converge';
import type { LivePolicy } from '../../../lambda/shared/repository/policy-text';
import { GAP, SETTLING_TIME } from '../../../lambda/shared/repository/settling';
import { emptyPolicy, PolicyDocument, Statement } from '../../../src/core/policy/document';
import { sameMeaning } from '../../../src/core/policy/normal-form';
import { isOwnedBy, merge, ownerSuffix, subtract } from '../../../src/core/policy/ownership';
import { exploreAll, Explored } from '../explore-all';

const NAMES = ['A', 'B', 'C', 'D'];
const FOREIGN: Statement = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'ecr:BatchGetImage' };
const CLAIMS = NAMES.map((name, nth) => ({
  suffix: ownerSuffix(
    `arn:aws:cloudformation:eu-west-1:111111111111:stack/${name}/${String(nth).repeat(8)}-1111-1111-1111-111111111111`, 'Policy',
  ),
  replaceExistingSids: [],
  statements: [{ Sid: 'Pull' } as Statement, {}].map((sid): Statement =>
    ({ ...sid, Effect: 'Allow', Principal: { AWS: String(nth).repeat(12) }, Action: 'ecr:BatchGetImage' })),
}));

type Kind = 'merges' | 'withdraws';
type Protocol = typeof converge;

/** The events that a run can contain. */
interface Space {
  /** The clock stops at multiples of these milliseconds, and at each time at which a writer is due. */
  readonly step: number;
  /** Whether the clock also stops a millisecond before each multiple. */
  readonly justUnder?: boolean;
  /** Number of readings per writer that can take too long for a write to be based on them. @default 0 */
  readonly slow?: number;
  /** Number of writes per writer that can time out without an effect. @default 0 */
  readonly lost?: number;
  /** Number of writes per writer that can take effect without a response, after which the writer waits for a GAP. @default 0 */
  readonly unanswered?: number;
  /** Number of times per writer that it can be stopped during a write, which takes effect in time. The writer restarts. @default 0 */
  readonly cutOff?: number;
  /** Time at which a write that timed out takes effect nevertheless, in milliseconds after the start of its reading. */
  readonly landing?: number;
}

/** All policies of a run, each text only once. */
class Library {
  private readonly documents = new Map<string, PolicyDocument>();
  private readonly holders = new Map<PolicyDocument, boolean[]>();
  private readonly changes = new Map<string, Map<PolicyDocument, PolicyDocument | undefined>>();

  policyOf(writers: readonly Writer[]): PolicyDocument {
    return this.intern(writers.reduce((live, { nth }) => merge(live, CLAIMS[nth]), { ...emptyPolicy(), Statement: [FOREIGN] }));
  }

  /** Computes the change in the same way as apply.ts and withdraw.ts. */
  change(live: PolicyDocument, { nth, kind }: Writer): PolicyDocument | undefined {
    const key = `${kind} ${nth}`;
    let changes = this.changes.get(key);
    if (!changes) this.changes.set(key, changes = new Map());
    if (!changes.has(live)) {
      const wanted = kind === 'merges' ? merge(live, CLAIMS[nth]) : subtract(live, CLAIMS[nth].suffix);
      changes.set(live, sameMeaning(wanted, live) ? undefined : this.intern(wanted));
    }
    return changes.get(live);
  }

  /** Returns for each writer whether the policy has its statements. */
  holdersOf(policy: PolicyDocument): boolean[] {
    return this.holders.get(policy)!;
  }

  /** Checks that the policy has the statements of each writer at most once, and the statement of another owner unchanged. */
  private intern(policy: PolicyDocument): PolicyDocument {
    const text = JSON.stringify(policy);
    const known = this.documents.get(text);
    if (known) return known;
    const counts = CLAIMS.map(({ suffix }) => policy.Statement.filter(statement => isOwnedBy(statement, suffix)).length);
    CLAIMS.forEach(({ statements }, nth) => expect([0, statements.length]).toContain(counts[nth]));
    expect(policy.Statement.filter(statement => !CLAIMS.some(({ suffix }) => isOwnedBy(statement, suffix)))).toEqual([FOREIGN]);
    this.documents.set(text, policy);
    this.holders.set(policy, counts.map(count => count > 0));
    return policy;
  }
}

type Phase = 'not begun' | 'running' | 'reading' | 'read' | 'writing' | 'written' | 'unanswered' | 'sleeping' | 'done';

/** A deployment with the last call of its `converge`, and the progress of that call. */
class Writer {
  phase: Phase = 'not begun';
  /** Whether the writer waits until the clock has moved. */
  isWaiting = false;
  /** Start time of the last reading. */
  readAt = 0;
  begunAt = 0;
  /** Result and end time of the last write since `begunAt`. */
  outcome?: Outcome;
  writtenAt?: number;
  /** Latest end time of the current phase. */
  due = 0;
  /** The policy that was read or is being written. */
  held?: PolicyDocument;
  writes = 0;
  slow = 0;
  lost = 0;
  cutOff = 0;
  unanswered = 0;
  failure: unknown;
  answer?: (value?: unknown) => void;

  constructor(readonly nth: number, readonly kind: Kind) {}

  asks<T>(phase: Phase, due: number): Promise<T> {
    this.phase = phase;
    this.due = due;
    return new Promise(resolve => { this.answer = resolve as (value?: unknown) => void; });
  }
}

interface Move {
  readonly what: 'begins' | 'waits' | 'reads' | 'has read' | 'writes' | 'has written' | 'gives up' | 'is not answered'
  | 'is cut off' | 'wakes'
  | 'what was given up is written' | 'time passes';
  readonly who?: Writer;
  readonly landing?: Landing;
}

const TIME_PASSES: Move = { what: 'time passes' };

/** A write whose response nobody waits for. */
interface Landing {
  readonly from: number;
  readonly at: number;
  readonly policy: PolicyDocument;
}

/** Selects the next move. Undefined ends the run. */
type Choose = (moves: readonly Move[], world: World) => number | undefined;

/** A repository, a clock, and concurrent deployments to the repository. A run depends only on the selected moves. */
class World {
  now = 0;
  readonly writers: readonly Writer[];
  private readonly orders: readonly Writer[][];
  private policy: PolicyDocument;
  private readonly past = new Array<readonly [number, Move]>();
  private landings: Landing[] = [];

  constructor(
    private readonly protocol: Protocol, kinds: readonly Kind[], private readonly space: Space, private readonly library: Library,
  ) {
    this.writers = kinds.map((kind, nth) => new Writer(nth, kind));
    this.orders = ordersOf(kinds, this.writers);
    this.policy = library.policyOf(this.writers.filter(({ kind }) => kind === 'withdraws'));
  }

  /** @returns whether the run was completed */
  async run(choose: Choose): Promise<boolean> {
    for (let moves = this.moves(); moves.length > 0; moves = this.moves()) {
      const chosen = choose(moves, this);
      if (chosen === undefined) return false;
      this.past.push([this.now, moves[chosen]]);
      const { who } = moves[chosen];
      this.move(moves[chosen]);
      while (who?.phase === 'running') await undefined;
    }
    return true;
  }

  get schedule(): string[] {
    return this.past.filter(([, { what }]) => what !== 'waits' && what !== 'time passes').map(([at, move]) => spoken(at, move));
  }

  get writes(): number {
    return this.writers.reduce((sum, { writes }) => sum + writes, 0);
  }

  /** Problems at the end of the run. */
  get faults(): string[] {
    return this.writers.flatMap(({ nth, kind, failure }) => {
      if (failure !== undefined) return [`${NAMES[nth]} fails: ${failure instanceof UnsettledError ? failure.why : String(failure)}`];
      return this.library.holdersOf(this.policy)[nth] === (kind === 'merges') ? [] : [`${NAMES[nth]} ${kind} in vain`];
    });
  }

  /**
   * Returns a key of everything that affects the rest of the run. Times are relative, and writers of one kind are interchangeable. The
   * number of writes is not in the key, because it affects `converge` only above a limit that the test checks.
   */
  key(): string {
    return this.orders.map(order => {
      const holders = (policy: PolicyDocument) => {
        const are = this.library.holdersOf(policy);
        return order.reduce((text, { nth }) => are[nth] ? `${text}+` : `${text}-`, '');
      };
      return `${this.now % this.space.step} ${holders(this.policy)}${order.map(writer => this.keyOf(writer, holders)).join('')}${
        this.landings.map(({ from, at, policy }) => `|${Math.max(0, from - this.now)} ${at - this.now} ${holders(policy)}`).join('')}`;
    }).reduce((one, other) => one < other ? one : other);
  }

  private keyOf(who: Writer, holders: (policy: PolicyDocument) => string): string {
    const { phase, isWaiting, begunAt, readAt, writtenAt, due, held, slow, lost, unanswered, outcome, cutOff } = who;
    const waits = isWaiting ? ' waits' : '';
    if (phase === 'done') return '|done';
    if (phase === 'not begun') return `|${phase}${waits} ${lost} ${unanswered} ${cutOff}`;
    // a write without a response may have had no effect, so that the complete time since the beginning counts
    const begun = this.space.unanswered ? Math.min(SETTLING_TIME, this.now - begunAt) : '';
    const going = `|${phase}${waits} ${due - this.now} ${slow} ${lost} ${unanswered} ${cutOff} ${begun}`;
    if (phase === 'unanswered') return going;
    if (phase === 'writing' || phase === 'written') return `${going} ${this.now - readAt} ${phase === 'writing' ? holders(held!) : ''}`;
    // a policy that is older than that is settled, whatever its exact age; after a timed out write, the age counts for a GAP longer
    const connectTo = Math.min(
      outcome === 'given up' ? SETTLING_TIME + GAP : SETTLING_TIME, (phase === 'sleeping' ? due : readAt) - (writtenAt ?? begunAt),
    );
    return `${going} ${outcome} ${connectTo} ${phase === 'sleeping' ? '' : this.now - readAt} ${phase === 'read' ? holders(held!) : ''}`;
  }

  /** Moves that no other writer can observe come first, because their order among the other moves has no effect. */
  private moves(): Move[] {
    for (const isBegun of [true, false]) {
      for (const who of this.writers) {
        if ((who.phase !== 'not begun') !== isBegun) continue;
        const isDue = this.isDue(who);
        const move = who.isWaiting && !isDue ? undefined : this.unseen(who);
        if (move) return [move, ...isDue ? [] : [{ what: 'waits', who } as const], ...this.otherEnds(who)];
      }
    }
    const moves = this.writers.flatMap(who => this.seen(who));
    const isLanding = this.landings.some(({ at }) => at <= this.now);
    for (const landing of this.landings) if (landing.from <= this.now) moves.push({ what: 'what was given up is written', landing });
    const isAtRest = this.landings.length === 0 && this.writers.every(({ phase }) => phase === 'done');
    return isAtRest || isLanding || this.writers.some(who => this.isDue(who)) ? moves : [...moves, TIME_PASSES];
  }

  private get going(): Writer[] {
    return this.writers.filter(({ phase }) => phase !== 'not begun' && phase !== 'done');
  }

  private isDue({ phase, due }: Writer): boolean {
    if (phase === 'not begun') return this.landings.length === 0 && this.going.length === 0;
    return phase !== 'done' && due <= this.now;
  }

  private unseen(who: Writer): Move | undefined {
    switch (who.phase) {
      case 'not begun': return { what: 'begins', who };
      case 'read': return { what: 'has read', who };
      case 'written': return { what: 'has written', who };
      case 'unanswered':
      case 'sleeping': return who.due <= this.now ? { what: 'wakes', who } : undefined;
      default: return undefined;
    }
  }

  private otherEnds(who: Writer): Move[] {
    return who.phase === 'written' && who.unanswered < (this.space.unanswered ?? 0) ? [{ what: 'is not answered', who }] : [];
  }

  private seen(who: Writer): Move[] {
    if (who.phase === 'reading') return [{ what: 'reads', who }];
    if (who.phase !== 'writing') return [];
    const mayGiveUp = this.isDue(who) && who.lost < (this.space.lost ?? 0);
    return [
      { what: 'writes', who },
      ...mayGiveUp ? [{ what: 'gives up', who } as const] : [],
      ...who.cutOff < (this.space.cutOff ?? 0) ? [{ what: 'is cut off', who } as const] : [],
    ];
  }

  private move({ what, who, landing }: Move): void {
    switch (what) {
      case 'waits': who!.isWaiting = true; return;
      case 'begins': return this.begin(who!);
      case 'reads': return this.read(who!);
      case 'has read': return this.return(who!, who!.held);
      case 'writes': this.policy = who!.held!; who!.phase = 'written'; return;
      case 'has written': return this.wrote(who!, 'written');
      case 'gives up': return this.giveUp(who!);
      case 'is not answered': return this.waitOut(who!);
      case 'wakes': return who!.phase === 'unanswered' ? this.wrote(who!, 'perhaps written') : this.return(who!);
      case 'is cut off': return this.cutOff(who!);
      case 'what was given up is written': return this.land(landing!);
      case 'time passes': return this.tick();
    }
  }

  private begin(who: Writer): void {
    who.phase = 'running';
    who.begunAt = this.now;
    who.outcome = who.writtenAt = undefined;
    const clock = { now: () => this.now, sleep: (milliseconds: number) => who.asks<void>('sleeping', this.now + milliseconds) };
    const store: SharedStore<LivePolicy, PolicyDocument> = {
      read: () => {
        who.readAt = this.now;
        return who.asks('reading', this.now + (who.slow < (this.space.slow ?? 0) ? GAP * 5 / 2 : GAP - this.space.step));
      },
      write: (policy, within) => {
        who.writes++;
        who.held = policy;
        return who.asks('writing', this.now + within);
      },
    };
    this.protocol(store, clock, live => this.library.change(live as PolicyDocument, who))
      .catch(error => { who.failure = error; })
      .finally(() => { who.phase = 'done'; });
  }

  private read(who: Writer): void {
    who.held = this.policy;
    who.phase = 'read';
  }

  private giveUp(who: Writer): void {
    who.lost++;
    const { landing } = this.space;
    if (landing !== undefined) this.landings.push({ from: who.readAt + landing, at: who.readAt + landing, policy: who.held! });
    this.wrote(who, 'given up');
  }

  /** Waits in the same way as live-policy.ts. */
  private waitOut(who: Writer): void {
    who.unanswered++;
    who.phase = 'unanswered';
    who.due = this.now + GAP;
  }

  private cutOff(who: Writer): void {
    who.cutOff++;
    who.phase = 'not begun';
    this.landings.push({ from: this.now, at: who.due, policy: who.held! });
  }

  private land(landing: Landing): void {
    this.policy = landing.policy;
    this.landings = this.landings.filter(one => one !== landing);
  }

  private wrote(who: Writer, outcome: Outcome): void {
    who.outcome = outcome;
    who.writtenAt = this.now;
    this.return(who, outcome);
  }

  private return(who: Writer, value?: unknown): void {
    if (who.phase === 'read' && this.now >= who.readAt + GAP && this.library.change(who.held!, who)) who.slow++;
    who.phase = 'running';
    who.answer!(value);
  }

  private tick(): void {
    const { step, justUnder } = this.space;
    const grid = (Math.floor(this.now / step) + 1) * step;
    const stops = [grid, ...this.going.map(({ due }) => due), ...this.landings.map(({ at }) => at), ...justUnder ? [grid - 1] : []];
    this.now = Math.min(...stops.filter(at => at > this.now));
    for (const writer of this.writers) writer.isWaiting = false;
  }
}

function spoken(at: number, { what, who }: Move): string {
  return who ? `${at} ${NAMES[who.nth]} ${what}` : `${at} ${what}`;
}

/** Returns the writers in all orders that have the given order of kinds. */
function ordersOf([kind, ...kinds]: readonly Kind[], writers: readonly Writer[]): Writer[][] {
  if (writers.length === 0) return [[]];
  return writers.filter(writer => writer.kind === kind).flatMap(first =>
    ordersOf(kinds, writers.filter(other => other !== first)).map(rest => [first, ...rest]));
}

function explore(protocol: Protocol, kinds: readonly Kind[], space: Space, areAllFollowed = false): Promise<Explored> {
  const library = new Library();
  return exploreAll(() => new World(protocol, kinds, space, library), areAllFollowed);
}

/** Runs the moves of the script, by time. Moves that no other writer can observe may be omitted if they come immediately. */
async function follow(kinds: readonly Kind[], space: Space, script: Readonly<Record<number, string>>): Promise<string[]> {
  const lines = Object.entries(script).flatMap(([at, moves]) => moves.split(', ').map(move => `${at} ${move}`));
  const world = new World(converge, kinds, space, new Library());
  await world.run(moves => {
    const told = moves.findIndex(move => spoken(world.now, move) === lines[0]);
    if (told >= 0) lines.shift();
    if (told >= 0 || moves.length === 1) return Math.max(told, 0);
    const [{ who, what }, { what: other }] = moves;
    if (other === 'waits') return lines.find(line => line.includes(` ${NAMES[who!.nth]} `))?.endsWith(what) ? 1 : 0;
    const passes = moves.indexOf(TIME_PASSES);
    if (passes < 0 && lines.length > 0) throw new Error(`cannot be next: ${lines[0]}`);
    return Math.max(passes, 0);
  });
  expect(lines).toEqual([]);
  return world.faults;
}

const [TWO, THREE] = [2, 3].map(count => new Array(count + 1).fill(0).map((_none, withdrawing) =>
  new Array(count).fill('merges').fill('withdraws', count - withdrawing) as Kind[]));

test.each<[string, Kind[][], { most: number; spaces: Space[] }]>([
  ['2 writers', TWO, {
    most: 3,
    spaces: [{ step: GAP / 4, lost: 1 }, { step: GAP / 2, justUnder: true }, { step: GAP, slow: 1 },
      { step: GAP, unanswered: 1 }, { step: GAP, cutOff: 1 }],
  }],
  ['3 writers', THREE, {
    most: 7,
    spaces: [{ step: GAP / 2 }, { step: GAP, lost: 1 }],
  }],
])('%s all succeed in every interleaving', async (name, all, { most, spaces }) => {
  let [tried, ways] = [0, 0];
  for (const kinds of all) {
    for (const space of spaces) {
      const explored = await explore(converge, kinds, space);
      expect(explored.failure?.join('\n')).toBeUndefined();
      expect(explored.writes).toBeLessThanOrEqual(most + kinds.length * ((space.lost ?? 0) + 2 * (space.cutOff ?? 0)));
      tried += explored.runs;
      ways += explored.ways;
    }
  }
  process.stdout.write(`${name}: ${tried} interleavings, which ${ways.toExponential(0)} come down to\n`);
  expect(tried).toBeGreaterThan(50_000);
}, 180_000);

test.each(TWO.map(kinds => [kinds]))('exploring a known state again would lead to no other result: %j', async kinds => {
  const all = await explore(converge, kinds, { step: GAP }, true);
  const { runs, ways, writes } = await explore(converge, kinds, { step: GAP });
  expect(all).toEqual({ runs: all.ways, ways, writes });
  expect(runs).toBeLessThan(all.runs / 5);
});

/** Returns a protocol like `converge` with another settling time, in milliseconds. */
const settledAfter = (settled: number): Protocol => async (store, clock, change) => {
  for (let written = clock.now(); ;) {
    const read = clock.now();
    const wanted = change(await store.read());
    const left = written + settled - read;
    if (typeof wanted === 'object') {
      await store.write(wanted, read + GAP - clock.now());
      written = clock.now();
    } else if (left > 0) {
      await clock.sleep(left);
    } else {
      return;
    }
  }
};

test.each([0, GAP * 3 / 4, GAP])('with a settling time of %p ms, one of two writers can lose its change', async settled => {
  for (const kinds of TWO) {
    const { failure } = await explore(settledAfter(settled), kinds, { step: GAP / 4 });
    expect(failure?.at(-1)).toMatch(/^[AB] (merges|withdraws) in vain$/);
  }
});

test.each([GAP, GAP * 3 / 2])('no writer loses its change to a write that takes effect %p ms after its reading', async landing => {
  for (const kinds of [...TWO, ...THREE]) {
    const { failure } = await explore(converge, kinds, { step: GAP, lost: 1, landing });
    expect(failure?.join('\n')).toBeUndefined();
  }
});

describe('limits of the protocol:', () => {
  test('a write that takes effect two GAPs after its reading can undo changes made in between', async () => {
    expect(await follow(['merges', 'merges'], { step: GAP, lost: 1, landing: 2 * GAP }, {
      0: 'A begins, B begins, A reads, B reads, A writes, A reads',
      [GAP]: 'B gives up',
      [2 * GAP]: 'A reads, what was given up is written',
    })).toEqual(['A merges in vain']);
  });

  test('one of four writers loses its change if another one writes at the last moment twice', async () => {
    expect(await follow(['merges', 'merges', 'merges', 'merges'], { step: GAP }, {
      0: 'A begins, B begins, C begins, D begins, '
        + 'A reads, B reads, A writes, A reads, C reads, B writes, D reads, C writes, B reads, D writes, D reads',
      [GAP]: 'C has written, C reads, B writes, B reads',
      [2 * GAP]: 'A reads, C writes',
    })).toEqual(['A merges in vain']);
  });
});
