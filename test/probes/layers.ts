import { createHash } from 'node:crypto';
import {
  BatchCheckLayerAvailabilityCommand, CompleteLayerUploadCommand, GetDownloadUrlForLayerCommand, InitiateLayerUploadCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { archive } from './archive';
import { answerOf, Probe, ProbeWorld } from './probe';
import { push, PushedImage } from './push';

const WRONG = `sha256:${'0'.repeat(64)}`;
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Returns the digest of the layer of an image. */
function layerOf({ manifest }: PushedImage): string {
  return (JSON.parse(manifest) as { layers: [{ digest: string }] }).layers[0].digest;
}

/** A layer whose upload has begun. */
class Upload {
  static async begin(ecr: ECRClient, repositoryName: string): Promise<Upload> {
    const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
    return new Upload(ecr, { repositoryName, uploadId });
  }

  private text = '';

  private constructor(private readonly ecr: ECRClient, private readonly id: { repositoryName: string; uploadId: string | undefined }) {}

  async part(text: string): Promise<void> {
    const { length } = this.text;
    await this.ecr.send(new UploadLayerPartCommand({
      ...this.id, partFirstByte: length, partLastByte: length + text.length - 1, layerPartBlob: Buffer.from(text),
    }));
    this.text += text;
  }

  /** Returns the outcome. */
  complete(digest = digestOf(this.text)): Promise<string> {
    return answerOf(this.ecr.send(new CompleteLayerUploadCommand({ ...this.id, layerDigests: [digest] })));
  }
}

async function begin(world: ProbeWorld): Promise<Upload> {
  return Upload.begin(world.clients.ecr, await world.repository());
}

/** Uploads and downloads of layers with the API. */
export const LAYERS = [
  {
    id: 'upload-after-invalid-digest',
    fact: 'The upload of a layer can be completed after an attempt with a wrong digest',
    assumed: 'accepted',
    other: 'UploadNotFoundException',
    fake: 'local-ecr/operations/layer-uploads.ts',
    rests: ['lambda/image-copy/upload.ts'],
    otherwise: 'test/lambda/image-copy/readings.test.ts',
    async ask(world) {
      const upload = await begin(world);
      await upload.part('layer');
      const first = await upload.complete(WRONG);
      return first === 'InvalidLayerException' ? upload.complete() : first;
    },
  },
  {
    id: 'upload-after-small-part',
    fact: 'The upload of a layer still exists after an attempt to complete it with a part that is too small',
    assumed: 'LayerPartTooSmallException',
    other: 'UploadNotFoundException',
    fake: 'local-ecr/operations/layer-uploads.ts',
    rests: ['lambda/image-copy/layer-parts.ts', 'lambda/image-copy/upload.ts'],
    otherwise: 'test/lambda/image-copy/readings.test.ts',
    async ask(world) {
      const upload = await begin(world);
      for (const part of ['too', 'small']) await upload.part(part);
      const first = await upload.complete();
      return first === 'LayerPartTooSmallException' ? upload.complete() : first;
    },
  },
  {
    id: 'upload-after-existing-layer',
    fact: 'The upload of a layer that already exists ends with the error that says so',
    assumed: 'UploadNotFoundException',
    other: 'LayerAlreadyExistsException',
    fake: 'local-ecr/layer-uploads.ts',
    rests: ['lambda/image-copy/upload.ts'],
    otherwise: 'test/lambda/image-copy/readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      let outcome = '';
      for (let nth = 0; nth < 2; nth++) {
        const upload = await Upload.begin(ecr, repositoryName);
        await upload.part('layer');
        outcome = await upload.complete();
        if (outcome === 'LayerAlreadyExistsException') outcome = await upload.complete();
      }
      return outcome;
    },
  },
  {
    id: 'download-url-hour',
    fact: 'The URL of a layer is valid for one hour',
    assumed: '3600 seconds',
    other: '300 seconds',
    fake: 'local-ecr/layer-downloads.ts',
    rests: ['lambda/image-copy/ecr-source.ts'],
    otherwise: 'test/lambda/image-copy/readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const layerDigest = layerOf(await push(ecr, repositoryName, { tag: 'v1' }));
      const { downloadUrl = '' } = await ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }));
      return `${new URL(downloadUrl).searchParams.get('X-Amz-Expires') ?? 'unknown'} seconds`;
    },
  },
  {
    id: 'archived-layer-status',
    fact: 'A layer of which all images are archived is ARCHIVED',
    assumed: 'ARCHIVED',
    other: 'AVAILABLE',
    fake: 'local-ecr/operations/layers.ts',
    rests: ['lambda/image-copy/layers.ts'],
    otherwise: 'test/lambda/image-copy/readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const image = await push(ecr, repositoryName);
      await archive(world, repositoryName, image.digest);
      const layerDigests = [layerOf(image)];
      const { layers = [] } = await ecr.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }));
      return layers[0]?.layerAvailability ?? 'unknown';
    },
  },
] as const satisfies readonly Probe[];
