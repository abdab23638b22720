import { keepImages, releaseImages } from '../../../lambda/image-shield-protect/carry-out';
import { changeState, LiveImage, Partition } from '../../../lambda/image-shield-protect/partition';
import { entriesOf, withDone, withReleases, withUses } from '../../../lambda/image-shield-protect/state-changes';
import { NEW_STATE, PartitionState, ProtectedImage } from '../../../src/core/shield/state';
import { isKeepTag, keepTag, releasedTag } from '../../../src/core/shield/tags';
import { exploreAll, Explored } from '../explore-all';

const REPOSITORY = 'team/app';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const PREFIX = 'in-use-';
const SOURCE = '111111111111/eu-west-1 ecs';
const KEPT = keepTag(PREFIX, DIGEST);

/** Day of a search. `keepAfterUse` is one day. */
const day = (nth: number) => new Date(Date.UTC(2026, 0, nth)).toISOString();
const GRACE = 86_400;

/**
 * - `run`: a run whose search found the image in use, or not.
 * - `event`: the image starts.
 * - `untag`: an `ImageTags` is removed, or a push moves the tag, so that the image has one tag fewer.
 * - `expire`: ECR applies the lifecycle policy, whose first rule keeps images with a keep tag.
 */
type Actor =
  | { readonly kind: 'run'; readonly seenAt: number; readonly isUsed: boolean }
  | { readonly kind: 'event'; readonly seenAt: number }
  | { readonly kind: 'untag'; readonly tag: string }
  | { readonly kind: 'expire' };

interface Space {
  readonly actors: readonly Actor[];
  readonly tags: readonly string[];
  readonly state?: PartitionState;
  /** Number of functions that can end early. Their last call can take effect or not. */
  readonly deaths?: number;
}

type Keep = typeof keepImages;
type Release = typeof releaseImages;
type Merge = typeof withUses;
/** The parts of the protocol, which a planted fault replaces. */
interface Protocol { readonly keep: Keep; readonly release: Release; readonly merge: Merge }
const PROTOCOL: Protocol = { keep: keepImages, release: releaseImages, merge: withUses };

interface Running {
  readonly name: string;
  readonly actor: Actor;
  phase: 'running' | 'calling' | 'done' | 'dead';
  operation?: { readonly name: string; perform(): unknown };
  answer?: (value: unknown) => void;
  /** What the function has read since its last successful write, which determines its next steps. */
  trace: string;
  /** The trace before the state was read. A write that fails goes back there. */
  traceBeforeState: string;
  failure?: unknown;
}

/** One image, its state object, and the functions that work on both at the same time. */
class World {
  writes = 0;
  readonly schedule = new Array<string>();
  private readonly broken = new Array<string>();
  private tags: string[] | undefined;
  private text: string;
  private deaths = 0;
  private readonly running = new Array<Running>();

  constructor(private readonly space: Space, private readonly protocol: Protocol) {
    this.tags = [...space.tags];
    this.text = JSON.stringify(space.state ?? { ...NEW_STATE, complete: true });
  }

  async run(choose: (moves: ReadonlyArray<() => Promise<void>>) => number | undefined): Promise<boolean> {
    for (const [nth, actor] of this.space.actors.entries()) await this.start(actor, `${actor.kind}${nth}`);
    for (let moves = this.moves(); moves.length > 0; moves = this.moves()) {
      if (this.broken.length > 0) return true;
      const chosen = choose(moves);
      if (chosen === undefined) return false;
      await moves[chosen]();
    }
    return true;
  }

  get faults(): string[] {
    const failed = this.running.flatMap(({ name, failure }) => failure === undefined ? [] : [`${name} fails: ${String(failure)}`]);
    return [...this.broken, ...failed, ...this.deaths === 0 && this.broken.length === 0 ? this.faultsOfEnd : []];
  }

