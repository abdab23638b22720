import { shortHash } from '../../../../lambda/shared/images/memo';
import { ImageTagStore, removeTags, TagRemoval, Timing } from '../../../../lambda/shared/images/remove-tags';
import { exploreAll, Explored } from '../../explore-all';

type Protocol = typeof removeTags;

/** The patience is longer than a pause, the life of a function is longer than that, and CloudFormation waits even longer for a response. */
const TIMES: Timing = { pause: 1, patience: 6, life: 14 };
const TIMEOUT = 15;

interface Deletion {
  readonly name: string;
  readonly tags: readonly string[];
  /** Whether the deletion is that of an `ImageCopy` that copied the image. */
  readonly mayDeleteImage?: boolean;
}

/** The events that a run can contain. */
interface Space {
  readonly deletions: readonly Deletion[];
  /** Tags that no deletion may remove. */
  readonly others?: readonly string[];
  /** Number of functions that can end early. A call in progress can still take effect before CloudFormation sends the next request. */
  readonly deaths?: number;
  /** Number of times that the clock can advance although a function could continue. */
  readonly slow?: number;
  readonly times?: Timing;
}

type Operation = { readonly kind: 'read' } | { readonly kind: 'put'; readonly tag: string } | { readonly kind: 'remove'; tags: string[] };

/** A function that removes the tags of one resource. */
class Run {
  phase: 'running' | 'calling' | 'sleeping' | 'done' | 'dead' = 'running';
  operation?: Operation;
  due = 0;
  /** The holding tag that the function has put or is putting. */
  hold?: string;
  /** Everything since the last reading that affects the next steps. */
  trace = '';
  failure: unknown;
  answer?: (value?: unknown) => void;

  constructor(readonly deletion: Deletion, readonly nth: number, readonly request: string, readonly begunAt: number) {}

  get name(): string {
    return `${this.deletion.name}${this.nth}`;
  }
}

interface Move {
  readonly what: 'calls' | 'dies' | 'is called' | 'time passes';
  readonly who?: Run;
}

/** An image, a clock, and the functions that remove its tags concurrently. */
class World {
  now = 0;
  writes = 0;
  readonly past = new Array<string>();
  private tags: string[] | undefined;
  private readonly runs = new Array<Run>();
  private readonly awaited = new Array<{ readonly deletion: Deletion; readonly due: number; readonly nth: number }>();
  private deaths = 0;
  private slow = 0;
  private readonly times: Timing;

  constructor(private readonly protocol: Protocol, private readonly space: Space) {
    this.tags = [...new Set([...space.deletions.flatMap(({ tags }) => tags), ...space.others ?? []])];
    this.times = space.times ?? TIMES;
  }

  async run(choose: (moves: readonly Move[]) => number | undefined): Promise<boolean> {
    for (const deletion of this.space.deletions) await this.start(deletion, this.runs.filter(run => run.deletion === deletion).length);
    for (let moves = this.moves(); moves.length > 0; moves = this.moves()) {
      if (this.faults.length > 0) return true;
      const chosen = choose(moves);
      if (chosen === undefined) return false;
      await this.move(moves[chosen]);
    }
    return true;
  }

  get schedule(): string[] {
    return this.past;
  }

  /** Only a deletion that may delete the image can delete it, and only if the image has no tags of others. */
  get faults(): string[] {
    const { deletions, others = [], deaths = 0, slow = 0 } = this.space;
    const mayGo = others.length === 0 && deletions.some(({ mayDeleteImage }) => mayDeleteImage);
    const failed = this.runs.filter(({ failure }) => failure !== undefined).map(({ name, failure }) => `${name} fails: ${String(failure)}`);
    if (this.tags === undefined) return mayGo ? failed : [...failed, 'the image is gone'];
    const isOver = this.awaited.length === 0 && this.runs.every(({ phase }) => phase === 'done' || phase === 'dead');
    if (!isOver || slow > 0 || this.times.life === 0) return failed;
    if (deaths > 0) return [...failed, ...this.tags.filter(isHold).map(tag => `${this.labelOf(tag)} holds for ever`)];
    const [last] = this.tags.filter(tag => !isHold(tag));
    const left = this.tags.join();
    return left === (others.length > 0 ? others.join() : last) ? failed : [...failed, `the tags ${left} are left`];
  }

