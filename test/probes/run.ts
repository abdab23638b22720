import { FakeWorld } from './fake-world';
import type { Probe, ProbeWorld } from './probe';
import { Column, table } from '../../bench/table';

/** What a probe found out. */
export interface Result {
  readonly probe: Probe;
  /** Whether a fake was asked in the other reading. @default false */
  readonly isOther?: boolean;
  /** Absent if the question could not be asked. */
  readonly answer?: string;
  /** Why the question could not be asked. */
  readonly reason?: string;
}

const MINUTES = 0.5;

/** Returns the upper bound of the duration of a probe. */
export function minutesOf(probe: Probe): number {
  return 'minutes' in probe ? probe.minutes ?? MINUTES : MINUTES;
}

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

/** Waits for the answer, for at most twice the upper bound. A failure is no answer: the permission can be missing, or a quota reached. */
async function resultOf(probe: Probe, asked: Promise<string>, world: TemporaryWorld): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const minutes = minutesOf(probe) * 2;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${minutes} minutes`)), minutes * 60_000);
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

/** Whether an answer is not the one of the reading. */
export function isDifferent({ probe, answer, isOther = false }: Result): boolean {
  return answer !== undefined && answer !== (isOther ? probe.other : probe.assumed);
}

const COLUMNS: ReadonlyArray<Column<Result>> = [
  { title: 'Fact', value: ({ probe }) => probe.fact },
  { title: 'Assumed', value: ({ probe }) => probe.assumed },
  { title: 'Seen', value: ({ answer, reason }) => answer ?? `not asked: ${reason?.slice(0, 60)}` },
];

/** Renders the answers, and what rests on the assumptions that are wrong. */
export function report(all: readonly Result[]): string {
  const [results, others] = [all.filter(({ isOther }) => !isOther), all.filter(({ isOther }) => isOther)];
  const differences = results.filter(isDifferent);
  const asked = results.filter(({ answer }) => answer !== undefined).length;
  const unseen = others.filter(isDifferent);
  return [
    table(COLUMNS, results),
    '',
    ...unseen.map(({ probe, answer }) =>
      `${probe.id}: the emulator must answer '${probe.other}' in the other reading, but the answer is '${answer}'.`),
    ...differences.map(({ probe, answer }) => [
      `${probe.id}: assumed '${probe.assumed}', but the answer is '${answer}'.`,
      `  Fake: test/${probe.fake}. Code that rests on it: ${probe.rests.join(', ')}.`,
      `  In the reading '${probe.other}': ${probe.otherwise}.`,
    ].join('\n')),
    ...results.filter(({ reason }) => reason !== undefined).map(({ probe, reason }) => `${probe.id}: not asked: ${reason}`),
    `probes: ${asked} asked, ${results.length - asked} not asked, ${differences.length} different`,
    ...others.length > 0 ? [`probes: ${others.length - unseen.length} of ${others.length} other answers of the emulator`] : [],
    `probes: ${asked - differences.length + others.length - unseen.length} passed, ${differences.length + unseen.length} failed`,
  ].join('\n');
}
