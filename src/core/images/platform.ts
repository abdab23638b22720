import type { DescribedPlatform, Descriptor } from './manifest';

/** https://github.com/containerd/containerd/blob/main/docs/platforms.md, as `docker buildx --platform` takes them */
const PLATFORM = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/;

/**
 * What BuildKit attaches to an image by way of the index says so. https://docs.docker.com/build/metadata/attestations/attestation-storage/
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

/** The images of an index for the platforms, and those of these that it has not. */
export function choosePlatforms(
  children: readonly Descriptor[], platforms: readonly string[],
): { readonly images: Descriptor[]; readonly missing: string[] } {
  const images = children.filter(({ platform }) => platform && platforms.some(wanted => matches(wanted, platform)));
  const missing = platforms.filter(wanted => !images.some(({ platform }) => matches(wanted, platform!)));
  return { images, missing };
}

/** Attestations of some images of an index, which are images of the index themselves. */
export function attestationsOf(children: readonly Descriptor[], images: readonly Descriptor[]): Descriptor[] {
  const digests = new Set(images.map(({ digest }) => digest));
  return children.filter(({ annotations }) => digests.has(annotations?.[ATTACHED_TO] ?? ''));
}

export function platformName({ os, architecture, variant }: DescribedPlatform): string {
  return [os, architecture, ...variant === undefined ? [] : [variant]].join('/');
}

/**
 * Whether it is no image that runs, but something attached to one. Its platform alone decides: runtimes choose an image by its platform,
 * whatever its annotations are.
 */
export function isAttestation({ platform }: Descriptor): boolean {
  return platform?.os === 'unknown' && platform.architecture === 'unknown';
}

/** Without a variant, any variant; 64-bit ARM is v8 where an index does not say. */
function matches(wanted: string, { os, architecture, variant }: DescribedPlatform): boolean {
  const [, wantedOs, wantedArchitecture, wantedVariant] = PLATFORM.exec(wanted) ?? [];
  const usual = architecture === 'arm64' ? 'v8' : undefined;
  return os === wantedOs && architecture === wantedArchitecture && (wantedVariant === undefined || wantedVariant === (variant ?? usual));
}
