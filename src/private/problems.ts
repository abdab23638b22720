import { Duration, Token } from 'aws-cdk-lib';
import { ACCOUNT_ID, REGION } from '../core/environment';

/** Throws all problems in one error, so that a user can fix them at once. Does nothing for an empty list. */
export function throwProblems(subject: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  if (problems.length === 1) throw new Error(`${subject}: ${problems[0]}`);
  throw new Error(`${subject}: ${problems.length} problems\n${problems.map(problem => `  - ${problem}`).join('\n')}`);
}

/** Returns no problems for a value that is known only at deployment. The handler checks such a value. */
export function unlessToken<T>(value: T | undefined, problems: (known: T) => string[]): string[] {
  return value === undefined || Token.isUnresolved(value) ? [] : problems(value);
}

/** Returns the problem of an account ID. */
export function accountIdProblems(property: string, account: string | undefined): string[] {
  return unlessToken(account, id => ACCOUNT_ID.test(id) ? [] : [`'${property}' must have 12 digits, got: ${JSON.stringify(id)}`]);
}

export function regionProblems(property: string, region: string | undefined): string[] {
  return unlessToken(region, name => REGION.test(name) ? []
    : [`'${property}' must be the name of a Region, such as eu-west-1, got: "${name}"`]);
}

/** Returns the problem of a number of which there must be at least one. */
export function countProblems(property: string, count: number | undefined): string[] {
  return unlessToken(count, n =>
    Number.isSafeInteger(n) && n >= 1 ? [] : [`'${property}' must be a whole number of at least 1, got: ${n}`]);
}

/** Returns the problems of a `trigger`. */
export function triggerProblems(trigger: string | undefined): string[] {
  return unlessToken(trigger, text =>
    text.length >= 1 && text.length <= 256 ? [] : [`'trigger' must have between 1 and 256 characters, got: ${text.length}`]);
}

export function secondsProblems(name: string, duration: Duration): string[] {
  const milliseconds = duration.toMilliseconds();
  return milliseconds >= 1_000 && milliseconds % 1_000 === 0 ? []
    : [`'${name}' must be a whole number of seconds, at least 1, got: ${milliseconds} ms`];
}
