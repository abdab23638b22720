import fc from 'fast-check';
import { indexOf, isIndex, ManifestProblem, parseManifest } from '../../../src/core/images/manifest';
import { INDEX_MEDIA_TYPES, MANIFEST_MEDIA_TYPES, NON_DISTRIBUTABLE } from '../../../src/core/images/media-types';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const DOCKER_IMAGE = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
const GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

const digest = (nth: number) => `sha256:${nth.toString(16).padStart(64, '0')}`;
const blob = (nth: number, mediaType = GZIP, more: object = {}) => ({ mediaType, digest: digest(nth), size: nth, ...more });
const image = (more: object = {}) => ({
  schemaVersion: 2, mediaType: OCI_IMAGE, config: blob(1, CONFIG), layers: [blob(2), blob(3)], ...more,
});
const index = (more: object = {}) => ({
  schemaVersion: 2, mediaType: OCI_INDEX, manifests: [blob(1, OCI_IMAGE), blob(2, OCI_IMAGE)], ...more,
});

const parsed = (manifest: unknown, declared?: string) => parseManifest(JSON.stringify(manifest), declared);
const problemOf = (text: string, declared?: string): string => {
  try {
    parseManifest(text, declared);
  } catch (error) {
    expect(error).toBeInstanceOf(ManifestProblem);
    return (error as Error).message;
  }
  throw new Error('it was taken');
};

describe('an image', () => {
  test.each([OCI_IMAGE, DOCKER_IMAGE])('has a configuration and layers: %s', mediaType => {
    expect(parsed(image({ mediaType }))).toEqual({ mediaType, children: [], blobs: [blob(1, CONFIG), blob(2), blob(3)] });
  });

  test('has every blob once, however often it is a layer', () => {
    const { blobs } = parsed(image({ layers: [blob(2), blob(3), blob(2), blob(1)] }));
    expect(blobs.map(each => each.digest)).toEqual([1, 2, 3].map(digest));
  });

  test.each([
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'application/vnd.docker.image.rootfs.foreign.diff.tar',
    'application/vnd.oci.image.layer.nondistributable.v1.tar', 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  ])('has no blob for a layer that no push carries: %s', mediaType => {
    expect(NON_DISTRIBUTABLE.test(mediaType)).toBe(true);
    expect(parsed(image({ layers: [blob(2, mediaType, { urls: ['https://mcr.example/layer'] }), blob(3)] })).blobs.map(each => each.digest))
      .toEqual([digest(1), digest(3)]);
  });

  test('has blobs for layers of any other media type', () => {
    const layers = [
      'application/vnd.docker.image.rootfs.diff.tar.gzip',
      `${GZIP.replace('gzip', 'zstd')}`,
      'application/vnd.dev.cosign.simplesigning.v1+json',
    ].map((mediaType, nth) => blob(nth + 2, mediaType));
    expect(parsed(image({ layers })).blobs).toHaveLength(4);
  });

  test('of no layers is an image: an artifact', () => {
    const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digest(9), size: 2 };
    const artifact = { schemaVersion: 2, mediaType: OCI_IMAGE, artifactType: 'application/spdx+json', config: empty };
    expect(parsed(artifact).blobs).toEqual([empty]);
    expect(parsed({ ...artifact, layers: [] }).blobs).toEqual([empty]);
  });

  test('of an empty blob is an image: its size is 0', () => {
    expect(parsed(image({ layers: [blob(2, GZIP, { size: 0 })] })).blobs[1].size).toBe(0);
  });
});

describe('an index', () => {
  test.each([OCI_INDEX, DOCKER_LIST])('has images and no blobs: %s', mediaType => {
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
    const annotations = { 'org.opencontainers.image.version': '1' };
    const manifests = [blob(1, OCI_IMAGE, { platform }), blob(2, OCI_IMAGE, { annotations })];
    expect(parsed(index({ mediaType, manifests }))).toEqual({ mediaType, children: manifests, blobs: [] });
  });

  test('of no images is an index', () => {
    expect(parsed(index({ manifests: [] })).children).toEqual([]);
  });

  test('is distinguished from an image by its media type', () => {
    expect(MANIFEST_MEDIA_TYPES.map(mediaType => [mediaType, isIndex(mediaType)])).toEqual([
      [OCI_INDEX, true], [DOCKER_LIST, true], [OCI_IMAGE, false], [DOCKER_IMAGE, false],
    ]);
    expect(INDEX_MEDIA_TYPES.every(isIndex)).toBe(true);
    expect(isIndex('')).toBe(false);
  });
});

