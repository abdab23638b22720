import { Bar, barName, Layer, LAYERS } from './months';
import { element, findPart, setAttribute } from '../../../page/element';
import { formatCount, formatNumber, formatSize } from '../../../page/words';
import type { Share } from '../../repository-record';

type Unit = 'count' | 'bytes';

/** Bars of the images that are still present by month of push. The arrow keys move between bars, and Enter shows their repositories. */
export class MonthChart {
  private readonly host = findPart('months');
  private readonly text = findPart('month-text');
  private readonly layers: typeof LAYERS[number][];
  private readonly options: readonly HTMLElement[];
  private unit: Unit = 'count';
  private active?: number;

  constructor(private readonly bars: readonly Bar[], private readonly choose: (bar: Bar) => void) {
    this.layers = LAYERS.filter(({ name }) => bars.some(({ parts }) => parts[name].count > 0));
    this.options = bars.map((bar, place) => this.option(bar, place));
    this.host.append(...this.options);
    const earlier = bars.some(({ isEarlier }) => isEarlier) ? ' The first bar has all earlier months.' : '';
    findPart('months-hint').append(`Images that are still present.${earlier} Select a month to show its repositories.`,
      element('span', { class: 'keys' }, ' Keyboard: arrow keys and Enter.'));
    findPart('months-legend').append(...this.layers.map(({ name, label }) =>
      element('li', {}, element('i', { 'class': `key month-${name}`, 'aria-hidden': true }), label)));
    findPart('months-ticks').append(...bars.map(({ month }, place) => element('span', {},
      month.endsWith('-01') ? month.slice(0, 4) : place === 0 && !isNearJanuary(month) ? month : '')));
    this.showTable();
    for (const [id, unit] of [['by-count', 'count'], ['by-size', 'bytes']] as const) {
      findPart(id).addEventListener('click', () => this.show(unit));
    }
    this.host.addEventListener('keydown', event => this.walk(event));
    this.host.addEventListener('pointermove', event => this.point(this.placeOf(event)));
    this.host.addEventListener('pointerleave', () => { if (document.activeElement !== this.host) this.point(undefined); });
    this.host.addEventListener('click', event => this.chooseAt(this.placeOf(event)));
    this.host.addEventListener('focus', () => {
      if (this.host.matches(':focus-visible') && this.active === undefined) this.point(this.bars.length - 1);
    });
    this.host.addEventListener('blur', () => this.point(undefined));
    this.show('count');
  }

  private show(unit: Unit): void {
    this.unit = unit;
    setAttribute(findPart('by-count'), 'aria-pressed', String(unit === 'count'));
    setAttribute(findPart('by-size'), 'aria-pressed', String(unit === 'bytes'));
    const top = roundUp(this.bars.reduce((most, { total }) => Math.max(most, total[unit]), 1));
    findPart('months-scale').replaceChildren(...[1, 0.5, 0].map(part => element('span', {}, this.value(part * top))));
    this.bars.forEach(({ parts }, place) => {
      [...this.options[place].children].forEach((part, layer) => {
        const value = parts[this.layers[layer].name][unit];
        (part as HTMLElement).style.height = `${value / top * 100}%`;
        (part as HTMLElement).style.minHeight = value > 0 ? '1px' : '0';
      });
    });
    this.point(this.active);
  }

  private value(amount: number): string {
    return this.unit === 'count' ? formatNumber(amount) : formatSize(amount);
  }

  private option(bar: Bar, place: number): HTMLElement {
    const attributes = { 'id': `month-${place}`, 'class': 'month', 'role': 'option', 'aria-selected': 'false' };
    return element('div', { ...attributes, 'aria-label': this.words(bar) },
      ...this.layers.map(({ name }) => element('i', { class: `month-${name}` })));
  }

  private words({ total, parts, ...bar }: Bar): string {
    const { count, bytes } = parts['no-policy'];
    const withoutPolicy = count === 0 ? ''
      : `, of which ${formatNumber(count)} (${formatSize(bytes)}) ${count === 1 ? 'is' : 'are'} in repositories without a policy`;
    return `${barName(bar)}: ${formatCount(total.count, 'image')} (${formatSize(total.bytes)})${withoutPolicy}`;
  }

  private placeOf({ clientX }: MouseEvent): number {
    const { left, width } = this.host.getBoundingClientRect();
    return Math.max(0, Math.min(this.bars.length - 1, Math.floor((clientX - left) / width * this.bars.length)));
  }

  private walk(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = this.active ?? this.bars.length;
    const targets: Readonly<Record<string, number>> = {
      ArrowLeft: place - 1, ArrowUp: place - 1, ArrowRight: place + 1, ArrowDown: place + 1, Home: 0, End: this.bars.length - 1,
    };
    if (event.key in targets) this.point(Math.max(0, Math.min(this.bars.length - 1, targets[event.key])));
    else if (event.key === 'Enter' || event.key === ' ') this.chooseAt(this.active);
    else return;
    event.preventDefault();
  }

  private chooseAt(place: number | undefined): void {
    if (place !== undefined && this.bars[place].total.count > 0) this.choose(this.bars[place]);
  }

  private point(place: number | undefined): void {
    if (this.active !== undefined) {
      setAttribute(this.options[this.active], 'aria-selected', 'false');
      this.options[this.active].classList.remove('active');
    }
    this.active = place;
    setAttribute(this.host, 'aria-activedescendant', place === undefined ? undefined : `month-${place}`);
    const busiest = this.bars.reduce((best, bar) => bar.total[this.unit] > best.total[this.unit] ? bar : best, this.bars[0]);
    this.text.textContent = place === undefined ? `Most in ${this.words(busiest)}` : this.words(this.bars[place]);
    if (place === undefined) return;
    setAttribute(this.options[place], 'aria-selected', 'true');
    this.options[place].classList.add('active');
  }

  private showTable(): void {
    const figures = ({ count, bytes }: Share) => [count, bytes].map((value, place) =>
      element('td', { class: 'figure' }, place === 0 ? formatNumber(value) : formatSize(value)));
    const layers: Layer[] = this.layers.map(({ name }) => name);
    const titles = ['Month', 'Images', 'Size', ...this.layers.flatMap(({ label }) => [`Images ${label}`, 'Size'])];
    findPart('months-table').append(
      element('thead', {}, element('tr', {}, ...titles.map(
        (name, place) => element('th', { scope: 'col', class: place === 0 ? '' : 'figure' }, name),
      ))),
      element('tbody', {}, ...[...this.bars].reverse().map(bar => element('tr', {},
        element('th', { scope: 'row' }, barName(bar)), ...figures(bar.total), ...layers.flatMap(layer => figures(bar.parts[layer]))))),
    );
  }
}

/** Whether the year of the next January would overlap the month of the first bar. */
function isNearJanuary(month: string): boolean {
  return Number(month.slice(5)) > 6;
}

/** Returns the next round number whose half is round too. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factors = power === 1 ? [2, 4, 6, 8, 10] : [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10];
  return factors.find(factor => factor * power >= value)! * power;
}
