import type { DescribedImage } from '../../../src/core/images/described-images';
import type { Fate } from '../future';

export interface Band {
  readonly rule: number;
  /** Top of the marks. The label is above it. */
  readonly top: number;
  readonly height: number;
  /** From top to bottom. */
  readonly members: Uint32Array;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly bands: readonly Band[];
  readonly from: number;
  readonly to: number;
}

export const AXIS = 26;
const LABEL = 26;
const GAP = 14;
/** Height of a mark if there is enough room. */
const LANE = 12;
/** Maximum height of all marks together. With more marks, images share rows of pixels. */
const ROOM = 480;
const MIN_BAND_HEIGHT = 10;

export const NARROW = 560;
/** Margin to the left and right of the time axis. Marks of kept images extend to the edge. */
export const MARGIN = 12;

export interface LayoutInput {
  /** All images, in the order in which each band shows its images. */
  readonly order: Uint32Array;
  /** 1 for each image in the view. */
  readonly mask: Uint8Array;
  readonly fates: readonly Fate[];
  readonly rules: number;
  readonly width: number;
  readonly from: number;
  readonly to: number;
}

export function layOut({ order, mask, fates, rules, width, from, to }: LayoutInput): Layout {
  const counts = new Array<number>(rules + 1).fill(0);
  for (const index of order) if (mask[index] === 1) counts[fates[index].rule]++;
  const members = counts.map(count => new Uint32Array(count));
  const fillCounts = new Array<number>(rules + 1).fill(0);
  for (const index of order) {
    if (mask[index] === 0) continue;
    const { rule } = fates[index];
    members[rule][fillCounts[rule]++] = index;
  }
  const isRoomy = counts.reduce((sum, count) => sum + count, 0) * LANE <= ROOM;
  // Proportional to the square root, so that a rule with few images is visible next to a rule with thousands.
  const weights = counts.reduce((sum, count) => sum + Math.sqrt(count), 0);
  let top = AXIS;
  const bands = new Array<Band>();
  counts.forEach((count, rule) => {
    if (count === 0) return;
    const height = isRoomy ? count * LANE
      : Math.max(MIN_BAND_HEIGHT, Math.round(Math.min(count * LANE, ROOM * Math.sqrt(count) / weights)));
    bands.push({ rule, top: top + LABEL, height, members: members[rule] });
    top += LABEL + height + GAP;
  });
  return { width, height: Math.max(top, AXIS + LABEL), bands, from, to };
}

export function xOf({ from, to, width }: Layout, moment: number): number {
  if (moment > to) return width;
  return MARGIN + Math.max(0, (moment - from) / (to - from)) * (width - 2 * MARGIN);
}

export function laneOf({ top, height, members }: Band, place: number): { readonly top: number; readonly height: number } {
  return { top: top + place * height / members.length, height: height / members.length };
}

/** Returns where the mark of an image ends: beyond the page if the image is kept. */
export function spanOf(
  { pushedAt }: DescribedImage, { expiryTime }: Fate, layout: Layout,
): { readonly start: number; readonly end: number } {
  return { start: xOf(layout, pushedAt), end: xOf(layout, expiryTime) };
}

/** Returns the mark at a point, or the nearest mark in its row of pixels. */
export function markAt(layout: Layout, images: readonly DescribedImage[], fates: readonly Fate[], x: number, y: number): number
  | undefined {
  const band = layout.bands.find(({ top, height }) => y >= top - 3 && y < top + height + 3);
  if (!band) return undefined;
  const { length } = band.members;
  const inBand = Math.max(0, Math.min(band.height - 1e-6, y - band.top));
  const reach = Math.max(0.5, 1.5 * length / band.height / 2); // the images that share a row, and thin neighbors
  const centre = inBand / band.height * length;
  let best: number | undefined;
  let least = Infinity;
  for (let place = Math.max(0, Math.floor(centre - reach)); place <= Math.min(length - 1, Math.floor(centre + reach)); place++) {
    const { start, end } = spanOf(images[band.members[place]], fates[band.members[place]], layout);
    const distance = Math.max(0, start - x, x - end) + Math.abs(place + 0.5 - centre) / length;
    if (distance < least) [best, least] = [band.members[place], distance];
  }
  return least < 12 ? best : undefined;
}

/** Returns the band and the lane of an image. */
export function findLane({ bands }: Layout, index: number): { readonly band: Band; readonly place: number } | undefined {
  for (const band of bands) {
    const place = band.members.indexOf(index);
    if (place >= 0) return { band, place };
  }
  return undefined;
}
