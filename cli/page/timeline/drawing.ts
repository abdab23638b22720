import { NEVER } from '../future';
import { Ink, inkOf } from '../palette';
import { ticksBetween } from './axis';
import { AXIS, Band, laneOf, MARGIN, spanOf, xOf } from './layout';
import { Marks, ROOMY_LANE, LANE_SHARE } from './marks';
import { flagOf, font } from './pointer';
import type { Scene } from './scene';
import { DAY } from '../../../src/core/lifecycle/simulate';

/** Draws everything that does not depend on the pointer. */
export function drawScene(context: CanvasRenderingContext2D, scene: Scene, marks: Marks, ratio: number): void {
  const { layout, scheme, at } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = scheme.plot;
  context.fillRect(0, 0, layout.width, layout.height);
  const nowX = xOf(layout, at);
  context.fillStyle = scheme.future;
  context.fillRect(nowX, AXIS, layout.width - nowX, layout.height - AXIS);
  drawAxis(context, scene);
  marks.draw(context, scheme, scene.rules, scene.day);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  for (const band of layout.bands) {
    drawLabel(context, scene, band);
    if (laneOf(band, 0).height >= ROOMY_LANE) drawEnds(context, scene, band);
  }
}

function drawAxis(context: CanvasRenderingContext2D, { layout, scheme, at, day }: Scene): void {
  const flag = flagOf(context, layout, day, at + day * DAY);
  const isFree = (left: number, right: number) => day === 0 || right < flag.left - 6 || left > flag.left + flag.width + 6;
  context.font = font(layout);
  context.textBaseline = 'middle';
  const nowX = xOf(layout, at);
  for (const { moment, label } of ticksBetween(layout.from, layout.to, layout.width)) {
    const x = Math.round(xOf(layout, moment));
    context.fillStyle = scheme.line;
    context.fillRect(x, AXIS, 1, layout.height - AXIS);
    const wide = context.measureText(label).width;
    if (x + wide > layout.width - 4 || (x + wide > nowX - 24 && x < nowX + 24) || !isFree(x, x + wide)) continue;
    context.fillStyle = scheme.mutedText;
    context.fillText(label, x, AXIS / 2);
  }
  context.fillStyle = scheme.mutedText;
  context.fillRect(Math.round(nowX), AXIS - 4, 1, layout.height - AXIS + 4);
  context.textAlign = nowX > layout.width - 16 ? 'right' : nowX < 16 ? 'left' : 'center';
  if (isFree(nowX - 14, nowX + 14)) context.fillText('now', nowX, AXIS / 2);
  context.textAlign = 'left';
}

/** Draws the label of a band, which is also the legend: the color, the pattern, and a description of the rule. */
function drawLabel(context: CanvasRenderingContext2D, { layout, scheme, rules, label }: Scene, { rule, top, members }: Band): void {
  const { colour } = inkOf(scheme, rule, rules);
  const y = top - 12;
  const { title, text } = label(rule, members.length);
  context.font = font(layout, '600');
  const wide = context.measureText(title).width;
  context.font = font(layout);
  let rest = text;
  const room = layout.width - wide - 52;
  while (rest.length > 1 && context.measureText(rest).width > room) {
    rest = `${rest.slice(0, Math.max(0, Math.floor(rest.length * 0.9) - 2)).trimEnd()}…`;
  }
  // Clear the background, so that lines do not cross the text.
  context.fillStyle = scheme.plot;
  context.globalAlpha = 0.88;
  context.fillRect(MARGIN - 4, y - 9, wide + context.measureText(rest).width + 34, 18);
  context.globalAlpha = 1;
  context.fillStyle = colour;
  context.fillRect(MARGIN, y - 5, 10, 10);
  context.fillStyle = scheme.text;
  context.font = font(layout, '600');
  context.fillText(title, MARGIN + 17, y);
  context.fillStyle = scheme.mutedText;
  context.font = font(layout);
  context.fillText(rest, MARGIN + 17 + wide + 10, y);
}

/** Draws, if there is room, a stop where an image expires and a dot at its last pull. */
function drawEnds(context: CanvasRenderingContext2D, { layout, images, fates, rules, scheme }: Scene, band: Band): void {
  band.members.forEach((index, place) => {
    const lane = laneOf(band, place);
    const { end } = spanOf(images[index], fates[index], layout);
    const tall = Math.round(lane.height * LANE_SHARE);
    const actingRule = fates[index].archiveTime === NEVER ? fates[index].rule : fates[index].archiveRule;
    const ink: Ink = inkOf(scheme, actingRule, rules);
    context.fillStyle = ink.colour;
    if (fates[index].expiryTime <= layout.to) context.fillRect(Math.round(end) - 3, Math.round(lane.top) - 1, 3, tall + 2);
    const pullTime = images[index].lastRecordedPullTime;
    if (pullTime === undefined || pullTime < layout.from) return;
    context.beginPath();
    context.arc(xOf(layout, pullTime), lane.top + tall / 2, Math.min(2.5, tall / 3), 0, 2 * Math.PI);
    context.fillStyle = scheme.plot;
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = scheme.text;
    context.stroke();
  });
}
