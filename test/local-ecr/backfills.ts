/** Backfills of replication. Behavior and sources: README.md, "Replication backfill". */
import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-error';
import type { Readings } from './readings';
import type { Registries, Registry } from './registry';
import type { Replication } from './replication';
import type { ReplicationDestination } from './replication-rules';
import type { ImageId } from './repository';

export type BackfillStatus = 'PREPARING' | 'IN_PROGRESS' | 'COMPLETE' | 'FAILED' | 'STOPPING' | 'STOPPED';

export interface BackfillResult {
  readonly repositoryName: string;
  readonly imageId: ImageId;
  readonly status: 'COMPLETE' | 'FAILED';
  readonly failureCode?: string;
}

export interface Backfill {
  readonly id: string;
  readonly destination: ReplicationDestination;
  readonly startedAt: number;
  status: BackfillStatus;
  endedAt?: number;
  failureCode?: string;
  /** Each image with each of its tags, when the images are identified. */
  replications?: readonly { readonly repositoryName: string; readonly imageId: ImageId }[];
  readonly results: BackfillResult[];
  /** Number of reads that still return the current status. */
  pollsLeft: number;
}

const MAX_IN_PROGRESS = 10;
const RETENTION = 90 * 86_400_000;
/** The share of failures counts only from this number of replications on. */
const EVALUATED_FROM = 100;

export class Backfills {
  /** See LocalEcr.backfillPolls. */
  polls = 1;
  private readonly started = new WeakMap<Registry, Backfill[]>();

  constructor(private readonly registries: Registries, private readonly replication: Replication, private readonly readings: Readings) {}

  start(registry: Registry, destination: ReplicationDestination, now: number): Backfill {
    const running = this.of(registry, now).filter(({ status }) => !isTerminal(status));
    if (running.some(backfill => backfill.destination.region === destination.region)) {
      throw new AwsError('ReplicationBackfillInProgressException',
        `A replication backfill is already in progress for the destination Region '${destination.region}'`);
    }
    if (running.length >= MAX_IN_PROGRESS) {
      throw new AwsError('LimitExceededException', `At most ${MAX_IN_PROGRESS} replication backfills can be in progress`);
    }
    const backfill: Backfill = {
      id: randomUUID(), destination, startedAt: now, status: 'PREPARING', results: [], pollsLeft: this.polls,
    };
    this.started.set(registry, [...this.of(registry, now), backfill]);
    return backfill;
  }

  /** Returns the backfills of a registry that are not forgotten yet. */
  of(registry: Registry, now: number): readonly Backfill[] {
    return (this.started.get(registry) ?? []).filter(({ endedAt }) => endedAt === undefined || now - endedAt < RETENTION);
  }

  find(registry: Registry, id: string, now: number): Backfill {
    const found = this.of(registry, now).find(backfill => backfill.id === id);
    if (found) return found;
    throw new AwsError('ReplicationBackfillNotFoundException',
      `The replication backfill with id '${id}' does not exist in the registry with id '${registry.account}'`);
  }

  /** Returns the backfill as a read finds it. */
  read(registry: Registry, backfill: Backfill, now: number): Backfill {
    if (backfill.pollsLeft > 0) backfill.pollsLeft -= 1;
    else this.advance(registry, backfill, now);
    return backfill;
  }

  /** "replications that are already in progress continue to completion" (StopReplicationBackfill). */
  stop(backfill: Backfill, now: number): void {
    if (backfill.status !== 'PREPARING' && backfill.status !== 'IN_PROGRESS') {
      throw new AwsError('ReplicationBackfillInvalidStatusException',
        `The replication backfill with id '${backfill.id}' has the status ${backfill.status} and cannot be stopped`);
    }
    if (backfill.status === 'PREPARING') end(backfill, 'STOPPED', now);
    else Object.assign(backfill, { status: 'STOPPING', pollsLeft: this.polls });
  }

  /** Continues with the next status, or with at most this number of replications. */
  advance(registry: Registry, backfill: Backfill, now: number, replications = Infinity): void {
    backfill.pollsLeft = this.polls;
    if (backfill.status === 'PREPARING') {
      backfill.replications = this.replication.replicationsTo(registry, backfill.destination);
      backfill.status = 'IN_PROGRESS';
    } else if (backfill.status === 'STOPPING') {
      end(backfill, 'STOPPED', now);
    } else if (backfill.status === 'IN_PROGRESS') {
      this.replicate(registry, backfill, now, replications);
    }
  }

  private replicate(registry: Registry, backfill: Backfill, now: number, replications: number): void {
    const { replications: all = [], results, destination } = backfill;
    const to = this.registries.of(destination.registryId, destination.region);
    for (const { repositoryName, imageId } of all.slice(results.length, results.length + replications)) {
      const source = registry.repositories.get(repositoryName);
      const image = source?.image(imageId.imageDigest!);
      const failureCode = source && image
        ? this.replication.replicate(to, { source, image, tags: imageId.imageTag === undefined ? [] : [imageId.imageTag], now })
        : 'ImageNotFound';
      results.push({ repositoryName, imageId, ...failureCode === undefined ? { status: 'COMPLETE' } : { status: 'FAILED', failureCode } });
      if (results.length >= EVALUATED_FROM && failuresOf(backfill).length * 2 >= results.length) {
        fail(backfill, now);
        return;
      }
    }
    if (results.length < all.length) return;
    if (failuresOf(backfill).length > 0 && this.readings.isOther('backfill-complete-with-failures')) fail(backfill, now);
    else end(backfill, 'COMPLETE', now);
  }
}

export function isTerminal(status: BackfillStatus): boolean {
  return status === 'COMPLETE' || status === 'FAILED' || status === 'STOPPED';
}

export function failuresOf({ results }: Backfill): BackfillResult[] {
  return results.filter(({ status }) => status === 'FAILED');
}

function fail(backfill: Backfill, now: number): void {
  backfill.failureCode = 'ReplicationFailureThresholdExceeded';
  end(backfill, 'FAILED', now);
}

function end(backfill: Backfill, status: BackfillStatus, now: number): void {
  Object.assign(backfill, { status, endedAt: now });
}
