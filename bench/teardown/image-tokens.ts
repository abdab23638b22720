import type { LocalEcr } from '../../test/local-ecr/local-ecr';
import { PageTokens } from '../../test/local-ecr/page-tokens';
import type { Registries } from '../../test/local-ecr/registry';
import type { StoredImage } from '../../test/local-ecr/repository';

/**
 * How a page token finds its place again after images were deleted is undocumented. LocalEcr takes the reading that costs the caller most:
 * a token is a position, and deleting while paging skips images. These tokens name the next image instead, so nothing is skipped.
 */
class ImageTokens extends PageTokens {
  constructor(private readonly imagesOf: (repositoryArn: string) => readonly StoredImage[]) {
    super();
  }

  seal(scope: string, [at, ...rest]: readonly number[]): string {
    return super.seal(scope, [this.imagesOf(arnIn(scope))[at].pushedAt, ...rest]);
  }

  open(scope: string, token: string | undefined): number[] | undefined {
    const [pushedAt, ...rest] = super.open(scope, token) ?? [];
    if (pushedAt === undefined) return undefined;
    const images = this.imagesOf(arnIn(scope));
    const at = firstNotBefore(images, pushedAt);
    return images[at]?.pushedAt === pushedAt ? [at, ...rest] : [at, 0];
  }
}

/** Images are seeded in order of push, so the push time is a key that the list is sorted by. */
function firstNotBefore(images: readonly StoredImage[], pushedAt: number): number {
  let [low, high] = [0, images.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (images[middle].pushedAt < pushedAt) low = middle + 1;
    else high = middle;
  }
  return low;
}

function arnIn(scope: string): string {
  return scope.split(' ')[1];
}

export function useImageTokens(ecr: LocalEcr): void {
  const { registries } = ecr as unknown as { readonly registries: Registries };
  const tokens = new ImageTokens(arn => {
    const [, region, account, name] = /^arn:[^:]+:ecr:([^:]+):([^:]+):repository\/(.+)$/.exec(arn)!;
    return registries.of(account, region).repository(name).inOrder();
  });
  Object.assign(ecr, { tokens });
}
