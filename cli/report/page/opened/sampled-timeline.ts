import { completeFate, describe, factsOf } from './sampled-fates';
import { fillFrom } from './template';
import type { Rule } from '../../../../src/core/lifecycle/rule';
import { showDetails } from '../../../page/details';
import { findPart, setAttribute } from '../../../page/element';
import { sizesOn, tallyOn } from '../../../page/future';
import type { Scheme } from '../../../page/palette';
import { DaySlider, daysOfChange, lastDayOf } from '../../../page/timeline/day-slider';
import { Timeline } from '../../../page/timeline/timeline';
import { formatCount, formatNumber, ruleWords } from '../../../page/words';
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
    showSampling(images);
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
      lastDay: lastDayOf(days),
      facts,
      scheme,
      label: (rule, count, isNarrow) => labelOf(rules, rule, count, isNarrow),
      choose: index => showDetails(images[index].digest, facts(index), host),
    });
    const draw = (day: number) => {
      slider.show(day, tallyOn(fates, rules.length, day), hasSizes ? sizesOn(images, fates, day) : undefined);
      timeline.show(everyImage, day);
      this.redraw = () => draw(day);
    };
    const slider = new DaySlider(days, at, draw);
    draw(0);
  }
}

/** A sample has every second, fourth, and so on of the images, and all images in use. */
function showSampling({ all, sample }: ImageFigures): void {
  const inUse = sample.filter(({ isInUse }) => isInUse).length;
  const step = 2 ** Math.max(1, Math.round(Math.log2((all.count - inUse) / Math.max(1, sample.length - inUse))));
  findPart('sampled').hidden = sample.length >= all.count;
  findPart('sampled').textContent = `The timeline shows ${formatNumber(sample.length)} of ${formatCount(all.count, 'image')}: about every`
    + ` ${step === 2 ? 'second' : ordinal(step)} by push${inUse > 0 ? ', and all in use' : ''}. Its counts and sizes are those of these`
    + ' images.';
}

function labelOf(rules: readonly Rule[], rule: number, count: number, isNarrow: boolean): { title: string; text: string } {
  const words = rule < rules.length ? ruleWords(rules[rule]) : rules.length > 0 ? 'no rule removes or archives these' : 'no rules';
  return {
    title: rule < rules.length ? `Rule ${rules[rule].rulePriority}` : 'Kept',
    text: isNarrow ? `${formatNumber(count)} · ${words}` : `${words} · ${formatCount(count, 'image')}`,
  };
}

function ordinal(powerOfTwo: number): string {
  const text = formatNumber(powerOfTwo);
  return `${text}${text.endsWith('2') && !text.endsWith('12') ? 'nd' : 'th'}`;
}