  key(): string {
    const age = (tag: string) => Math.min(this.now - this.putAt(tag), this.times.life);
    return [
      `${this.deaths} ${this.slow}`,
      this.tags?.map(tag => isHold(tag) ? `${this.labelOf(tag)}@${age(tag)}` : tag).sort().join(),
      ...this.runs.map(({ name, phase, operation, due, hold, trace, begunAt }) => {
        const call = operation && JSON.stringify(operation).replace(/"cdk-[^"]*"/g, tag => this.labelOf(tag.slice(1, -1)));
        if (phase === 'done' || (phase === 'dead' && !operation)) return `${name} ${phase}`;
        const left = Math.max(0, begunAt + this.times.patience - this.now);
        const rest = phase === 'sleeping' ? due - this.now : '';
        return `${name} ${phase} ${call} ${rest} ${hold === undefined ? '' : 'holds'} ${left} ${trace}`;
      }),
      ...this.awaited.map(({ deletion, due }) => `${deletion.name} ${due - this.now}`),
    ].join('|');
  }

  private labelOf(tag: string): string {
    return this.runs.find(run => run.hold === tag)?.name ?? `?${tag}`;
  }

  private putAt(tag: string): number {
    return parseInt(tag.split('-').at(-2)!, 36);
  }

  private async start(deletion: Deletion, nth: number, request = `${deletion.name}`): Promise<void> {
    const run = new Run(deletion, nth, request, this.now);
    this.runs.push(run);
    const ask = <T>(operation: Operation) => {
      run.phase = 'calling';
      run.operation = operation;
      return new Promise<T>(resolve => { run.answer = resolve as (value?: unknown) => void; });
    };
    const image: ImageTagStore = {
      read: () => ask({ kind: 'read' }),
      put: tag => {
        run.hold = tag;
        return ask({ kind: 'put', tag });
      },
      remove: tags => ask({ kind: 'remove', tags: [...tags] }),
    };
    const removal: TagRemoval = {
      clock: {
        now: () => this.now,
        sleep: milliseconds => {
          run.phase = 'sleeping';
          run.operation = undefined;
          run.trace = '';
          run.due = this.now + milliseconds;
          return new Promise(resolve => { run.answer = resolve as () => void; });
        },
      },
      resource: shortHash(deletion.name),
      request: `${shortHash(request)}${nth}`,
      mayDeleteImage: deletion.mayDeleteImage ?? false,
      isOwn: tag => deletion.tags.includes(tag),
      log: () => {},
    };
    this.protocol(image, removal, this.times).catch(error => { run.failure = error; }).finally(() => {
      if (run.phase === 'dead') return;
      run.phase = 'done';
      run.operation = undefined;
    });
    await this.settle(run);
  }

  private async settle(run: Run): Promise<void> {
    while (run.phase === 'running') await undefined;
  }

  private moves(): Move[] {
    const alive = this.runs.filter(({ phase }) => phase === 'calling' || phase === 'sleeping');
    const calling = alive.filter(({ phase }) => phase === 'calling');
    const moves: Move[] = calling.map(who => ({ what: 'calls', who }));
    if (this.deaths < (this.space.deaths ?? 0)) moves.push(...alive.map(who => ({ what: 'dies', who } as const)));
    for (const who of this.runs) if (who.phase === 'dead' && who.operation) moves.push({ what: 'is called', who });
    const isAnybodyWaiting = alive.length > calling.length || this.awaited.length > 0;
    const isIdle = calling.length === 0;
    if (isIdle ? isAnybodyWaiting : this.slow < (this.space.slow ?? 0)) moves.push({ what: 'time passes' });
    return moves;
  }

