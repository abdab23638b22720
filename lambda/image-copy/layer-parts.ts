import { CompleteLayerUploadCommand, InitiateLayerUploadCommand, UploadLayerPartCommand } from '@aws-sdk/client-ecr';
import { Corrupted, parts } from './download';
import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import { untilAllowed } from '../shared/aws/until-allowed';
import { isNamed } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

/**
 * ECR names the size it expects, and takes parts from 5 MiB on. Smaller ones are smaller in memory, where a part is held several times over while it is
 * sent. https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
 */
export const SMALLEST_PART = 5 * 1024 * 1024;
const MOST_PARTS = 4_200;
/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html */
const LARGEST_PART = 20_971_520;

/** A part was smaller than ECR takes; it expects this size. */
export class TooSmall extends Error {
  constructor(message: string, readonly partSize: number) {
    super(message);
  }
}

/** Sends a layer with the API of ECR, every part of which is repeated on its own. While one is on its way the next one is fetched. */
export async function sendParts(
  task: EcrTask, repositoryName: string, source: ImageSource, blob: Descriptor, smallest: number, sent: (bytes: number) => void,
): Promise<void> {
  const begun = await untilAllowed(task, () => task.ecr.send(new InitiateLayerUploadCommand({ repositoryName }), { abortSignal: task.signal }));
  const upload = new PartUpload(task, repositoryName, begun?.uploadId ?? '');
  const partSize = Math.min(Math.max(smallest, Math.ceil(blob.size / MOST_PARTS)), LARGEST_PART);
  let onItsWay: Promise<void> | undefined;
  try {
    for await (const part of parts(task, source, blob, partSize)) {
      await onItsWay; // ECR takes the parts of a layer only in their order
      onItsWay = upload.part(part).then(() => sent(part.length));
    }
    await onItsWay;
    await upload.complete(blob);
  } catch (error) {
    await onItsWay?.catch(() => undefined);
    throw isNamed(error, 'LayerPartTooSmallException') ? new TooSmall((error as Error).message, begun?.partSize ?? LARGEST_PART) : error;
  }
}

class PartUpload {
  private next = 0;

  constructor(private readonly task: EcrTask, private readonly repositoryName: string, private readonly uploadId: string) {}

  async part(layerPartBlob: Buffer): Promise<void> {
    const { task, repositoryName, uploadId, next: partFirstByte } = this;
    const partLastByte = partFirstByte + layerPartBlob.length - 1;
    this.next = partLastByte + 1;
    const input = { repositoryName, uploadId, partFirstByte, partLastByte, layerPartBlob };
    try {
      await untilAllowed(task, () => task.ecr.send(new UploadLayerPartCommand(input), { abortSignal: task.signal }));
    } catch (error) {
      // it had arrived, and only the answer was lost
      if (isNamed(error, 'InvalidLayerPartException') && (error as { lastValidByteReceived?: number }).lastValidByteReceived === partLastByte) return;
      throw error;
    }
  }

  async complete({ digest }: Descriptor): Promise<void> {
    const { task, repositoryName, uploadId } = this;
    const input = { repositoryName, uploadId, layerDigests: [digest] };
    try {
      await untilAllowed(task, () => task.ecr.send(new CompleteLayerUploadCommand(input), { abortSignal: task.signal }));
    } catch (error) {
      throw isNamed(error, 'InvalidLayerException') ? new Corrupted((error as Error).message) : error;
    }
  }
}
