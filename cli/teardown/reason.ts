import { actionOf } from './clients';
import { Interrupted } from './interruption';
import { UserError } from '../../lambda/shared/protocol/errors';
import { describeRefusal } from '../aws-refusal';

export interface Address {
  /** Or the prefix of several, where none of them can be known. */
  readonly repository: string;
  readonly region: string;
}

export function formatAddress({ repository, region }: Address): string {
  return `'${repository}' in ${region}`;
}

/** Why something about a repository could not be done, in one sentence. */
export function reasonOf(error: unknown, { repository, region }: Address = { repository: '?', region: '?' }): string {
  if (error instanceof UserError || error instanceof Interrupted) return error.message;
  return describeRefusal(error, { repositoryName: repository, region, action: actionOf(error) ?? 'a call to AWS' });
}

/** Nobody in the Region answered at all, or this machine has nothing to ask with. */
export function isUnanswered(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === undefined;
}
