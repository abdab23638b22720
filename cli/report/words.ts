import type { Outcome } from './future';
import { keeps, patternsOf, Rule, storageClassOf } from '../../src/core/lifecycle/rule';
import { DAY } from '../../src/core/lifecycle/simulate';

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = { EXPIRE: 'Expire', TRANSITION: 'Archive', KEEP: 'Keep' };

export function formatNumber(value: number): string {
  return value.toLocaleString('en-US');
}

export function formatCount(value: number, noun: string, nouns = `${noun}s`): string {
  return `${formatNumber(value)} ${value === 1 ? noun : nouns}`;
}

/** UTC, as ECR evaluates; the reader may be anywhere. */
export function formatDate(moment: number): string {
  return iso(moment).slice(0, 10);
}

export function formatMinute(moment: number): string {
  return `${iso(moment).slice(0, 16).replace('T', ' ')} UTC`;
}

/** A moment beyond what a Date can hold comes from a file that somebody made up. */
function iso(moment: number): string {
  return Math.abs(moment) <= 8.64e15 ? new Date(moment).toISOString() : 'out of range   ';
}

export function dayWords(day: number): string {
  return day === 0 ? 'now' : day === 1 ? 'in 1 day' : `in ${formatNumber(day)} days`;
}

export function dateOfDay(at: number, day: number): string {
  return formatDate(at + day * DAY);
}

export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3).replace(/\.0+$/, '')} ${units[unit]}`;
}

export function actionWord(rule: Rule): string {
  return keeps(rule) ? 'Keep' : rule.action.type === 'expire' ? 'Expire' : 'Archive';
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The images that a rule decides, unless one before it does. */
export function selectionWords(rule: Rule): string {
  const patterns = patternsOf(rule);
  const which = rule.selection.tagStatus === 'untagged' ? 'untagged images'
    : rule.selection.tagStatus === 'any' ? 'all images'
      : patterns.length === 1 ? `images tagged ${patterns[0]}` : `images with a tag for each of ${patterns.join(' and ')}`;
  return storageClassOf(rule) === 'archive' ? `${which} in the archive` : which;
}

/** Which of them it acts on. */
export function conditionWords(rule: Rule): string {
  const { countType, countNumber } = rule.selection;
  if (keeps(rule)) return 'always';
  const age = formatCount(countNumber, 'day');
  return {
    imageCountMoreThan: countNumber === 1 ? 'all but the newest' : `all but the newest ${formatNumber(countNumber)}`,
    sinceImagePushed: `pushed more than ${age} ago`,
    sinceImagePulled: `not pulled for more than ${age}`,
    sinceImageTransitioned: `archived more than ${age} ago`,
  }[countType];
}
