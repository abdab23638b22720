import { ruleKey } from '../../../../lambda/shared/registry/claims';
import { addRules, removeRules, SharedRules } from '../../../../lambda/shared/registry/shared-rules';
import { GAP } from '../../../../lambda/shared/repository/settling';
import { claimPath, parseClaim, renderClaim } from '../../../../src/core/registry-rules/claim';
import { exploreAll, Explored } from '../../explore-all';

/** What a request does: the rules that the stack needs afterwards, or nothing for a Delete. */
type Request = readonly string[] | 'Delete';

interface Scene {
  /** The rules of the registry at the start, with those of nobody. */
  readonly rules: readonly string[];
  /** The rules that each stack has, and those that it found. */
  readonly stacks: ReadonlyArray<{ readonly own?: readonly string[]; readonly found?: readonly string[]; readonly request: Request }>;
  readonly expected: readonly string[];
  /** Number of times that one of the requests can be interrupted and start again. @default 0 */
  readonly cuts?: number;
}

/** A fault of the protocol that the test must find. */
type Planted = 'claims of others are not read' | 'claims are not kept until the rules are removed';

const stackIdOf = (nth: number) => `arn:aws:cloudformation:eu-west-1:111111111111:stack/S${nth}/0000000${nth}-1111-1111-1111-111111111111`;
const nameOf = (nth: number) => `${claimPath('letters')}/${stackIdOf(nth).split('/')[2]}`;

/** A request that runs until its next call, which the world makes when it is chosen. */
class Stack {
  isDone = false;
  failure: unknown;
  pending?: { readonly call: string; readonly run: () => unknown; readonly answer: (value: unknown) => void; readonly since: number };
  wakes?: { readonly at: number; readonly answer: () => void };
  /** Everything that the request has seen. */
  readonly seen = new Array<string>();
  readAt = 0;

  constructor(readonly nth: number, readonly request: Request) {}
}

class World {
  now = 0;
  writes = 0;
  private cuts = 0;
  readonly schedule = new Array<string>();
  private rules: readonly string[];
  private readonly claims = new Map<string, string>();
  private readonly stacks: Stack[];
  /** Number of the last start of each request. What an interrupted one still does has no effect. */
  private readonly generations = new Map<Stack, number>();

  constructor(private readonly scene: Scene, private readonly planted?: Planted) {
    this.rules = scene.rules;
    scene.stacks.forEach(({ own = [], found = [] }, nth) => {
      const claim = { stack: stackIdOf(nth), own: own.map(ruleKey), found: found.map(ruleKey), leaving: [] };
      if (own.length + found.length > 0) this.claims.set(nameOf(nth), renderClaim(claim));
    });
    this.stacks = scene.stacks.map(({ request }, nth) => new Stack(nth, request));
  }

  get faults(): string[] {
    const added = this.scene.stacks.flatMap(({ own = [] }) => own);
    const foundable = this.scene.rules.filter(rule => !added.includes(rule)).map(ruleKey);
    const owners = this.stacks.filter(({ request }) => request !== 'Delete').map(({ nth }) => nameOf(nth));
    return [
      ...this.stacks.filter(({ failure }) => failure !== undefined).map(({ nth, failure }) => `S${nth} failed: ${String(failure)}`),
      ...[...this.rules].sort().join() === [...this.scene.expected].sort().join() ? []
        : [`the rules are ${this.rules.join()} instead of ${this.scene.expected.join()}`],
      ...[...this.claims.keys()].sort().join() === owners.sort().join() ? [] : [`there are claims of ${[...this.claims.keys()].join()}`],
      ...[...this.claims.values()].some(text => text.includes('leaving')) ? ['a claim has rules that are leaving'] : [],
      ...[...this.claims.values()].flatMap(text => parseClaim(text)!.found).filter(key => !foundable.includes(key))
        .map(() => 'a rule of a stack was taken for one that was there before, so nobody would remove it'),
    ];
  }

