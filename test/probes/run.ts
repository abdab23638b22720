import { FakeWorld } from './fake-world';
import type { Probe, ProbeWorld } from './probe';
import { Column, table } from '../../bench/table';

/** What a probe found out. */
export interface Result {
  readonly probe: Probe;
  /** Absent if the question could not be asked. */
  readonly answer?: string;
  /** Why the question could not be asked. */
  readonly reason?: string;
}

/** A probe that takes longer is not asked. */
const LIMIT = 120_000;

/** A world that removes what a probe has created. */
type TemporaryWorld = ProbeWorld & { clean(): Promise<void> };

/** Asks AWS, unless there is an obstacle. */
export async function askAws(probe: Probe, open: () => TemporaryWorld): Promise<Result> {
  if (probe.obstacle !== undefined) return { probe, reason: `it ${probe.obstacle}` };
  const world = open();
  return resultOf(probe, probe.ask(world), world);
}

export async function askFakes(probe: Probe): Promise<Result> {
  const world = await FakeWorld.start();
  return resultOf(probe, probe.ask(world), world);
}

/** Waits for the answer. A failure is no answer: the permission can be missing, or a quota reached. */
async function resultOf(probe: Probe, asked: Promise<string>, world: TemporaryWorld): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${LIMIT / 1_000} seconds`)), LIMIT);
  });
  try {
    return { probe, answer: await Promise.race([asked, timeout]) };
  } catch (error) {
    const { name, message } = error as Error;
    return { probe, reason: `${name}: ${message}`.replace(/\s+/g, ' ') };
  } finally {
    clearTimeout(timer);
    await world.clean();
  }
}

export function isDifferent({ probe, answer }: Result): boolean {
  return answer !== undefined && answer !== probe.assumed;
}

const COLUMNS: ReadonlyArray<Column<Result>> = [
  { title: 'Fact', value: ({ probe }) => probe.fact },
  { title: 'Assumed', value: ({ probe }) => probe.assumed },
  { title: 'Seen', value: ({ answer, reason }) => answer ?? `not asked: ${reason?.slice(0, 60)}` },
];

/** Renders the answers, and what rests on the assumptions that are wrong. */
export function report(results: readonly Result[]): string {
  const differences = results.filter(isDifferent);
  const asked = results.filter(({ answer }) => answer !== undefined).length;
  return [
    table(COLUMNS, results),
    '',
    ...differences.map(({ probe, answer }) => [
      `${probe.id}: assumed '${probe.assumed}', but the answer is '${answer}'.`,
      `  Fake: test/${probe.fake}. Code that rests on it: ${probe.rests.join(', ')}.`,
      `  In the reading '${probe.other}': ${probe.otherwise}.`,
    ].join('\n')),
    ...results.filter(({ reason }) => reason !== undefined).map(({ probe, reason }) => `${probe.id}: not asked: ${reason}`),
    `probes: ${asked} asked, ${results.length - asked} not asked, ${differences.length} different`,
    `probes: ${asked - differences.length} passed, ${differences.length} failed`,
  ].join('\n');
}
