import { bytesOf, Connection, discard, HttpRequest, HttpResponse, send } from './http';
import { ProxyRefusal } from './proxy';
import { backoff } from '../shared/protocol/backoff';
import { UserError } from '../shared/protocol/errors';
import type { Clock } from '../shared/protocol/job';

const ATTEMPTS = 8;
const BREAKS = 5;
/** Longest pause that a registry may request with `Retry-After`, in milliseconds. */
const LONGEST_WAIT = 300_000;

/** The members of a task that requests need. */
export interface RequestTask extends Connection {
  readonly clock: Clock;
  progress(state: string): void;
}

/**
 * Sends a request. Retries while the server limits the rate, fails, or cannot be reached.
 *
 * @throws UserError if the last attempt fails
 */
export async function sendPatiently(task: RequestTask, url: URL, request: HttpRequest = {}): Promise<HttpResponse> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await trySend(task, url, request);
    if ('status' in outcome && !isTransientStatus(outcome.status)) return outcome;
    const why = 'status' in outcome ? `HTTP status ${outcome.status}` : outcome.message;
    const requestedPause = 'status' in outcome ? retryAfter(outcome, task.clock.now()) : undefined;
    if ('status' in outcome) discard(outcome);
    if (attempt === ATTEMPTS) {
      if (outcome instanceof UserError) throw outcome;
      throw attemptsError(url.host, why, 'status' in outcome && outcome.status === 429);
    }
    const pause = Math.min(requestedPause ?? backoff(attempt), LONGEST_WAIT);
    task.progress(`waiting ${Math.ceil(pause / 1_000)} s for ${url.host} (${why})`);
    await task.clock.sleep(pause);
  }
}

/**
 * Reads a response completely. If the connection breaks, sends the request again.
 *
 * @throws UserError if the response is longer than allowed
 */
export async function readWhole(
  task: RequestTask, request: () => Promise<HttpResponse>, longest: number,
): Promise<{ readonly response: HttpResponse; readonly bytes: Buffer }> {
  for (let attempt = 1; ; attempt++) {
    const response = await request();
    try {
      const bytes = await bytesOf(response, longest);
      if (bytes.length <= longest) return { response, bytes };
      throw new UserError(`${response.host} sent a response of more than ${longest} bytes, which is too long.`
        + ' Check that it is a registry, and that no manifest of the image is that long.');
    } catch (error) {
      if (error instanceof UserError) throw error;
      if (task.signal.aborted) throw error;
      if (attempt === BREAKS) {
        throw new UserError(`${response.host} did not complete its response (${(error as Error).message}, ${BREAKS} attempts).`
          + ' Check any proxies in between, then try again.');
      }
      await task.clock.sleep(backoff(attempt));
    }
  }
}

async function trySend(task: RequestTask, url: URL, request: HttpRequest): Promise<HttpResponse | Error> {
  try {
    return await send(task, url, request);
  } catch (error) {
    if (task.signal.aborted || error instanceof ProxyRefusal) throw error;
    return error as Error;
  }
}

function attemptsError(host: string, why: string, isLimited: boolean): UserError {
  return new UserError(isLimited
    ? `${host} limits the rate of pulls (${why}, ${ATTEMPTS} attempts). Try again later, or use credentials with a higher limit.`
    : `${host} cannot be reached (${why}, ${ATTEMPTS} attempts).`
      + ' Check that it is available and that functions of this account can reach it, then try again.');
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes, TOOMANYREQUESTS */
function isTransientStatus(status: number): boolean {
  return status === 429 || status === 408 || status >= 500;
}

/** The header contains seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter({ headers }: HttpResponse, now: number): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(milliseconds, 1_000);
}
