import { element, setAttribute } from '../element';
import type { Fact } from '../fact';
import type { Fate } from '../future';
import type { Scheme } from '../palette';
import { drawScene } from './drawing';
import { findLane, laneOf, Layout, layOut, markAt, NARROW, xOf } from './layout';
import { Marks, ROOMY_LANE } from './marks';
import { drawPointer } from './pointer';
import type { Scene } from './scene';
import type { DescribedImage } from '../../../src/core/images/described-images';
import { DAY } from '../../../src/core/lifecycle/simulate';

export interface TimelineOptions {
  readonly images: readonly DescribedImage[];
  readonly fates: readonly Fate[];
  readonly rules: number;
  readonly at: number;
  /** Last day of the slider. */
  readonly lastDay: number;
  label(rule: number, count: number, isNarrow: boolean): { readonly title: string; readonly text: string };
  facts(index: number): readonly Fact[];
  scheme(): Scheme;
  choose(index: number): void;
}

export class Timeline {
  private readonly plotCanvas = element('canvas', { 'aria-hidden': true });
  private readonly pointerCanvas = element('canvas', { 'aria-hidden': true, 'class': 'above' });
  private readonly tooltip = element('div', { role: 'tooltip', id: 'tooltip', hidden: true });
  /** Two alternating options, because a screen reader reads an option only if a different option becomes active. */
  private readonly options = [0, 1].map(number =>
    element('div', { 'role': 'option', 'id': `mark-${number}`, 'class': 'unseen', 'aria-selected': 'false' }));
  private readonly bands: Uint32Array;
  private readonly oldest: number;
  private mask: Uint8Array = new Uint8Array();
  private day = 0;
  private pastDays = Infinity;
  private marks?: Marks;
  private layout: Layout = { width: 0, height: 0, bands: [], from: 0, to: 1 };
  private active?: number;
  private turn = 0;

  constructor(private readonly host: HTMLElement, private readonly source: TimelineOptions) {
    const { images } = source;
    this.bands = bandOrder(images, source.fates);
    this.oldest = images.reduce((oldest, { pushedAt }) => Math.min(oldest, pushedAt), source.at);
    host.append(this.plotCanvas, this.pointerCanvas, ...this.options, this.tooltip);
    host.addEventListener('pointermove', event => this.hover(event));
    host.addEventListener('pointerdown', event => this.hover(event)); // a tap has no preceding pointer movement
    host.addEventListener('pointerleave', () => { if (document.activeElement !== host) this.point(undefined); });
    host.addEventListener('click', () => { if (this.active !== undefined) this.source.choose(this.active); });
    host.addEventListener('keydown', event => this.walk(event));
    host.addEventListener('focus', () => { if (host.matches(':focus-visible') && this.active === undefined) this.point(this.order(0)); });
    host.addEventListener('blur', () => this.point(undefined));
    new ResizeObserver(() => { if (host.clientWidth !== this.layout.width) this.resize(); }).observe(host);
  }

  show(mask: Uint8Array, day: number): void {
    const isSame = mask.length === this.mask.length && mask.every((flag, index) => flag === this.mask[index]);
    [this.mask, this.day] = [mask, day];
    if (!isSame || !this.marks) this.layOut();
    this.draw();
  }

  /** Whether the images are high enough for the marks of their ends and last pulls. */
  get hasRoomForEnds(): boolean {
    return this.layout.bands.some(band => laneOf(band, 0).height >= ROOMY_LANE);
  }

  showPast(days: number): void {
    this.pastDays = days;
    this.resize();
  }

  private resize(): void {
    this.layOut();
    this.draw();
  }

  private layOut(): void {
    const { images, fates, rules, at, lastDay } = this.source;
    const from = Math.max(Math.min(this.oldest, at - DAY), at - this.pastDays * DAY);
    const width = this.host.clientWidth;
    this.layout = layOut({ order: this.bands, mask: this.mask, fates, rules, width, from, to: at + lastDay * DAY });
    const ratio = devicePixelRatio;
    this.marks = new Marks(this.layout, images, fates, ratio);
    for (const canvas of [this.plotCanvas, this.pointerCanvas]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(this.layout.height * ratio);
      canvas.style.height = `${this.layout.height}px`;
    }
    if (this.active !== undefined && this.mask[this.active] !== 1) this.point(undefined);
  }

  private draw(): void {
    if (!this.marks) return;
    drawScene(this.plotCanvas.getContext('2d', { alpha: false })!, this.scene(), this.marks, devicePixelRatio);
    this.drawPointer();
  }

  private scene(): Scene {
    const isNarrow = this.layout.width < NARROW;
    return {
      ...this.source,
      layout: this.layout,
      day: this.day,
      scheme: this.source.scheme(),
      label: (rule, count) => this.source.label(rule, count, isNarrow),
    };
  }

