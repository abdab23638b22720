import { actionOf } from './clients';
import { Interrupted } from './interruption';
import { isAccessDenied, UserError } from '../../lambda/shared/protocol/errors';
import { describeAnyRefusal, describeFailure, messageOf } from '../aws-refusal';
import { Failure } from '../failure';

/** Describes a failed call for a user of the command line. */
export function describeCallRefusal(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const action = actionOf(error) ?? 'a call to AWS';
  if (isAccessDenied(error)) return `access denied to ${action}: ${messageOf(error)}`;
  return describeAnyRefusal(error) ?? describeFailure(action, error);
}

/** @throws Failure if the work fails */
export async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interrupted || error instanceof Failure) throw error;
    throw new Failure([describeCallRefusal(error)]);
  }
}
