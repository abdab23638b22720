import type { DescribedPlatform, Descriptor } from './manifest';

/** https://github.com/containerd/containerd/blob/main/docs/platforms.md, as `docker buildx --platform` takes them */
const PLATFORM = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/;

/**
 * Annotation with which BuildKit attaches an attestation to an image of the index.
 * https://docs.docker.com/build/metadata/attestations/attestation-storage/
 */
export const ATTACHED_TO = 'vnd.docker.reference.digest';

export function platformProblems(platforms: readonly string[], property: string): string[] {
  return [
    ...platforms.length === 0 ? [`'${property}' must contain at least one platform, got none`] : [],
    ...platforms.filter(platform => !PLATFORM.test(platform)).map(platform =>
      `'${property}' must be <operating system>/<architecture>, optionally with /<variant>, such as linux/arm64, got: ${platform}`),
    ...[...new Set(platforms.filter((platform, index) => platforms.indexOf(platform) !== index))].map(platform =>
      `'${property}' must contain each platform once, got twice: ${platform}`),
  ];
}

/** Returns the images of an index for the platforms, and the platforms that the index does not have. */
export function choosePlatforms(
  children: readonly Descriptor[], platforms: readonly string[],
): { readonly images: Descriptor[]; readonly missing: string[] } {
  const images = children.filter(({ platform }) => platform && platforms.some(wanted => matches(wanted, platform)));
  const missing = platforms.filter(wanted => !images.some(({ platform }) => matches(wanted, platform!)));
  return { images, missing };
}

/** Returns the attestations of images of an index. They are entries of the index too. */
export function attestationsOf(children: readonly Descriptor[], images: readonly Descriptor[]): Descriptor[] {
  const digests = new Set(images.map(({ digest }) => digest));
  return children.filter(({ annotations }) => digests.has(annotations?.[ATTACHED_TO] ?? ''));
}

export function platformName({ os, architecture, variant }: DescribedPlatform): string {
  return [os, architecture, ...variant === undefined ? [] : [variant]].join('/');
}

/**
 * Whether the entry is an attestation and not an image that can run. Only its platform decides this, because runtimes choose an image by
 * its platform and ignore annotations.
 */
export function isAttestation({ platform }: Descriptor): boolean {
  return platform?.os === 'unknown' && platform.architecture === 'unknown';
}

/** A platform without a variant matches any variant. 64-bit ARM without a variant in the index is v8. */
function matches(wanted: string, { os, architecture, variant }: DescribedPlatform): boolean {
  const [, wantedOs, wantedArchitecture, wantedVariant] = PLATFORM.exec(wanted) ?? [];
  const usual = architecture === 'arm64' ? 'v8' : undefined;
  return os === wantedOs && architecture === wantedArchitecture && (wantedVariant === undefined || wantedVariant === (variant ?? usual));
}
