import { showHeader } from './header';
import { showDetails } from '../page/details';
import { element, findPart } from '../page/element';
import { arrivalsOn, foresee, sizesOn, tallyOn } from '../page/future';
import { Filters } from './images/filters';
import { ImageList } from './images/image-list';
import { factsOf } from './images/image-story';
import { ImageSelection, View, NO_FILTERS } from './images/selection';
import { findInsights } from './insights';
import { showPolicy } from './policy-section';
import type { ReportData } from './report-data';
import { RuleSummary } from './rule-summary';
import { referrerWarnings } from '../../src/core/lifecycle/referrers';
import { lifecycleWarnings } from '../../src/core/lifecycle/warnings';
import { currentScheme, Scheme } from '../page/palette';
import { createSwatch } from '../page/swatch';
import { DaySlider, daysOfChange, lastDayOf } from '../page/timeline/day-slider';
import { Timeline } from '../page/timeline/timeline';
import { formatCount, dayWords, formatNumber, ruleWords } from '../page/words';

const data = JSON.parse(findPart('data').textContent) as ReportData;
const rules = [...data.rules].sort((one, other) => one.rulePriority - other.rulePriority);
const { images, at } = data;
const fates = foresee(rules, images, at);
const currentTally = tallyOn(fates, rules.length, 0);
const days = daysOfChange(fates);
const hasSizes = images.some(({ sizeInBytes }) => sizeInBytes !== undefined);
const sizes = (day: number) => hasSizes ? sizesOn(images, fates, day) : undefined;
const warnings = [...lifecycleWarnings(rules), ...referrerWarnings(images, fates.map(({ decision }) => decision))];
const selection = new ImageSelection(images, fates, rules.length, at);

let view: View = { ...NO_FILTERS, day: 0, sort: 'change', isDescending: false };
let isScheduled = false;
let isPrinting = false;
/** For each rule, the number of images in view that another rule has archived by the chosen day. */
let arrivals: readonly number[] = [];

const scheme = (): Scheme => currentScheme(isPrinting);
const swatchOf = (rule: number) => createSwatch(scheme(), rule, rules.length);
const facts = (index: number) => factsOf(images[index], fates[index], rules);
const ruleName = (rule: number) => rule < rules.length ? `Rule ${rules[rule].rulePriority}` : 'No rule';

/** Changes the view. Several changes within one frame are drawn once. */
function change(patch: Partial<View>): void {
  view = { ...view, ...patch };
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(show);
}

function choose(index: number): void {
  list.reveal(index);
  showDetails(images[index].digest, facts(index), findPart('list'));
}

function label(rule: number, count: number, isNarrow: boolean): { title: string; text: string } {
  const words = rule < rules.length ? ruleWords(rules[rule]) : 'selects these: kept';
  const arrived = arrivals[rule] ?? 0;
  const [number, counted] = arrived === 0 ? [formatNumber(count), formatCount(count, 'image')]
    : [`${formatNumber(count)} + ${formatNumber(arrived)}`, `${formatCount(count, 'image')}, ${formatNumber(arrived)} archived by this`
      + ' day'];
  return { title: ruleName(rule), text: isNarrow ? `${number} · ${words}` : `${words} · ${counted}` };
}

const slider = new DaySlider(days, at, day => change({ day }));
const timeline = new Timeline(findPart('timeline'), {
  images, fates, rules: rules.length, at, lastDay: lastDayOf(days), label, facts, scheme, choose,
});
const ruleRows = findPart('rule-rows');
const toggleRule = (rule: number) => change({ rule: view.rule === rule ? undefined : rule });
let summary = new RuleSummary(ruleRows, { rules, currentTallies: currentTally.rules, swatch: swatchOf, toggle: toggleRule });
const list = new ImageList(findPart('list'), { images, fates, rules, choose, swatch: swatchOf });
const filters = new Filters({ change, view: () => view, ruleName });

function show(): void {
  isScheduled = false;
  const tally = tallyOn(fates, rules.length, view.day);
  const mask = selection.mask(view);
  const order = selection.select(view, mask);
  arrivals = arrivalsOn(fates, mask, rules.length, view.day);
  slider.show(view.day, tally, sizes(view.day));
  summary.show(tally.rules, view.rule);
  findPart('by-day').textContent = view.day === 0 ? 'By this day' : `By day ${formatNumber(view.day)}`;
  filters.show(view, tally);
  findPart('matches').textContent = order.length === images.length
    ? formatCount(images.length, 'image')
    : `${formatNumber(order.length)} of ${formatCount(images.length, 'image')}, ${dayWords(view.day)}`;
  timeline.show(mask, view.day);
  list.show(order, view.day);
}

/** Redraws the canvas and the elements that contain colors. */
function recolour(): void {
  ruleRows.replaceChildren();
  summary = new RuleSummary(ruleRows, { rules, currentTallies: currentTally.rules, swatch: swatchOf, toggle: toggleRule });
  list.print(isPrinting);
  show();
}

function print(starts: boolean): void {
  isPrinting = starts;
  findPart<HTMLDetailsElement>('policy-json').open ||= starts;
  recolour();
}

showHeader(data, currentTally, sizes(0), findInsights(images, fates, at, warnings.length), ({ shows }) => {
  if (shows === 'recent pulls') change({ ...NO_FILTERS, day: 0, isRecentPullsOnly: true, outcomes: new Set(['EXPIRE', 'ARCHIVE']) });
  findPart(shows === 'warnings' ? 'policy' : 'images').scrollIntoView();
  findPart(shows === 'warnings' ? 'policy' : 'images').focus({ preventScroll: true });
});
showPolicy(data, warnings);

const past = findPart<HTMLSelectElement>('past');
const oldest = images.reduce((least, { pushedAt }) => Math.min(least, pushedAt), at);
for (const [text, span] of [['all', Infinity], ['2 years', 730], ['1 year', 365], ['90 days', 90], ['30 days', 30]] as const) {
  if (span === Infinity || at - oldest > span * 86_400_000) past.append(element('option', { value: span }, text));
}
past.addEventListener('change', () => timeline.showPast(Number(past.value)));

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
// Listen for the medium, because print emulation in a browser sends no print event.
matchMedia('print').addEventListener('change', ({ matches }) => print(matches));
show();
