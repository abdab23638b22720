import { KEEP_DAYS, Rule, Selection } from './rule';

/** Rule that may not have a priority yet. Its position in the list then decides. */
export interface Draft {
  readonly rulePriority?: number;
  readonly description?: string;
  readonly selection: Selection;
  readonly action: Rule['action'];
  /** Whether the selected images are kept regardless of other rules, including in the archive. */
  readonly keeps: boolean;
}

export interface NumberedRule {
  readonly rule: Rule;
  /** Index of the draft of this rule. */
  readonly index: number;
}

/**
 * Gives each rule a priority. Rules that keep images get the lowest free numbers, so that no rule is applied before them. The other rules
 * follow the highest number in use, in their order, with `any` last. If a rule expires archived images, a rule that keeps gets a second
 * rule for the archive.
 */
export function assignPriorities(drafts: readonly Draft[]): NumberedRule[] {
  const usedNumbers = new Set(drafts.map(draft => draft.rulePriority).filter(number => number !== undefined));
  const lowestFree = () => {
    let number = 1;
    while (usedNumbers.has(number)) number++;
    usedNumbers.add(number);
    return number;
  };
  const hasArchiveExpiry = drafts.some(draft => !draft.keeps && draft.selection.storageClass === 'archive');
  const numbered = new Array<NumberedRule>();
  const add = (index: number, selection: Selection, rulePriority: number) => {
    const { description, action } = drafts[index];
    numbered.push({ index, rule: { rulePriority, ...description === undefined ? {} : { description }, selection, action } });
  };
  drafts.forEach(({ keeps, selection, rulePriority }, index) => {
    if (!keeps) return;
    add(index, selection, rulePriority ?? lowestFree());
    if (hasArchiveExpiry) add(index, archiveSelection(selection), lowestFree());
  });
  let next = Math.max(0, ...[...usedNumbers].filter(Number.isSafeInteger)); // `lifecycleProblems` reports invalid numbers
  const inOrder = [...drafts.keys()].filter(index => !drafts[index].keeps);
  const isLast = (index: number) => drafts[index].selection.tagStatus === 'any';
  for (const index of [...inOrder.filter(each => !isLast(each)), ...inOrder.filter(isLast)]) {
    add(index, drafts[index].selection, drafts[index].rulePriority ?? ++next);
  }
  return numbered;
}

function archiveSelection({ tagStatus, tagPatternList }: Selection): Selection {
  return {
    tagStatus, tagPatternList, storageClass: 'archive', countType: 'sinceImageTransitioned', countNumber: KEEP_DAYS, countUnit: 'days',
  };
}

/** A rule that keeps images and has no number must come before all others. This is impossible if the others have the lowest numbers. */
export function keepOrderProblems(drafts: readonly Draft[], numbered: readonly NumberedRule[]): string[] {
  const others = numbered.filter(({ index }) => !drafts[index].keeps && drafts[index].rulePriority !== undefined);
  return numbered.flatMap(({ rule, index }) => {
    if (!drafts[index].keeps || drafts[index].rulePriority !== undefined) return [];
    const before = others.find(other => other.rule.rulePriority < rule.rulePriority);
    return before === undefined ? [] : [
      `rules[${index}]: a rule that keeps images must come first, but rules[${before.index}] has the rulePriority`
      + ` ${before.rule.rulePriority}. Give rules[${before.index}] a number above ${rule.rulePriority}, or set the rulePriority of`
      + ` rules[${index}]`,
    ];
  });
}
