import { KEEP_DAYS, Rule, Selection } from './rule';

/** A rule before it has its place; without a number, its place in the list decides. */
export interface Draft {
  readonly rulePriority?: number;
  readonly description?: string;
  readonly selection: Selection;
  readonly action: Rule['action'];
  /** Whether what it selects must never go, from the archive neither. */
  readonly keeps: boolean;
}

export interface Placed {
  readonly rule: Rule;
  /** The draft that it came from. */
  readonly index: number;
}

/**
 * Numbers the rules: those that keep take the lowest free numbers, so that no rule is before them; the others follow the highest number given, in
 * their order, `any` last. Where archived images expire, a rule that keeps gets a twin for the archive.
 */
export function assignPriorities(drafts: readonly Draft[]): Placed[] {
  const taken = new Set(drafts.map(draft => draft.rulePriority).filter(number => number !== undefined));
  const lowestFree = () => {
    let number = 1;
    while (taken.has(number)) number++;
    taken.add(number);
    return number;
  };
  const archiveExpires = drafts.some(draft => !draft.keeps && draft.selection.storageClass === 'archive');
  const placed = new Array<Placed>();
  const place = (index: number, selection: Selection, rulePriority: number) => {
    const { description, action } = drafts[index];
    placed.push({ index, rule: { rulePriority, ...description === undefined ? {} : { description }, selection, action } });
  };
  drafts.forEach(({ keeps, selection, rulePriority }, index) => {
    if (!keeps) return;
    place(index, selection, rulePriority ?? lowestFree());
    if (archiveExpires) place(index, archived(selection), lowestFree());
  });
  let next = Math.max(0, ...[...taken].filter(Number.isSafeInteger)); // a number that is none is complained of, not passed on
  const inOrder = [...drafts.keys()].filter(index => !drafts[index].keeps);
  const isLast = (index: number) => drafts[index].selection.tagStatus === 'any';
  for (const index of [...inOrder.filter(each => !isLast(each)), ...inOrder.filter(isLast)]) {
    place(index, drafts[index].selection, drafts[index].rulePriority ?? ++next);
  }
  return placed;
}

function archived({ tagStatus, tagPatternList }: Selection): Selection {
  return { tagStatus, tagPatternList, storageClass: 'archive', countType: 'sinceImageTransitioned', countNumber: KEEP_DAYS, countUnit: 'days' };
}

/** A rule that keeps and was given no number must come before all others, and cannot where those were given the lowest numbers. */
export function keepsTooLate(drafts: readonly Draft[], placed: readonly Placed[]): string[] {
  const others = placed.filter(({ index }) => !drafts[index].keeps && drafts[index].rulePriority !== undefined);
  return placed.flatMap(({ rule, index }) => {
    if (!drafts[index].keeps || drafts[index].rulePriority !== undefined) return [];
    const before = others.find(other => other.rule.rulePriority < rule.rulePriority);
    return before === undefined ? [] : [
      `rules[${index}]: a rule that keeps comes first, but rules[${before.index}] has the rulePriority ${before.rule.rulePriority} — give that one a number`
      + ` above ${rule.rulePriority}, or give this one a number`,
    ];
  });
}
