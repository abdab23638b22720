import { isUnfiltered, RECENT_PULL_DAYS, Sort, View, NO_FILTERS } from './selection';
import { element, findPart, setAttribute } from '../../page/element';
import type { Outcome, Tally } from '../../page/future';
import { formatNumber, OUTCOME_WORDS } from '../../page/words';

export interface FiltersOptions {
  readonly change: (patch: Partial<View>) => void;
  readonly view: () => View;
  readonly ruleName: (rule: number) => string;
}

const SORT_WORDS: ReadonlyArray<[Sort, string]> = [
  ['outcome', 'Outcome'], ['tags', 'Tags'], ['pushed', 'Pushed'], ['pulled', 'Pulled'], ['change', 'Next change'], ['rule', 'Rule'],
];
const OUTCOMES: readonly Outcome[] = ['EXPIRE', 'ARCHIVE', 'KEEP'];

interface SortButton {
  readonly sort: Sort;
  readonly word: string;
  readonly button: HTMLButtonElement;
  readonly arrow: HTMLElement;
}

/** Controls that filter the list and the timeline, and sort the list. */
export class Filters {
  private readonly search = findPart<HTMLInputElement>('search');
  private readonly outcomes: ReadonlyArray<{ readonly outcome: Outcome; readonly button: HTMLButtonElement; readonly count: HTMLElement }>;
  private readonly recentPullChip: HTMLButtonElement;
  private readonly rule = chip('rule-chip', '');
  private readonly clear = chip('clear', 'Clear filters');
  private readonly sorts: readonly SortButton[];

  constructor(private readonly options: FiltersOptions) {
    const { change, view } = options;
    this.search.addEventListener('input', () => change({ query: this.search.value }));
    this.outcomes = OUTCOMES.map(outcome => {
      const count = element('span', { class: 'count' });
      const button = chip(`chip-${outcome.toLowerCase()}`, OUTCOME_WORDS[outcome]);
      button.append(' ', count);
      button.addEventListener('click', () => {
        const chosen = new Set(view().outcomes);
        if (!chosen.delete(outcome)) chosen.add(outcome);
        change({ outcomes: chosen });
      });
      return { outcome, button, count };
    });
    this.recentPullChip = chip('chip-lately', `Pulled in the last ${RECENT_PULL_DAYS} days`);
    this.recentPullChip.addEventListener('click', () => change({ isRecentPullsOnly: !view().isRecentPullsOnly }));
    this.rule.addEventListener('click', () => {
      change({ rule: undefined });
      this.search.focus({ preventScroll: true }); // the focused chip is now hidden
    });
    this.clear.addEventListener('click', () => {
      change(NO_FILTERS);
      this.search.focus({ preventScroll: true });
    });
    findPart('chips').append(...this.outcomes.map(({ button }) => button), this.recentPullChip, this.rule, this.clear);
    this.sorts = SORT_WORDS.map(([sort, word]) => {
      const arrow = element('span', { 'class': 'arrow', 'aria-hidden': true });
      const button = element('button', { type: 'button', class: `sort ${sort}` }, word, ' ', arrow);
      button.addEventListener('click', () =>
        change({ sort, isDescending: view().sort === sort ? !view().isDescending : sort === 'pushed' || sort === 'pulled' }));
      return { sort, word, button, arrow };
    });
    const buttons = this.sorts.map(({ button }) => button);
    const heading = (name: string) => element('span', { class: 'sort-none' }, name);
    findPart('sorting').append(...buttons.slice(0, 2), heading('Digest'), ...buttons.slice(2), heading('Reason'));
  }

  show(view: View, { expiredCount, archivedCount, keptCount }: Tally): void {
    if (this.search.value !== view.query) this.search.value = view.query;
    const counts: Readonly<Record<Outcome, number>> = { EXPIRE: expiredCount, ARCHIVE: archivedCount, KEEP: keptCount };
    for (const { outcome, button, count } of this.outcomes) {
      count.textContent = formatNumber(counts[outcome]);
      setAttribute(button, 'aria-pressed', view.outcomes.has(outcome) ? 'true' : 'false');
    }
    setAttribute(this.recentPullChip, 'aria-pressed', view.isRecentPullsOnly ? 'true' : 'false');
    this.rule.hidden = view.rule === undefined;
    setAttribute(this.rule, 'aria-pressed', 'true');
    if (view.rule !== undefined) this.rule.textContent = this.options.ruleName(view.rule);
    this.clear.hidden = isUnfiltered(view) && view.query === '';
    for (const { sort, word, button, arrow } of this.sorts) {
      const isChosen = view.sort === sort;
      arrow.textContent = isChosen ? view.isDescending ? '↓' : '↑' : '';
      setAttribute(button, 'aria-pressed', isChosen ? 'true' : 'false');
      setAttribute(button, 'aria-label', isChosen ? `${word}, ${view.isDescending ? 'descending' : 'ascending'}` : word);
    }
  }
}

function chip(id: string, text: string): HTMLButtonElement {
  return element('button', { type: 'button', class: 'chip', id }, text);
}
