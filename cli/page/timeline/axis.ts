import { DAY } from '../../../src/core/lifecycle/simulate';

export interface Tick {
  readonly moment: number;
  readonly label: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const STEPS_IN_MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240];
const STEPS_IN_DAYS = [1, 2, 7, 14];

/** Returns as many starts of days, months, or years in UTC as fit. */
export function ticksBetween(from: number, to: number, width: number): Tick[] {
  const most = Math.max(2, Math.floor(width / 88));
  const days = STEPS_IN_DAYS.find(step => (to - from) / (step * DAY) <= most);
  return days === undefined ? monthTicks(from, to, most) : dayTicks(from, to, days);
}

function dayTicks(from: number, to: number, step: number): Tick[] {
  const ticks = new Array<Tick>();
  for (let moment = Math.ceil(from / (step * DAY)) * step * DAY; moment <= to; moment += step * DAY) {
    const day = new Date(moment);
    ticks.push({ moment, label: `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]}` });
  }
  return ticks;
}

function monthTicks(from: number, to: number, most: number): Tick[] {
  const step = STEPS_IN_MONTHS.find(months => (to - from) / (months * 30.4 * DAY) <= most) ?? STEPS_IN_MONTHS[STEPS_IN_MONTHS.length - 1];
  const start = new Date(from);
  const ticks = new Array<Tick>();
  for (let month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / step) * step; ; month += step) {
    const moment = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (!(moment <= to)) return ticks; // also ends at an invalid Date, beyond its maximum time
    const year = String(Math.floor(month / 12));
    if (moment >= from) {
      ticks.push({ moment, label: month % 12 === 0 ? year : `${MONTHS[month % 12]} ${step < 12 ? year.slice(-2) : year}` });
    }
  }
}
