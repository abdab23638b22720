import { keeps, Rule } from '../../src/core/lifecycle/rule';
import { element, setAttribute } from '../page/element';
import type { RuleTally } from '../page/future';
import { ruleCells } from '../page/rule-cells';
import { formatNumber } from '../page/words';

export interface RuleSummaryOptions {
  readonly rules: readonly Rule[];
  readonly currentTallies: readonly RuleTally[];
  swatch(rule: number): HTMLElement;
  /** Shows only the images of a rule, or all images again. */
  toggle(rule: number): void;
}

interface Row {
  readonly row: HTMLTableRowElement;
  readonly button: HTMLButtonElement;
  readonly byDay: HTMLElement;
  readonly keeps: HTMLElement;
}

/** Table with one row for each rule, and one row for the images that no rule selects. */
export class RuleSummary {
  private readonly rows: readonly Row[];

  constructor(host: HTMLElement, private readonly options: RuleSummaryOptions) {
    this.rows = options.currentTallies.map((tally, place) => this.row(place, tally));
    // Omit the row for images that no rule selects if there are no such images.
    host.append(...this.rows.filter((_, place) => place < options.rules.length || options.currentTallies[place].keeps > 0)
      .map(({ row }) => row));
  }

  show(tallies: readonly RuleTally[], chosen: number | undefined): void {
    tallies.forEach((tally, place) => {
      const { row, button, byDay, keeps: keepCell } = this.rows[place];
      byDay.textContent = this.actionCount(place, tally);
      keepCell.textContent = formatNumber(tally.keeps);
      setAttribute(button, 'aria-pressed', place === chosen ? 'true' : 'false');
      row.classList.toggle('chosen', place === chosen);
    });
  }

  private row(place: number, tally: RuleTally): Row {
    const rule: Rule | undefined = this.options.rules[place];
    const button = element('button', { 'type': 'button', 'class': 'rule', 'aria-pressed': 'false' }, this.options.swatch(place),
      rule ? `Rule ${rule.rulePriority}` : 'No rule');
    const byDay = element('td', { 'class': 'figure', 'data-label': 'by this day' });
    const keepCell = element('td', { 'class': 'figure', 'data-label': 'keeps' });
    const row = element('tr', {},
      element('th', { scope: 'row' }, button),
      ...ruleCells(rule),
      element('td', { 'class': 'figure', 'data-label': 'acts now' }, this.actionCount(place, tally)),
      byDay,
      keepCell);
    row.addEventListener('click', () => this.options.toggle(place));
    return { row, button, byDay, keeps: keepCell };
  }

  private actionCount(place: number, { expires, archives }: RuleTally): string {
    const rule: Rule | undefined = this.options.rules[place];
    return rule === undefined || keeps(rule) ? '–' : formatNumber(rule.action.type === 'expire' ? expires : archives);
  }
}
