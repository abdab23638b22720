import { DockerEndpoint, NotTaken } from './docker-endpoint';
import { contents, Corrupted } from './download';
import { sendParts, SMALLEST_PART, TooSmall } from './layer-parts';
import { backoff } from './retry';
import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import { Explained, isNamed } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

const ATTEMPTS = 4;

export interface LayerTarget {
  readonly repositoryName: string;
  readonly endpoint: DockerEndpoint;
}

/**
 * Sends one layer. It is there for every image of the repository once it is complete, and only then. Small ones go by the API of ECR; large ones as a
 * stream to the registry's own endpoint, and if that breaks, by the API in parts.
 *
 * @param session where an upload was begun already
 * @param sent told of all bytes on their way
 */
export async function upload(
  task: EcrTask, { repositoryName, endpoint }: LayerTarget, source: ImageSource, blob: Descriptor, session: URL | undefined,
  sent: (bytes: number) => void,
): Promise<void> {
  let smallest = SMALLEST_PART;
  let isStreamed = blob.size > SMALLEST_PART && endpoint.isTaking;
  for (let attempt = 1; ; attempt++) {
    let counted = 0;
    const count = (bytes: number) => {
      counted += bytes;
      sent(bytes);
    };
    try {
      if (isStreamed) return await stream(task, endpoint, source, blob, attempt === 1 ? session : undefined, count);
      return await sendParts(task, repositoryName, source, blob, smallest, count);
    } catch (error) {
      if (isNamed(error, 'LayerAlreadyExistsException')) return; // somebody else sends the same one
      if (!isWorthAnotherTry(error) || task.signal.aborted) throw error;
      if (attempt === ATTEMPTS) throw givenUp(source, blob, error as Error);
      sent(-counted);
      if (error instanceof NotTaken) isStreamed = endpoint.isTaking = false;
      if (error instanceof TooSmall) smallest = error.partSize;
      task.log(`layer ${blob.digest} is sent anew: ${(error as Error).message}`);
      await task.clock.sleep(backoff(attempt));
    }
  }
}

async function stream(
  task: EcrTask, endpoint: DockerEndpoint, source: ImageSource, blob: Descriptor, begun: URL | undefined, sent: (bytes: number) => void,
): Promise<void> {
  const session = begun ?? await endpoint.begin();
  let failure: unknown;
  async function* counted() {
    try {
      for await (const chunk of contents(task, source, blob)) {
        yield chunk;
        sent(chunk.length);
      }
    } catch (error) {
      failure = error; // which is not the endpoint's
      throw error;
    }
  }
  try {
    await endpoint.finish(await endpoint.send(session!, counted()), blob.digest);
  } catch (error) {
    throw failure ?? error;
  }
}

function isWorthAnotherTry(error: unknown): boolean {
  return error instanceof Corrupted || error instanceof NotTaken || error instanceof TooSmall
    || isNamed(error, 'UploadNotFoundException', 'InvalidLayerPartException', 'EmptyUploadException');
}

function givenUp(source: ImageSource, { digest }: Descriptor, error: Error): Explained {
  return new Explained(error instanceof Corrupted
    ? `The layer ${digest} arrives damaged from ${source.name} (${error.message}, ${ATTEMPTS} attempts) — see what lies between, or push the image anew`
    : `ECR does not take the layer ${digest}: ${error.message} (${ATTEMPTS} attempts) — try again`, { cause: error });
}
