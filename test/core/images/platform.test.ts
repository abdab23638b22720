import fc from 'fast-check';
import type { Descriptor, DescribedPlatform } from '../../../src/core/images/manifest';
import { attestationsOf, choosePlatforms, isAttestation, platformName, platformProblems } from '../../../src/core/images/platform';

const digest = (nth: number) => `sha256:${nth.toString(16).padStart(64, '0')}`;
const child = (nth: number, platform?: DescribedPlatform, annotations?: Record<string, string>): Descriptor =>
  ({ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digest(nth), size: nth, platform, annotations });
const of = (nth: number, text: string) => {
  const [os, architecture, variant] = text.split('/');
  return child(nth, { os, architecture, ...variant === undefined ? {} : { variant } });
};
/** As docker buildx writes it: of no platform, and with the image in an annotation. */
const attestation = (nth: number, image: number) => child(nth, { os: 'unknown', architecture: 'unknown' }, {
  'vnd.docker.reference.digest': digest(image), 'vnd.docker.reference.type': 'attestation-manifest',
});

const chosen = (children: Descriptor[], ...platforms: string[]) => {
  const { images, missing } = choosePlatforms(children, platforms);
  return { images: images.map(image => image.size), missing };
};

describe('how a platform is written', () => {
  test.each([
    'linux/amd64', 'linux/amd64/v2', 'linux/arm/v7', 'linux/arm64', 'linux/arm64/v8', 'linux/386', 'linux/riscv64', 'linux/ppc64le',
    'linux/s390x',
    'linux/mips64le', 'windows/amd64', 'wasip1/wasm', 'linux/arm64/v8.2', 'linux/x86_64',
  ])('%s', platform => expect(platformProblems([platform], 'platforms')).toEqual([]));

  test.each([
    '', 'amd64', 'linux', 'linux/', '/amd64', 'linux/arm/', 'linux/arm/v7/x', 'Linux/amd64', 'linux/AMD64', 'linux/amd64 ', 'linux,arm64',
    'linux\\arm64',
  ])(
    'not: %j', platform => expect(platformProblems([platform], 'platforms')).toEqual([
      `'platforms' must be <operating system>/<architecture>, optionally with /<variant>, such as linux/arm64, got: ${platform}`,
    ]));

  test('at least one, each once, and all problems at once', () => {
    expect(platformProblems([], 'platforms')).toEqual(['\'platforms\' must contain at least one platform, got none']);
    expect(platformProblems(['linux/arm64', 'arm64', 'linux/arm64'], 'platforms')).toEqual([
      expect.stringMatching(/got: arm64$/), '\'platforms\' must contain each platform once, got twice: linux/arm64',
    ]);
  });
});

