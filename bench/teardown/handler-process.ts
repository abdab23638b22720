/**
 * The process that a handler runs in, as alone as in Lambda: it holds nothing but the handler, answers one request and says what that cost.
 * Compiled to plain JavaScript before it is started, so that no loader counts as the handler's memory.
 */
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { createRequire } from 'node:module';

export interface Invocation {
  readonly bundle: string;
  readonly event: Readonly<Record<string, unknown>> & { readonly ResponseURL: string };
  readonly timeoutMs: number;
}

export interface Cost {
  readonly seconds: number;
  readonly peakMB: number;
  /** Where no answer was given at all. */
  readonly error?: string;
}

type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>;

/** AWS has HTTPS at ResponseURL and on the default port; the local endpoint has neither, and aws-cdk's handler knows nothing else. */
function answerOverHttp({ port }: URL): void {
  const request = (options: http.RequestOptions, callback: (response: http.IncomingMessage) => void) =>
    http.request({ ...options, port }, callback);
  Object.assign(createRequire(__filename)('node:https') as typeof https, { request });
}

/** The kernel's high-water mark of this program; `maxRSS` would begin with what the parent had when it forked. */
function peakMB(): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

process.once('message', (invocation: Invocation) => {
  void run(invocation).then(cost => process.send!(cost, () => process.exit(0)));
});

async function run({ bundle, event, timeoutMs }: Invocation): Promise<Cost> {
  answerOverHttp(new URL(event.ResponseURL));
  const { handler } = createRequire(__filename)(bundle) as { handler: Handler };
  const start = performance.now();
  let error: string | undefined;
  try {
    await handler(event, { getRemainingTimeInMillis: () => timeoutMs });
  } catch (thrown) {
    error = String(thrown);
  }
  return { seconds: (performance.now() - start) / 1000, peakMB: peakMB(), error };
}