  key(): string {
    const stacks = this.stacks.map(({ isDone, pending, wakes, seen, readAt }) =>
      [isDone, pending && [pending.call, this.now - pending.since], wakes && wakes.at - this.now, isDone || seen, this.now - readAt]);
    return JSON.stringify([this.rules, [...this.claims].sort(), stacks, this.cuts]);
  }

  async run(choose: (moves: ArrayLike<unknown>) => number | undefined): Promise<boolean> {
    for (const stack of this.stacks) this.start(stack);
    for (;;) {
      for (let turn = 0; turn < 40; turn++) await Promise.resolve();
      const moves = this.moves();
      if (moves.length === 0) return true;
      const chosen = choose(moves);
      if (chosen === undefined) return false;
      this.schedule.push(moves[chosen].what);
      moves[chosen].do();
    }
  }

  private moves() {
    const running = this.stacks.filter(({ pending }) => pending);
    const calls = running.flatMap(stack => [
      { what: `${this.now}: S${stack.nth} ${stack.pending!.call}`, do: () => this.make(stack) },
      ...this.cuts < (this.scene.cuts ?? 0)
        ? [{ what: `${this.now}: S${stack.nth} ${stack.pending!.call}, and is interrupted`, do: () => this.cut(stack) }] : [],
    ]);
    const next = Math.min(...this.stacks.map(({ wakes }) => wakes?.at ?? Infinity));
    // an attempt that takes longer is repeated, so it is not another case
    const mayPass = running.every(({ readAt }) => next - readAt <= GAP);
    return next === Infinity || !mayPass ? calls : [...calls, { what: `${next}: time passes`, do: () => this.pass(next) }];
  }

  private make(stack: Stack): void {
    const { run, answer, call } = stack.pending!;
    stack.pending = undefined;
    const value = run();
    stack.seen.push(`${this.now} ${call} ${JSON.stringify(value)}`);
    answer(value);
  }

  private cut(stack: Stack): void {
    stack.pending!.run();
    this.cuts++;
    stack.seen.length = 0;
    this.start(stack);
  }

  private pass(until: number): void {
    this.now = until;
    for (const stack of this.stacks) {
      const { wakes } = stack;
      if (wakes?.at !== until) continue;
      stack.wakes = undefined;
      wakes.answer();
    }
  }

  private start(stack: Stack): void {
    const generation = (this.generations.get(stack) ?? 0) + 1;
    this.generations.set(stack, generation);
    stack.pending = stack.wakes = undefined;
    stack.readAt = this.now;
    const isCurrent = () => this.generations.get(stack) === generation;
    const ask = <T>(call: string, run: () => T): Promise<T> => new Promise(resolve => {
      if (isCurrent()) stack.pending = { call, run, answer: resolve as (value: unknown) => void, since: this.now };
    });
    const shared: SharedRules<readonly string[], string> = {
      subject: 'Registry',
      kind: 'letters',
      rules: stack.request === 'Delete' ? [] : stack.request,
      read: () => ask('reads the rules', () => this.rules),
      rulesOf: rules => rules,
      textOf: rule => rule,
      with: (_live, rules) => rules,
      refuse: () => {},
      isSame: (one, other) => one.join() === other.join(),
      write: (_ecr, rules) => ask(`writes ${rules.join()}`, () => {
        this.writes++;
        this.rules = rules;
      }),
      remedyFor: () => undefined,
    };
    const job = {
      clock: {
        now: () => this.now,
        sleep: (milliseconds: number) => new Promise<void>(resolve => {
          if (isCurrent()) stack.wakes = { at: this.now + milliseconds, answer: resolve };
        }),
      },
      request: { StackId: stackIdOf(stack.nth) },
      signal: new AbortController().signal,
      deadline: Infinity,
      patience: 0,
      progress: () => {},
      log: () => {},
      begin: () => {},
    };
    const clients = {
      ssm: () => ({ send: ({ constructor: { name }, input }: any) => ask(name, () => this.parameters(name, input, stack)) }),
      ecr: () => undefined,
    };
    const work = stack.request === 'Delete'
      ? removeRules(job as never, clients as never, shared, stackIdOf(stack.nth)) : addRules(job as never, clients as never, shared);
    work.catch(error => { if (isCurrent()) stack.failure = error; }).finally(() => {
      if (isCurrent()) stack.isDone = true;
    });
  }

