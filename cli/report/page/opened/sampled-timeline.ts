import { completeFate, describe, factsOf } from './sampled-fates';
import { fillFrom } from './template';
import type { Rule } from '../../../../src/core/lifecycle/rule';
import { showDetails } from '../../../page/details';
import { findPart, setAttribute } from '../../../page/element';
import { changesOn, Fate, NEVER, sizesOn, tallyOn } from '../../../page/future';
import type { Scheme } from '../../../page/palette';
import { DaySlider, daysOfChange, lastDayOf } from '../../../page/timeline/day-slider';
import { Timeline } from '../../../page/timeline/timeline';
import { actionWord, conditionWords, formatCount, formatNumber, selectionWords } from '../../../page/words';
import { isEndangered } from '../../figures/endangered';
import type { ImageFate, ImageFigures, RepositoryRecord, SampledImage } from '../../repository-record';
import { PUBLIC } from '../record-words';

interface Plan {
  readonly rules: readonly Rule[];
  fateOf(image: SampledImage): ImageFate | undefined;
}

/** Timeline of an opened repository, under its policy or the recommended one. */
export class SampledTimeline {
  private redraw?: () => void;

  constructor(private readonly record: RepositoryRecord, private readonly at: number, private readonly scheme: () => Scheme) {
    const { policy, recommendation, images } = record;
    findPart('timeline-section').hidden = !images || images.sample.length === 0;
    if (!images || images.sample.length === 0) return;
    showSampling(images, at);
    const plans: ReadonlyArray<[id: string, plan: Plan]> = [
      ['show-current', { rules: policy?.kind === 'policy' ? policy.rules : [], fateOf: ({ fate }) => fate }],
      ['show-recommended', {
        rules: recommendation?.kind === 'policy' ? recommendation.rules : [], fateOf: ({ recommendedFate }) => recommendedFate,
      }],
    ];
    findPart('policy-switch').hidden = recommendation?.kind !== 'policy';
    findPart('show-current').textContent = policy?.kind === 'policy' ? 'Current policy' : 'No policy';
    const choose = (chosen: string, plan: Plan) => {
      for (const [id] of plans) setAttribute(findPart(id), 'aria-pressed', String(id === chosen));
      this.show(plan, images.sample);
    };
    for (const [id, plan] of plans) findPart(id).addEventListener('click', () => choose(id, plan));
    choose(...plans[0]);
  }

  /** Draws the canvas with other colors. */
  recolour(): void {
    this.redraw?.();
  }

  private show({ rules, fateOf }: Plan, sample: readonly SampledImage[]): void {
    const { at, scheme } = this;
    const images = sample.map(describe);
    const fates = sample.map(image => completeFate(fateOf(image), rules.length, at));
    const days = daysOfChange(fates);
    const lastDay = lastDayOf(days);
    const facts = (index: number) => factsOf(sample[index], fateOf(sample[index]), rules, at, this.record.registry === PUBLIC);
    const hasSizes = images.some(({ sizeInBytes }) => sizeInBytes !== undefined);
    const everyImage = new Uint8Array(images.length).fill(1);
    fillFrom('timeline-template', 'timeline-parts');
    const host = findPart('timeline');
    const timeline = new Timeline(host, {
      images,
      fates,
      rules: rules.length,
      at,
      lastDay,
      facts,
      scheme,
      label: (rule, _, isNarrow) => labelOf(rules, fates, rule, isNarrow),
      choose: index => showDetails(images[index].digest, facts(index), host),
    });
    const drawn = (id: string, isDrawn: boolean) => { findPart(id).hidden = !isDrawn; };
    drawn('key-archived', images.some(({ storageClass }, index) => storageClass === 'archive' || fates[index].archiveDay < NEVER));
    drawn('key-gone', fates.some(({ expiryDay }) => expiryDay < NEVER));
    const draw = (day: number) => {
      slider.show(day, tallyOn(fates, rules.length, day), hasSizes ? sizesOn(images, fates, day) : undefined);
      timeline.show(everyImage, day);
      drawn('key-end', timeline.hasRoomForEnds && fates.some(({ expiryDay }) => expiryDay <= lastDay));
      drawn('key-pull', timeline.hasRoomForEnds && images.some(({ lastRecordedPullTime }) => lastRecordedPullTime !== undefined));
      this.redraw = () => draw(day);
    };
    const slider = new DaySlider(days, at, draw);
    draw(0);
  }
}

/** A sample has every second, fourth, and so on of the images, all images in use, and endangered images. */
function showSampling({ all, sample }: ImageFigures, at: number): void {
  const inUse = sample.filter(({ isInUse }) => isInUse).length;
  const endangered = sample.filter(image => image.isInUse !== true && isEndangered(image, at)).length;
  const chosen = inUse + endangered;
  const step = 2 ** Math.max(1, Math.round(Math.log2((all.count - chosen) / Math.max(1, sample.length - chosen))));
  findPart('sampled').hidden = sample.length >= all.count;
  findPart('sampled').textContent = `The timeline shows ${formatNumber(sample.length)} of ${formatCount(all.count, 'image')}: about every`
    + ` ${step === 2 ? 'second' : ordinal(step)} by push${inUse > 0 ? ', and all in use' : ''}.`
    + `${endangered > 0 ? ' Endangered images are included first.' : ''} Its counts and sizes are those of these images.`;
}

/** Labels a band with what its rule does, and with the numbers of images of the counters: on this day, and later. */
function labelOf(rules: readonly Rule[], fates: readonly Fate[], place: number, isNarrow: boolean): { title: string; text: string } {
  const members = fates.filter(({ rule }) => rule === place);
  if (place >= rules.length) {
    const words = rules.length > 0 ? 'no rule removes or archives these' : 'no rules';
    return { title: 'Stays', text: [words, formatCount(members.length, 'image')].join(' · ') };
  }
  const rule = rules[place];
  const days = members.map(changesOn);
  const now = days.filter(day => day === 0).length;
  const later = days.filter(day => day > 0 && day < NEVER).length;
  const action = { Expire: 'expires', Archive: 'archives', Keep: 'keeps' }[actionWord(rule)];
  const words = `${action} ${selectionWords(rule)}, ${conditionWords(rule)}`;
  const counts = now + later === 0 ? formatCount(members.length, 'image') : `${formatNumber(now)} now, ${formatNumber(later)} later`;
  return { title: `Rule ${rule.rulePriority}`, text: (isNarrow ? [counts, words] : [words, counts]).join(' · ') };
}

function ordinal(powerOfTwo: number): string {
  const text = formatNumber(powerOfTwo);
  return `${text}${text.endsWith('2') && !text.endsWith('12') ? 'nd' : 'th'}`;
}
