import { ListTagsForResourceCommand, TagResourceCommand } from '@aws-sdk/client-ecr';
import type { Job } from '../../../../lambda/shared/protocol/job';
import { claimMark } from '../../../../lambda/shared/repository/mark';
import { exploreAll } from '../../explore-all';

const GAP = 2_000;
const SETTLING_TIME = 2 * GAP;
const KEY = 'cdk-ecr-keeper:teardown-by';
const ARN = 'arn:aws:ecr:us-east-1:000000000000:repository/team/app';

type Claim = (...claim: Parameters<typeof claimMark>) => Promise<unknown>;

/** One stack that claims the repository, and what it waits for. */
interface Claimer {
  readonly stack: string;
  phase: 'not begun' | 'running' | 'reading' | 'read' | 'writing' | 'sleeping' | 'succeeded' | 'refused';
  readAt: number;
  sentAt: number;
  due: number;
  slow: number;
  /** The value when the read began. */
  asked?: string;
  /** The result of the read. */
  found?: string;
  answer?: (value?: unknown) => void;
  error?: Error;
}

interface Space {
  /** The clock stops at multiples of these milliseconds. */
  readonly step: number;
  /** Number of reads of each stack that may take longer than a GAP. */
  readonly slow?: number;
  /** Milliseconds after its read until a write takes effect at the latest. @default GAP */
  readonly latest?: number;
}

/** The repository, its one tag, and stacks that claim it. The search chooses when a call takes effect and when it returns. */
class World {
  now = 0;
  mark?: string;
  readonly claimers: Claimer[];
  readonly schedule = new Array<string>();
  writes = 0;

  constructor(private readonly claim: Claim, count: number, private readonly space: Space, private readonly states: Set<string>) {
    this.claimers = ['A', 'B', 'C'].slice(0, count).map(stack =>
      ({ stack, phase: 'not begun', readAt: 0, sentAt: 0, due: 0, slow: 0 }));
  }

  get isOver(): boolean {
    return this.claimers.every(({ phase }) => phase === 'succeeded' || phase === 'refused');
  }

  get faults(): string[] {
    const winners = this.claimers.filter(({ phase }) => phase === 'succeeded').map(({ stack }) => stack);
    const strange = this.claimers.filter(({ phase, error }) => phase === 'refused' && !/from another stack/.test(error!.message));
    return [
      ...winners.length === 1 && this.mark === `${winners[0]}:Id` ? [] : [`the mark is ${this.mark}, and has: ${winners.join(' and ')}`],
      ...strange.map(({ stack, error }) => `${stack}: ${error!.message}`),
    ];
  }

  /** The entire state that the rest depends on, independent of the names of the stacks. */
  key(): string {
    const name = new Map(this.claimers.map(({ stack }, nth) => [stack, String(nth)]));
    const key = JSON.stringify([this.now % this.space.step, this.mark && name.get(this.mark[0]), this.claimers.map(each => {
      const { phase, readAt, sentAt, due, slow, found, asked } = each;
      if (phase === 'succeeded' || phase === 'refused' || phase === 'not begun') return phase;
      if (phase === 'sleeping') return [phase, due - this.now, slow];
      if (phase === 'writing') return [phase, this.now - readAt, slow];
      const seen = phase === 'reading' ? asked : found;
      return [phase, this.now - readAt, Math.min(readAt - sentAt, SETTLING_TIME), slow, seen && name.get(seen[0])];
    })]);
    this.states.add(key);
    return key;
  }

  async run(choose: (moves: ArrayLike<unknown>) => number | undefined): Promise<boolean> {
    while (!this.isOver) {
      const moves = this.moves();
      const nth = choose(moves);
      if (nth === undefined) return false;
      const [what, act] = moves[nth];
      this.schedule.push(what);
      act();
      await settle(this);
    }
    return true;
  }