  /** If no function ended early, the image is protected exactly if the latest search found it in use or within the grace. */
  private get faultsOfEnd(): string[] {
    if (this.tags === undefined) return [];
    const seen = this.space.actors.flatMap(actor => actor.kind === 'event' || (actor.kind === 'run' && actor.isUsed) ? [actor.seenAt] : []);
    const [lastUse, lastRun] = [
      Math.max(0, ...seen), Math.max(0, ...this.space.actors.flatMap(actor => actor.kind === 'run' ? [actor.seenAt] : [])),
    ];
    const isKept = this.tags.some(tag => isKeepTag(PREFIX, DIGEST, tag));
    if (lastUse > 0 && lastUse >= lastRun && !isKept) return [`in use, but the tags are ${this.tags.join()}`];
    return [];
  }

  key(): string {
    return [
      this.deaths, [...this.tags ?? ['gone']].sort().join(), this.text,
      ...this.running.map(({ name, phase, operation, trace }) => `${name} ${phase} ${operation?.name} ${trace}`),
    ].join('|');
  }

  private get image(): ProtectedImage | undefined {
    return (JSON.parse(this.text) as PartitionState).images[REPOSITORY]?.[DIGEST];
  }

  private moves(): Array<() => Promise<void>> {
    const calling = this.running.filter(({ phase }) => phase === 'calling');
    const isFunction = ({ actor: { kind } }: Running) => kind === 'run' || kind === 'event';
    const mortal = this.deaths < (this.space.deaths ?? 0) ? calling.filter(isFunction) : [];
    return [
      ...calling.map(who => () => this.answer(who)),
      ...mortal.flatMap(who => [() => this.die(who, false), () => this.die(who, true)]),
    ];
  }

  private async answer(who: Running): Promise<void> {
    const { operation } = who;
    const value = operation!.perform();
    this.schedule.push(`${who.name}: ${operation!.name} → ${JSON.stringify(value)}`);
    this.check(who);
    if (operation!.name === 'read the state') who.traceBeforeState = who.trace;
    if (operation!.name !== 'write the state') who.trace += `${JSON.stringify(value)};`;
    else who.trace = value ? this.text : who.traceBeforeState;
    who.phase = 'running';
    who.operation = undefined;
    who.answer!(value);
    await settle(who);
  }

  private async die(who: Running, hasEffect: boolean): Promise<void> {
    this.deaths++;
    if (hasEffect) who.operation!.perform();
    this.schedule.push(`${who.name} ends during ${who.operation!.name}${hasEffect ? ', which takes effect' : ''}`);
    this.check(who);
    who.phase = 'dead';
    who.operation = undefined;
  }

  /** True at every moment: an image that the state calls kept has the keep tag that the state names. */
  private check({ name }: Running): void {
    const { image } = this;
    if (image?.phase === 'kept' && this.tags && !this.tags.includes(keepTag(PREFIX, DIGEST, image.generation))) {
      this.broken.push(`after ${name}, the state says kept, but the tags are ${this.tags.join()}`);
    }
  }

  private call<T>(who: Running, name: string, perform: () => T): Promise<T> {
    who.phase = 'calling';
    who.operation = { name, perform };
    return new Promise<T>(resolve => { who.answer = resolve as (value: unknown) => void; });
  }

  private async start(actor: Actor, name: string): Promise<void> {
    const who: Running = { name, actor, phase: 'running', trace: '', traceBeforeState: '' };
    this.running.push(who);
    this.work(who).catch((error: unknown) => { who.failure = error; }).finally(() => { if (who.phase !== 'dead') who.phase = 'done'; });
    await settle(who);
  }

