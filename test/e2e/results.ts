/** The end of a scene or of a step. */
export interface Result {
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'not run';
  readonly seconds: number;
  /** The services that it used. */
  readonly where: string;
  /** The error, with everything that helps to find its cause, or why it was not run. */
  readonly detail?: string;
}

export function secondsSince(started: number): number {
  return (Date.now() - started) / 1000;
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** Returns the counts as `.ci/run` reads them. What was not run does not count. */
export function counts(results: readonly Result[]): string {
  const count = (outcome: Result['outcome']) => results.filter(result => result.outcome === outcome).length;
  return `${count('passed')} passed, ${count('failed')} failed`;
}
