import { Fate, NEVER } from '../future';
import { inkOf, isGap, mix, Pattern, Scheme } from '../palette';
import { laneOf, Layout, spanOf, xOf } from './layout';
import type { DescribedImage } from '../../../src/core/images/described-images';

/** Opacity of the mark of an expired image, and of an archived image. */
const EXPIRED_SHARE = 0.22;
const ARCHIVED_SHARE = 0.5;
/** Part of the height of its lane that a mark fills, if there is room between lanes. */
export const LANE_SHARE = 0.7;
export const ROOMY_LANE = 5;

/** For each mark, in pixels: top, height, start, archive start, and end; then the rules that apply before and in the archive. */
const FIELDS = 7;

/**
 * All marks of a layout, in pixels. They are written into a pixel buffer, because 20,000 fills of a typed array take a few milliseconds,
 * but 20,000 rectangles on a canvas take tens of milliseconds. The positions are cached, because the slider does not change them.
 */
export class Marks {
  private readonly places: Int32Array;
  private readonly expiryDays: Float64Array;
  private picture?: ImageData;
  private layer?: OffscreenCanvas;

  constructor(layout: Layout, images: readonly DescribedImage[], fates: readonly Fate[], ratio: number) {
    const count = layout.bands.reduce((sum, { members }) => sum + members.length, 0);
    this.places = new Int32Array(count * FIELDS);
    this.expiryDays = new Float64Array(count);
    let mark = 0;
    for (const band of layout.bands) {
      band.members.forEach((index, place) => {
        const fate = fates[index];
        const { start, end } = spanOf(images[index], fate, layout);
        const lane = laneOf(band, place);
        const { storageClass, lastArchivedAt, pushedAt } = images[index];
        const wasArchived = storageClass === 'archive';
        const archiveTime = wasArchived ? lastArchivedAt ?? pushedAt : fate.archiveTime;
        const archiveStart = archiveTime === NEVER ? end : Math.min(end, xOf(layout, archiveTime));
        const [from, middle, to] = [start, archiveStart, end].map(x => Math.round(x * ratio));
        this.places.set([
          Math.round(lane.top * ratio),
          Math.max(1, Math.round(lane.height * ratio * (lane.height >= ROOMY_LANE ? LANE_SHARE : 1))),
          from,
          Math.max(middle, Math.min(from + 2, to)), // visible even if archived within a day of the push
          to,
          fate.rule,
          wasArchived ? fate.rule : fate.archiveRule,
        ], mark * FIELDS);
        this.expiryDays[mark++] = fate.expiryDay;
      });
    }
  }

  draw(context: CanvasRenderingContext2D, scheme: Scheme, rules: number, day: number): void {
    const { width, height } = context.canvas;
    if (width === 0 || height === 0) return;
    const picture = this.picture ??= context.createImageData(width, height);
    const buffer = new Uint32Array(picture.data.buffer).fill(0);
    const inks = Array.from({ length: rules + 1 }, (_, rule) => inkOf(scheme, rule, rules));
    const shares = [1, ARCHIVED_SHARE, EXPIRED_SHARE, EXPIRED_SHARE * ARCHIVED_SHARE];
    const shades = inks.map(({ colour }) => shares.map(share => mix(colour, scheme.future, share)));
    // Draw expired images first, so that they hide no other image.
    for (const pass of [true, false]) {
      for (let mark = 0, at = 0; mark < this.expiryDays.length; mark++, at += FIELDS) {
        const isGone = this.expiryDays[mark] <= day;
        if (isGone !== pass) continue;
        const top = this.places[at];
        const tall = this.places[at + 1];
        const middle = this.places[at + 3];
        const to = this.places[at + 4];
        const rule = this.places[at + 5];
        const base = isGone ? 2 : 0;
        fill(buffer, width, top, tall, this.places[at + 2], middle, shades[rule][base], inks[rule].pattern);
        if (to <= middle) continue;
        const archiveRule = this.places[at + 6];
        const thin = Math.max(1, Math.round(tall / 3));
        fill(
          buffer, width, top + Math.floor((tall - thin) / 2), thin, middle, to, shades[archiveRule][base + 1], inks[archiveRule].pattern,
        );
      }
    }
    const layer = this.layer ??= new OffscreenCanvas(width, height);
    layer.getContext('2d')!.putImageData(picture, 0, 0);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(layer, 0, 0);
  }
}

function fill(
  buffer: Uint32Array, width: number, top: number, tall: number, from: number, to: number, colour: number, pattern: Pattern,
): void {
  for (let y = top; y < top + tall; y++) {
    if (pattern === 'solid') buffer.fill(colour, y * width + from, y * width + Math.min(to, width));
    else for (let x = from; x < Math.min(to, width); x++) if (!isGap(pattern, x, y)) buffer[y * width + x] = colour;
  }
}