  private moves(): Array<[string, () => void]> {
    const moves = new Array<[string, () => void]>();
    const { slow = 0, latest = GAP } = this.space;
    let mustHappen = false;
    for (const each of this.claimers) {
      const add = (what: string, act: () => void) => moves.push([`${this.now} ${each.stack} ${what}`, act]);
      if (each.phase === 'not begun') add('begins', () => this.begin(each));
      // a step that nobody else sees happens immediately
      if (each.phase === 'read') return [[`${this.now} ${each.stack} has read`, () => this.answer(each)]];
      if (each.phase === 'sleeping' && each.due <= this.now) return [[`${this.now} ${each.stack} wakes`, () => this.answer(each)]];
      if (each.phase === 'reading') {
        const read = (found: string | undefined) => {
          each.found = found;
          each.phase = 'read';
          if (this.now - each.readAt >= GAP) each.slow++;
        };
        add('reads', () => read(this.mark));
        // a response may be as old as its request
        if (each.asked !== this.mark) add('reads what was there when it asked', () => read(each.asked));
        mustHappen ||= this.now >= each.readAt + (each.slow < slow ? 2 * GAP : GAP - this.space.step);
      }
      if (each.phase === 'writing') {
        add('writes', () => { this.mark = `${each.stack}:Id`; this.answer(each); });
        mustHappen ||= this.now >= each.readAt + latest;
      }
    }
    // no stack begins after all others have ended
    const isGoing = this.claimers.some(({ phase }) => !['not begun', 'succeeded', 'refused'].includes(phase));
    if (isGoing && !mustHappen) moves.push([`${this.now} time passes`, () => { this.now += this.space.step; }]);
    return moves;
  }

  private begin(claimer: Claimer): void {
    claimer.phase = 'running';
    claimer.sentAt = this.now;
    const ask = (phase: Claimer['phase']) => new Promise<any>(resolve => {
      claimer.phase = phase;
      claimer.answer = resolve;
    });
    const sendByName = async ({ constructor: { name } }: object) => {
      if (name === 'TagResourceCommand') {
        await ask('writing');
        this.writes++;
        claimer.sentAt = this.now;
        return {};
      }
      claimer.readAt = this.now;
      claimer.asked = this.mark;
      await ask('reading');
      return { tags: claimer.found === undefined ? [] : [{ Key: KEY, Value: claimer.found }] };
    };
    const job = {
      request: {
        RequestType: 'Create',
        StackId: `arn:aws:cloudformation:us-east-1:000000000000:stack/S/${claimer.stack}`,
        LogicalResourceId: 'Id',
      },
      ecr: { send: sendByName },
      clock: {
        now: () => this.now,
        sleep: async (milliseconds: number) => {
          claimer.due = this.now + milliseconds;
          await ask('sleeping');
        },
      },
      signal: new AbortController().signal,
      patience: 60_000,
      log: () => undefined,
      progress: () => undefined,
      begin: () => undefined,
    } as unknown as Job<unknown>;
    this.claim(job, { repositoryArn: ARN, handler: 'teardown', what: 'teardown' })
      .then(() => { claimer.phase = 'succeeded'; }, error => { claimer.phase = 'refused'; claimer.error = error; });
  }

  private answer(claimer: Claimer): void {
    claimer.phase = 'running';
    claimer.answer!();
  }
}

/** Lets every stack run until it waits for something. */
async function settle(world: World): Promise<void> {
  do await new Promise(setImmediate); while (world.claimers.some(({ phase }) => phase === 'running'));
}

async function explore(claim: Claim, count: number, space: Space) {
  const states = new Set<string>();
  return { states, ...await exploreAll(() => new World(claim, count, space, states)) };
}

test.each<[number, Space]>([
  [2, { step: GAP / 4 }], [2, { step: GAP / 2, slow: 1 }], [2, { step: GAP / 2, latest: GAP * 3 / 2 }], [3, { step: GAP / 2 }],
])('of %d stacks that claim a repository at once, one keeps it and the others are refused in every interleaving: %j', async (
  count, space,
) => {
  const { runs, states, failure } = await explore(claimMark, count, space);
  expect(failure?.join('\n')).toBeUndefined();
  process.stdout.write(`${count} claims, ${JSON.stringify(space)}: ${runs} interleavings, ${states.size} states\n`);
  expect(states.size).toBeGreaterThan(100);
}, 120_000);

test.each([0, GAP / 2, GAP])('the enumeration finds that two stacks get the repository if a mark counts only %d ms after it was'
  + ' sent', async settled => {
  const hasty: Claim = async job => {
    const mark = `${job.request.StackId.split('/')[2]}:Id`;
    const read = async () => (await job.ecr.send(new ListTagsForResourceCommand({ resourceArn: ARN }))).tags?.[0]?.Value;
    if (await read() !== undefined) throw new Error('from another stack');
    await job.ecr.send(new TagResourceCommand({ resourceArn: ARN, tags: [{ Key: KEY, Value: mark }] }));
    await job.clock.sleep(settled);
    if (await read() !== mark) throw new Error('from another stack');
  };
  expect((await explore(hasty, 2, { step: GAP / 2 })).failure?.at(-1)).toMatch(/^the mark is (A:Id, and has: B|[AB]:Id, and has: A and B)$/);
});