  private async work(who: Running): Promise<void> {
    const { actor } = who;
    if (actor.kind === 'untag') return void await this.call(who, `untag ${actor.tag}`, () => this.remove([actor.tag], who, true));
    if (actor.kind === 'expire') {
      return void await this.call(who, 'expire', () => {
        if (this.tags?.some(tag => tag.startsWith(PREFIX)) === false) this.tags = undefined;
      });
    }
    const partition = this.partitionOf(who);
    const search = { seenAt: day(actor.seenAt), wasSearched: () => actor.kind === 'run' };
    const isUsed = actor.kind === 'event' || actor.isUsed;
    const used = new Map(isUsed ? [[REPOSITORY, new Map([[DIGEST, { sources: [SOURCE], usedBy: 'a task', indexes: [] }]])]] : []);
    const state = await changeState(partition, NEW_STATE, async current => {
      const withAll = this.protocol.merge(current, used, search, 0);
      return actor.kind === 'run' ? withReleases(withAll, search, GRACE, 0) : withAll;
    });
    const entries = entriesOf(state);
    const never = () => false;
    const toKeep = entries.filter(({ image: { phase } }) => phase === 'wanted' || (phase === 'kept' && isUsed));
    const done = [
      ...(await this.protocol.keep(partition, toKeep, PREFIX, () => undefined, never)).done,
      ...actor.kind === 'run' ? await this.protocol.release(
        partition, entries.filter(({ image: { phase } }) => phase === 'releasing'), PREFIX, () => undefined, never,
      ) : [],
    ];
    await changeState(partition, NEW_STATE, async current => withDone(current, done, 0));
  }

  private partitionOf(who: Running): Partition {
    return {
      readState: async () => {
        // like an ETag, the version is the same for the same content
        const version = await this.call(who, 'read the state', () => this.text);
        return { state: JSON.parse(version) as PartitionState, isDamaged: false, version };
      },
      writeState: (state, version) => this.call(who, 'write the state', () => {
        this.writes++;
        if (version !== this.text) return false;
        this.text = JSON.stringify(state);
        return true;
      }),
      describe: async () => {
        const tags = await this.call(who, 'read the tags', () => this.tags && [...this.tags]);
        return tags ? new Map<string, LiveImage>([[DIGEST, { tags, isActive: true }]]) : new Map<string, LiveImage>();
      },
      putTag: (_repository, _digest, tag) => this.call(who, `put ${tag}`, () => this.put(tag)),
      image: () => ({
        read: async () => this.call(who, 'read the tags', () => [...this.tags ?? []]),
        put: async tag => await this.call(who, `put ${tag}`, () => this.put(tag)) === undefined,
        remove: tags => this.call(who, `remove ${tags.join()}`, () => this.remove(tags, who, false)),
      }),
    };
  }

  /** An image that was expired in the meantime is pushed again by its manifest, or is gone with its layers. Here it is gone. */
  private put(tag: string): { kind: 'image-missing'; message: string } | undefined {
    this.writes++;
    if (this.tags === undefined) return { kind: 'image-missing', message: 'gone' };
    this.tags = [...new Set([...this.tags, tag])];
    return undefined;
  }

  /** ECR deletes an image with its last tag. Whoever removes other tags keeps the last tag (remove-tags.test.ts). */
  private remove(tags: readonly string[], { name }: Running, keepsLast: boolean): void {
    this.writes++;
    for (const tag of tags) {
      if (this.tags === undefined || !this.tags.includes(tag) || (keepsLast && this.tags.length === 1)) continue;
      this.tags = this.tags.filter(other => other !== tag);
      if (this.tags.length === 0) {
        this.tags = undefined;
        this.broken.push(`${name} deleted the image`);
      }
    }
  }
}

async function settle(who: Running): Promise<void> {
  while (who.phase === 'running') await undefined;
}

const explore = (space: Space, protocol: Protocol = PROTOCOL): Promise<Explored> => exploreAll(() => new World(space, protocol));

const stateWith = (image: Partial<ProtectedImage>): PartitionState => ({
  version: 1,
  complete: true,
  images: {
    [REPOSITORY]: {
      [DIGEST]: {
        generation: 1,
        phase: 'kept',
        changed: day(1),
        since: day(1),
        lastUsed: day(1),
        seenIn: [SOURCE],
        usedBy: 'a task',
        indexes: [],
        ...image,
      },
    },
  },
});

