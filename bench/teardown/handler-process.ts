/**
 * The process of a handler, as in Lambda: it runs only the handler, handles one request, and reports the cost. It is compiled to JavaScript
 * first, so that the memory of a loader does not count.
 */
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { createRequire } from 'node:module';

export interface Invocation {
  readonly bundle: string;
  /** Input of the handler. A request of CloudFormation has a `ResponseURL`. */
  readonly event: Readonly<Record<string, unknown>> & { readonly ResponseURL?: string };
  readonly timeoutMs: number;
  /** ARN of the function. @default - none, which handlers of CloudFormation do not need */
  readonly functionArn?: string;
}

export interface Cost {
  readonly seconds: number;
  readonly peakMB: number;
  /** What the handler returned. */
  readonly output?: unknown;
  /** Set if there was no response. */
  readonly error?: string;
}

type Handler = (event: unknown, context: { readonly invokedFunctionArn?: string; getRemainingTimeInMillis(): number }) => Promise<unknown>;

/** In AWS, the ResponseURL uses HTTPS on the default port, and aws-cdk's handler supports nothing else. The local endpoint uses HTTP. */
function answerOverHttp({ port }: URL): void {
  const request = (options: http.RequestOptions, callback: (response: http.IncomingMessage) => void) =>
    http.request({ ...options, port }, callback);
  Object.assign(createRequire(__filename)('node:https') as typeof https, { request });
}

/** Reads the kernel's high-water mark of this program, because `maxRSS` includes the memory of the parent at the fork. */
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

async function run({ bundle, event, timeoutMs, functionArn }: Invocation): Promise<Cost> {
  if (event.ResponseURL !== undefined) answerOverHttp(new URL(event.ResponseURL));
  const { handler } = createRequire(__filename)(bundle) as { handler: Handler };
  const start = performance.now();
  let output: unknown;
  let error: string | undefined;
  try {
    output = await handler(event, { invokedFunctionArn: functionArn, getRemainingTimeInMillis: () => timeoutMs });
  } catch (thrown) {
    error = String(thrown);
  }
  return { seconds: (performance.now() - start) / 1000, peakMB: peakMB(), output, error };
}
