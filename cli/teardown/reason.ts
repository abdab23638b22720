import { UserError } from '../../lambda/shared/protocol/errors';
import { describeRefusal } from '../aws-refusal';
import { actionOf } from '../session/clients';
import { Interrupted } from '../session/interruption';

export interface Address {
  /** Name of the repository, or a prefix whose repositories could not be listed. */
  readonly repository: string;
  readonly region: string;
}

export function formatAddress({ repository, region }: Address): string {
  return `'${repository}' in ${region}`;
}

/** Describes why an operation on a repository failed. */
export function reasonOf(error: unknown, { repository, region }: Address = { repository: '?', region: '?' }): string {
  if (error instanceof UserError || error instanceof Interrupted) return error.message;
  return describeRefusal(error, { repositoryName: repository, region, action: actionOf(error) ?? 'a call to AWS' });
}

/** Whether the Region did not respond, or the call could not be sent. */
export function isUnanswered(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === undefined;
}
