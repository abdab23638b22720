import { BatchCheckLayerAvailabilityCommand } from '@aws-sdk/client-ecr';
import { EndpointRefusal } from './docker-endpoint';
import type { ImageSource } from './source';
import { LayerTarget, upload } from './upload';
import { formatBytes } from '../../src/core/format';
import type { Descriptor } from '../../src/core/images/manifest';
import { retryDenied } from '../shared/aws/retry-denied';
import { runConcurrently } from '../shared/aws/run-concurrently';
import { UserError } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

const CHECKED_AT_ONCE = 100;
const LAYERS_AT_ONCE = 4;

export interface LayerSizes {
  readonly bytesSent: number;
  /** Of layers that the repository had before, or that are shared with it now. */
  readonly bytesSkipped: number;
}

export interface LayerDestination extends LayerTarget {
  /** Another repository of the same registry, whose layers may be shared. */
  readonly sharingRepository?: string;
}

/** Sends the layers that the repository does not have. */
export async function copyLayers(
  task: EcrTask, source: ImageSource, to: LayerDestination, blobs: readonly Descriptor[],
): Promise<LayerSizes> {
  const missing = await findMissing(task, to.repositoryName, blobs);
  return new LayerCopy(task, source, to, blobs, missing).run();
}

class LayerCopy {
  private readonly total: number;
  private remaining: number;
  private bytesInProgress = 0;
  private bytesSent = 0;
  private bytesShared = 0;
  /** Undefined once a layer could not be shared. */
  private sharingRepository?: string;

  constructor(
    private readonly task: EcrTask, private readonly source: ImageSource, private readonly to: LayerDestination,
    private readonly blobs: readonly Descriptor[], private readonly missing: readonly Descriptor[],
  ) {
    this.total = sum(blobs);
    this.remaining = missing.length;
    this.sharingRepository = to.sharingRepository;
  }

  async run(): Promise<LayerSizes> {
    const { missing, total } = this;
    const [first, ...others] = missing;
    // the first one shows whether the others can be shared
    if (this.sharingRepository !== undefined && first) await this.copy(first);
    await runConcurrently(this.to.sharingRepository === undefined ? missing : others, LAYERS_AT_ONCE, blob => this.copy(blob));
    return { bytesSent: this.bytesSent, bytesSkipped: total - this.bytesSent };
  }

  private async copy(blob: Descriptor): Promise<void> {
    this.reportProgress();
    const session = await this.share(blob.digest);
    if (session === 'shared') {
      this.bytesShared += blob.size;
    } else {
      await upload(this.task, this.to, this.source, blob, session, count => {
        this.bytesInProgress += count;
        this.reportProgress();
      });
      this.bytesSent += blob.size;
    }
    this.remaining--;
    this.reportProgress();
  }

  /** @returns where to send the layer if it was not shared and its upload has begun */
  private async share(digest: string): Promise<URL | 'shared' | undefined> {
    const { sharingRepository: from, to: { endpoint, repositoryName }, task } = this;
    if (from === undefined) return undefined;
    try {
      const session = await endpoint.begin({ digest, from });
      if (session === undefined) return 'shared';
      this.sharingRepository = undefined;
      task.log(`layers of '${from}' cannot be shared with '${repositoryName}', they are sent`
        + ' — turn on blob mounting for the registry, with the same encryption for both repositories, to save that');
      return session;
    } catch (error) {
      if (!(error instanceof EndpointRefusal)) throw error;
      this.sharingRepository = undefined;
      task.log(`layers of '${from}' cannot be shared with '${repositoryName}', they are sent: ${error.message}`);
      return undefined;
    }
  }

  private reportProgress(): void {
    const { task, source, to, remaining, blobs, total, missing, bytesShared, bytesInProgress } = this;
    task.progress(`copying ${source.name} to '${to.repositoryName}': ${remaining} of ${blobs.length} layers are left,`
      + ` ${formatBytes(Math.max(0, sum(missing) - bytesShared - bytesInProgress))} of ${formatBytes(total)}`);
  }
}

async function findMissing(task: EcrTask, repositoryName: string, blobs: readonly Descriptor[]): Promise<Descriptor[]> {
  const available = new Set<string>();
  for (let from = 0; from < blobs.length; from += CHECKED_AT_ONCE) {
    task.progress(`looking which layers repository '${repositoryName}' has`);
    const input = { repositoryName, layerDigests: blobs.slice(from, from + CHECKED_AT_ONCE).map(({ digest }) => digest) };
    const answer = await retryDenied(task, () =>
      task.ecr.send(new BatchCheckLayerAvailabilityCommand(input), { abortSignal: task.signal }));
    for (const { layerDigest, layerAvailability } of answer?.layers ?? []) {
      if (layerAvailability === 'AVAILABLE') available.add(layerDigest!);
    }
    const failure = answer?.failures?.find(({ failureCode }) => failureCode !== 'MissingLayerDigest');
    if (failure) {
      throw new UserError(`Repository '${repositoryName}' does not say whether it has ${failure.layerDigest}`
        + ` (${failure.failureCode}: ${failure.failureReason})`);
    }
  }
  return blobs.filter(({ digest }) => !available.has(digest));
}

function sum(blobs: readonly Descriptor[]): number {
  return blobs.reduce((total, { size }) => total + size, 0);
}
