import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aspects, aws_lambda as lambda, Stack } from 'aws-cdk-lib';
import type { Emulator } from '../emulator';

/** A range of sleep durations of a function, and the time that passes in each sleep. */
export interface Hurry {
  readonly sleep: readonly [from: number, to: number];
  /** @default - the duration of the sleep */
  readonly passes?: number;
}

/** For the eight minutes that a teardown waits for running images: lambda/shared/teardown/image-use.ts. */
export const FOR_USE: Hurry = { sleep: [15_000, 15_000], passes: 60_000 };
/** For the minute that new permissions may need to take effect: lambda/shared/aws/send-command.ts. */
export const FOR_RIGHTS: Hurry = { sleep: [3_000, 3_000], passes: 20_000 };
/** For the two minutes that ECR may need to return a written value: lambda/shared/aws/read-back.ts. */
export const FOR_SHOWING: Hurry = { sleep: [1_000, 8_000] };
/** For the seconds that a written policy must not change: lambda/shared/policy/converge.ts. */
export const FOR_SETTLING: Hurry = { sleep: [1_000, 4_000] };
/** For the same, and between two readings of a backfill: lambda/registry-replication/backfill.ts. */
export const FOR_BACKFILL: Hurry = { sleep: [1_000, 15_000] };
/** For the 90 seconds after an enhanced scan: lambda/scan-gate/scan.ts. */
export const FOR_FINDINGS: Hurry = { sleep: [5_000, 5_000] };

/**
 * Only the clock of the handler, `now` in lambda/shared/aws/clients.ts, is ahead. The SDK signs with the real time.
 *
 * @param further Expression for the milliseconds that the clock is ahead in addition.
 */
export const hurried = ({ sleep: [from, to], passes }: Hurry, further = '0') => `
const [real, wait] = [Date.now, setTimeout];
let ahead = 0;
Date.now = () => real() + (/ (Object\\.)?now /.test(new Error().stack.split('\\n')[2]) ? ahead + ${further} : 0);
globalThis.setTimeout = (work, delay, ...args) => {
  // the SDK sets timers of such durations too, for each request
  const isSleep = delay >= ${from} && delay <= ${to} && / (Object\\.)?sleep /.test(new Error().stack);
  if (!isSleep) return wait(work, delay, ...args);
  return wait(() => { ahead += ${passes ?? 'delay'}; work(...args); }, 20);
};
`;

/** Speeds up the waiting times of the functions of the stack: the clock advances while they sleep. */
export function hurry(stack: Stack, { directory }: Emulator, what: Hurry): void {
  const file = join(directory, `hurried-clock-${what.sleep.join('-')}.cjs`);
  writeFileSync(file, hurried(what));
  Aspects.of(stack).add({
    visit: node => {
      if (node instanceof lambda.Function) node.addEnvironment('NODE_OPTIONS', `--require ${file}`);
    },
  });
}
