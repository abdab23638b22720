import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aspects, aws_lambda as lambda, Stack } from 'aws-cdk-lib';
import type { Emulator } from '../emulator';

/** The sleeps of a function from one length to another, and what passes in each. */
export interface Hurry {
  readonly sleep: readonly [from: number, to: number];
  /** @default - as long as the sleep */
  readonly passes?: number;
}

/** The eight minutes that what runs is given to end: lambda/shared/teardown/image-use.ts. */
export const FOR_USE: Hurry = { sleep: [15_000, 15_000], passes: 60_000 };
/** The minute that new rights are given to spread: lambda/shared/aws/send-command.ts. */
export const FOR_RIGHTS: Hurry = { sleep: [3_000, 3_000], passes: 20_000 };
/** The two minutes that ECR is given to show what was written: lambda/shared/aws/read-back.ts. */
export const FOR_SHOWING: Hurry = { sleep: [1_000, 8_000] };
/** The seconds for which a policy must stay as it was written: lambda/repository-policy/converge.ts. */
export const FOR_SETTLING: Hurry = { sleep: [1_000, 4_000] };

/** Only the handler's own clock, `now` of lambda/shared/aws/clients.ts, is ahead: the SDK signs with the real time. */
const hurried = ({ sleep: [from, to], passes }: Hurry) => `
const [real, wait] = [Date.now, setTimeout];
let ahead = 0;
Date.now = () => real() + (/ (Object\\.)?now /.test(new Error().stack.split('\\n')[2]) ? ahead : 0);
globalThis.setTimeout = (work, delay, ...args) => {
  if (!(delay >= ${from} && delay <= ${to})) return wait(work, delay, ...args);
  return wait(() => { ahead += ${passes ?? 'delay'}; work(...args); }, 20);
};
`;

/** What the functions of the stack wait for takes its time. Here that time passes while they sleep. */
export function hurry(stack: Stack, { directory }: Emulator, what: Hurry): void {
  const file = join(directory, `hurried-clock-${what.sleep.join('-')}.cjs`);
  writeFileSync(file, hurried(what));
  Aspects.of(stack).add({
    visit: node => {
      if (node instanceof lambda.Function) node.addEnvironment('NODE_OPTIONS', `--require ${file}`);
    },
  });
}