describe('the media type', () => {
  test('is the manifest\'s own', () => {
    expect(parsed(image(), DOCKER_IMAGE).mediaType).toBe(OCI_IMAGE);
  });

  test.each([
    DOCKER_LIST, `${DOCKER_LIST}; charset=utf-8`, `${DOCKER_LIST} ;charset=utf-8`,
  ])('else what the registry declared: %s', declared => {
    const { mediaType, ...rest } = index();
    expect(parsed(rest, declared)).toMatchObject({ mediaType: DOCKER_LIST, children: [{ digest: digest(1) }, { digest: digest(2) }] });
    expect(mediaType).toBe(OCI_INDEX);
  });

  test.each([
    ['nothing', undefined, ''],
    ['that of JSON', 'application/json', 'application/json'],
    ['that of an artifact of ORAS', 'application/vnd.cncf.oras.artifact.manifest.v1+json',
      'application/vnd.cncf.oras.artifact.manifest.v1+json'],
  ])('must be an image\'s: %s', (_what, declared, shown) => {
    const { mediaType, ...rest } = image();
    expect(problemOf(JSON.stringify(rest), declared)).toBe(`the manifest has the media type '${shown}', which is not that of an image`);
    expect(mediaType).toBe(OCI_IMAGE);
  });

  test.each([
    ['by its media type', { schemaVersion: 1, mediaType: DOCKER_1 }, undefined],
    ['declared', { schemaVersion: 1, name: 'library/redis', fsLayers: [] }, DOCKER_1],
    ['declared as JSON', { schemaVersion: 1, name: 'library/redis', fsLayers: [] }, 'application/json'],
  ])('of Docker\'s schema 1 is not taken: %s', (_what, manifest, declared) => {
    expect(problemOf(JSON.stringify(manifest), declared)).toMatch(/schema 1, which ECR does not support$/);
  });
});

