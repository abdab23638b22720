import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-error';
import type { LayerStore, LayerWriter, StoredLayer } from './layer-store';
import type { Readings } from './readings';
import type { Repository } from './repository';

export interface LayerUpload {
  readonly id: string;
  readonly repository: Repository;
  readonly writer: LayerWriter;
  /** The sizes of the parts from UploadLayerPart. */
  readonly parts: number[];
}

/**
 * The uploads under way, of all repositories. An id is good for the repository that it was given for, and not for its successor of that
 * name.
 */
export class LayerUploads {
  private readonly uploads = new Map<string, LayerUpload>();

  constructor(private readonly store: LayerStore) {}

  begin(repository: Repository): LayerUpload {
    const upload: LayerUpload = { id: randomUUID(), repository, writer: this.store.writer(), parts: [] };
    this.uploads.set(upload.id, upload);
    return upload;
  }

  find(repository: Repository, id: string): LayerUpload {
    const upload = this.uploads.get(id);
    if (upload?.repository === repository) return upload;
    const { account, name } = repository.settings;
    throw new AwsError('UploadNotFoundException',
      `The upload with id '${id}' for the repository with name '${name}' in the registry with id '${account}' could not be found`);
  }

  /** Invalidates the id, whether the layer is new or not. */
  finish(upload: LayerUpload, readings: Readings): StoredLayer {
    const { id, repository, writer } = upload;
    const { digest } = writer;
    if (repository.layers.has(digest)) {
      if (!readings.isOther('upload-after-existing-layer')) this.cancel(upload);
      throw new AwsError('LayerAlreadyExistsException',
        `Image layer with digest '${digest}' already exists in the repository with name '${repository.name}' in registry with id`
          + ` '${repository.settings.account}'`);
    }
    this.uploads.delete(id);
    const layer = writer.finish();
    repository.layers.set(digest, layer);
    return layer;
  }

  cancel({ id, writer }: LayerUpload): void {
    this.uploads.delete(id);
    writer.discard();
  }

  forgetAll(): void {
    for (const upload of this.uploads.values()) this.cancel(upload);
  }
}
