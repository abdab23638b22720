import { AXIS, Layout, spanOf, xOf } from './layout';
import { ROOMY_LANE, LANE_SHARE } from './marks';
import type { Scene } from './scene';

export function font({ width }: Layout, weight = ''): string {
  return `${weight} ${width > 1600 ? 14 : 12}px system-ui, sans-serif`;
}

interface Flag {
  readonly left: number;
  readonly width: number;
  readonly text: string;
}

/** The label of the chosen day, at the top of its line. */
export function flagOf(context: CanvasRenderingContext2D, layout: Layout, day: number, moment: number): Flag {
  context.font = font(layout, '600');
  const text = `day ${day}`;
  const width = context.measureText(text).width + 12;
  return { text, width, left: Math.max(0, Math.min(layout.width - width, xOf(layout, moment) - width / 2)) };
}

export interface PointerState {
  readonly day: number;
  readonly moment: number;
  readonly index?: number;
  readonly lane?: { readonly top: number; readonly height: number };
}

/** Draws what the slider and the pointer change, on a separate canvas. */
export function drawPointer(context: CanvasRenderingContext2D, scene: Scene, pointer: PointerState, ratio: number): void {
  const { layout, images, fates, scheme } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, layout.width, layout.height);
  if (pointer.day > 0) {
    const x = Math.round(xOf(layout, pointer.moment));
    const flag = flagOf(context, layout, pointer.day, pointer.moment);
    context.fillStyle = scheme.accent;
    context.fillRect(x - 1, AXIS - 4, 2, layout.height - AXIS + 4);
    context.textBaseline = 'middle';
    context.fillRect(flag.left, 4, flag.width, AXIS - 8);
    context.fillStyle = scheme.plot;
    context.fillText(flag.text, flag.left + 6, AXIS / 2);
  }
  if (pointer.index === undefined || !pointer.lane) return;
  const { start, end } = spanOf(images[pointer.index], fates[pointer.index], layout);
  const isRoomy = pointer.lane.height >= ROOMY_LANE;
  const tall = Math.max(6, pointer.lane.height * (isRoomy ? LANE_SHARE : 1));
  const top = pointer.lane.top + pointer.lane.height * (isRoomy ? LANE_SHARE : 1) / 2 - tall / 2;
  context.lineWidth = 4;
  context.strokeStyle = scheme.plot;
  context.strokeRect(start - 2, top - 2, Math.max(4, end - start + 4), tall + 4);
  context.lineWidth = 2;
  context.strokeStyle = scheme.text;
  context.strokeRect(start - 2, top - 2, Math.max(4, end - start + 4), tall + 4);
}
