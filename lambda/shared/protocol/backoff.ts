const LONGEST_PAUSE = 30_000;

/** Milliseconds to wait, which grow from half a second; partly random, so that several requests are not repeated at once. */
export function backoff(attempt: number): number {
  return Math.min(2 ** attempt * 500, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
}
