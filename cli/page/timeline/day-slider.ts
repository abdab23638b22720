import { element, findPart, setAttribute } from '../element';
import { Fate, NEVER, Outcome, Tally } from '../future';
import { formatCount, dateOfDay, dayWords, formatNumber, formatSize } from '../words';

const LEAST_DAYS = 30;
/** Maximum number of days, enough for rules of several years. With more days, the slider cannot select single days. */
const MOST_DAYS = 1095;

/** Returns the days on which an image changes, in order. */
export function daysOfChange(fates: readonly Fate[]): number[] {
  const days = new Set<number>();
  for (const { archiveDay, expiryDay } of fates) days.add(archiveDay).add(expiryDay);
  days.delete(NEVER);
  return [...days].sort((one, other) => one - other);
}

export function lastDayOf(days: readonly number[]): number {
  return Math.max(LEAST_DAYS, ...days.filter(day => day <= MOST_DAYS).slice(-1));
}

/** The slider for the day, with a summary of what the policy has done by that day. */
export class DaySlider {
  private readonly slider = findPart<HTMLInputElement>('slider');
  private readonly chosen = findPart('chosen');
  private readonly summary = findPart('summary');
  private readonly bars = [...findPart('shares').children] as HTMLElement[];

  constructor(private readonly days: readonly number[], private readonly at: number, private readonly choose: (day: number) => void) {
    const last = lastDayOf(days);
    setAttribute(this.slider, 'max', last);
    this.slider.addEventListener('input', () => choose(this.slider.valueAsNumber));
    const steps: ReadonlyArray<[string, () => number | undefined]> = [
      ['to-now', () => 0],
      ['to-previous', () => days.filter(day => day < this.slider.valueAsNumber).pop() ?? 0],
      ['to-next', () => days.find(day => day > this.slider.valueAsNumber && day <= last)],
    ];
    for (const [id, day] of steps) findPart(id).addEventListener('click', () => this.jump(day()));
    const laterCount = days.filter(day => day > last).length;
    findPart('later').hidden = laterCount === 0;
    findPart('later').textContent = laterCount === 0 ? ''
      : `Some images change after more than ${formatNumber(last)} days. The list shows their dates.`;
  }

  show(day: number, { expiredCount, archivedCount, keptCount }: Tally, sizes: Readonly<Record<Outcome, number>> | undefined): void {
    this.chosen.textContent = day === 0 ? `now · ${dateOfDay(this.at, 0)}` : `${dayWords(day)} · by ${dateOfDay(this.at, day)}`;
    this.slider.valueAsNumber = day;
    setAttribute(this.slider, 'aria-valuetext', day === 0 ? 'now' : `${formatCount(day, 'day')} ahead, ${dateOfDay(this.at, day)}`);
    const shares: ReadonlyArray<[string, number, string, number | undefined]> = [
      ['expire', expiredCount, 'would expire', sizes?.EXPIRE], ['archive', archivedCount, 'would be archived', sizes?.ARCHIVE],
      ['keep', keptCount, 'would stay', sizes?.KEEP],
    ];
    this.summary.replaceChildren(...shares.map(([name, value, word, bytes]) => element('span', { class: `share-text ${name}` },
      element('b', {}, formatNumber(value)), ` ${word}${bytes === undefined ? '' : ` (${formatSize(bytes)})`}`)));
    shares.forEach(([, value], place) => {
      this.bars[place].style.flexGrow = String(value);
      this.bars[place].hidden = value === 0; // without a gap beside it
    });
    const [, previous, next] = ['to-now', 'to-previous', 'to-next'].map(id => findPart(id));
    const last = Number(this.slider.max);
    // Not `disabled`, because a disabled button loses the focus.
    setAttribute(previous, 'aria-disabled', day === 0 ? 'true' : 'false');
    setAttribute(next, 'aria-disabled', this.days.some(change => change > day && change <= last) ? 'false' : 'true');
    setAttribute(findPart('to-now'), 'aria-disabled', day === 0 ? 'true' : 'false');
  }

  private jump(day: number | undefined): void {
    if (day !== undefined) this.choose(day);
  }
}
