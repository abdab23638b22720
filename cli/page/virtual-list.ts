import { element, setAttribute } from './element';

export interface VirtualListOptions {
  readonly emptyText: string;
  /** Noun for rows that are not printed. */
  readonly nouns: string;
  /** Returns the cells of a row. */
  cells(index: number): HTMLElement[];
  /** Text of a row for a screen reader, if not the text of the cells. */
  label?(index: number): string;
  choose(index: number): void;
  /** Reacts to a key or a click that the list does not use itself. Returns whether it did. */
  press?(key: string, index: number): boolean;
  click?(target: Element, index: number): boolean;
}

/** Number of rows to render beyond the edges, so that scrolling shows no gaps. */
const OVERSCAN = 6;
/** Maximum number of rows on paper. Thousands of rows are useful only on a screen. */
const MAX_PRINTED_ROWS = 300;

/** A list that creates elements only for the visible rows. */
export class VirtualList {
  private readonly space = element('div', { class: 'space', role: 'presentation' });
  private order: Uint32Array = new Uint32Array();
  private active = 0;
  private isPrinting = false;

  constructor(private readonly host: HTMLElement, private readonly options: VirtualListOptions) {
    host.append(this.space);
    host.addEventListener('scroll', () => this.render(), { passive: true });
    host.addEventListener('keydown', event => this.walk(event));
    host.addEventListener('click', event => this.click(event.target as Element));
    new ResizeObserver(() => this.render()).observe(host);
  }

  show(order: Uint32Array): void {
    const isSame = order === this.order
      || (order.length === this.order.length && order.every((index, place) => index === this.order[place]));
    this.order = order;
    if (!isSame) {
      this.active = 0;
      this.host.scrollTop = 0;
    }
    this.render();
  }

  /** Scrolls to a row, if the view contains it. */
  reveal(index: number): void {
    const place = this.order.indexOf(index);
    if (place >= 0) this.go(place);
  }

  print(isPrinting: boolean): void {
    this.isPrinting = isPrinting;
    this.render();
  }

  /** Returns the element of a row, if it is rendered. */
  rowOf(index: number): HTMLElement | null {
    return this.space.querySelector<HTMLElement>(`[data-place="${this.order.indexOf(index)}"]`);
  }

  private get rowHeight(): number {
    // Defined in the style sheet, because rows are higher on narrow pages.
    return parseFloat(getComputedStyle(this.host).getPropertyValue('--row')) || 44;
  }

  private go(place: number): void {
    this.active = Math.max(0, Math.min(this.order.length - 1, place));
    const height = this.rowHeight;
    const { scrollTop, clientHeight } = this.host;
    if (this.active * height < scrollTop) this.host.scrollTop = this.active * height;
    else if ((this.active + 1) * height > scrollTop + clientHeight) this.host.scrollTop = (this.active + 1) * height - clientHeight;
    this.render();
  }

  private walk(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.order.length === 0) return;
    const page = Math.max(1, Math.floor(this.host.clientHeight / this.rowHeight) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity,
    };
    if (event.key in steps) this.go(this.active + steps[event.key]);
    else if (event.key === 'Enter' || event.key === ' ') this.options.choose(this.order[this.active]);
    else if (!this.options.press?.(event.key, this.order[this.active])) return;
    event.preventDefault();
  }

  private click(target: Element): void {
    const row = target.closest<HTMLElement>('[data-place]');
    if (!row) return;
    this.go(Number(row.dataset.place));
    if (!this.options.click?.(target, this.order[this.active])) this.options.choose(this.order[this.active]);
  }

  private render(): void {
    const height = this.rowHeight;
    const { length } = this.order;
    const first = this.isPrinting ? 0 : Math.max(0, Math.floor(this.host.scrollTop / height) - OVERSCAN);
    const inSight = Math.ceil((this.host.scrollTop + this.host.clientHeight) / height) + OVERSCAN;
    const end = Math.min(length, this.isPrinting ? MAX_PRINTED_ROWS : inSight);
    this.space.style.height = this.isPrinting ? 'auto' : `${length * height}px`;
    const rows = new Array<HTMLElement>();
    for (let place = first; place < end; place++) {
      const row = this.row(place);
      if (!this.isPrinting) row.style.transform = `translateY(${place * height}px)`;
      rows.push(row);
    }
    if (this.isPrinting && length > end) {
      rows.push(element('p', { class: 'muted' },
        `${length - end} more ${this.options.nouns} are not printed. Open the page in a browser to see them`));
    }
    if (length === 0) rows.push(element('p', { class: 'empty muted' }, this.options.emptyText));
    this.space.replaceChildren(...rows);
    setAttribute(this.host, 'aria-activedescendant', length > 0 && this.active >= first && this.active < end
      ? `row-${this.active}` : undefined);
  }

  private row(place: number): HTMLElement {
    const index = this.order[place];
    return element('div', {
      'class': `row${place === this.active ? ' active' : ''}`,
      'role': 'option',
      'id': `row-${place}`,
      'data-place': place,
      'aria-label': this.options.label?.(index),
      'aria-selected': String(place === this.active),
      'aria-setsize': this.order.length,
      'aria-posinset': place + 1,
    }, ...this.options.cells(index));
  }
}