  private drawPointer(): void {
    const place = this.active === undefined ? undefined : findLane(this.layout, this.active);
    const lane = place && laneOf(place.band, place.place);
    const moment = this.source.at + this.day * DAY;
    drawPointer(this.pointerCanvas.getContext('2d')!, this.scene(), { day: this.day, moment, index: this.active, lane }, devicePixelRatio);
  }

  private hover({ clientX, clientY }: PointerEvent): void {
    const { left, top } = this.plotCanvas.getBoundingClientRect();
    const index = markAt(this.layout, this.source.images, this.source.fates, clientX - left, clientY - top);
    if (index !== this.active) this.point(index, clientX - left);
  }

  private walk(event: KeyboardEvent): void {
    const bands = this.layout.bands;
    const place = this.active === undefined ? undefined : findLane(this.layout, this.active);
    const at = place ? bands.slice(0, bands.indexOf(place.band)).reduce((sum, { members }) => sum + members.length, place.place) : -1;
    const band = place ? bands.indexOf(place.band) : -1;
    const first = (of: number) => bands[Math.max(0, Math.min(bands.length - 1, of))]?.members[0];
    const last = bands[bands.length - 1]?.members;
    const targets: Readonly<Record<string, () => number | undefined>> = {
      ArrowDown: () => this.order(at + 1),
      ArrowRight: () => this.order(at + 1),
      ArrowUp: () => this.order(Math.max(0, at - 1)),
      ArrowLeft: () => this.order(Math.max(0, at - 1)),
      PageDown: () => first(band + 1),
      PageUp: () => first(band - 1),
      Home: () => this.order(0),
      End: () => last?.[last.length - 1],
      Escape: () => undefined,
    };
    if ((event.key === 'Enter' || event.key === ' ') && this.active !== undefined) {
      event.preventDefault();
      this.source.choose(this.active);
    } else if (event.key === 'Escape' && this.active === undefined) {
      return; // the page may use it
    } else if (event.key in targets && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      const target = targets[event.key]();
      if (target !== undefined || event.key === 'Escape') this.point(target);
      if (target !== undefined) this.options[this.turn].scrollIntoView({ block: 'nearest' });
    }
  }

  private order(place: number): number | undefined {
    let placesAbove = 0;
    for (const { members } of this.layout.bands) {
      if (place < placesAbove + members.length) return members[place - placesAbove];
      placesAbove += members.length;
    }
    return undefined;
  }

  /** Highlights an image and shows its facts. */
  private point(index: number | undefined, x?: number): void {
    this.active = index;
    this.drawPointer();
    this.tooltip.hidden = index === undefined;
    setAttribute(this.host, 'aria-activedescendant', index === undefined ? undefined : `mark-${this.turn = 1 - this.turn}`);
    this.options.forEach(option => setAttribute(option, 'aria-selected', 'false'));
    if (index === undefined) return;
    const facts = this.source.facts(index);
    const option = this.options[this.turn];
    option.textContent = facts.map(({ name, text }) => `${name}: ${text}`).join('. ');
    setAttribute(option, 'aria-selected', 'true');
    this.tooltip.replaceChildren(element(
      'dl', {}, ...facts.flatMap(({ name, text }) => [element('dt', {}, name), element('dd', {}, text)]),
    ));
    this.place(index, x);
  }

  /** Places the tooltip next to the mark, never over it. */
  private place(index: number, x?: number): void {
    const position = findLane(this.layout, index);
    if (!position) return;
    const lane = laneOf(position.band, position.place);
    const { offsetWidth, offsetHeight } = this.tooltip;
    const centre = x
      ?? xOf(this.layout, (this.source.images[index].pushedAt + Math.min(this.source.fates[index].expiryTime, this.layout.to)) / 2);
    this.options[this.turn].style.top = `${lane.top}px`;
    const left = Math.max(0, Math.min(this.layout.width - offsetWidth, centre - offsetWidth / 2));
    const under = lane.top + lane.height + 12;
    const room = this.host.getBoundingClientRect().top + under + offsetHeight < innerHeight;
    this.tooltip.style.left = `${left}px`;
    this.tooltip.style.top = `${room ? under : lane.top - offsetHeight - 12}px`;
  }
}

/**
 * Sorts images that are kept longest first, so that a kept image never hides an expiring image in the same row of pixels. Then by age,
 * newest first.
 */
function bandOrder(images: readonly DescribedImage[], fates: readonly Fate[]): Uint32Array {
  const first = Float64Array.from(fates, ({ archiveTime, expiryTime }) => Math.min(archiveTime, expiryTime));
  const compareDescending = (one: number, other: number) => one < other ? 1 : one > other ? -1 : 0;
  return Uint32Array.from(images.keys()).sort((one, other) => compareDescending(first[one], first[other])
    || compareDescending(fates[one].expiryTime, fates[other].expiryTime)
    || compareDescending(images[one].pushedAt, images[other].pushedAt)
    || other - one);
}
