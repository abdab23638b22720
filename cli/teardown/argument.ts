import { InvalidArgumentError } from 'commander';
import { REGION } from '../../src/core/environment';
import type { RequiredTag } from '../../src/core/images/guards';
import { tagPatternProblem } from '../../src/core/images/tag-pattern';
import { repositoryNameProblems } from '../../src/core/repository-name';

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const USERS = ['ecs', 'lambda'] as const;

export function oneRepositoryName(text: string): string {
  if (repositoryNameProblems(text).length > 0) {
    throw new InvalidArgumentError('It must be a repository name such as team/app, without a registry or a tag.');
  }
  return text;
}

export function repositoryName(text: string, previous: readonly string[] = []): string[] {
  return append(oneRepositoryName(text), previous);
}

export function prefix(text: string): string {
  if (!text.endsWith('/') || repositoryNameProblems(`${text}name`).length > 0) {
    throw new InvalidArgumentError('It must be the beginning of repository names and end with a slash, such as preview/.');
  }
  return text;
}

export function oneRegion(text: string): string {
  if (!REGION.test(text)) throw new InvalidArgumentError('It must be a Region such as eu-west-1.');
  return text;
}

export function region(text: string, previous: readonly string[] = []): string[] {
  return append(oneRegion(text), previous);
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export function wholeNumberFromOne(text: string): number {
  const number = wholeNumber(text);
  if (number === 0) throw new InvalidArgumentError('It must be at least 1.');
  return number;
}

export function requiredTag(text: string): RequiredTag {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined) throw new InvalidArgumentError('It must be a key and a value, such as purpose=preview.');
  return { key, value };
}

/** Returns the duration in seconds. */
export function duration(text: string): number {
  const [, number, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (!Number(number)) throw new InvalidArgumentError('It must be a duration such as 30m, 12h, or 7d.');
  return Number(number) * SECONDS[unit as keyof typeof SECONDS];
}

export function imageUser(text: string, previous: ReadonlyArray<typeof USERS[number]> = []): Array<typeof USERS[number]> {
  const service = USERS.find(user => user === text);
  if (service === undefined) throw new InvalidArgumentError(`It must be one of ${USERS.join(', ')}.`);
  return append(service, previous);
}

export function tagPattern(text: string, previous: readonly string[] = []): string[] {
  const problem = tagPatternProblem(text);
  if (problem !== undefined) throw new InvalidArgumentError(`It ${problem}.`);
  return append(text, previous);
}

function append<T>(value: T, previous: readonly T[]): T[] {
  return previous.includes(value) ? [...previous] : [...previous, value];
}
