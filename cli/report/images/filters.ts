import { element, part, setAttribute } from '../element';
import type { Outcome, Tally } from '../future';
import { isWhole, LATELY, Sort, View, WHOLE } from './selection';
import { number, OUTCOME_WORDS } from '../words';

export interface FiltersOptions {
  readonly change: (patch: Partial<View>) => void;
  readonly view: () => View;
  readonly ruleName: (rule: number) => string;
}

const SORT_WORDS: ReadonlyArray<[Sort, string]> = [
  ['outcome', 'Outcome'], ['tags', 'Tags'], ['pushed', 'Pushed'], ['pulled', 'Pulled'], ['change', 'Next change'], ['rule', 'Rule'],
];
const OUTCOMES: readonly Outcome[] = ['EXPIRE', 'TRANSITION', 'KEEP'];

interface SortButton {
  readonly sort: Sort;
  readonly word: string;
  readonly button: HTMLButtonElement;
  readonly arrow: HTMLElement;
}

/** What narrows the list and the timeline, and what orders the list. */
export class Filters {
  private readonly search = part<HTMLInputElement>('search');
  private readonly outcomes: ReadonlyArray<{ readonly outcome: Outcome; readonly chip: HTMLButtonElement; readonly count: HTMLElement }>;
  private readonly lately: HTMLButtonElement;
  private readonly rule = chip('rule-chip', '');
  private readonly clear = chip('clear', 'Clear filters');
  private readonly sorts: readonly SortButton[];

  constructor(private readonly options: FiltersOptions) {
    const { change, view } = options;
    this.search.addEventListener('input', () => change({ query: this.search.value }));
    this.outcomes = OUTCOMES.map(outcome => {
      const count = element('span', { class: 'count' });
      const made = chip(`chip-${outcome.toLowerCase()}`, OUTCOME_WORDS[outcome]);
      made.append(' ', count);
      made.addEventListener('click', () => {
        const chosen = new Set(view().outcomes);
        if (!chosen.delete(outcome)) chosen.add(outcome);
        change({ outcomes: chosen });
      });
      return { outcome, chip: made, count };
    });
    this.lately = chip('chip-lately', `Pulled in ${LATELY} days`);
    this.lately.addEventListener('click', () => change({ isPulledLately: !view().isPulledLately }));
    this.rule.addEventListener('click', () => {
      change({ rule: undefined });
      this.search.focus({ preventScroll: true }); // the chip is gone
    });
    this.clear.addEventListener('click', () => {
      change(WHOLE);
      this.search.focus({ preventScroll: true });
    });
    part('chips').append(...this.outcomes.map(({ chip: made }) => made), this.lately, this.rule, this.clear);
    this.sorts = SORT_WORDS.map(([sort, word]) => {
      const arrow = element('span', { 'class': 'arrow', 'aria-hidden': true });
      const button = element('button', { type: 'button', class: `sort ${sort}` }, word, ' ', arrow);
      button.addEventListener('click', () => change({ sort, isDescending: view().sort === sort ? !view().isDescending : sort === 'pushed' || sort === 'pulled' }));
      return { sort, word, button, arrow };
    });
    const buttons = this.sorts.map(({ button }) => button);
    const heading = (name: string) => element('span', { class: 'sort-none' }, name);
    part('sorting').append(...buttons.slice(0, 2), heading('Digest'), ...buttons.slice(2), heading('Reason'));
  }

  show(view: View, { expired, archived, kept }: Tally): void {
    if (this.search.value !== view.query) this.search.value = view.query;
    const counts: Readonly<Record<Outcome, number>> = { EXPIRE: expired, TRANSITION: archived, KEEP: kept };
    for (const { outcome, chip: made, count } of this.outcomes) {
      count.textContent = number(counts[outcome]);
      setAttribute(made, 'aria-pressed', view.outcomes.has(outcome) ? 'true' : 'false');
    }
    setAttribute(this.lately, 'aria-pressed', view.isPulledLately ? 'true' : 'false');
    this.rule.hidden = view.rule === undefined;
    setAttribute(this.rule, 'aria-pressed', 'true');
    if (view.rule !== undefined) this.rule.textContent = this.options.ruleName(view.rule);
    this.clear.hidden = isWhole(view) && view.query === '';
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