  private async move({ what, who }: Move): Promise<void> {
    if (what === 'time passes') return this.tick();
    this.past.push(`${this.now} ${who!.name} ${what}${who!.operation ? `: ${JSON.stringify(who!.operation)}` : ''}`);
    if (what === 'dies') {
      this.deaths++;
      if (who!.operation?.kind === 'read') who!.operation = undefined;
      who!.phase = 'dead';
      this.awaited.push({ deletion: who!.deletion, due: Math.max(who!.begunAt + TIMEOUT, this.now + 1), nth: who!.nth + 1 });
      return;
    }
    const operation = who!.operation!;
    const answer = this.perform(operation);
    if (operation.kind === 'remove' && operation.tags.length > 0) return; // one tag at a time
    if (what === 'is called') {
      who!.operation = undefined;
      return;
    }
    who!.operation = undefined;
    if (who!.hold !== undefined && operation.kind === 'remove' && !this.tags?.includes(who!.hold)) who!.hold = undefined;
    who!.trace = operation.kind === 'read' ? this.view(answer as string[], who!) : `${who!.trace} ${operation.kind}`;
    who!.phase = 'running';
    who!.answer!(answer);
    await this.settle(who!);
  }

  /** Returns what a function decides by: the holding tags in effect, and whether its patience has ended. */
  private view(tags: readonly string[], { begunAt }: Run): string {
    const seen = tags.map(tag => isHold(tag) ? `${this.labelOf(tag)}${this.putAt(tag) + this.times.life > this.now ? '' : ' stale'}` : tag);
    return `${seen.sort().join()}${this.now >= begunAt + this.times.patience ? ' late' : ''}`;
  }

  private perform(operation: Operation): string[] | boolean | undefined {
    switch (operation.kind) {
      case 'read': return [...this.tags ?? []];
      case 'put':
        this.writes++;
        this.tags = [...new Set([...this.tags ?? [], operation.tag])];
        return true;
      case 'remove': {
        this.writes++;
        const tag = operation.tags.shift()!;
        if (!this.tags?.includes(tag)) return undefined;
        this.tags = this.tags.filter(other => other !== tag);
        if (this.tags.length === 0) this.tags = undefined;
      }
    }
    return undefined;
  }

  private async tick(): Promise<void> {
    if (this.runs.some(({ phase }) => phase === 'calling')) this.slow++;
    // a call in progress has taken effect long before CloudFormation sends the next request
    const dues = [...this.runs.filter(({ phase }) => phase === 'sleeping').map(({ due }) => due), ...this.awaited.map(({ due }) => due)];
    this.now = this.runs.some(({ phase }) => phase === 'calling') ? this.now + 1 : Math.min(...dues);
    for (const run of this.runs) {
      if (run.phase !== 'sleeping' || run.due > this.now) continue;
      run.phase = 'running';
      run.answer!();
      await this.settle(run);
    }
    for (const next of this.awaited.filter(({ due }) => due <= this.now)) {
      this.awaited.splice(this.awaited.indexOf(next), 1);
      for (const run of this.runs) {
        if (run.deletion !== next.deletion || run.phase !== 'dead') continue;
        while (run.operation && (run.operation.kind !== 'remove' || run.operation.tags.length > 0)) {
          this.perform(run.operation);
          if (run.operation.kind !== 'remove') run.operation = undefined;
        }
        run.operation = undefined;
      }
      await this.start(next.deletion, next.nth, `${next.deletion.name}${next.nth}`);
    }
  }
}

const isHold = (tag: string) => tag.startsWith('cdk-ecr-keeper-hold-');

const explore = (space: Space, areAllFollowed = false, protocol: Protocol = removeTags): Promise<Explored> =>
  exploreAll(() => new World(protocol, space), areAllFollowed);

const A: Deletion = { name: 'A', tags: ['a'] };
const AA: Deletion = { name: 'A', tags: ['a', 'aa'] };
const B: Deletion = { name: 'B', tags: ['b'] };
const C: Deletion = { name: 'C', tags: ['c'] };
const COPY: Deletion = { name: 'Copy', tags: ['v1'], mayDeleteImage: true };

