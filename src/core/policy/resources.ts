import { asList, Statement } from './document';

/** Which of the texts with the same beginning are matched. */
export type Extent = 'all' | 'some' | 'none';

/** Returns which of the ARNs that begin with the prefix a statement is about, by `Resource` or by `NotResource`. */
export function extentOf({ Resource, NotResource }: Statement, prefix: string): Extent {
  const of = (patterns: Statement[string]) => widest(asList(patterns).map(pattern => extentOfPattern(String(pattern), prefix)));
  if (NotResource === undefined) return of(Resource);
  return ({ all: 'none', some: 'some', none: 'all' } as const)[of(NotResource)];
}

function widest(extents: readonly Extent[]): Extent {
  return extents.find(extent => extent === 'all') ?? extents.find(extent => extent === 'some') ?? 'none';
}

/**
 * Follows all positions in the pattern at the same time, because a pattern with several `*` can match a text in many ways.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
function extentOfPattern(pattern: string, prefix: string): Extent {
  let positions = withoutStars(pattern, [0]);
  for (const character of prefix) {
    positions = withoutStars(pattern, [...positions].flatMap(position => {
      if (pattern[position] === '*') return [position];
      return pattern[position] === '?' || pattern[position] === character ? [position + 1] : [];
    }));
  }
  if ([...positions].some(position => /^\*+$/.test(pattern.slice(position)))) return 'all';
  return positions.size > 0 ? 'some' : 'none';
}

/** A `*` can also match nothing. */
function withoutStars(pattern: string, positions: readonly number[]): Set<number> {
  const reached = new Set(positions);
  for (const position of reached) if (pattern[position] === '*') reached.add(position + 1);
  return reached;
}
