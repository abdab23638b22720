import { KEEP_DAYS, Rule, Selection, storageClassOf } from './rule';

/**
 * What a rule is for, in the order in which rules that have no priority are applied:
 *
 * - `keep-in-use` keeps images with the keep tag of an image shield.
 * - `keep` keeps the selected images.
 * - `act` expires or archives images.
 * - `expire-released` expires images that an image shield released. It comes after all rules for tags, because a released image can have
 *   other tags too, whose rules decide about it.
 */
const PURPOSES = ['keep-in-use', 'keep', 'act', 'expire-released'] as const;

export type Purpose = typeof PURPOSES[number];

/** Rule that may not have a priority yet. Its position in the list then decides. */
export interface Draft {
  readonly rulePriority?: number;
  readonly description?: string;
  readonly selection: Selection;
  readonly action: Rule['action'];
  readonly purpose: Purpose;
}

export interface NumberedRule {
  readonly rule: Rule;
  /** Index of the draft of this rule. */
  readonly index: number;
}

/** Position of a rule among rules that have no priority. ECR requires that `any` is last. */
function placeOf({ purpose, selection }: Draft): number {
  return selection.tagStatus === 'any' ? PURPOSES.length : PURPOSES.indexOf(purpose);
}

/** Whether the selected images are kept regardless of other rules, including in the archive. */
function isKeeping({ purpose }: Draft): boolean {
  return purpose === 'keep-in-use' || purpose === 'keep';
}

/**
 * Gives each rule a priority. Rules that keep images get the lowest free numbers, so that no rule is applied before them. The other rules
 * follow the highest number in use. Rules of one purpose are in the order of the list, with `any` last. If a rule expires archived images,
 * a rule that keeps gets a second rule for the archive.
 */
export function assignPriorities(drafts: readonly Draft[]): NumberedRule[] {
  const usedNumbers = new Set(drafts.map(draft => draft.rulePriority).filter(number => number !== undefined));
  const lowestFree = () => {
    let number = 1;
    while (usedNumbers.has(number)) number++;
    usedNumbers.add(number);
    return number;
  };
  const hasArchiveExpiry = drafts.some(draft => !isKeeping(draft) && draft.selection.storageClass === 'archive');
  const numbered = new Array<NumberedRule>();
  const add = (index: number, selection: Selection, rulePriority: number) => {
    const { description, action } = drafts[index];
    numbered.push({ index, rule: { rulePriority, ...description === undefined ? {} : { description }, selection, action } });
  };
  const inOrder = [...drafts.keys()].sort((one, other) => placeOf(drafts[one]) - placeOf(drafts[other]));
  for (const index of inOrder.filter(each => isKeeping(drafts[each]))) {
    const { selection, rulePriority } = drafts[index];
    add(index, selection, rulePriority ?? lowestFree());
    if (hasArchiveExpiry) add(index, archiveSelection(selection), lowestFree());
  }
  let next = Math.max(0, ...[...usedNumbers].filter(Number.isSafeInteger)); // `lifecycleProblems` reports invalid numbers
  for (const index of inOrder.filter(each => !isKeeping(drafts[each]))) {
    add(index, drafts[index].selection, drafts[index].rulePriority ?? ++next);
  }
  return numbered;
}

function archiveSelection({ tagStatus, tagPatternList }: Selection): Selection {
  return {
    tagStatus, tagPatternList, storageClass: 'archive', countType: 'sinceImageTransitioned', countNumber: KEEP_DAYS, countUnit: 'days',
  };
}

/** Two rules of one storage class that are applied in the wrong order. */
interface Disorder {
  readonly rule: string;
  readonly priority: number;
  /** The rule that is applied too early. */
  readonly before: string;
  readonly beforePriority: number;
}

/** Message for each purpose. Undefined where `lifecycleProblems` reports what ECR requires. */
const ORDER_MESSAGES: Readonly<Record<Purpose, ((disorder: Disorder) => string) | undefined>> = {
  'keep-in-use': ({ rule, priority, before, beforePriority }) =>
    `${rule}: the rule that keeps images in use must come first, but ${before} has the rulePriority ${beforePriority}. Give ${before} a`
    + ` number above ${priority}, or remove its rulePriority`,
  'keep': ({ rule, priority, before, beforePriority }) =>
    `${rule}: a rule that keeps images must come first, but ${before} has the rulePriority ${beforePriority}. Give ${before} a number above`
    + ` ${priority}, or set the rulePriority of ${rule}`,
  'act': undefined,
  'expire-released': ({ rule, before, beforePriority }) =>
    `${rule}: the rule that expires released images must come before the rule for all images, but ${before} has the rulePriority`
    + ` ${beforePriority}. Remove the rulePriority of ${before}, which then comes last`,
};

/** A rule that has no number may have to come before others. This is impossible if the numbers of the others are too low. */
export function orderProblems(drafts: readonly Draft[], numbered: readonly NumberedRule[]): string[] {
  return numbered.flatMap(({ rule, index }) => {
    const messageOf = ORDER_MESSAGES[drafts[index].purpose];
    if (!messageOf || drafts[index].rulePriority !== undefined) return [];
    const before = numbered.find(other => drafts[other.index].rulePriority !== undefined
      && other.rule.rulePriority < rule.rulePriority && storageClassOf(other.rule) === storageClassOf(rule)
      && placeOf(drafts[other.index]) > placeOf(drafts[index]));
    return before === undefined ? [] : [messageOf({
      rule: `rules[${index}]`,
      priority: rule.rulePriority,
      before: `rules[${before.index}]`,
      beforePriority: before.rule.rulePriority,
    })];
  });
}
