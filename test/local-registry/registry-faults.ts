import { digestOf } from './blob';
import { refusal, Reply, whole } from './reply';

export type RegistryFault =
  | { readonly kind: 'tooMany'; readonly retryAfter?: number | Date }
  | { readonly kind: 'error'; readonly status: number }
  | { readonly kind: 'hang' | 'reset' | 'corrupt' | 'corruptManifest' | 'wrongDigestHeader' }
  | { readonly kind: 'cut'; readonly afterBytes: number }
  | { readonly kind: 'flood'; readonly status: number; readonly headers: Record<string, string> };

type Kind = RegistryFault['kind'];

interface Waiting {
  readonly fault: RegistryFault;
  readonly path: RegExp;
  times: number;
}

export const ANY = /^\/v2\//;
export const BLOBS = /^\/v2\/.+\/blobs\/|^\/storage\//;
export const MANIFESTS = /^\/v2\/.+\/manifests\//;
/** Faults that replace the response, and faults that corrupt it, with and without a body. */
export const INSTEAD: readonly Kind[] = ['tooMany', 'error', 'hang', 'reset', 'flood'];
/** Size of a flood: more than a client may store. */
export const FLOOD = 1_073_741_824;
const CHUNK = Buffer.alloc(65_536, ' ');
export const OF_HEADERS: readonly Kind[] = ['wrongDigestHeader'];
export const OF_ANSWERS: readonly Kind[] = ['cut', 'corrupt', 'corruptManifest', ...OF_HEADERS];

/** Faults, their paths, and their number. */
export class RegistryFaults {
  private waiting = new Array<Waiting>();

  add(fault: RegistryFault, times: number, path: RegExp): void {
    this.waiting.push({ fault, times, path });
  }

  /** Faults that have not occurred as often as requested. */
  get pending(): RegistryFault[] {
    return this.waiting.map(({ fault }) => fault);
  }

  take(kinds: readonly Kind[], path: string): RegistryFault | undefined {
    const due = this.waiting.find(entry => kinds.includes(entry.fault.kind) && entry.path.test(path));
    if (!due) return undefined;
    due.times -= 1;
    if (due.times <= 0) this.waiting = this.waiting.filter(other => other !== due);
    return due.fault;
  }
}

/** Creates a response that replaces the correct one. Errors are not JSON, like errors of proxies. */
export function insteadOf(fault: RegistryFault): Reply | undefined {
  if (fault.kind === 'error') {
    return whole(fault.status, Buffer.from(`<html><h1>${fault.status}</h1></html>`), { 'content-type': 'text/html' });
  }
  if (fault.kind === 'flood') return { status: fault.status, headers: fault.headers, body: flood() };
  if (fault.kind !== 'tooMany') return undefined;
  const { retryAfter } = fault;
  const header = retryAfter instanceof Date ? retryAfter.toUTCString() : String(retryAfter);
  return refusal(429, 'TOOMANYREQUESTS', 'too many requests', retryAfter === undefined ? {} : { 'retry-after': header });
}

/** Corrupts the correct response. */
export function spoilt(reply: Reply, fault: RegistryFault | undefined): Reply {
  if (fault?.kind === 'corrupt') return { ...reply, body: flipped(reply.body, Math.floor(Number(reply.headers['content-length']) / 2)) };
  // Still JSON of the same length, so that only a comparison of digests detects it.
  if (fault?.kind === 'corruptManifest') return { ...reply, body: [withOtherDigit(Buffer.concat([...reply.body]))] };
  if (fault?.kind !== 'wrongDigestHeader') return reply;
  return { ...reply, headers: { ...reply.headers, 'docker-content-digest': digestOf([Buffer.from('another')]) } };
}

function* flood(): Iterable<Buffer> {
  yield Buffer.from('{');
  for (let at = 0; at < FLOOD; at += CHUNK.length) yield CHUNK;
}

function* flipped(pieces: Iterable<Buffer>, target: number): Iterable<Buffer> {
  let at = 0;
  for (const piece of pieces) {
    const copy = Buffer.from(piece);
    if (target >= at && target < at + copy.length) copy[target - at] = 255 - copy[target - at];
    at += copy.length;
    yield copy;
  }
}

function withOtherDigit(manifest: Buffer): Buffer {
  return Buffer.from(manifest.toString('utf8').replace(/sha256:(.)/, (_match, digit: string) => `sha256:${digit === '0' ? '1' : '0'}`));
}
