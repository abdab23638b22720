import fc from 'fast-check';
import type { ImageStatus } from '../../local-ecr/repository';

/** An image to be made after those before it, which it may refer to by their place. */
export interface Node {
  readonly tags: readonly string[];
  readonly children: readonly number[];
  readonly subject?: number;
  /** cosign's, of an image before it. */
  readonly signs?: { readonly image: number; readonly suffix: '' | '.sig' | '.att' };
  readonly status: ImageStatus;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly exceptTags: readonly string[];
  readonly exceptNewest: number;
}

const TAG = fc.constantFrom('v1', 'v2', 'v10', 'release-1', 'release-2', 'keep', 'latest', 'dev', 'a', 'sha256-short');
const PATTERN = fc.constantFrom('keep', 'v*', 'release-*', '*', '*1', 'r*s*', 'nothing', 'v1');

/** Indexes over any images before them, indexes too; referrers of any of them, chains of referrers too; signatures by tag. */
export function graphs(statuses: readonly ImageStatus[] = ['ACTIVE']): fc.Arbitrary<Graph> {
  const before = fc.nat();
  const node = fc.record({
    tags: fc.uniqueArray(TAG, { maxLength: 2 }),
    kind: fc.constantFrom('image', 'image', 'index', 'index', 'referrer', 'signature'),
    refersTo: fc.array(before, { minLength: 1, maxLength: 3 }),
    suffix: fc.constantFrom<'' | '.sig' | '.att'>('', '.sig', '.att'),
    status: fc.constantFrom(...statuses),
  });
  return fc.record({
    nodes: fc.array(node, { minLength: 1, maxLength: 16 }).map(all => all.map(({ kind, refersTo, tags, suffix, status }, place): Node => {
      const places = [...new Set(refersTo.map(nth => place === 0 ? -1 : nth % place))].filter(nth => nth >= 0);
      return {
        tags,
        children: kind === 'index' ? places : [],
        ...kind === 'referrer' && places.length > 0 ? { subject: places[0] } : {},
        ...kind === 'signature' && places.length > 0 ? { signs: { image: places[0], suffix } } : {},
        // an archived index cannot be read: a test of its own
        status: kind === 'index' ? 'ACTIVE' : status,
      };
    })),
    exceptTags: fc.uniqueArray(PATTERN, { maxLength: 2 }),
    exceptNewest: fc.nat({ max: 3 }),
  });
}