test.each<[string, Space[]]>([
  ['2 deletions', [
    { deletions: [A, B] }, { deletions: [AA, B] }, { deletions: [AA, B], others: ['theirs'] },
    { deletions: [AA, B], slow: 3 }, { deletions: [A, B], others: ['theirs'], slow: 3 },
    { deletions: [A, B], deaths: 2 }, { deletions: [AA, B], deaths: 1 }, { deletions: [AA, B], others: ['theirs'], deaths: 2 },
    { deletions: [A, B], deaths: 1, slow: 1 },
  ]],
  ['3 deletions', [
    { deletions: [A, B, C] }, { deletions: [AA, B, C], others: ['theirs'] }, { deletions: [A, B, C], slow: 1 },
    { deletions: [A, B, C], deaths: 1 }, { deletions: [A, B, C], others: ['theirs'], deaths: 1 },
  ]],
  ['deletions of an ImageCopy that copied the image and of ImageTags', [
    { deletions: [COPY, A] }, { deletions: [COPY, A, B] }, { deletions: [COPY, A], others: ['theirs'] },
    { deletions: [COPY, A], others: ['theirs'], deaths: 2 }, { deletions: [COPY, A], deaths: 1 },
  ]],
  ['a request that was sent twice and another one', [{ deletions: [A, A, B] }, { deletions: [A, A, B], deaths: 1 }]],
  ['two deletions of the same tag and another one', [
    { deletions: [A, { ...B, tags: ['a', 'b'] }] }, { deletions: [A, { ...B, tags: ['a'] }, C], deaths: 1 },
  ]],
  ['expired holding tags', [
    { deletions: [AA, B], times: { ...TIMES, life: 0 }, deaths: 1 }, { deletions: [A, B, C], times: { ...TIMES, life: 0 } },
  ]],
])('%s: the image is retained, and all tags except the last are removed', async (name, spaces) => {
  let [tried, ways] = [0, 0];
  for (const space of spaces) {
    const explored = await explore(space);
    expect({ space, failure: explored.failure?.join('\n') }).toEqual({ space, failure: undefined });
    tried += explored.runs;
    ways += explored.ways;
  }
  process.stdout.write(`${name}: ${tried} interleavings, which ${ways.toExponential(0)} come down to\n`);
}, 300_000);

test('exploring a known state again would lead to no other result', async () => {
  for (const space of [{ deletions: [A, B] }, { deletions: [A, B], others: ['theirs'], deaths: 1 }]) {
    const { runs, ways, writes } = await explore(space);
    expect(await explore(space, true)).toEqual({ runs: ways, ways, writes });
    expect(runs).toBeLessThan(ways);
  }
}, 60_000);

describe('the exploration finds the fault of', () => {
  const failure = async (space: Space, protocol: Protocol) => (await explore(space, false, protocol)).failure?.at(-1);

  test('a deletion that only reads before each removal', async () => {
    const protocol: Protocol = async (image, { isOwn }) => {
      for (const tag of (await image.read()).filter(isOwn)) {
        const tags = await image.read();
        if (tags.includes(tag) && tags.length > 1) await image.remove([tag]);
      }
    };
    expect(await failure({ deletions: [A, B] }, protocol)).toBe('the image is gone');
    expect(await failure({ deletions: [A, B, C] }, protocol)).toBe('the image is gone');
  });

  test('a deletion that treats the holding tags of others as tags that remain', async () => {
    const protocol: Protocol = (image, removal, timing) => {
      const isForeign = (tag: string) => isHold(tag) && !tag.includes(removal.resource);
      const read = async () => (await image.read()).map(tag => isForeign(tag) ? `other-${tag}` : tag);
      return removeTags({ ...image, read }, removal, timing);
    };
    expect(await failure({ deletions: [A, B], slow: 1 }, protocol)).toBe('the image is gone');
  });

  test('a deletion that does not read after its last removal', async () => {
    const protocol: Protocol = (image, removal, timing) => {
      let known: readonly string[] | undefined;
      return removeTags({
        ...image,
        read: async () => known ?? image.read(),
        remove: async tags => {
          known ??= (await image.read()).filter(tag => !tags.includes(tag));
          await image.remove(tags);
        },
      }, removal, timing);
    };
    expect(await failure({ deletions: [A, B], times: { ...TIMES, life: 0 } }, protocol)).toBe('the image is gone');
  });
});
