import { CompleteLayerUploadCommand, InitiateLayerUploadCommand, UploadLayerPartCommand } from '@aws-sdk/client-ecr';
import { CorruptContents, parts } from './download';
import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import { sendToEcr } from '../shared/aws/send-command';
import { isNamed } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

/**
 * ECR returns the part size that it expects, but accepts parts of at least 5 MiB. Small parts save memory, because several copies of a part
 * are in memory while it is sent. https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
 */
export const SMALLEST_PART = 5 * 1024 * 1024;
const MOST_PARTS = 4_200;
/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html */
const LARGEST_PART = 20_971_520;

/** A part was smaller than ECR accepts. Has the size that ECR expects. */
export class PartTooSmall extends Error {
  constructor(message: string, readonly partSize: number) {
    super(message);
  }
}

/** Sends a layer with the API of ECR, where each part is retried separately. Reads the next part while a part is sent. */
export async function sendParts(
  task: EcrTask, repositoryName: string, source: ImageSource, blob: Descriptor, smallest: number, onBytesSent: (bytes: number) => void,
): Promise<void> {
  const answer = await sendToEcr(task, InitiateLayerUploadCommand, { repositoryName });
  const upload = { repositoryName, uploadId: answer?.uploadId ?? '' };
  let sentBytes = 0;
  const partSize = Math.min(Math.max(smallest, Math.ceil(blob.size / MOST_PARTS)), LARGEST_PART);
  let pendingPart: Promise<void> | undefined;
  try {
    for await (const part of parts(task, source, blob, partSize)) {
      await pendingPart; // ECR accepts the parts of a layer only in order
      pendingPart = sendPart(task, upload, sentBytes, part).then(() => onBytesSent(part.length));
      sentBytes += part.length;
    }
    await pendingPart;
    await completeUpload(task, upload, blob);
  } catch (error) {
    await pendingPart?.catch(() => undefined);
    if (!isNamed(error, 'LayerPartTooSmallException')) throw error;
    throw new PartTooSmall((error as Error).message, answer?.partSize ?? LARGEST_PART);
  }
}

interface LayerUpload {
  readonly repositoryName: string;
  readonly uploadId: string;
}

async function sendPart(task: EcrTask, upload: LayerUpload, partFirstByte: number, layerPartBlob: Buffer): Promise<void> {
  const partLastByte = partFirstByte + layerPartBlob.length - 1;
  try {
    await sendToEcr(task, UploadLayerPartCommand, { ...upload, partFirstByte, partLastByte, layerPartBlob });
  } catch (error) {
    const { lastValidByteReceived } = error as { lastValidByteReceived?: number };
    // the part arrived, but the response was lost
    if (isNamed(error, 'InvalidLayerPartException') && lastValidByteReceived === partLastByte) return;
    throw error;
  }
}

async function completeUpload(task: EcrTask, upload: LayerUpload, { digest }: Descriptor): Promise<void> {
  try {
    await sendToEcr(task, CompleteLayerUploadCommand, { ...upload, layerDigests: [digest] });
  } catch (error) {
    throw isNamed(error, 'InvalidLayerException') ? new CorruptContents((error as Error).message) : error;
  }
}
