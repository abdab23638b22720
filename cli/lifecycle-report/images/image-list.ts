import { nextChangeOf, shortReason, tagsOf } from './image-story';
import type { DescribedImage } from '../../../src/core/images/described-images';
import type { Rule } from '../../../src/core/lifecycle/rule';
import { copyText, element } from '../../page/element';
import { Fate, outcomeOn } from '../../page/future';
import { VirtualList } from '../../page/virtual-list';
import { formatDate, OUTCOME_WORDS } from '../../page/words';

export interface ImageListOptions {
  readonly images: readonly DescribedImage[];
  readonly fates: readonly Fate[];
  readonly rules: readonly Rule[];
  choose(index: number): void;
  swatch(rule: number): HTMLElement;
}

/** The list of images, with their outcomes on the chosen day. */
export class ImageList {
  private readonly list: VirtualList;
  private day = 0;

  constructor(host: HTMLElement, private readonly options: ImageListOptions) {
    this.list = new VirtualList(host, {
      cells: index => this.cells(index),
      choose: options.choose,
      press: (key, index) => this.copyIf(key.toLowerCase() === 'c', index),
      click: (target, index) => this.copyIf(target.closest('.copy') !== null, index),
      emptyText: 'No image matches.',
      nouns: 'images',
    });
  }

  show(order: Uint32Array, day: number): void {
    this.day = day;
    this.list.show(order);
  }

  /** Scrolls to an image, if the view contains it. */
  reveal(index: number): void {
    this.list.reveal(index);
  }

  print(isPrinting: boolean): void {
    this.list.print(isPrinting);
  }

  private copyIf(isCopy: boolean, index: number): boolean {
    if (isCopy) void this.copyDigest(index);
    return isCopy;
  }

  private async copyDigest(index: number): Promise<void> {
    await copyText(this.options.images[index].digest);
    const button = this.list.rowOf(index)?.querySelector('.copy');
    if (!button) return;
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  }

  private cells(index: number): HTMLElement[] {
    const { images, fates, rules, swatch } = this.options;
    const [image, fate] = [images[index], fates[index]];
    const outcome = outcomeOn(fate, this.day);
    const rule = outcome === 'EXPIRE' && fate.archiveDay <= this.day ? fate.archiveRule : fate.rule;
    const cell = (name: string, ...children: Array<Node | string>) => element('span', { class: name }, ...children);
    // Only for the pointer. Keyboard users press C, because the list has the focus.
    const copyButton = element('button', { 'type': 'button', 'class': 'copy', 'tabindex': -1, 'aria-hidden': true }, 'Copy');
    return [
      cell(`badge ${outcome.toLowerCase()}`, OUTCOME_WORDS[outcome]),
      cell(image.tags.length === 0 ? 'tags muted' : 'tags', tagsOf(image)),
      cell('digest', cell('hash', image.digest.replace(/^sha256:/, '').slice(0, 12)), copyButton),
      cell('pushed', formatDate(image.pushedAt)),
      cell('pulled', image.lastRecordedPullTime === undefined ? 'never' : formatDate(image.lastRecordedPullTime)),
      cell('change', nextChangeOf(fate)),
      cell('by', swatch(rule), rule < rules.length ? String(rules[rule].rulePriority) : 'none'),
      cell('reason muted', rule === fate.rule ? shortReason(fate) : `after ${fate.decision.reason}`),
    ];
  }
}
