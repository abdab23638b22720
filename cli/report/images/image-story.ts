import type { DescribedImage } from '../../../src/core/images/described-images';
import { keeps, Rule } from '../../../src/core/lifecycle/rule';
import type { Decision } from '../../../src/core/lifecycle/simulate';
import { Fate, NEVER } from '../future';
import { date, minute, number, size } from '../words';

export interface Fact {
  readonly name: string;
  readonly text: string;
}

export function tagsOf({ tags }: DescribedImage): string {
  return tags.length === 0 ? '<untagged>' : tags.join(', ');
}

/** All that is known of an image, for the tooltip and for the details below the list. */
export function factsOf(image: DescribedImage, fate: Fate, rules: readonly Rule[]): Fact[] {
  const { digest, pushedAt, lastRecordedPullTime, lastActivatedAt, lastArchivedAt, sizeInBytes } = image;
  return [
    { name: image.tags.length > 1 ? 'Tags' : 'Tag', text: tagsOf(image) },
    { name: 'Digest', text: digest },
    { name: 'Pushed', text: minute(pushedAt) },
    { name: 'Pulled', text: lastRecordedPullTime === undefined ? 'never' : minute(lastRecordedPullTime) },
    ...lastArchivedAt === undefined ? [] : [{ name: 'Archived', text: minute(lastArchivedAt) }],
    ...lastActivatedAt === undefined ? [] : [{ name: 'Restored', text: minute(lastActivatedAt) }],
    ...sizeInBytes === undefined ? [] : [{ name: 'Size', text: size(sizeInBytes) }],
    { name: 'Reason', text: fate.now.reason },
    { name: 'Ahead', text: aheadOf(fate, rules) },
  ];
}

/** What happens to it when, in a sentence. */
export function aheadOf({ archivedAt, archivedOn, goneAt, goneOn, later, now }: Fate, rules: readonly Rule[]): string {
  const when = (moment: number, day: number) => day === 0 ? 'now' : `on ${date(moment)} (day ${number(day)})`;
  if (archivedOn === NEVER) return goneOn === NEVER ? staying(now) : `expires ${when(goneAt, goneOn)}`;
  const expiry = goneOn === NEVER ? 'then stays there' : `expires there ${when(goneAt, goneOn)} by rule ${number(rules[later].rulePriority)}`;
  return `archived ${when(archivedAt, archivedOn)}; ${expiry}`;
}

function staying({ rule, blockedBy }: Decision): string {
  if (blockedBy.length > 0) return 'stays as long as its index does';
  return rule?.selection.countType === 'imageCountMoreThan' && !keeps(rule) ? 'stays until newer images push it beyond the limit' : 'stays';
}

/** The same for a narrow column: the next change alone. */
export function nextChangeOf({ archivedAt, archivedOn, goneAt, goneOn }: Fate): string {
  if (archivedOn === NEVER && goneOn === NEVER) return 'stays';
  if (archivedOn < goneOn) return archivedOn === 0 ? 'archive now' : `archive ${date(archivedAt)}`;
  return goneOn === 0 ? 'now' : date(goneAt);
}

/** Beside a column with the rule's number. */
export function shortReason({ now: { rule, reason } }: Fate): string {
  return rule === undefined ? reason : reason.replace(`rule ${rule.rulePriority}: `, '');
}
