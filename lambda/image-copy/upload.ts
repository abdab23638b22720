import { DockerEndpoint, EndpointRefusal } from './docker-endpoint';
import { contents, CorruptContents } from './download';
import { sendParts, PartTooSmall } from './layer-parts';
import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import { backoff } from '../shared/protocol/backoff';
import { UserError, isNamed } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

const ATTEMPTS = 4;

export interface LayerTarget {
  readonly repositoryName: string;
  readonly endpoint: DockerEndpoint;
  /** Size of a part in bytes. A larger layer is streamed. */
  readonly smallestPart: number;
}

/**
 * Sends one layer. When it is complete, every image of the repository can use it. Small layers are sent with the API of ECR. Large layers
 * are sent as a stream to the endpoint of the registry and, if that fails, in parts with the API.
 *
 * @param session location of an upload that has already begun
 * @param onBytesSent called with the number of bytes each time some were sent
 */
export async function upload(
  task: EcrTask, { repositoryName, endpoint, smallestPart }: LayerTarget, source: ImageSource, blob: Descriptor, session: URL | undefined,
  onBytesSent: (bytes: number) => void,
): Promise<void> {
  let smallest = smallestPart;
  let isStreamed = blob.size > smallestPart && endpoint.isUsable;
  for (let attempt = 1; ; attempt++) {
    let attemptBytes = 0;
    const count = (bytes: number) => {
      attemptBytes += bytes;
      onBytesSent(bytes);
    };
    try {
      if (isStreamed) return await stream(task, endpoint, source, blob, attempt === 1 ? session : undefined, count);
      return await sendParts(task, repositoryName, source, blob, smallest, count);
    } catch (error) {
      if (isNamed(error, 'LayerAlreadyExistsException')) return; // another client has sent the same layer
      if (!isWorthAnotherTry(error) || task.signal.aborted) throw error;
      if (attempt === ATTEMPTS) throw attemptsError(source, blob, error as Error);
      onBytesSent(-attemptBytes);
      if (error instanceof EndpointRefusal) isStreamed = endpoint.isUsable = false;
      if (error instanceof PartTooSmall) smallest = error.partSize;
      task.log(`layer ${blob.digest} is sent again: ${(error as Error).message}`);
      await task.clock.sleep(backoff(attempt));
    }
  }
}

async function stream(
  task: EcrTask, endpoint: DockerEndpoint, source: ImageSource, blob: Descriptor, startedSession: URL | undefined,
  onBytesSent: (bytes: number) => void,
): Promise<void> {
  const session = startedSession ?? await endpoint.begin();
  let failure: unknown;
  async function* countedContents() {
    try {
      for await (const chunk of contents(task, source, blob)) {
        yield chunk;
        onBytesSent(chunk.length);
      }
    } catch (error) {
      failure = error; // the error is of the source, not of the endpoint
      throw error;
    }
  }
  try {
    await endpoint.finish(await endpoint.send(session!, countedContents()), blob.digest);
  } catch (error) {
    throw failure ?? error;
  }
}

function isWorthAnotherTry(error: unknown): boolean {
  return error instanceof CorruptContents || error instanceof EndpointRefusal || error instanceof PartTooSmall
    || isNamed(error, 'UploadNotFoundException', 'InvalidLayerPartException', 'EmptyUploadException');
}

function attemptsError(source: ImageSource, { digest }: Descriptor, error: Error): UserError {
  return new UserError(error instanceof CorruptContents
    ? `The layer ${digest} was damaged in transit from ${source.name} (${error.message}, ${ATTEMPTS} attempts).`
      + ' Check any proxies in between, or push the image again.'
    : `ECR did not accept the layer ${digest} (${error.message}, ${ATTEMPTS} attempts). Try again.`, { cause: error });
}
