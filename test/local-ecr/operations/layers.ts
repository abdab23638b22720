import { AwsError } from '../aws-error';
import { list, required, requiredText } from '../constraints';
import { onRepository } from '../operation';
import type { Repository } from '../repository';

const DIGEST = '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+';

export const batchCheckLayerAvailability = onRepository('BatchCheckLayerAvailability', (repository, { input, readings }) => {
  const digests = required('layerDigests', list<unknown>('layerDigests', input.layerDigests, 1, 100))
    .map(digest => requiredText('layerDigests', digest, { max: 1000 }));
  const isWellFormed = (digest: string) => new RegExp(`^${DIGEST}$`).test(digest);
  return {
    layers: digests.filter(isWellFormed).map(layerDigest => {
      const layer = repository.layers.get(layerDigest);
      if (!layer) return { layerDigest, layerAvailability: 'UNAVAILABLE' };
      const isArchived = isOnlyArchived(repository, layerDigest) && !readings.isOther('archived-layer-status');
      return { layerDigest, layerAvailability: isArchived ? 'ARCHIVED' : 'AVAILABLE', layerSize: layer.size };
    }),
    failures: digests.filter(digest => !isWellFormed(digest)).map(layerDigest => layerDigest === ''
      ? { layerDigest, failureCode: 'MissingLayerDigest', failureReason: 'Invalid request parameters: layer digest cannot be empty' }
      : {
        layerDigest,
        failureCode: 'InvalidLayerDigest',
        failureReason: `Invalid request parameters: layer digest should satisfy the regex '${DIGEST}'`,
      }),
  };
});

export const getDownloadUrlForLayer = onRepository('GetDownloadUrlForLayer', (repository, { input, layers }) => {
  const layerDigest = requiredText('layerDigest', input.layerDigest, { pattern: DIGEST });
  const { name, account } = repository.settings;
  const layer = repository.layers.get(layerDigest);
  if (!layer) {
    throw new AwsError('LayersNotFoundException',
      `The layer with digest '${layerDigest}' does not exist within the repository with name '${name}' in the`
        + ` registry with id '${account}'`);
  }
  if (!isPartOfAnImage(repository, layerDigest)) {
    throw new AwsError('LayerInaccessibleException',
      `The layer with digest '${layerDigest}' in the repository with name '${name}' in the registry with id '${account}' is not`
        + ' associated with an image');
  }
  return { downloadUrl: layers!.downloads.offer(layer, layers!.endpoint), layerDigest };
});

/** Whether a layer can be downloaded or mounted. */
export function isPartOfAnImage(repository: Repository, digest: string): boolean {
  return repository.usersOf(digest).some(image => image.status === 'ACTIVE');
}

function isOnlyArchived(repository: Repository, digest: string): boolean {
  const users = repository.usersOf(digest);
  return users.length > 0 && !users.some(image => image.status === 'ACTIVE');
}
