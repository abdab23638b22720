import { InvalidArgumentError } from 'commander';
import { EXTERNAL_ID, ROLE_ARN } from '../../src/core/environment';
import { wholeNumberFromOne } from '../teardown/argument';


export function roleArn(text: string): string {
  if (!ROLE_ARN.test(text)) throw new InvalidArgumentError('It must be the ARN of a role such as arn:aws:iam::111122223333:role/reader.');
  return text;
}

export function externalId(text: string): string {
  if (!EXTERNAL_ID.test(text)) throw new InvalidArgumentError('It must have 2 to 1,224 letters, digits, and characters of +=,.@:/-.');
  return text;
}

/** Number of days from 1 to 36,500, so that the time that many days ago is valid. */
export function days(text: string): number {
  const number = wholeNumberFromOne(text);
  if (number > 36_500) throw new InvalidArgumentError('It must be at most 36500.');
  return number;
}
