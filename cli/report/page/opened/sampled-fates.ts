import type { DescribedImage } from '../../../../src/core/images/described-images';
import type { Rule } from '../../../../src/core/lifecycle/rule';
import { DAY } from '../../../../src/core/lifecycle/simulate';
import type { Fact } from '../../../page/fact';
import { Fate, NEVER } from '../../../page/future';
import { dateOfDay, formatMinute, formatNumber, formatSize, ruleWords } from '../../../page/words';
import type { ImageFate, SampledImage } from '../../repository-record';

/** Returns the image in the form of the timeline. */
export function describe({ digest, tags, pushedAt, pulledAt, bytes, isArchived }: SampledImage): DescribedImage {
  return { digest, tags, storageClass: isArchived ? 'archive' : 'standard', pushedAt, lastRecordedPullTime: pulledAt, sizeInBytes: bytes };
}

/** Returns the fate in the form of the timeline. A report does not record which rule keeps an image, so such an image has no rule. */
export function completeFate(fate: ImageFate | undefined, rules: number, at: number): Fate {
  const { archiveDay = NEVER, expiryDay = NEVER } = fate ?? {};
  const place = Math.min(fate?.rule ?? rules, rules);
  const timeOf = (day: number) => day === NEVER ? NEVER : at + day * DAY;
  const action = expiryDay === 0 ? 'EXPIRE' : archiveDay === 0 ? 'ARCHIVE' : 'KEEP';
  return {
    decision: { action, reason: '', blockedBy: [] },
    rule: place,
    archiveTime: timeOf(archiveDay),
    archiveDay,
    expiryTime: timeOf(expiryDay),
    expiryDay,
    archiveRule: archiveDay === NEVER ? rules : place,
  };
}

/** Returns all facts about an image, for the tooltip and the details. */
export function factsOf(image: SampledImage, fate: ImageFate | undefined, rules: readonly Rule[], at: number, isPublic: boolean): Fact[] {
  const { digest, tags, tagCount, pushedAt, pulledAt, bytes, isArchived, isInUse } = image;
  const moreTags = tagCount > tags.length ? ` and ${formatNumber(tagCount - tags.length)} more` : '';
  return [
    { name: tagCount > 1 ? 'Tags' : 'Tag', text: tagCount === 0 ? '<untagged>' : `${tags.join(', ')}${moreTags}` },
    { name: 'Digest', text: digest },
    { name: 'Pushed', text: formatMinute(pushedAt) },
    { name: 'Pulled', text: isPublic ? 'not recorded by ECR Public' : pulledAt === undefined ? 'never' : formatMinute(pulledAt) },
    ...bytes === undefined ? [] : [{ name: 'Size', text: formatSize(bytes) }],
    ...isArchived ? [{ name: 'Storage', text: 'archived' }] : [],
    ...isInUse ? [{ name: 'In use', text: 'yes' }] : [],
    ...fate === undefined ? [] : [{ name: 'Rule', text: ruleText(rules, fate.rule) }],
    { name: 'Next', text: futureOf(fate, at) },
  ];
}

function ruleText(rules: readonly Rule[], place: number): string {
  const rule = rules.at(place);
  return rule ? `${rule.rulePriority}: ${ruleWords(rule)}` : 'unknown';
}

function futureOf(fate: ImageFate | undefined, at: number): string {
  const when = (day: number) => day === 0 ? 'within 24 hours' : `on ${dateOfDay(at, day)} (day ${formatNumber(day)})`;
  const { archiveDay, expiryDay } = fate ?? {};
  if (archiveDay === undefined) return expiryDay === undefined ? 'stays' : `expires ${when(expiryDay)}`;
  return `is archived ${when(archiveDay)}, then ${expiryDay === undefined ? 'stays archived' : `expires ${when(expiryDay)}`}`;
}
