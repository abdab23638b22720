import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';

/** A connection on which nothing moves for this long is given up. */
const STANDSTILL = 30_000;

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  /** Milliseconds. @default 30,000 */
  readonly standstill?: number;
}

/** An answer whose body is still to come; it must be read or left with `discard`, or the connection stays taken. */
export interface Received {
  readonly host: string;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
}

const AGENTS = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };

/** Sends one request and follows no redirect. Node's own client, since `fetch` holds several times the memory while gigabytes pass through it. */
export async function send(url: URL, { method = 'GET', headers, body, standstill = STANDSTILL }: Sent, signal: AbortSignal): Promise<Received> {
  const { request: ask } = url.protocol === 'http:' ? http : https;
  const request = ask(url, { method, headers, signal, agent: AGENTS[url.protocol as keyof typeof AGENTS] });
  request.setTimeout(standstill, () => request.destroy(new Error('the connection stands still')));
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
  answered.catch(() => undefined); // whoever waits for it hears of it
  if (body) await write(request, body, answered);
  else request.end();
  const message = await answered;
  return { host: url.host, status: message.statusCode ?? 0, headers: message.headers, body: message };
}

/** Goes no faster than the other side takes it, and stops when that has answered already. */
async function write(request: http.ClientRequest, body: AsyncIterable<Uint8Array>, answered: Promise<unknown>): Promise<void> {
  let isOver = false;
  const over = answered.then(() => undefined, () => undefined).then(() => { isOver = true; });
  try {
    for await (const chunk of body) {
      if (isOver) return;
      if (!request.write(chunk)) await Promise.race([once(request, 'drain'), over]);
    }
    request.end();
  } catch (error) {
    request.destroy();
    throw error;
  }
}

/** The beginning of a body as text, for messages and small documents. */
export async function textOf({ body }: Received, longest = Infinity): Promise<string> {
  return (await bytesOf({ body }, longest)).toString('utf8');
}

export async function bytesOf({ body }: Pick<Received, 'body'>, longest = Infinity): Promise<Buffer> {
  const chunks = new Array<Buffer>();
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > longest) break;
  }
  return Buffer.concat(chunks);
}

export function discard({ body }: Received): void {
  body.resume();
  body.on('error', () => undefined);
}
