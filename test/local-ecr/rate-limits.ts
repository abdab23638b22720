export interface RateLimit {
  /** @default - all operations of the service together */
  readonly operation?: string;
  /** @default - all Regions together */
  readonly region?: string;
  /** `Infinity` removes the limit. */
  readonly perSecond: number;
  /** Burst capacity after a pause. @default - `perSecond`, at least 1 */
  readonly burst?: number;
}

interface Bucket extends Required<Pick<RateLimit, 'perSecond' | 'burst'>>, Pick<RateLimit, 'operation' | 'region'> {
  tokens: number;
  at: number;
}

/** Token buckets. The rates of the real service are mostly unpublished (user guide "Service quotas"). */
export class RateLimits {
  private buckets = new Array<Bucket>();

  constructor(private readonly milliseconds: () => number) {}

  set({ operation, region, perSecond, burst = perSecond }: RateLimit): void {
    this.buckets = this.buckets.filter(bucket => bucket.operation !== operation || bucket.region !== region);
    if (perSecond === Infinity) return;
    const most = Math.max(1, burst);
    this.buckets.push({ operation, region, perSecond, burst: most, tokens: most, at: this.milliseconds() });
  }

  /** A request that one bucket refuses takes no token from the others. */
  admits(operation: string, region: string): boolean {
    const matching = this.buckets.filter(bucket => (bucket.operation ?? operation) === operation && (bucket.region ?? region) === region);
    for (const bucket of matching) refill(bucket, this.milliseconds());
    if (matching.some(bucket => bucket.tokens < 1)) return false;
    for (const bucket of matching) bucket.tokens -= 1;
    return true;
  }
}

function refill(bucket: Bucket, now: number): void {
  bucket.tokens = Math.min(bucket.burst, bucket.tokens + (now - bucket.at) / 1000 * bucket.perSecond);
  bucket.at = now;
}
