import { AwsError } from './aws-error';
import type { ImageFailure } from './image-ids';
import { MANIFEST_TYPES, OCI_INDEX } from './manifest';
import type { RegistryReply } from './registry-reply';
import type { RegistryRoute, RegistryVisit } from './registry-routes';

const MAX_MANIFEST = 4_194_304;
const PATH = /^\/v2\/(.+)\/manifests\/([^/]+)$/;

interface PulledImage {
  readonly imageId: { readonly imageDigest: string };
  readonly imageManifest: string;
  readonly imageManifestMediaType: string;
}

const pull: RegistryRoute = {
  methods: ['GET', 'HEAD'],
  path: PATH,
  operation: 'BatchGetImage',
  handle: async visit => {
    const input = { imageIds: [imageIdOf(visit.reference)], acceptedMediaTypes: acceptedBy(visit) };
    await visit.importUpstream('BatchGetImage', input);
    const { images, failures } = visit.perform('BatchGetImage', input) as { images: PulledImage[]; failures: ImageFailure[] };
    if (failures.length > 0) throw new AwsError(failures[0].failureCode, failures[0].failureReason);
    const [{ imageId, imageManifest, imageManifestMediaType }] = images;
    return {
      status: 200,
      headers: {
        'content-type': imageManifestMediaType,
        'content-length': Buffer.byteLength(imageManifest),
        'docker-content-digest': imageId.imageDigest,
      },
      body: imageManifest,
    };
  },
};

/** A second push of the same manifest has no effect and succeeds, like a second `docker push`. */
const push: RegistryRoute = {
  methods: ['PUT'],
  path: PATH,
  operation: 'PutImage',
  handle: async visit => {
    const { repositoryName, reference } = visit;
    visit.admit('PutImage');
    const imageManifest = await manifestOf(visit);
    const imageManifestMediaType = visit.request.headers['content-type'];
    let digest: string;
    try {
      const { image } = visit.perform('PutImage', {
        imageManifest, ...imageIdOf(reference), ...imageManifestMediaType === undefined ? {} : { imageManifestMediaType },
      }) as { image: PulledImage };
      digest = image.imageId.imageDigest;
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ImageAlreadyExistsException') throw error;
      const [, existing] = /'(sha256:[a-f0-9]{64})'/.exec(error.message)!;
      digest = existing;
    }
    const subject = subjectOf(imageManifest);
    return {
      status: 201,
      headers: {
        'location': visit.locationOf(`/v2/${repositoryName}/manifests/${digest}`),
        'docker-content-digest': digest,
        'content-length': 0,
        ...subject === undefined ? {} : { 'oci-subject': subject },
      },
    };
  },
};

/** Pages of up to 50 referrers, as in ListImageReferrers. */
const referrers: RegistryRoute = {
  methods: ['GET'],
  path: /^\/v2\/(.+)\/referrers\/([^/]+)$/,
  operation: 'ListImageReferrers',
  handle: visit => {
    const { repositoryName, reference, url } = visit;
    const artifactType = url.searchParams.get('artifactType');
    const nextToken = url.searchParams.get('nextToken');
    const { registry } = visit.admit('ListImageReferrers');
    const page = visit.perform('ListImageReferrers', {
      subjectId: { imageDigest: reference },
      maxResults: 50,
      ...artifactType === null ? {} : { filter: { artifactTypes: [artifactType] } },
      ...nextToken === null ? {} : { nextToken },
    }) as { referrers: { digest: string; mediaType: string; artifactType?: string; annotations?: object }[]; nextToken?: string };
    const repository = registry.repository(repositoryName);
    return json(OCI_INDEX, {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: page.referrers.map(({ digest, mediaType, annotations, ...more }) => ({
        mediaType, digest, size: Buffer.byteLength(repository.image(digest)!.manifest()), artifactType: more.artifactType, annotations,
      })),
    }, {
      ...artifactType === null ? {} : { 'oci-filters-applied': 'artifactType' },
      ...page.nextToken === undefined ? {} : { link: `<${url.pathname}?nextToken=${page.nextToken}>; rel="next"` },
    });
  },
};

const tags: RegistryRoute = {
  methods: ['GET'],
  path: /^\/v2\/(.+)\/tags\/list$/,
  operation: 'ListImages',
  handle: visit => {
    const { repositoryName, url } = visit;
    const size = url.searchParams.get('n');
    const nextToken = url.searchParams.get('last');
    const page = visit.perform('ListImages', {
      filter: { tagStatus: 'TAGGED' },
      maxResults: Math.min(1000, Number(size ?? 1000)),
      ...nextToken === null ? {} : { nextToken },
    }) as { imageIds: { imageTag: string }[]; nextToken?: string };
    const body = { name: repositoryName, tags: page.imageIds.map(({ imageTag }) => imageTag) };
    if (page.nextToken === undefined) return json('application/json', body, {});
    const query = new URLSearchParams({ ...size === null ? {} : { n: size }, last: page.nextToken });
    return json('application/json', body, { link: `<${url.pathname}?${query.toString()}>; rel="next"` });
  },
};

export const manifestRoutes: readonly RegistryRoute[] = [pull, push, referrers, tags];

function imageIdOf(reference: string): { imageDigest: string } | { imageTag: string } {
  return reference.includes(':') ? { imageDigest: reference } : { imageTag: reference };
}

function acceptedBy({ request }: RegistryVisit): string[] {
  const accepted = (request.headers.accept ?? '*/*').split(',').map(each => each.split(';')[0].trim());
  return accepted.includes('*/*') ? MANIFEST_TYPES : accepted.slice(0, 100);
}

async function manifestOf({ request }: RegistryVisit): Promise<string> {
  const chunks = new Array<Buffer>();
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_MANIFEST) throw new AwsError('InvalidParameterException', `a manifest has at most ${MAX_MANIFEST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function subjectOf(manifest: string): string | undefined {
  return (JSON.parse(manifest) as { subject?: { digest?: string } }).subject?.digest;
}

function json(contentType: string, body: object, headers: Record<string, string> = {}): RegistryReply {
  return { status: 200, headers: { 'content-type': contentType, ...headers }, body: JSON.stringify(body) };
}
