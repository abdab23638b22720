import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { LONGEST_REST } from './bounds';
import type { Agents } from '../shared/protocol/job';

/** Milliseconds after which an idle connection is closed. */
const STANDSTILL = 30_000;

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  /** Milliseconds. @default 30,000 */
  readonly standstill?: number;
}

/** The members of a task that a single request needs. */
export interface Connection {
  readonly signal: AbortSignal;
  readonly agents?: Agents;
}

/** A response whose body was not read yet. The body must be read or discarded to free the connection. */
export interface HttpResponse {
  readonly host: string;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
}

/** For connections without a proxy. */
const AGENTS: Agents = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };

/**
 * Sends one request and follows no redirect. Uses the HTTP client of Node.js, because `fetch` needs several times as much memory for
 * gigabytes of data.
 */
export async function send(
  { agents = AGENTS, signal }: Connection, url: URL, { method = 'GET', headers, body, standstill = STANDSTILL }: HttpRequest = {},
): Promise<HttpResponse> {
  const { request: open } = url.protocol === 'http:' ? http : https;
  const request = open(url, { method, headers, signal, agent: agents[url.protocol as keyof Agents] });
  request.setTimeout(standstill, () => request.destroy(new Error('the connection was idle for too long')));
  const response = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
  response.catch(() => undefined); // the error is reported where the response is awaited
  if (body) await write(request, body, response);
  else request.end();
  const message = await response;
  return { host: url.host, status: message.statusCode ?? 0, headers: message.headers, body: message };
}

/** Writes no faster than the server reads. Stops if the server responds before the end. */
async function write(request: http.ClientRequest, body: AsyncIterable<Uint8Array>, response: Promise<unknown>): Promise<void> {
  let hasResponse = false;
  const end = response.then(() => undefined, () => undefined).then(() => { hasResponse = true; });
  try {
    for await (const chunk of body) {
      if (hasResponse) return;
      if (!request.write(chunk)) await Promise.race([once(request, 'drain'), end]);
    }
    request.end();
  } catch (error) {
    request.destroy();
    throw error;
  }
}

/** Returns the beginning of a body as text, for messages. */
export async function textOf({ body }: HttpResponse, longest: number): Promise<string> {
  return (await bytesOf({ body }, longest)).toString('utf8');
}

/** Returns the body up to and including the first chunk that makes it longer than `longest`. Does not read the rest. */
export async function bytesOf({ body }: Pick<HttpResponse, 'body'>, longest: number): Promise<Buffer> {
  const chunks = new Array<Buffer>();
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > longest) break;
  }
  return Buffer.concat(chunks);
}

/** Makes the connection available for another request, or closes it if the body is long. */
export function discard({ body }: HttpResponse): void {
  body.on('error', () => undefined);
  bytesOf({ body }, LONGEST_REST).catch(() => undefined);
}