describe('malformed manifests', () => {
  test.each([
    ['no JSON', '<html>', /is not JSON/],
    ['nothing', '', /is not JSON/],
    ['JSON that is cut off', JSON.stringify(image()).slice(0, -1), /is not JSON/],
    ['a list', '[]', /is not a JSON object/],
    ['a text', '"x"', /is not a JSON object/],
    ['null', 'null', /is not a JSON object/],
    ['an index without images', JSON.stringify(index({ manifests: undefined })), /has no 'manifests'/],
    ['an index of an object', JSON.stringify(index({ manifests: {} })), /has no 'manifests'/],
    ['layers that are no list', JSON.stringify(image({ layers: {} })), /has no 'layers'/],
    ['an image without a configuration', JSON.stringify(image({ config: undefined })), /'config'/],
    ['a configuration that is null', JSON.stringify(image({ config: null })), /'config'/],
    ['a layer that is null', JSON.stringify(image({ layers: [null] })), /'layers'/],
    ['a layer that is a text', JSON.stringify(image({ layers: ['x'] })), /'layers'/],
    ['a layer without a digest', JSON.stringify(image({ layers: [{ mediaType: GZIP, size: 1 }] })), /without a SHA-256 digest in 'layers'/],
    ['a digest of another algorithm', JSON.stringify(image({ layers: [blob(2, GZIP, { digest: `sha512:${'0'.repeat(128)}` })] })),
      /without a SHA-256 digest in 'layers'/],
    ['a path in place of a digest', JSON.stringify(index({ manifests: [{ digest: '../../x', size: 1 }] })),
      /without a SHA-256 digest in 'manifests'/],
    ['a digest that is a list', JSON.stringify(image({ layers: [blob(2, GZIP, { digest: [digest(2)] })] })),
      /without a SHA-256 digest in 'layers'/],
    ...[undefined, '1', -1, 1.5, 2 ** 53].map((size): [string, string, RegExp] =>
      [`a size of ${JSON.stringify(size)}`, JSON.stringify(image({ layers: [blob(2, GZIP, { size })] })),
        new RegExp(`has no size for ${digest(2)}`)]),
  ])('%s is a problem', (_what, text, message) => {
    expect(problemOf(text, OCI_IMAGE)).toMatch(message);
  });

  test('any response of a registry is a manifest or a problem', () => {
    const anything = fc.oneof(
      fc.jsonValue(), fc.record({ digest: fc.oneof(fc.jsonValue(), fc.constant(digest(1))), size: fc.jsonValue() }),
    );
    const manifest = fc.record({
      schemaVersion: fc.constantFrom(1, 2),
      mediaType: fc.oneof(fc.constantFrom(...MANIFEST_MEDIA_TYPES), fc.jsonValue()),
      config: anything,
      layers: fc.oneof(anything, fc.array(anything)),
      manifests: fc.oneof(anything, fc.array(anything)),
    }, { requiredKeys: [] });
    fc.assert(fc.property(manifest, fc.option(fc.constantFrom(...MANIFEST_MEDIA_TYPES), { nil: undefined }), (value, declared) => {
      try {
        const { children, blobs } = parsed(value, declared);
        for (const each of [...children, ...blobs]) {
          expect(typeof each.digest).toBe('string');
          expect(each.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
          expect(Number.isSafeInteger(each.size) && each.size >= 0).toBe(true);
        }
      } catch (error) {
        if (!(error instanceof ManifestProblem)) throw error;
      }
    }), { numRuns: 1_000, seed: 1 });
  });
});

describe('an index of fewer images', () => {
  test('has the chosen images, in the order of the index, and all other members of the index', () => {
    const annotations = { 'org.opencontainers.image.version': '7.4' };
    const subject = blob(9, OCI_IMAGE);
    const manifests = [3, 1, 2].map(nth =>
      blob(nth, OCI_IMAGE, { platform: { 'os': 'linux', 'architecture': 'amd64', 'os.version': `${nth}`, 'features': [nth] } }));
    const text = JSON.stringify({ annotations, ...index({ manifests }), subject, artifactType: 'x', unknown: [null, { a: 1.5 }] });
    const smaller = JSON.parse(indexOf(text, new Set([digest(2), digest(3), digest(7)])));
    expect(smaller).toEqual({ ...JSON.parse(text), manifests: [manifests[0], manifests[2]] });
  });

  test('has the same bytes for any formatting of the index', () => {
    const value = index({ annotations: { b: '1', a: '2' } });
    const chosen = [digest(2), digest(1)];
    const texts = [JSON.stringify(value), JSON.stringify(value, undefined, 2), `\n${JSON.stringify(value, undefined, '\t')}\n`];
    expect(new Set(texts.flatMap(text => [indexOf(text, new Set(chosen)), indexOf(text, new Set(chosen.reverse()))])).size).toBe(1);
  });

  test('keeps the order of members, so that nothing changes but the images', () => {
    const text = '{"mediaType":"m","zeta":1,"manifests":[],"alpha":{"z":1,"a":2},"schemaVersion":2}';
    expect(indexOf(text, new Set())).toBe(text);
  });

  test('is an index again, whatever was chosen, and the same when it is chosen from once more', () => {
    const nth = fc.integer({ min: 0, max: 9 });
    fc.assert(fc.property(fc.uniqueArray(nth), fc.uniqueArray(nth), fc.dictionary(fc.string(), fc.jsonValue()), (all, some, more) => {
      const text = JSON.stringify({ ...more, ...index({ manifests: all.map(each => blob(each, OCI_IMAGE)) }) });
      const chosen = new Set(some.map(digest));
      const smaller = indexOf(text, chosen);
      expect(parseManifest(smaller).children.map(child => child.digest)).toEqual(all.map(digest).filter(each => chosen.has(each)));
      expect(indexOf(smaller, chosen)).toBe(smaller);
    }), { seed: 1 });
  });
});
