import type { Outcome } from './future';
import { formatBytes } from '../../src/core/format';
import { ActionType, CountType, keeps, patternsOf, Rule, storageClassOf, TagSelection } from '../../src/core/lifecycle/rule';
import { DAY } from '../../src/core/lifecycle/simulate';

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = { EXPIRE: 'Expire', ARCHIVE: 'Archive', KEEP: 'Keep' };
const ACTION_WORDS: Readonly<Record<ActionType, string>> = { expire: 'Expire', transition: 'Archive' };

export function formatNumber(value: number): string {
  return value.toLocaleString('en-US');
}

export function formatCount(value: number, noun: string, nouns = `${noun}s`): string {
  return `${formatNumber(value)} ${value === 1 ? noun : nouns}`;
}

/** Formats a date in UTC, the time zone of ECR. */
export function formatDate(moment: number): string {
  return iso(moment).slice(0, 10);
}

export function formatMinute(moment: number): string {
  return `${iso(moment).slice(0, 16).replace('T', ' ')} UTC`;
}

/** Formats a time. Only a fabricated file contains a time beyond the range of a Date. */
function iso(moment: number): string {
  return Math.abs(moment) <= 8.64e15 ? new Date(moment).toISOString() : 'out of range   ';
}

export function dayWords(day: number): string {
  return day === 0 ? 'now' : day === 1 ? 'in 1 day' : `in ${formatNumber(day)} days`;
}

export function dateOfDay(at: number, day: number): string {
  return formatDate(at + day * DAY);
}

export { formatBytes as formatSize };

export function actionWord(rule: Rule): string {
  return keeps(rule) ? 'Keep' : ACTION_WORDS[rule.action.type];
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Describes the images that a rule selects. */
export function selectionWords(rule: Rule): string {
  const patterns = patternsOf(rule);
  const images: Readonly<Record<TagSelection, string>> = {
    untagged: 'untagged images',
    any: 'all images',
    tagged: patterns.length === 1 ? `images tagged ${patterns[0]}` : `images with a matching tag for each of ${patterns.join(' and ')}`,
  };
  const words = images[rule.selection.tagStatus];
  return storageClassOf(rule) === 'archive' ? `${words} in the archive` : words;
}

/** Describes the condition of a rule. A new count type does not compile until it has words here. */
export function conditionWords(rule: Rule): string {
  if (keeps(rule)) return 'always';
  const { countType, countNumber } = rule.selection;
  const age = formatCount(countNumber, 'day');
  const conditions: Readonly<Record<CountType, string>> = {
    imageCountMoreThan: countNumber === 1 ? 'all but the newest' : `all but the newest ${formatNumber(countNumber)}`,
    sinceImagePushed: `pushed more than ${age} ago`,
    sinceImagePulled: `not pulled for more than ${age}`,
    sinceImageTransitioned: `archived more than ${age} ago`,
  };
  return conditions[countType];
}

/** Describes a rule in one line. */
export function ruleWords(rule: Rule): string {
  return `${actionWord(rule).toLowerCase()} ${selectionWords(rule)}, ${conditionWords(rule)}`;
}
