import { addressOf, parseAddress } from './address';
import { openRepository } from './opened/opened-repository';
import type { SampledTimeline } from './opened/sampled-timeline';
import { Concern, concernsOf, showConcerns } from './overview/attention';
import { showHeader } from './overview/header';
import { MonthChart } from './overview/month-chart';
import { barName, barsOf, shareOfBar } from './overview/months';
import type { Packed } from './packing/pack';
import { unpackReport } from './packing/pack-report';
import { registryWord, useSearchOf } from './record-words';
import { Filters } from './repositories/filters';
import { alignTitles, createRepositoryList } from './repositories/repository-list';
import { isUnfiltered, NO_FILTERS, RepositorySelection, View } from './repositories/selection';
import { addressOfView, DEFAULT_VIEW, LIST_PREFIX, parseView } from './repositories/view-address';
import { findPart } from '../../page/element';
import { currentScheme } from '../../page/palette';
import { formatCount, formatNumber, formatSize } from '../../page/words';
import { totalsOf } from '../figures/registry-totals';
import type { RepositoryRecord } from '../repository-record';

const report = unpackReport(JSON.parse(findPart('data').textContent) as Packed);
const { repositories } = report;
const registries = [...new Set(repositories.map(({ registry }) => registry))];
const places = new Map(repositories.map((record, place) => [addressOf(record), place]));
const title = document.title;

const bars = barsOf(repositories);

let view: View = parseView(location.hash, registries, bars) ?? DEFAULT_VIEW;
let isScheduled = false;
let isPrinting = false;
let opened: { readonly place: number; readonly timeline: SampledTimeline } | undefined;
/** Where the overview was when a repository was opened, and what had the focus. */
let departure: { readonly scroll: number; readonly focus: HTMLElement | null } | undefined;

/** Changes the view. Several changes within one frame are drawn once. */
function change(patch: Partial<View>): void {
  view = { ...view, ...patch };
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(show);
}

const selection = new RepositorySelection(repositories);
const list = createRepositoryList(findPart('list'), repositories, registries.length > 1, () => view.bar,
  place => open(repositories[place]));
alignTitles(findPart('sorting'), findPart('list'));
const filters = new Filters({
  records: repositories, registries, searchesUse: useSearchOf(report) !== 'none', change, view: () => view,
});

function show(): void {
  isScheduled = false;
  const order = selection.select(view);
  filters.show(view);
  let [images, bytes] = [0, 0];
  for (const place of order) {
    const share = view.bar ? shareOfBar(repositories[place], view.bar) : repositories[place].images?.all;
    images += share?.count ?? 0;
    bytes += share?.bytes ?? 0;
  }
  const count = isUnfiltered(view) ? formatCount(order.length, 'repository', 'repositories')
    : `${formatNumber(order.length)} of ${formatCount(repositories.length, 'repository', 'repositories')}`;
  findPart('matches').textContent = view.bar
    ? `${formatCount(order.length, 'repository has', 'repositories have')} ${formatCount(images, 'image')} of ${barName(view.bar)}`
      + ` (${formatSize(bytes)})`
    : `${count} · ${formatCount(images, 'image')} · ${formatSize(bytes)}`;
  list.show(order);
  if (!opened) remember();
}

function open(record: RepositoryRecord): void {
  departure = { scroll: scrollY, focus: document.activeElement as HTMLElement | null };
  location.hash = addressOf(record);
}

function close(): void {
  if (departure) history.back();
  else location.hash = addressOfView(view);
}

/** Puts the view into the address, so that it can be linked, unless the address is of something else. */
function remember(): void {
  const address = addressOfView(view);
  const isOfList = location.hash === '' || location.hash.startsWith(LIST_PREFIX);
  if (isOfList ? location.hash !== address : address !== '') history.replaceState(history.state, '', address || location.pathname);
}

/** Shows the repository that the address names, or the overview. */
function follow(): void {
  const address = parseAddress(location.hash);
  const place = address && places.get(addressOf(address));
  findPart('unknown').hidden = address === undefined || place !== undefined;
  findPart('unknown').textContent = address === undefined ? ''
    : `This report has no repository '${address.name}' in ${registryWord(address.registry)}. It has those below.`;
  if (place !== undefined) return opened?.place === place ? undefined : showRepository(place);
  showOverview();
  const linked = parseView(location.hash, registries, bars);
  return linked && addressOfView(linked) !== addressOfView(view) ? change(linked) : undefined;
}

function showRepository(place: number): void {
  const record = repositories[place];
  setOpened(true);
  const timeline = openRepository(record, {
    ...report, useSearch: useSearchOf(report, record.registry), scheme: () => currentScheme(isPrinting), close,
  });
  opened = { place, timeline };
  document.title = `${record.name} – ${title}`;
  scrollTo({ top: 0, behavior: 'instant' });
  findPart('opened-name').focus({ preventScroll: true });
}

function showOverview(): void {
  if (!opened) return;
  setOpened(false);
  list.reveal(opened.place);
  findPart('opened').replaceChildren();
  opened = undefined;
  document.title = title;
  scrollTo({ top: departure?.scroll ?? 0, behavior: 'instant' });
  (departure?.focus?.isConnected ? departure.focus : findPart('list')).focus({ preventScroll: true });
  departure = undefined;
}

function setOpened(isOpened: boolean): void {
  findPart('overview').hidden = isOpened;
  findPart('skips').hidden = isOpened;
  findPart('opened').hidden = !isOpened;
}

function openConcern(shows: NonNullable<Concern['shows']>): void {
  if ('repository' in shows) return open(shows.repository);
  change({ ...NO_FILTERS, ...shows.view });
  findPart('repositories').scrollIntoView();
  return findPart('repositories').focus({ preventScroll: true });
}

function print(starts: boolean): void {
  isPrinting = starts;
  list.print(starts);
  for (const details of document.querySelectorAll('details')) details.open ||= starts && opened !== undefined;
  opened?.timeline.recolour();
}

showHeader(report, totalsOf(report));
showConcerns(concernsOf(report), openConcern);
findPart('months-section').hidden = bars.length === 0;
if (bars.length > 0) {
  new MonthChart(bars, bar => {
    change({ ...NO_FILTERS, bar, sort: 'images', isDescending: true });
    findPart('repositories').scrollIntoView();
    findPart('repositories').focus({ preventScroll: true });
  });
}
addEventListener('hashchange', follow);
addEventListener('keydown', ({ key, defaultPrevented }) => { if (key === 'Escape' && opened && !defaultPrevented) close(); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => opened?.timeline.recolour());
// Listen for the medium, because print emulation in a browser sends no print event.
matchMedia('print').addEventListener('change', ({ matches }) => print(matches));
show();
follow();
