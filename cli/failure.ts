import { CommanderError } from 'commander';
import { complain } from './terminal';

const MAX_LINES = 10;

/** Problems that the user can fix, one line each. */
export class Failure extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems[0]);
    this.name = 'Failure';
  }
}

/** Prints an error and returns the exit code. Commander has already printed its own errors. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const problems = error instanceof Failure ? error.problems : [error instanceof Error ? error.message || error.name : String(error)];
  // The wrong kind of file has a problem in each of its images.
  for (const problem of problems.slice(0, MAX_LINES)) complain('error', problem);
  if (problems.length > MAX_LINES) complain('error', `${problems.length - MAX_LINES} more problems are not shown`);
  return 1;
}