const used = (seenAt: number): Actor => ({ kind: 'run', seenAt, isUsed: true });
const unused = (seenAt: number): Actor => ({ kind: 'run', seenAt, isUsed: false });
const event = (seenAt: number): Actor => ({ kind: 'event', seenAt });
const untag: Actor = { kind: 'untag', tag: 'v1' };
const expire: Actor = { kind: 'expire' };
const KEPT_STATE = { tags: [KEPT, 'v1'], state: stateWith({}) };
const ONLY_KEPT = { tags: [KEPT], state: stateWith({}) };
const RELEASING = { tags: [KEPT, 'v1'], state: stateWith({ phase: 'releasing' }) };

test.each<[string, Space[]]>([
  ['a run that releases while the image starts', [
    { actors: [unused(5), event(6)], ...KEPT_STATE }, { actors: [unused(5), event(6)], ...ONLY_KEPT, deaths: 1 },
    { actors: [unused(5), event(6), untag], ...KEPT_STATE, deaths: 1 }, { actors: [unused(5), event(6), expire], ...KEPT_STATE },
  ]],
  ['two runs that overlap', [
    { actors: [unused(5), used(6)], ...KEPT_STATE, deaths: 2 }, { actors: [unused(5), unused(6)], ...ONLY_KEPT, deaths: 2 },
    { actors: [used(5), used(6)], tags: ['v1'], deaths: 2 }, { actors: [unused(5), used(6), untag], ...KEPT_STATE, deaths: 1 },
    { actors: [used(5), unused(6)], ...KEPT_STATE, deaths: 1 },
  ]],
  ['a release that another run continues', [
    { actors: [unused(5), unused(6), event(7)], ...RELEASING }, { actors: [unused(5), event(7)], ...RELEASING, deaths: 1 },
  ]],
  ['three functions, and ECR applies the policy', [
    { actors: [unused(5), event(6), event(7)], ...KEPT_STATE }, { actors: [used(5), event(6), expire], tags: ['v1'], deaths: 1 },
    { actors: [unused(5), used(6), expire], ...RELEASING },
  ]],
])('%s: no image is deleted, and an image in use keeps its keep tag', async (name, spaces) => {
  let [tried, ways] = [0, 0];
  for (const space of spaces) {
    const explored = await explore(space);
    expect({ actors: space.actors, failure: explored.failure?.join('\n') }).toEqual({ actors: space.actors, failure: undefined });
    tried += explored.runs;
    ways += explored.ways;
  }
  process.stdout.write(`${name}: ${tried} interleavings, which ${ways.toExponential(0)} come down to\n`);
}, 300_000);

describe('the exploration finds the fault of', () => {
  const failure = async (space: Space, protocol: Partial<Protocol>) => (await explore(space, { ...PROTOCOL, ...protocol })).failure?.at(-1);

  test('a protection that uses the keep tag of a release again', async () => {
    const merge: Merge = (...args) => {
      const state = withUses(...args);
      const image = state.images[REPOSITORY]?.[DIGEST];
      return image === undefined ? state : { ...state, images: { [REPOSITORY]: { [DIGEST]: { ...image, generation: 1 } } } };
    };
    expect(await failure({ actors: [unused(5), event(6)], ...KEPT_STATE }, { merge })).toMatch(/says kept|in use, but/);
  });

  test('a release that removes the keep tag first', async () => {
    const release: Release = async (partition, entries) => {
      for (const { repositoryName, digest } of entries) {
        const store = partition.image(repositoryName, digest);
        await store.remove([KEPT]);
        await store.put(releasedTag(PREFIX, DIGEST));
      }
      return [];
    };
    expect(await failure({ actors: [unused(5)], ...ONLY_KEPT }, { release })).toMatch(/deleted the image/);
    expect(await failure({ actors: [unused(5), untag], ...KEPT_STATE }, { release })).toMatch(/deleted the image/);
  });

  test('a release that does not read the state', async () => {
    const release: Release = async (partition, entries, ...rest) => releaseImages(
      partition, [...entries, { repositoryName: REPOSITORY, digest: DIGEST, image: stateWith({}).images[REPOSITORY][DIGEST] }], ...rest,
    );
    expect(await failure({ actors: [unused(5), event(6)], ...KEPT_STATE }, { release })).toMatch(/says kept|in use, but/);
  });
});