describe('the images for platforms', () => {
  const REDIS = [of(1, 'linux/amd64'), of(2, 'linux/arm/v5'), of(3, 'linux/arm/v7'), of(4, 'linux/arm64/v8'), of(5, 'linux/386'),
    attestation(6, 1), attestation(7, 3)];

  test('one image for one platform', () => {
    expect(chosen(REDIS, 'linux/amd64')).toEqual({ images: [1], missing: [] });
    expect(chosen(REDIS, 'linux/arm/v7')).toEqual({ images: [3], missing: [] });
  });

  test('several platforms keep the order of the index', () => {
    expect(chosen(REDIS, 'linux/386', 'linux/arm/v5', 'linux/amd64')).toEqual({ images: [1, 2, 5], missing: [] });
  });

  test('without a variant any variant is meant', () => {
    expect(chosen(REDIS, 'linux/arm')).toEqual({ images: [2, 3], missing: [] });
    expect(chosen(REDIS, 'linux/arm64')).toEqual({ images: [4], missing: [] });
  });

  test('64-bit ARM is v8, with and without a variant', () => {
    expect(chosen([of(1, 'linux/arm64')], 'linux/arm64/v8')).toEqual({ images: [1], missing: [] });
    expect(chosen([of(1, 'linux/arm64/v8')], 'linux/arm64')).toEqual({ images: [1], missing: [] });
    expect(chosen([of(1, 'linux/arm64')], 'linux/arm64/v9')).toEqual({ images: [], missing: ['linux/arm64/v9'] });
    expect(chosen([of(1, 'linux/arm64/v9')], 'linux/arm64/v8')).toEqual({ images: [], missing: ['linux/arm64/v8'] });
  });

  test('other architectures have no usual variant', () => {
    expect(chosen([of(1, 'linux/amd64')], 'linux/amd64/v8', 'linux/amd64/v2'))
      .toEqual({ images: [], missing: ['linux/amd64/v8', 'linux/amd64/v2'] });
  });

  test('an image of two Windows versions is two images of one platform', () => {
    expect(chosen([of(1, 'windows/amd64'), of(2, 'windows/amd64'), of(3, 'linux/amd64')], 'windows/amd64'))
      .toEqual({ images: [1, 2], missing: [] });
  });

  test('platforms that are missing from the index are returned, in the order of the request', () => {
    expect(chosen(REDIS, 'windows/amd64', 'linux/amd64', 'linux/s390x'))
      .toEqual({ images: [1], missing: ['windows/amd64', 'linux/s390x'] });
    expect(chosen([], 'linux/amd64')).toEqual({ images: [], missing: ['linux/amd64'] });
  });

  test('an image without a platform matches no platform', () => {
    expect(chosen([child(1), child(2, undefined, { a: 'b' })], 'linux/amd64')).toEqual({ images: [], missing: ['linux/amd64'] });
  });

  test('an operating system is not the beginning of another', () => {
    expect(chosen([of(1, 'linux/arm64'), of(2, 'linux2/arm')], 'linux/arm')).toEqual({ images: [], missing: ['linux/arm'] });
  });

  test('every platform of an index finds its image, and no platform of the index is missing', () => {
    const platform = fc.record({
      os: fc.constantFrom('linux', 'windows'),
      architecture: fc.constantFrom('amd64', 'arm', 'arm64'),
      variant: fc.constantFrom(undefined, 'v7', 'v8'),
    });
    fc.assert(fc.property(fc.array(platform), platforms => {
      const children = platforms.map((each, nth) => child(nth, each));
      for (const each of children) expect(choosePlatforms(children, [platformName(each.platform!)]).images).toContain(each);
      const all = choosePlatforms(children, platforms.map(platformName));
      expect(all).toEqual({ images: children, missing: [] });
    }), { seed: 1 });
  });

  test('their names are as they are written', () => {
    expect([{ os: 'linux', architecture: 'amd64' }, { os: 'linux', architecture: 'arm', variant: 'v7' }].map(platformName))
      .toEqual(['linux/amd64', 'linux/arm/v7']);
  });

  describe('attestations', () => {
    test('are told from images', () => {
      expect(REDIS.filter(isAttestation).map(({ size }) => size)).toEqual([6, 7]);
      expect(isAttestation(child(1))).toBe(false);
      expect(isAttestation(child(1, undefined, { 'org.opencontainers.image.version': '1' }))).toBe(false);
      const annotations = { 'vnd.docker.reference.digest': digest(2) };
      expect(isAttestation(child(1, undefined, annotations))).toBe(false);
      expect(isAttestation({ ...child(1, undefined, annotations), platform: { os: 'linux', architecture: 'amd64' } })).toBe(false);
      expect(isAttestation({ ...child(1), platform: { os: 'unknown', architecture: 'amd64' } })).toBe(false);
      expect(isAttestation({ ...child(1), platform: { os: 'unknown', architecture: 'unknown' } })).toBe(true);
    });

    test('go with the images that they are of', () => {
      const of3 = REDIS.filter(({ size }) => size === 3);
      expect(attestationsOf(REDIS, of3)).toEqual([REDIS[6]]);
      expect(attestationsOf(REDIS, REDIS.slice(0, 3))).toEqual([REDIS[5], REDIS[6]]);
      expect(attestationsOf(REDIS, [REDIS[1]])).toEqual([]);
      expect(attestationsOf(REDIS, [])).toEqual([]);
    });

    test('are for no platform themselves', () => {
      expect(chosen(REDIS, 'linux/amd64', 'linux/arm/v7').images).toEqual([1, 3]);
    });
  });
});
