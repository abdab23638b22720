/** Faults and their conditions: README.md, "Faults and rates". */
export type FaultKind = ConnectionFault | 'throttle' | 'serverError' | 'accessDenied' | 'killAfter' | 'kms' | 'hang' | 'imageFailure';
type ConnectionFault = 'reset' | 'brokenPipe' | 'timeout' | 'connectionTimeout';

export interface Fault {
  readonly kind: FaultKind;
  /** @default - every operation */
  readonly operation?: string | RegExp;
  /** @default - every caller */
  readonly accessKeyId?: string;
  /** Region of the matching requests. @default - every Region */
  readonly region?: string;
  /** Number of matching requests without the fault before the first fault. @default 0 */
  readonly skip?: number;
  /** Number of requests with the fault. `Infinity` means all. @default 1 */
  readonly times?: number;
  /** For `imageFailure`: the code of the entry in `failures`. @default 'ImageInaccessible' */
  readonly failureCode?: string;
  /** For `imageFailure`: only this digest. @default - every image of the request */
  readonly imageDigest?: string;
}

/** Faults of the connection before the operation, with the error code for the client. The SDK names each of them TimeoutError. */
const CONNECTION_FAULTS: Partial<Record<FaultKind, { readonly code?: string }>> = {
  reset: { code: 'ECONNRESET' },
  brokenPipe: { code: 'EPIPE' },
  timeout: { code: 'ETIMEDOUT' },
  connectionTimeout: {},
};

/** Returns the connection error of this fault, or undefined for other faults. */
export function connectionError(kind: FaultKind | undefined): Error | undefined {
  const properties = kind && CONNECTION_FAULTS[kind];
  return properties && Object.assign(new Error(kind === 'reset' ? 'socket hang up' : kind), properties);
}

export class Faults {
  private waiting = new Array<{ readonly fault: Fault; skip: number; times: number }>();

  add(...faults: Fault[]): void {
    this.waiting.push(...faults.map(fault => ({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 })));
  }

  clear(): void {
    this.waiting = [];
  }

  /** Faults that have not occurred as often as requested. If a test ends with such faults, it did not test what it claims. */
  get pending(): Fault[] {
    return this.waiting.map(entry => entry.fault);
  }

  /** Returns the first fault for this request. Each earlier matching fault counts the request as skipped. */
  take(operation: string, accessKeyId: string, region?: string): Fault | undefined {
    for (const entry of this.waiting) {
      if (!concerns(entry.fault, operation, accessKeyId, region)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.times -= 1;
      if (entry.times <= 0) this.waiting = this.waiting.filter(other => other !== entry);
      return entry.fault;
    }
    return undefined;
  }
}

function concerns(fault: Fault, operation: string, accessKeyId: string, region: string | undefined): boolean {
  if (fault.region !== undefined && fault.region !== region) return false;
  if (fault.accessKeyId !== undefined && fault.accessKeyId !== accessKeyId) return false;
  if (fault.operation === undefined) return true;
  return typeof fault.operation === 'string' ? fault.operation === operation : fault.operation.test(operation);
}
