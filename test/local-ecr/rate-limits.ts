export interface RateLimit {
  readonly operation: string;
  /** `Infinity` lifts the limit. */
  readonly perSecond: number;
  /** Requests that may come at once after a pause. @default - `perSecond`, at least 1 */
  readonly burst?: number;
}

/** Token buckets, one per operation. The rates of the real service are mostly unpublished (user guide "Service quotas"). */
export class RateLimits {
  private readonly buckets = new Map<string, { readonly perSecond: number; readonly burst: number; tokens: number; at: number }>();

  set(limit: RateLimit): void {
    if (limit.perSecond === Infinity) {
      this.buckets.delete(limit.operation);
      return;
    }
    const burst = Math.max(1, limit.burst ?? limit.perSecond);
    this.buckets.set(limit.operation, { perSecond: limit.perSecond, burst, tokens: burst, at: performance.now() });
  }

  admits(operation: string): boolean {
    const bucket = this.buckets.get(operation);
    if (!bucket) return true;
    const now = performance.now();
    bucket.tokens = Math.min(bucket.burst, bucket.tokens + (now - bucket.at) / 1000 * bucket.perSecond);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