  private parameters(command: string, input: { readonly Name: string; readonly Value: string }, stack: Stack): object {
    if (command === 'PutParameterCommand') {
      const isEarly = this.planted === 'claims are not kept until the rules are removed' && stack.request === 'Delete';
      if (isEarly) this.claims.delete(input.Name);
      else this.claims.set(input.Name, input.Value);
    }
    if (command === 'DeleteParameterCommand') this.claims.delete(input.Name);
    if (command !== 'GetParametersByPathCommand') return {};
    stack.readAt = this.now;
    const visible = [...this.claims].filter(([name]) => this.planted !== 'claims of others are not read' || name === nameOf(stack.nth));
    return { Parameters: visible.map(([Name, Value]) => ({ Name, Value })) };
  }
}

const SCENES: ReadonlyArray<readonly [string, Scene]> = [
  ['both add the same rule', { rules: ['f'], stacks: [{ request: ['r'] }, { request: ['r'] }], expected: ['f', 'r'] }],
  ['both add different rules', { rules: ['f'], stacks: [{ request: ['r'] }, { request: ['s'] }], expected: ['f', 'r', 's'] }],
  ['one removes the rule that the other adds',
    { rules: ['f', 'r'], stacks: [{ own: ['r'], request: 'Delete' }, { request: ['r'] }], expected: ['f', 'r'] }],
  ['one replaces the rule that the other adds',
    { rules: ['f', 'r'], stacks: [{ own: ['r'], request: ['s'] }, { request: ['r'] }], expected: ['f', 'r', 's'] }],
  ['both remove the same rule',
    { rules: ['f', 'r'], stacks: [{ own: ['r'], request: 'Delete' }, { own: ['r'], request: 'Delete' }], expected: ['f'] }],
  ['one rolls back to the rule that the other removes',
    { rules: ['f', 'r', 's'], stacks: [{ own: ['s'], request: ['r'] }, { own: ['r'], request: 'Delete' }], expected: ['f', 'r'] }],
  ['both need a rule that was there before, and one stops needing it',
    { rules: ['f', 'r'], stacks: [{ found: ['r'], request: 'Delete' }, { request: ['r'] }], expected: ['f', 'r'] }],
  ['both remove a rule that was there before',
    { rules: ['f', 'r'], stacks: [{ found: ['r'], request: 'Delete' }, { found: ['r'], request: 'Delete' }], expected: ['f', 'r'] }],
];

function explore(scene: Scene, planted?: Planted): Promise<Explored> {
  return exploreAll(() => new World(scene, planted));
}

describe('two stacks change the rules of a registry at the same time', () => {
  const { timeout } = AbortSignal;
  // the time of the world passes, not that of the machine
  beforeAll(() => { AbortSignal.timeout = () => new AbortController().signal; });
  afterAll(() => { AbortSignal.timeout = timeout; });

  test.each(SCENES)('%s: every interleaving of their calls ends with exactly the rules that are needed', async (what, scene) => {
    const explored = await explore(scene);
    expect(explored.failure).toBeUndefined();
    process.stdout.write(`${what}: ${explored.runs} runs, ${explored.ways} interleavings\n`);
  });

  const interrupted = SCENES.filter(([what]) => what === 'both add the same rule');
  test.each(interrupted)('%s, and one of them can be interrupted after any call', async (what, scene) => {
    const explored = await explore({ ...scene, cuts: 1 });
    expect(explored.failure).toBeUndefined();
    process.stdout.write(`${what}, interrupted: ${explored.runs} runs, ${explored.ways} interleavings\n`);
  });

  test.each<[Planted, Scene]>([
    ['claims of others are not read', SCENES[2][1]],
    ['claims are not kept until the rules are removed', SCENES[2][1]],
  ])('the search finds a planted fault: %s', async (planted, scene) => {
    expect((await explore(scene, planted)).failure).toBeDefined();
  });
});
