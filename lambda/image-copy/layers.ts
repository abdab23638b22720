import { BatchCheckLayerAvailabilityCommand } from '@aws-sdk/client-ecr';
import { EndpointRefusal } from './docker-endpoint';
import type { ImageSource } from './source';
import { LayerTarget, upload } from './upload';
import { formatBytes } from '../../src/core/format';
import type { Descriptor } from '../../src/core/images/manifest';
import { runConcurrently } from '../shared/aws/run-concurrently';
import { sendToEcr } from '../shared/aws/send-command';
import { UserError } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

const CHECKED_AT_ONCE = 100;
const LAYERS_AT_ONCE = 4;

export interface LayerSizes {
  readonly bytesSent: number;
  /** Size of the layers that the repository had before, or that are shared with it now. */
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
  const { endpoint, repositoryName, sharingRepository } = to;
  const missing = await findMissing(task, repositoryName, blobs);
  const total = sum(blobs);
  let bytesLeft = sum(missing);
  let bytesSent = 0;
  let remaining = missing.length;
  let canShare = sharingRepository !== undefined;
  const progress = (count = 0) => {
    bytesLeft -= count;
    task.progress(`copying ${source.name} to '${repositoryName}': ${remaining} of ${blobs.length} layers are left,`
      + ` ${formatBytes(Math.max(0, bytesLeft))} of ${formatBytes(total)}`);
  };
  /** @returns 'shared', or the URL to send the layer to if its upload has begun */
  const share = async (digest: string): Promise<URL | 'shared' | undefined> => {
    if (!canShare) return undefined;
    let session: URL | undefined;
    let why = '. To avoid that, turn on blob mounting for the registry, with the same encryption for both repositories';
    try {
      session = await endpoint.begin({ digest, from: sharingRepository! });
      if (session === undefined) return 'shared';
    } catch (error) {
      if (!(error instanceof EndpointRefusal)) throw error;
      why = `: ${error.message}`;
    }
    canShare = false;
    task.log(`layers of '${sharingRepository}' cannot be shared with '${repositoryName}' and are sent${why}`);
    return session;
  };
  const copy = async (blob: Descriptor): Promise<void> => {
    progress();
    const session = await share(blob.digest);
    if (session === 'shared') {
      bytesLeft -= blob.size;
    } else {
      await upload(task, to, source, blob, session, progress);
      bytesSent += blob.size;
    }
    remaining--;
    progress();
  };
  const [first, ...others] = missing;
  // the first layer shows whether the others can be shared
  if (canShare && first) await copy(first);
  await runConcurrently(sharingRepository === undefined ? missing : others, LAYERS_AT_ONCE, copy);
  return { bytesSent, bytesSkipped: total - bytesSent };
}

async function findMissing(task: EcrTask, repositoryName: string, blobs: readonly Descriptor[]): Promise<Descriptor[]> {
  const available = new Set<string>();
  for (let from = 0; from < blobs.length; from += CHECKED_AT_ONCE) {
    task.progress(`checking which layers repository '${repositoryName}' has`);
    const input = { repositoryName, layerDigests: blobs.slice(from, from + CHECKED_AT_ONCE).map(({ digest }) => digest) };
    const answer = await sendToEcr(task, BatchCheckLayerAvailabilityCommand, input);
    for (const { layerDigest, layerAvailability } of answer?.layers ?? []) {
      if (layerAvailability === 'AVAILABLE') available.add(layerDigest!);
    }
    const failure = answer?.failures?.find(({ failureCode }) => failureCode !== 'MissingLayerDigest');
    if (failure) {
      throw new UserError(`Repository '${repositoryName}': ECR did not return whether the layer ${failure.layerDigest} exists`
        + ` (${failure.failureCode}: ${failure.failureReason}). Fix the cause, then try again.`);
    }
  }
  return blobs.filter(({ digest }) => !available.has(digest));
}

function sum(blobs: readonly Descriptor[]): number {
  return blobs.reduce((total, { size }) => total + size, 0);
}
