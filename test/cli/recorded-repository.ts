import { AT, CommandLine, describedImage, Outcome, RecordedImage, RunOptions } from './command-line';
import { NEWEST_TEN, POLICY } from './policies';

export const IMAGES: readonly RecordedImage[] = [
  { id: 'A', tags: ['prod-1'], pushedDaysAgo: 30 },
  { id: 'B', tags: ['prod-2', 'latest'], pushedDaysAgo: 20.5 },
  { id: 'C', pushedDaysAgo: 8 },
  { id: 'D', pushedDaysAgo: 3 },
  { id: 'E', tags: ['dev-1'], pushedDaysAgo: 200, pulledDaysAgo: 100 },
  { id: 'F', tags: ['other'], pushedDaysAgo: 400 },
  { id: 'G', pushedDaysAgo: 500, storageClass: 'archive', archivedDaysAgo: 10 },
];

/** Returns images of which the first was pushed yesterday, and each other image one day earlier. */
export function many(number: number): RecordedImage[] {
  return Array.from({ length: number }, (_, index) => ({ id: `n${index}`, tags: [`t${index}`], pushedDaysAgo: index + 1 }));
}

/** Creates a folder with `images.json`, `policy.json`, and `ten.json`, a policy without warnings. */
export function recordedRepository(): CommandLine {
  const line = new CommandLine();
  line.write('policy.json', POLICY);
  line.write('ten.json', NEWEST_TEN);
  line.write('images.json', { imageDetails: IMAGES.map(describedImage) });
  return line;
}

/** Runs `simulate` with these files and the time of the tests, unless the arguments override them. */
export function simulateRecorded(line: CommandLine, args: readonly string[] = [], options: RunOptions = {}): Promise<Outcome> {
  const defaults = [['--policy', 'policy.json'], ['--images', 'images.json'], ['--at', AT]].filter(([option]) => !args.includes(option));
  return line.run(['simulate', ...defaults.flat(), ...args], options);
}
