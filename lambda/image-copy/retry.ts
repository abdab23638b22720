import { bytesOf, discard, Received, send, Sent } from './http';
import { Explained } from '../shared/protocol/errors';
import type { Clock } from '../shared/protocol/job';

const ATTEMPTS = 8;
const BREAKS = 5;
const LONGEST_PAUSE = 30_000;
/** What a registry asks to be waited for is waited for up to this long at once. */
const LONGEST_WAIT = 300_000;

/** Where something is fetched from, for the while that it takes. */
export interface Fetching {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  progress(state: string): void;
}

/**
 * A request that is repeated while the other side limits the rate, has a fault, or cannot be reached.
 *
 * @throws Explained when it stays so
 */
export async function sendPatiently(task: Fetching, url: URL, sent: Sent = {}): Promise<Received> {
  for (let attempt = 1; ; attempt++) {
    const answer = await tried(task, url, sent);
    if ('status' in answer && !isPassing(answer.status)) return answer;
    const why = 'status' in answer ? `HTTP status ${answer.status}` : answer.message;
    const asked = 'status' in answer ? retryAfter(answer, task.clock.now()) : undefined;
    if ('status' in answer) discard(answer);
    if (attempt === ATTEMPTS) throw givenUp(url.host, why, 'status' in answer && answer.status === 429);
    const pause = Math.min(asked ?? backoff(attempt), LONGEST_WAIT);
    task.progress(`waiting ${Math.ceil(pause / 1_000)} s for ${url.host} (${why})`);
    await task.clock.sleep(pause);
  }
}

/** All of a small answer. One that breaks off is asked for again. */
export async function whole(
  task: Fetching, ask: () => Promise<Received>, longest?: number,
): Promise<{ readonly received: Received; readonly bytes: Buffer }> {
  for (let attempt = 1; ; attempt++) {
    const received = await ask();
    try {
      return { received, bytes: await bytesOf(received, longest) };
    } catch (error) {
      if (task.signal.aborted) throw error;
      if (attempt === BREAKS) {
        throw new Explained(`${received.host} breaks its answers off (${(error as Error).message}, ${BREAKS} attempts) — see what lies between, then try again`);
      }
      await task.clock.sleep(backoff(attempt));
    }
  }
}

/** Grows from a second, with a part by chance so that several do not come back at once. */
export function backoff(attempt: number): number {
  return Math.min(2 ** attempt * 500, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
}

async function tried({ signal }: Fetching, url: URL, sent: Sent): Promise<Received | Error> {
  try {
    return await send(url, sent, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return error as Error;
  }
}

function givenUp(host: string, why: string, isLimited: boolean): Explained {
  return new Explained(`${host} ${isLimited ? 'limits the rate of pulls' : 'cannot be reached'} (${why}, ${ATTEMPTS} attempts)`
    + ` — ${isLimited ? 'try again later, or give credentials with a higher limit' : 'see that it is up and that functions of this account can reach it, then try again'}`);
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes, TOOMANYREQUESTS */
function isPassing(status: number): boolean {
  return status === 429 || status === 408 || status >= 500;
}

/** Seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter({ headers }: Received, now: number): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(milliseconds, 1_000);
}
