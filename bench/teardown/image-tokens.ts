import type { LocalEcr } from '../../test/local-ecr/local-ecr';
import { PageTokens } from '../../test/local-ecr/page-tokens';
import type { Registries } from '../../test/local-ecr/registry';
import type { StoredImage } from '../../test/local-ecr/repository';

/**
 * AWS does not document what a page token refers to after images were deleted. LocalEcr uses the worst case for the caller: a token is a
 * position, so deleting while paging skips images. These tokens contain the next image instead, so no image is skipped.
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

/** Images are seeded in the order of their pushes, so the push time is a sort key of the list. */
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
