const LONGEST_PAUSE = 30_000;

/** Returns the milliseconds to wait, which grow from half a second. They are partly random, so that retries do not coincide. */
export function backoff(attempt: number): number {
  return Math.min(2 ** attempt * 500, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
}
