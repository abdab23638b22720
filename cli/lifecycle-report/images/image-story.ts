import type { DescribedImage } from '../../../src/core/images/described-images';
import { COUNT_TYPES, keeps, Rule } from '../../../src/core/lifecycle/rule';
import type { Decision } from '../../../src/core/lifecycle/simulate';
import type { Fact } from '../../page/fact';
import { Fate, NEVER } from '../../page/future';
import { formatDate, formatMinute, formatNumber, formatSize } from '../../page/words';

export function tagsOf({ tags }: DescribedImage): string {
  return tags.length === 0 ? '<untagged>' : tags.join(', ');
}

/** Returns all facts about an image, for the tooltip and for the details below the list. */
export function factsOf(image: DescribedImage, fate: Fate, rules: readonly Rule[]): Fact[] {
  const { digest, pushedAt, lastRecordedPullTime, lastActivatedAt, lastArchivedAt, sizeInBytes, subject } = image;
  return [
    { name: image.tags.length > 1 ? 'Tags' : 'Tag', text: tagsOf(image) },
    { name: 'Digest', text: digest },
    ...subject === undefined ? [] : [{ name: 'Subject', text: subject }],
    { name: 'Pushed', text: formatMinute(pushedAt) },
    { name: 'Pulled', text: lastRecordedPullTime === undefined ? 'never' : formatMinute(lastRecordedPullTime) },
    ...lastArchivedAt === undefined ? [] : [{ name: 'Archived', text: formatMinute(lastArchivedAt) }],
    ...lastActivatedAt === undefined ? [] : [{ name: 'Restored', text: formatMinute(lastActivatedAt) }],
    ...sizeInBytes === undefined ? [] : [{ name: 'Size', text: formatSize(sizeInBytes) }],
    { name: 'Reason', text: fate.decision.reason },
    { name: 'Future', text: describeFuture(fate, rules) },
  ];
}

/** Describes the future of an image in one sentence. */
export function describeFuture(
  { archiveTime, archiveDay, expiryTime, expiryDay, archiveRule, decision }: Fate, rules: readonly Rule[],
): string {
  const when = (moment: number, day: number) => day === 0 ? 'now' : `on ${formatDate(moment)} (day ${formatNumber(day)})`;
  if (archiveDay === NEVER) return expiryDay === NEVER ? describeStay(decision) : `expires ${when(expiryTime, expiryDay)}`;
  const expiry = expiryDay === NEVER ? 'stays archived'
    : `expires ${when(expiryTime, expiryDay)} by rule ${formatNumber(rules[archiveRule].rulePriority)}`;
  return `archived ${when(archiveTime, archiveDay)}, then ${expiry}`;
}

function describeStay({ rule, blockedBy }: Decision): string {
  if (blockedBy.length > 0) return 'kept as long as its index';
  const isCounted = rule && COUNT_TYPES[rule.selection.countType].unit === 'images' && !keeps(rule);
  return isCounted ? 'kept until newer images push it beyond the limit' : 'kept';
}

/** Describes only the next change, for a narrow column. */
export function nextChangeOf({ archiveTime, archiveDay, expiryTime, expiryDay }: Fate): string {
  if (archiveDay === NEVER && expiryDay === NEVER) return 'none';
  if (archiveDay < expiryDay) return archiveDay === 0 ? 'archive now' : `archive ${formatDate(archiveTime)}`;
  return expiryDay === 0 ? 'now' : formatDate(expiryTime);
}

/** Returns the reason without the number of the rule, which has its own column. */
export function shortReason({ decision: { rule, reason } }: Fate): string {
  return rule === undefined ? reason : reason.replace(`rule ${rule.rulePriority}: `, '');
}
