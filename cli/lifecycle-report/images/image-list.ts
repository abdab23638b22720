import { nextChangeOf, shortReason, tagsOf } from './image-story';
import type { DescribedImage } from '../../../src/core/images/described-images';
import type { Rule } from '../../../src/core/lifecycle/rule';
import { copyText, element, setAttribute } from '../../page/element';
import { Fate, outcomeOn } from '../../page/future';
import { formatDate, OUTCOME_WORDS } from '../../page/words';

export interface ImageListOptions {
  readonly images: readonly DescribedImage[];
  readonly fates: readonly Fate[];
  readonly rules: readonly Rule[];
  choose(index: number): void;
  swatch(rule: number): HTMLElement;
}

/** Number of rows to render beyond the edges, so that scrolling shows no gaps. */
const OVERSCAN = 6;
/** Maximum number of rows on paper. Thousands of rows are useful only on a screen. */
const MAX_PRINTED_ROWS = 300;

/** A list that creates elements only for the visible rows. */
export class ImageList {
  private readonly space = element('div', { class: 'space', role: 'presentation' });
  private order: Uint32Array = new Uint32Array();
  private day = 0;
  private active = 0;
  private isPrinting = false;

  constructor(private readonly host: HTMLElement, private readonly options: ImageListOptions) {
    host.append(this.space);
    host.addEventListener('scroll', () => this.render(), { passive: true });
    host.addEventListener('keydown', event => this.walk(event));
    host.addEventListener('focus', () => this.render());
    host.addEventListener('blur', () => this.render());
    host.addEventListener('click', event => this.click(event.target as Element));
    new ResizeObserver(() => this.render()).observe(host);
  }

  show(order: Uint32Array, day: number): void {
    const isSame = order === this.order
      || (order.length === this.order.length && order.every((index, place) => index === this.order[place]));
    [this.order, this.day] = [order, day];
    if (!isSame) {
      this.active = 0;
      this.host.scrollTop = 0;
    }
    this.render();
  }

  /** Scrolls to an image, if the view contains it. */
  reveal(index: number): void {
    const place = this.order.indexOf(index);
    if (place >= 0) this.go(place);
  }

  print(isPrinting: boolean): void {
    this.isPrinting = isPrinting;
    this.render();
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
    else if (event.key.toLowerCase() === 'c') void this.copyDigest(this.active);
    else return;
    event.preventDefault();
  }

  private click(target: Element): void {
    const row = target.closest<HTMLElement>('[data-place]');
    if (!row) return;
    this.go(Number(row.dataset.place));
    if (target.closest('.copy')) void this.copyDigest(this.active);
    else this.options.choose(this.order[this.active]);
  }

  private async copyDigest(place: number): Promise<void> {
    await copyText(this.options.images[this.order[place]].digest);
    const button = this.space.querySelector(`[data-place="${place}"] .copy`);
    if (!button) return;
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
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
      rows.push(element('p', { class: 'muted' }, `${length - end} more images are not printed. Open the page in a browser to see them`));
    }
    if (length === 0) rows.push(element('p', { class: 'empty muted' }, 'No image matches.'));
    this.space.replaceChildren(...rows);
    setAttribute(this.host, 'aria-activedescendant', length > 0 && this.active >= first && this.active < end
      ? `row-${this.active}` : undefined);
  }

  private row(place: number): HTMLElement {
    const { images, fates, rules, swatch } = this.options;
    const index = this.order[place];
    const [image, fate] = [images[index], fates[index]];
    const outcome = outcomeOn(fate, this.day);
    const rule = outcome === 'EXPIRE' && fate.archiveDay <= this.day ? fate.archiveRule : fate.rule;
    const cell = (name: string, ...children: Array<Node | string>) => element('span', { class: name }, ...children);
    // Only for the pointer. Keyboard users press C, because the list has the focus.
    const copyButton = element('button', { 'type': 'button', 'class': 'copy', 'tabindex': -1, 'aria-hidden': true }, 'Copy');
    return element('div', {
      'class': `row${place === this.active ? ' active' : ''}`,
      'role': 'option',
      'id': `row-${place}`,
      'data-place': place,
      'aria-selected': String(place === this.active),
      'aria-setsize': this.order.length,
      'aria-posinset': place + 1,
    },
    cell(`badge ${outcome.toLowerCase()}`, OUTCOME_WORDS[outcome]),
    cell(image.tags.length === 0 ? 'tags muted' : 'tags', tagsOf(image)),
    cell('digest', cell('hash', image.digest.replace(/^sha256:/, '').slice(0, 12)), copyButton),
    cell('pushed', formatDate(image.pushedAt)),
    cell('pulled', image.lastRecordedPullTime === undefined ? 'never' : formatDate(image.lastRecordedPullTime)),
    cell('change', nextChangeOf(fate)),
    cell('by', swatch(rule), rule < rules.length ? String(rules[rule].rulePriority) : 'none'),
    cell('reason muted', rule === fate.rule ? shortReason(fate) : `after ${fate.decision.reason}`));
  }
}
