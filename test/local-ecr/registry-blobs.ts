/**
 * Blobs of the registry protocol: layers and configs. Whatever is missing for a mount, the answer is an upload session. Behavior and
 * sources: README.md.
 */
import { AwsError } from './aws-error';
import { refuseKms, refuseWithDisabledKey } from './kms';
import type { LayerUpload } from './layer-uploads';
import type { EcrRequest } from './operation';
import { isPartOfAnImage } from './operations/layers';
import type { RegistryReply } from './registry-reply';
import type { RegistryRoute, RegistryVisit } from './registry-routes';

const BLOB = /^\/v2\/(.+)\/blobs\/([^/]+)$/;
const SESSION = /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/;
const LOOPBACK: Record<string, string> = { '127.0.0.1': 'localhost', 'localhost': '127.0.0.1' };

const head: RegistryRoute = {
  methods: ['HEAD'],
  path: BLOB,
  operation: 'BatchCheckLayerAvailability',
  handle: visit => {
    const { layers: [layer] } = visit.perform('BatchCheckLayerAvailability', { layerDigests: [visit.reference] }) as {
      layers: { layerAvailability: string; layerSize: number }[];
    };
    if (layer?.layerAvailability !== 'AVAILABLE') throw unknownBlob(visit);
    return {
      status: 200,
      headers: { 'content-type': 'application/octet-stream', 'content-length': layer.layerSize, 'docker-content-digest': visit.reference },
    };
  },
};

const get: RegistryRoute = {
  methods: ['GET'],
  path: BLOB,
  operation: 'GetDownloadUrlForLayer',
  handle: visit => {
    const { downloadUrl } = visit.perform('GetDownloadUrlForLayer', { layerDigest: visit.reference }) as { downloadUrl: string };
    return {
      status: 307, headers: { 'location': elsewhere(downloadUrl, visit), 'docker-content-digest': visit.reference, 'content-length': 0 },
    };
  },
};

const begin: RegistryRoute = {
  methods: ['POST'],
  path: /^\/v2\/(.+)\/blobs\/uploads\/?()$/,
  operation: 'InitiateLayerUpload',
  handle: visit => {
    const { repositoryName, url } = visit;
    const digest = url.searchParams.get('mount');
    const from = url.searchParams.get('from');
    const request = visit.admit('InitiateLayerUpload');
    if (digest !== null && from !== null && mounts(visit, request, from, digest)) {
      return {
        status: 201,
        headers: {
          'location': visit.locationOf(`/v2/${repositoryName}/blobs/${digest}`), 'docker-content-digest': digest, 'content-length': 0,
        },
      };
    }
    const { uploadId } = visit.perform('InitiateLayerUpload', {}) as { uploadId: string };
    return session(202, visit, { id: uploadId, size: 0 });
  },
};

const append: RegistryRoute = {
  methods: ['PATCH'],
  path: SESSION,
  operation: 'UploadLayerPart',
  handle: async visit => {
    const request = visit.admit('UploadLayerPart');
    const from = /^(?:bytes )?(\d+)-\d+/.exec(visit.request.headers['content-range'] ?? '')?.[1];
    const { writer, repository } = uploadOf(visit, request);
    refuseKms(request, repository.settings.encryption.kmsKey);
    refuseWithDisabledKey(request, repository.settings.encryption.kmsKey);
    if (from !== undefined && Number(from) !== writer.size) {
      return session(416, visit, { id: visit.reference, size: writer.size });
    }
    await receive(visit, request);
    return session(202, visit, { id: visit.reference, size: writer.size });
  },
};

const complete: RegistryRoute = {
  methods: ['PUT'],
  path: SESSION,
  operation: 'CompleteLayerUpload',
  handle: async visit => {
    const digest = visit.url.searchParams.get('digest') ?? '';
    const request = visit.admit('CompleteLayerUpload');
    uploadOf(visit, request);
    await receive(visit, request);
    try {
      visit.perform('CompleteLayerUpload', { uploadId: visit.reference, layerDigests: [digest] });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'LayerAlreadyExistsException') throw error;
    }
    return {
      status: 201,
      headers: {
        'location': visit.locationOf(`/v2/${visit.repositoryName}/blobs/${digest}`), 'docker-content-digest': digest, 'content-length': 0,
      },
    };
  },
};

const status: RegistryRoute = {
  methods: ['GET'],
  path: SESSION,
  operation: 'UploadLayerPart',
  handle: visit => session(204, visit, { id: visit.reference, size: uploadOf(visit, visit.admit('UploadLayerPart')).writer.size }),
};

const cancel: RegistryRoute = {
  methods: ['DELETE'],
  path: SESSION,
  operation: 'UploadLayerPart',
  handle: visit => {
    const request = visit.admit('UploadLayerPart');
    request.layers!.uploads.cancel(uploadOf(visit, request));
    return { status: 204 };
  },
};

export const blobRoutes: readonly RegistryRoute[] = [begin, append, complete, status, cancel, head, get];

/** A caller without access to the other repository gets a session, as for a missing blob. */
function mounts(visit: RegistryVisit, { registry }: EcrRequest, from: string, digest: string): boolean {
  const source = registry.repositories.get(from);
  const target = registry.repository(visit.repositoryName);
  const layer = source?.layers.get(digest);
  if (registry.blobMounting !== 'ENABLED' || !source || !layer || !isPartOfAnImage(source, digest)) return false;
  const [ours, theirs] = [target, source].map(({ settings: { encryption } }) => `${encryption.encryptionType} ${encryption.kmsKey ?? ''}`);
  if (ours !== theirs || !mayRead(visit, from)) return false;
  target.layers.set(digest, layer);
  return true;
}

function mayRead(visit: RegistryVisit, repositoryName: string): boolean {
  try {
    visit.admit('GetDownloadUrlForLayer', { repositoryName });
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'AccessDeniedException') return false;
    throw error;
  }
}

function uploadOf({ repositoryName, reference }: RegistryVisit, { registry, layers }: EcrRequest): LayerUpload {
  return layers!.uploads.find(registry.repository(repositoryName), reference);
}

/** Appends the body while it is received. The upload can expire in the meantime. */
async function receive(visit: RegistryVisit, request: EcrRequest): Promise<void> {
  let isPermitted = visit.request.method === 'PATCH';
  // Respond to errors here on the same connection.
  for await (const chunk of visit.request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if (!isPermitted) visit.admit('UploadLayerPart');
    isPermitted = true;
    uploadOf(visit, request).writer.write(chunk);
  }
}

function session(code: number, visit: RegistryVisit, { id, size }: { readonly id: string; readonly size: number }): RegistryReply {
  return {
    status: code,
    headers: {
      'location': visit.locationOf(`/v2/${visit.repositoryName}/blobs/uploads/${id}`),
      'range': `0-${Math.max(0, size - 1)}`,
      'docker-upload-uuid': id,
      ...code === 204 ? {} : { 'content-length': 0 },
    },
  };
}

function elsewhere(downloadUrl: string, { request }: RegistryVisit): string {
  const url = new URL(downloadUrl);
  const [asked] = (request.headers.host ?? '').split(':');
  url.hostname = LOOPBACK[asked] ?? url.hostname;
  return url.toString();
}

function unknownBlob({ reference }: RegistryVisit): AwsError {
  return new AwsError('BlobUnknown', `blob unknown to registry: ${reference}`);
}
