import { CommanderError } from 'commander';
import { complain } from './terminal';

const MAX_LINES = 10;

/** What a person can mend, one line each. */
export class Failure extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems[0]);
    this.name = 'Failure';
  }
}

/** Tells what went wrong; what commander throws, it has told already. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const problems = error instanceof Failure ? error.problems : [error instanceof Error ? error.message || error.name : String(error)];
  // a file of another kind has something wrong in every one of its images
  for (const problem of problems.slice(0, MAX_LINES)) complain('error', problem);
  if (problems.length > MAX_LINES) complain('error', `and ${problems.length - MAX_LINES} more like these`);
  return 1;
}
